"""The device of this machine: a random id and the key its submissions are signed with, made on first use.

Both are one file, `device-<id>`, an OpenSSH private key that `ssh-keygen` can use, too: so neither can be lost or
swapped without the other. It is never replaced, since what is published is chained to this id and this key.
"""

import os
import re
import secrets
import shlex
import stat
import string
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_ssh_private_key
from filelock import FileLock, Timeout

from cli import CliError
from cli.settings import private_folder
from validator.signature import public_key_text

LOCK_SECONDS = 10
"""How long to wait for another process that is making the device; it takes milliseconds."""
MAX_KEY_BYTES = 16 * 1024
"""An Ed25519 key file has 400 bytes."""

_FILE = re.compile(r"device-([a-z0-9]{8})", re.ASCII)
_LOST = (
    "Restore it from a backup. If it is lost, move it away: a new device begins, "
    "and what this one published stays as it is."
)


@dataclass(frozen=True, slots=True)
class Device:
    """One machine of a user: its id and its signing key."""

    id: str
    key: Ed25519PrivateKey

    @property
    def public_key(self) -> str:
        """The public half as a profile holds it: `ssh-ed25519 base64`."""
        return public_key_text(self.key)


def load_or_create(config_dir: Path) -> Device:
    """Return this machine's device, made now if there is none; processes that start together get the same one.

    Raises CliError, and changes nothing, when the key can be read by others, is damaged, or cannot be read or written.
    """
    folder = private_folder(config_dir)
    try:
        if found := _find(folder):
            return _load(found)
        with FileLock(folder / "device.lock", timeout=LOCK_SECONDS):
            return _load(_find(folder) or _create(folder))
    except Timeout:
        raise CliError(f"{folder / 'device.lock'} is held by another process.", "Wait for it, or end it.") from None
    except OSError as error:
        raise _no_access(folder, error) from None


def device_id(config_dir: Path) -> str:
    """Return the id of this machine's device, empty when there is none yet: nothing is made, and no key is read.

    Raises CliError when there is more than one, or the folder cannot be read.
    """
    try:
        found = _find(config_dir) if config_dir.is_dir() else None
    except OSError as error:
        raise _no_access(config_dir, error) from None
    return found.name.removeprefix("device-") if found else ""


def _no_access(folder: Path, error: OSError) -> CliError:
    return CliError(
        f"The device key in {folder} cannot be read or written: {error.strerror}.",
        "Give yourself access to that folder, or set TOKEN_TRACKER_CONFIG_DIR to a folder of yours.",
    )


def _find(folder: Path) -> Path | None:
    found = sorted(path for path in folder.iterdir() if _FILE.fullmatch(path.name))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise CliError(f"{folder} holds more than one device: {names}.", "Move away all but the one of this machine.")
    return found[0] if found else None


def _load(path: Path) -> Device:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if os.name == "posix" and mode & 0o077:
            raise CliError(f"Others have access to the device key {path}.", f"Run: chmod 600 {shlex.quote(str(path))}")
        content = file.read(MAX_KEY_BYTES)
    try:
        key = load_ssh_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CliError(f"The device key {path} is damaged or has a passphrase.", _LOST) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise CliError(f"The device key {path} is not an Ed25519 key.", _LOST)
    return Device(path.name.removeprefix("device-"), key)


def _create(folder: Path) -> Path:
    """Write a new device and return its file. The lock is held; a file that a killed process left is overwritten."""
    name = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(8))
    content = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    unfinished, path = folder / "device.new", folder / f"device-{name}"
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return path
