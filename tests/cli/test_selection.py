"""Selecting usage: what is selected counts as it is, everything else stays as it stands."""

import datetime as dt
from collections import Counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.claims import Claimant, claims, sign_claims
from cli.device import Device
from cli.selection import Selection, blended, first_day, older_months
from cli.usage import Usage
from validator.submission import Submission, User

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
DEVICE = Device("abcd2345", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
CLAIMANT = Claimant(User(id=4242, login="ada-demo"), DEVICE.id, {"claude": 1, "codex": 1}, "0.1.0")

days = st.dates(dt.date(2026, 9, 1), dt.date(2026, 11, 22))
sources = st.sampled_from(["claude", "codex"])
usages = st.lists(
    st.builds(
        lambda day, source, tokens: Usage(day, source, "anthropic", "claude-opus-4-8", tokens, 1, 0, 0, 0, 1),
        days,
        sources,
        st.integers(1, 1000),
    ),
    max_size=15,
)
selections = st.builds(
    Selection, st.none() | days, st.none() | days, st.none() | st.frozensets(sources, min_size=1, max_size=1)
)


def _submissions(usage: list[Usage]) -> dict[str, Submission]:
    return {claim.period: sign_claims([claim], DEVICE)[0] for claim in claims(usage, CLAIMANT, {}, NOW)}


def _totals(usage: list[Usage]) -> Counter[tuple[str, dt.date, str]]:
    counted: Counter[tuple[str, dt.date, str]] = Counter()
    for row in usage:
        counted[(row.day.isoformat()[:7], row.day, row.source)] += row.total_tokens
    return counted


@settings(max_examples=100)
@given(usages, usages, selections)
def test_inside_it_is_the_ledger_that_counts_and_outside_what_stands(
    counted: list[Usage], stood: list[Usage], selection: Selection
) -> None:
    result = _totals(blended(counted, selection, _submissions(stood)))
    selected = [row for row in counted if selection.takes(row)]
    months = {row.day.isoformat()[:7] for row in selected}
    outside = [row for row in stood if not selection.takes(row) and row.day.isoformat()[:7] in months]
    assert result == _totals([*selected, *outside])


def test_a_first_submission_begins_with_a_whole_month_of_the_last_year() -> None:
    assert first_day(dt.date(2026, 11, 22), 365) == dt.date(2025, 12, 1)
    assert first_day(dt.date(2026, 11, 30), 365) == dt.date(2025, 12, 1)
    assert first_day(dt.date(2026, 12, 1), 365) == dt.date(2026, 1, 1)
    assert first_day(dt.date(2026, 11, 22), 7) == dt.date(2026, 11, 16), "no month began in these days"
    assert first_day(dt.date(2026, 12, 3), 7) == dt.date(2026, 12, 1)


@given(st.dates(dt.date(2025, 1, 1), dt.date(2040, 1, 1)), st.integers(1, 400))
def test_it_never_covers_more_days_than_allowed(today: dt.date, limit: int) -> None:
    since = first_day(today, limit)
    assert since <= today
    assert (today - since).days < limit
    assert since.day == 1 or (today - since).days == limit - 1


def test_months_that_are_left_behind_are_named() -> None:
    usage = [Usage(dt.date(2025, month, 3), "claude", "anthropic", "m", 1, 1, 0, 0, 0, 1) for month in (2, 3, 4)]
    assert older_months(usage, dt.date(2025, 4, 1), {"2025-02"}) == ["2025-03"]
