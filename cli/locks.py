"""One process of ours at a time, where several would undo each other's work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from cli import CliError


@contextmanager
def alone(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock file; while another process has it, call `waiting` once and wait.

    The operating system lifts the lock when this process ends, however it ends. Raises CliError when the file cannot be
    locked.
    """
    lock = FileLock(path)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            lock.acquire()
    except OSError as error:
        raise CliError(
            f"{lock.lock_file} cannot be locked: {error.strerror}.",
            "Set TOKEN_TRACKER_DATA_DIR to a folder on a local disk where you may write.",
        ) from None
    try:
        yield
    finally:
        lock.release()
