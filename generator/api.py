"""The site's data as static JSON, for programs: leaderboards page by page, users, the flagged queue.

Money is in US dollars, written with at most six decimals and exactly. Dates are ISO 8601. Keys keep their order.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal

import msgspec
from msgspec import Struct

from generator.flagged import FlaggedSubmission
from generator.output import Page
from generator.rows import Board, BoardRow, Day, Profile, Series, Share
from validator.config import Leaderboard

PAGE_SIZE = 50


class Place(Struct, rename="camel"):
    """One user on a board. `unpriced_tokens` are of models nobody prices: they are not in `total_cost`.

    `uncached_tokens` are input that was not read from a cache, and output; `rank_before` is the place on the same board
    seven days earlier, null for who was not on it.
    """

    rank: int
    username: str
    display_name: str
    avatar_url: str
    total_tokens: int
    total_cost: Decimal
    unpriced_tokens: int
    active_days: int
    output_tokens: int
    uncached_tokens: int
    top_provider: str
    top_source: str
    last_submission: dt.date
    rank_before: int | None


class Pagination(Struct, rename="camel"):
    """Which page of how many users; pages count from 1."""

    page: int
    limit: int
    total: int
    has_more: bool


class BoardStats(Struct, rename="camel"):
    """A whole period, over all its users."""

    total_users: int
    total_tokens: int
    total_cost: Decimal


class BoardPage(Struct, rename="camel"):
    """`/api/leaderboard/<period>/<metric>/<page>.json`."""

    users: list[Place]
    pagination: Pagination
    stats: BoardStats


class User(Struct, rename="camel"):
    """Who it is. `rank` is of all time, by tokens."""

    username: str
    display_name: str
    avatar_url: str
    joined_at: dt.date
    rank: int


class Peak(Struct):
    """The day with most tokens."""

    date: dt.date
    tokens: int


class UserStats(Struct, rename="camel"):
    """Totals over all time."""

    total_tokens: int
    total_cost: Decimal
    unpriced_tokens: int
    input_tokens: int
    output_tokens: int
    cache_creation_tokens: int
    cache_read_tokens: int
    reasoning_tokens: int
    active_days: int
    current_streak: int
    longest_streak: int
    avg_tokens_per_day: int
    peak_day: Peak


class Contributions(Struct, rename="camel"):
    """The active days, a column for each of their numbers: the third value of each belongs to the third day.

    `count` is a day's tokens, `intensity` 1..4; days that are absent have none, and intensity 0. `usage` has three
    numbers for each series used: its place in `series` (from 0), tokens, and whole cents (null: unpriced).
    """

    date: list[dt.date]
    count: list[int]
    intensity: list[int]
    cost: list[Decimal]
    input_tokens: list[int]
    output_tokens: list[int]
    cache_read_tokens: list[int]
    cache_creation_tokens: list[int]
    reasoning_tokens: list[int]
    usage: list[list[int | None]]


class Part(Struct, rename="camel"):
    """What one provider, source or model adds up to."""

    name: str
    total_tokens: int
    total_cost: Decimal
    unpriced_tokens: int
    messages: int


class Breakdown(Struct, rename="camel"):
    """All usage three times over, most tokens first."""

    by_provider: list[Part]
    by_source: list[Part]
    by_model: list[Part]


class UserPage(Struct, rename="camel"):
    """`/api/users/<login>.json`."""

    user: User
    stats: UserStats
    contributions: Contributions
    series: tuple[Series, ...]
    breakdown: Breakdown


class Flagged(Struct):
    """`/api/flagged.json`: what waits for a maintainer. It waits in pull requests, so a store alone holds none."""

    submissions: list[FlaggedSubmission]


class Build(Struct):
    """`/api/build.json`: what the site was made from, so that anyone can make it again, and whom it shows."""

    revision: str | None
    """The commit; null for a site that is not made from Git."""
    day: dt.date
    """UTC day that weeks, months and streaks end with."""
    users: list[int]
    """GitHub's ids, ascending."""


_encoder = msgspec.json.Encoder(decimal_format="number")
_exact = Context(prec=38)  # the digits of the largest sum that a warehouse holds
_MILLION = Decimal(1_000_000)


