"""Where the demo plays: a GitHub on this machine with the board, its workflows and its published site."""

import datetime as dt
import os
import subprocess
import threading
from pathlib import Path
from queue import Queue
from types import TracebackType
from typing import Self

from cli import CliError
from cli.serving import serve
from tests.github.events import Event
from tests.github.stand_in import GitHub
from tests.github.state import Pull, User
from tests.workflows.runner import Run, Runner

ROOT = Path(__file__).parent.parent.parent
OWNER_ID = 9_000_000_000
BOARD = "demo-board/board"
CLIENT_ID = "Iv1.0demo0demo0demo0"
LEADERBOARD = """\
title = "token-tracker demo"
site_url = "{site_url}"
repository = "{board}"
oauth_client_id = "{client_id}"
"""
WITHOUT_LIMITS = 10**9
"""Content a minute: the stage's time stands still between its rounds, and GitHub's limits count by the minute."""


class Clock:
    """The stage's time, seconds since 1970, which passes from round to round."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now.timestamp()


class Stage:
    """A GitHub in a folder whose board is a fork of this project; as a context manager it serves.

    While `busy`, GitHub starts no workflow for what happens, as in hours when it drops events.
    """

    def __init__(self, folder: Path, now: dt.datetime, port: int) -> None:
        """Put the board's first commit and the site's folder below `folder`; port 0 takes any free one."""
        self.clock = Clock(now)
        self.busy = False
        self._tokens: dict[int, str] = {}
        self.site = folder / "site"
        self.site.mkdir()
        self.address = _served(self.site, port)
        self.github = GitHub(folder / "github", now=self.clock, content_per_minute=WITHOUT_LIMITS)
        self.github.application(CLIENT_ID)
        owner = self.github.user(OWNER_ID, "demo-board")
        settings = LEADERBOARD.format(site_url=self.address, board=BOARD, client_id=CLIENT_ID)
        workflows = {str(path.relative_to(ROOT)): path.read_bytes() for path in (ROOT / ".github").rglob("*.yml")}
        files = {"leaderboard.toml": settings.encode(), **workflows}
        self.repository = self.github.repository(owner, "board", files)
        self.runner = Runner(self.github, self.repository, folder / "runs", self.site, self.clock)
        self.installation = _installation(folder / "fork", settings)
        self.github.listen(self._hear)

    def __enter__(self) -> Self:
        """Begin to serve."""
        self.github.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End serving; raises AssertionError when GitHub's own description was broken."""
        self.github.__exit__(kind, error, trace)

    @property
    def pulls(self) -> list[Pull]:
        """All pull requests so far, by number."""
        return [pull for _, pull in sorted(self.repository.pulls.items())]

    def environment(self, home: Path, token: str = "") -> dict[str, str]:
        """Return what a command sees on somebody's machine: nothing of the user who plays the demo."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONPATH": str(self.installation),
            "TOKEN_TRACKER_DATA_DIR": str(home / "data"),
            "TOKEN_TRACKER_CONFIG_DIR": str(home / "config"),
            "SOURCE_DATE_EPOCH": str(int(self.clock())),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_SERVER_URL": self.github.web,
            **({"GITHUB_TOKEN": token} if token else {}),
        }

    def account(self, user_id: int, login: str, name: str) -> User:
        """Return the account with an id, made or renamed where needed."""
        known = self.github.state.users.get(user_id)
        if known is None:
            return self.github.user(user_id, login, name)
        if known.login != login:
            self.github.rename(known, login)
        return known

    def token(self, user_id: int) -> str:
        """Return a token of somebody's that may do what the command needs, the same every time."""
        if user_id not in self._tokens:
            self._tokens[user_id] = self.github.token(self.github.state.users[user_id])
        return self._tokens[user_id]

    def sweep(self) -> list[Run]:
        """Run the sweep as its schedule would, with all that it starts, and return these runs."""
        self.github.settle()
        before = len(self.runner.runs)
        self.runner.schedule("sweep.yml")
        self.github.settle()
        return self.runner.runs[before:]

    def clone(self, target: Path) -> None:
        """Clone the board as anyone may."""
        address = f"{self.github.web}/{BOARD}.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", address, str(target)], check=True)

    def _hear(self, event: Event) -> None:
        if not self.busy:
            self.runner(event)


def _served(site: Path, port: int) -> str:
    """Serve the site from now on, and return its address. Raises CliError when the port is taken."""
    answers: Queue[str | CliError] = Queue()

    def run() -> None:
        try:
            serve(site, port, answers.put)
        except CliError as error:
            answers.put(error)

    threading.Thread(target=run, daemon=True).start()
    answer = answers.get()
    if isinstance(answer, CliError):
        raise answer
    return answer


def _installation(folder: Path, settings: str) -> Path:
    """Return a folder with the command as installed from the board's fork: this code, with its leaderboard.toml."""
    folder.mkdir()
    for package in ("cli", "generator", "validator", "templates"):
        (folder / package).symlink_to(ROOT / package)
    (folder / "leaderboard.toml").write_text(settings, encoding="utf-8")
    return folder
