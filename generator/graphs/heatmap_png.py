"""The contribution graph as PNG, for where SVG is not shown: mail, chat, link previews.

matplotlib letters it once per day of the calendar; for each user only the cells and one line of text are drawn anew.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import BoxStyle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from PIL import Image

from generator import format as text
from generator.graphs import heatmap, intensity, palette

WIDTH, HEIGHT = 760, 164
"""Size in units; the picture has twice as many pixels each way."""
LEFT, ABOVE = 46, 20
"""Where the graph's own coordinates start."""
_RAMP = [palette.hex_colour(colour) for colour in palette.LIGHT.ramp]
_PAPER, _QUIET = palette.hex_colour(palette.LIGHT.paper), palette.hex_colour(palette.LIGHT.quiet)
_COLOURS = [to_rgba(colour) for colour in _RAMP]


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A figure that is kept: all users share `ground`; `cells` (in order of `dates`) and `line` are one's own."""

    canvas: FigureCanvasAgg
    ground: object
    cells: PathCollection
    line: Text
    dates: tuple[dt.date, ...]


def png(days: Mapping[dt.date, int], today: dt.date) -> bytes:
    """Return a PNG (1520 by 328 pixels, light) of the 53 weeks up to today: the same days and levels as `heatmap.svg`.

    The same input gives the same bytes in every process. Not for use by two threads at once.
    """
    drawing = _drawing(today)
    strong = intensity.levels(days)
    drawing.cells.set_facecolor([_COLOURS[strong.get(date, 0)] for date in drawing.dates])
    active = [days[date] for date in drawing.dates if date in strong]
    total = text.tokens(sum(active)).replace(text.GAP, "\u00a0")
    drawing.line.set_text(f"{total} tokens on {text.plural(len(active), 'day')}")
    drawing.canvas.restore_region(drawing.ground)  # type: ignore[no-untyped-call]
    renderer = drawing.canvas.get_renderer()  # type: ignore[no-untyped-call]
    drawing.cells.draw(renderer)
    drawing.line.draw(renderer)
    return _encode(drawing.canvas)


def _encode(canvas: FigureCanvasAgg) -> bytes:
    """Return what is drawn as PNG with 64 colours (five, and their edges' shades): half the size of all colours."""
    size = canvas.get_width_height()
    pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    picture = Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGB")
    target = BytesIO()
    few = picture.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(target, "PNG", compress_level=3)
    return target.getvalue()


@lru_cache(maxsize=2)
def _drawing(today: dt.date) -> _Drawing:
    first = heatmap.first_day(today)
    dates = tuple(date for date, *_ in heatmap.cells(first, heatmap.WEEKS) if date <= today)
    with mpl.rc_context({"font.family": "DejaVu Sans", "font.size": 10, "text.color": _QUIET, "path.snap": False}):
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=144, facecolor=_PAPER)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(-LEFT, WIDTH - LEFT), ylim=(HEIGHT - ABOVE, -ABOVE))
        axes.set_axis_off()
        _letter(axes, first)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()  # type: ignore[no-untyped-call]
        ground = canvas.copy_from_bbox(figure.bbox)  # type: ignore[no-untyped-call]
        places = [(x, y) for _, x, y, _ in heatmap.cells(first, heatmap.WEEKS)[: len(dates)]]
        return _Drawing(canvas, ground, _squares(axes, places), axes.text(0, 127, ""), dates)


def _letter(axes: Axes, first: dt.date) -> None:
    """Write what does not depend on the user: months, weekdays and the legend."""
    for x, name in heatmap.months(first, heatmap.WEEKS):
        axes.text(x, 9, name)
    for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri")):
        axes.text(-6, heatmap.TOP + heatmap.PITCH * row + 6, name, ha="right", va="center_baseline")
    right = heatmap.WEEKS * heatmap.PITCH
    axes.text(right - 103, 127, "Less", ha="right")
    axes.text(right - 2, 127, "More", ha="right")
    _squares(axes, [(right - 98 + heatmap.PITCH * level, 118) for level in range(5)]).set_facecolor(_COLOURS)


def _squares(axes: Axes, places: list[tuple[int, int]]) -> PathCollection:
    """Add rounded squares of a cell's size, each at its own place."""
    square = BoxStyle.Round(pad=0, rounding_size=2)(0, 0, 11, 11, 1)
    squares = PathCollection([square], offsets=places, offset_transform=axes.transData, linewidths=0)
    squares.set_transform(Affine2D().scale(2, -2))
    axes.add_collection(squares, autolim=False)
    return squares
