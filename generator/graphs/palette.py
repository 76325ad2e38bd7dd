"""The colours of drawings that leave the site (SVG files, PNG), in OKLCH like the style sheet's, as sRGB hex.

OKLCH to sRGB after Björn Ottosson, https://bottosson.github.io/posts/oklab/ (public domain).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

Oklch = tuple[float, float, float]
"""Lightness in percent, chroma, hue in degrees."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One look: `ramp` goes from no usage to the most."""

    paper: Oklch
    ink: Oklch
    quiet: Oklch
    ramp: tuple[Oklch, Oklch, Oklch, Oklch, Oklch]


LIGHT = Theme(
    paper=(99.2, 0.003, 95),
    ink=(25, 0.025, 255),
    quiet=(49, 0.02, 255),
    ramp=((94, 0.007, 230), (87, 0.075, 182), (75, 0.11, 190), (59, 0.11, 215), (41, 0.105, 250)),
)
DARK = Theme(
    paper=(17.5, 0.014, 255),
    ink=(94, 0.008, 230),
    quiet=(70, 0.015, 240),
    ramp=((25.5, 0.014, 250), (36, 0.06, 238), (51, 0.09, 218), (69, 0.115, 196), (88, 0.125, 178)),
)


def hex_ramp(theme: Theme) -> list[str]:
    """Return a theme's ramp as `#rrggbb`."""
    return [hex_colour(colour) for colour in theme.ramp]


@lru_cache(maxsize=1024)
def hex_colour(colour: Oklch) -> str:
    """Return `#rrggbb`; what lies outside sRGB is clipped channel by channel."""
    lightness, chroma, hue = colour[0] / 100, colour[1], math.radians(colour[2])
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{_channel(value):02x}" for value in linear)


def _channel(linear: float) -> int:
    clipped = min(max(linear, 0.0), 1.0)
    curved = 12.92 * clipped if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055
    return round(curved * 255)
