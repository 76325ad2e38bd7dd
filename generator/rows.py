"""What the queries answer and the pages show: one frozen row type per question.

Rows that come by the hundred thousand are msgspec structs, made twenty times as fast as dataclasses; the rest are
dataclasses. Tokens are whole tokens, money is whole micro-dollars (10⁻⁶ US dollars), days are UTC. Every list is in
its final order.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct


class Period(StrEnum):
    """Which days a board looks at: all, the current UTC calendar month, the seven UTC days up to the build's."""

    ALL = "all"
    MONTH = "month"
    WEEK = "week"


class Metric(StrEnum):
    """What a board is ordered by."""

    TOKENS = "tokens"
    COST = "cost"
    DAYS = "days"


class Buckets(Struct, frozen=True, gc=False):
    """Summed tokens: `input` and `output` are wholes, cache and reasoning are parts of them."""

    input: int
    output: int
    cache_read: int
    cache_creation: int
    reasoning: int

    @property
    def total(self) -> int:
        """Input and output."""
        return self.input + self.output


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One user's place on one board."""

    rank: int
    """1-based; equal values share a rank, order among them is by user id."""
    user_id: int
    login: str
    """What the user's pages are called: unique whatever the case. Of two users who claim one login, the one whose
    profile changed last has it; the other's is followed by `~` and the user id, which no login can hold."""
    display_name: str
    tokens: int
    cost_micros: int
    unpriced_tokens: int
    """Tokens of models nobody prices; they cost nothing in `cost_micros` and the page says so."""
    active_days: int
    top_provider: str
    top_source: str
    last_submission: dt.date
    """Day of the user's newest submission's `createdAt`."""


@dataclass(frozen=True, slots=True)
class BoardTotals:
    """What a period adds up to, over all users."""

    users: int
    tokens: int
    cost_micros: int


@dataclass(frozen=True, slots=True)
class Board:
    """All places of one period and metric."""

    period: Period
    metric: Metric
    rows: tuple[BoardRow, ...]
    totals: BoardTotals


@dataclass(frozen=True, slots=True)
class Share:
    """One provider's, source's or model's part of a user's usage."""

    name: str
    tokens: int
    cost_micros: int
    unpriced_tokens: int
    messages: int


class Mix(Struct, frozen=True, gc=False):
    """What was used on a day: names that occur, each once and sorted."""

    sources: tuple[str, ...]
    providers: tuple[str, ...]
    models: tuple[str, ...]
    used_models: tuple[str, ...]
    """The model of each (source, provider, model), in their order."""


class Day(Struct, frozen=True, gc=False):
    """One active day of one user."""

    date: dt.date
    tokens: int
    intensity: int
    """1..4 by quantiles of the user's own active days (days that are absent are 0)."""
    cost_micros: int
    unpriced_tokens: int
    """Tokens of models nobody prices; they cost nothing in `cost_micros`."""
    buckets: Buckets
    mix: Mix


@dataclass(frozen=True, slots=True)
class SignedFile:
    """Where a number comes from: one merged submission."""

    path: str
    device: str
    period: str
    revision: int
    hash: str
    commit: str
    """The merge commit on main that last changed the file."""
    tokens: int
    created: dt.datetime
    verdict: str
    """`verified` or `flagged` as the bot recorded it for these bytes; empty where it recorded nothing."""
    pull_request: int | None
    """From the same record."""


@dataclass(frozen=True, slots=True)
class Stats:
    """A user's totals over all time."""

    buckets: Buckets
    cost_micros: int
    unpriced_tokens: int
    active_days: int
    current_streak: int
    """Days in a row up to the build's day or the day before it."""
    longest_streak: int
    average_tokens_per_day: int
    """Per active day, rounded down."""
    peak_day: dt.date
    peak_tokens: int


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything one profile page shows."""

    user_id: int
    login: str
    display_name: str
    joined: dt.date
    """Day of the first merged submission."""
    rank: int
    """Place on the board of all time by tokens."""
    stats: Stats
    days: tuple[Day, ...]
    providers: tuple[Share, ...]
    sources: tuple[Share, ...]
    models: tuple[Share, ...]
    files: tuple[SignedFile, ...]
    devices: int


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A user with the day of the first merged submission."""

    user_id: int
    login: str
    display_name: str
    joined: dt.date


@dataclass(frozen=True, slots=True)
class MonthLeader:
    """Who used most tokens in a UTC calendar month that is over; `month` is its first day."""

    month: dt.date
    user_id: int
    login: str
    display_name: str
    tokens: int
