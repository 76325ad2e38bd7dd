"""What a profile may be proud of, from its numbers alone: few rules, all public, and of each only the highest step."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from generator import format as text
from generator.rows import Profile


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of achievement. `reached` returns how far somebody got, as (mark, what for), or nothing."""

    name: str
    rule: str
    """A sentence for everybody to read."""
    reached: Callable[[Profile], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Achievement:
    """What somebody reached: a short mark (`30 days`) and what it is for."""

    name: str
    mark: str
    what: str


STREAKS = (7, 30, 100, 365, 1000)
TOKENS = (10**8, 10**9, 10**10, 10**11, 10**12)
DAYS = (10, 50, 100, 365, 1000)
EARLY = (10, 100, 1000)
AGENTS = 3
"""Sources it takes to be versatile."""


def achievements(profile: Profile) -> list[Achievement]:
    """Return what a user reached, in the order of RULES."""
    return list(_reached(profile))


def _reached(profile: Profile) -> Iterator[Achievement]:
    for rule in RULES:
        if found := rule.reached(profile):
            yield Achievement(rule.name, *found)


def _highest(steps: tuple[int, ...], value: int) -> int:
    """Return the last step that a value reaches, 0 for none."""
    return max((step for step in steps if step <= value), default=0)


def _streak(profile: Profile) -> tuple[str, str] | None:
    step = _highest(STREAKS, profile.stats.longest_streak)
    return (text.plural(step, "day"), "active in a row") if step else None


def _tokens(profile: Profile) -> tuple[str, str] | None:
    step = _highest(TOKENS, profile.stats.buckets.total)
    return (text.round_tokens(step), "tokens in all") if step else None


def _days(profile: Profile) -> tuple[str, str] | None:
    step = _highest(DAYS, profile.stats.active_days)
    return (text.plural(step, "day"), "with usage") if step else None


def _pioneer(profile: Profile) -> tuple[str, str] | None:
    if not profile.pioneered:
        return None
    first, *others = profile.pioneered
    return ("First here", f"to use {first}" + (f" and {text.plural(len(others), 'other model')}" if others else ""))


def _early(profile: Profile) -> tuple[str, str] | None:
    step = next((step for step in EARLY if 0 < profile.joined_place <= step), 0)
    return (f"Among the first {text.exact(step)}", "who joined this board") if step else None


def _versatile(profile: Profile) -> tuple[str, str] | None:
    count = len(profile.sources)
    return (text.plural(count, "agent"), "used, each its own log") if count >= AGENTS else None


def _listed(steps: tuple[int, ...], shown: Callable[[int], str] = text.exact) -> str:
    *others, last = map(shown, steps)
    return f"{', '.join(others)} or {last}"


RULES = (
    Rule("Streak", f"Active on {_listed(STREAKS)} days in a row, at any time.", _streak),
    Rule("Tokens", f"{_listed(TOKENS, text.round_tokens)} tokens in all.", _tokens),
    Rule("Days", f"Active on {_listed(DAYS)} days in all.", _days),
    Rule("Pioneer", "Used a model on the first day anybody here did, and at least five people have used it.", _pioneer),
    Rule("Early", f"Joined among the first {_listed(EARLY)} people of this board.", _early),
    Rule("Versatile", f"Used {AGENTS} or more agents.", _versatile),
)
