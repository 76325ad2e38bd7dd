"""Linux: a timer of the user's own systemd (systemd.timer(5), systemd.service(5))."""

from pathlib import Path

from cli import CliError
from cli.autosubmit.job import Job
from cli.autosubmit.scheduler import Scheduler
from cli.settings import Settings

UNIT = "token-tracker"
TIMER = f"{UNIT}.timer"
_CALL = ("systemctl", "--user")


def scheduler(settings: Settings) -> Scheduler:
    """Return systemd as it is for this user; units lie where `$XDG_CONFIG_HOME` says."""
    given = settings.environment.get("XDG_CONFIG_HOME", "")
    folder = (Path(given) if given.startswith("/") else settings.home / ".config") / "systemd" / "user"
    service, timer = folder / f"{UNIT}.service", folder / TIMER
    return Scheduler(
        title="a timer of systemd",
        files=lambda job: {service: _service(job), timer: _timer(job)},
        places=(service, timer),
        start=((*_CALL, "daemon-reload"), (*_CALL, "enable", TIMER), (*_CALL, "restart", TIMER)),
        stop=((*_CALL, "disable", "--now", TIMER), (*_CALL, "clean", "--what=state", TIMER)),
        forget=((*_CALL, "daemon-reload"),),
        query=(*_CALL, "is-active", "--quiet", TIMER),
        hint="There may be no systemd for users here (a container, `su`): have cron run `token-tracker submit --yes` "
        "once a day instead.",
        note="It runs while you are logged in; `loginctl enable-linger` lets it run always.",
    )


def _service(job: Job) -> bytes:
    """Return the service. Raises CliError for a program whose path systemd does not take, however it is quoted."""
    program, *arguments = job.command
    if any(each in program for each in "\\\"'"):
        raise CliError(
            f"systemd starts nothing whose path has quotes or backslashes: {program}.", "Install the program elsewhere."
        )
    start = " ".join([_quoted(program), *(_quoted(each).replace("$", "$$") for each in arguments)])
    return (
        "[Unit]\nDescription=Submit AI agents' usage to the leaderboard\n\n"
        f"[Service]\nType=oneshot\nExecStart={start}\nNice=10\n"
    ).encode()


def _timer(job: Job) -> bytes:
    """Return the timer: a run that was missed, because the machine slept or was off, is made up for."""
    return (
        "[Unit]\nDescription=Submit AI agents' usage once a day\n\n"
        f"[Timer]\nOnCalendar=*-*-* {job.minute // 60:02}:{job.minute % 60:02}:00 UTC\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    ).encode()


def _quoted(text: str) -> str:
    """Return one word of a command as unit files want it; `%` begins a specifier there."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
