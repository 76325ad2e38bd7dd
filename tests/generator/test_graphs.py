"""Graphs by their geometry and their laws, not by their pixels."""

import datetime as dt
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generator import format as format_
from generator.graphs import heatmap, heatmap_png, identicon, intensity, isometric, palette
from generator.render import assets

TODAY = dt.date(2026, 11, 22)
DAYS = st.dictionaries(st.dates(dt.date(2025, 1, 1), TODAY), st.integers(0, 10**12), max_size=60)


@given(DAYS)
def test_levels_follow_tokens_and_reach_four(days: dict[dt.date, int]) -> None:
    levels = intensity.levels(days)
    assert set(levels) == {date for date, tokens in days.items() if tokens}
    assert not levels or max(levels.values()) == 4
    for one in levels:
        for other in levels:
            if days[one] == days[other]:
                assert levels[one] == levels[other]
            elif days[one] < days[other]:
                assert levels[one] <= levels[other]


def test_an_outlier_flattens_nothing() -> None:
    days = {TODAY - dt.timedelta(days=number): 10 + number for number in range(8)} | {dt.date(2026, 1, 1): 10**9}
    assert sorted(set(intensity.levels(days).values())) == [1, 2, 3, 4]


@given(DAYS)
def test_the_svg_is_sound_and_has_a_cell_for_each_of_371_days(days: dict[dt.date, int]) -> None:
    drawing = ET.fromstring(heatmap.svg(days, TODAY))
    cells = [path.attrib["d"] for path in drawing.iter("{http://www.w3.org/2000/svg}path")]
    legend = 5
    assert sum(d.count("M") for d in cells) == 53 * 7 - (6 - TODAY.weekday()) + legend


YEARS = st.integers(2024, 2041)
"""With 2040: a leap year that starts on a Sunday needs 54 columns."""


@given(YEARS, st.data())
def test_a_year_has_all_its_days_and_a_square_on_each_active_one(year: int, data: st.DataObject) -> None:
    january, december = dt.date(year, 1, 1), dt.date(year, 12, 31)
    today = data.draw(st.dates(january, december))
    active = data.draw(st.dictionaries(st.dates(january, today), st.integers(1, 10**12), max_size=30))
    counts = {date: format_.tokens(tokens) for date, tokens in active.items()}
    levels = intensity.levels(active)
    drawing = heatmap.year_svg(levels, year, today)
    areas = [
        (_cells_within(area), "opacity" in tag)
        for tag, area in re.findall(r'(<path fill[^>]*d="([^"]+)"[^>]*>)', drawing)
    ]
    assert sum(cells for cells, coming in areas if not coming) == (today - january).days + 1
    assert sum(cells for cells, coming in areas if coming) == (december - today).days
    squares: Counter[int] = Counter()
    for level, path in re.findall(r'<path stroke="url\(#p(\d)\)" d="([^"]+)"', drawing):
        squares[int(level)] += path.count("M")
    assert squares == Counter(levels.values())
    table = heatmap.year_table(counts, year)
    assert sorted(cell for cell in re.findall(r"<td>([^<\n]*)", table) if cell) == sorted(counts.values())


def _cells_within(outline: str) -> float:
    """Return how many cells an outline of absolute M, H, V and relative h holds (by the shoelace formula)."""
    x = y = 0
    corners = []
    for command, numbers in re.findall(r"([MHVh])([-\d ]+)", outline):
        given_ = [int(number) for number in numbers.split()]
        if command == "M":
            x, y = given_
        elif command == "V":
            y = given_[0]
        else:
            x = given_[0] + (x if command == "h" else 0)
        corners.append((x, y))
    around = zip(corners, corners[1:] + corners[:1], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in around)) / 2 / heatmap.PITCH**2


def test_squares_stand_inside_the_year_by_week_and_weekday() -> None:
    day = dt.date(2026, 7, 2)
    drawing = heatmap.year_svg({day: 4}, 2026, TODAY)
    # the year starts on a Thursday: 2 July is the Thursday of its 27th week, the first of the second half
    middle = heatmap.PITCH // 2
    assert (
        f'<path stroke="url(#p4)" d="M{middle} {heatmap.TOP + 3 * heatmap.PITCH + middle}h0"'
        in drawing.split("<svg")[3]
    )


