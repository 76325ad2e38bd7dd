"""The search's lists: everyone on the board by each word of login and name, ever finer where many begin alike.

A browser asks for the list of the first character, and for that of one more as long as it is told that there is more.
What is asked for and what is listed are folded in the same way, here and in the site's script.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec
from msgspec import Struct

from generator.output import Page
from generator.rows import Board, BoardRow

MOST = 150
"""People in a list before it is divided."""
BEST = 30
"""People in a list that was divided: those who stand highest."""
DEEPEST = 24
"""Characters from which a list is not divided any more: names are what people choose, and file names have an end."""

Key = tuple[str, int]
"""What is left of a folded login or name from one of its words on, and whose it is: the place in the board's rows."""


class SearchList(Struct):
    """`/api/search/<prefix>.json`: who has a word that begins so; each as login, name and rank, in order of rank."""

    users: list[tuple[str, str, int]]
    more: bool
    """Whether there are others, in the lists of longer prefixes."""


def search_pages(board: Board) -> Iterator[Page]:
    """Yield the lists of everybody on a board."""
    keys = sorted({(key, place) for place, row in enumerate(board.rows) for key in _keys(row)})
    for prefix, own in groupby(keys, lambda key: key[0][:1]):
        yield from _lists(board.rows, prefix, list(own))


def fold(text: str) -> str:
    """Return a text as it is searched: small letters without accents, words parted by single spaces."""
    decomposed = unicodedata.normalize("NFKD", text).lower().replace("ς", "σ")  # noqa: RUF001 - a sigma is a sigma
    bare = (each for each in decomposed if unicodedata.category(each) != "Mn")
    return " ".join("".join(each if unicodedata.category(each)[0] in "LN" else " " for each in bare).split())


def file_name(prefix: str) -> str:
    """Return what a prefix is called in a path: any character but `a-z` and `0-9` by its number."""
    return "".join(each if each.isascii() and each.isalnum() else f"_{ord(each):x}_" for each in prefix)


def _keys(row: BoardRow) -> Iterator[str]:
    for text in (fold(row.login), fold(row.display_name)):
        words = text.split(" ")
        yield from (" ".join(words[start:]) for start in range(len(words)) if text)


def _lists(rows: Sequence[BoardRow], prefix: str, keys: list[Key]) -> Iterator[Page]:
    """Yield the list of a prefix and, where it is too long, those of what goes on from it."""
    places = sorted({place for _, place in keys})
    more = len(places) > MOST and len(prefix) < DEEPEST
    if more:
        # whoever is called just so is in no longer prefix's list
        places = sorted({*places[:BEST], *[place for key, place in keys if key == prefix][:MOST]})
    found = SearchList([(rows[place].login, rows[place].display_name, rows[place].rank) for place in places], more)
    yield Page(f"api/search/{file_name(prefix)}.json", msgspec.json.encode(found) + b"\n")
    if more:
        longer = (key for key in keys if len(key[0]) > len(prefix))
        for further, own in groupby(longer, lambda key: key[0][: len(prefix) + 1]):
            yield from _lists(rows, further, list(own))
