"""What tokens cost, from the offline data of genai-prices.

Prices are dated and some are tiered by the size of a request. A usage row sums many requests, so its tier is that of
its average request: prompt tokens divided by messages. All arithmetic is exact; only the result is rounded.
"""

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice


@dataclass(frozen=True, slots=True)
class Rates:
    """Micro-dollars per token (the same number as dollars per million tokens) of each kind.

    `plain_input` is for input that is neither read from nor written to a cache.
    """

    plain_input: Decimal
    cache_read: Decimal
    cache_creation: Decimal
    output: Decimal


@lru_cache(maxsize=4096)
def _listed(provider: str, model: str) -> "tuple[ModelInfo, ...]":
    """Return the entries that match a model, the provider's own first; looking them up costs more than all else."""
    from genai_prices import Usage, calc_price

    found = []
    for provider_id in (provider, None):
        with suppress(LookupError):
            found.append(calc_price(Usage(input_tokens=1), model, provider_id=provider_id).model)
    return tuple(found)


@lru_cache(maxsize=65_536)
def _model_price(provider: str, model: str, day: dt.date) -> "ModelPrice | None":
    """Look a model up; one that is listed without a price for input (sold by the hour, a free trial) has no price."""
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
    prices = (listed.get_prices(noon) for listed in _listed(provider, model))
    return next((price for price in prices if price.input_mtok is not None), None)


def rates(provider: str, model: str, day: dt.date, request_tokens: int = 0) -> Rates | None:
    """Return what a model cost on a UTC day for requests of that many prompt tokens, or None if nobody prices it.

    The provider's own list is asked first, then any that knows the model. Both names may be any text.
    Cache kinds without a price of their own cost what plain input costs.
    """
    price = _model_price(provider, model, day)
    if price is None:
        return None

    def flat(name: str, otherwise: Decimal) -> Decimal:
        value = getattr(price, name, None)
        if value is None:
            return otherwise
        if isinstance(value, Decimal):
            return value
        reached = [value.base, *(tier.price for tier in value.tiers if request_tokens > tier.start)]
        return Decimal(reached[-1])

    plain = flat("input_mtok", Decimal(0))
    return Rates(
        plain_input=plain,
        cache_read=flat("cache_read_mtok", plain),
        cache_creation=flat("cache_write_mtok", plain),
        output=flat("output_mtok", Decimal(0)),
    )


def cost_micros(
    provider: str,
    model: str,
    day: dt.date,
    *,
    input_tokens: int,
    output_tokens: int,
    cache_read_tokens: int,
    cache_creation_tokens: int,
    messages: int,
) -> int | None:
    """Return the cost of a usage row in micro-dollars, rounded half to even, or None if nobody prices the model.

    Tokens are contained as everywhere (cache inside input). With zero messages the base tier is taken.
    """
    found = rates(provider, model, day, input_tokens // messages if messages else 0)
    if found is None:
        return None
    exact = (
        (input_tokens - cache_read_tokens - cache_creation_tokens) * found.plain_input
        + cache_read_tokens * found.cache_read
        + cache_creation_tokens * found.cache_creation
        + output_tokens * found.output
    )
    return int(exact.to_integral_value(ROUND_HALF_EVEN))
