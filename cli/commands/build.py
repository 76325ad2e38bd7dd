"""`build`: the site of a store, from its Git objects to a folder."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cli.settings import Settings
    from generator.build import BuildReport, Progress
    from generator.people import Account, People

_SKIPPED_SHOWN = 20


@click.command()
@click.option(
    "--repository",
    type=click.Path(path_type=Path),
    default=".",
    help="The board's repository, bare or a checkout with its whole history; default: this folder.",
)
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit to build.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default="site",
    show_default=True,
    help="Folder of the site; replaced as a whole. It must be new, empty, or the work of an earlier build.",
)
@click.option(
    "--check-published",
    type=bool,
    default=False,
    show_default=True,
    help="Fail if anybody on the site at leaderboard.toml's site_url would vanish without having left.",
)
@click.option(
    "--flagged",
    type=click.Path(path_type=Path),
    help="What waits for a maintainer, as `review list --json` prints it, for the site's /api/flagged.json.",
)
@click.option(
    "--people",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that keeps people's pictures and signing keys; what it lacks is asked of GitHub. Default: ask nobody.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def build(
    *,
    repository: Path,
    revision: str,
    output: Path,
    check_published: bool,
    flagged: Path | None,
    people: Path | None,
    as_json: bool,
) -> None:
    """Build the site from a store.

    Only Git objects are read, nothing is checked out. The new site is written beside the old one and swapped in when it
    is complete. Weeks, months and streaks are those of today, or of the UTC day of $SOURCE_DATE_EPOCH.

    With --people, pictures and the signing keys that accounts list come from GitHub ($GITHUB_TOKEN helps), for less
    than a minute; whoever is not reached is asked by the next build.

    Exit codes: 0 done (files that are not counted are named on stderr), 1 failed and nothing changed, 2 wrong usage.
    """
    import time
    from functools import partial

    from cli.files import read
    from cli.settings import Settings
    from generator.build import build as build_site
    from generator.flagged import MAX_BYTES, parse_flagged
    from generator.people import ask_nobody

    started = time.monotonic()
    settings = Settings.load()
    published = _published(repository, revision) if check_published else []
    queue = parse_flagged(read(flagged, MAX_BYTES)) if flagged else []
    with _progress_bar() as progress:
        report = build_site(
            repository,
            revision,
            output,
            settings.now(),
            published=published,
            flagged=queue,
            people=partial(_ask, people, settings) if people else ask_nobody,
            progress=progress,
        )
    seconds = time.monotonic() - started
    _print_skipped(report)
    if as_json:
        _print_json(report, output, seconds)
    else:
        click.echo(f"{output}: {report.users:,} users, {report.pages:,} pages, {seconds:.1f} s")


def _ask(folder: Path, settings: "Settings", accounts: "Sequence[Account]") -> "People":
    from cli.people import gather

    return gather(folder, accounts, settings)


def _published(repository: Path, revision: str) -> list[int]:
    from cli.published import published_users
    from validator.board import leaderboard_at
    from validator.git import Repository

    with Repository(repository) as git:
        return published_users(leaderboard_at(git, revision).site_url)


def _print_json(report: "BuildReport", output: Path, seconds: float) -> None:
    import json

    click.echo(
        json.dumps(
            {
                "output": str(output),
                "users": report.users,
                "pages": report.pages,
                "seconds": round(seconds, 3),
                "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in report.skipped],
            }
        )
    )


def _print_skipped(report: "BuildReport") -> None:
    from cli import tables

    for skipped in report.skipped[:_SKIPPED_SHOWN]:
        click.echo(tables.printable(f"Not counted: {skipped.path} {skipped.reason}"), err=True)
    if report.skipped[_SKIPPED_SHOWN:]:
        click.echo(f"… and {len(report.skipped) - _SKIPPED_SHOWN:,} more (--json lists them all)", err=True)


@contextmanager
def _progress_bar() -> Iterator["Progress"]:
    """Yield what moves a bar on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None  # noqa: ARG005
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading submissions", total=None)
        yield lambda stage, done, total: bar.update(task, description=stage, completed=done, total=total or None)
