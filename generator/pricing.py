"""Fill the relation `prices`: what every model in use cost on every day of its use, tier by tier."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from generator.warehouse import Warehouse
from validator.prices import Rates, rates

NO_LIMIT = 2**63 - 1


def load_prices(warehouse: Warehouse) -> None:
    """Ask the price table for each (provider, model, day) in `usage` and load the answers, unpriced ones left out."""
    rows = [
        (provider, model, date, first, last, *_fractions(found))
        for provider, model, date, largest in warehouse.rows("price_days")
        for first, last, found in tiers(provider, model, date, largest)
    ]
    if rows:
        warehouse.append("prices", list(zip(*rows, strict=True)))


def tiers(provider: str, model: str, date: dt.date, largest: int) -> Iterator[tuple[int, int, Rates]]:
    """Yield (first, last, rates) for the sizes of request at which a model's price differs, `largest` tokens included.

    Nothing is yielded for a model that nobody prices. Tiers are found by asking for prices alone, in the certainty
    that no vendor goes back to an earlier tier's price for a larger request.
    """

    def starts(low: int, high: int) -> Iterator[int]:
        if rates(provider, model, date, low) == rates(provider, model, date, high):
            return
        if high - low == 1:
            yield high
            return
        middle = (low + high) // 2
        yield from starts(low, middle)
        yield from starts(middle, high)

    edges = [0, *starts(0, largest), NO_LIMIT]
    for first, following in pairwise(edges):
        found = rates(provider, model, date, first)
        if found is not None:
            yield first, following - 1, found


def _fractions(found: Rates) -> tuple[str, ...]:
    """Write four decimal prices as whole numbers over one denominator; as text, for they may outgrow 64 bits."""
    prices = (found.plain_input, found.cache_read, found.cache_creation, found.output)
    digits = max(0, *(-int(price.as_tuple().exponent) for price in prices))
    return (*(str(int(price.scaleb(digits))) for price in prices), str(10**digits))
