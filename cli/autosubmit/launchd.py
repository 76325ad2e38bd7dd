"""macOS: an agent of launchd (launchd.plist(5)). What was due while the machine slept runs when it wakes."""

import os
import plistlib
from datetime import UTC, datetime, timedelta

from cli.autosubmit.job import Job
from cli.autosubmit.scheduler import Scheduler
from cli.settings import Settings

LABEL = "io.github.token-tracker.autosubmit"


def scheduler(settings: Settings) -> Scheduler:
    """Return launchd as it is for this user."""
    path = settings.home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    domain = f"gui/{os.getuid()}"
    today = settings.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return Scheduler(
        title="an agent of launchd",
        files=lambda job: {path: _plist(job, today)},
        places=(path,),
        start=(("launchctl", "enable", f"{domain}/{LABEL}"), ("launchctl", "bootstrap", domain, str(path))),
        stop=(("launchctl", "bootout", f"{domain}/{LABEL}"),),
        forget=(),
        query=("launchctl", "print", f"{domain}/{LABEL}"),
        hint="Run this in a terminal of your desktop session, or have cron run `token-tracker submit --yes`.",
        note="launchd goes by local time: where clocks change in summer, it runs an hour off.",
    )


def _plist(job: Job, today: datetime) -> bytes:
    """Return the agent's description; launchd knows local time only, so that is what today's minute becomes."""
    local = (today.astimezone(UTC) + timedelta(minutes=job.minute)).astimezone()
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(job.command),
            "StartCalendarInterval": {"Hour": local.hour, "Minute": local.minute},
            "ProcessType": "Background",
        }
    )
