"""What tokens cost, held against the price library's own answer for a single request."""

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal

import genai_prices
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validator.prices import cost_micros, rates

DAY = dt.date(2026, 6, 1)
MODELS = [
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-opus-4-1"),
    ("anthropic", "claude-3-5-haiku-latest"),
    ("google", "gemini-2.5-pro"),
    ("google", "gemini-2.5-flash"),
    ("openai", "gpt-4.1"),
    ("openai", "gpt-5"),
]


def cost(provider: str, model: str, day: dt.date = DAY, **counts: int) -> int | None:
    given_counts = {
        "input_tokens": 0,
        "output_tokens": 0,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 0,
        "messages": 1,
    } | counts
    return cost_micros(provider, model, day, **given_counts)


@settings(max_examples=150)
@given(
    st.sampled_from(MODELS), st.integers(0, 2**40), st.integers(0, 2**40), st.integers(0, 2**40), st.integers(0, 2**40)
)
def test_one_request_costs_what_the_library_says(
    named: tuple[str, str], plain: int, read: int, created: int, output: int
) -> None:
    provider, model = named
    if provider != "anthropic":
        created = 0  # only Anthropic sells it: the library charges nothing for it elsewhere, we charge plain input
    total = plain + read + created
    usage = genai_prices.Usage(
        input_tokens=total, cache_read_tokens=read, cache_write_tokens=created, output_tokens=output
    )
    noon = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    theirs = genai_prices.calc_price(usage, model, provider_id=provider, genai_request_timestamp=noon).total_price
    ours = cost(
        provider,
        model,
        input_tokens=total,
        output_tokens=output,
        cache_read_tokens=read,
        cache_creation_tokens=created,
    )
    assert ours == int((theirs * 1_000_000).to_integral_value(ROUND_HALF_EVEN))


def test_known_prices() -> None:
    assert cost("anthropic", "claude-sonnet-4-5", input_tokens=1_000_000, messages=10) == 3_000_000
    assert cost("anthropic", "claude-sonnet-4-5", output_tokens=1_000_000) == 15_000_000
    million = 1_000_000
    read = cost("anthropic", "claude-sonnet-4-5", input_tokens=million, cache_read_tokens=million, messages=10)
    created = cost("anthropic", "claude-sonnet-4-5", input_tokens=million, cache_creation_tokens=million, messages=10)
    assert (read, created) == (300_000, 3_750_000)
    assert cost("openai", "gpt-5", input_tokens=million, cache_creation_tokens=million, messages=10) == 1_250_000


def test_the_tier_is_that_of_the_average_request() -> None:
    below = rates("google", "gemini-2.5-pro", DAY, 200_000)
    above = rates("google", "gemini-2.5-pro", DAY, 200_001)
    assert below is not None
    assert above is not None
    assert above.plain_input == 2 * below.plain_input
    cheap = cost("google", "gemini-2.5-pro", input_tokens=400_000, messages=2)
    dear = cost("google", "gemini-2.5-pro", input_tokens=400_000, messages=1)
    assert (cheap, dear) == (500_000, 1_000_000)
    assert cost("google", "gemini-2.5-pro", input_tokens=400_000, messages=0) == cheap


def test_half_a_micro_dollar_rounds_to_even() -> None:
    found = rates("openai", "gpt-4.1", DAY)
    assert found is not None
    assert found.cache_read == Decimal("0.5")
    for tokens, micros in ((1, 0), (2, 1), (3, 2), (5, 2), (7, 4)):
        assert cost("openai", "gpt-4.1", input_tokens=tokens, cache_read_tokens=tokens) == micros


def test_an_unknown_provider_still_finds_a_known_model() -> None:
    assert cost("my-proxy", "claude-sonnet-4-5", output_tokens=1_000_000) == 15_000_000


@pytest.mark.parametrize(
    ("provider", "model"),
    [("", ""), ("anthropic", "nobody-sells-this"), ("openai", "whisper-1"), ("azure", "mai-ds-r1:free")],
)
def test_what_nobody_prices_by_token_is_unpriced_and_never_free(provider: str, model: str) -> None:
    assert rates(provider, model, DAY) is None
    assert cost(provider, model, input_tokens=10**9) is None


@settings(max_examples=50)
@given(st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=())), st.dates())
def test_any_name_and_day_has_an_answer(provider: str, model: str, day: dt.date) -> None:
    found = rates(provider, model, day)
    assert found is None or found.plain_input >= 0
