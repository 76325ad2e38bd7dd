"""What somebody uses: sources, providers and models, each with its share and over time."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from generator import format as text
from generator.graphs import stack
from generator.render import render
from generator.rows import Profile, Share
from generator.trends import NAMED, WEEKLY_DAYS, Strand, Trend, starts


@dataclass(frozen=True, slots=True)
class Row:
    """One name's share as it is shown; `colour` is that of its strand in the drawing, 0 for the rest."""

    colour: int
    name: str
    tokens: str
    share: str
    responses: str
    cost_micros: int
    unpriced_tokens: int


@dataclass(frozen=True, slots=True)
class Usage:
    """All usage by one dimension: a row for each name, the drawing over time, and the same as a table.

    Drawing and table are empty where they would say what those of the models say: that all is one name's.
    """

    title: str
    unit: str
    """What the drawing has a column for: `week` or `month`."""
    drawing: Markup
    table: Markup
    rows: list[Row]


def usages(profile: Profile, today: dt.date) -> list[Usage]:
    """Return usage by model, provider and source."""
    first = min(profile.days[0].date, today)
    weekly = (today - first).days <= WEEKLY_DAYS
    begins = tuple(starts(first, today, weekly=weekly))
    dimensions = (("model", profile.models), ("provider", profile.providers), ("source", profile.sources))
    trends = [_trend(profile, name, shares, begins, weekly=weekly) for name, shares in dimensions]
    return [
        _usage(profile, shares, trend, first=trend is trends[0])
        for (_, shares), trend in zip(dimensions, trends, strict=True)
    ]


def _trend(
    profile: Profile, dimension: str, shares: Sequence[Share], begins: tuple[dt.date, ...], *, weekly: bool
) -> Trend:
    """Return a dimension over time; names have the order of their shares, the rest is one strand."""
    named = len(shares) if len(shares) <= NAMED + 1 else NAMED
    strand_of = {share.name: min(number, named) for number, share in enumerate(shares)}
    strands = [strand_of[getattr(series, dimension)] for series in profile.series]
    columns = {start: number for number, start in enumerate(begins)}
    tokens = [[0] * len(begins) for _ in range(min(named + 1, len(shares)))]
    for span in profile.spans:
        column = columns.get(span.start)
        if column is not None:
            tokens[strands[span.place]][column] += span.tokens
    made = [Strand(share.name, 0, tuple(row)) for share, row in zip(shares[:named], tokens, strict=False)]
    if len(shares) > named:
        made.append(Strand("", len(shares) - named, tuple(tokens[named])))
    return Trend(dimension, weekly, begins, tuple(made))


def _usage(profile: Profile, shares: Sequence[Share], trend: Trend, *, first: bool) -> Usage:
    whole = profile.stats.buckets.total
    colours = {strand.name: number for number, strand in enumerate(trend.strands, 1) if not strand.rest}
    unit = "week" if trend.weekly else "month"
    title = f"{trend.dimension.title()}s"
    rows = [
        Row(
            colours.get(share.name, 0),
            share.name,
            text.tokens(share.tokens),
            text.share(share.tokens, whole),
            text.plural(share.messages, "response"),
            share.cost_micros,
            share.unpriced_tokens,
        )
        for share in shares
    ]
    if len(rows) == 1 and not first:
        return Usage(title, unit, Markup(), Markup(), rows)
    drawing = stack.svg(trend, f"{title}: tokens by {unit}", told=False, first=first)
    return Usage(title, unit, drawing, _table(trend, title), rows)


def _table(trend: Trend, title: str) -> Markup:
    """Return the drawing's numbers, the newest week or month first."""
    counts = zip(*(map(text.tokens, strand.tokens) for strand in trend.strands), strict=True)
    rows = [
        (start, "<td>".join(row))
        for start, row in zip(_starts(trend.starts, weekly=trend.weekly), counts, strict=True)
        if any(each != "0" for each in row)
    ]
    names = "<th>".join(str(escape(stack.named(strand))) for strand in trend.strands)
    return render(
        "partials/span_table.html.j2",
        title=title,
        unit="Week of" if trend.weekly else "Month",
        names=names,
        rows=rows[::-1],
    )


@lru_cache(maxsize=64)
def _starts(starts: tuple[dt.date, ...], *, weekly: bool) -> tuple[str, ...]:
    """Return weeks or months as rows of a table begin."""
    return tuple(text.day(start) if weekly else text.month(start) for start in starts)
