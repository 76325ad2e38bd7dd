"""Build a site: the stages in order, from the files of a store to a folder that any web server can serve."""

import datetime as dt
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

from generator import GeneratorError, api, output, pages, parquet, queries
from generator.flagged import FlaggedSubmission
from generator.history import Entry, Skipped, entries
from generator.load import load
from generator.lost import check_nobody_lost
from generator.output import Page
from generator.people import Account, Asker, People, ask_nobody
from generator.rows import Board
from generator.search import search_pages
from generator.trends import trends
from generator.warehouse import Warehouse
from validator.board import leaderboard_at
from validator.config import Leaderboard
from validator.git import Repository

CHUNK = 250
"""Users written by one task: a few seconds, most of it for the PNGs. Fewer than that are not worth a process."""

Progress = Callable[[str, int, int], None]
"""Told (what is being done, how much is done, of how much); the last is 0 where nobody knows."""


def _silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


def _content(users: list[int]) -> None:
    """Object to nobody's absence."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made, and which files of the store it could not count."""

    users: int
    pages: int
    skipped: tuple[Skipped, ...]


def build(
    repository: Path,
    revision: str,
    site: Path,
    now: dt.datetime,
    *,
    published: Collection[int] = (),
    flagged: Sequence[FlaggedSubmission] = (),
    people: Asker = ask_nobody,
    progress: Progress = _silent,
) -> BuildReport:
    """Build the site of a store at a revision, from Git objects alone, into the folder `site`.

    Title, address and repository are those that the revision itself states. `published` are the ids of the users whom
    the site has so far, `flagged` what waits for a maintainer, `people` is asked what is known of accounts. Raises
    GeneratorError when a user would be lost, ValidatorError when the repository or its settings cannot be read, and
    whatever `build_entries` raises; nothing is replaced then.
    """
    with Repository(repository) as git:
        if git.is_shallow:
            raise GeneratorError(
                f"{repository} has only the end of its history.", "Fetch the rest: git fetch --unshallow."
            )
        leaderboard, commit = leaderboard_at(git, revision), git.resolve(revision)

        def check(users: list[int]) -> None:
            check_nobody_lost(git, commit, published, users)

        return build_entries(
            entries(git, commit),
            site,
            leaderboard,
            now,
            revision=commit,
            flagged=flagged,
            check=check,
            people=people,
            progress=progress,
        )


def build_entries(
    store: Iterable[Entry | Skipped],
    site: Path,
    leaderboard: Leaderboard,
    now: dt.datetime,
    *,
    revision: str | None = None,
    flagged: Sequence[FlaggedSubmission] = (),
    check: Callable[[list[int]], None] = _content,
    people: Asker = ask_nobody,
    progress: Progress = _silent,
    processes: int | None = None,
) -> BuildReport:
    """Build a site from files of a store, wherever they come from.

    `revision` is the commit they are from, if from any. `check` is told the ids of all users before anything is
    written, and may raise. Of `now` only the UTC day counts: two builds of a store on one day give the same bytes, on
    any machine and with any number of processes (None: one for each processor), if `people` answers the same. Raises
    GeneratorError when the site cannot be written or another build is at it; what was published before is then as it
    was.
    """
    today = dt.datetime.combine(now.astimezone(dt.UTC).date(), dt.time(), dt.UTC)
    with output.workspace(site) as place:
        database = place.folder / "warehouse.duckdb"
        with Warehouse(database) as warehouse:
            skipped = load(warehouse, _counted(store, progress))
        with Warehouse(database, read_only=True) as warehouse:
            users = queries.user_ids(warehouse)
            check(users)
            everyone = _read_everyone(warehouse, leaderboard, today)
        progress("Asking about people", 0, 0)
        known = people([Account(*each) for each in zip(users, everyone.logins, strict=True)])
        tables = parquet.write(database, place.new)
        made = chain(
            _pages(everyone, known, tables, leaderboard, today),
            [pages.review_page(flagged, leaderboard, today)],
            [api.flagged_page(flagged), api.build_page(revision, today.date(), users)],
        )
        paths = [table.path for table in tables] + output.write(place.new, made)
        paths += output.write(place.new, pages.sitemap_pages(paths, everyone.logins, leaderboard))
        work = partial(_write_profiles, _Work(database, place.new, site, leaderboard, today, known))
        paths += _for_all(work, users, progress, processes or os.cpu_count() or 1)
        output.check_distinct(paths)
        output.swap(place, site)
    return BuildReport(len(users), len(paths), tuple(skipped))


