"""The device of this machine: a random id and the key its submissions are signed with, made on first use.

Both are one file, `device-<id>`, so neither can be lost or swapped without the other: an OpenSSH private key that
`ssh-keygen` can use, too, or, where the user signs with a key of their own, JSON that says which and where it is. It is
never replaced once something is published, since that is chained to this id and this key.
"""

import os
import re
import secrets
import shlex
import stat
import string
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_ssh_private_key
from filelock import FileLock, Timeout

from cli import CliError, files
from cli.own_key import OwnKey
from cli.settings import private_folder
from validator.signature import check_public_key, public_key_text, sign

LOCK_SECONDS = 10
"""How long to wait for another process that is making the device; it takes milliseconds."""
MAX_KEY_BYTES = 16 * 1024
"""An Ed25519 key file has 400 bytes, and one that names the largest key of one's own 3,000 and its path."""
VERSION = 1

_FILE = re.compile(r"device-([a-z0-9]{8})", re.ASCII)
_LOST = (
    "Restore it from a backup. If it is lost, move it away: a new device begins, "
    "and what this one published stays as it is."
)


@dataclass(frozen=True, slots=True)
class Device:
    """One machine of a user: its id and its signing key."""

    id: str
    key: Ed25519PrivateKey | OwnKey

    @property
    def public_key(self) -> str:
        """The public half as a profile holds it: `type base64`."""
        return self.key.public_key if isinstance(self.key, OwnKey) else public_key_text(self.key)

    def sign(self, messages: Sequence[bytes], namespace: str) -> list[str]:
        """Return an armoured signature for each message. Raises CliError as `OwnKey.sign` does."""
        key = self.key
        if isinstance(key, OwnKey):
            return key.sign(messages, namespace)
        return [sign(message, key, namespace) for message in messages]


class _Named(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """The file of a device that signs with a key of the user's own."""

    version: int
    public_key: str
    path: str


def load_or_create(config_dir: Path) -> Device:
    """Return this machine's device, made now if there is none; processes that start together get the same one.

    Raises CliError, and changes nothing, when the key can be read by others, is damaged, or cannot be read or written.
    """
    folder = private_folder(config_dir)
    if found := existing(folder):
        return found
    with _locked(folder):
        return _load(_find(folder) or _create(folder))


def existing(config_dir: Path) -> Device | None:
    """Return this machine's device, None when there is none yet: nothing is made. Raises CliError as above."""
    try:
        found = _find(config_dir) if config_dir.is_dir() else None
        return _load(found) if found else None
    except OSError as error:
        raise _no_access(config_dir, error) from None


def remember(config_dir: Path, device: Device) -> None:
    """Make a device that signs with the user's own key the one of this machine; only the key's path is kept.

    Another one is set aside as `earlier-device-<id>`, never removed: it may have published elsewhere. A device whose
    key lies here is there already. Raises CliError when the folder cannot be written.
    """
    if not isinstance(device.key, OwnKey):
        return
    named = _Named(VERSION, device.public_key, str(device.key.path))
    folder = private_folder(config_dir)
    with _locked(folder):
        if (found := _find(folder)) and found.name != f"device-{device.id}":
            found.replace(folder / f"earlier-{found.name}")
        content = msgspec.json.format(msgspec.json.encode(named), indent=2) + b"\n"
        files.write_private(folder / f"device-{device.id}", content)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes from making a device meanwhile; what goes wrong becomes a CliError."""
    try:
        with FileLock(folder / "device.lock", timeout=LOCK_SECONDS):
            yield
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
    name = path.name.removeprefix("device-")
    return Device(name, _named(path, content) if content.startswith(b"{") else _private(path, content))


def _named(path: Path, content: bytes) -> OwnKey:
    try:
        found = msgspec.json.decode(content, type=_Named)
        check_public_key(found.public_key)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        found = None
    if found is None or found.version != VERSION or not Path(found.path).is_absolute():
        raise CliError(f"{path}, which names the key of this device, is damaged or of another version.", _LOST)
    return OwnKey(found.public_key, Path(found.path))


def _private(path: Path, content: bytes) -> Ed25519PrivateKey:
    try:
        key = load_ssh_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CliError(f"The device key {path} is damaged or has a passphrase.", _LOST) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise CliError(f"The device key {path} is not an Ed25519 key.", _LOST)
    return key


def new_id() -> str:
    """Return a random name for a device."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(8))


def _create(folder: Path) -> Path:
    """Write a new device and return its file. The lock is held; a file that a killed process left is overwritten."""
    content = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    unfinished, path = folder / "device.new", folder / f"device-{new_id()}"
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return path
