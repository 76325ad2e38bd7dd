"""Questions to the warehouse: a function each, its answer as rows."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain, groupby, pairwise
from operator import itemgetter
from typing import Any

from numpy.typing import NDArray

from generator.graphs.intensity import strengths
from generator.rows import (
    Board,
    BoardRow,
    BoardTotals,
    Buckets,
    Day,
    Key,
    Metric,
    MonthLeader,
    Newcomer,
    Period,
    Profile,
    Series,
    Share,
    SignedFile,
    Span,
    Stats,
)
from generator.trends import WEEKLY_DAYS
from generator.warehouse import Warehouse

Row = tuple[Any, ...]
WEEKS = 26
"""How far back `BoardRow.weeks` looks."""
LISTS = ("shares", "files", "series", "devices", "logins", "pioneers")
"""What a profile lists, each from the query of that name; not everybody has something in each."""


def user_ids(warehouse: Warehouse) -> list[int]:
    """Return the ids of all users who are shown, ascending."""
    return [user_id for (user_id,) in warehouse.rows("user_ids")]


def logins(warehouse: Warehouse) -> list[str]:
    """Return what the pages of everyone shown are called, by user id."""
    return [login for (login,) in warehouse.rows("logins")]


def former_logins(warehouse: Warehouse) -> dict[int, list[str]]:
    """Return the logins of earlier of whoever has some, in small letters, by user id."""
    rows = warehouse.rows("profile_logins", first_user=0, last_user=2**63 - 1)
    return {user_id: [login for (login,) in own] for user_id, own in _by_user(rows).items()}


def newcomers(warehouse: Warehouse, most: int) -> list[Newcomer]:
    """Return the users who joined last, at most so many, the newest first."""
    return [Newcomer(*row) for row in warehouse.rows("newcomers", most=most)]


def month_leaders(warehouse: Warehouse, today: dt.date, most: int) -> list[MonthLeader]:
    """Return who used most in each month before that of a UTC day, at most so many months, the newest first."""
    return [MonthLeader(*row) for row in warehouse.rows("month_leaders", today=today, most=most)]


def boards(warehouse: Warehouse, period: Period, today: dt.date) -> list[Board]:
    """Return a period's boards as of a UTC day, one for each metric in the order of Metric."""
    weeks = _weeks(warehouse, today)
    first, last = days_of(period, today)
    first_before, last_before = days_before(period, today)
    windows = {"first": first, "last": last, "first_before": first_before, "last_before": last_before}
    rows: dict[Metric, list[BoardRow]] = {metric: [] for metric in Metric}
    for metric, rank, user_id, *fields in warehouse.rows("boards", **windows):
        rows[Metric(metric)].append(BoardRow(*[rank, user_id, *fields, weeks.get(user_id, ())]))
    everyone = rows[Metric.TOKENS]
    totals = BoardTotals(
        users=len(everyone),
        tokens=sum(row.tokens for row in everyone),
        cost_micros=sum(row.cost_micros for row in everyone),
    )
    return [Board(period, metric, tuple(rows[metric]), totals) for metric in Metric]


def closed_months(warehouse: Warehouse, today: dt.date, most: int) -> list[Board]:
    """Return the board by tokens of every month with usage before that of a UTC day, the newest first.

    Each has so many places at most; its totals are of everyone.
    """
    boards = []
    for month, own in groupby(warehouse.rows("closed_months", today=today, most=most), itemgetter(0)):
        rows = list(own)
        places = tuple(BoardRow(*fields) for _, _, _, _, *fields in rows)
        boards.append(Board(month, Metric.TOKENS, places, BoardTotals(*rows[0][1:4])))
    return boards


