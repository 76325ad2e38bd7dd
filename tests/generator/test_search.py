"""The search's lists: whoever types any word of anybody's login or name comes to them."""

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator import search
from generator.rows import Board, BoardTotals, Metric, Period
from tests.generator.test_pages import _row

NAMES = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=12)


def _board(names: list[str]) -> Board:
    rows = tuple(_row(number, login=f"user-{number}", display_name=name) for number, name in enumerate(names, 1))
    return Board(Period.ALL, Metric.TOKENS, rows, BoardTotals(len(rows), 1, 1))


def _find(lists: dict[str, search.SearchList], text: str) -> set[str]:
    """Do what the site's script does."""
    asked, found = search.fold(text), search.SearchList([], more=True)
    for length in range(1, len(asked) + 1):
        if found.more:
            found = lists.get(f"api/search/{search.file_name(asked[:length])}.json", search.SearchList([], more=False))
    texts = {login: map(search.fold, (login, name, *former)) for _, login, name, former in found.users}
    return {login for login, folded in texts.items() if f" {asked}" in f" {' '.join(folded)}"}


def _lists(board: Board, former: dict[int, list[str]] | None = None) -> dict[str, search.SearchList]:
    pages = search.search_pages(board, former or {})
    return {page.path: msgspec.json.decode(page.content, type=search.SearchList) for page in pages}


@settings(max_examples=60)
@given(NAMES)
@example(["™", "Tom"])
def test_everybody_is_found_by_their_login_and_by_each_word_of_their_name(names: list[str]) -> None:
    lists = _lists(_board(names))
    assert all(path.isascii() and path == path.casefold() for path in lists)
    for number, name in enumerate(names, 1):
        assert f"user-{number}" in _find(lists, f"user-{number}")
        for word in search.fold(name).split():
            assert f"user-{number}" in _find(lists, word)


def test_a_former_login_leads_to_who_had_it() -> None:
    lists = _lists(_board(["Ada", "Grace"]), {_row(2).user_id: ["g-murray", "amazing"]})
    assert _find(lists, "G-Murray") == _find(lists, "murray") == _find(lists, "amaz") == {"user-2"}
    assert lists["api/search/m.json"].users == [(2, "user-2", "Grace", ["g-murray", "amazing"])]


def test_who_is_one_of_thousands_alike_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST", 8)
    monkeypatch.setattr(search, "BEST", 3)
    lists = _lists(_board(["Ada", *["Ada Demo"] * 400, "Zoë"]))
    assert max(len(each.users) for path, each in lists.items() if len(path) < 40) <= 8 + 3
    for number in (1, 77, 402):
        assert f"user-{number}" in _find(lists, f"User {number}")
    assert "user-402" in _find(lists, "ZOE")
    assert "user-1" in _find(lists, "ada")
    assert not _find(lists, "nobody")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ångström  Ünal", "angstrom unal"),
        ("demo-otter", "demo otter"),
        ("灯籠 (demo)", "灯籠 demo"),
        ("🍁", ""),
        ("ΣΑΣ", "σασ"),  # noqa: RUF001
        ("𝐀𝐝𝐚 ℌ ™", "ada h tm"),  # noqa: RUF001 - letters that are small ones only once they are plain
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert search.fold(text) == folded
