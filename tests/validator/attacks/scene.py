"""Where attacks take place: a board on which Bob has submitted, Ada who attacks it, and any object Git can store."""

import hashlib
import shutil
import subprocess
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.validator.conftest import LEADERBOARD, NOW, Board, Contributor
from validator.config import Policy
from validator.git import FOLDER, REGULAR, Repository
from validator.merge import PullRequest, Status, merge

ADA = Contributor()
BOB = Contributor(7, "bob-demo", "bb22bb22")
CAROL = Contributor(8, "carol-demo", "cc33cc33")
"""The bystander, whose honest pull request stands in the same queue as every attack."""
_WHO = b"author Ada Demo <ada@demo.invalid> 1795600000 +0000\ncommitter Ada Demo <ada@demo.invalid> 1795600000 +0000\n"

Entry = tuple[str, str]
"""Mode and object id."""


@dataclass(frozen=True)
class Pull:
    """A pull request as GitHub would tell of it: whose it is, where it comes from, what it leads to."""

    head: str
    author: Contributor = ADA
    head_owner: int | None = ADA.id
    judged: str | None = None
    """What its head was when it was judged, if it has moved since."""


def new_board(path: Path) -> Board:
    """Make a bare repository whose board has Bob's first submission, merged by the bot."""
    subprocess.run(["git", "init", "-q", "--bare", "--template=", "--initial-branch=main", str(path)], check=True)
    board = Board(path, Repository(path))
    first = board.commit({"README.md": b"A board.\n", "leaderboard.toml": LEADERBOARD}, None, "Begin")
    board.repository.update_ref("refs/heads/main", first, None)
    Scene(board).merged(BOB.files(), BOB)
    return board


@dataclass
class Scene:
    """One board, and an attacker's tools."""

    board: Board
    _number: int = field(default=100)

    @classmethod
    def copied(cls, template: Path, path: Path) -> "Scene":
        """Begin upon a copy of a board."""
        shutil.copytree(template, path)
        return cls(Board(path, Repository(path)))

    def merged(self, files: Mapping[str, bytes | str | None], author: Contributor = ADA) -> None:
        """Let the bot merge an honest change."""
        self._number += 1
        head = self.board.pull(self._number, files)
        request = PullRequest(
            number=self._number, head=head, author_id=author.id, author_login=author.login, head_owner_id=author.id
        )
        (result,) = merge(self.board.repository, [request], Policy(), NOW)
        assert result.status is Status.MERGED, result

    def commit(self, files: Mapping[str, bytes | str | None], parent: str | None = None) -> str:
        """Commit files upon main or another parent, the way anybody would."""
        return self.board.commit(files, parent or self.board.main)

    def object(self, kind: str, content: bytes) -> str:
        """Store any bytes as an object of any kind, sound or not."""
        return self.store(b"%s %d\0" % (kind.encode(), len(content)), content)

    def store(self, header: bytes, content: bytes) -> str:
        """Write a loose object past all of Git's checks."""
        oid = hashlib.sha1(header + content).hexdigest()
        self.place(oid).write_bytes(zlib.compress(header + content, 1))
        return oid

    def place(self, oid: str) -> Path:
        """Return where a loose object lies, after making its folder."""
        path = self.board.path / "objects" / oid[:2] / oid[2:]
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        return path

    def blob(self, content: bytes = b"{}") -> str:
        """Store a file."""
        return self.object("blob", content)

    def tree(self, *entries: tuple[str, bytes, str]) -> str:
        """Store a folder of any entries (mode, name, id) in any order."""
        raw = (mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
        return self.object("tree", b"".join(raw))

    def commit_of(self, tree: str, *parents: str, message: bytes = b"change\n") -> str:
        """Store a commit of a tree upon any parents (none: main)."""
        lines = b"".join(b"parent %s\n" % parent.encode() for parent in parents or (self.board.main,))
        return self.object("commit", b"tree %s\n%s%s\n%s" % (tree.encode(), lines, _WHO, message))

    def with_entries(self, *entries: tuple[bytes, Entry | None], tree: str | None = None) -> str:
        """Return main's tree (or another) with entries put at paths, or taken away; folders come into being."""
        tree = tree or self.board.tree
        for path, entry in entries:
            tree = self._with_entry(tree, path.split(b"/"), entry)
        return tree

    def head_with(self, *entries: tuple[bytes, Entry | None]) -> str:
        """Commit `with_entries` upon main."""
        return self.commit_of(self.with_entries(*entries))

    def files_and(self, *entries: tuple[bytes, Entry | None]) -> str:
        """Commit Ada's honest files upon main, and these entries riding along."""
        honest = self.board.repository.commit(self.commit(ADA.files())).tree
        return self.commit_of(self.with_entries(*entries, tree=honest))

    def _with_entry(self, tree: str | None, names: list[bytes], entry: Entry | None) -> str:
        found = {each.name: each for each in self.board.repository.tree(tree)} if tree else {}
        kept = [(each.mode, name, each.oid) for name, each in found.items() if name != names[0]]
        if len(names) > 1:
            below = found.get(names[0])
            inner = below.oid if below and below.mode == FOLDER else None
            entry = (FOLDER, self._with_entry(inner, names[1:], entry))
        made = [*kept, (entry[0], names[0], entry[1])] if entry else kept
        return self.tree(*sorted(made, key=lambda each: each[1] + (b"/" if each[0] == FOLDER else b"")))


def file(blob: str) -> Entry:
    """Return the entry of a regular file."""
    return REGULAR, blob


def folder(tree: str) -> Entry:
    """Return the entry of a folder."""
    return FOLDER, tree
