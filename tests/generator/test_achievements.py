"""Achievements at the edges of their steps, and their rules as people read them."""

import dataclasses
import datetime as dt

import pytest

from generator.achievements import DAYS, EARLY, RULES, STREAKS, TOKENS, achievements
from generator.rows import Buckets, Profile, Share, Stats

DAY = dt.date(2026, 6, 20)


def _profile(*, tokens: int = 1, streak: int = 1, days: int = 1, **other: object) -> Profile:
    stats = Stats(Buckets(tokens, 0, 0, 0, 0), 0, 0, days, 0, streak, tokens, DAY, tokens)
    share = (Share("claude", tokens, 0, 0, 1),)
    profile = Profile(7, "ada-demo", "Ada", DAY, 1, stats, (), share, share, share, (), 1)
    return dataclasses.replace(profile, **other)  # type: ignore[arg-type]


def _marks(profile: Profile) -> dict[str, str]:
    return {each.name: each.mark for each in achievements(profile)}


def test_who_just_began_has_none() -> None:
    assert achievements(_profile()) == []


@pytest.mark.parametrize(
    ("name", "field", "steps"), [("Streak", "streak", STREAKS), ("Tokens", "tokens", TOKENS), ("Days", "days", DAYS)]
)
def test_only_the_highest_step_that_is_reached_counts(name: str, field: str, steps: tuple[int, ...]) -> None:
    assert list(steps) == sorted(set(steps))
    marks = [_marks(_profile(**{field: step}))[name] for step in steps]
    assert len(set(marks)) == len(steps)
    assert name not in _marks(_profile(**{field: steps[0] - 1}))
    for step, mark, before in zip(steps[1:], marks[1:], marks, strict=False):
        assert _marks(_profile(**{field: step - 1}))[name] == before
        assert _marks(_profile(**{field: step + 1}))[name] == mark
    assert _marks(_profile(**{field: 10 * steps[-1]}))[name] == marks[-1]


@pytest.mark.parametrize(
    ("place", "mark"), [(0, None), (1, 10), (10, 10), (11, 100), (100, 100), (1000, 1000), (1001, None)]
)
def test_early_is_by_place_of_joining(place: int, mark: int | None) -> None:
    assert EARLY == (10, 100, 1000)
    found = _marks(_profile(joined_place=place)).get("Early")
    assert found == (f"Among the first {mark:,}" if mark else None)


def test_a_pioneer_is_told_of_the_first_model_and_how_many_more() -> None:
    one, two, three = (_profile(pioneered=("a", "b", "c")[:count]) for count in (1, 2, 3))
    assert [achievements(each)[0].what for each in (one, two, three)] == [
        "to use a",
        "to use a and 1 other model",
        "to use a and 2 other models",
    ]


@pytest.mark.parametrize(("count", "versatile"), [(2, False), (3, True), (12, True)])
def test_it_takes_three_agents_to_be_versatile(count: int, *, versatile: bool) -> None:
    sources = tuple(Share(f"s{number}", 1, 0, 0, 1) for number in range(count))
    assert ("Versatile" in _marks(_profile(sources=sources))) == versatile


def test_rules_name_every_step() -> None:
    rules = {rule.name: rule.rule for rule in RULES}
    assert rules["Streak"] == "Active on 7, 30, 100, 365 or 1,000 days in a row, at any time."
    assert rules["Tokens"] == "100\u202fM, 1\u202fB, 10\u202fB, 100\u202fB or 1\u202fT tokens in all."
    assert all(str(step) in rules["Days"].replace(",", "") for step in DAYS)
