"""The search's lists: everyone on the board by each word of a login or name, ever finer where many begin alike.

A browser asks for the list of the first character, and for that of one more as long as it is told that there is more.
What is asked for and what is listed are folded in the same way, here and in the site's script.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import msgspec
from msgspec import Struct

from generator.output import Page
from generator.rows import Board

MOST = 150
"""People in a list before it is divided."""
BEST = 30
"""People in a list that was divided: those who stand highest."""
DEEPEST = 24
"""Characters from which a list is not divided any more: names are what people choose, and file names have an end."""

Key = tuple[str, int]
"""What is left of a folded login or name from one of its words on, and whose it is: the place in the board's rows."""


Found = tuple[int, str, str, list[str]]
"""Rank, login and name of somebody on the board, and the logins of earlier in small letters."""


class SearchList(Struct):
    """`/api/search/<prefix>.json`: who has a word that begins so, in order of rank."""

    users: list[Found]
    more: bool
    """Whether there are others, in the lists of longer prefixes."""


def search_pages(board: Board, former: Mapping[int, list[str]]) -> Iterator[Page]:
    """Yield the lists of everybody on a board; `former` has the logins of earlier by user id."""
    users = [(row.rank, row.login, row.display_name, former.get(row.user_id, [])) for row in board.rows]
    keys = sorted({(key, place) for place, user in enumerate(users) for key in _keys(user)})
    for prefix, own in groupby(keys, lambda key: key[0][:1]):
        yield from _lists(users, prefix, list(own))


def fold(text: str) -> str:
    """Return a text as it is searched: small letters without accents, words parted by single spaces."""
    decomposed = unicodedata.normalize("NFKD", text).lower().replace("ς", "σ")  # noqa: RUF001 - a sigma is a sigma
    bare = (each for each in decomposed if unicodedata.category(each) != "Mn")
    return " ".join("".join(each if unicodedata.category(each)[0] in "LN" else " " for each in bare).split())


def file_name(prefix: str) -> str:
    """Return what a prefix is called in a path: any character but `a-z` and `0-9` by its number."""
    return "".join(each if each.isascii() and each.isalnum() else f"_{ord(each):x}_" for each in prefix)


def _keys(user: Found) -> Iterator[str]:
    _, login, name, former = user
    for text in map(fold, (login, name, *former)):
        words = text.split(" ")
        yield from (" ".join(words[start:]) for start in range(len(words)) if text)


def _lists(users: Sequence[Found], prefix: str, keys: list[Key]) -> Iterator[Page]:
    """Yield the list of a prefix and, where it is too long, those of what goes on from it."""
    places = sorted({place for _, place in keys})
    more = len(places) > MOST and len(prefix) < DEEPEST
    if more:
        # whoever is called just so is in no longer prefix's list
        places = sorted({*places[:BEST], *[place for key, place in keys if key == prefix][:MOST]})
    found = SearchList([users[place] for place in places], more)
    yield Page(f"api/search/{file_name(prefix)}.json", msgspec.json.encode(found) + b"\n")
    if more:
        longer = (key for key in keys if len(key[0]) > len(prefix))
        for further, own in groupby(longer, lambda key: key[0][: len(prefix) + 1]):
            yield from _lists(users, further, list(own))
