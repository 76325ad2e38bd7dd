"""Which device it is that signs with a key of the user's own. Decided once: a device's key cannot be replaced."""

from cli import CliError
from cli.device import Device, existing, new_id
from cli.github import GitHub, Viewer
from cli.keyring import Keyring, read_keyring
from cli.own_key import OwnKey
from cli.settings import Settings
from validator.signature import fingerprint


def device_signing_with(settings: Settings, hub: GitHub, viewer: Viewer, key: OwnKey) -> Device:
    """Return this machine's device if it signs with this key, wherever that lies now, else a new one; it is not kept.

    A new one may take the place of one of which the board has nothing and no pull request offers anything: usage would
    count twice otherwise. Raises CliError when that is not so, or another device of the user has the key.
    """
    present = existing(settings.config_dir)
    if present and present.public_key == key.public_key:
        return Device(present.id, key) if isinstance(present.key, OwnKey) else present
    keyring = read_keyring(settings, hub, viewer)
    _refuse_shared(keyring, key)
    if present:
        _refuse_change(keyring, present)
    return Device(new_id(), key)


def _refuse_shared(keyring: Keyring, key: OwnKey) -> None:
    for each in keyring.listed():
        if each.device.public_key == key.public_key:
            raise CliError(
                f"Your device {each.device.id} has the key {fingerprint(key.public_key)}: every device needs its own.",
                "Leave --sign-with out, and this machine makes itself a key. If it is that device and lost its "
                f"settings, restore device-{each.device.id}, or run `token-tracker withdraw --device {each.device.id}`"
                " and begin anew.",
            )


def _refuse_change(keyring: Keyring, present: Device) -> None:
    if not keyring.months(present.id) and keyring.submitting(present.id) is None:
        return
    raise CliError(
        f"This machine submits as the device {present.id}, with the key {fingerprint(present.public_key)}: a device "
        "cannot change its key, and from a second one the same usage would count twice.",
        f"Go on without --sign-with. To begin anew with this key, run `token-tracker withdraw --device {present.id}` "
        "first, and this again once that is merged.",
    )
