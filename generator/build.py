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

from generator import GeneratorError, api, output, pages, queries
from generator.flagged import FlaggedSubmission
from generator.history import Entry, Skipped, entries
from generator.load import load
from generator.lost import check_nobody_lost
from generator.people import Account, Asker, ask_nobody
from generator.rows import Period
from generator.warehouse import Warehouse
from generator.work import Work, write_boards, write_everyones, write_profiles, write_tables
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
        # open to the end: tasks that are done in this process open it again in no time
        with Warehouse(database, read_only=True, threads=1) as warehouse:
            users, logins = queries.user_ids(warehouse), queries.logins(warehouse)
            check(users)
            progress("Asking about people", 0, 0)
            known = people([Account(*each) for each in zip(users, logins, strict=True)])
            made = chain(
                pages.asset_pages(),
                pages.site_pages(leaderboard, today),
                [pages.review_page(flagged, leaderboard, today)],
                [api.flagged_page(flagged), api.build_page(revision, today.date(), users)],
            )
            paths = output.write(place.new, made)
            work = Work(database, place.new, site, leaderboard, today, known)
            everyones = _everyones(work)
            written = _all_done([*everyones, *_profiles(work, users)], progress, processes or os.cpu_count() or 1)
        paths += chain(*written[: len(everyones)])
        paths += output.write(place.new, pages.sitemap_pages(paths, logins, leaderboard))
        paths += chain(*written[len(everyones) :])
        output.check_distinct(paths)
        output.swap(place, site)
    return BuildReport(len(users), len(paths), tuple(skipped))


def _counted(store: Iterable[Entry | Skipped], progress: Progress) -> Iterator[Entry | Skipped]:
    for number, entry in enumerate(store, 1):
        yield entry
        if number % 100 == 0:
            progress("Reading submissions", number, 0)


@dataclass(frozen=True, slots=True)
class _Task:
    """A piece of the work that is left when the warehouse is finished."""

    write: Callable[[], list[str]]
    """Returns the paths of what it wrote."""
    users: int = 0
    """How many users' own files those are."""


def _everyones(work: Work) -> list[_Task]:
    """Return what tells of all users together, the longest first."""
    boards = [_Task(partial(write_boards, work, period)) for period in Period]
    return [*boards, _Task(partial(write_tables, work)), _Task(partial(write_everyones, work))]


def _profiles(work: Work, users: Sequence[int]) -> list[_Task]:
    """Return what tells of single users, in ranges of their ids, which ascend."""
    chunks = [users[start : start + CHUNK] for start in range(0, len(users), CHUNK)]
    return [_Task(partial(write_profiles, work, chunk[0], chunk[-1]), len(chunk)) for chunk in chunks]


def _all_done(tasks: Sequence[_Task], progress: Progress, processes: int) -> list[list[str]]:
    """Do all tasks, in other processes where there are many users; return the paths of each."""
    total = sum(task.users for task in tasks)
    alone = processes == 1 or total <= CHUNK
    done, paths = 0, dict[int, list[str]]()
    for number, written in _one_by_one(tasks) if alone else _at_once(tasks, processes):
        paths[number] = written
        done += tasks[number].users
        progress("Writing profiles", done, total)
    return [paths[number] for number in range(len(tasks))]


def _one_by_one(tasks: Sequence[_Task]) -> Iterator[tuple[int, list[str]]]:
    for number, task in enumerate(tasks):
        yield number, task.write()


def _at_once(tasks: Sequence[_Task], processes: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the paths of each task as it ends."""
    # spawned, not forked: a fork would copy DuckDB's locks in whatever state its threads have them
    pool = ProcessPoolExecutor(min(processes, len(tasks)), get_context("spawn"))
    try:
        numbers = {pool.submit(task.write): number for number, task in enumerate(tasks)}
        for ended in as_completed(numbers):
            yield numbers[ended], ended.result()
    except BrokenProcessPool:
        raise GeneratorError("A process of the build was killed.", "Is there enough memory?") from None
    finally:
        pool.shutdown(cancel_futures=True)