def days_of(period: Period, today: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last day a period looks at: the month up to its end, the week up to today."""
    match period:
        case Period.ALL:
            return dt.date.min, dt.date.max
        case Period.MONTH:
            following = today.replace(day=28) + dt.timedelta(4)
            return today.replace(day=1), following - dt.timedelta(following.day)
        case Period.WEEK:
            return today - dt.timedelta(6), today


def days_before(period: Period, today: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last day of the board that a period's places are compared with.

    It is the board of that name as it stood seven days before today: all usage up to then; the seven days up to then;
    the month up to then, which in a month's first week is the month before.
    """
    then = today - dt.timedelta(7)
    return days_of(period, then)[0], then


def _weeks(warehouse: Warehouse, today: dt.date) -> dict[int, tuple[int, ...]]:
    """Return the tokens of each of the last WEEKS weeks of every user who has any in them, by user id."""
    found: dict[int, list[int]] = {}
    columns = (column.tolist() for column in warehouse.columns("weeks", today=today, weeks=WEEKS))
    for user_id, week, tokens in zip(*columns, strict=True):
        found.setdefault(user_id, [0] * WEEKS)[week] = tokens
    return {user_id: tuple(tokens) for user_id, tokens in found.items()}


def profiles(warehouse: Warehouse, today: dt.date, first_user: int, last_user: int) -> Iterator[Profile]:
    """Yield everyone shown whose id lies between two, by id. A handful of queries, however many users."""
    between = {"first_user": first_user, "last_user": last_user}
    # every user shown has rows in each of these, so they stay in step
    answers = zip(
        warehouse.rows("profile_stats", today=today, **between),
        _days(warehouse, between),
        _spans(warehouse, today, between),
        strict=True,
    )
    lists = {name: _by_user(warehouse.rows(f"profile_{name}", **between)) for name in LISTS}
    for stats, days, spans in answers:
        yield _profile(stats, days, spans, {name: rows.get(stats[0], []) for name, rows in lists.items()})


def _by_user(rows: Iterator[Row]) -> dict[int, list[Row]]:
    """Return rows without the user's id, by that id."""
    return {user_id: [row[1:] for row in own] for user_id, own in groupby(rows, itemgetter(0))}


def _profile(row: Row, days: tuple[Day, ...], spans: tuple[Span, ...], lists: Mapping[str, list[Row]]) -> Profile:
    user_id, login, display_name, joined, rank, devices, joined_place, *stats = row
    shares = {name: tuple(Share(*share[1:]) for share in own) for name, own in groupby(lists["shares"], itemgetter(0))}
    return Profile(
        user_id=user_id,
        login=login,
        display_name=display_name,
        joined=joined,
        rank=rank,
        stats=Stats(Buckets(*stats[:5]), *stats[5:]),
        days=days,
        providers=shares["provider"],
        sources=shares["source"],
        models=shares["model"],
        files=tuple(_signed_file(file) for file in lists["files"]),
        devices=devices,
        series=tuple(Series(*names) for names in lists["series"]),
        spans=spans,
        keys=tuple(Key(*key) for key in lists["devices"]),
        former_logins=tuple(login for (login,) in lists["logins"]),
        pioneered=tuple(model for (model,) in lists["pioneers"]),
        joined_place=joined_place,
    )


def _days(warehouse: Warehouse, between: Mapping[str, int]) -> Iterator[tuple[Day, ...]]:
    """Yield the active days of each user who has any."""
    users, *columns = warehouse.columns("profile_days", **between)
    usage = warehouse.columns("profile_usage", **between)
    used = 0
    for own in _runs(users):
        # numbers become Python's own user by user: all at once would take a quarter longer and more memory
        dates, tokens, costs, unpriced, *buckets, counts = (column[own].tolist() for column in columns)
        following = used + sum(counts)
        usages = _usages([column[used:following].tolist() for column in usage], counts)
        yield tuple(map(Day, dates, tokens, strengths(tokens), costs, unpriced, map(Buckets, *buckets), usages))
        used = following


def _usages(columns: Sequence[list[int]], counts: Sequence[int]) -> Iterator[list[int | None]]:
    """Yield what Day.usage has of each of a user's days, on which so many series were used."""
    places, tokens, cents = columns
    priced = [None if each < 0 else each for each in cents]
    flat = list(chain.from_iterable(zip(places, tokens, priced, strict=True)))
    for start, end in pairwise(accumulate(counts, initial=0)):
        yield flat[3 * start : 3 * end]


def _runs(users: NDArray[Any]) -> Iterator[slice]:
    """Yield where the rows of each user are, of which a column has the ids in order."""
    ids = users.tolist()
    start = 0
    while start < len(ids):
        end = bisect_right(ids, ids[start], start)
        yield slice(start, end)
        start = end


def _spans(warehouse: Warehouse, today: dt.date, between: Mapping[str, int]) -> Iterator[tuple[Span, ...]]:
    """Yield the usage over time of each user who has any."""
    weekly_from = today - dt.timedelta(WEEKLY_DAYS)
    users, *columns = warehouse.columns("profile_spans", weekly_from=weekly_from, **between)
    for own in _runs(users):
        yield tuple(map(Span, *(column[own].tolist() for column in columns)))


def _signed_file(row: Row) -> SignedFile:
    path, device, period, revision, digest, commit, tokens, created, *review = row
    verdict, pull_request, reviewer, reviewed = review
    return SignedFile(
        path=path,
        device=device,
        period=period,
        revision=revision,
        hash=digest,
        commit=commit,
        tokens=tokens,
        created=created.replace(tzinfo=dt.UTC),
        verdict=verdict,
        pull_request=pull_request,
        reviewer=reviewer,
        reviewed=reviewed.date() if reviewed else None,
    )
