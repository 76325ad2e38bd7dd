"""The demo's board: a bare repository with pull request refs, as GitHub keeps them."""

import datetime as dt
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

LEADERBOARD = """\
title = "token-tracker demo"
site_url = "http://localhost:{port}/"
repository = "demo/board"
"""


class Board:
    """A bare repository in a folder, to which pull requests are opened by writing `refs/pull/N/head`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pulls = 0

    def git(
        self, *arguments: str, stdin: bytes = b"", when: dt.datetime | None = None, index: Path | None = None
    ) -> str:
        """Run Git on the board and return what it printed, stripped. `when` dates commits."""
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for role in ("AUTHOR", "COMMITTER"):
            environment[f"GIT_{role}_NAME"] = "demo"
            environment[f"GIT_{role}_EMAIL"] = "demo@users.noreply.github.com"
            if when is not None:
                environment[f"GIT_{role}_DATE"] = f"{int(when.timestamp())} +0000"
        if index is not None:
            environment["GIT_INDEX_FILE"] = str(index)
        command = ["git", "-C", str(self.path), *arguments]
        done = subprocess.run(command, input=stdin, env=environment, stdout=subprocess.PIPE, check=True)
        return done.stdout.decode().strip()

    def create(self, port: int, when: dt.datetime) -> None:
        """Make the repository with its first commit on main: the leaderboard's settings."""
        self.path.mkdir(parents=True)
        self.git("init", "-q", "--bare", "-b", "main")
        self._commit(
            "refs/heads/main", None, {"leaderboard.toml": LEADERBOARD.format(port=port).encode()}, "Begin", when
        )

    def main(self) -> str:
        """Return the tip of main."""
        return self.git("rev-parse", "refs/heads/main")

    def open_pull_request(self, files: Mapping[str, bytes], title: str, when: dt.datetime) -> int:
        """Commit files on top of main, as a fork would, and return the pull request's number."""
        self.pulls += 1
        self._commit(f"refs/pull/{self.pulls}/head", self.main(), files, title, when)
        return self.pulls

    def head(self, number: int) -> str:
        """Return the commit that a pull request offers."""
        return self.git("rev-parse", f"refs/pull/{number}/head")

    def _commit(self, ref: str, parent: str | None, files: Mapping[str, bytes], title: str, when: dt.datetime) -> None:
        index = self.path / "demo-index"
        index.unlink(missing_ok=True)
        if parent:
            self.git("read-tree", parent, index=index)
        for path, content in sorted(files.items()):
            blob = self.git("hash-object", "-w", "--stdin", stdin=content)
            self.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", index=index)
        tree = self.git("write-tree", index=index)
        index.unlink()
        parents = ["-p", parent] if parent else []
        self.git("update-ref", ref, self.git("commit-tree", tree, *parents, "-m", title, when=when))
