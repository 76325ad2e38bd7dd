"""How strong a day is among a user's own days."""

import datetime as dt
from collections.abc import Mapping


def levels(days: Mapping[dt.date, int]) -> dict[dt.date, int]:
    """Return 1..4 for each active day (tokens above zero), by quartiles of these days themselves.

    A day's level says how many of the days are weaker: under a quarter 1, under half 2, under three quarters 3, else 4.
    So one outlier flattens nothing, equal days have equal levels, more tokens never have a lower level, and the
    strongest day is always 4. Days without tokens are left out; order follows `days`.
    """
    ordered = sorted(tokens for tokens in days.values() if tokens > 0)
    level: dict[int, int] = {}
    for weaker, tokens in enumerate(ordered):
        level.setdefault(tokens, 1 + 4 * weaker // len(ordered))
    if ordered:
        level[ordered[-1]] = 4
    return {date: level[tokens] for date, tokens in days.items() if tokens > 0}
