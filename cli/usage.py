"""Counted usage as values, and how it is summed: pure functions, no file, no clock."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from validator.prices import cost_micros


@dataclass(frozen=True, slots=True)
class Usage:
    """Summed tokens of one (UTC day, source, provider, model). Cache is inside input, reasoning inside output."""

    day: dt.date
    source: str
    provider: str
    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    reasoning_tokens: int
    messages: int
    """Billed API responses."""

    @property
    def total_tokens(self) -> int:
        """Input and output."""
        return self.input_tokens + self.output_tokens

    @property
    def cost_micros(self) -> int | None:
        """The cost in micro-dollars, or None when nobody prices the model."""
        return cost_micros(
            self.provider,
            self.model,
            self.day,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cache_read_tokens=self.cache_read_tokens,
            cache_creation_tokens=self.cache_creation_tokens,
            messages=self.messages,
        )


@dataclass(frozen=True, slots=True)
class Session:
    """What one session of one source used."""

    source: str
    session: str
    first_ms: int
    """Time of its first billed response, milliseconds since the Unix epoch."""
    last_ms: int
    usage: tuple[Usage, ...]
    """By day and model, so that it can be priced."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Usage summed under one label: a day, a week, a month, a model, a source, a session, or everything."""

    label: str
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    reasoning_tokens: int = 0
    messages: int = 0
    cost_micros: int = 0
    """Of the models that have a price."""
    unpriced_tokens: int = 0
    """Tokens of models nobody prices: not in `cost_micros`, and never to be shown as free."""

    @property
    def total_tokens(self) -> int:
        """Input and output."""
        return self.input_tokens + self.output_tokens

    @property
    def known_cost_micros(self) -> int | None:
        """The cost of what has a price, or None when nothing has one."""
        return None if 0 < self.unpriced_tokens == self.total_tokens else self.cost_micros

    def plus(self, usage: Usage) -> "Summary":
        """Return this summary with one more row of usage in it."""
        cost = usage.cost_micros
        return replace(
            self,
            input_tokens=self.input_tokens + usage.input_tokens,
            output_tokens=self.output_tokens + usage.output_tokens,
            cache_read_tokens=self.cache_read_tokens + usage.cache_read_tokens,
            cache_creation_tokens=self.cache_creation_tokens + usage.cache_creation_tokens,
            reasoning_tokens=self.reasoning_tokens + usage.reasoning_tokens,
            messages=self.messages + usage.messages,
            cost_micros=self.cost_micros + (cost or 0),
            unpriced_tokens=self.unpriced_tokens + (usage.total_tokens if cost is None else 0),
        )


def summed(label: str, usage: Iterable[Usage]) -> Summary:
    """Return all rows as one summary."""
    summary = Summary(label)
    for row in usage:
        summary = summary.plus(row)
    return summary


def grouped(usage: Iterable[Usage], label: Callable[[Usage], str]) -> list[Summary]:
    """Return a summary for each label, sorted by label."""
    groups: dict[str, list[Usage]] = {}
    for row in usage:
        groups.setdefault(label(row), []).append(row)
    return [summed(name, rows) for name, rows in sorted(groups.items())]


def day(usage: Usage) -> str:
    """Label a row with its UTC day, `2026-11-22`."""
    return usage.day.isoformat()


def week(usage: Usage) -> str:
    """Label a row with its ISO 8601 week, `2026-W47`: Monday to Sunday, week 1 holds the year's first Thursday."""
    year, number, _ = usage.day.isocalendar()
    return f"{year}-W{number:02}"


def month(usage: Usage) -> str:
    """Label a row with its calendar month, `2026-11`."""
    return usage.day.isoformat()[:7]
