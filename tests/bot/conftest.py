"""A board at the stand-in GitHub, people around it, and the bot's commands as its workflows run them."""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github

from cli.main import run
from tests.github.events import Event
from tests.github.objects import Entry, Person, write_blob, write_commit, write_tree
from tests.github.stand_in import GitHub
from tests.github.state import Pull, User
from tests.validator.conftest import NOW, Contributor
from validator import github as door

HUGE = {"2026-11-02": 100_000_001}
"""Four times as many tokens in all: more than a day of one user may have unseen."""
BOARD = "grace-demo/board"
FILES = {
    "README.md": b"A board.\n",
    ".github/workflows/publish.yml": b"on: workflow_dispatch\n",
    ".github/workflows/sweep.yml": b"on: workflow_dispatch\n",
}
VARIABLES = ("GH_TOKEN", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH", "GITHUB_RUN_ID")


@dataclass
class Clock:
    """The stand-in's seconds since 1970, which pass only when told."""

    seconds: float

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Scene:
    """`grace-demo/board`, owned by grace-demo (1), who runs the bot."""

    github: GitHub
    clock: Clock
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    heard: list[Event] = field(default_factory=list)
    tokens: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.grace = self.github.user(1, "grace-demo")
        self.repository = self.github.repository(self.grace, "board", FILES)
        self.write_token = self.github.actions_token(self.repository)
        self.read_token = self.github.actions_token(self.repository, {})
        self.tokens[1] = self.github.token(self.grace)
        self.github.listen(self.heard.append)

    # People

    def person(self, user_id: int = 4242, login: str = "ada-demo") -> Contributor:
        """Return somebody with an account and a device."""
        if user_id not in self.tokens:
            self.tokens[user_id] = self.github.token(self.github.user(user_id, login))
        return replace(Contributor(), id=user_id, login=login)

    def client(self, user_id: int) -> Github:
        return Github(
            base_url=self.github.url,
            auth=Auth.Token(self.tokens[user_id]),
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
        )

    def submit(self, who: Contributor, files: Mapping[str, bytes], branch: str = "submit") -> int:
        """Open a pull request of one commit from somebody's fork, and return its number."""
        self.push(who, files, branch)
        board = self.client(who.id).get_repo(BOARD)
        return board.create_pull(base="main", head=f"{who.login}:{branch}", title="Submit", body="").number

    def push(self, who: Contributor, files: Mapping[str, bytes], branch: str = "submit") -> str:
        """Put one commit upon main onto a branch of somebody's fork, whatever it held, and return its id.

        Its objects are written past the API, for speed; what moves the branch goes through it.
        """
        fork = self.client(who.id).get_repo(BOARD).create_fork()
        commit = self.commit(files, self.main)
        git = self.github.state.repositories[fork.id].git
        if git.ref(f"refs/heads/{branch}"):
            fork.get_git_ref(f"heads/{branch}").edit(commit, force=True)
        else:
            fork.create_git_ref(f"refs/heads/{branch}", commit)
        return commit

    def commit(self, files: Mapping[str, bytes], parent: str) -> str:
        """Write one commit into the objects that all forks share."""
        git, person = self.repository.git, Person("Ada Demo", "ada-demo@example.invalid", int(NOW.timestamp()))
        entries = [Entry("100644", path, write_blob(git, content)) for path, content in sorted(files.items())]
        return write_commit(git, write_tree(git, entries, f"{parent}^{{tree}}"), [parent], "Submit", (person, person))

    def say(self, user_id: int, number: int, body: str) -> None:
        """Comment, some seconds after whatever happened before."""
        self.clock.seconds += 10
        self.client(user_id).get_repo(BOARD).get_issue(number).create_comment(body)

    # What became of it

    def pull(self, number: int) -> Pull:
        return self.repository.pulls[number]

    def comments(self, number: int) -> list[tuple[User, str]]:
        return [(each.author, each.body) for each in self.repository.comments.values() if each.number == number]

    def bot_comments(self, number: int) -> list[str]:
        return [body for author, body in self.comments(number) if author is self.github.actions]

    def labels(self, number: int) -> set[str]:
        return set(self.pull(number).labels)

    @property
    def main(self) -> str:
        found = self.repository.git.ref("refs/heads/main")
        assert found is not None
        return found

    def files(self) -> set[str]:
        return set(self.repository.git.run("ls-tree", "-r", "--name-only", "main").decode().split())

    def dispatched(self) -> list[str]:
        """Return the workflows that were started, in order."""
        self.github.settle()
        return [Path(each.payload["workflow"]).name for each in self.heard if each.name == "workflow_dispatch"]

    # The bot

    def run(self, *arguments: str, token: str | None = None) -> tuple[int, str, str]:
        """Run a command with a token: exit code, stdout, stderr. No token ever gets into its output."""
        self.clock.seconds += 10
        self.monkeypatch.setenv("GITHUB_TOKEN", token or self.write_token)
        self.capsys.readouterr()
        code = run(list(arguments))
        out, err = self.capsys.readouterr()
        for secret in (*self.tokens.values(), self.write_token, self.read_token):
            assert secret not in out + err
        return code, out, err

    def judge(self, *arguments: str) -> dict[str, str]:
        """Run the judge with a token that may only read, and return the step's outputs."""
        output = self.folder / "output"
        output.unlink(missing_ok=True)
        self.monkeypatch.setenv("GITHUB_OUTPUT", str(output))
        code, _, err = self.run("judge", *arguments, token=self.read_token)
        assert code == 0, err
        return dict(line.split("=", 1) for line in output.read_text().splitlines())

    def act(self) -> str:
        """Act on what was judged last, and return what is told."""
        code, out, err = self.run("act")
        assert code == 0, err
        return out

    def bot(self, number: int) -> str:
        """Judge one pull request and act."""
        self.judge("--pull", str(number))
        return self.act()

    def deliver(self) -> dict[str, str]:
        """Judge the newest event as its workflow would."""
        self.github.settle()
        wanted = {"pull_request_target", "issue_comment"}
        newest = [each for each in self.heard if each.name in wanted][-1]
        self.write_event(newest.payload)
        return self.judge()

    def write_event(self, payload: Mapping[str, Any]) -> None:
        path = self.folder / "event.json"
        path.write_text(json.dumps(payload), encoding="utf-8")
        self.monkeypatch.setenv("GITHUB_EVENT_PATH", str(path))


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def huge() -> dict[str, int]:
    return HUGE


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Scene]:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(door, "SECONDS_BETWEEN_WRITES", 0)
    monkeypatch.chdir(tmp_path)
    clock = Clock(NOW.timestamp())
    with GitHub(tmp_path / "github", now=clock, content_per_minute=10_000) as github:
        scene = Scene(github, clock, tmp_path, monkeypatch, capsys)
        monkeypatch.setenv("GITHUB_API_URL", github.url)
        monkeypatch.setenv("GITHUB_SERVER_URL", github.web)
        monkeypatch.setenv("GITHUB_REPOSITORY", BOARD)
        monkeypatch.setenv("TOKEN_TRACKER_PAUSED", "")
        monkeypatch.setenv("TOKEN_TRACKER_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))
        yield scene


@pytest.fixture
def ada(scene: Scene) -> Contributor:
    return scene.person()


@pytest.fixture
def flagged(scene: Scene, ada: Contributor) -> Callable[[], int]:
    """Return a function that opens a pull request that gets flagged, and returns its number."""
    return lambda: scene.submit(ada, ada.files(ada.submission(HUGE)))
