"""With what this machine signs, for `doctor`: its own key, or one of the user's."""

from dataclasses import dataclass
from pathlib import Path

from cli import CliError
from cli.device import Device, existing
from cli.own_key import OwnKey
from cli.settings import Settings
from validator.signature import fingerprint


@dataclass(frozen=True, slots=True)
class Signing:
    """This machine's device, None while there is none; `trouble` is why it cannot be used, else empty."""

    device: Device | None = None
    trouble: str = ""

    @property
    def own_key(self) -> Path | None:
        """Where the user's own key lies, if that is what signs."""
        return self.device.key.path if self.device and isinstance(self.device.key, OwnKey) else None


def examine_signing(settings: Settings) -> Signing:
    """Look at the device, without signing anything. Never raises CliError: trouble is a part of the answer."""
    try:
        found = Signing(existing(settings.config_dir))
    except CliError as error:
        return Signing(trouble=str(error))
    if (path := found.own_key) and not path.is_file():
        return Signing(found.device, f"The signing key {path} is gone. Put it back, or use `submit --sign-with PATH`.")
    return found


def signing_fields(known: Signing) -> dict[str, object] | None:
    """Return it as --json tells it; null when there is no device that can be read."""
    if known.device is None:
        return None
    key = fingerprint(known.device.public_key)
    return {"id": known.device.id, "fingerprint": key, "ownKey": str(known.own_key) if known.own_key else None}


def signing_lines(known: Signing) -> list[tuple[str, str]]:
    """Return what to say: what it is about, and the text."""
    if known.device is None:
        return [("device", f"not usable: {known.trouble}" if known.trouble else "none yet: the first submit makes it")]
    origin = f"yours, {known.own_key}" if known.own_key else "made on this machine"
    return [("device", known.device.id), ("key", f"{fingerprint(known.device.public_key)}, {origin}")]
