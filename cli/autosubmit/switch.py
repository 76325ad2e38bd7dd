"""Switching it on and off: files and the scheduler's commands, all or nothing."""

from pathlib import Path

from cli import CliError, files
from cli.autosubmit import job as jobs
from cli.autosubmit import tools
from cli.autosubmit.job import Job
from cli.autosubmit.runs import lock_path, log_path
from cli.autosubmit.scheduler import Scheduler
from cli.settings import Settings


def switch_on(scheduler: Scheduler, job: Job) -> list[Path]:
    """Give the job to the scheduler, in place of an earlier one; return the files that were written.

    Raises CliError when that fails; nothing is left behind then, of an earlier job neither.
    """
    contents = scheduler.files(job)
    for command in scheduler.stop:
        tools.succeeds(command)
    try:
        jobs.save(job)
        for path, content in contents.items():
            _make_folder(path.parent)
            files.write(path, content)
        for command in scheduler.start:
            tools.run(command, scheduler.hint)
    except CliError:
        _remove(scheduler, job.file)
        raise
    return [job.file, *contents]


def switch_off(scheduler: Scheduler, settings: Settings) -> list[Path]:
    """Take the job away and remove every file, the log included; return those that were there.

    Raises CliError when a file cannot be removed or the scheduler keeps the job.
    """
    removed = _remove(scheduler, settings.config_dir / jobs.FILE, log_path(settings), lock_path(settings))
    if tools.succeeds(scheduler.query):
        raise CliError(f"The job is still there: {scheduler.title}.", f"Run: {' '.join(scheduler.stop[0])}")
    return removed


def _remove(scheduler: Scheduler, *others: Path) -> list[Path]:
    for command in scheduler.stop:
        tools.succeeds(command)
    removed = [path for path in (*scheduler.places, *others) if files.remove(path)]
    for command in scheduler.forget:
        tools.succeeds(command)
    return removed


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CliError(f"The folder {path} cannot be made: {error.strerror}.", "Free that path.") from None
