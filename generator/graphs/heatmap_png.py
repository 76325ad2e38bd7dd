"""The contribution graph as PNG, for where SVG is not shown: mail, chat, link previews.

Once per day of the calendar matplotlib draws it five times, with all days at one level each. For a user the cells are
taken from these pictures, and only the line of text is drawn anew. All is kept as numbers of colours in a palette: to
find one for each of half a million pixels costs more than all the rest.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import BoxStyle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray
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
_PIXELS = 2
"""Pixels in a unit."""
_LINE = (slice(268, 308), slice(0, 1160))
"""Rows and columns of the pixels that only the line of text has."""
_SHADES = 12
"""Colours from paper to text, both included."""


class _Palette:
    """The colours: cells with the shades of their round corners as matplotlib drew them, and shades of text."""

    def __init__(self, cell: NDArray[np.uint8]) -> None:
        """Take the colours of some pixels (… by RGBA)."""
        paper, quiet = (np.array(to_rgba(colour)[:3]) * 255 for colour in (_PAPER, _QUIET))
        self._cells = np.unique(_packed(cell))
        self._paper, self._span = paper[0], paper[0] - quiet[0]
        shades = paper + (quiet - paper) * np.linspace(0, 1, _SHADES)[:, np.newaxis]
        own = self._cells[:, np.newaxis] >> np.array([16, 8, 0], np.uint32) & 0xFF
        self.colours = np.concatenate([own, shades.round()]).astype(np.uint8).tobytes()

    def numbers(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the number of each pixel's colour: what no cell has is text, and its red says how much of it."""
        packed = _packed(pixels)
        found = np.searchsorted(self._cells, packed).clip(max=len(self._cells) - 1)
        ink = (self._paper - pixels[..., 0]) / self._span * (_SHADES - 1)
        text_shade = ink.round().clip(0, _SHADES - 1) + len(self._cells)
        return np.where(self._cells[found] == packed, found, text_shade).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What all users share. A picture holds a colour's number for each pixel."""

    canvas: FigureCanvasAgg
    line: Text
    pictures: tuple[NDArray[np.uint8], ...]
    """One for each level."""
    cells: tuple[tuple[dt.date, tuple[slice, slice]], ...]
    """Each day, and rows and columns of its pixels."""
    palette: _Palette


def png(days: Mapping[dt.date, int], today: dt.date) -> bytes:
    """Return a PNG (1520 by 328 pixels, light) of the 53 weeks up to today: the same days and levels as `heatmap.svg`.

    The same input gives the same bytes in every process. Not for use by two threads at once.
    """
    drawing = _drawing(today)
    strong = intensity.levels(days)
    picture = drawing.pictures[0].copy()
    active = []
    for date, place in drawing.cells:
        level = strong.get(date)
        if level:
            picture[place] = drawing.pictures[level][place]
            active.append(days[date])
    total = text.tokens(sum(active), "\u00a0")
    picture[_LINE] = _line(drawing, f"{total} tokens on {text.plural(len(active), 'day')}")
    return _encode(picture, drawing.palette)


def _line(drawing: _Drawing, words: str) -> NDArray[np.uint8]:
    """Return the pixels of the line of text, which it draws on clean paper."""
    pixels = _pixels(drawing.canvas)[_LINE]
    pixels[...] = np.array(to_rgba(_PAPER)) * 255
    drawing.line.set_text(words)
    drawing.line.draw(drawing.canvas.get_renderer())  # type: ignore[no-untyped-call]
    return drawing.palette.numbers(pixels)


def _encode(picture: NDArray[np.uint8], palette: _Palette) -> bytes:
    image = Image.fromarray(picture, "P")
    image.putpalette(palette.colours)
    target = BytesIO()
    image.save(target, "PNG", compress_level=3)
    return target.getvalue()


def _pixels(canvas: FigureCanvasAgg) -> NDArray[np.uint8]:
    """Return the canvas itself as rows by columns by RGBA."""
    return np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]


def _packed(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return each colour as one number."""
    red, green, blue = (pixels[..., channel].astype(np.uint32) for channel in range(3))
    packed: NDArray[np.uint32] = (red << 16 | green << 8 | blue).astype(np.uint32, copy=False)
    return packed


@lru_cache(maxsize=2)
def _drawing(today: dt.date) -> _Drawing:
    first = heatmap.first_day(today)
    past = [(date, x, y) for date, x, y, _ in heatmap.cells(first, heatmap.WEEKS) if date <= today]
    with mpl.rc_context({"font.family": "DejaVu Sans", "font.size": 10, "text.color": _QUIET, "path.snap": False}):
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=144, facecolor=_PAPER)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(-LEFT, WIDTH - LEFT), ylim=(HEIGHT - ABOVE, -ABOVE))
        axes.set_axis_off()
        _letter(axes, first)
        canvas = FigureCanvasAgg(figure)
        squares = _squares(axes, [(x, y) for _, x, y in past])
        drawn = []
        for colour in _COLOURS:
            squares.set_facecolor(colour)
            canvas.draw()  # type: ignore[no-untyped-call]
            drawn.append(_pixels(canvas).copy())
        cells = tuple((date, _place(x, y)) for date, x, y in past)
        palette = _Palette(np.stack([pixels[cells[0][1]] for pixels in drawn]))
        pictures = tuple(palette.numbers(pixels) for pixels in drawn)
        return _Drawing(canvas, axes.text(0, 127, ""), pictures, cells, palette)


def _place(x: int, y: int) -> tuple[slice, slice]:
    """Return rows and columns of a cell's pixels."""
    top, left, size = _PIXELS * (ABOVE + y), _PIXELS * (LEFT + x), _PIXELS * heatmap.PITCH
    return slice(top, top + size), slice(left, left + size)


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
