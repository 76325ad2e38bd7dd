"""The contribution graph: a column per week, Monday first, a cell per day.

A cell is a square with a thick round-joined outline of its own colour: rounded corners in 22 characters, everywhere.
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
"""From a cell's edge to where its square starts, which is half its outline."""
TOP = 15
"""Height of the row of month names."""
WEEKS = 53
"""Columns of a graph of the past year, and the most a year needs but for a leap year that starts on a Sunday."""
FIRST_HALF = 26
"""Columns before July: a year is drawn in two halves that stand side by side or, on a phone, one above the other."""

Cell = tuple[dt.date, str, str]
"""The day, where its square starts (`M15 17`), and the day's short name (`3 Feb`)."""
Label = tuple[int, str]
"""Where a month's name stands, and the name."""
DAY = dt.timedelta(days=1)


def svg(days: Mapping[dt.date, int], today: dt.date) -> str:
    """Return an SVG file of the 53 weeks up to today, with its own light and dark style, month names and legend.

    `days` maps each active UTC day to its tokens (whole numbers); days outside those weeks only shape the levels.
    """
    first = first_day(today)
    drawn = {date: tokens for date, tokens in days.items() if first <= date <= today and tokens > 0}
    strong = intensity.levels(days)
    paths: list[list[str]] = [[], [], [], [], []]
    for date, start, _ in cells(first, WEEKS):
        if date <= today:
            paths[strong.get(date, 0)].append(start)
    return render(
        "heatmap.svg.j2",
        months=months(first, WEEKS),
        paths=paths,
        light=[palette.hex_colour(colour) for colour in palette.LIGHT.ramp],
        dark=[palette.hex_colour(colour) for colour in palette.DARK.ramp],
        quiet=(palette.hex_colour(palette.LIGHT.quiet), palette.hex_colour(palette.DARK.quiet)),
        tokens=sum(drawn.values()),
        active=len(drawn),
    )


def year_svg(days: Mapping[dt.date, int], strong: Mapping[dt.date, int], year: int, today: dt.date) -> Markup:
    """Return one calendar year as two inline SVG halves, coloured by the style sheet, a title on every active day.

    `strong` gives the level (1..4) of each active day. Days after `today` are drawn as not yet there.
    """
    january = dt.date(year, 1, 1)
    monday = january - january.weekday() * DAY
    months_of_year = months(january, WEEKS - 1)
    halves = []
    for start, columns in ((0, FIRST_HALF), (FIRST_HALF, WEEKS + 1 - FIRST_HALF)):
        shift = start * PITCH
        labels = [(x - shift, name) for x, name in months_of_year if shift <= x < shift + columns * PITCH]
        halves.append((labels, _half(days, strong, (monday + 7 * start * DAY, columns), year, today)))
    return render("partials/year.svg.j2", halves=halves)


def first_day(today: dt.date) -> dt.date:
    """Return the Monday that starts the 53 weeks up to today."""
    return today - (today.weekday() + 7 * (WEEKS - 1)) * DAY


@lru_cache(maxsize=64)
def cells(monday: dt.date, columns: int) -> tuple[Cell, ...]:
    """Return the cells of so many weeks from a Monday on, in order of days."""
    return tuple(
        (date, f"M{week * PITCH + INSET} {TOP + weekday * PITCH + INSET}", f"{date.day} {text.MONTHS[date.month - 1]}")
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


Half = tuple[list[str], list[str], list[list[tuple[str, str]]]]


def _half(
    days: Mapping[dt.date, int], strong: Mapping[dt.date, int], span: tuple[dt.date, int], year: int, today: dt.date
) -> Half:
    """Return the squares of quiet days, of days to come, and per level those of active days with their titles."""
    quiet: list[str] = []
    coming: list[str] = []
    active: list[list[tuple[str, str]]] = [[], [], [], []]
    for date, start, name in cells(*span):
        level = strong.get(date)
        if date.year != year:
            continue
        if level:
            active[level - 1].append((start, f"{name}: {text.tokens(days[date])}"))
        else:
            (quiet if date <= today else coming).append(start)
    return quiet, coming, active
