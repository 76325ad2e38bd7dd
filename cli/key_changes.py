"""What becomes of a profile when a device is added or revoked. Pure.

Whatever other open pull requests bring is in it, too: whichever is merged first, the others hold.
"""

import datetime as dt
from collections.abc import Iterable

from cli import CliError
from cli.claims import profile_with_device
from cli.coming_devices import with_coming_devices
from cli.device import Device
from cli.github import Viewer
from validator import submission as contract
from validator.submission import Profile, User, harmless


def added(
    published: Profile | None, offered: Iterable[Profile], viewer: Viewer, device: Device, now: dt.datetime
) -> Profile:
    """Return the profile with this machine's device. Raises CliError when it is revoked or contradicts a known one."""
    user = User(id=viewer.id, login=viewer.login)
    known = with_coming_devices(published, offered, user, device)
    return profile_with_device(known, user, viewer.name, device, now)


def revoked(
    published: Profile | None,
    offered: Iterable[Profile],
    viewer: Viewer,
    device: str,
    *,
    now: dt.datetime,
    last_created: str,
) -> Profile:
    """Return the profile with a device revoked now, or when an open pull request says already.

    It is never before the last of its submissions on the board was created (`YYYY-MM-DDTHH:MM:SSZ`, empty for none):
    those stay, whatever the clocks of the two machines say. Raises CliError when there is no such device.
    """
    user = User(id=viewer.id, login=viewer.login)
    known = with_coming_devices(published, offered, user)
    devices = known.devices if known else ()
    if device not in {each.id for each in devices}:
        raise CliError(f"No device of yours is called {device[:60]!r}.", "`token-tracker devices` lists them.")
    at = max(f"{now.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}", last_created)
    changed = tuple(_revoked(each, at, last_created) if each.id == device else each for each in devices)
    return Profile(schema_version=1, user=user, display_name=harmless(viewer.name) or user.login, devices=changed)


def _revoked(device: contract.Device, at: str, last_created: str) -> contract.Device:
    if device.revoked_at and device.revoked_at >= last_created:
        return device
    return device.model_copy(update={"revoked_at": at})
