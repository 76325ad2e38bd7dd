"""What is taken back, and what that does to the store: computed first, looked at, applied later. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cli.branches import WITHDRAW
from cli.coming_devices import with_coming_devices
from cli.holdings import Coming
from validator.store import StorePath, parse_path, profile_path
from validator.submission import Device, Profile, render_profile


@dataclass(frozen=True, slots=True)
class Scope:
    """What a user takes back: a device, months, months of a device, or everything (None and no month)."""

    device: str | None = None
    months: frozenset[str] = frozenset()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is to stay."""
        return self.device is None and not self.months

    def takes(self, place: StorePath) -> bool:
        """Tell whether a submission is taken back."""
        return (self.device is None or place.device == self.device) and (not self.months or place.period in self.months)

    def covers(self, coming: Coming) -> bool:
        """Tell whether a pull request would bring something of it to the board."""
        if coming.pull.branch == WITHDRAW:
            return False
        places = (parse_path(path) for path, blob in coming.changes.items() if blob)
        return self.is_everything or any(place and place.kind == "submission" and self.takes(place) for place in places)


@dataclass(frozen=True, slots=True)
class Present:
    """What a withdrawal begins from."""

    user_id: int
    submissions: Mapping[str, StorePath]
    """Those on the board, by path."""
    profile: Profile | None
    """None when there is none, and when everything goes: what it says does not matter then."""
    has_profile: bool
    offered: Sequence[Profile]
    """The profiles that the other open pull requests bring, as far as they stay open."""
    earlier: Mapping[str, str | None]
    """What the open withdrawal changes, if there is one."""
    earlier_profile: Profile | None

    def ends(self, path: str) -> bool:
        """Tell whether the open withdrawal removes a file."""
        return path in self.earlier and self.earlier[path] is None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The change that would be offered."""

    files: Mapping[str, bytes | None]
    """Store path → None, or the profile's new content; sorted by path."""
    waiting: int
    """Files that do not fit into one change with these: the next one takes them."""


def withdrawal(present: Present, scope: Scope, limit: int) -> Withdrawal:
    """Return what has to change for a scope to be gone, the open withdrawal included, in at most `limit` files.

    A device of which nothing is left goes out of the profile, too, unless it is revoked: a revocation stays known. The
    profile itself goes with the last device.
    """
    is_everything = scope.is_everything or present.ends(profile_path(present.user_id))
    wanted = [
        path for path, place in present.submissions.items() if is_everything or scope.takes(place) or present.ends(path)
    ]
    removed = wanted if len(wanted) < limit else wanted[: limit - 1]  # the profile needs room, too
    is_last = len(removed) == len(wanted)
    files: dict[str, bytes | None] = dict.fromkeys(removed)
    if is_everything and is_last and present.has_profile:
        files[profile_path(present.user_id)] = None
    elif not is_everything:
        files |= _profile_file(present, removed, scope)
    return Withdrawal(dict(sorted(files.items())), len(wanted) - len(removed))


def _profile_file(present: Present, removed: Collection[str], scope: Scope) -> dict[str, bytes | None]:
    """Return the profile's file if it changes, by path."""
    gone = _gone(present, removed, scope)
    if present.profile is None or not gone:
        return {}
    known = with_coming_devices(present.profile, present.offered, present.profile.user) or present.profile
    devices = tuple(each for each in known.devices if each.id not in gone)
    if not devices:
        return {profile_path(present.user_id): None}
    changed = known.model_copy(update={"devices": devices, "display_name": present.profile.display_name})
    return {profile_path(present.user_id): render_profile(changed)}


def _gone(present: Present, removed: Collection[str], scope: Scope) -> set[str]:
    """Return the published devices that leave the profile."""
    listed = present.profile.devices if present.profile else ()
    kept = _devices(path for path in present.submissions if path not in removed)
    emptied = _devices(removed) | ({scope.device} if scope.device and not scope.months else set())
    if present.earlier_profile:
        emptied |= {each.id for each in listed} - {each.id for each in present.earlier_profile.devices}
    return {each.id for each in listed if each.id in emptied - kept and not _is_revoked(each, present.offered)}


def _is_revoked(device: Device, offered: Iterable[Profile]) -> bool:
    coming = (each for profile in offered for each in profile.devices if each.id == device.id)
    return any(each.revoked_at for each in (device, *coming))


def _devices(paths: Iterable[str]) -> set[str]:
    places = (parse_path(path) for path in paths)
    return {place.device for place in places if place}
