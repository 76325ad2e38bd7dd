"""`scan`: count what is new and say what was found."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cli.scan import ScanReport, SourceReport

_PROBLEMS_SHOWN = 5


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array, an object for each agent.")
def scan(*, as_json: bool) -> None:
    """Count what the agents' logs hold and say what was found.

    Only what is new in the logs is read. Rows of unknown kinds and bad rows are counted, never guessed at.

    Exit codes: 0 done (even if a file could not be read: `doctor` tells), 1 failed, 2 wrong usage.
    """
    from cli import tables
    from cli.counting import counted
    from cli.settings import Settings

    with counted(Settings.load()) as (_, report):
        pass
    if as_json:
        tables.print_json(source_fields(source) for source in report.sources)
    else:
        _print(report)


def source_fields(source: "SourceReport") -> dict[str, object]:
    """Return what a scan found of one source as JSON has it."""
    tally = source.tally
    return {
        "source": source.name,
        "roots": [str(root) for root in source.roots],
        "files": len(source.files),
        "filesRead": source.read,
        "newEvents": source.new,
        "countedRows": tally.events,
        "silentRows": tally.silent,
        "unknownRows": tally.unknown,
        "badRows": tally.bad,
        "problems": [{"path": str(problem.path), "reason": problem.reason} for problem in source.problems],
    }


def _print(report: "ScanReport") -> None:
    from cli import tables

    numbers = ("Files", "Read\nnow", "New\nevents", "Rows\ncounted", "Rows\nunknown", "Rows\nbad", "Prob-\nlems")
    table = tables.table("Found", ["Source"], numbers)
    for source in report.sources:
        tally = source.tally
        counts = (source.read, source.new, tally.events, tally.unknown, tally.bad, len(source.problems))
        table.add_row(source.title, *(f"{count:,}" for count in (len(source.files), *counts)))
    tables.console().print(table)
    problems = [problem for source in report.sources for problem in source.problems]
    for problem in problems[:_PROBLEMS_SHOWN]:
        click.echo(f"Not read: {tables.printable(problem.path)}: {tables.printable(problem.reason)}")
    if problems[_PROBLEMS_SHOWN:]:
        click.echo(f"… and {len(problems) - _PROBLEMS_SHOWN} more: token-tracker doctor")
