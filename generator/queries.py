"""Questions to the warehouse: a function each, its answer as rows."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

from generator.graphs.intensity import strengths
from generator.rows import (
    Board,
    BoardRow,
    BoardTotals,
    Buckets,
    Day,
    Metric,
    Mix,
    MonthLeader,
    Newcomer,
    Period,
    Profile,
    Share,
    SignedFile,
    Stats,
)
from generator.warehouse import Warehouse

Row = tuple[Any, ...]


def user_ids(warehouse: Warehouse) -> list[int]:
    """Return the ids of all users who are shown, ascending."""
    return [user_id for (user_id,) in warehouse.rows("user_ids")]


def newcomers(warehouse: Warehouse, most: int) -> list[Newcomer]:
    """Return the users who joined last, at most so many, the newest first."""
    return [Newcomer(*row) for row in warehouse.rows("newcomers", most=most)]


def month_leaders(warehouse: Warehouse, today: dt.date, most: int) -> list[MonthLeader]:
    """Return who used most in each month before that of a UTC day, at most so many months, the newest first."""
    return [MonthLeader(*row) for row in warehouse.rows("month_leaders", today=today, most=most)]


def boards(warehouse: Warehouse, today: dt.date) -> list[Board]:
    """Return every board as of a UTC day: each period in the order of Period, and in it each metric."""
    return [board for period in Period for board in _boards_of(warehouse, period, today)]


def _boards_of(warehouse: Warehouse, period: Period, today: dt.date) -> Iterator[Board]:
    first, last = days_of(period, today)
    rows: dict[Metric, list[BoardRow]] = {metric: [] for metric in Metric}
    for metric, *fields in warehouse.rows("boards", first=first, last=last):
        rows[Metric(metric)].append(BoardRow(*fields))
    everyone = rows[Metric.TOKENS]
    totals = BoardTotals(
        users=len(everyone),
        tokens=sum(row.tokens for row in everyone),
        cost_micros=sum(row.cost_micros for row in everyone),
    )
    for metric in Metric:
        yield Board(period, metric, tuple(rows[metric]), totals)


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


def profiles(warehouse: Warehouse, today: dt.date, first_user: int, last_user: int) -> Iterator[Profile]:
    """Yield everyone shown whose id lies between two, by id. A handful of queries, however many users."""
    between = {"first_user": first_user, "last_user": last_user}
    # every user shown has rows in each of these, so they stay in step
    answers = zip(
        warehouse.rows("profile_stats", today=today, **between),
        _days(warehouse, between),
        _by_user(warehouse.rows("profile_shares", **between)),
        _by_user(warehouse.rows("profile_files", **between)),
        strict=True,
    )
    for stats, days, shares, files in answers:
        yield _profile(stats, days, shares, files)


def _by_user(rows: Iterator[Row]) -> Iterator[Iterator[Row]]:
    return (own for _, own in groupby(rows, itemgetter(0)))


def _profile(row: Row, days: tuple[Day, ...], shares: Iterator[Row], files: Iterator[Row]) -> Profile:
    user_id, login, display_name, joined, rank, devices, *stats = row
    by_dimension = {name: tuple(Share(*share[2:]) for share in own) for name, own in groupby(shares, itemgetter(1))}
    return Profile(
        user_id=user_id,
        login=login,
        display_name=display_name,
        joined=joined,
        rank=rank,
        stats=Stats(Buckets(*stats[:5]), *stats[5:]),
        days=days,
        providers=by_dimension["provider"],
        sources=by_dimension["source"],
        models=by_dimension["model"],
        files=tuple(_signed_file(file) for file in files),
        devices=devices,
    )


def _days(warehouse: Warehouse, between: Mapping[str, int]) -> Iterator[tuple[Day, ...]]:
    """Yield the active days of each user who has any."""
    columns = warehouse.columns("profile_days", **between)
    users, dates, tokens, costs, unpriced, series_counts, *buckets = columns
    every_bucket = list(map(Buckets, *buckets))
    mixes = _mixes(warehouse, series_counts, between)
    start = 0
    while start < len(users):
        end = bisect_right(users, users[start], start)
        own = slice(start, end)
        strong = strengths(tokens[own])
        fields = (dates[own], tokens[own], strong, costs[own], unpriced[own], every_bucket[own], mixes[own])
        yield tuple(map(Day, *fields))
        start = end


def _mixes(warehouse: Warehouse, counts: list[int], between: Mapping[str, int]) -> list[Mix]:
    """Return what was used on each day, given how many series each has; days alike share one Mix."""
    names = {number: tuple(series) for number, *series in warehouse.rows("series_names")}
    (series,) = warehouse.columns("profile_series", **between)
    known: dict[tuple[int, ...], Mix] = {}
    mixes = []
    for count, end in zip(counts, accumulate(counts), strict=True):
        numbers = tuple(series[end - count : end])
        mix = known.get(numbers)
        if mix is None:
            mix = known[numbers] = _mix([names[number] for number in numbers])
        mixes.append(mix)
    return mixes


def _mix(series: list[tuple[str, ...]]) -> Mix:
    ordered = sorted(series)
    sources, providers, models = (tuple(sorted(set(names))) for names in zip(*ordered, strict=True))
    return Mix(sources, providers, models, tuple(model for _, _, model in ordered))


def _signed_file(row: Row) -> SignedFile:
    _, path, device, period, revision, digest, commit, tokens, created, verdict, pull_request = row
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
    )
