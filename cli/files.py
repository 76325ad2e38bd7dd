"""Files that commands hand to one another: read with a limit, written whole or not at all."""

import os
from pathlib import Path

from cli import CliError


def read(path: Path, limit: int) -> bytes:
    """Return a file's bytes, one more than `limit` of a longer one. Raises CliError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise CliError(f"{path} cannot be read: {error.strerror}.", "Give the path of the right file.") from None


def remove(path: Path) -> bool:
    """Remove a file and tell whether there was one. Raises CliError when it stays."""
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise CliError(f"{path} cannot be removed: {error.strerror}.", "Remove it yourself.") from None
    return True


def write(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there. Raises CliError when it cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CliError(f"{path} cannot be written: {error.strerror}.", "Give another path.") from None


def write_private(path: Path, content: bytes) -> None:
    """Write a file as `write` does, for its owner alone (mode 0600), and make sure that it outlives a power cut.

    Raises CliError when it cannot be written; what was there before stays then.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CliError(
            f"{path} cannot be written: {error.strerror}.",
            "Free that path, or set TOKEN_TRACKER_CONFIG_DIR to a folder of yours.",
        ) from None
