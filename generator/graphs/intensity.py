"""How strong a day is among a user's own days."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache


def levels(days: Mapping[dt.date, int]) -> dict[dt.date, int]:
    """Return the strength (1..4) of each active day: of those with tokens above zero, in the order of `days`."""
    active = {date: tokens for date, tokens in days.items() if tokens > 0}
    return dict(zip(active, strengths(list(active.values())), strict=True))


def strengths(days: Sequence[int]) -> list[int]:
    """Return 1..4 for the tokens (above zero) of each active day, by quartiles of these days themselves.

    A day's level says how many of the days are weaker: under a quarter 1, under half 2, under three quarters 3, else 4.
    So one outlier flattens nothing, equal days have equal levels, more tokens never have a lower level, and the
    strongest day is always 4.
    """
    ordered = sorted(days, reverse=True)
    # of equal days the last one says how many are weaker
    level = dict(zip(ordered, _falling(len(ordered)), strict=True))
    if ordered:
        level[ordered[0]] = 4
    return [level[tokens] for tokens in days]


@lru_cache(maxsize=1024)
def _falling(count: int) -> tuple[int, ...]:
    """Return the levels of so many different days, the strongest first."""
    return tuple(1 + 4 * weaker // count for weaker in range(count - 1, -1, -1))
