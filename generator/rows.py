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
    OUTPUT = "output"
    UNCACHED = "uncached"


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
    output_tokens: int
    uncached_tokens: int
    """Input that was not read from a cache, and output."""
    top_provider: str
    top_source: str
    last_submission: dt.date
    """Day of the user's newest submission's `createdAt`."""
    rank_before: int | None
    """Place on the board that this one is compared with, see `queries.days_before`; None for who was not on it."""
    weeks: tuple[int, ...] = ()
    """Tokens of the last 26 times seven UTC days up to the build's, whatever the board's period; empty where all are 0
    or nobody looked."""
    has_picture: bool = False
    """Whether the site has the picture that the account shows at GitHub."""

    @property
    def avatar(self) -> str:
        """Where the picture is below the site's root."""
        return avatar(self.user_id, has_picture=self.has_picture)


@dataclass(frozen=True, slots=True)
class BoardTotals:
    """What a period adds up to, over all users."""

    users: int
    tokens: int
    cost_micros: int


@dataclass(frozen=True, slots=True)
class Board:
    """All places of one period and metric."""

    period: Period | dt.date
    """Of a month that is over its first day."""
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


class Series(Struct, frozen=True):
    """A source, a provider and a model that a user used together."""

    source: str
    provider: str
    model: str


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
    usage: list[int | None]
    """Three numbers for each series used: its place among the user's, tokens, and cents (null: unpriced)."""


class Span(Struct, frozen=True, gc=False):
    """One series' tokens in one week or month, which begins on a day."""

    start: dt.date
    place: int
    """Of the series, among the user's."""
    tokens: int


@dataclass(frozen=True, slots=True)
class Key:
    """A device's public key."""

    device: str
    fingerprint: str
    """`SHA256:…`, as `ssh-keygen -l` shows it; empty for what is no key."""
    created: dt.date
    revoked: dt.date | None
    """Since when it counts no more."""
    is_listed: bool = False
    """Whether GitHub lists it among the account's signing keys."""


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
    """From the same record, as the next two."""
    reviewer: str | None = None
    """The maintainer who looked at it; None where nobody had to."""
    reviewed: dt.date | None = None
    """UTC day of the verdict."""


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
    series: tuple[Series, ...] = ()
    """Everything used, most tokens first."""
    spans: tuple[Span, ...] = ()
    """Usage over time, by weeks for a user of less than half a year, else by months."""
    keys: tuple[Key, ...] = ()
    """Those in use first."""
    former_logins: tuple[str, ...] = ()
    """In small letters; nobody on the board has them now."""
    pioneered: tuple[str, ...] = ()
    """Models that nobody on the board used before, and at least five have used since."""
    joined_place: int = 0
    """1 for who joined first; those who joined on one day share the place."""
    picture: bytes = b""
    """The account's picture at GitHub as WebP; nothing where the site draws one."""

    @property
    def avatar(self) -> str:
        """Where the picture is below the site's root."""
        return avatar(self.user_id, has_picture=bool(self.picture))


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


def avatar(user_id: int, *, has_picture: bool) -> str:
    """Return where a user's picture is below the site's root: the account's own, or else a drawn one."""
    return f"avatars/{user_id}.{'webp' if has_picture else 'svg'}"
