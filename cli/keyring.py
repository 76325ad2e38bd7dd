"""A user's devices: as the board has them, as open pull requests would change them, and with one added or revoked."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cli.branches import DEVICES, device_of
from cli.device import load_or_create
from cli.github import GitHub, PullRequest, Viewer
from cli.holdings import Coming, Holdings, read_coming, read_holdings
from cli.key_changes import added, revoked
from cli.proposal import Proposal
from cli.settings import Settings
from cli.standing import is_blob
from validator.store import profile_path
from validator.submission import Device, Profile, render_profile


@dataclass(frozen=True, slots=True)
class Listed:
    """One device of a user."""

    device: Device
    """As the board has it, or as the pull request brings it."""
    months: tuple[str, ...]
    """Periods of its submissions on the board, in order."""
    adding: PullRequest | None
    """The open pull request that enters it, when it is not on the board."""
    revoking: PullRequest | None
    """The open pull request that revokes it."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """All that is known of a user's devices."""

    viewer: Viewer
    holdings: Holdings
    profile: Profile | None
    coming: Sequence[Coming]
    """The open pull requests, the oldest first."""
    offers: Sequence[tuple[PullRequest, Profile]]
    """Those of them that bring a profile which can be read."""

    def listed(self) -> list[Listed]:
        """Return the devices: those on the board first, each in the order in which they were entered."""
        known = {each.id: each for each in (self.profile.devices if self.profile else ())}
        found = dict(known)
        for _, profile in self.offers:
            for each in profile.devices:
                found.setdefault(each.id, each)
        return [
            Listed(
                device,
                self.months(device.id),
                adding=None if device.id in known else self._first(device.id),
                revoking=None if device.id in known and device.revoked_at else self._first(device.id, revoked=True),
            )
            for device in found.values()
        ]

    def _first(self, device: str, *, revoked: bool = False) -> PullRequest | None:
        """Return the first pull request whose profile has a device, or has it revoked."""
        return next(
            (
                pull
                for pull, profile in self.offers
                if any(it.id == device and (it.revoked_at or not revoked) for it in profile.devices)
            ),
            None,
        )

    def months(self, device: str) -> tuple[str, ...]:
        """Return the periods of a device's submissions on the board, in order."""
        return tuple(place.period for place in self.holdings.submissions().values() if place.device == device)

    def last_created(self, device: str) -> str:
        """Return when the newest of a device's submissions on the board was created, empty if there is none."""
        places = [place for place in self.holdings.submissions().values() if place.device == device]
        return max((self.holdings.submission(place).created_at for place in places), default="")

    def submitting(self, device: str) -> PullRequest | None:
        """Return the open pull request with submissions of a device."""
        return next((each.pull for each in self.coming if device_of(each.pull.branch) == device), None)

    def offering(self, profile: Profile) -> PullRequest | None:
        """Return the open pull request that brings just this profile."""
        content, path = render_profile(profile), profile_path(self.viewer.id)
        return next((each.pull for each in self.coming if is_blob(each.changes.get(path), content)), None)


def read_keyring(settings: Settings, hub: GitHub, viewer: Viewer) -> Keyring:
    """Return a user's devices. Raises CliError when GitHub cannot be asked or the profile is not what it must be."""
    holdings, coming = read_holdings(settings, hub, viewer), read_coming(hub, viewer)
    offers = [(each.pull, profile) for each in coming if (profile := holdings.offered_profile(each))]
    return Keyring(viewer, holdings, holdings.profile(), coming, offers)


def with_this_machine(keyring: Keyring, settings: Settings) -> Profile:
    """Return the profile with this machine's device, which is made if there is none. Raises CliError as `added`."""
    device = load_or_create(settings.config_dir)
    return added(keyring.profile, _offered(keyring), keyring.viewer, device, settings.now())


def with_revoked(keyring: Keyring, device: str, now: dt.datetime) -> Profile:
    """Return the profile with a device revoked. Raises CliError as `revoked`, or when GitHub cannot be asked."""
    last = keyring.last_created(device)
    return revoked(keyring.profile, _offered(keyring), keyring.viewer, device, now=now, last_created=last)


def _offered(keyring: Keyring) -> list[Profile]:
    return [profile for _, profile in keyring.offers]


def proposal(viewer: Viewer, profile: Profile, title: str, now: dt.datetime) -> Proposal:
    """Return what offers a changed profile to the board."""
    return Proposal(
        branch=DEVICES,
        title=title,
        body="Only `profile.json` changes: its devices and their public keys.",
        message=title,
        files={profile_path(viewer.id): render_profile(profile)},
        when=now,
    )
