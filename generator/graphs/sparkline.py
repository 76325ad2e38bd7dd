"""A line as small as a word: how a number went, without scale or labels, which stand elsewhere."""

from collections.abc import Sequence
from itertools import groupby, pairwise

STEP, HEIGHT = 3, 14
"""Between two numbers, and between the lowest and the highest. The drawing has one unit of room above and below."""


def path(numbers: Sequence[int]) -> str:
    """Return numbers (none below 0) as the data of an SVG path, from 0 at y = 15 to the highest of them at y = 1.

    Whatever is more than 0 can be told from it. Without numbers above 0 there is no path.
    """
    peak = max(numbers, default=0)
    if not peak:
        return ""
    heights = [max((2 * HEIGHT * number + peak) // (2 * peak), number > 0) for number in numbers]
    line = f"M0 {HEIGHT + 1 - heights[0]}"
    for fall, steps in groupby(one - other for one, other in pairwise(heights)):
        count = len(list(steps))
        line += f"l{STEP * count}{fall * count:+}" if fall else f"h{STEP * count}"
    return line
