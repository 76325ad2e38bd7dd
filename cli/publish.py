"""What publishing would change in the store: computed first, looked at, applied later. Pure: no file, no network."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cli.claims import Claimant, claims, lowered, profile_with_device, sign_claim
from cli.device import Device
from cli.sources import SOURCES
from cli.usage import Usage
from validator import __version__
from validator.store import profile_path, submission_path
from validator.submission import Profile, Submission, User, render_profile, render_submission


@dataclass(frozen=True, slots=True)
class Published:
    """What the store already has of a user."""

    profile: Profile | None = None
    submissions: Mapping[str, Submission] = field(default_factory=dict)
    """Those of this machine's device, by period (`YYYY-MM`)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The change that would be offered."""

    files: Mapping[str, bytes]
    """Store path → new content, sorted by path; empty when all is published already."""
    lowered: tuple[str, ...]
    """Published days (`YYYY-MM-DD`) that would have fewer tokens afterwards."""


def plan(
    usage: Iterable[Usage], user: User, display_name: str, device: Device, *, published: Published, now: dt.datetime
) -> Plan:
    """Return the signed files that bring the store up to this machine's usage.

    Months that are published as they are stay out, so a second plan upon the first one's result is empty. Raises
    CliError when the usage or the profile cannot be published, saying why.
    """
    parsers = {source.name: source.parser for source in SOURCES}
    claimant = Claimant(user, device.id, parsers, __version__)
    files: dict[str, bytes] = {}
    falling: list[str] = []
    for claim in claims(usage, claimant, published.submissions, now):
        falling += lowered(published.submissions.get(claim.period), claim)
        path = submission_path(user.id, device.id, claim.period)
        files[path] = render_submission(sign_claim(claim, device))
    profile = profile_with_device(published.profile, user, display_name, device, now)
    if profile != published.profile:
        files[profile_path(user.id)] = render_profile(profile)
    return Plan(dict(sorted(files.items())), tuple(falling))
