"""The card as a picture of 1200 by 630 pixels, for link previews: places that show no SVG.

Pillow draws letters with matplotlib's DejaVu Sans, the same on every machine; cells are stamped. A pixel is the number
of its colour in a palette from the start: to find one for each of 756,000 pixels would cost more than all the rest. The
palette has at most sixteen colours, so that two pixels are one byte, and files are written here: the same pixels take a
fifth more from Pillow.
"""

import datetime as dt
import hashlib
import struct
import unicodedata
import zlib
from functools import cache, lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from generator.graphs import card as svg_card
from generator.graphs import heatmap, palette
from generator.graphs.card import Card
from generator.graphs.lettering import clusters

WIDTH, HEIGHT = 1200, 630
MARGIN = 71
PITCH, CELL, TOP = 20, 17, 402
"""From one day's cell to the next, a cell's size, and where Mondays begin."""
COLUMN = 264
"""From one figure to the next."""
_THEME = palette.LIGHT
_LEVEL = 1
"""The palette's number of the colour of quiet days; paper is before it, the four levels are after it."""
INK, QUIET = (6, 3), (9, 2)
"""Colours of letters: the number of the palest shade, and of how many shades the last is the colour itself."""
DRAWN_FROM = "drawn-from"
"""Name of the text in a file that tells what it was drawn from."""
_HEAD = 512
"""In so many bytes of a file that text is found."""

Picture = NDArray[np.uint8]
"""Rows by columns: the number of each pixel's colour."""


class Words(NamedTuple):
    """Words on one line, and how they are written; all numbers but the colour are pixels."""

    x: int
    """The left edge; below zero the right one, counted from the picture's right edge."""
    baseline: int
    text: str
    size: int
    colour: tuple[int, int]
    room: int
    """The width they have; they are cut to it."""
    bold: bool = False


def png(card: Card, today: dt.date, old: bytes = b"") -> bytes:
    """Return a card as a PNG file, of the same facts as the SVG.

    `old` is what an earlier build made of this user (any bytes): it is returned if it shows the same. The same input
    gives the same bytes in every process. A name that the font cannot write is replaced by the login.
    """
    words, levels = _words(card), _levels(card, today)
    digest = _digest(words, levels, today)
    if digest.encode() in old[:_HEAD]:
        return old
    picture = _ground(today).copy()
    stamps = _stamps()
    for place, level in zip(_places(today), levels, strict=True):
        if level:
            picture[place] = stamps[level]
    _write(picture, words)
    return _encode(picture, digest)


def board_png(title: str, sentence: str) -> bytes:
    """Return the picture for pages that are nobody's: a board's title and a sentence, on a pattern of days."""
    picture: Picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    stamps = _stamps()
    for week in range(heatmap.WEEKS):
        for weekday in range(7):
            level = hashlib.sha256(f"{week}/{weekday}".encode()).digest()[0] * (week + 8) // (61 * 52)
            picture[_place(week, weekday)] = stamps[min(level, 4)]
    name = title if _is_written(title) else "Leaderboard"
    room = WIDTH - 2 * MARGIN
    words = (Words(MARGIN, 190, name, 84, INK, room, bold=True), Words(MARGIN, 270, sentence, 36, QUIET, room))
    _write(picture, words)
    return _encode(picture, "")


def _words(card: Card) -> tuple[Words, ...]:
    name = card.name if _is_written(card.name) else card.login
    board = card.board if _is_written(card.board) else ""
    words = [
        Words(MARGIN, 118, name, 56, INK, 750, bold=True),
        Words(MARGIN, 166, f"@{card.login}", 28, QUIET, 750),
        Words(-MARGIN, 118, f"#{card.rank:,}", 50, INK, 290, bold=True),
        Words(-MARGIN, 166, board, 28, QUIET, 290),
    ]
    for place, (label, value, _) in enumerate(svg_card.figures(card)):
        x = MARGIN + place * COLUMN
        words.append(Words(x, 246, label, 24, QUIET, COLUMN))
        words.append(Words(x, 298, value, 40, INK, COLUMN, bold=True))
    x = MARGIN
    for model, share in card.models:
        shown = _cut(model, 24, 230, bold=False)
        wide = round(_font(24, bold=False).getlength(shown))
        words.append(Words(x, 592, shown, 24, INK, 240))
        words.append(Words(x + wide + 10, 592, share, 24, QUIET, 100))
        x += wide + 118
    return tuple(words)


def _levels(card: Card, today: dt.date) -> bytes:
    """Return the level of each day of the graph."""
    return bytes(map(card.levels.get, _dates(today), repeat(0)))


@lru_cache(maxsize=2)
def _dates(today: dt.date) -> tuple[dt.date, ...]:
    """Return the days of the graph."""
    first = heatmap.first_day(today)
    return tuple(first + day * heatmap.DAY for day in range((today - first).days + 1))


