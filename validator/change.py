"""A pull request as data: what it does to the store, and what its author has there.

Nothing here judges: what could not be read is kept as a fact for the rules to speak about.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from validator.config import Policy
from validator.reviews import Reviews
from validator.store import StorePath
from validator.submission import MAX_PROFILE_BYTES, MAX_SUBMISSION_BYTES, Profile, Submission, canonical

SIZE_LIMITS = {"submission": MAX_SUBMISSION_BYTES, "profile": MAX_PROFILE_BYTES}
"""Bytes that each kind of file may have; what is larger is never read."""
MAX_CHANGE_BYTES = 8 * 1024 * 1024
"""Bytes that all files of a change may have together: 200 honest months have 6 MiB."""

Key = tuple[str, str]
"""Device and period: which of a user's submissions."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who opened the pull request, as GitHub says: the one thing about it that its author cannot make up.

    `head_owner_id` is the owner of the repository it comes from; None when that is the board's own, which only people
    with write access can use. Give 0 when the repository is gone.
    """

    id: int
    login: str
    head_owner_id: int | None = None


class Commits(StrEnum):
    """How the pull request's head stands to the base."""

    ONE = "one commit upon the board's history"
    SEVERAL = "several commits"
    MERGE = "a merge"
    UNRELATED = "no history in common with the board"
    MERGED = "already part of the board"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One path that the change touches. `mode` and `blob` are Git's, empty for a deletion."""

    path: str
    """Bytes that are not UTF-8 are shown as `\\xNN`."""
    place: StorePath | None
    """None for paths that the store does not have."""
    mode: str = ""
    blob: str = ""
    size: int | None = None
    """Bytes; None where it was not asked for."""
    read: bool = False
    """Whether it was read and is what its path promises. Nothing that was not may be merged."""
    problems: tuple[str, ...] = ()
    """Why it is not what its path promises."""
    tidy: bool = True
    """Of a file that was read: whether every byte is as the command would write it."""
    spare: int = 0
    """Of a file that was read: bytes more than the command would write for the same content."""

    @property
    def deleted(self) -> bool:
        """Whether the change removes it."""
        return not self.mode


@dataclass(frozen=True)
class Submitted:
    """A submission that the change brings, and the one it replaces on the board."""

    path: str
    place: StorePath
    blob: str
    new: Submission
    old: Submission | None
    alike: tuple[str, ...] = ()
    """Paths of the submissions of other users on the board that count the very same."""

    @property
    def key(self) -> Key:
        """Which of the author's submissions it is."""
        return _key(self.place)

    @cached_property
    def message(self) -> bytes:
        """Its canonical bytes, which are hashed and signed; made once, for that is slow."""
        return canonical(self.new)


@dataclass(frozen=True, slots=True)
class Folder:
    """What the author has on the board."""

    profile: Profile | None = None
    reviews: Reviews | None = None
    blobs: Mapping[Key, str] = field(default_factory=dict)
    """Every submission's blob by (device, period)."""
    submissions: Mapping[Key, Submission] = field(default_factory=dict)
    """Those of the months that a change is compared with, by (device, period)."""
    created: Mapping[Key, str] = field(default_factory=dict)
    """When each submission of a device that the changed profile calls revoked was created, by (device, period)."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one pull request does to the store, and all that a rule may compare it with."""

    base: str
    head: str
    """Full commit ids."""
    author: Author
    policy: Policy
    now: dt.datetime
    commits: Commits = Commits.ONE
    outside: tuple[str, ...] = ()
    """Names beside the store, at the root of the repository, that change."""
    commit_bytes: int = 0
    """Size of the head commit itself: its message, names and signature."""
    in_store: bool = True
    """Whether anything in the store changes."""
    unlisted: str = ""
    """Why the changed files could not be listed, else empty; `files` is then empty."""
    files: tuple[ChangedFile, ...] = ()
    """Sorted by path; the first of them only, and none was read, when there are more than the policy allows."""
    file_count: int = 0
    """How many paths of the store change."""
    submitted: tuple[Submitted, ...] = ()
    """Sorted by path."""
    profile: Profile | None = None
    """The author's profile as it would be after the change; None also when that cannot be read."""
    folder: Folder = Folder()

    @property
    def bytes(self) -> int:
        """What the author's files of the change have together. When it is above MAX_CHANGE_BYTES, none was read."""
        return sum(file.size or 0 for file in self.files)

    @property
    def is_submission(self) -> bool:
        """Whether it touches the store at all; what does not is somebody's work on the board itself."""
        return self.in_store or not self.outside

    def after(self) -> dict[Key, Submission]:
        """Return the author's submissions by (device, period) as the change leaves them, in the months compared."""
        remaining = set(self.remaining())
        merged = {**self.folder.submissions, **{each.key: each.new for each in self.submitted}}
        return {key: merged[key] for key in sorted(merged) if key in remaining}

    def remaining(self) -> tuple[Key, ...]:
        """Return (device, period) of every submission that the author has once the change is merged, sorted."""
        own = [(_key(file.place), file.deleted) for file in self.files if file.place and self.is_own(file.place)]
        kept = self.folder.blobs.keys() | {key for key, deleted in own if not deleted}
        return tuple(sorted(kept - {key for key, deleted in own if deleted}))

    def is_own(self, place: StorePath) -> bool:
        """Whether a path is that of a submission in the author's own folder."""
        return place.kind == "submission" and place.user_id == self.author.id


def _key(place: StorePath) -> Key:
    return place.device, place.period
