"""What publishing would change in the store: computed first, looked at, applied later. Pure: no file, no network.

But for the signatures, which a key of the user's own makes through ssh-keygen.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cli.claims import Claimant, claims, continues, is_signed, lowered, profile_with_device, says_the_same, sign_claims
from cli.coming_devices import with_coming_devices
from cli.device import Device
from cli.selection import Selection, blended
from cli.sources import SOURCES
from cli.usage import Usage, month
from validator import __version__
from validator.store import profile_path, submission_path
from validator.submission import Claim, Profile, Submission, User, render_profile, render_submission


@dataclass(frozen=True, slots=True)
class Published:
    """What the store already has of a user."""

    profile: Profile | None = None
    submissions: Mapping[str, Submission] = field(default_factory=dict)
    """Those of this machine's device, by period (`YYYY-MM`)."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What the user's open pull requests would bring to the store. It may be anything: only what fits is used."""

    submissions: Mapping[str, Submission] = field(default_factory=dict)
    """Those of this machine's device, by period."""
    profiles: Sequence[Profile] = ()
    """That of this device's pull request first, then those of the others."""


@dataclass(frozen=True, slots=True)
class Month:
    """One submission of a plan."""

    submission: Submission
    published: Submission | None
    """What it would replace."""
    is_offered: bool
    """Whether an open pull request holds this very submission."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The change that would be offered."""

    files: Mapping[str, bytes]
    """Store path → new content, sorted by path; empty when all is published already."""
    lowered: tuple[str, ...]
    """Published days (`YYYY-MM-DD`) that would have fewer tokens than now and than an open pull request says."""
    months: tuple[Month, ...] = ()
    """The submissions among the files, in order."""
    waiting: tuple[str, ...] = ()
    """Months with something new that do not fit into one change with the others; the next one can hold them."""


def plan(
    usage: Iterable[Usage],
    user: User,
    display_name: str,
    device: Device,
    *,
    published: Published,
    now: dt.datetime,
    offered: Offered | None = None,
    selection: Selection | None = None,
    days: int | None = None,
    sign: Callable[[Sequence[Claim], Device], Sequence[Submission]] = sign_claims,
) -> Plan:
    """Return the signed files that bring the store up to this machine's usage, as far as it is selected.

    Months that are published as they are stay out, so a second plan upon the first one's result is empty. What this
    device has offered already stays as it is, signature included, where it still says the same or is not selected; so
    a second plan upon the first one's offer has the same bytes. The change covers at most so many `days`, the newest
    months first. Raises CliError when the usage or the profile cannot be published or signed, saying why.
    """
    offered, selection = offered or Offered(), selection or Selection()
    before = published.submissions
    pending = {period: each for period, each in offered.submissions.items() if _counts(each, period, device, before)}
    standing = {**before, **pending}
    rows = blended(usage, selection, standing)
    claimed = claims(rows, Claimant(user, device.id, _parsers(selection, standing), __version__), before, now)
    selected = {month(row) for row in rows} - {claim.period for claim in claimed}
    kept = {period: each for period, each in pending.items() if period not in selected}
    chosen, waiting = _fitting(claimed, kept, days)
    files = _profile_file(
        published.profile,
        offered.profiles,
        user,
        display_name=display_name,
        device=device,
        now=now,
        has_usage=bool(chosen),
    )
    same = {period: pending[period] for period, it in chosen.items() if _is_offered(it, pending.get(period))}
    new = sign([chosen[period] for period in sorted(chosen.keys() - same.keys())], device)
    signed = {**same, **{each.period: each for each in new}}
    months = tuple(Month(signed[it], before.get(it), is_offered=it in same) for it in sorted(signed))
    files |= {
        submission_path(user.id, device.id, it.submission.period): render_submission(it.submission) for it in months
    }
    falling = tuple(day for it in months for day in _lowered(it, pending.get(it.submission.period)))
    return Plan(dict(sorted(files.items())), falling, months, tuple(waiting))


def _counts(each: Submission, period: str, device: Device, published: Mapping[str, Submission]) -> bool:
    """Tell whether what is offered is this device's own and still follows what is published."""
    return each.period == period and continues(each, published.get(period)) and is_signed(each, device)


def _parsers(selection: Selection, standing: Mapping[str, Submission]) -> dict[str, int]:
    """Return the version of each source's parser: today's of what is selected, else of what counted what stands."""
    counted = {name: version for _, each in sorted(standing.items()) for name, version in each.parsers.items()}
    return counted | {source.name: source.parser for source in SOURCES if selection.takes_source(source.name)}


def _fitting(
    claimed: Sequence[Claim], kept: Mapping[str, Submission], days: int | None
) -> tuple[dict[str, Claim], list[str]]:
    """Return the claims of one change by period, and the periods that do not fit into its days.

    What is offered stays; of what is new, the newest comes first.
    """
    chosen: dict[str, Claim] = dict(kept)
    waiting = []
    for claim in reversed(claimed):
        candidate = chosen | {claim.period: claim}
        if days is None or _days(candidate.values()) <= days:
            chosen = candidate
        else:
            waiting.append(claim.period)
    return chosen, waiting[::-1]


def _days(claims: Iterable[Claim]) -> int:
    """Return the number of days from the first to the last of claims."""
    ranges = [claim.data.date_range for claim in claims]
    first, last = min(each.start for each in ranges), max(each.end for each in ranges)
    return (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days + 1


def _is_offered(claim: Claim, pending: Submission | None) -> bool:
    return pending is not None and says_the_same(pending, claim)


def _lowered(month: Month, pending: Submission | None) -> list[str]:
    days = lowered(month.published, month.submission)
    known = set(lowered(month.published, pending)) - set(lowered(pending, month.submission)) if pending else set()
    return [day for day in days if day not in known]


def _profile_file(
    published: Profile | None,
    offered: Sequence[Profile],
    user: User,
    *,
    display_name: str,
    device: Device,
    now: dt.datetime,
    has_usage: bool,
) -> dict[str, bytes]:
    """Return the profile's file if it changes, by path.

    It then has the devices that other open pull requests bring, too, so that whichever is merged first, the other
    holds. A device of which there is nothing to publish is not entered.
    """
    if profile_with_device(published, user, display_name, device, now) == published:
        return {}
    if not has_usage and device.id not in {each.id for each in (published.devices if published else ())}:
        return {}
    known = with_coming_devices(published, offered, user, device)
    return {profile_path(user.id): render_profile(profile_with_device(known, user, display_name, device, now))}
