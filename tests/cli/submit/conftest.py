"""A board at the stand-in GitHub, machines that submit to it, and the bot that judges and merges."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import httpx
import pytest

from cli.github import connect
from cli.main import run
from cli.settings import Settings
from cli.verdicts import follow
from tests.cli.conftest import NOW, VARIABLES, not_the_first_scan
from tests.github.objects import Entry, Person, write_blob, write_commit, write_tree
from tests.github.stand_in import GitHub
from tests.github.state import Pull, User
from validator import github as door

BOARD = "grace-demo/board"
LEADERBOARD = b"""title = "Demo board"
site_url = "https://board.example/"
repository = "grace-demo/board"
"""
FILES = {
    "leaderboard.toml": LEADERBOARD,
    ".github/workflows/publish.yml": b"on: workflow_dispatch\n",
    ".github/workflows/sweep.yml": b"on: workflow_dispatch\n",
}
DAY = {"2026-11-20": 1000}
"""Output tokens by day."""


@dataclass
class Clock:
    """The stand-in's seconds since 1970, which pass only when told."""

    seconds: float = NOW.timestamp()

    def __call__(self) -> float:
        return self.seconds


class Stream(StringIO):
    """What is typed or shown, in a terminal or not."""

    def __init__(self, text: str = "", *, is_terminal: bool) -> None:
        super().__init__(text)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@dataclass
class Machine:
    """One computer of somebody: a home with logs, and state of its own."""

    folder: Path
    environment: dict[str, str]
    _messages: int = 0

    @property
    def settings(self) -> Settings:
        return Settings(self.folder / "data", self.folder / "config", self.folder / "home", self.environment)

    @property
    def device(self) -> str:
        (path,) = (self.folder / "config").glob("device-????????")
        return path.name.removeprefix("device-")

    def use(self, days: Mapping[str, int] = DAY, model: str = "claude-opus-4-8") -> None:
        """Leave logs of an agent that wrote so many tokens on each day."""
        path = self.folder / "home" / ".claude" / "projects" / "p" / "a.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            for day, tokens in days.items():
                self._messages += 1
                usage = {"input_tokens": 10, "output_tokens": tokens}
                message = {"id": f"{self.folder.name}-{self._messages}", "model": model, "usage": usage}
                row = {"type": "assistant", "timestamp": f"{day}T10:00:00Z", "sessionId": "s", "message": message}
                file.write(json.dumps(row) + "\n")

    def forget(self) -> None:
        """Lose logs and ledger, but not the device."""
        (self.folder / "home/.claude/projects/p/a.jsonl").unlink()
        (self.folder / "data/ledger.duckdb").unlink()


