"""The contribution graph as a landscape: a bar for each active day, on a floor that is seen from above and the left.

Weeks run to the right and towards the viewer, weekdays to the left and towards the viewer, Monday at the back. A face
is a stroke in a plane of its own, and its width is that of the stroke: ten characters a face. The planes are matrices
in the style sheet. Bars are drawn from the back row to the front row, and in a row first all sides, then all
tops, then all fronts: within one row nothing that comes later hides what it should not. So all faces of a row that have
one colour are one path.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from generator import format as text
from generator.graphs import heatmap
from generator.render import render

Bar = tuple[int, int]
"""Height and level (1..4)."""
WEEK, WEEKDAY = (12, 3), (-8, 6)
"""From a cell to that of the next week and of the next day: right and down, in the units of the drawing."""
HEIGHT = 90
"""Of the bar of the strongest day."""
LOWEST = 2
TILE = 24
"""A cell in the units of the floor's plane: with them all coordinates are whole numbers."""
_FACES = tuple(f"{face}{level}" for face in "rtf" for level in range(1, 5))
"""The classes of a row's paths, in the order they are drawn in."""
LEFT = 7 * -WEEKDAY[0]
"""From the drawing's left edge to where weeks begin."""
WIDTH = LEFT + (heatmap.WEEKS + 1) * WEEK[0]
TALL = HEIGHT + (heatmap.WEEKS + 1) * WEEK[1] + 7 * WEEKDAY[1] + 14
"""With room for the names of the months."""


@dataclass(frozen=True, slots=True)
class Landscape:
    """Bars as paths from back to front, each with its class: `f`ront, `r`ight side or `t`op, and the level."""

    faces: tuple[tuple[str, str], ...]
    past: str
    """Outline of the days up to today, in the floor's plane; empty for none."""
    coming: str
    months: tuple[tuple[int, int, str], ...]
    """Where a name's middle stands (x, y), and the name."""


def bars(tokens: Mapping[dt.date, int], strong: Mapping[dt.date, int], peak: int) -> dict[dt.date, Bar]:
    """Return the bar of each active day, given its level (1..4) and the tokens of the strongest day."""
    return {date: (height(tokens[date], peak), level) for date, level in strong.items()}


def landscape(days: Mapping[dt.date, Bar], first: dt.date, last: dt.date, today: dt.date) -> Landscape:
    """Return the days from `first` to `last`, at most 54 weeks of them, as bars on a floor; others are left out."""
    monday = first - first.weekday() * heatmap.DAY
    rows: list[list[list[str]]] = [[[] for _ in _FACES] for _ in range(7)]
    places = _places(first, last)
    for date, (high, level) in days.items():
        if date in places:
            weekday, side, x, y, front = places[date]
            row = rows[weekday]
            row[level - 1].append(f"{side}{high}")
            row[level + 3].append(f"M{x - 2 * high},{y - 3 * high}h0")
            row[level + 7].append(f"{front}{high}")
    faces = tuple(
        (name, "".join(parts).replace(",-", "-"))
        for row in rows
        for name, parts in zip(_FACES, row, strict=True)
        if parts
    )
    past = heatmap.area(monday, first, min(last, today), TILE, 0)
    coming = heatmap.area(monday, max(first, today + heatmap.DAY), last, TILE, 0)
    return Landscape(faces, past, coming, _months(first, last))


def year_svg(days: Mapping[dt.date, Bar], year: int, today: dt.date) -> Markup:
    """Return one calendar year as an inline SVG, coloured by the style sheet, on the pattern `#tiles`."""
    drawn = landscape(days, dt.date(year, 1, 1), dt.date(year, 12, 31), today)
    faces = "".join([f'<path class="{name}" d="{outline}"/>' for name, outline in drawn.faces])
    return render("partials/landscape.svg.j2", drawn=drawn, faces=faces, left=LEFT, width=WIDTH, tall=TALL, high=HEIGHT)


def height(tokens: int, peak: int) -> int:
    """Return how high an active day's bar is: the square root of its share of the peak, in the units of the drawing.

    So what is a hundredth of the peak still has a tenth of its height. The page's script knows the same rule.
    """
    return max(LOWEST, round(HEIGHT * math.sqrt(tokens / peak)))


@lru_cache(maxsize=64)
def _places(first: dt.date, last: dt.date) -> dict[dt.date, tuple[int, str, int, int, str]]:
    """Return each day's weekday and where its faces begin, each in its own plane: side, top (x, y) and front."""
    found = {}
    for day in range((last - first).days + 1):
        week, weekday = divmod(first.weekday() + day, 7)
        x = 3 * week - 2 * weekday
        side, front = f"M{x} {12 * week}v-", f"M{x} {8 * weekday}v-"
        found[first + day * heatmap.DAY] = weekday, side, TILE * week, TILE * weekday, front
    return found


@lru_cache(maxsize=64)
def _months(first: dt.date, last: dt.date) -> tuple[tuple[int, int, str], ...]:
    """Return the names of the months below the front edge, each under the middle of its month."""
    monday = first - first.weekday() * heatmap.DAY
    names = []
    for number in range(12 * first.year + first.month - 1, 12 * last.year + last.month):
        middle = dt.date(number // 12, number % 12 + 1, 15)
        if first <= middle <= last:
            week = ((middle - monday).days) / 7
            x, y = (WEEK[axis] * week + WEEKDAY[axis] * 7 for axis in (0, 1))
            names.append((round(x), round(y) + 11, text.MONTHS[middle.month - 1]))
    return tuple(names)
