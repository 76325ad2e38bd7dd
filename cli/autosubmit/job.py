"""What the scheduler starts each day, kept in a file so that the run sees the folders that its user sees."""

import hashlib
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from cli import CliError, files
from cli.settings import Settings, private_folder

FILE = "autosubmit.json"
VERSION = 1
MAX_BYTES = 256 * 1024
MINUTES_PER_DAY = 1_440
KEPT = (
    "PATH",
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "GEMINI_CLI_HOME",
    "OPENCODE_DATA_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "TOKEN_TRACKER_DATA_DIR",
    "TOKEN_TRACKER_CONFIG_DIR",
    "GH_CONFIG_DIR",
    "GITHUB_API_URL",
    "GITHUB_SERVER_URL",
    "SSH_AUTH_SOCK",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
)
"""The variables a run takes along: where things are. Never a token."""
OF_SESSION = ("SSH_AUTH_SOCK",)
"""Those that change from one log-in to the next: a run takes its own where it has one."""


@dataclass(frozen=True, slots=True)
class Job:
    """The program (absolute), the file that describes this job, and the UTC minute of the day."""

    program: Path
    file: Path
    minute: int
    environment: Mapping[str, str]

    @property
    def command(self) -> tuple[str, ...]:
        """What the scheduler starts."""
        return (str(self.program), "autosubmit", "run", str(self.file))

    def next_run(self, now: datetime) -> datetime:
        """Return when it runs next; `now` is in UTC."""
        today = now.replace(hour=self.minute // 60, minute=self.minute % 60, second=0, microsecond=0)
        return today if today > now else today + timedelta(days=1)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    program: str
    minute: int
    environment: dict[str, str]


def minute_of_day(user_id: int) -> int:
    """Return a user's minute of the day, always the same: users are spread evenly, so that no minute is a rush hour."""
    digest = hashlib.sha256(f"token-tracker/autosubmit/{user_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % MINUTES_PER_DAY


def job_of(settings: Settings, user_id: int) -> Job:
    """Return the job of a user on this machine as it is now.

    Raises CliError when this program cannot be found, or a path has a control character that no scheduler takes.
    """
    environment = {name: settings.environment[name] for name in KEPT if settings.environment.get(name)}
    environment["TOKEN_TRACKER_DATA_DIR"] = str(settings.data_dir)  # absolute, whatever the variables say
    environment["TOKEN_TRACKER_CONFIG_DIR"] = str(settings.config_dir)
    job = Job(_program(), settings.config_dir / FILE, minute_of_day(user_id), environment)
    if not all(part.isprintable() for part in job.command):
        raise CliError(
            f"{' '.join(job.command)!r} cannot be put on a schedule.", "Use folders without control characters."
        )
    return job


def _program() -> Path:
    """Return where this command is, as it was called: a link that outlives updates is not resolved."""
    called = sys.argv[0] if Path(sys.argv[0]).stem == "token-tracker" else ""
    beside = str(Path(sys.executable).parent)
    found = shutil.which(called) or shutil.which("token-tracker", path=beside) or shutil.which("token-tracker")
    if found is None:
        raise CliError("The program token-tracker is nowhere to be found.", "Install it, for instance with pipx.")
    return Path(found).absolute()


def save(job: Job) -> None:
    """Write the job's file for its owner alone. Raises CliError when it cannot be written."""
    private_folder(job.file.parent)
    kept = {
        "version": VERSION,
        "program": str(job.program),
        "minute": job.minute,
        "environment": dict(sorted(job.environment.items())),
    }
    files.write_private(job.file, json.dumps(kept, indent=2).encode() + b"\n")


def load(file: Path) -> Job | None:
    """Return the job of a file, None when there is none. Raises CliError when it is damaged or of another version."""
    if not file.exists():
        return None
    try:
        found = msgspec.json.decode(files.read(file, MAX_BYTES), type=_File)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        found = None
    if found is None or found.version != VERSION or not 0 <= found.minute < MINUTES_PER_DAY:
        raise CliError(f"{file} is damaged or of another version.", "Run `token-tracker autosubmit enable` again.")
    environment = {name: value for name, value in found.environment.items() if name in KEPT}
    return Job(Path(found.program), file, found.minute, environment)
