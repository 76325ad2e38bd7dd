"""The leaderboard's pages: one for each period, metric and fifty places."""

import datetime as dt
from collections.abc import Iterator, Sequence

from generator.output import Page
from generator.pages.page import page
from generator.rows import Board, BoardRow, Metric, Period
from validator.config import Leaderboard

ROWS_A_PAGE = 50
_PERIODS = {Period.ALL: "All time", Period.MONTH: "This month", Period.WEEK: "This week"}
_METRICS = {Metric.TOKENS: "Tokens", Metric.COST: "Cost", Metric.DAYS: "Active days"}
_HEADINGS = {
    Period.ALL: "Leaderboard",
    Period.MONTH: "This month's leaderboard",
    Period.WEEK: "This week's leaderboard",
}


def board_address(period: Period, metric: Metric, number: int = 1) -> str:
    """Return the address of a board's page below the site's root: `` for the front page, else `board/…/`."""
    if number > 1:
        return f"board/{period}/{metric}/{number}/"
    return "" if (period, metric) == (Period.ALL, Metric.TOKENS) else f"board/{period}/{metric}/"


def board_pages(boards: Sequence[Board], leaderboard: Leaderboard, now: dt.datetime) -> Iterator[Page]:
    """Yield every page of every board, 50 places each; a board without anybody has one page that says so."""
    for board in boards:
        last_page = max(1, -(-len(board.rows) // ROWS_A_PAGE))
        for number in range(1, last_page + 1):
            yield _board_page(board, number, last_page, leaderboard, now)


def _board_page(board: Board, number: int, last_page: int, leaderboard: Leaderboard, now: dt.datetime) -> Page:
    def address(other: int) -> str | None:
        return board_address(board.period, board.metric, other) if 1 <= other <= last_page else None

    previous = address(number - 1)
    return page(
        board_address(board.period, board.metric, number),
        "board.html.j2",
        leaderboard,
        now,
        here="board",
        heading=_HEADINGS[board.period],
        page=number,
        last_page=last_page,
        # the front page's address is empty: spelled out, so that a template can tell it from none
        previous="index.html" if previous == "" else previous,
        next=address(number + 1),
        period=board.period,
        metric=board.metric,
        periods=[(name, board_address(each, board.metric), each == board.period) for each, name in _PERIODS.items()],
        metrics=[(name, board_address(board.period, each), each == board.metric) for each, name in _METRICS.items()],
        totals=board.totals,
        leader=_value(board.rows[0], board.metric) if board.rows else 0,
        rows=board.rows[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE],
    )


def _value(row: BoardRow, metric: Metric) -> int:
    return {Metric.TOKENS: row.tokens, Metric.COST: row.cost_micros, Metric.DAYS: row.active_days}[metric]
