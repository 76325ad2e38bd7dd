"""Re-verifying a whole store, offline: anyone with a clone can do what the bot did, and see whether it still holds.

Every path, form, sum, hash, signature and chain of the files at one revision, the index of contributions that follows
from them, and every merge commit that brought them: what it recorded in its trailers must be what it did. Files that
fail are named, each with all its reasons.
"""

import gc
import os
import signal
from collections import defaultdict, deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

from validator import ValidatorError
from validator.audit_files import StoredFile, check_files
from validator.audit_history import PLACEHOLDERS, Past, Problem, Trace, read_past
from validator.contributions import INDEX, parse_entry
from validator.git import REGULAR, Repository
from validator.git_objects import object_id
from validator.reviews import MAX_REVIEWS_BYTES
from validator.store import ROOT, parse_path

BATCH = 500
"""Files that are read, and checked by one process, at a time."""
WORTH_PROCESSES = 2000
"""Files from which on a second process saves more time than its start takes."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what failed: `problems` sorted by path."""

    revision: str
    """Full commit id."""
    files: int
    merges: int
    problems: tuple[Problem, ...]


def audit(repository: Repository, revision: str, progress: Callable[[int, int], None] | None = None) -> Report:
    """Verify every file of the store at a revision, and the history that brought it.

    `progress` is told how many of how many files are done. Raises ValidatorError when Git fails, or the clone is too
    shallow to tell: whatever the store holds is a problem of the report, never an error.
    """
    if repository.is_shallow:
        raise ValidatorError("This clone's history is cut off.", "Complete it with `git fetch --unshallow`.")
    tip = repository.resolve(revision)
    past = read_past(repository, tip)
    tree = repository.commit(tip).tree
    listed = list(repository.walk(tree, ROOT))
    index, misplaced = _index(repository.walk(tree, INDEX), {path for path, _, _ in listed})
    files, problems = _places(listed, past, index)
    problems += misplaced
    for done, found in _check(repository, files):
        problems += found
        if progress is not None:
            progress(done, len(files))
    return Report(tip, len(listed), past.merges, tuple(sorted({*problems, *past.problems})))


def _index(
    entries: Iterable[tuple[str, str, str]], stored: Container[str]
) -> tuple[dict[str, list[str]], list[Problem]]:
    """Return the hashes that the index has by path of the submission, and its entries that are none."""
    index: defaultdict[str, list[str]] = defaultdict(list)
    problems: list[Problem] = []
    for path, mode, blob in entries:
        entry = parse_entry(path)
        if entry is None or mode != REGULAR or blob != object_id("blob", b"", like=blob):
            problems.append(Problem(path, "the index of contributions has no such entry"))
        elif entry[1] not in stored:
            problems.append(Problem(path, f"the index of contributions lists {entry[1]}, which is not there"))
        else:
            index[entry[1]].append(entry[0])
    return dict(index), problems


def _places(
    listed: Sequence[tuple[str, str, str]], past: Past, index: Mapping[str, Sequence[str]]
) -> tuple[list[StoredFile], list[Problem]]:
    """Sort out what lies where no file of the store may."""
    files: list[StoredFile] = []
    problems: list[Problem] = []
    for path, mode, blob in listed:
        place = parse_path(path)
        if path in PLACEHOLDERS:
            continue
        if place is None:
            problems.append(Problem(path, "the store has no such path"))
        elif mode != REGULAR:
            problems.append(Problem(path, f"it has mode {mode}, not that of a regular file"))
        else:
            trace, indexed = past.traces.get(path, Trace()), tuple(index.get(path, ()))
            files.append(StoredFile(path, place, blob, trace, indexed))
    return files, problems


def _check(repository: Repository, files: Sequence[StoredFile]) -> Iterator[tuple[int, list[Problem]]]:
    """Yield (files done so far, problems found among them since the last time), in this process or in several."""
    done = 0
    workers = os.cpu_count() or 1
    several = len(files) >= WORTH_PROCESSES and workers > 1
    checked = _check_in(workers, repository.path, files) if several else _check_here(repository, files)
    for size, problems in checked:
        done += size
        yield done, problems


def _check_here(repository: Repository, files: Sequence[StoredFile]) -> Iterator[tuple[int, list[Problem]]]:
    yield from ((len(batch), check_files(_load(repository, batch))) for batch in _batches(files))


def _check_in(workers: int, path: Path, files: Sequence[StoredFile]) -> Iterator[tuple[int, list[Problem]]]:
    """Check in processes that read the repository themselves: content is not sent from one to another."""
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin) as pool:
        running: deque[tuple[int, Future[list[Problem]]]] = deque()
        try:
            for batch in _batches(files):
                with _unheard_by_children(signal.SIGINT):
                    running.append((len(batch), pool.submit(_check_batch, path, batch)))
                if len(running) > 2 * workers:  # what is waiting costs memory, too
                    size, first = running.popleft()
                    yield size, first.result()
            yield from ((size, future.result()) for size, future in running)
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Look for garbage seldom: nothing that is made of a file points back at itself."""
    gc.set_threshold(100_000)


def _check_batch(path: Path, batch: list[StoredFile]) -> list[Problem]:
    with Repository(path) as repository:
        return check_files(_load(repository, batch))


@contextmanager
def _unheard_by_children(number: signal.Signals) -> Iterator[None]:
    """Let processes that start inside the block never hear a signal: Ctrl-C is for this one to tell, in one line."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _batches(files: Sequence[StoredFile]) -> Iterator[list[StoredFile]]:
    """Cut files into runs of whole users: they are sorted by path, so that a user's stand together."""
    batch: list[StoredFile] = []
    for _, folder in groupby(files, key=lambda file: file.place.user_id):
        batch += folder
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _load(repository: Repository, batch: list[StoredFile]) -> list[StoredFile]:
    """Read the content of files: all at once, or one by one where one of them is missing, damaged or too large."""
    oids = [file.blob for file in batch]
    try:
        if all(kind == "blob" and size <= MAX_REVIEWS_BYTES for _, kind, size in repository.sizes(oids)):
            contents = repository.blobs(oids)
            return [replace(file, content=content) for file, (_, content) in zip(batch, contents, strict=True)]
    except ValidatorError:
        pass  # the careful way finds out which
    return [_load_one(repository, file) for file in batch]


def _load_one(repository: Repository, file: StoredFile) -> StoredFile:
    try:
        return replace(file, content=repository.blob(file.blob, MAX_REVIEWS_BYTES))
    except ValidatorError as error:
        return replace(file, trouble=error.message)
