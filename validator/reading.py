"""Reading a change from Git objects alone: no checkout, no file of the pull request on disk.

What the pull request holds may be anything. Sizes and counts are asked before anything is read, and only the author's
own folder is read, and a few names of the index of contributions, so that judging costs the same however large the
store is.
"""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace
from typing import Any, TypeVar

from validator import ValidatorError
from validator.change import (
    MAX_CHANGE_BYTES,
    SIZE_LIMITS,
    Author,
    Change,
    ChangedFile,
    Commits,
    Folder,
    Submitted,
)
from validator.config import Policy
from validator.contributions import holders, listed_hash
from validator.git import FOLDER, REGULAR, BadObject, Commit, Difference, Repository, TooLarge, TreeEntry
from validator.reviews import MAX_REVIEWS_BYTES, parse_reviews
from validator.store import ROOT, parse_path, user_folder
from validator.submission import (
    MAX_PROFILE_BYTES,
    MAX_SUBMISSION_BYTES,
    Malformed,
    Profile,
    Submission,
    parse_profile,
    parse_submission,
    render_profile,
    render_submission,
)

MONTHS_BEFORE = 3
"""How far before its first month a change is compared with what its author did."""
MAX_COMMITS = 1000
"""Commits looked at to find where a pull request of several commits began."""
MAX_DIFFERENCES = 10_000
"""Files and folders that are listed of a change, at most; the policy allows far fewer files."""

_T = TypeVar("_T")
_Content = Submission | Profile | None


def read_change(
    repository: Repository, *, base: str, head: str, author: Author, policy: Policy, now: dt.datetime
) -> Change:
    """Read what the commit `head` would do to the commit `base`; both are full ids.

    Raises ValidatorError only when `base`, what its author has there, or the commit `head` itself cannot be read.
    """
    change = _outline(repository, Change(base, head, author, policy, now.astimezone(dt.UTC)))
    if change.file_count <= policy.files_per_change:
        change = replace(change, files=tuple(_sized(repository, file, author) for file in change.files))
    read: list[tuple[ChangedFile, _Content]] = [(file, None) for file in change.files]
    if change.bytes <= MAX_CHANGE_BYTES:
        read = [_read_file(repository, file) for file in change.files]
    return _with_contents(repository, change, read)


def _with_contents(repository: Repository, change: Change, read: Sequence[tuple[ChangedFile, _Content]]) -> Change:
    """Add what the files hold, and what the board has to compare it with."""
    new = [(file, file.place, content) for file, content in read if file.place and isinstance(content, Submission)]
    profiles = [content for _, content in read if isinstance(content, Profile)]
    revoked = {device.id for profile in profiles for device in profile.devices if device.revoked_at}
    periods = [place.period for _, place, _ in new]
    folder = _read_folder(repository, change.base, change.author.id, periods, revoked)
    return replace(
        change,
        files=tuple(file for file, _ in read),
        submitted=tuple(
            Submitted(
                path=file.path,
                place=place,
                blob=file.blob,
                new=content,
                old=folder.submissions.get((place.device, place.period)),
                alike=_alike(repository, change, content),
            )
            for file, place, content in new
        ),
        profile=_profile_after(read, folder, change.author),
        folder=folder,
    )


def _alike(repository: Repository, change: Change, submission: Submission) -> tuple[str, ...]:
    """Return the paths of other users' submissions on the board that count the very same."""
    own = user_folder(change.author.id) + "/"
    contributions = listed_hash(submission, change.policy)
    found = holders(repository, change.base, contributions) if contributions else ()
    return tuple(path for path in found if not path.startswith(own))


def _outline(repository: Repository, change: Change) -> Change:
    """Find out how the head stands to the base and which paths it touches, without reading any file."""
    try:
        head = repository.commit(change.head)
        commits, starts = _history(repository, change.base, head)
        if commits is Commits.MERGED:
            return replace(change, commits=commits, in_store=False)
        after = repository.tree(head.tree)
        before = [repository.tree(repository.commit(start).tree) for start in starts] or [()]
        touched = set.intersection(*(_differing(entries, after) for entries in before))
        outside = tuple(sorted(_shown(name) for name in touched - {_STORE}))
        _, size = repository.info(change.head)
        change = replace(change, commits=commits, outside=outside, commit_bytes=size, in_store=_STORE in touched)
        if commits is Commits.ONE and change.in_store:
            files = _changed_files(repository, before[0], after)
            change = replace(change, files=files[: change.policy.files_per_change], file_count=len(files))
    except (BadObject, TooLarge) as error:
        change = replace(change, unlisted=error.message)
    return change


def _history(repository: Repository, base: str, head: Commit) -> tuple[Commits, list[str]]:
    """Return how a head stands to the base, and the board's commits that it began from.

    A head that merged the board has several beginnings: only what differs from all of them is its own.
    """
    parents = _ancestry(repository, head, 1)
    own = repository.unmerged(parents, base)
    if head.oid in own and (len(head.parents) != 1 or head.parents[0] in own):
        parents = _ancestry(repository, head, MAX_COMMITS)
        own = repository.unmerged(parents, base)
    starts = sorted({each for oid in own for each in parents[oid] if each in parents and each not in own})
    if head.oid not in own:
        return Commits.MERGED, []
    if not starts:
        return Commits.UNRELATED, []
    if len(head.parents) != 1:
        return Commits.MERGE, starts
    return (Commits.ONE if len(own) == 1 else Commits.SEVERAL), starts


