"""A picture for an account whose own cannot be shown: drawn from the user id, so it survives every rename."""

import hashlib

from generator.graphs import palette
from generator.render import render

SIZE = 5
"""Cells across; the right half mirrors the left."""


def svg(user_id: int) -> bytes:
    """Return an SVG file of a mirrored pattern whose hue and shape depend on the id alone."""
    bits = int.from_bytes(hashlib.sha256(f"token-tracker identicon {user_id}".encode()).digest(), "big")
    hue = bits % 360
    bits //= 360
    cells = []
    for column in range((SIZE + 1) // 2):
        for row in range(SIZE):
            if bits & 1:
                cells += [(x, row) for x in sorted({column, SIZE - 1 - column})]
            bits >>= 1
    paper, ink = palette.hex_colour((93, 0.035, hue)), palette.hex_colour((56, 0.13, hue))
    return render("identicon.svg.j2", cells=sorted(cells), paper=paper, ink=ink).encode()