def _digest(words: tuple[Words, ...], levels: bytes, today: dt.date) -> str:
    """Return what a picture shows and how it is made as 64 hexadecimal digits."""
    what = repr((words, levels, heatmap.first_day(today), _THEME, PIL.__version__, _font_version()))
    return hashlib.sha256(_own_source() + what.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _font_version() -> str:
    return version("matplotlib")


@cache
def _own_source() -> bytes:
    return Path(__file__).read_bytes()


def _is_written(text: str) -> bool:
    """Tell whether the font has every letter and simple rules place them: no marks, nothing from right to left."""
    if text.isascii() and text.isprintable():
        return True
    drawn = unicodedata.normalize("NFC", text)
    return all(
        unicodedata.bidirectional(character) not in {"R", "AL", "AN"}
        and unicodedata.category(character)[0] not in "MC"
        and ord(character) in _letters()
        for character in drawn
    )


@cache
def _letters() -> frozenset[int]:
    """Return the characters that both cuts of the font have."""
    from matplotlib.ft2font import FT2Font

    maps = (FT2Font(_file(bold=bold)).get_charmap() for bold in (True, False))
    return frozenset.intersection(*map(frozenset, maps))


def _write(picture: Picture, words: tuple[Words, ...]) -> None:
    """Write words into a picture, each on clean paper of its own, which it cannot leave."""
    for x, baseline, text, size, colour, room, bold in words:
        ink = _ink(text, size, colour, room, bold=bold)
        tall, wide = ink.shape
        left = x if x >= 0 else WIDTH + x - wide
        picture[baseline - size : baseline - size + tall, left : left + wide] = ink


@lru_cache(maxsize=1024)
def _ink(text: str, size: int, colour: tuple[int, int], room: int, *, bold: bool) -> Picture:
    """Return words as pixels; their baseline is as far from the top as they are large. Many are on many cards."""
    font = _font(size, bold=bold)
    drawn = _cut(unicodedata.normalize("NFC", text), size, room, bold=bold)
    strip = Image.new("L", (min(round(font.getlength(drawn)) + 4, room), size + size // 3))
    ImageDraw.Draw(strip).text((0, size), drawn, fill=255, font=font, anchor="ls")
    first, shades = colour
    ink = (np.asarray(strip) * (shades / 255)).round()
    return np.where(ink, ink + (first - 1), 0).astype(np.uint8)


def _cut(text: str, size: int, room: int, *, bold: bool) -> str:
    """Return a text that fits some room, cut where a character ends."""
    font = _font(size, bold=bold)
    if font.getlength(text) <= room:
        return text
    kept, left = "", room - font.getlength("…")
    for cluster in clusters(text):
        left -= font.getlength(cluster)
        if left < 0:
            break
        kept += cluster
    return kept.rstrip() + "…"


@cache
def _font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_file(bold=bold), size, layout_engine=ImageFont.Layout.BASIC)


def _file(*, bold: bool) -> str:
    """Return where the font lies, without importing the library that brings it: that takes longer than many cards."""
    found = find_spec("matplotlib")
    assert found is not None  # noqa: S101 - it is a dependency
    assert found.origin is not None  # noqa: S101
    fonts = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return str(fonts / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"))


@lru_cache(maxsize=2)
def _ground(today: dt.date) -> Picture:
    """Return what all users' cards share: quiet days and the names of the months."""
    picture: Picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    for place in _places(today):
        picture[place] = _stamps()[0]
    months = heatmap.months(heatmap.first_day(today), heatmap.WEEKS)
    named = (Words(MARGIN + x * PITCH // heatmap.PITCH, TOP - 12, name, 20, QUIET, 60) for x, name in months)
    _write(picture, tuple(named))
    return picture


@lru_cache(maxsize=2)
def _places(today: dt.date) -> tuple[tuple[slice, slice], ...]:
    """Return rows and columns of each day's cell, in the order of days."""
    return tuple(_place(*divmod(day, 7)) for day in range(len(_dates(today))))


def _place(week: int, weekday: int) -> tuple[slice, slice]:
    x, y = MARGIN + week * PITCH, TOP + weekday * PITCH
    return slice(y, y + CELL), slice(x, x + CELL)


@cache
def _stamps() -> tuple[Picture, ...]:
    """Return a cell of each level: a square with round corners, drawn eight times as large and made small.

    Each pixel has the colour of the palette that comes nearest.
    """
    large = Image.new("L", (8 * CELL, 8 * CELL))
    ImageDraw.Draw(large).rounded_rectangle((0, 0, 8 * CELL - 1, 8 * CELL - 1), radius=28, fill=255)
    ink = np.asarray(large.resize((CELL, CELL), Image.Resampling.BOX))[..., np.newaxis] / 255
    colours = _palette().astype(np.float64)
    paper, levels = colours[0], colours[_LEVEL : _LEVEL + 5]
    shades = (paper + (level - paper) * ink for level in levels)
    return tuple(((each[..., np.newaxis, :] - colours) ** 2).sum(-1).argmin(-1).astype(np.uint8) for each in shades)


@cache
def _palette() -> NDArray[np.uint8]:
    """Return red, green and blue of each colour, a row each, in the order of their numbers."""
    paper = _channels(_THEME.paper)
    rows = [paper, *map(_channels, _THEME.ramp)]
    for colour, (first, shades) in ((_THEME.ink, INK), (_THEME.quiet, QUIET)):
        assert len(rows) == first  # noqa: S101 - a number is a row's place
        rows += [paper + (_channels(colour) - paper) * shade / shades for shade in range(1, shades + 1)]
    return np.array(rows).round().astype(np.uint8)


def _channels(colour: palette.Oklch) -> NDArray[np.float64]:
    return np.frombuffer(bytes.fromhex(palette.hex_colour(colour)[1:]), np.uint8).astype(np.float64)


def _encode(picture: Picture, digest: str) -> bytes:
    """Return a picture as a PNG file of four bits a pixel, with the digest among its texts.

    Chunks and their order are those of the W3C's PNG specification, sections 5 and 11; rows are not filtered.
    """
    rows = np.zeros((HEIGHT, 1 + WIDTH // 2), np.uint8)
    rows[:, 1:] = picture[:, ::2] << 4 | picture[:, 1::2]
    text = _chunk(b"tEXt", f"{DRAWN_FROM}\0{digest}".encode("latin-1")) if digest else b""
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 4, 3, 0, 0, 0)),
            _chunk(b"PLTE", _palette().tobytes()),
            text,
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 7)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
