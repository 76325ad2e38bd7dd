"""The files of a store at one commit of its repository, each with the merge that brought it. Nothing is checked out."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from validator.git import Repository
from validator.git_objects import REGULAR
from validator.reviews import MAX_REVIEWS_BYTES
from validator.store import ROOT, parse_path

MAX_FILE_BYTES = MAX_REVIEWS_BYTES
"""The largest file a store may hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a store, wherever it comes from."""

    path: str
    content: bytes
    commit: str
    """The merge commit that last changed it; empty outside Git."""
    merged: dt.datetime
    """When that was, UTC."""
    joined: dt.date
    """UTC day of its user's first merged submission."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of the store that is not counted, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Merges:
    last: dict[str, tuple[str, dt.datetime]]
    """Path → the newest commit that changed it, and when."""
    joined: dict[int, dt.date]
    """User → UTC day of the first submission, one deleted since included."""


def entries(repository: Repository, commit: str) -> Iterator[Entry | Skipped]:
    """Yield every file below `submissions/` at a commit, sorted by path.

    Files that are not regular or far too large come as Skipped, unread. Raises ValidatorError when the repository
    itself is damaged.
    """
    listed = list(repository.walk(repository.commit(commit).tree, ROOT))
    sizes = repository.sizes(oid for _, mode, oid in listed if mode == REGULAR)
    wanted: list[tuple[str, str]] = []
    refused: list[Skipped] = []
    for path, mode, oid in listed:
        if mode != REGULAR:
            refused.append(Skipped(path, "is not an ordinary file"))
        elif next(sizes)[2] > MAX_FILE_BYTES:
            refused.append(Skipped(path, f"is larger than {MAX_FILE_BYTES} bytes"))
        else:
            wanted.append((path, oid))
    yield from refused
    merges = _merges(repository, commit)
    for (path, _), (_, content) in zip(wanted, repository.blobs(oid for _, oid in wanted), strict=True):
        yield _entry(path, content, merges)


def _entry(path: str, content: bytes, merges: _Merges) -> Entry:
    commit, merged = merges.last.get(path, ("", dt.datetime.fromtimestamp(0, dt.UTC)))
    place = parse_path(path)
    return Entry(path, content, commit, merged, merges.joined.get(place.user_id if place else 0, merged.date()))


def _merges(repository: Repository, commit: str) -> _Merges:
    """Read the first-parent history once, newest first: what is seen first is last, what is seen last was first."""
    found = _Merges({}, {})
    for step in repository.history(commit, ROOT):
        for path in _paths(difference.path for difference in step.differences):
            found.last.setdefault(path, (step.commit, step.time))
            place = parse_path(path)
            if place is not None and place.kind == "submission":
                found.joined[place.user_id] = step.time.date()
    return found


def _paths(paths: Iterable[bytes]) -> Iterator[str]:
    """Decode paths as Repository.walk does."""
    return (path.decode("utf-8", "backslashreplace") for path in paths)