@dataclass(frozen=True, slots=True)
class _Everyone:
    """What is told of all users together."""

    logins: Sequence[str]
    """By user id."""
    boards: Sequence[Board]
    """The first is the one that has everybody: all time, by tokens."""
    months: Sequence[Board]
    pages: Sequence[Page]
    """Finished ones: the feed and the comparison."""


def _read_everyone(warehouse: Warehouse, leaderboard: Leaderboard, today: dt.datetime) -> _Everyone:
    return _Everyone(
        queries.logins(warehouse),
        queries.boards(warehouse, today.date()),
        queries.closed_months(warehouse, today.date(), pages.MOST_PLACES),
        list(_everyones_pages(warehouse, leaderboard, today)),
    )


def _pages(
    everyone: _Everyone,
    known: People | None,
    tables: Sequence[parquet.Table],
    leaderboard: Leaderboard,
    today: dt.datetime,
) -> Iterator[Page]:
    """Yield every page but those of single users and of what waits."""
    boards, months = (known.on_boards(each) if known else each for each in (everyone.boards, everyone.months))
    yield from pages.asset_pages()
    yield from pages.site_pages(leaderboard, today)
    yield from everyone.pages
    yield pages.board_card_page(leaderboard)
    yield pages.data_page(tables, leaderboard, today)
    yield from pages.board_pages([*boards, *months], leaderboard, today)
    yield from api.board_pages(boards, leaderboard)
    yield from search_pages(boards[0])


def _everyones_pages(warehouse: Warehouse, leaderboard: Leaderboard, today: dt.datetime) -> Iterator[Page]:
    """Yield what tells of all users together, boards aside."""
    newcomers = queries.newcomers(warehouse, pages.NEWCOMERS)
    leaders = queries.month_leaders(warehouse, today.date(), pages.MONTHS)
    yield pages.feed_page(newcomers, leaders, leaderboard, today)
    yield pages.compare_page(trends(warehouse, today.date()), leaderboard, today)


def _counted(store: Iterable[Entry | Skipped], progress: Progress) -> Iterator[Entry | Skipped]:
    for number, entry in enumerate(store, 1):
        yield entry
        if number % 100 == 0:
            progress("Reading submissions", number, 0)


def _for_all(
    work: Callable[[tuple[int, int]], list[str]], users: list[int], progress: Progress, processes: int
) -> list[str]:
    """Do work for ranges of users (first and last id), in other processes where there are many; return all paths."""
    ranges = [(users[start], users[start : start + CHUNK][-1]) for start in range(0, len(users), CHUNK)]
    title = "Writing profiles"
    if processes == 1 or len(ranges) < 2:
        paths: list[str] = []
        for done, chunk in enumerate(ranges, 1):
            paths += work(chunk)
            progress(title, min(done * CHUNK, len(users)), len(users))
        return paths
    # spawned, not forked: a fork would copy DuckDB's locks in whatever state its threads have them
    pool = ProcessPoolExecutor(min(processes, len(ranges)), get_context("spawn"))
    try:
        tasks = [pool.submit(work, chunk) for chunk in ranges]
        for done, _ in enumerate(as_completed(tasks), 1):
            progress(title, min(done * CHUNK, len(users)), len(users))
        return [path for task in tasks for path in task.result()]
    except BrokenProcessPool:
        raise GeneratorError("A process of the build was killed.", "Is there enough memory?") from None
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Work:
    """What a process needs to write users' files."""

    database: Path
    folder: Path
    """Where the new site is written."""
    published: Path
    """The site as it was built before, if it was."""
    leaderboard: Leaderboard
    today: dt.datetime
    people: People | None


def _write_profiles(work: _Work, users: tuple[int, int]) -> list[str]:
    """Write everything about the users from one id to another and return the paths: a pure map, for any process."""

    def old(path: str) -> bytes:
        try:
            return (work.published / path).read_bytes()
        except OSError:
            return b""

    def made(warehouse: Warehouse) -> Iterator[Page]:
        for found in queries.profiles(warehouse, work.today.date(), *users):
            profile = work.people.on_profile(found) if work.people else found
            yield from pages.profile_pages(profile, work.leaderboard, work.today)
            yield from pages.card_pages(profile, work.leaderboard, work.today, old)
            yield api.profile_page(profile, work.leaderboard)

    # every processor has a task of its own
    with Warehouse(work.database, read_only=True, threads=1) as warehouse:
        return output.write(work.folder, made(warehouse))
