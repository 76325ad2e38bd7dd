"""What everybody used over time: the right weeks and months, nothing lost in a drawing, sentences that are true."""

import datetime as dt
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.graphs import stack
from generator.pages import compare_page
from generator.trends import Strand, Trend, trends
from generator.warehouse import Warehouse
from tests.generator.conftest import Store
from validator.config import Leaderboard

TODAY = dt.date(2026, 6, 20)
NOW = dt.datetime(2026, 6, 20, tzinfo=dt.UTC)
Row = Callable[..., Any]
Loaded = Callable[[Store], AbstractContextManager[Warehouse]]


def _of(loaded: Loaded, store: Store, dimension: str = "model") -> Trend:
    with loaded(store) as warehouse:
        (found,) = [trend for trend in trends(warehouse, TODAY) if trend.dimension == dimension]
    return found


def test_a_young_board_is_told_by_weeks_from_monday(store: Store, row: Row, loaded: Loaded) -> None:
    store.use(1, {"2026-06-14": [row(5)], "2026-06-15": [row(30)], "2026-06-20": [row(7)], "2026-06-21": [row(900)]})
    trend = _of(loaded, store)
    assert trend.weekly
    assert len(trend.starts) == 12
    assert trend.starts[-2:] == (dt.date(2026, 6, 8), dt.date(2026, 6, 15))
    assert trend.totals[-2:] == (5, 37), "what comes after today is not there yet"


@pytest.mark.parametrize(("first", "periods", "weekly"), [
    ("2025-12-20", 27, True), ("2025-12-19", 12, False), ("2024-02-29", 29, False), ("2000-01-01", 60, False),
])  # fmt: skip
def test_an_older_board_is_told_by_months(
    store: Store, row: Row, loaded: Loaded, *, first: str, periods: int, weekly: bool
) -> None:
    store.use(1, {first: [row(5)], "2026-06-01": [row(30)]})
    trend = _of(loaded, store)
    assert (len(trend.starts), trend.weekly) == (periods, weekly)
    assert len(set(trend.starts)) == periods
    assert sum(trend.totals) == (35 if periods < 60 else 30)


def test_five_names_have_strands_and_sixty_are_one(store: Store, row: Row, loaded: Loaded) -> None:
    store.use(1, {"2026-06-01": [row(100 + number, model=f"m{number:02}") for number in range(65)]})
    trend = _of(loaded, store)
    assert [strand.name for strand in trend.strands] == ["m64", "m63", "m62", "m61", "m60", ""]
    assert trend.strands[-1].rest == 60
    assert sum(trend.totals) == sum(range(100, 165))


def test_a_sixth_name_is_not_called_one_other(store: Store, row: Row, loaded: Loaded) -> None:
    store.use(1, {"2026-06-01": [row(100, model=f"m{number}") for number in range(6)]})
    assert [strand.rest for strand in _of(loaded, store).strands] == [0] * 6


def _trend(*strands: tuple[str, list[int]], weekly: bool = False) -> Trend:
    count = len(strands[0][1])
    starts = tuple(
        dt.date(2026 - (count - number - 1) // 12, 12 - (count - number - 1) % 12, 1) for number in range(count)
    )
    return Trend("model", weekly, starts, tuple(Strand(name, 0, tuple(tokens)) for name, tokens in strands))


@given(st.lists(st.lists(st.integers(0, 10**15), min_size=3, max_size=3), min_size=1, max_size=6))
def test_columns_add_up_to_their_totals(columns: list[list[int]]) -> None:
    trend = _trend(*((f"m{number}", tokens) for number, tokens in enumerate(columns)))
    drawing = stack.svg(trend, "label")
    step, count = stack.scale(max(trend.totals))
    assert 3 <= count <= 5
    assert max(trend.totals) <= step * count
    drawn = sorted(
        (int(x) // stack.PITCH, -int(low), -int(high)) for x, low, high in re.findall(r"M(\d+) (\d+)V(\d+)", drawing)
    )
    expected = []
    for column, tokens in enumerate(zip(*(strand.tokens for strand in trend.strands), strict=True)):
        edges = [stack.HEIGHT * edge // (step * count) for edge in accumulate(tokens, initial=0)]
        expected += [(column, low - stack.HEIGHT, high - stack.HEIGHT) for low, high in pairwise(edges) if high > low]
    assert [part[:2] for part in drawn] == [part[:2] for part in expected], "each part begins where the last one ends"
    assert all(high - stack.GAP <= seen <= high for (*_, seen), (*_, high) in zip(drawn, expected, strict=True))


@given(st.integers(0, 10**18))
def test_a_scale_is_not_much_higher_than_what_it_measures(largest: int) -> None:
    step, count = stack.scale(largest)
    assert largest <= step * count <= max(3, 2 * largest)


def test_labels_below_are_few_and_say_the_year_once() -> None:
    drawing = stack.svg(_trend(("m", [1] * 18)), "label")
    labels = re.findall(r'y="228">([^<]+)<', drawing)
    assert labels == ["Aug \u201925", "Nov", "Feb \u201926", "May", "Aug", "Nov"]


@pytest.mark.parametrize(
    ("ours", "theirs", "sentences"),
    [
        (
            [100, 50, 9],
            [0, 50, 0],
            "a has 76.1% of 209 tokens since October 2026. b gained most in November: 50.0%, after 0% in October.",
        ),
        ([9, 9, 0], [9, 9, 1], "b has 51.4% of 37 tokens since October 2026. Shares hardly moved of late."),
        ([0, 0, 5], [0, 0, 4], "a has 55.6% of 9 tokens since December 2026."),
    ],
)
def test_a_sentence_says_who_leads_and_who_gained(
    leaderboard: Leaderboard, ours: list[int], theirs: list[int], sentences: str
) -> None:
    strands = sorted([("a", ours), ("b", theirs)], key=lambda each: -sum(each[1]))
    text = compare_page([_trend(*strands)], leaderboard, NOW).content.decode()
    assert re.findall('<p class="seen">(.*)</p>', text) == [sentences]


def test_every_number_of_a_drawing_is_in_its_table_and_names_stay_text(leaderboard: Leaderboard) -> None:
    trend = _trend(('<b onclick="x">&', [12, 0, 3456]), ("plain", [7, 0, 0]))
    text = compare_page([trend], leaderboard, NOW).content.decode()
    rows = re.findall(r'<th scope="row">(\w+ 2026)</th>(.*?)</tr>', text)
    assert [(month, re.findall(r">([^<]+)</td>", cells)) for month, cells in rows] == [
        ("December 2026", ["3.46\u202fk", "3.46\u202fk", "\u2013"]),
        ("November 2026", ["\u2013", "\u2013", "\u2013"]),
        ("October 2026", ["19", "12", "7"]),
    ]
    assert "<b onclick" not in text
    assert "&lt;b onclick=&#34;x&#34;&gt;&amp; 12" in text


def test_a_board_without_usage_says_so(store: Store, loaded: Loaded, leaderboard: Leaderboard) -> None:
    with loaded(store) as warehouse:
        text = compare_page(trends(warehouse, TODAY), leaderboard, NOW).content.decode()
    assert "There is no usage to draw yet" in text
    assert 'class="stack"' not in text
