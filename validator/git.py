"""Git as this project uses it: objects by id, revisions, histories, and commits written without a checkout.

Plumbing only, cut off from the machine's and the user's configuration, from hooks, replaced objects, grafts and the
network. What objects hold may be hostile: sizes are asked before anything is read, every object read is checked
against its id, and what is no well-formed object is refused as BadObject. Needs Git 2.39 or newer.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from validator import ValidatorError, git_process
from validator.git_objects import (
    FOLDER,
    REGULAR,
    BadObject,
    Commit,
    Difference,
    Draft,
    Identity,
    Side,
    Step,
    TreeEntry,
    commit_time,
    import_script,
    object_id,
    parse_commit,
    parse_raw,
    parse_tree,
)
from validator.locks import remove_stale_locks

__all__ = [
    "FOLDER",
    "REGULAR",
    "BadObject",
    "Commit",
    "Difference",
    "Draft",
    "Identity",
    "RefMoved",
    "Repository",
    "Side",
    "Step",
    "TooLarge",
    "TreeEntry",
]

MAX_COMMIT_BYTES = 1024 * 1024
MAX_TREE_BYTES = 4 * 1024 * 1024
"""About 100,000 entries: at a million users a shard has 4,000."""
MAX_DEPTH = 64
"""Folders within folders; the store has four."""
MAX_PATH_BYTES = 4096
"""Of a path from the root, as operating systems have it; every file in a folder repeats the folder's name."""

_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)


class TooLarge(ValidatorError):
    """An object or a difference is larger than the caller allows; it was not read."""


class RefMoved(ValidatorError):
    """A reference no longer is where the caller last saw it; nothing was changed."""


