"""A line of few bytes that goes where the numbers go."""

import re

from hypothesis import given
from hypothesis import strategies as st

from generator.graphs import sparkline


def test_it_goes_from_nothing_to_the_peak_and_back() -> None:
    assert sparkline.path([0, 0, 4, 2]) == "M0 15h3l3-14l3+7"
    assert sparkline.path([]) == sparkline.path([0, 0]) == ""


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=30))
def test_it_stays_in_its_room_and_shows_whatever_is_more_than_nothing(numbers: list[int]) -> None:
    path = sparkline.path(numbers)
    if not any(numbers):
        assert path == ""
        return
    y, x, heights = int(path.split("l")[0].split("h")[0].removeprefix("M0 ")), 0, []
    heights.append(y)
    for along, rise in re.findall(r"[hl](\d+)([+-]\d+)?", path):
        steps = int(along) // sparkline.STEP
        for _ in range(steps):
            y += int(rise or 0) // steps
            x += sparkline.STEP
            heights.append(y)
    assert len(heights) == len(numbers)
    assert min(heights) == 1
    assert [height == sparkline.HEIGHT + 1 for height in heights] == [number == 0 for number in numbers]
