"""`verify`: check a whole store again, offline."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from validator.audit import Report

FAILED = 4


@click.command()
@click.option(
    "--repository",
    type=click.Path(path_type=Path),
    default=".",
    help="The board's repository, bare or a checkout with its whole history; default: this folder.",
)
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit to verify.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(*, repository: Path, revision: str, as_json: bool) -> int:
    """Check every signature and chain of a store again.

    Reads Git objects only and asks nobody: every path, form, sum, hash and signature of the files at the revision, the
    chain of each file's versions, and every merge commit of the history against the trailers it was recorded with.
    A line is printed for every reason that a file fails.

    Exit codes: 0 everything holds, 4 something does not, 1 the check itself failed, 2 wrong usage.
    """
    from validator.audit import audit
    from validator.git import Repository

    with Repository(repository) as git, _progress_bar() as progress:
        report = audit(git, revision, progress)
    _print_json(report) if as_json else _print(report)
    return FAILED if report.problems else 0


def _print(report: "Report") -> None:
    from cli.tables import printable

    for problem in report.problems:
        where = f" ({problem.commit[:12]})" if problem.commit else ""
        click.echo(printable(f"{problem.path}: {problem.reason}{where}"))
    failed = len({problem.path for problem in report.problems})
    result = f"{failed:,} of them fail" if failed else "all of them hold"
    click.echo(f"{report.files:,} files and {report.merges:,} merges at {report.revision[:12]}: {result}.")


def _print_json(report: "Report") -> None:
    import json
    from dataclasses import asdict

    click.echo(json.dumps(asdict(report), indent=2))


@contextmanager
def _progress_bar() -> Iterator[Callable[[int, int], None] | None]:
    """Yield what moves a bar on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading the history", total=None)
        yield lambda done, total: bar.update(task, description="Verifying files", completed=done, total=total)
