"""What everybody used over time: tokens by provider, model and source, week by week or month by month."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.warehouse import Warehouse

DIMENSIONS = ("provider", "model", "source")
NAMED = 5
"""Names with a strand of their own; what else was used is one strand together."""
WEEKLY_DAYS = 26 * 7
"""A board that is younger is told by weeks, an older one by months."""
FEWEST = 12
"""Weeks or months shown at least, so that a young board's columns are not walls."""
MOST = 60
"""Months shown at most."""


@dataclass(frozen=True, slots=True)
class Strand:
    """One name's tokens in each week or month; `rest` is how many names it sums up, 0 for a single one."""

    name: str
    rest: int
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """One dimension: first days of its weeks or months, the last of them still running, and strands, largest first.

    The strand of all other names comes last. A store without usage has no strands.
    """

    dimension: str
    weekly: bool
    starts: tuple[dt.date, ...]
    strands: tuple[Strand, ...]

    @property
    def totals(self) -> tuple[int, ...]:
        """Tokens of everything in each week or month."""
        return tuple(map(sum, zip(*(strand.tokens for strand in self.strands), strict=True)))


def trends(warehouse: Warehouse, today: dt.date) -> list[Trend]:
    """Return a trend for each of DIMENSIONS up to a UTC day."""
    first = next((first for first, _ in warehouse.rows("active_span", today=today)), today)
    weekly = (today - first).days <= WEEKLY_DAYS
    begins = tuple(starts(first, today, weekly=weekly))
    used: Mapping[str, dict[str, Counter[dt.date]]] = defaultdict(lambda: defaultdict(Counter))
    for dimension, start, name, tokens in warehouse.rows("trends", first=begins[0], last=today, weekly=weekly):
        used[dimension][name][start] += int(tokens)
    return [Trend(name, weekly, begins, tuple(_strands(used[name], begins))) for name in DIMENSIONS]


def starts(first: dt.date, today: dt.date, *, weekly: bool) -> Iterator[dt.date]:
    """Yield first days from the one that `first` lies in to the one that `today` lies in."""
    if weekly:
        monday = today - dt.timedelta(today.weekday())
        weeks = max(FEWEST, (monday - first + dt.timedelta(6)).days // 7 + 1)
        yield from (monday - dt.timedelta(7 * back) for back in range(weeks - 1, -1, -1))
        return
    now = 12 * today.year + today.month - 1
    months = min(max(FEWEST, now - (12 * first.year + first.month - 1) + 1), MOST)
    yield from (dt.date(number // 12, number % 12 + 1, 1) for number in range(now - months + 1, now + 1))


def _strands(used: Mapping[str, Counter[dt.date]], starts: tuple[dt.date, ...]) -> Iterator[Strand]:
    names = sorted(used, key=lambda name: (-used[name].total(), name))
    # a sixth name alone needs no more room under its own name than as the one other
    named = names if len(names) == NAMED + 1 else names[:NAMED]
    for name in named:
        yield Strand(name, 0, tuple(used[name][start] for start in starts))
    if others := names[len(named) :]:
        yield Strand("", len(others), tuple(sum(used[name][start] for name in others) for start in starts))
