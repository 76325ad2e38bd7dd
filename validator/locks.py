"""Locks that a Git process left behind when it was killed, and that would keep every later one from its work."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

STALE_SECONDS = 60
"""A reference is locked for milliseconds, `packed-refs` of a large board for some seconds."""


def remove_stale_locks(git_dir: Path) -> None:
    """Remove the locks of references that are older than a minute; younger ones may be somebody's at work.

    What cannot be looked at or removed stays: the Git command that stumbles over it says so.
    """
    for lock in _locks(git_dir):
        with suppress(OSError):
            if time.time() - lock.stat().st_mtime > STALE_SECONDS:
                lock.unlink()


def _locks(git_dir: Path) -> Iterator[Path]:
    yield from (git_dir / name for name in ("HEAD.lock", "packed-refs.lock"))
    for folder, _, names in os.walk(git_dir / "refs"):
        yield from (Path(folder, name) for name in names if name.endswith(".lock"))