def _ancestry(repository: Repository, head: Commit, limit: int) -> dict[str, tuple[str, ...]]:
    """Return the parents of a commit and of up to `limit` commits before it, nearest first, by id."""
    found = {head.oid: head.parents}
    waiting = deque(head.parents)
    while waiting and len(found) <= limit:
        oid = waiting.popleft()
        if oid not in found:
            found[oid] = repository.commit(oid).parents
            waiting.extend(found[oid])
    return found


def _differing(before: Sequence[TreeEntry], after: Sequence[TreeEntry]) -> set[bytes]:
    """Return the names that two folders do not have alike."""
    return {entry.name for entry in set(before) ^ set(after)}


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _changed_files(
    repository: Repository, before: Sequence[TreeEntry], after: Sequence[TreeEntry]
) -> tuple[ChangedFile, ...]:
    """List the paths of the store that differ, sorted. Raises TooLarge or BadObject."""
    old, new = (next((entry for entry in side if entry.name == _STORE), None) for side in (before, after))
    if new is not None and new.mode != FOLDER:
        return (ChangedFile(ROOT, None, new.mode, new.oid),)
    old_tree = old.oid if old and old.mode == FOLDER else None
    differences = repository.changed(old_tree, new.oid if new else None, MAX_DIFFERENCES)
    return tuple(sorted(map(_changed_file, differences), key=lambda file: file.path))


def _changed_file(difference: Difference) -> ChangedFile:
    raw = _STORE + b"/" + difference.path
    place = parse_path(raw.decode("ascii")) if raw.isascii() else None
    if difference.new is None:
        return ChangedFile(_shown(raw), place)
    return ChangedFile(_shown(raw), place, difference.new.mode, difference.new.oid)


def _sized(repository: Repository, file: ChangedFile, author: Author) -> ChangedFile:
    """Find out the size of a file that the author may submit; others are left alone."""
    own = file.place is not None and file.place.user_id == author.id and file.place.kind in _FORMS
    try:
        return replace(file, size=repository.info(file.blob)[1]) if own and file.mode == REGULAR else file
    except BadObject as error:
        return replace(file, problems=(error.message,))


def _read_file(repository: Repository, file: ChangedFile) -> tuple[ChangedFile, _Content]:
    """Read a file whose size was asked for."""
    if file.place is None or file.size is None or file.size > SIZE_LIMITS[file.place.kind]:
        return file, None
    parse, render = _FORMS[file.place.kind]
    try:
        raw = repository.blob(file.blob, file.size)
        content = parse(raw)
    except (Malformed, BadObject) as error:
        problems = error.problems if isinstance(error, Malformed) else [error.message]
        return replace(file, problems=tuple(problems)), None
    written = render(content)
    return replace(file, read=True, tidy=written == raw, spare=max(0, len(raw) - len(written))), content


_STORE = ROOT.encode()
_FORMS: dict[str, tuple[Callable[[bytes], _Content], Callable[[Any], bytes]]] = {
    "submission": (parse_submission, render_submission),
    "profile": (parse_profile, render_profile),
}
"""What reads and what writes each kind of file that may be submitted."""


def _profile_after(read: Sequence[tuple[ChangedFile, _Content]], folder: Folder, author: Author) -> Profile | None:
    for file, content in read:
        if file.place and file.place.kind == "profile" and file.place.user_id == author.id:
            return content if isinstance(content, Profile) else None
    return folder.profile


def _read_folder(repository: Repository, base: str, user_id: int, periods: Sequence[str], revoked: Set[str]) -> Folder:
    """Read what a user has on the board; submissions only of these months and shortly before, and of revoked devices.

    Raises ValidatorError when the board's own files cannot be read.
    """
    lead = user_folder(user_id)
    files = dict(_listing(repository, repository.entry(repository.commit(base).tree, lead), lead))
    places = {path: place for path in files if (place := parse_path(path)) and place.kind == "submission"}
    first, last = (_months_before(min(periods), MONTHS_BEFORE), max(periods)) if periods else ("", "")

    def read(path: str, limit: int, parse: Callable[[bytes], _T]) -> _T | None:
        try:
            return parse(repository.blob(files[path], limit)) if path in files else None
        except (Malformed, TooLarge, BadObject) as error:
            raise ValidatorError(
                f"The board's own {path} cannot be read: {error}.", "Run `token-tracker verify`."
            ) from None

    submissions = {
        (place.device, place.period): content
        for path, place in places.items()
        if first <= place.period <= last or place.device in revoked
        if (content := read(path, MAX_SUBMISSION_BYTES, parse_submission)) is not None
    }
    return Folder(
        profile=read(f"{lead}/profile.json", MAX_PROFILE_BYTES, parse_profile),
        reviews=read(f"{lead}/reviews.json", MAX_REVIEWS_BYTES, parse_reviews),
        blobs={(place.device, place.period): files[path] for path, place in places.items()},
        submissions={key: each for key, each in submissions.items() if first <= key[1] <= last},
        created={key: each.created_at for key, each in submissions.items() if key[0] in revoked},
    )


def _listing(repository: Repository, entry: TreeEntry | None, lead: str) -> Iterator[tuple[str, str]]:
    """Yield (path, blob id) of the files in a folder of a user and in the folders of its devices, in Git's order."""
    for each in repository.tree(entry.oid) if entry and entry.mode == FOLDER else ():
        path = f"{lead}/{_shown(each.name)}"
        if each.mode == FOLDER:
            yield from _listing(repository, each, path)
        else:
            yield path, each.oid


def _months_before(period: str, count: int) -> str:
    """Return the month that many months earlier, `2026-01` and 3 giving `2025-10`."""
    months = int(period[:4]) * 12 + int(period[5:]) - 1 - count
    return f"{months // 12:04}-{months % 12 + 1:02}"
