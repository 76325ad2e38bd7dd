"""`doctor`: where logs were looked for, what was found, what will be lost, and how it stands with GitHub."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.diagnosis import Diagnosis, diagnosis_fields, diagnosis_lines

if TYPE_CHECKING:
    from rich.console import Console

    from cli.connection import Connection
    from cli.signing_state import Signing


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Where logs were looked for, what was found, what will be lost when, and how it stands with GitHub.

    Logs are counted first. Bad rows and rows of unknown kinds are shown but are no reason for alarm: agents are
    killed while they write, and new versions bring new kinds. Which key signs is shown; nothing is signed.

    With a token, GitHub is asked about it, this machine's clock, and your fork and open pull requests, for half a
    minute at most. No token and no network are said but are no reason for alarm either.

    Exit codes: 0 healthy, 1 something needs attention (a place that could not be read, messages dated in the future,
    no logs at all, a signing key that cannot be used, a token that does not do, a wrong clock) or the command failed,
    2 wrong usage.
    """
    from cli.connection import examine
    from cli.counting import counted
    from cli.retention import retention
    from cli.settings import Settings
    from cli.signing_state import examine_signing
    from cli.sources import SOURCES

    settings = Settings.load()
    with counted(settings) as (ledger, report):
        holdings = {holding.source: holding for holding in ledger.holdings()}
        path = ledger.path
    diagnoses = [
        Diagnosis(
            found,
            holdings.get(found.name),
            tuple(retention(root) for root in found.roots if root.is_dir()) if found.name == "claude" else (),
            source.caveats,
        )
        for source, found in zip(SOURCES, report.sources, strict=True)
    ]
    needs = [need for diagnosis in diagnoses for need in diagnosis.needs()]
    if not any(diagnosis.found.files for diagnosis in diagnoses):
        needs.append(
            "No logs were found. If your agents keep them elsewhere, set their variables (CLAUDE_CONFIG_DIR, …)."
        )
    signing, connection = examine_signing(settings), examine(settings)
    needs += [signing.trouble] if signing.trouble else []
    needs += connection.needs()
    if as_json:
        click.echo(json.dumps(_fields(path, diagnoses, signing, connection, needs), indent=2))
    else:
        _print(path, diagnoses, signing, connection, needs)
    context.exit(1 if needs else 0)


def _fields(
    ledger: Path, diagnoses: list[Diagnosis], signing: "Signing", connection: "Connection", needs: list[str]
) -> dict[str, object]:
    from cli.connection import connection_fields
    from cli.signing_state import signing_fields

    return {
        "ledger": {"path": str(ledger), "bytes": ledger.stat().st_size},
        "sources": [diagnosis_fields(diagnosis) for diagnosis in diagnoses],
        "device": signing_fields(signing),
        "github": connection_fields(connection),
        "needsAttention": needs,
    }


def _print(
    ledger: Path, diagnoses: list[Diagnosis], signing: "Signing", connection: "Connection", needs: list[str]
) -> None:
    from cli import tables
    from cli.connection import connection_lines
    from cli.signing_state import signing_lines

    console = tables.console()
    for diagnosis in diagnoses:
        _print_lines(console, diagnosis.found.title, diagnosis_lines(diagnosis))
    _print_lines(console, "Signing", signing_lines(signing))
    _print_lines(console, "GitHub", connection_lines(connection))
    console.print(f"Ledger: {tables.printable(ledger)}, {ledger.stat().st_size:,} bytes. It keeps what was counted.")
    for need in needs:
        console.print(f"Needs attention: {tables.printable(need)}", style="bold red")
    if not needs:
        console.print("Nothing needs attention.", style="bold green")


def _print_lines(console: "Console", title: str, lines: list[tuple[str, str]]) -> None:
    from rich.table import Table

    from cli.tables import printable

    console.print(title, style="bold")
    grid = Table.grid("", "", padding=(0, 2))
    grid.columns[1].overflow = "fold"
    for name, line in lines:
        grid.add_row(f"  {name}", printable(line))
    console.print(grid)
