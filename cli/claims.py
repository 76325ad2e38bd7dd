"""From counted usage to what is signed and published: one claim per UTC month. Pure: no file, no clock.

But for `sign_claims`, which may run ssh-keygen.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from cli import CliError
from cli.device import Device
from cli.names import public_model, public_provider
from cli.usage import Usage, day, month
from validator import submission as contract
from validator.signature import MAX_ARMOUR_CHARACTERS, BadSignature, verify
from validator.submission import Claim, Contribution, Data, Profile, Submission, UsageRow, User

OTHER = "other"
"""Provider and model of the smallest rows of a month that has too many for one file."""
ROW_CHARACTERS = 180
"""What no usage row of a file is shorter than."""
OLDEST = dt.date(2000, 1, 1)
"""The first day that the store has a name for."""

_COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "reasoning_tokens",
    "messages",
)


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who claims, from which machine, counted by what."""

    user: User
    device: str
    parsers: Mapping[str, int]
    """The version of each source's parser."""
    cli_version: str


def claims(
    usage: Iterable[Usage], claimant: Claimant, published: Mapping[str, Submission], now: dt.datetime
) -> list[Claim]:
    """Return a claim for each month, in order, whose usage differs from what is published (by period) of this device.

    A month is claimed as a whole and follows the published revision. A cost that a new price table changed is no
    difference: money is derived. Names are made public, rows that become equal are summed, and no token is lost, but:
    days that have not come in UTC and days before OLDEST are left out. Raises CliError for numbers above 2^53 - 1.
    """
    today = now.astimezone(dt.UTC).date()
    rows = _merged(_public(row) for row in usage if OLDEST <= row.day <= today)
    made = []
    for period, group in groupby(rows, month):
        before = published.get(period)
        claim = _claim(period, list(group), claimant, before, now)
        if before is None or _usage(before) != _usage(claim):
            made.append(claim)
    return made


def lowered(published: Submission | None, claim: Claim) -> list[str]:
    """Return the published days (`YYYY-MM-DD`) that would have fewer tokens after this claim, or none at all."""
    if published is None:
        return []
    totals = {each.date: each.total_tokens for each in claim.data.contributions}
    return [each.date for each in published.data.contributions if each.total_tokens > totals.get(each.date, 0)]


def says_the_same(submission: Submission, claim: Claim) -> bool:
    """Tell whether a submission is of this claim, whenever, by whichever version and at which prices it was made."""
    same = ("schema_version", "user", "device", "period", "revision", "previous", "parsers")
    alike = all(getattr(submission, name) == getattr(claim, name) for name in same)
    return alike and _usage(submission) == _usage(claim)


def continues(submission: Submission, published: Submission | None) -> bool:
    """Tell whether a submission is the next revision of what is published, or the first where nothing is."""
    next_one = (published.revision + 1, published.hash) if published else (1, None)
    return (submission.revision, submission.previous) == next_one


def is_signed(submission: Submission, device: Device) -> bool:
    """Tell whether this device signed a submission, of its own, as it is."""
    message = contract.canonical(submission)
    try:
        verify(message, submission.signature, device.public_key, contract.NAMESPACE)
    except BadSignature:
        return False
    return submission.device == device.id and submission.hash == contract.digest(message)


def sign_claims(claims: Sequence[Claim], device: Device) -> list[Submission]:
    """Return the submissions: the claims with their hashes and the device's signatures. Raises CliError as it does."""
    signatures = device.sign([contract.canonical(claim) for claim in claims], contract.NAMESPACE)
    return [contract.seal(claim, signature) for claim, signature in zip(claims, signatures, strict=True)]


def leave_unsigned(claims: Sequence[Claim], device: Device) -> list[Submission]:  # noqa: ARG001
    """Return submissions that nobody signed, for looking at: no key is touched, and no board would take them."""
    return [contract.seal(claim, "") for claim in claims]


def profile_with_device(
    profile: Profile | None, user: User, display_name: str, device: Device, now: dt.datetime
) -> Profile:
    """Return the profile (a new one for None) as it is called now and with this device in it.

    Of the display name, which may be any text, what can do harm is left out; with nothing left it is the login.
    Raises CliError when the profile is another user's, or holds this device revoked, with another key or another id.
    """
    if profile and profile.user.id != user.id:
        raise CliError(f"The profile belongs to the user id {profile.user.id}, not {user.id}.", "Log in as its owner.")
    known = profile.devices if profile else ()
    for other in known:
        _refuse_contradiction(other, device)
    if device.id not in {other.id for other in known}:
        known = (*known, contract.Device(id=device.id, public_key=device.public_key, created_at=_time(now)))
    name = contract.harmless(display_name) or user.login
    return Profile(schema_version=1, user=user, display_name=name, devices=known)


