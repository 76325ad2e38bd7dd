"""What a scheduler of an operating system needs to know, as data, and the choice of the one that is here."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cli import CliError
from cli.autosubmit.job import Job
from cli.settings import Settings

Command: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scheduler:
    """A scheduler: where its files lie, what is in them for a job, and the commands that make it look at them."""

    title: str
    files: Callable[[Job], dict[Path, bytes]]
    places: tuple[Path, ...]
    """The files' paths, whatever the job."""
    start: tuple[Command, ...]
    """Run once the files are written; each must succeed."""
    stop: tuple[Command, ...]
    """Run before the files are removed; may fail when there is nothing to stop."""
    forget: tuple[Command, ...]
    """Run after the files were removed; may fail too."""
    query: Command
    """Succeeds when the scheduler has the job."""
    hint: str
    """What to do where this scheduler does not work."""
    note: str
    """What its users should know."""


def scheduler_of(settings: Settings) -> Scheduler:
    """Return this machine's scheduler. Raises CliError on a system that has none of those known."""
    from cli.autosubmit import launchd, systemd, task_scheduler

    known: dict[str, Callable[[Settings], Scheduler]] = {
        "linux": systemd.scheduler,
        "darwin": launchd.scheduler,
        "win32": task_scheduler.scheduler,
    }
    if sys.platform not in known:
        raise CliError(
            f"There is no scheduler known for {sys.platform}.", "Have `token-tracker submit --yes` run once a day."
        )
    return known[sys.platform](settings)
