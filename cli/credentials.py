"""The token that `login` keeps: one file for its owner alone, good for one GitHub only."""

import json
import os
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from cli import CliError, files
from cli.settings import private_folder

FILE = "credentials.json"
VERSION = 1
MAX_BYTES = 16 * 1024
"""A credential has about 150 bytes."""
_ANEW = "Run `token-tracker logout` and `token-tracker login`."


@dataclass(frozen=True, slots=True)
class Credential:
    """A token and the address of the API it is for; it must be sent to no other."""

    api_url: str
    token: str = field(repr=False)


class _File(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    version: int
    api_url: str
    token: str


def path_of(config_dir: Path) -> Path:
    """Return where the credential is, or will be."""
    return config_dir / FILE


def load(config_dir: Path) -> Credential | None:
    """Return the credential, or None when there is none.

    Raises CliError, which never tells the content, when others can read the file, or it is damaged, too large, not a
    regular file, of a later version, or cannot be read.
    """
    path = path_of(config_dir)
    try:
        content = _content(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CliError(f"{path} cannot be read: {error.strerror}.", "Give yourself access to that file.") from None
    try:
        found = msgspec.json.decode(content, type=_File)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise CliError(f"{path} is damaged.", _ANEW) from None
    if found.version != VERSION:
        raise CliError(f"{path} was written by another version of token-tracker.", _ANEW)
    return Credential(found.api_url, found.token)


def _content(path: Path) -> bytes:
    """Return the bytes of a private regular file; a pipe in its place is not waited for."""
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise CliError(f"{path} is not a file.", "Move it away and run `token-tracker login`.")
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise CliError(
                f"Others have access to your token in {path}.",
                f"Run: chmod 600 {shlex.quote(str(path))} (or, if somebody may have read it, log out and in again).",
            )
        return file.read(MAX_BYTES)


def save(config_dir: Path, credential: Credential) -> Path:
    """Write the credential (mode 0600), whole or not at all, and return its file.

    Raises CliError when it cannot be written; what was there before stays then.
    """
    path = path_of(private_folder(config_dir))
    kept = {"version": VERSION, "apiUrl": credential.api_url, "token": credential.token}
    files.write_private(path, json.dumps(kept, indent=2).encode() + b"\n")
    return path


def remove(config_dir: Path) -> bool:
    """Remove the credential, whatever it holds, and tell whether there was one. Raises CliError when it stays."""
    return files.remove(path_of(config_dir))