def _refuse_contradiction(published: contract.Device, device: Device) -> None:
    same_id, same_key = published.id == device.id, published.public_key == device.public_key
    if same_id != same_key:
        reason = "is published with another key" if same_id else f"has the key that {published.id} is published with"
    elif same_id and published.revoked_at:
        reason = f"was revoked at {published.revoked_at}"
    else:
        return
    raise CliError(f"The device {device.id} {reason}.", "Move its key file away: a new device then begins.")


def _time(now: dt.datetime) -> str:
    return f"{now.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _public(row: Usage) -> Usage:
    return replace(row, provider=public_provider(row.provider), model=public_model(row.model))


def _merged(rows: Iterable[Usage]) -> list[Usage]:
    """Sum rows of the same day, source, provider and model; sorted by these."""
    sums: dict[tuple[dt.date, str, str, str], Usage] = {}
    for row in rows:
        key = (row.day, row.source, row.provider, row.model)
        known = sums.get(key)
        sums[key] = row if known is None else _sum(known, row)
    return [sums[key] for key in sorted(sums)]


def _sum(one: Usage, other: Usage) -> Usage:
    return replace(one, **{count: getattr(one, count) + getattr(other, count) for count in _COUNTS})


def _usage(claim: Claim) -> list[tuple[str, list[UsageRow]]]:
    """Return all that a claim says about usage but its cost."""
    return [
        (each.date, [row.model_copy(update={"cost_micros": None}) for row in each.usage])
        for each in claim.data.contributions
    ]


def _claim(
    period: str, rows: Sequence[Usage], claimant: Claimant, before: Submission | None, now: dt.datetime
) -> Claim:
    """Make the claim of a month, with the names of its smallest rows given up when its file would be too large."""
    sources = {row.source for row in rows}
    for fitting in _ever_fewer(rows):
        _refuse_huge(period, fitting)
        claim = Claim(
            schema_version=1,
            user=claimant.user,
            device=claimant.device,
            period=period,
            revision=before.revision + 1 if before else 1,
            previous=before.hash if before else None,
            created_at=_time(now),
            cli_version=claimant.cli_version,
            parsers={name: version for name, version in sorted(claimant.parsers.items()) if name in sources},
            data=Data.of(_contributions(fitting)),
        )
        if _fits(claim):
            return claim
    raise CliError(f"{period} has usage of too many sources for one file.", "Please report this.")


def _fits(claim: Claim) -> bool:
    """Tell whether the claim's file is small enough in any revision: a later one must not name the rows otherwise."""
    longest = {"revision": contract.MAX_REVISION, "previous": contract.digest(b"")}
    sealed = contract.seal(claim.model_copy(update=longest), "x" * MAX_ARMOUR_CHARACTERS)
    return len(contract.render_submission(sealed)) <= contract.MAX_SUBMISSION_BYTES


def _ever_fewer(rows: Sequence[Usage]) -> Iterator[list[Usage]]:
    """Yield the rows with ever more of the smallest summed as OTHER, per day and source, until none has a name."""
    by_size = sorted(rows, key=lambda row: (-row.total_tokens, row.day, row.source, row.provider, row.model))
    named = min(len(rows), contract.MAX_SUBMISSION_BYTES // ROW_CHARACTERS)
    while True:
        rest = (replace(row, provider=OTHER, model=OTHER) for row in by_size[named:])
        yield _merged([*by_size[:named], *rest])
        if not named:
            return
        named = named * 9 // 10


def _contributions(rows: Sequence[Usage]) -> tuple[Contribution, ...]:
    return tuple(
        Contribution(date=date, usage=tuple(_usage_row(row) for row in group)) for date, group in groupby(rows, day)
    )


def _usage_row(row: Usage) -> UsageRow:
    counts = {count: getattr(row, count) for count in _COUNTS}
    return UsageRow(source=row.source, provider=row.provider, model=row.model, cost_micros=row.cost_micros, **counts)


def _refuse_huge(period: str, rows: Sequence[Usage]) -> None:
    """Refuse numbers that JSON readers do not agree on, in a row or in a month's sum."""
    largest = max(sum(abs(getattr(row, count)) for row in rows) for count in (*_COUNTS, "total_tokens"))
    if max(largest, sum(row.cost_micros or 0 for row in rows)) > contract.MAX_NUMBER:
        raise CliError(f"{period} counts more than 2^53 - 1 of something.", "Its logs cannot be right: see `doctor`.")
