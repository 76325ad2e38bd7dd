"""The contribution graph: a column per week, Monday first, a cell per day.

In a file a cell is a square with a thick round-joined outline of its own colour: rounded corners in 17 characters that
any viewer draws. In a page it is a dot of eight characters. All cells of a level are one path; the page's script knows
which day lies where.
"""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

from markupsafe import Markup

from generator import format as text
from generator.graphs import intensity, palette
from generator.render import render

PITCH = 13
"""From one cell to the next; a cell is 11 wide."""
INSET = 2
"""From a cell's edge to where a file's square starts, which is half its outline."""
TOP = 15
"""Height of the row of month names."""
WEEKS = 53
"""Columns of a graph of the past year, and the most a year needs but for a leap year that starts on a Sunday."""
FIRST_HALF = 26
"""Columns before July: a year is drawn in two halves that stand side by side or, on a phone, one above the other."""

Cell = tuple[dt.date, int, int, str]
"""The day, its upper left corner (x, y), and the day's short name (`3 Feb`)."""
Label = tuple[int, str]
"""Where a month's name stands, and the name."""
Ground = tuple[list[Label], str, str]
"""Month names, and the outlines of the days past and of those to come."""
DAY = dt.timedelta(days=1)


def svg(days: Mapping[dt.date, int], today: dt.date) -> str:
    """Return an SVG file of the 53 weeks up to today, with its own light and dark style, month names and legend.

    `days` maps each active UTC day to its tokens (whole numbers); days outside those weeks only shape the levels.
    """
    first = first_day(today)
    drawn = [tokens for date, tokens in days.items() if first <= date <= today and tokens > 0]
    strong = intensity.levels(days)
    paths: list[list[str]] = [[], [], [], [], []]
    for date, square in _squares(first, WEEKS):
        if date <= today:
            paths[strong.get(date, 0)].append(square)
    return render(
        "heatmap.svg.j2",
        months=months(first, WEEKS),
        paths=["".join(squares) for squares in paths],
        light=palette.hex_ramp(palette.LIGHT),
        dark=palette.hex_ramp(palette.DARK),
        quiet=(palette.hex_colour(palette.LIGHT.quiet), palette.hex_colour(palette.DARK.quiet)),
        tokens=text.tokens(sum(drawn)),
        active=text.plural(len(drawn), "day"),
    )


def year_svg(strong: Mapping[dt.date, int], year: int, today: dt.date) -> Markup:
    """Return one calendar year as two inline SVG halves, coloured by the style sheet.

    `strong` gives the level (1..4) of each active day, of any year. An active day is a dot with a square cap, painted
    with the pattern `#p1` to `#p4` of its level; quiet days and days to come are areas filled with `#p0`. The page
    holds the patterns once, each a cell with round corners.
    """
    grounds, squares = _halves(year, today)
    paths: list[list[list[str]]] = [[[], [], [], []] for _ in grounds]
    for date, level in strong.items():
        if date in squares:
            half, square = squares[date]
            paths[half][level - 1].append(square)
    halves = [(*ground, map("".join, own)) for ground, own in zip(grounds, paths, strict=True)]
    return render("partials/year.svg.j2", halves=halves)


def year_table(counts: Mapping[dt.date, str], year: int) -> Markup:
    """Return the same year as a table: a row per week that has active days, a column per day of the week."""
    weeks = []
    for monday, dates in _weeks(year):
        row = [counts.get(date, "") if date else "" for date in dates]
        if any(row):
            weeks.append((monday, "<td>".join(row)))
    return render("partials/year_table.html.j2", year=year, weeks=weeks)


def first_day(today: dt.date) -> dt.date:
    """Return the Monday that starts the 53 weeks up to today."""
    return today - (today.weekday() + 7 * (WEEKS - 1)) * DAY


@lru_cache(maxsize=64)
def cells(monday: dt.date, columns: int) -> tuple[Cell, ...]:
    """Return the cells of so many weeks from a Monday on, in order of days."""
    return tuple(
        (date, week * PITCH, TOP + weekday * PITCH, f"{date.day} {text.MONTHS[date.month - 1]}")
        for week in range(columns)
        for weekday in range(7)
        for date in (monday + (7 * week + weekday) * DAY,)
    )


@lru_cache(maxsize=64)
def months(first: dt.date, columns: int) -> tuple[Label, ...]:
    """Return the month names over so many weeks from the week of `first` on: each over the month's first whole week.

    The month that is under way at `first` is named too where the next name leaves room for it.
    """
    monday = first - first.weekday() * DAY
    labels: list[Label] = [(0, text.MONTHS[first.month - 1])]
    for week in range(1, columns):
        date = monday + 7 * week * DAY
        name = text.MONTHS[date.month - 1]
        if date.day <= 7 and name != labels[-1][1]:
            labels.append((week * PITCH, name))
    if len(labels) > 1 and labels[1][0] < 3 * PITCH:
        del labels[0]
    return tuple(label for label in labels if label[0] <= (columns - 2) * PITCH)


@lru_cache(maxsize=64)
def _squares(monday: dt.date, columns: int) -> tuple[tuple[dt.date, str], ...]:
    """Return each day of so many weeks and its square as a part of a path."""
    return tuple((date, f"M{x + INSET} {y + INSET}h7v7h-7z") for date, x, y, _ in cells(monday, columns))


@lru_cache(maxsize=64)
def _halves(year: int, today: dt.date) -> tuple[list[Ground], dict[dt.date, tuple[int, str]]]:
    """Return what all users' years share: the ground of both halves, and each day's half (0, 1) and square."""
    january = dt.date(year, 1, 1)
    monday = january - january.weekday() * DAY
    grounds, squares = [], {}
    for half, (start, columns) in enumerate(((0, FIRST_HALF), (FIRST_HALF, WEEKS + 1 - FIRST_HALF))):
        shift = start * PITCH
        labels = [(x - shift, name) for x, name in months(january, WEEKS - 1) if 0 <= x - shift < columns * PITCH]
        first = monday + 7 * start * DAY
        begin, end = max(january, first), min(dt.date(year, 12, 31), first + (7 * columns - 1) * DAY)
        past = area(first, begin, min(end, today))
        coming = area(first, max(begin, today + DAY), end)
        grounds.append((labels, past, coming))
        for date, x, y, _ in cells(first, columns):
            if date.year == year:
                squares[date] = half, f"M{x + 6} {y + 6}h0"
    return grounds, squares


@lru_cache(maxsize=64)
def _weeks(year: int) -> tuple[tuple[str, tuple[dt.date | None, ...]], ...]:
    """Return the weeks of a year: the Monday's short name, and the days, None for one of another year."""
    january = dt.date(year, 1, 1)
    drawn = cells(january - january.weekday() * DAY, WEEKS + 1)
    return tuple(
        (drawn[start][3], tuple(date if date.year == year else None for date, *_ in drawn[start : start + 7]))
        for start in range(0, len(drawn), 7)
    )


def area(monday: dt.date, first: dt.date, last: dt.date, pitch: int = PITCH, top: int = TOP) -> str:
    """Return the outline of the days from first to last, in whole weeks from a Monday on; empty when there are none."""
    if first > last:
        return ""
    (left, above), (right, below) = divmod((first - monday).days, 7), divmod((last - monday).days, 7)
    x, end = left * pitch, (right + 1) * pitch
    start, stop = top + above * pitch, top + (below + 1) * pitch
    if left == right:
        return f"M{x} {start}H{end}V{stop}H{x}z"
    return f"M{x} {start}h{pitch}V{top}H{end}V{stop}h-{pitch}V{top + 7 * pitch}H{x}z"
