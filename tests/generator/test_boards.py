"""The pages of boards: where places went, months that are over, and where a board ends."""

import datetime as dt
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from generator import pages, queries
from generator.graphs import sparkline
from generator.rows import Board, BoardRow, BoardTotals, Metric, Period
from generator.warehouse import Warehouse
from validator.config import Leaderboard

if TYPE_CHECKING:
    from tests.generator.conftest import Store

TODAY = dt.date(2026, 6, 20)
NOW = dt.datetime(2026, 6, 20, tzinfo=dt.UTC)
Row = Callable[..., Any]
Loaded = Callable[["Store"], AbstractContextManager[Warehouse]]
PLACE = BoardRow(1, 1, "ada-demo", "Ada", 900, 5, 0, 3, 70, 80, "anthropic", "claude", TODAY, None)


def _before(board: Board) -> dict[int, tuple[int, int | None]]:
    return {row.user_id: (row.rank, row.rank_before) for row in board.rows}


def _texts(boards: list[Board], leaderboard: Leaderboard) -> dict[str, str]:
    return {page.path: page.content.decode() for page in pages.board_pages(boards, leaderboard, NOW)}


def _of(rows: tuple[BoardRow, ...], period: Period | dt.date = Period.ALL, metric: Metric = Metric.TOKENS) -> Board:
    return Board(period, metric, rows, BoardTotals(len(rows), sum(row.tokens for row in rows), 5))


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (dt.date(2026, 6, 20), (dt.date(2026, 6, 1), dt.date(2026, 6, 13))),
        (dt.date(2026, 6, 8), (dt.date(2026, 6, 1), dt.date(2026, 6, 1))),
        (dt.date(2026, 6, 7), (dt.date(2026, 5, 1), dt.date(2026, 5, 31))),
        (dt.date(2026, 1, 3), (dt.date(2025, 12, 1), dt.date(2025, 12, 27))),
    ],
)
def test_a_months_first_week_is_compared_with_the_month_before(
    today: dt.date, expected: tuple[dt.date, dt.date]
) -> None:
    assert queries.days_before(Period.MONTH, today) == expected


def test_a_usual_line_is_short() -> None:
    assert len(sparkline.path([7 * number % 13 for number in range(26)])) <= 150


def test_every_way_a_place_can_go_is_said_in_words(leaderboard: Leaderboard) -> None:
    rows = tuple(
        replace(PLACE, rank=rank, user_id=rank, rank_before=before) for rank, before in enumerate((3, 2, 1, None), 1)
    )
    text = _texts([_of(rows)], leaderboard)["index.html"]
    cells = re.findall(r'<td class="move (\w+)">(.*?)</td>', text)
    assert [(way, re.sub("<.*?>", "", words)) for way, words in cells] == [
        ("up", "up 2"),
        ("same", "same place"),
        ("down", "down 2"),
        ("new", "new"),
    ]
    assert "Places won or lost since 13 Jun 2026" in text


def test_a_board_that_was_empty_a_week_before_calls_nobody_new(leaderboard: Leaderboard) -> None:
    text = _texts([_of((PLACE,))], leaderboard)["index.html"]
    assert 'class="move' not in text


def test_months_that_are_over_have_boards_newest_first(store: "Store", row: Row, loaded: Loaded) -> None:
    store.use(1, {"2026-06-01": [row(5)], "2026-05-31": [row(10)], "2026-04-01": [row(99)], "2025-12-31": [row(1)]})
    store.use(2, {"2026-05-01": [row(7), row(8, source="codex")], "2026-04-30": [row(20)]})
    store.use(3, {"2026-05-02": [row(15)]})
    with loaded(store) as warehouse:
        months = queries.closed_months(warehouse, TODAY, 2)
    assert [(month.period, _before(month)) for month in months] == [
        (dt.date(2026, 5, 1), {2: (1, 2), 3: (1, None)}),
        (dt.date(2026, 4, 1), {1: (1, None), 2: (2, None)}),
        (dt.date(2025, 12, 1), {1: (1, None)}),
    ]
    assert months[0].totals == BoardTotals(3, 40, months[0].totals.cost_micros)
    assert (months[0].rows[0].top_source, months[0].rows[0].active_days) == ("codex", 1)


def test_months_lead_to_each_other_and_say_what_they_are_compared_with(leaderboard: Leaderboard) -> None:
    closed = [_of((replace(PLACE, rank_before=2),), dt.date(2026, month, 1)) for month in (3, 1)]
    closed.append(_of((PLACE,) * 51, dt.date(2025, 12, 1)))
    texts = _texts([_of((PLACE,), Period.MONTH), _of((PLACE,)), *closed], leaderboard)
    months = {"2026/01/", "2026/03/", "2025/12/"}
    for path in ("board/month/tokens/index.html", "2026/01/index.html", "2025/12/2/index.html"):
        assert set(re.findall(r'href="[./]*(\d{4}/\d\d/)"', texts[path])) >= months, path
    assert not re.search(r'href="[./]*2026/', texts["index.html"])
    assert "since February 2026" in texts["2026/03/index.html"]
    assert '<link rel="prev" href="../../../2025/12/">' in texts["2025/12/2/index.html"]
    assert f'<link rel="canonical" href="{leaderboard.site_url}2025/12/2/">' in texts["2025/12/2/index.html"]


def test_but_the_front_board_ends_at_a_thousand_places_and_says_so(leaderboard: Leaderboard) -> None:
    rows = (PLACE,) * 1001
    month = replace(_of(rows[:1000], dt.date(2026, 5, 1)), totals=BoardTotals(3000, 5, 5))
    texts = _texts([_of(rows), _of(rows, metric=Metric.COST), month], leaderboard)
    assert "board/all/tokens/21/index.html" in texts
    assert "board/all/cost/21/index.html" not in texts
    assert "1 developer more" in texts["board/all/cost/20/index.html"]
    assert "2,000 developers more" in texts["2026/05/20/index.html"]
    assert not [path for path, text in texts.items() if " more: the " in text and "/20/" not in path]


def test_a_page_says_what_its_own_number_means(leaderboard: Leaderboard) -> None:
    board = _of((replace(PLACE, uncached_tokens=10**12),), metric=Metric.UNCACHED)
    text = _texts([board], leaderboard)["board/all/uncached/index.html"]
    assert "input that was not read from a cache, plus output" in text
    assert "1.00\u202fT" in text
    assert "Leaderboard by uncached ·" in text
