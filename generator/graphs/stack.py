"""Stacked columns over time, drawn into a page: they fill whatever width there is, the style sheet has the colours.

The columns stretch with the page and nothing else does: they stand in a picture of their own inside the drawing, and
what is written around them is placed in percent.
"""

import datetime as dt
from functools import lru_cache

from markupsafe import Markup

from generator import format as text
from generator.render import render
from generator.trends import Strand, Trend

HEIGHT = 1000
"""Of the columns' own picture, from nothing to the highest mark of the scale."""
PITCH = 12
"""From one column to the next, in the units of that picture; it is as wide as its columns need. A column is 10 wide."""
GAP = 5
"""Paper above a part that has room for it: a pixel, which sets off the next."""
LABELS = 6
"""Weeks or months written below the columns, at most: that is what a phone has room for."""
_STEPS = (1, 2, 5)
_MARKS = 5
"""Marks of a scale above zero, at most; at least three."""


def svg(trend: Trend, label: str, *, told: bool = True, first: bool = True) -> Markup:
    """Return the drawing of a trend, a column for each week or month; `label` says what it shows.

    With `told` a column says what it holds when it is pointed at, which is most of the drawing's weight. Drawings of
    one page that divide the same totals share a scale: it is in the `first`, and the others point to that.
    """
    step, count = scale(max(trend.totals))
    top = step * count
    grounds = [0] * len(trend.starts)
    paths = []
    for strand in trend.strands:
        ends = [ground + tokens for ground, tokens in zip(grounds, strand.tokens, strict=True)]
        paths.append((strand, _path(grounds, ends, top)))
        grounds = ends
    return render(
        "partials/stack.svg.j2",
        label=label,
        width=PITCH * len(trend.starts),
        height=HEIGHT,
        pitch=PITCH,
        first=first,
        paths=paths,
        marks=[(100 * number // count, text.round_tokens(step * (count - number))) for number in range(count + 1)],
        labels=_labels(trend.starts, weekly=trend.weekly),
        columns=[_told(trend, number) for number in range(len(trend.starts))] if told else [],
    )


def scale(largest: int) -> tuple[int, int]:
    """Return the step of a scale (1, 2 or 5 times a power of ten) and how many reach `largest` tokens: three to five.

    Of the scales that reach it the lowest is taken; up to 3 tokens the marks are 1 to 3.
    """
    exponent = max(len(str(largest)) - 2, 0)
    steps = [digit * 10**power for power in range(exponent, exponent + 2) for digit in _STEPS]
    fits = [(step * max(3, -(-largest // step)), step) for step in steps if -(-largest // step) <= _MARKS]
    top, step = min(fits)
    return step, top // step


def _path(grounds: list[int], ends: list[int], top: int) -> str:
    """Return one strand's parts as strokes, upwards; ends are rounded, not heights, so parts always meet."""
    parts = []
    for number, edges in enumerate(zip(grounds, ends, strict=True)):
        low, high = (HEIGHT - HEIGHT * edge // top for edge in edges)
        if high < low:
            parts.append(f"M{PITCH * number + PITCH // 2} {low}V{min(high + GAP, low - 1)}")
    return "".join(parts)


@lru_cache(maxsize=64)
def _labels(starts: tuple[dt.date, ...], *, weekly: bool) -> tuple[tuple[str, str], ...]:
    """Return what is written below: the middle of a column in percent, and its week or month."""
    count = len(starts)
    every = -(-count // LABELS)
    chosen = range((count - 1 - every // 2) % every, count, every)
    names = [_short(starts, number, since=number - every, weekly=weekly) for number in chosen]
    return tuple((f"{50 * (2 * number + 1) / count:.2f}", name) for number, name in zip(chosen, names, strict=True))


def _short(starts: tuple[dt.date, ...], number: int, since: int, *, weekly: bool) -> str:
    """Return `3 Nov`, or `Nov` with its year where that is another than the label's before."""
    start = starts[number]
    month = text.MONTHS[start.month - 1]
    if weekly:
        return f"{start.day} {month}"
    return month if since >= 0 and starts[since].year == start.year else f"{month} \u2019{start.year % 100:02}"


def _told(trend: Trend, number: int) -> str:
    """Return what a column says when it is pointed at."""
    parts = [
        f"{named(strand)} {text.tokens(strand.tokens[number])}" for strand in trend.strands if strand.tokens[number]
    ]
    return "\n".join([f"{period(trend, trend.starts[number])}: {text.tokens(trend.totals[number])} tokens", *parts])


def period(trend: Trend, start: dt.date) -> str:
    """Return what a week or month is called: `week of 3 Nov 2026`, `November 2026`."""
    return f"week of {text.day(start)}" if trend.weekly else text.month(start)


def named(strand: Strand) -> str:
    """Return a strand's name as people read it."""
    return f"{text.plural(strand.rest, 'other')}" if strand.rest else strand.name