@given(YEARS, st.data())
def test_a_landscape_has_three_faces_for_each_active_day(year: int, data: st.DataObject) -> None:
    january, december = dt.date(year, 1, 1), dt.date(year, 12, 31)
    today = data.draw(st.dates(january, december))
    active = data.draw(st.dictionaries(st.dates(january, today), st.integers(1, 10**12), max_size=30))
    levels = intensity.levels(active)
    bars = isometric.bars(active, levels, max(active.values(), default=0))
    drawn = isometric.landscape(bars, january, december, today)
    for face in "rtf":
        found: Counter[int] = Counter()
        for name, path in drawn.faces:
            if name[0] == face:
                found[int(name[1])] += path.count("M")
        assert found == Counter(levels.values())
    assert [name for _, _, name in drawn.months] == list(format_.MONTHS)
    ET.fromstring(isometric.year_svg(bars, year, today))


def test_a_bar_stands_on_its_cell_and_its_faces_meet() -> None:
    """29 January 2026 is the Thursday of the fifth week; a face's place is where its matrix puts it."""
    day = dt.date(2026, 1, 29)
    drawn = isometric.landscape(
        isometric.bars({day: 100}, {day: 3}, 400), dt.date(2026, 1, 1), dt.date(2026, 12, 31), TODAY
    )
    high = isometric.HEIGHT // 2
    week, weekday = 4, 3
    x, y = (week * along + weekday * across for along, across in zip(isometric.WEEK, isometric.WEEKDAY, strict=True))
    planes = {"r": (4, -3, 0, 1), "t": (0.5, 0.125, -1 / 3, 0.25), "f": (4, 1, 0, 1)}
    for name, path in drawn.faces:
        a, b, c, d = planes[name[0]]
        p, q = map(int, re.findall(r"-?\d+", path)[:2])
        shift = high if name[0] == "t" else 0
        assert (a * p + c * q, b * p + d * q) == pytest.approx((x, y - shift))


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_more_tokens_are_never_lower_and_no_day_is_flat(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert isometric.LOWEST <= isometric.height(low, high) <= isometric.height(high, high) == isometric.HEIGHT


def test_files_and_pages_have_the_same_colours() -> None:
    sheet = dict(assets())["site.css"].decode()
    themes = [{"paper": each.paper, "ink": each.ink, "quiet": each.quiet} for each in (palette.LIGHT, palette.DARK)]
    for named, theme in zip(themes, (palette.LIGHT, palette.DARK), strict=True):
        named |= {f"ramp-{level}": colour for level, colour in enumerate(theme.ramp)}
    for name in themes[0]:
        light, dark = ("oklch({:g}% {:g} {:g})".format(*named[name]) for named in themes)
        assert f"--{name}: light-dark({light}, {dark});" in sheet


def test_oklch_is_turned_into_the_srgb_everybody_knows() -> None:
    known = {
        "#ffffff": (100, 0, 0),
        "#000000": (0, 0, 0),
        "#ff0000": (62.796, 0.25768, 29.234),
        "#0000ff": (45.201, 0.31321, 264.052),
    }
    assert {palette.hex_colour(colour): colour for colour in known.values()} == known


def test_the_png_is_the_same_in_every_process_and_differs_by_user() -> None:
    days = {TODAY - dt.timedelta(days=number): 100 * number + 1 for number in range(100)}
    here = heatmap_png.png(days, TODAY)
    script = (
        "import datetime as dt, sys; from generator.graphs import heatmap_png; t = dt.date(2026, 11, 22);"
        "sys.stdout.buffer.write(heatmap_png.png({t - dt.timedelta(days=n): 100 * n + 1 for n in range(100)}, t))"
    )
    environment = {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "LC_ALL": "C", "PATH": "", "PYTHONPATH": "."}
    there = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True).stdout
    assert here == there
    with Image.open(io.BytesIO(here)) as picture:
        assert picture.size == (2 * heatmap_png.WIDTH, 2 * heatmap_png.HEIGHT)
    assert heatmap_png.png({TODAY: 5}, TODAY) != here
    assert heatmap_png.png(days, TODAY) == here, "what another user left in the kept figure does not show"


def test_identicons_are_mirrored_and_differ() -> None:
    made = {identicon.svg(user) for user in range(1, 200)}
    assert len(made) == 199
    path = ET.fromstring(identicon.svg(4242)).findall("{http://www.w3.org/2000/svg}path")[0].attrib["d"]
    cells = {tuple(map(int, cell.split("h")[0].split())) for cell in path.split("M")[1:]}
    assert {(identicon.SIZE - 1 - x, y) for x, y in cells} == cells
