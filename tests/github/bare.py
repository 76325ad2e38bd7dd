"""Bare Git repositories, the truth behind the stand-in GitHub: processes, references, forks that share objects."""

import os
import re
import shutil
import subprocess
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

ISOLATED = {
    "PATH": os.environ.get("PATH", os.defpath),
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
"""The whole environment of every Git process: nothing of the user's."""
NOBODY = "0" * 40
CONFIG = {
    "gc.auto": "0",
    "receive.autogc": "false",
    "receive.advertiseAtomic": "true",
    "receive.hideRefs": "refs/pull",
    "uploadpack.allowAnySHA1InWant": "true",
    "uploadpack.allowFilter": "true",
    "http.receivepack": "true",
}
"""As GitHub has it: any object can be fetched by its id, `refs/pull` cannot be pushed. Objects that a fork shares must
never be collected.
"""


class GitFailed(Exception):
    """A Git process ended with an error; the text is what it said."""


class Bare:
    """One bare repository. One Git process that answers questions about objects and references lives as long as it."""

    def __init__(self, path: Path) -> None:
        """Open what `create` or `fork` made at this path."""
        self.path = path
        self._asking = threading.Lock()
        self._answers: subprocess.Popen[bytes] | None = None

    @classmethod
    def create(cls, path: Path, default_branch: str) -> Self:
        """Make an empty bare repository."""
        made = cls(path)
        made.run("init", "--quiet", "--bare", "--template=", f"--initial-branch={default_branch}", str(path))
        settings = "".join(f"[{key.split('.')[0]}]\n\t{key.split('.')[1]} = {value}\n" for key, value in CONFIG.items())
        with (path / "config").open("a", encoding="utf-8") as config:
            config.write(settings)
        return made

    def fork(self, path: Path, default_branch: str, *, default_branch_only: bool) -> "Bare":
        """Make a repository over the very same objects: what one of a fork network has can be read through all."""
        made = Bare.create(path, default_branch)
        objects = path / "objects"
        shutil.rmtree(objects)
        objects.symlink_to((self.path / "objects").resolve(), target_is_directory=True)
        wanted = f"refs/heads/{default_branch}" if default_branch_only else "refs/heads/"
        lines = [f"create {ref} {sha}\n" for ref, sha in self.refs(wanted).items()]
        made.run("update-ref", "--stdin", stdin="".join(lines).encode())
        return made

    def run(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """Run a Git command in this repository and return what it prints. Raises GitFailed."""
        answer = self.attempt(*arguments, stdin=stdin, environment=environment)
        if answer.returncode:
            raise GitFailed(f"git {arguments[0]}: {answer.stderr.decode(errors='replace').strip()}")
        return answer.stdout

    def attempt(
        self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a Git command whose exit code is an answer."""
        return subprocess.run(
            ["git", "--git-dir", str(self.path), *arguments],
            input=stdin,
            capture_output=True,
            env={**ISOLATED, **(environment or {})},
            check=False,
        )

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Return references and their object ids, sorted by name."""
        listed = self.run("for-each-ref", "--format=%(refname) %(objectname)", *([prefix] if prefix != "refs/" else []))
        lines = (line.partition(" ") for line in listed.decode().splitlines())
        return {name: sha for name, _, sha in lines}

    def ref(self, name: str) -> str | None:
        """Return where a full reference name points to, or None."""
        found = self.look("info", name)
        return found[0] if found else None

    def look(self, wanted: Literal["info", "contents"], name: str) -> tuple[str, str, bytes] | None:
        """Return id, kind and (unless only `info` is wanted) bytes of the object that a name means, or None.

        Raises GitFailed when the process is gone.
        """
        if not name.isprintable():  # a line break would be a second question
            return None
        with self._asking:
            pipes = self._git_that_answers()
            assert pipes.stdin is not None
            assert pipes.stdout is not None
            pipes.stdin.write(f"{wanted} {name}\n".encode())
            pipes.stdin.flush()
            header = pipes.stdout.readline().split()
            if not header:
                raise GitFailed("git cat-file ended")
            if len(header) != 3 or not header[2].isdigit():
                return None
            content = pipes.stdout.read(int(header[2]) + 1)[:-1] if wanted == "contents" else b""
        return header[0].decode(), header[1].decode(), content

    def _git_that_answers(self) -> subprocess.Popen[bytes]:
        if self._answers is None:
            self._answers = subprocess.Popen(
                ["git", "--git-dir", str(self.path), "cat-file", "--batch-command"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=ISOLATED,
            )
            weakref.finalize(self, _end, self._answers)
        return self._answers

    def move(self, name: str, new: str | None, old: str | None = None) -> None:
        """Set a reference, or delete it for None, if it still is where the caller saw it. Raises GitFailed."""
        if new is None:
            self.run("update-ref", "-d", name, *([old] if old else []))
        else:
            self.run("update-ref", name, new, *([old] if old else []))

    def commit_id(self, revision: str) -> str | None:
        """Return the commit that a branch, tag, reference or (abbreviated) id names, or None."""
        if revision.startswith("-"):
            return None
        names = () if re.fullmatch("[0-9a-f]{40}", revision) else ("refs/heads/", "refs/tags/", "refs/")
        for candidate in (*(name + revision for name in names), revision):
            found = self.ref(f"{candidate}^{{commit}}")
            if found:
                return found
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()