@dataclass
class Scene:
    """`grace-demo/board`, owned by grace-demo (1), who runs the bot."""

    github: GitHub
    clock: Clock
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    leaderboard: bytes = LEADERBOARD
    people: dict[int, User] = field(default_factory=dict)
    tokens: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.grace = self.github.user(1, "grace-demo")
        self.repository = self.github.repository(self.grace, "board", FILES)
        self.tokens[1] = self.github.token(self.grace)
        self.write_token = self.github.actions_token(self.repository)

    def machine(self, user_id: int = 4242, login: str = "ada-demo", name: str = "laptop") -> Machine:
        """Return a new computer of somebody who is logged in there."""
        if user_id not in self.people:
            self.people[user_id] = self.github.user(user_id, login)
            self.tokens[user_id] = self.github.token(self.people[user_id])
        folder = self.folder / f"{user_id}-{name}"
        (folder / "home").mkdir(parents=True)
        environment = {
            "HOME": str(folder / "home"),
            "TOKEN_TRACKER_DATA_DIR": str(folder / "data"),
            "TOKEN_TRACKER_CONFIG_DIR": str(folder / "config"),
            "GITHUB_TOKEN": self.tokens[user_id],
            "GITHUB_API_URL": self.github.url,
            "GITHUB_SERVER_URL": self.github.web,
        }
        return Machine(folder, environment)

    def run(self, machine: Machine, *arguments: str, answer: str | None = None) -> tuple[int, str, str]:
        """Run a command on a machine: exit code, stdout, stderr. Some seconds later than whatever happened before.

        With an answer there is a terminal, at which it is typed.
        """
        self.clock.seconds += 10
        stdout, err = BytesIO(), Stream(is_terminal=answer is not None)
        out = TextIOWrapper(stdout, encoding="utf-8", write_through=True)
        with self.monkeypatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in {"SOURCE_DATE_EPOCH": str(int(self.clock.seconds)), **machine.environment}.items():
                patch.setenv(name, value)
            patch.setenv("TERM", "xterm")
            not_the_first_scan(patch)
            patch.setattr(sys, "stdin", Stream(answer or "", is_terminal=answer is not None))
            code = run(list(arguments))
        said = stdout.getvalue().decode()
        for secret in self.tokens.values():
            assert secret not in said + err.getvalue()
        return code, said, err.getvalue()

    def submit(self, machine: Machine, *arguments: str) -> Pull:
        """Submit without being asked, to the board, and return the pull request."""
        code, out, err = self.run(machine, "submit", "--yes", "--to", BOARD, *arguments)
        assert code == 0, err
        return self.pull(int(out.rstrip("\n").rpartition("/")[2]))

    def bot(self, *numbers: int) -> str:
        """Judge and settle these pull requests, or all open ones, and return what is told."""
        self.clock.seconds += 10
        out, err = StringIO(), StringIO()
        with self.monkeypatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setenv("GITHUB_TOKEN", self.write_token)
            patch.setenv("SOURCE_DATE_EPOCH", str(int(self.clock.seconds)))
            patch.setenv("TOKEN_TRACKER_PAUSED", "")
            board = ["--board", BOARD, "--repository", str(self.folder / "bot.git")]
            pulls = [f"--pull={number}" for number in numbers]
            for command in [["judge", *pulls], ["act"]] if numbers else [["sweep"]]:
                assert run([*command, *board]) == 0, err.getvalue()
        return out.getvalue()

    def follow(self, machine: Machine, number: int, pause: Callable[[float], object]) -> tuple[str, tuple[str, ...]]:
        """Wait for the verdict on a pull request; return state and reasons."""
        found = follow(connect(machine.settings, BOARD), number, pause)
        return found.state, found.codes

    def say(self, user_id: int, number: int, body: str) -> None:
        """Comment on a pull request."""
        self.clock.seconds += 10
        self._ask(user_id, "POST", f"/repos/{BOARD}/issues/{number}/comments", {"body": body})

    def close(self, pull: Pull) -> None:
        """Let its author close a pull request."""
        self._ask(pull.author.id, "PATCH", f"/repos/{BOARD}/pulls/{pull.number}", {"state": "closed"})

    def _ask(self, user_id: int, method: str, path: str, body: Mapping[str, object]) -> None:
        headers = {"Authorization": f"Bearer {self.tokens[user_id]}"}
        httpx.request(method, f"{self.github.url}{path}", headers=headers, json=body).raise_for_status()

    def write(self, path: str, content: bytes) -> None:
        """Put a file onto the board, past all rules."""
        self._commit("refs/heads/main", {path: content}, "refs/heads/main")

    def overwrite(self, pull: Pull, files: Mapping[str, bytes]) -> None:
        """Let a pull request change just these files, past the command."""
        assert pull.head
        commit = self._commit("refs/heads/aside", files, "refs/heads/main")
        path = f"/repos/{pull.head.full_name}/git/refs/heads/{pull.head_ref}"
        self._ask(pull.author.id, "PATCH", path, {"sha": commit, "force": True})

    def _commit(self, ref: str, files: Mapping[str, bytes], onto: str) -> str:
        git, parent = self.repository.git, self.repository.git.ref(onto)
        assert parent
        person = Person("Grace Demo", "1+grace-demo@users.noreply.github.com", int(self.clock.seconds))
        entries = [Entry("100644", path, write_blob(git, content)) for path, content in sorted(files.items())]
        made = write_commit(git, write_tree(git, entries, f"{parent}^{{tree}}"), [parent], "Write", (person, person))
        git.move(ref, made)
        return made

    def pull(self, number: int) -> Pull:
        return self.repository.pulls[number]

    def pulls(self) -> list[tuple[int, str]]:
        """Return number and state of every pull request."""
        return [(each.number, "merged" if each.merged_at else each.state) for each in self.repository.pulls.values()]

    def forks(self) -> list[str]:
        return sorted(each.full_name for each in self.github.state.repositories.values() if each is not self.repository)

    def files(self, revision: str = "main") -> dict[str, bytes]:
        """Return the store's files at a revision of the board, by path."""
        git = self.repository.git
        names = git.run("ls-tree", "-r", "--name-only", revision, "submissions").decode().split()
        return {name: git.run("cat-file", "blob", f"{revision}:{name}") for name in names}

    def requests(self, method: str = "*") -> list[tuple[str, str]]:
        """Return method and path of every request so far."""
        return [(each[0], each[1]) for each in self.github.log if method in {"*", each[0]}]


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for variable in (*VARIABLES, "GH_TOKEN", "GITHUB_REPOSITORY", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(door, "SECONDS_BETWEEN_WRITES", 0)
    monkeypatch.chdir(tmp_path)
    clock = Clock()
    with GitHub(tmp_path / "github", now=clock, content_per_minute=10_000) as github:
        monkeypatch.setenv("GITHUB_API_URL", github.url)
        monkeypatch.setenv("GITHUB_SERVER_URL", github.web)
        yield Scene(github, clock, tmp_path, monkeypatch)


@pytest.fixture
def ada(scene: Scene) -> Machine:
    """Return a computer with a day of usage."""
    machine = scene.machine()
    machine.use()
    return machine
