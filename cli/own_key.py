"""A user's own SSH key as the key of a device: `ssh-keygen -Y sign` signs, and the private half stays where it is.

The one door to ssh-keygen. What it writes is not believed: every signature is checked before it is used.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cli import CliError, files
from cli.steps import say
from validator.signature import MAX_ARMOUR_CHARACTERS, BadKey, BadSignature, check_public_key, fingerprint, verify

UNATTENDED_SECONDS = 60
ATTENDED_SECONDS = 600
"""How long ssh-keygen may take: with nobody there, and with somebody who types or touches."""
MAX_KEY_BYTES = 64 * 1024
"""The file of the largest key that is accepted has 13,000 bytes."""
MAX_TOLD = 300

_PUBLIC = ("ssh-", "ecdsa-", "sk-")
"""How a public key in OpenSSH's format begins."""
_TRIAL = "token-tracker/trial"
"""The namespace of a signature that is made for nothing else than to see whether it can be."""


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key that the user has already."""

    public_key: str
    """As a profile holds it: `type base64`."""
    path: Path
    """Absolute: the private key, or a public one (`.pub`) whose private half an agent has."""

    @property
    def needs_touch(self) -> bool:
        """Whether it is a security key, whose owner touches it for every signature."""
        return self.public_key.startswith("sk-")

    def sign(self, messages: Sequence[bytes], namespace: str, *, alone: bool = False) -> list[str]:
        """Return an armoured signature for each message, made by one ssh-keygen, which asks for a passphrase once.

        An agent that has the key comes first. Nobody is asked without a terminal, or when `alone`. Raises CliError when
        it cannot sign, or what it wrote is no signature with this key over just these bytes.
        """
        if not messages:
            return []
        if not self.path.is_file():
            raise CliError(
                f"The key {self.path} is no longer there.",
                "Put it back, or say where it is now: `token-tracker submit --sign-with PATH`.",
            )
        attended = not alone and _is_attended()
        if attended:
            touch = ", which wants a touch for each" if self.needs_touch else ""
            say(f"Signing {len(messages):,} {'file' if len(messages) == 1 else 'files'} with {self.path}{touch} …")
        with TemporaryDirectory(prefix="token-tracker-") as name:
            folder, numbers = Path(name), [str(number) for number in range(len(messages))]
            for number, message in zip(numbers, messages, strict=True):
                (folder / number).write_bytes(message)
            command = ["-Y", "sign", "-f", str(self.path), "-n", namespace, *numbers]
            _ssh_keygen(command, self.path, folder, attended=attended)
            signatures = [_signature(folder / f"{number}.sig") for number in numbers]
        for message, signature in zip(messages, signatures, strict=True):
            self._check(message, signature, namespace)
        return signatures

    def require_unattended(self) -> None:
        """Raise CliError when it cannot sign while nobody is there; it is tried."""
        if self.needs_touch:
            raise CliError(
                f"{self.path} is a security key: somebody has to touch it, and a scheduled run has nobody.",
                "Run `token-tracker submit` yourself now and then.",
            )
        self.sign([b""], _TRIAL, alone=True)

    def _check(self, message: bytes, signature: str, namespace: str) -> None:
        try:
            verify(message, signature, self.public_key, namespace)
        except BadSignature as error:
            raise CliError(
                f"What ssh-keygen signed with {self.path} does not hold: {error}.",
                f"The key must be {fingerprint(self.public_key)}. `ssh-keygen -lf` tells which one a file has.",
            ) from None


def read_own_key(path: Path) -> OwnKey:
    """Return the key of a file: a private one, or a public one whose private half an agent has.

    The public half comes from the file itself, else from the one beside it (`.pub`), else ssh-keygen derives it, which
    may ask for the passphrase. Raises CliError when there is no such key, or the board accepts none of its type.
    """
    place = _absolute(path)
    if not place.is_file():
        raise CliError(f"There is no key {place}.", "Give the path of a private key, or of the .pub of an agent's key.")
    text = _public_text(place) or _public_text(place.with_name(f"{place.name}.pub")) or _derived(place)
    public_key = " ".join(text.split()[:2])
    try:
        check_public_key(public_key)
    except BadKey as error:
        raise CliError(
            f"{place} cannot sign submissions: {error}.",
            "Ed25519, ECDSA, RSA of 2048 bits and more, and security keys can; certificates and DSA cannot.",
        ) from None
    return OwnKey(public_key, place)


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise CliError(f"{path} is below a home folder that cannot be found.", "Give the whole path.") from None


def _public_text(path: Path) -> str:
    """Return the line of a public key file, empty when there is no such file or it is something else."""
    if not path.is_file():
        return ""
    text = files.read(path, MAX_KEY_BYTES).decode("utf-8", "replace")
    return next((line for line in text.splitlines()[:1] if line.startswith(_PUBLIC)), "")


def _derived(path: Path) -> str:
    with TemporaryDirectory(prefix="token-tracker-") as name:
        said = _ssh_keygen(["-y", "-f", str(path)], path, Path(name), attended=_is_attended())
    return said.partition("\n")[0]


def _is_attended() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ssh_keygen(arguments: Sequence[str], key: Path, folder: Path, *, attended: bool) -> str:
    """Run ssh-keygen in a folder and return the beginning of its stdout. Raises CliError, saying what to do.

    With somebody there it may ask at the terminal; else it has none to ask at, nor a window.
    """
    seconds = ATTENDED_SECONDS if attended else UNATTENDED_SECONDS
    out, err = folder / "out", folder / "err"
    try:
        with out.open("wb") as stdout, err.open("wb") as stderr:
            done = subprocess.run(
                ["ssh-keygen", "-q", *arguments],
                cwd=folder,
                env=None if attended else {**os.environ, "SSH_ASKPASS_REQUIRE": "never"},
                stdin=None if attended else subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=not attended,
                timeout=seconds,
                check=False,
            )
    except FileNotFoundError:
        raise CliError("ssh-keygen is not on this machine.", "Install OpenSSH (8.1 or newer).") from None
    except subprocess.TimeoutExpired:
        raise CliError(
            f"ssh-keygen did not sign with {key} within {seconds} seconds.", "Is its agent or security key at hand?"
        ) from None
    except OSError as error:
        raise CliError(f"ssh-keygen cannot be run: {error.strerror}.", "Install OpenSSH (8.1 or newer).") from None
    if done.returncode != 0:
        raise _refusal(_told(err), key, attended=attended)
    return _told(out)


def _told(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MAX_KEY_BYTES).decode("utf-8", "replace")


def _refusal(said: str, key: Path, *, attended: bool) -> CliError:
    """Return what to tell of ssh-keygen's words, which are always English (sshkey.c, sshsig.c, getopt of OpenSSH)."""
    name = shlex.quote(str(key))
    if "passphrase" in said and attended:
        return CliError(f"That was not the passphrase of {key}.", "Run it again.")
    if "passphrase" in said:
        return CliError(
            f"{key} has a passphrase, and nobody can be asked for it here.",
            f"Run `ssh-add {name}`, so that an agent has it (SSH_AUTH_SOCK leads there), or submit at a terminal.",
        )
    if "UNPROTECTED" in said:
        return CliError(f"Others have access to {key}, so ssh-keygen does not use it.", f"Run: chmod 600 {name}")
    if "option" in said and "usage:" in said:
        return CliError("This ssh-keygen cannot sign.", "Install OpenSSH 8.1 or newer.")
    if "No private key found" in said:
        return CliError(
            f"Neither a file nor an agent has the private half of {key}.",
            "Start its agent (SSH_AUTH_SOCK must lead there); `ssh-add -l` lists what it has.",
        )
    last = "".join(each if each.isprintable() else " " for each in (said.strip().splitlines() or [""])[-1])
    told = f": {last[:MAX_TOLD].strip().rstrip('.')}" if last.strip() else ""
    return CliError(f"ssh-keygen could not use {key}{told}.", f"Try it: ssh-keygen -Y sign -f {name} -n trial FILE")


def _signature(path: Path) -> str:
    """Return what ssh-keygen wrote, as far as a signature can be long; empty when it wrote nothing."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_ARMOUR_CHARACTERS + 1).decode("ascii", "replace")
    except OSError:
        return ""
