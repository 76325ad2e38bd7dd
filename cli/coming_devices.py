"""The devices that a user's open pull requests bring: each profile lists them all, whichever is merged first. Pure."""

from collections.abc import Iterable

from cli.device import Device
from validator import submission as contract
from validator.submission import Profile, User


def with_coming_devices(
    published: Profile | None, offered: Iterable[Profile], user: User, device: Device | None = None
) -> Profile | None:
    """Return the published profile with the devices and revocations that offered profiles add, the oldest first.

    What they hold may be anything: profiles of others, devices that contradict what is published or this machine's
    device (if given), and keys that are there already do not count. None when there is no device at all.
    """
    known = {each.id: each for each in (published.devices if published else ())}
    offers = [each for profile in offered if profile.user.id == user.id for each in profile.devices]
    for each in sorted(offers, key=lambda each: (each.created_at, each.id, each.revoked_at or "")):
        fits = device is None or (each.id == device.id) == (each.public_key == device.public_key)
        if fits and _adds(each, known):
            known[each.id] = each
    if not known:
        return published
    return Profile(schema_version=1, user=user, display_name=user.login, devices=tuple(known.values()))


def _adds(offered: contract.Device, known: dict[str, contract.Device]) -> bool:
    """Tell whether a device is new, key and all, or is a known one that gains a revocation."""
    before = known.get(offered.id)
    if before is None:
        return offered.public_key not in {each.public_key for each in known.values()}
    return before.revoked_at is None and before == offered.model_copy(update={"revoked_at": None})
