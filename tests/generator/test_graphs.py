"""Graphs by their geometry and their laws, not by their pixels."""

import datetime as dt
import io
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generator.graphs import heatmap, heatmap_png, identicon, intensity

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


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2028])
def test_a_year_has_all_its_days_once(year: int) -> None:
    january = dt.date(year, 1, 1)
    length = (dt.date(year + 1, 1, 1) - january).days
    days = {january + dt.timedelta(days=number): number + 1 for number in range(0, length, 3)}
    drawing = heatmap.year_svg(days, intensity.levels(days), year, dt.date(2030, 1, 1))
    root = ET.fromstring(f"<div>{drawing}</div>")
    starts = [path.attrib["d"] for path in root.iter("path")]
    assert sum(d.count("M") for d in starts) == length
    assert len(list(root.iter("title"))) == len(days)


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
