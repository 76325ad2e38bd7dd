"""One run a UTC day, and the log that tells of it. The log is also what says whether today's run was."""

import re
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from filelock import FileLock, Timeout

from cli import files
from cli.redaction import without_tokens
from cli.settings import Settings, private_folder

MAX_LOG_BYTES = 256 * 1024
"""A longer log loses its older half."""
MAX_SAID = 8_000
"""Characters of one run that are kept, the last."""
PAUSES = (15.0, 30.0, 60.0, 120.0)
"""Seconds between looks whether GitHub can be reached: a machine that just woke has no network yet."""
_ENTRY = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) exit (\d{1,3})$", re.ASCII | re.MULTILINE)
"""The first line of a run; what it said is indented, so that it cannot look like one."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that ended: when it began, submit's exit code, and what it said."""

    began: datetime
    exit_code: int
    said: str


def log_path(settings: Settings) -> Path:
    """Return where the log is, or will be."""
    return settings.data_dir / "autosubmit.log"


def lock_path(settings: Settings) -> Path:
    """Return the file that a run locks."""
    return settings.data_dir / "autosubmit.lock"


def last_run(settings: Settings) -> Run | None:
    """Return the newest run of the log, None when there is none; a log may hold anything."""
    text = _log(settings)
    found = list(_ENTRY.finditer(text))
    if not found:
        return None
    try:
        began = datetime.fromisoformat(found[-1][1]).astimezone(UTC)
    except ValueError:
        return None
    said = "\n".join(line.removeprefix("    ") for line in text[found[-1].end() :].strip("\n").splitlines())
    return Run(began, int(found[-1][2]), said)


def run_today(
    settings: Settings,
    submit: Callable[[], int],
    is_reachable: Callable[[], bool],
    pause: Callable[[float], None] = time.sleep,
) -> int | None:
    """Run `submit` and log what it says, unless a run of this UTC day ended already or one is under way (None).

    Waits a few minutes for the network. Returns submit's exit code. Raises CliError when the log cannot be written.
    """
    private_folder(settings.data_dir)
    try:
        with FileLock(lock_path(settings), timeout=0):
            last, began = last_run(settings), settings.now()
            if last and last.began.date() == began.date():
                return None
            for seconds in PAUSES:
                if is_reachable():
                    break
                pause(seconds)
            said = StringIO()
            with redirect_stdout(said), redirect_stderr(said):
                code = submit()
            _append(settings, Run(began, code, said.getvalue()))
            return code
    except Timeout:
        return None


def _append(settings: Settings, run: Run) -> None:
    said = without_tokens(run.said, settings.environment)[-MAX_SAID:]
    lines = [
        "".join(each if each.isprintable() else "?" for each in line) for line in said.splitlines() if line.strip()
    ]
    entry = [f"{run.began:%Y-%m-%dT%H:%M:%SZ} exit {run.exit_code}", *(f"    {line}" for line in lines)]
    text = _log(settings)
    if len(text) > MAX_LOG_BYTES:
        newer = _ENTRY.search(text, len(text) - MAX_LOG_BYTES // 2)
        text = text[newer.start() :] if newer else ""
    text += "" if text.endswith("\n") or not text else "\n"
    files.write(log_path(settings), (text + "\n".join(entry) + "\n").encode(errors="replace"))


def _log(settings: Settings) -> str:
    """Return the log's text, of one that somebody made huge only the beginning."""
    path = log_path(settings)
    return files.read(path, 4 * MAX_LOG_BYTES).decode(errors="replace") if path.exists() else ""
