"""The site's files, in pieces that need nothing of one another: each a pure map from the warehouse, for any process."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from generator import api, output, pages, parquet, queries
from generator.output import Page
from generator.people import People
from generator.rows import Period
from generator.search import search_pages
from generator.trends import trends
from generator.warehouse import Warehouse
from validator.config import Leaderboard


@dataclass(frozen=True, slots=True)
class Work:
    """What a process needs to write files."""

    database: Path
    folder: Path
    """Where the new site is written."""
    published: Path
    """The site as it was built before, if it was."""
    leaderboard: Leaderboard
    today: dt.datetime
    people: People | None


def write_boards(work: Work, period: Period) -> list[str]:
    """Write the boards of a period, for people and programs, and return the paths.

    With all time goes the search, which is over that board; with this month go the months that are over.
    """

    def made(warehouse: Warehouse) -> Iterator[Page]:
        today = work.today.date()
        boards = queries.boards(warehouse, period, today)
        months = queries.closed_months(warehouse, today, pages.MOST_PLACES) if period is Period.MONTH else []
        if work.people:
            boards, months = work.people.on_boards(boards), work.people.on_boards(months)
        yield from pages.board_pages([*boards, *months], work.leaderboard, work.today)
        yield from api.board_pages(boards, work.leaderboard)
        if period is Period.ALL:
            yield from search_pages(boards[0], queries.former_logins(warehouse))

    return _write(work, made)


def write_tables(work: Work) -> list[str]:
    """Write the warehouse for anyone's SQL, with the page that says what is in it, and return the paths."""
    tables = parquet.write(work.database, work.folder)
    page = pages.data_page(tables, work.leaderboard, work.today)
    return [table.path for table in tables] + output.write(work.folder, iter([page]))


def write_everyones(work: Work) -> list[str]:
    """Write what else tells of all users together, the feed and the comparison, and return the paths."""

    def made(warehouse: Warehouse) -> Iterator[Page]:
        today = work.today.date()
        newcomers = queries.newcomers(warehouse, pages.NEWCOMERS)
        leaders = queries.month_leaders(warehouse, today, pages.MONTHS)
        yield pages.feed_page(newcomers, leaders, work.leaderboard, work.today)
        yield pages.compare_page(trends(warehouse, today), work.leaderboard, work.today)
        yield pages.board_card_page(work.leaderboard)

    return _write(work, made)


def write_profiles(work: Work, first_user: int, last_user: int) -> list[str]:
    """Write everything about the users from one id to another and return the paths."""

    def old(path: str) -> bytes:
        try:
            return (work.published / path).read_bytes()
        except OSError:
            return b""

    def made(warehouse: Warehouse) -> Iterator[Page]:
        for found in queries.profiles(warehouse, work.today.date(), first_user, last_user):
            profile = work.people.on_profile(found) if work.people else found
            yield from pages.profile_pages(profile, work.leaderboard, work.today)
            yield from pages.card_pages(profile, work.leaderboard, work.today, old)
            yield api.profile_page(profile, work.leaderboard)

    return _write(work, made)


def _write(work: Work, made: Callable[[Warehouse], Iterator[Page]]) -> list[str]:
    # every processor has a task of its own
    with Warehouse(work.database, read_only=True, threads=1) as warehouse:
        return output.write(work.folder, made(warehouse))
