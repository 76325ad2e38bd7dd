"""`autosubmit`: submit once a day without being asked."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import CliError

if TYPE_CHECKING:
    from cli.autosubmit.job import Job
    from cli.autosubmit.runs import Run
    from cli.identity import Identity
    from cli.settings import Settings

OFF = 3
NEEDS_ATTENTION = 4


@click.group()
def autosubmit() -> None:
    """Submit once a day without being asked: by systemd, launchd or the Task Scheduler.

    A run is `token-tracker submit --yes`: it never asks, and it refuses what you would have to decide, such as a
    published day that would go down. A day that the machine slept through is made up for.
    """


@autosubmit.command()
def enable() -> None:
    """Switch it on.

    Do it again after this program or your folders moved. The minute of the day follows from your user id. The token
    must be one that a scheduled run finds too: that of `token-tracker login` or of `gh`. So must a signing key of your
    own: one without a passphrase, or in an agent that runs by then.

    Exit codes: 0 it is on, 1 failed and it is off, 2 wrong usage.
    """
    from cli.autosubmit.job import job_of
    from cli.autosubmit.runs import log_path
    from cli.autosubmit.scheduler import scheduler_of
    from cli.autosubmit.switch import switch_on
    from cli.settings import Settings

    settings = Settings.load()
    scheduler = scheduler_of(settings)
    identity = _submitter(settings)
    _require_signing(settings)
    job = job_of(settings, identity.id)
    written = switch_on(scheduler, job)
    click.echo(f"On: {scheduler.title} submits as @{identity.login} every day at {_clock(job)} UTC.")
    click.echo(f"Next run: {_time(job.next_run(settings.now()))}. Log: {log_path(settings)}")
    for path in written:
        click.echo(f"Wrote {path}")
    click.echo(scheduler.note)
    click.echo("`token-tracker autosubmit disable` undoes all of it.")


def _submitter(settings: "Settings") -> "Identity":
    """Return who a scheduled run, which knows no token of this shell's environment, would submit as.

    Raises CliError when it could not submit.
    """
    from cli import account
    from cli.identity import identify, shortcoming

    token = account.of_file(settings) or account.of_gh(settings)
    if token is None:
        given = account.of_environment(settings)
        raise CliError(
            f"A scheduled run would find no token{f': {given.name} is set in this shell only' if given else ''}.",
            f"Run `{'env -u GITHUB_TOKEN -u GH_TOKEN ' if given else ''}token-tracker login` first.",
        )
    identity = identify(settings, token)
    if short := shortcoming(token, identity):
        raise CliError(*short)
    return identity


def _require_signing(settings: "Settings") -> None:
    """Raise CliError when this machine signs with a key of the user's own that only works with somebody there."""
    from cli.device import existing
    from cli.own_key import OwnKey

    device = existing(settings.config_dir)
    if device and isinstance(device.key, OwnKey):
        device.key.require_unattended()


@autosubmit.command()
def disable() -> None:
    """Switch it off and remove all that it made, the log included.

    Exit codes: 0 it is off, 1 failed, 2 wrong usage.
    """
    from cli.autosubmit.scheduler import scheduler_of
    from cli.autosubmit.switch import switch_off
    from cli.settings import Settings

    settings = Settings.load()
    removed = switch_off(scheduler_of(settings), settings)
    click.echo("Off." if removed else "It was off already.")
    for path in removed:
        click.echo(f"Removed {path}")


@autosubmit.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(*, as_json: bool) -> int:
    """Whether it is on, when it runs next, and how the last run ended.

    Exit codes: 0 it is on and well, 1 failed, 2 wrong usage, 3 it is off, 4 it is on but needs attention (the last run
    failed, the program moved, the scheduler does not know the job).
    """
    from cli.autosubmit import job as jobs
    from cli.autosubmit.runs import last_run, log_path
    from cli.autosubmit.scheduler import scheduler_of
    from cli.autosubmit.tools import succeeds
    from cli.settings import Settings

    settings = Settings.load()
    scheduler = scheduler_of(settings)
    job, last = jobs.load(settings.config_dir / jobs.FILE), last_run(settings)
    needs = _needs(job, last, is_known=succeeds(scheduler.query)) if job else []
    next_run = _time(job.next_run(settings.now())) if job else None
    if as_json:
        answer = {"enabled": job is not None, "nextRun": next_run, "lastRun": _run_fields(last)}
        click.echo(json.dumps({**answer, "log": str(log_path(settings)), "needsAttention": needs}, indent=2))
    else:
        click.echo(f"On: {scheduler.title}, every day at {_clock(job)} UTC." if job else "Off.")
        click.echo(f"Next run: {next_run}" if job else "`token-tracker autosubmit enable` switches it on.")
        _print_last(last, log_path(settings))
        for need in needs:
            click.echo(f"Needs attention: {need}", err=True)
    return OFF if job is None else NEEDS_ATTENTION if needs else 0


def _needs(job: "Job", last: "Run | None", *, is_known: bool) -> list[str]:
    again = "Run `token-tracker autosubmit enable` again."
    needs = []
    if not job.program.is_file():
        needs.append(f"The program is no longer at {job.program}. {again}")
    if not is_known:
        needs.append(f"The scheduler does not have the job. {again}")
    if last and last.exit_code:
        needs.append(f"The last run failed with exit code {last.exit_code}; the log says why.")
    return needs


def _run_fields(run: "Run | None") -> dict[str, object] | None:
    return {"began": _time(run.began), "exitCode": run.exit_code, "said": run.said} if run else None


def _print_last(last: "Run | None", log: Path) -> None:
    if last is None:
        click.echo("Last run: none yet.")
        return
    outcome = "all well" if last.exit_code == 0 else f"failed with exit code {last.exit_code}"
    click.echo(f"Last run: {_time(last.began)}, {outcome} (log: {log})")
    for line in last.said.splitlines()[-5:]:
        click.echo("    " + "".join(each if each.isprintable() else "?" for each in line))


@autosubmit.command(hidden=True)
@click.argument("file", type=click.Path(path_type=Path))
def run(file: Path) -> int:
    """Run for the scheduler: once a UTC day, with the folders that FILE describes; all that is said goes to the log.

    Exit codes: those of submit; 0 when today's run was already.
    """
    import os

    from cli.autosubmit import job as jobs
    from cli.autosubmit.runs import run_today
    from cli.main import run as run_command
    from cli.settings import Settings

    job = jobs.load(file)
    if job is None:
        raise CliError(f"There is no job {file}.", "Run `token-tracker autosubmit enable`.")
    kept = {name for name in jobs.OF_SESSION if os.environ.get(name)}
    os.environ.update({name: value for name, value in job.environment.items() if name not in kept})
    settings = Settings.load()
    return run_today(settings, lambda: run_command(["submit", "--yes"]), lambda: _is_reachable(settings)) or 0


def _is_reachable(settings: "Settings") -> bool:
    """Tell whether GitHub answers at all."""
    from cli import web
    from cli.boards import api_url

    try:
        web.ask("GET", f"{api_url(settings)}/rate_limit")
    except web.Unreachable:
        return False
    except CliError:
        return True  # submit says better what is wrong
    return True


def _clock(job: "Job") -> str:
    return f"{job.minute // 60:02}:{job.minute % 60:02}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
