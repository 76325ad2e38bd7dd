"""Windows: a task of the Task Scheduler, described in its XML (version 1.2 of its schema)."""

from xml.sax.saxutils import escape

from cli.autosubmit.job import Job
from cli.autosubmit.scheduler import Scheduler
from cli.settings import Settings

TASK = "token-tracker autosubmit"
_XML = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Submit AI agents' usage to the leaderboard once a day.</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T{hour:02}:{minute:02}:00Z</StartBoundary>
      <Enabled>true</Enabled>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT2H</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
    </Exec>
  </Actions>
</Task>
"""
"""`StartWhenAvailable` makes up for a run that was missed."""


def scheduler(settings: Settings) -> Scheduler:
    """Return the Task Scheduler as it is for this user; the XML is kept to be looked at."""
    path = settings.config_dir / "autosubmit.xml"
    return Scheduler(
        title="a task of the Task Scheduler",
        files=lambda job: {path: _xml(job)},
        places=(path,),
        start=(("schtasks", "/Create", "/TN", TASK, "/XML", str(path), "/F"),),
        stop=(("schtasks", "/Delete", "/TN", TASK, "/F"),),
        forget=(),
        query=("schtasks", "/Query", "/TN", TASK),
        hint="Have `token-tracker submit --yes` run once a day by other means.",
        note="It runs while you are logged in.",
    )


def _xml(job: Job) -> bytes:
    program, *arguments = job.command
    quoted = " ".join(f'"{each}"' for each in arguments)
    hour, minute = divmod(job.minute, 60)
    text = _XML.format(hour=hour, minute=minute, program=escape(program), arguments=escape(quoted))
    return text.replace("\n", "\r\n").encode("utf-16")
