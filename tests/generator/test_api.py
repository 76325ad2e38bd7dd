import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from generator import api
from generator.rows import Board, BoardRow, BoardTotals, Metric, Period
from validator.config import Leaderboard

ROW = BoardRow(
    rank=1,
    user_id=7,
    login="ada",
    display_name="Ada ✨",
    tokens=1_000_000_000_000,
    cost_micros=12_345_678,
    unpriced_tokens=5,
    active_days=3,
    output_tokens=70,
    uncached_tokens=80,
    top_provider="anthropic",
    top_source="claude",
    last_submission=dt.date(2026, 6, 20),
    rank_before=None,
)


def _board(count: int) -> Board:
    rows = tuple(replace(ROW, rank=number, user_id=number, login=f"u{number}") for number in range(1, count + 1))
    return Board(Period.WEEK, Metric.COST, rows, BoardTotals(count, 10**12 * count, 12_345_678 * count))


def _pages(count: int, leaderboard: Leaderboard) -> dict[str, Any]:
    return {page.path: json.loads(page.content) for page in api.board_pages([_board(count)], leaderboard)}


def test_a_board_page_has_the_published_shape(leaderboard: Leaderboard) -> None:
    assert _pages(1, leaderboard) == {
        "api/leaderboard/week/cost/1.json": {
            "users": [
                {
                    "rank": 1,
                    "username": "u1",
                    "displayName": "Ada ✨",
                    "avatarUrl": "https://board.example/avatars/1.svg",
                    "totalTokens": 1_000_000_000_000,
                    "totalCost": 12.345678,
                    "unpricedTokens": 5,
                    "activeDays": 3,
                    "outputTokens": 70,
                    "uncachedTokens": 80,
                    "topProvider": "anthropic",
                    "topSource": "claude",
                    "lastSubmission": "2026-06-20",
                    "rankBefore": None,
                }
            ],
            "pagination": {"page": 1, "limit": 50, "total": 1, "hasMore": False},
            "stats": {"totalUsers": 1, "totalTokens": 1_000_000_000_000, "totalCost": 12.345678},
        }
    }


def test_pages_hold_fifty(leaderboard: Leaderboard) -> None:
    sizes = {
        count: [(len(page["users"]), page["pagination"]["hasMore"]) for page in _pages(count, leaderboard).values()]
        for count in (0, 50, 51, 101)
    }
    assert sizes == {
        0: [(0, False)],
        50: [(50, False)],
        51: [(50, True), (1, False)],
        101: [(50, True), (50, True), (1, False)],
    }
    assert list(_pages(51, leaderboard)) == [f"api/leaderboard/week/cost/{number}.json" for number in (1, 2)]


@given(st.integers(0, 2**90))
def test_dollars_are_exact_and_plain(micros: int) -> None:
    text = str(api.dollars(micros))
    assert Decimal(text) * 1_000_000 == micros
    assert "E" not in text
    assert text == "0" or not text.endswith(".0")


def test_money_beyond_a_double_stays_exact(leaderboard: Leaderboard) -> None:
    board = replace(_board(0), totals=BoardTotals(0, 0, 10**22 + 1))
    (page,) = api.board_pages([board], leaderboard)
    assert b'"totalCost":10000000000000000.000001' in page.content


def test_the_flagged_queue_of_a_store_is_empty() -> None:
    page = api.flagged_page([])
    assert (page.path, json.loads(page.content)) == ("api/flagged.json", {"submissions": []})
