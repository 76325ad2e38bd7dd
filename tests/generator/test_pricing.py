import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.history import Entry
from generator.load import load
from generator.pricing import NO_LIMIT, tiers
from generator.warehouse import Warehouse
from validator.prices import Rates, cost_micros, rates
from validator.submission import MAX_NUMBER, render_submission

if TYPE_CHECKING:
    from tests.generator.conftest import Store

DAY = dt.date(2026, 6, 1)
MERGED = dt.datetime(2026, 6, 2, tzinfo=dt.UTC)
PROFILE = b'{"schemaVersion": 1, "user": {"id": 7, "login": "ada"}, "displayName": "Ada", "devices": []}'
MODELS = [
    ("anthropic", "claude-opus-4-5"),
    ("anthropic", "claude-sonnet-4-5"),
    ("openai", "gpt-4o"),
    ("google", "gemini-2.5-pro"),
    ("google", "gemini-2.0-flash-lite"),
    ("nobody", "a model of my own"),
]
Row = Callable[..., Any]
Loaded = Callable[..., AbstractContextManager[Warehouse]]


def _row_fields() -> st.SearchStrategy[dict[str, int]]:
    count = st.one_of(st.integers(0, 50), st.integers(0, 10**7), st.integers(0, MAX_NUMBER // 120))
    return st.tuples(count, count, count, count, st.integers(0, 3000)).map(
        lambda drawn: {
            "input_tokens": drawn[0],
            "output_tokens": drawn[1],
            "cache_read_tokens": min(drawn[2], drawn[0]),
            "cache_creation_tokens": min(drawn[3], drawn[0] - min(drawn[2], drawn[0])),
            "messages": drawn[4],
        }
    )


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.sampled_from(MODELS), _row_fields()), min_size=1, max_size=60))
def test_every_row_costs_what_the_price_table_says(
    month: Row, row: Row, rows: list[tuple[tuple[str, str], dict[str, int]]]
) -> None:
    usage = [
        row(source=f"s{number:02}", provider=provider, model=model, **fields)
        for number, ((provider, model), fields) in enumerate(rows)
    ]
    expected = {
        one.source: cost_micros(
            one.provider,
            one.model,
            DAY,
            input_tokens=one.input_tokens,
            output_tokens=one.output_tokens,
            cache_read_tokens=one.cache_read_tokens,
            cache_creation_tokens=one.cache_creation_tokens,
            messages=one.messages,
        )
        for one in usage
        if one.total_tokens
    }
    store = [
        Entry(f"submissions/07/7/{name}", content, "", MERGED, DAY)
        for name, content in (
            ("device01/2026-06.json", render_submission(month(7, {str(DAY): usage}))),
            ("profile.json", PROFILE),
        )
    ]
    with Warehouse(Path(":memory:")) as warehouse:
        assert load(warehouse, store) == []
        shares = list(warehouse.rows("profile_shares", first_user=7, last_user=7))
    found = {
        source: None if tokens == unpriced else cost
        for _, dimension, source, tokens, cost, unpriced, _ in shares
        if dimension == "source"
    }
    assert found == expected


def test_halves_are_rounded_to_even(
    store: "Store", row: Row, loaded: Callable[..., AbstractContextManager[Warehouse]]
) -> None:
    # 2.50 dollars for a million tokens of input
    store.use(7, {f"2026-06-0{tokens}": [row(tokens, provider="openai", model="gpt-4o")] for tokens in (1, 2, 3)})
    with loaded(store) as warehouse:
        _, _, _, costs, *_ = warehouse.columns("profile_days", first_user=7, last_user=7)
    assert costs.tolist() == [2, 5, 8]


def test_tiers_cover_every_request_once() -> None:
    model = ("google", "gemini-2.5-pro", DAY)
    found = list(tiers(*model, 1_000_000))
    assert len(found) == 2
    assert [first for first, _, _ in found] == [0, found[0][1] + 1]
    assert found[-1][1] == NO_LIMIT - 1
    for first, last, price in found:
        assert rates(*model, first) == price
        assert rates(*model, min(last, 10**9)) == price


def test_tiers_above_what_was_asked_are_not_looked_for() -> None:
    assert len(list(tiers("google", "gemini-2.5-pro", DAY, 1000))) == 1


def test_a_model_that_nobody_prices_has_no_tier() -> None:
    assert list(tiers("nobody", "a model of my own", DAY, 10**9)) == []


@pytest.mark.parametrize("starts", [(), (1,), (7, 8, 1000), (128_000, 256_000)])
def test_every_tier_is_found(monkeypatch: pytest.MonkeyPatch, starts: tuple[int, ...]) -> None:
    def stepped(provider: str, model: str, day: dt.date, request_tokens: int = 0) -> Rates:
        price = Decimal(sum(request_tokens > start for start in starts)) / 8 + 1
        return Rates(price, price, price, price)

    monkeypatch.setattr("generator.pricing.rates", stepped)
    assert [first for first, _, _ in tiers("p", "m", DAY, 10**6)] == [0, *(start + 1 for start in starts)]
