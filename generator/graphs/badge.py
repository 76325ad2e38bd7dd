"""The badge: two words on one line, for the top of a README."""

from generator.graphs import palette
from generator.graphs.lettering import width
from generator.render import render

SIZE = 11
"""Of the letters, in pixels."""
_PADDING = 6


def svg(label: str, value: str, title: str) -> str:
    """Return an SVG file 20 pixels high: the label on grey, the value on the colour of strong days.

    `title` is what is read aloud instead. The words are given their width, so that they fit whatever the viewer's font.
    """
    left, right = _wide(label), _wide(value)
    return render(
        "badge.svg.j2",
        label=label,
        value=value,
        title=title,
        label_width=left,
        value_width=right,
        middle=left + 2 * _PADDING,
        whole=across(label, value),
        padding=_PADDING,
        grey=palette.hex_colour(palette.LIGHT.quiet),
        colour=palette.hex_colour(palette.LIGHT.ramp[4]),
    )


def across(label: str, value: str) -> int:
    """Return how many pixels wide a badge is."""
    return _wide(label) + _wide(value) + 4 * _PADDING


def _wide(words: str) -> int:
    return round(width(words, SIZE))
