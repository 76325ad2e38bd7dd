"""Every command that shows numbers counts first: open the ledger, scan quietly, hand both on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from cli.ledger import Ledger
from cli.processes import Processes
from cli.scan import Progress, ScanReport, scan
from cli.settings import Settings, ledger_path
from cli.sources import SOURCES

_WORTH_A_BAR = 16 * 1024 * 1024


@contextmanager
def counted(settings: Settings) -> Iterator[tuple[Ledger, ScanReport]]:
    """Open the ledger, bring it up to date, and yield it with what the scan found.

    stdout stays untouched; stderr gets a progress bar when it is a terminal and there is much to read, and a line when
    another process has the ledger. Raises LedgerError, and what `locks.alone` and
    `Settings.now` raise.
    """
    with Processes() as processes:
        if not ledger_path(settings).exists():
            processes.start()  # a first scan has all to read: they get ready while it is planned
        with Ledger.open(settings, settings.now(), _say_waiting) as ledger:
            with _progress_bar() as progress:
                report = scan(ledger, SOURCES, settings.environment, settings.home, progress, processes=processes)
            yield ledger, report


def _say_waiting() -> None:
    click.echo("Another token-tracker is counting; waiting for it to finish …", err=True)


@contextmanager
def _progress_bar() -> Iterator[Progress]:
    """Yield what moves a bar on stderr; the bar appears when it is worth it, and goes when all is read."""
    if not sys.stderr.isatty():
        yield lambda done, total: None  # noqa: ARG005
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = ("Reading logs", BarColumn(), DownloadColumn(binary_units=True), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=total >= _WORTH_A_BAR)
