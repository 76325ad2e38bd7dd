"""What Git's objects hold, as values: commits, folders, differences; and the drafts of commits to be written.

Pure functions over bytes. The bytes may be hostile: what is no well-formed object is refused as BadObject.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from validator import ValidatorError

REGULAR = "100644"
"""The mode of an ordinary file, the only one the store knows."""
FOLDER = "40000"
"""The mode of a folder, as Git stores it."""

_COMMIT = re.compile(rb"tree ([0-9a-f]{40,64})\n((?:parent [0-9a-f]{40,64}\n)*)author ", re.ASCII)
_COMMIT_TIME = re.compile(rb"^committer .*> (-?[0-9]{1,20}) [+-][0-9]{4}$", re.MULTILINE)
MAX_PARENTS = 100
"""Of one commit. Linux has a merge of 66; a megabyte of parents in each of a thousand commits would fill the memory."""
_UNSAFE_NAMES = frozenset({b"", b".", b"..", b".git"})


class BadObject(ValidatorError):
    """An object is missing, is of another kind than was asked for, or does not hold what its kind must."""


class TreeEntry(NamedTuple):
    """One name in a folder. `mode` is octal as Git stores it; `name` may be any bytes but `/` and NUL."""

    mode: str
    name: bytes
    oid: str


class Side(NamedTuple):
    """What one side of a difference has at a path."""

    mode: str
    oid: str


class Difference(NamedTuple):
    """One path at which two trees differ; a side that lacks it is None."""

    path: bytes
    old: Side | None
    new: Side | None


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit taken apart. Undecodable text is shown with U+FFFD; an unreadable time is 1970."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    time: datetime
    """The committer's, in UTC."""
    message: str


@dataclass(frozen=True, slots=True)
class Step:
    """One commit of a first-parent history and what it changed against its first parent."""

    commit: str
    parents: tuple[str, ...]
    time: datetime
    message: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a commit says made it."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit to be written: its parent's tree with some files replaced.

    `files` pairs a path with new content (bytes), the id of a blob that exists (str), or None to delete it.
    `merged` are further parents; author and committer are the same.
    """

    message: str
    author: Identity
    time: datetime
    files: tuple[tuple[str, bytes | str | None], ...]
    merged: tuple[str, ...] = ()


def object_id(kind: str, content: bytes, like: str) -> str:
    """Return the id Git gives content of that kind, in the hash (SHA-1 or SHA-256) that the id `like` is of."""
    algorithm = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    hashed = algorithm(b"%s %d\0" % (kind.encode(), len(content)), usedforsecurity=False)
    hashed.update(content)
    return hashed.hexdigest()


def parse_commit(oid: str, content: bytes) -> Commit:
    """Take the content of a commit object apart.

    Raises BadObject when tree and parents are not where Git has them, or it has more than MAX_PARENTS parents.
    """
    head, _, message = content.partition(b"\n\n")
    start = _COMMIT.match(head)
    if start is None or start[2].count(b"\n") > MAX_PARENTS:
        raise BadObject(f"The commit {oid} is malformed.", "Make it again with Git.")
    time = _COMMIT_TIME.search(head)
    return Commit(
        oid=oid,
        tree=start[1].decode("ascii"),
        parents=tuple(start[2].decode("ascii").split()[1::2]),
        time=commit_time(time[1] if time else b"0"),
        message=message.decode("utf-8", "replace"),
    )


def commit_time(seconds: bytes) -> datetime:
    """Return seconds since 1970 as UTC; 1970 for what no calendar has."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def parse_tree(oid: str, content: bytes) -> tuple[TreeEntry, ...]:
    """Take the content of a tree object apart.

    Raises BadObject for what no checkout could hold: a name twice, an empty one, a slash in it, `.`, `..`, `.git`.
    """
    width = len(oid) // 2
    entries, names, place = [], set(), 0
    while place < len(content):
        end = content.find(b"\0", place)
        mode, space, name = content[place:end].partition(b" ")
        raw = content[end + 1 : end + 1 + width]
        if end < 0 or not space or not mode.isdigit() or len(raw) < width or b"/" in name:
            raise BadObject(f"The tree {oid} is malformed.", "Make it again with Git.")
        entries.append(TreeEntry(mode.decode("ascii"), name, raw.hex()))
        names.add(name)
        place = end + 1 + width
    if len(names) != len(entries) or names & _UNSAFE_NAMES:
        raise BadObject(f"The tree {oid} has a name twice or one that no folder can hold.", "Make it again with Git.")
    return tuple(entries)


def parse_raw(facts: bytes, path: bytes) -> Difference:
    """Read one record of `git log --raw -z`: `:old-mode new-mode old-id new-id status` and the path."""
    old_mode, new_mode, old, new, _ = facts.lstrip(b"\n:").decode("ascii").split(" ")
    return Difference(path, _side(old_mode, old), _side(new_mode, new))


def _side(mode: str, oid: str) -> Side | None:
    return Side(mode, oid) if oid.strip("0") else None


def import_script(parent: str | None, drafts: tuple[Draft, ...], no_object: str) -> bytes:
    """Return the git-fast-import(1) stream that writes a chain of commits upon `parent` and prints their ids.

    The branch it needs is forgotten at the end by pointing it to `no_object`, so that none ever exists on disk.
    """
    commits = b"".join(_import_commit(number, parent, draft) for number, draft in enumerate(drafts, 1))
    marks = b"".join(b"get-mark :%d\n" % number for number in range(1, len(drafts) + 1))
    return commits + marks + b"reset %s\nfrom %s\n\ndone\n" % (_BRANCH, no_object.encode())


_BRANCH = b"refs/token-tracker/import"


def _import_commit(number: int, parent: str | None, draft: Draft) -> bytes:
    before = parent if number == 1 else f":{number - 1}"
    who = f"{_plain(draft.author.name)} <{_plain(draft.author.email)}> {int(draft.time.timestamp())} +0000"
    lines = [
        b"commit %s\nmark :%d\nauthor %s\ncommitter %s\n" % (_BRANCH, number, who.encode(), who.encode()),
        _data(draft.message.encode()),
        b"from %s\n" % before.encode() if before else b"",
        *(b"merge %s\n" % head.encode() for head in draft.merged),
        *(_import_file(path, content) for path, content in draft.files),
    ]
    return b"".join(lines) + b"\n"


def _import_file(path: str, content: bytes | str | None) -> bytes:
    name = b'"%s"' % path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").encode()
    if content is None:
        return b"D %s\n" % name
    if isinstance(content, str):
        return b"M %s %s %s\n" % (REGULAR.encode(), content.encode(), name)
    return b"M %s inline %s\n%s" % (REGULAR.encode(), name, _data(content))


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _plain(text: str) -> str:
    """Leave out of a name or address what would end it in a commit."""
    return "".join(character for character in text if character.isprintable() and character not in "<>")
