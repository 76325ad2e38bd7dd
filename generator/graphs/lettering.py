"""How wide words are, without a font: enough to give a badge its width and to cut a name before it is too long.

Nobody knows which font a viewer has. Widths are those of DejaVu Sans, which is as wide as Verdana and wider than what
systems show by default, so what fits here fits there.
"""

import unicodedata
from collections.abc import Iterator

_THOUSANDTHS = (
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
    748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
    615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
    337, 636, 838,
)  # fmt: skip
"""Advance widths of DejaVu Sans from the space to the tilde, in thousandths of the font size."""
_OTHER, _WIDE, _PICTURE = 900, 1000, 1400
"""The same for what is not ASCII: letters, what East Asia writes in a square, emoji."""
_JOINER = "\u200d"


def width(text: str, size: float) -> float:
    """Return how wide a text is in a font size, in its unit. Outside ASCII it is a guess on the wide side."""
    return sum(map(_thousandths, text)) * size / 1000


def fit(text: str, size: float, room: float) -> str:
    """Return a text that is no wider than some room: as given, or cut where a character ends and followed by `…`."""
    if width(text, size) <= room:
        return text
    kept, left = "", room - width("…", size)
    for cluster in clusters(text):
        left -= width(cluster, size)
        if left < 0:
            break
        kept += cluster
    return kept.rstrip() + "…"


def clusters(text: str) -> Iterator[str]:
    """Yield what people see as one character each: a letter with its marks, a joined emoji, a flag.

    It follows the idea of Unicode's annex 29, not its tables.
    """
    cluster = ""
    for character in text:
        if cluster and not _continues(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _continues(cluster: str, character: str) -> bool:
    if unicodedata.category(character) in {"Mn", "Me", "Mc", "Cf"} or cluster.endswith(_JOINER):
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff":  # a colour of skin
        return True
    return _is_half_a_flag(character) and len(cluster) == 1 and _is_half_a_flag(cluster)


def _is_half_a_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _thousandths(character: str) -> int:
    if " " <= character <= "~":
        return _THOUSANDTHS[ord(character) - 32]
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    if character >= "\U0001f000" or unicodedata.category(character) == "So":
        return _PICTURE if character < "\U00020000" else _WIDE
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _OTHER
