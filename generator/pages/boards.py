"""The leaderboard's pages: one for each period, metric and fifty places, and for each month that is over."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from generator import format as text
from generator.graphs import sparkline
from generator.output import Page
from generator.pages.page import page
from generator.queries import WEEKS, days_before
from generator.rows import Board, BoardRow, Metric, Period
from validator.config import Leaderboard

ROWS_A_PAGE = 50
MOST_PLACES = 1000
"""Places that have pages on any board but the front page's, which has all: whoever comes after that is found there, by
the search and in the JSON. Pages that nobody turns to would be most of a large site."""
_PERIODS = {Period.ALL: "All time", Period.MONTH: "This month", Period.WEEK: "This week"}
_METRICS = {
    Metric.TOKENS: "Tokens",
    Metric.COST: "Cost",
    Metric.DAYS: "Active days",
    Metric.OUTPUT: "Output",
    Metric.UNCACHED: "Uncached",
}
_HEADINGS = {
    Period.ALL: "Leaderboard",
    Period.MONTH: "This month's leaderboard",
    Period.WEEK: "This week's leaderboard",
}
Months = list[tuple[int, list[tuple[str, str, bool]]]]
"""Years, newest first, each with its months in order: name, address, and whether it is the page's own."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where somebody stood before: which way it went since, and by how many places."""

    way: str
    """`up`, `down`, `same` or `new`."""
    places: int = 0


def board_address(period: Period | dt.date, metric: Metric, number: int = 1) -> str:
    """Return the address of a board's page below the site's root: `` for the front page, else `board/…/`.

    A month that is over, given by its first day, is below its year: `2026/10/`. It has one board, by tokens.
    """
    further = f"{number}/" if number > 1 else ""
    if isinstance(period, dt.date):
        return f"{period.year:04}/{period.month:02}/{further}"
    is_front = (period, metric) == (Period.ALL, Metric.TOKENS) and not further
    return "" if is_front else f"board/{period}/{metric}/{further}"


def board_pages(boards: Sequence[Board], leaderboard: Leaderboard, now: dt.datetime) -> Iterator[Page]:
    """Yield the pages of every board, 50 places each; a board without anybody has one page that says so."""
    closed = [board.period for board in boards if isinstance(board.period, dt.date)]
    for board in boards:
        is_front = board_address(board.period, board.metric) == ""
        shown = len(board.rows) if is_front else min(len(board.rows), MOST_PLACES)
        last_page = max(1, -(-shown // ROWS_A_PAGE))
        for number in range(1, last_page + 1):
            yield _board_page(board, closed, number, last_page, leaderboard=leaderboard, now=now)


def _board_page(
    board: Board, closed: Sequence[dt.date], number: int, last_page: int, *, leaderboard: Leaderboard, now: dt.datetime
) -> Page:
    def address(other: int) -> str | None:
        return board_address(board.period, board.metric, other) if 1 <= other <= last_page else None

    previous, period = address(number - 1), board.period
    rows = board.rows[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE]
    return page(
        board_address(period, board.metric, number),
        "board.html.j2",
        leaderboard,
        now,
        here="board",
        heading=_HEADINGS[period] if isinstance(period, Period) else text.month(period),
        page=number,
        last_page=last_page,
        # the front page's address is empty: spelled out, so that a template can tell it from none
        previous="index.html" if previous == "" else previous,
        next=address(number + 1),
        period=period,
        metric=board.metric,
        periods=[(name, board_address(each, board.metric), each == period) for each, name in _PERIODS.items()],
        metrics=_metrics(board),
        measure=_METRICS[board.metric],
        months=[] if period in {Period.ALL, Period.WEEK} else _months(closed, period),
        totals=board.totals,
        leader=_value(board.rows[0], board.metric) if board.rows else 0,
        since=_since(board, now.date()),
        weeks=WEEKS if isinstance(period, Period) else 0,
        rows=[(row, _value(row, board.metric), _move(row), sparkline.path(row.weeks)) for row in rows],
        beyond=max(0, _places(board) - number * ROWS_A_PAGE) if number == last_page else 0,
    )


def _places(board: Board) -> int:
    """Return how many there are; of a month that is over a board may hold but the first."""
    return len(board.rows) if isinstance(board.period, Period) else board.totals.users


def _metrics(board: Board) -> list[tuple[str, str, bool]]:
    if isinstance(board.period, dt.date):
        return []
    return [(name, board_address(board.period, each), each == board.metric) for each, name in _METRICS.items()]


def _months(closed: Sequence[dt.date], here: Period | dt.date) -> Months:
    """Return the months that are over; `closed` has the newest first."""
    years = groupby(closed, lambda month: month.year)
    return [(year, [_month(month, here) for month in sorted(months)]) for year, months in years]


def _month(month: dt.date, here: Period | dt.date) -> tuple[str, str, bool]:
    return text.MONTHS[month.month - 1], board_address(month, Metric.TOKENS), month == here


def _since(board: Board, today: dt.date) -> str:
    """Return what places are compared with, in words; nothing where nobody had a place then."""
    if all(row.rank_before is None for row in board.rows):
        return ""
    if isinstance(board.period, dt.date):
        return text.month(board.period - dt.timedelta(1))
    first, last = days_before(board.period, today)
    return {
        Period.ALL: f"{text.day(last)}, seven days before",
        Period.MONTH: f"{text.day(first)} to {text.day(last)}, this board seven days before",
        Period.WEEK: f"the seven days to {text.day(last)}",
    }[board.period]


def _move(row: BoardRow) -> Move:
    if row.rank_before is None:
        return Move("new")
    gained = row.rank_before - row.rank
    return Move("up" if gained > 0 else "down" if gained else "same", abs(gained))


def _value(row: BoardRow, metric: Metric) -> int:
    return {
        Metric.TOKENS: row.tokens,
        Metric.COST: row.cost_micros,
        Metric.DAYS: row.active_days,
        Metric.OUTPUT: row.output_tokens,
        Metric.UNCACHED: row.uncached_tokens,
    }[metric]
