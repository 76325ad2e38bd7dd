"""Git objects as the Git data API reads and writes them: blobs, trees, commits."""

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.github.bare import Bare, GitFailed

KINDS = {"040000": "tree", "160000": "commit"}
"""What an entry's mode says its object is; all others are blobs."""
OBJECT_ID = re.compile("[0-9a-f]{40}")
PERSON = re.compile(r"(?P<name>.*) <(?P<email>[^>]*)> (?P<seconds>\d+) (?P<zone>[+-]\d{4})")


@dataclass(frozen=True)
class Person:
    """Author or committer; `date` in seconds since 1970."""

    name: str
    email: str
    date: int

    @property
    def iso(self) -> str:
        """The date as the API writes it."""
        return datetime.fromtimestamp(self.date, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class CommitObject:
    """A commit, read."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True)
class Entry:
    """One entry of a tree; `sha` is None to remove the path, `size` None for what is no blob."""

    mode: str
    path: str
    sha: str | None
    size: int | None = None

    @property
    def kind(self) -> str:
        """`blob`, `tree` or `commit` (a submodule)."""
        return KINDS.get(self.mode, "blob")


def kind(git: Bare, sha: str) -> str | None:
    """Return an object's kind, or None when there is none of this id."""
    if not OBJECT_ID.fullmatch(sha):
        return None
    found = git.look("info", sha)
    return found[1] if found else None


def write_blob(git: Bare, content: bytes) -> str:
    """Store bytes and return their id."""
    return git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()


def read_blob(git: Bare, sha: str) -> bytes:
    """Return a blob's bytes. Raises GitFailed."""
    return _content(git, "blob", sha)


def _content(git: Bare, wanted: str, sha: str) -> bytes:
    found = git.look("contents", sha)
    if found is None or found[1] != wanted:
        raise GitFailed(f"{sha} is no {wanted}")
    return found[2]


def write_tree(git: Bare, entries: Iterable[Entry], base: str | None) -> str:
    """Store a tree: `base` with paths set or removed, whole folders included. Raises GitFailed for bad paths."""
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run("read-tree", base if base else "--empty", environment=index)
        lines = []
        for entry in entries:
            if entry.sha and entry.kind == "tree":
                git.run("read-tree", f"--prefix={entry.path}/", entry.sha, environment=index)
            else:
                lines.append(f"{entry.mode if entry.sha else '0'} {entry.sha or '0' * 40}\t{entry.path}\0")
        done = git.attempt("update-index", "-z", "--index-info", stdin="".join(lines).encode(), environment=index)
        if done.returncode or done.stderr:  # a path with `..` or `.git` is only grumbled about
            raise GitFailed(done.stderr.decode(errors="replace"))
        return git.run("write-tree", environment=index).decode().strip()


def read_tree(git: Bare, revision: str, *, recursive: bool) -> list[Entry]:
    """Return a tree's entries in Git's order. Raises GitFailed."""
    flags = ("-r", "-t") if recursive else ()
    listed = git.run("ls-tree", "-z", "-l", "--full-tree", *flags, revision).decode(errors="replace")
    entries = []
    for line in listed.split("\0")[:-1]:
        about, path = line.split("\t", 1)
        mode, _, sha, size = about.split()
        entries.append(Entry(mode, path, sha, None if size == "-" else int(size)))
    return entries


def write_commit(git: Bare, tree: str, parents: Sequence[str], message: str, people: tuple[Person, Person]) -> str:
    """Store a commit by (author, committer), return its id. Raises GitFailed when tree or parents are missing."""
    for sha in (tree, *parents):
        if not OBJECT_ID.fullmatch(sha):
            raise GitFailed(f"{sha} is no object id")
    environment: dict[str, str] = {}
    for role, person in zip(("AUTHOR", "COMMITTER"), people, strict=True):
        environment |= {f"GIT_{role}_NAME": person.name, f"GIT_{role}_EMAIL": person.email}
        environment |= {f"GIT_{role}_DATE": f"{person.date} +0000"}
    flags = [flag for parent in parents for flag in ("-p", parent)]
    written = git.run("commit-tree", tree, *flags, stdin=message.encode(), environment=environment)
    return written.decode().strip()


def seed(git: Bare, branch: str, files: Mapping[str, bytes], message: str, person: Person) -> None:
    """Create a branch with one commit, without a parent, of these files. Raises GitFailed."""
    stamp = f"{person.name} <{person.email}> {person.date} +0000"
    stream = [f"commit refs/heads/{branch}\ncommitter {stamp}\n".encode(), _data(message.encode())]
    for path, content in files.items():
        stream += [f"M 100644 inline {path}\n".encode(), _data(content)]
    git.run("fast-import", "--quiet", stdin=b"".join(stream))


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def read_commits(git: Bare, revisions: Sequence[str]) -> list[CommitObject]:
    """Return commits by id, in the order asked for. Raises GitFailed."""
    return [_read_commit(git, revision) for revision in revisions]


def _read_commit(git: Bare, sha: str) -> CommitObject:
    raw = _content(git, "commit", sha).decode(errors="replace")
    head, _, message = raw.partition("\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.split("\n"):
        key, _, value = line.partition(" ")
        fields.setdefault(key, []).append(value)
    return CommitObject(
        sha, fields["tree"][0], tuple(fields.get("parent", ())), _person(fields["author"][0]),
        _person(fields["committer"][0]), message,
    )  # fmt: skip


def _person(text: str) -> Person:
    found = PERSON.fullmatch(text)
    if found is None:
        return Person(text, "", 0)
    return Person(found["name"], found["email"], int(found["seconds"]))