class Repository:
    """A bare repository or a checkout. One Git process that answers questions about objects lives as long as this."""

    def __init__(self, path: Path) -> None:
        """Open the repository at exactly this path: no folder above it is searched.

        Raises ValidatorError when there is none, or Git is missing.
        """
        self.path = path.absolute()
        """Where it is, whatever becomes the working folder."""
        dot_git = self.path / ".git"
        self._git_dir = dot_git if dot_git.exists() else self.path
        self._objects: git_process.Child | None = None
        answer = git_process.run(self._command("rev-parse", "--is-shallow-repository", "--show-object-format"))
        if answer.returncode:
            raise ValidatorError(
                f"{path} is not a Git repository.", "Give the path of a bare repository or a checkout."
            )
        shallow, algorithm = answer.stdout.split()
        self.is_shallow = shallow == b"true"
        """Whether its history was cut off when it was cloned."""
        self._no_object = "0" * (64 if algorithm == b"sha256" else 40)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the Git process; the next question starts another."""
        if self._objects is not None:
            self._objects.close()
            self._objects = None

    def resolve(self, revision: str) -> str:
        """Return the full id of the commit that a branch, tag, `refs/…` or (abbreviated) id names.

        Raises ValidatorError for everything that names no commit, options (`-…`) and line breaks included.
        """
        sane = revision.isprintable() and not revision.startswith("-")
        found = self._ask(f"info {revision}^{{commit}}") if sane and revision else None
        if found is None:
            raise ValidatorError(
                f"{revision[:100]!r} names no commit of this repository.", "Give a branch or commit that exists in it."
            )
        return found[0]

    def info(self, oid: str) -> tuple[str, int]:
        """Return kind (`blob`, `tree`, `commit`, `tag`) and size in bytes of an object. Raises BadObject if missing."""
        found = self._ask(f"info {_checked(oid)}")
        if found is None:
            raise BadObject(f"The object {oid} is missing.", "Fetch it, or look with `git fsck` for damage.")
        return found[1], found[2]

    def blob(self, oid: str, limit: int) -> bytes:
        """Return the content of a file. Raises TooLarge above `limit` bytes (nothing is read then), or BadObject."""
        return self._read(oid, "blob", limit)

    def commit(self, oid: str) -> Commit:
        """Return a commit. Raises TooLarge above MAX_COMMIT_BYTES, or BadObject."""
        return parse_commit(oid, self._read(oid, "commit", MAX_COMMIT_BYTES))

    def tree(self, oid: str, limit_bytes: int = MAX_TREE_BYTES) -> tuple[TreeEntry, ...]:
        """Return the entries of one folder in Git's order.

        Raises TooLarge when the object has more bytes than the limit (an entry has about 40), or BadObject, also for
        names that no checkout could hold.
        """
        return parse_tree(oid, self._read(oid, "tree", limit_bytes))

    def entry(self, tree: str, path: str) -> TreeEntry | None:
        """Return what a tree has at a path (`/` between the names; a folder is found too), or None."""
        *folders, last = path.encode("utf-8", "surrogateescape").split(b"/")
        for name in folders:
            below = self._named(tree, name)
            if below is None or below.mode != FOLDER:
                return None
            tree = below.oid
        return self._named(tree, last)

    def walk(self, tree: str, prefix: str = "") -> Iterator[tuple[str, str, str]]:
        r"""Yield (path, mode, blob id) of every file below the folder `prefix` (empty: all), sorted by path bytes.

        Paths are whole, from the tree's root. Bytes that are not UTF-8 are shown as `\xNN`. One Git process.
        Raises BadObject when the tree is none.
        """
        start = self.entry(tree, prefix) if prefix else TreeEntry(FOLDER, b"", tree)
        if start is None or start.mode != FOLDER:
            return
        lead = f"{prefix}/" if prefix else ""
        with self._child("ls-tree", "-r", "-z", "--full-tree", _checked(start.oid)) as child:
            for record in child.records():
                facts, _, name = record.partition(b"\t")
                mode, _, oid = facts.decode("ascii").split(" ")
                yield lead + name.decode("utf-8", "backslashreplace"), mode, oid

    def blobs(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (id, content) of many files in the order asked for; made for hundreds of thousands.

        Sizes are not limited: ask `sizes` first where they matter. Raises BadObject at the first object that is
        missing, damaged, or no blob.
        """
        with self._child("cat-file", "--batch", "--buffer") as child:
            for oid, kind, size in git_process.answers(child, map(_checked, oids)):
                content = child.content(size)
                if kind != "blob" or object_id("blob", content, oid) != oid:
                    raise BadObject(f"The object {oid} is no sound file.", "Look with `git fsck` for damage.")
                yield oid, content

    def sizes(self, oids: Iterable[str]) -> Iterator[tuple[str, str, int]]:
        """Yield (id, kind, size in bytes) of many objects in the order asked for. Raises BadObject if missing."""
        with self._child("cat-file", "--batch-check", "--buffer") as child:
            yield from git_process.answers(child, map(_checked, oids))

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Tell whether a commit is another one or in its history. Raises ValidatorError when either is missing."""
        line = self._command("merge-base", "--is-ancestor", _checked(ancestor), _checked(descendant))
        answer = git_process.run(line)
        if answer.returncode not in {0, 1}:
            raise git_process.failure(line, answer.stderr)
        return answer.returncode == 0

    def unmerged(self, heads: Iterable[str], tip: str) -> frozenset[str]:
        """Return those of many commits that are not in the history of `tip`. One Git process.

        What is missing or malformed, or has such a commit before it, is not in it either. To find it takes some more
        processes, so that it keeps nothing about the others from being known.
        """
        asked = sorted({_checked(head) for head in heads})
        lines = "".join(f"{head}\n" for head in [*asked, f"^{_checked(tip)}"])
        answer = git_process.run(self._command("rev-list", "--stdin"), lines.encode())
        if not answer.returncode:
            return frozenset(asked) & frozenset(answer.stdout.decode("ascii").split())
        if len(asked) <= 1:
            return frozenset(asked)
        middle = len(asked) // 2
        return self.unmerged(asked[:middle], tip) | self.unmerged(asked[middle:], tip)

    def changed(self, old: str | None, new: str | None, limit: int) -> Iterator[Difference]:
        """Yield every file at which two trees (None: an empty one) differ, descending only where ids differ.

        Folder by folder, each by the bytes of its names. Raises TooLarge once more than `limit` files and folders
        differ, folders lie deeper than MAX_DEPTH or paths are longer than MAX_PATH_BYTES, and whatever `tree` raises.
        """
        pending: list[tuple[bytes, str | None, str | None]] = [(b"", old, new)] if old != new else []
        left = limit
        while pending:
            for difference in self._level(*pending.pop()):
                left -= 1
                if left < 0 or difference.path.count(b"/") > MAX_DEPTH or len(difference.path) > MAX_PATH_BYTES:
                    raise TooLarge(f"More than {limit} files differ, or lie too deep.", "Make the change smaller.")
                (folder_before, before), (folder_after, after) = _split(difference.old), _split(difference.new)
                if folder_before or folder_after:
                    pending.append((difference.path + b"/", folder_before, folder_after))
                if before or after:
                    yield Difference(difference.path, before, after)

    def history(self, tip: str, folder: str) -> Iterator[Step]:
        """Yield the commits on the first-parent line of `tip` that changed files below `folder`, newest first.

        The first Step that names a path is the one that last changed it. One Git process, however long the history.
        """
        line = ("--first-parent", "--diff-merges=first-parent", "--root", "--raw", "--no-abbrev", "--no-renames", "-z")
        plain = ("--no-ext-diff", "--ignore-submodules=none", f"-O{os.devnull}", "--encoding=UTF-8", "--no-notes")
        shape = "--format=%H%x00%P%x00%ct%x00%B"
        with self._child("log", *line, *plain, shape, "--end-of-options", _checked(tip), "--", folder) as child:
            records = child.records()
            commit = next(records, None)
            while commit is not None:
                parents, time, message = next(records), next(records), next(records)
                found, following = [], next(records, None)
                while following is not None and following.lstrip(b"\n").startswith(b":"):
                    found.append(parse_raw(following, next(records)))
                    following = next(records, None)
                yield Step(
                    commit=commit.decode("ascii"),
                    parents=tuple(parents.decode("ascii").split()),
                    time=commit_time(time),
                    message=message.decode("utf-8", "replace"),
                    differences=tuple(found),
                )
                commit = following

    def refs(self, prefix: str) -> dict[str, str]:
        """Return full name → object id of the references named `prefix` or below it, sorted by name."""
        lines = self._git("for-each-ref", "--format=%(objectname) %(refname)", "--", prefix).decode("utf-8", "replace")
        return {name: oid for oid, _, name in (line.partition(" ") for line in lines.splitlines())}

    def write(self, parent: str | None, drafts: Sequence[Draft]) -> list[str]:
        """Write a chain of commits, the first upon `parent` (None: upon nothing), and return their ids.

        No reference changes, so a crash leaves nothing but unreferenced objects. Equal drafts give equal ids.
        Raises ValidatorError when a blob or a parent is missing or a path cannot be written.
        """
        script = import_script(parent, tuple(drafts), self._no_object)
        options = ("--quiet", "--done", "--force", "--date-format=raw")
        return self._git("fast-import", *options, given=script).decode("ascii").split()

    def unlock(self) -> None:
        """Remove what a Git process that was killed more than a minute ago left locked."""
        remove_stale_locks(self._git_dir)

    def update_ref(self, name: str, new: str, old: str | None) -> None:
        """Set a reference (`refs/…`) that still is `old` (None: does not exist). Raises RefMoved if it is not."""
        line = self._command("update-ref", "--no-deref", name, _checked(new), _checked(old or self._no_object))
        answer = git_process.run(line)
        if answer.returncode and self.refs(name).get(name) != old:
            raise RefMoved(f"{name} moved meanwhile.", "Run this again.")
        if answer.returncode:
            raise git_process.failure(line, answer.stderr)

    def _level(self, lead: bytes, old: str | None, new: str | None) -> Iterator[Difference]:
        """Compare one folder on both sides, with subfolders as entries."""
        before = {entry.name: Side(entry.mode, entry.oid) for entry in self.tree(old)} if old else {}
        after = {entry.name: Side(entry.mode, entry.oid) for entry in self.tree(new)} if new else {}
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                yield Difference(lead + name, before.get(name), after.get(name))

    def _named(self, tree: str, name: bytes) -> TreeEntry | None:
        return next((entry for entry in self.tree(tree) if entry.name == name), None)

    def _read(self, oid: str, kind: str, limit: int) -> bytes:
        found, size = self.info(oid)
        if found != kind:
            raise BadObject(f"The object {oid} is a {found}, not a {kind}.")
        if size > limit:
            raise TooLarge(f"The {kind} {oid} has {size} bytes; at most {limit} are read.", "Make it smaller.")
        with self._dialogue(f"contents {oid}") as child:
            content = child.content(size) if child.header() else b""
        if object_id(kind, content, oid) != oid:
            raise BadObject(f"The {kind} {oid} does not hold what its id says.", "Look with `git fsck` for damage.")
        return content

    def _ask(self, question: str) -> tuple[str, str, int] | None:
        with self._dialogue(question) as child:
            return child.header()

    @contextmanager
    def _dialogue(self, question: str) -> Iterator[git_process.Child]:
        """Ask the living process; it is ended when the answer is not read to its end, lest it be taken for the next."""
        if self._objects is None or self._objects.ended:
            self.close()
            self._objects = self._child("cat-file", "--batch-command")
        try:
            self._objects.ask(question)
            yield self._objects
        except BaseException:
            self.close()
            raise

    def _command(self, *arguments: str) -> list[str]:
        return git_process.command(self._git_dir, *arguments)

    def _child(self, *arguments: str) -> git_process.Child:
        return git_process.Child(self._command(*arguments))

    def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        line = self._command(*arguments)
        answer = git_process.run(line, given)
        if answer.returncode:
            raise git_process.failure(line, answer.stderr)
        return answer.stdout


def _checked(oid: str) -> str:
    """Return a full object id unchanged, so that nothing else ever stands where Git expects one."""
    if not _OBJECT_ID.fullmatch(oid):
        raise BadObject(f"{oid[:100]!r} is no full object id.")
    return oid


def _split(side: Side | None) -> tuple[str | None, Side | None]:
    """Return one side of a difference as a folder's id or as a file; at most one of the two is there."""
    if side is not None and side.mode == FOLDER:
        return side.oid, None
    return None, side