def board_pages(boards: Iterable[Board], leaderboard: Leaderboard) -> Iterator[Page]:
    """Yield every page of every board; a board without users has one empty page."""
    for board in boards:
        folder = f"api/leaderboard/{board.period}/{board.metric}"
        stats = BoardStats(board.totals.users, board.totals.tokens, dollars(board.totals.cost_micros))
        total = len(board.rows)
        for start in range(0, max(total, 1), PAGE_SIZE):
            users = [_place(row, leaderboard) for row in board.rows[start : start + PAGE_SIZE]]
            number = start // PAGE_SIZE + 1
            pagination = Pagination(number, PAGE_SIZE, total, start + PAGE_SIZE < total)
            yield _page(f"{folder}/{number}.json", BoardPage(users, pagination, stats))


def profile_page(profile: Profile, leaderboard: Leaderboard) -> Page:
    """Return one user's data."""
    user = User(
        profile.login,
        profile.display_name,
        f"{leaderboard.site_url}{profile.avatar}",
        profile.joined,
        profile.rank,
    )
    breakdown = Breakdown(_parts(profile.providers), _parts(profile.sources), _parts(profile.models))
    contributions = _contributions(profile.days)
    content = UserPage(user, _stats(profile), contributions, profile.series, breakdown)
    return _page(f"api/users/{profile.login}.json", content)


def flagged_page(flagged: Iterable[FlaggedSubmission]) -> Page:
    """Return the flagged queue."""
    return _page("api/flagged.json", Flagged(list(flagged)))


def build_page(revision: str | None, day: dt.date, users: list[int]) -> Page:
    """Return what this build is of."""
    return _page("api/build.json", Build(revision, day, users))


def dollars(micros: int) -> Decimal:
    """Return micro-dollars as dollars, exactly and without trailing zeros, however large."""
    return _exact.divide(micros, _MILLION)


def _page(path: str, content: Struct) -> Page:
    return Page(path, _encoder.encode(content) + b"\n")


def _place(row: BoardRow, leaderboard: Leaderboard) -> Place:
    return Place(
        rank=row.rank,
        username=row.login,
        display_name=row.display_name,
        avatar_url=f"{leaderboard.site_url}{row.avatar}",
        total_tokens=row.tokens,
        total_cost=dollars(row.cost_micros),
        unpriced_tokens=row.unpriced_tokens,
        active_days=row.active_days,
        output_tokens=row.output_tokens,
        uncached_tokens=row.uncached_tokens,
        top_provider=row.top_provider,
        top_source=row.top_source,
        last_submission=row.last_submission,
        rank_before=row.rank_before,
    )


def _stats(profile: Profile) -> UserStats:
    stats, buckets = profile.stats, profile.stats.buckets
    return UserStats(
        total_tokens=buckets.total,
        total_cost=dollars(stats.cost_micros),
        unpriced_tokens=stats.unpriced_tokens,
        input_tokens=buckets.input,
        output_tokens=buckets.output,
        cache_creation_tokens=buckets.cache_creation,
        cache_read_tokens=buckets.cache_read,
        reasoning_tokens=buckets.reasoning,
        active_days=stats.active_days,
        current_streak=stats.current_streak,
        longest_streak=stats.longest_streak,
        avg_tokens_per_day=stats.average_tokens_per_day,
        peak_day=Peak(stats.peak_day, stats.peak_tokens),
    )


def _contributions(days: Sequence[Day]) -> Contributions:
    buckets = [day.buckets for day in days]
    return Contributions(
        date=[day.date for day in days],
        count=[day.tokens for day in days],
        intensity=[day.intensity for day in days],
        cost=[dollars(day.cost_micros) for day in days],
        input_tokens=[each.input for each in buckets],
        output_tokens=[each.output for each in buckets],
        cache_read_tokens=[each.cache_read for each in buckets],
        cache_creation_tokens=[each.cache_creation for each in buckets],
        reasoning_tokens=[each.reasoning for each in buckets],
        usage=[day.usage for day in days],
    )


def _parts(shares: Iterable[Share]) -> list[Part]:
    return [
        Part(share.name, share.tokens, dollars(share.cost_micros), share.unpriced_tokens, share.messages)
        for share in shares
    ]
