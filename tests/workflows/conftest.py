"""A board at the stand-in GitHub that runs this repository's own workflows, its published site, and people."""

import http.server
import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.github.board import git
from tests.github.stand_in import GitHub
from tests.github.state import Pull
from tests.validator.conftest import NOW, Contributor
from tests.workflows.runner import Run, Runner

ROOT = Path(__file__).parent.parent.parent
BOARD = "grace-demo/board"


@dataclass
class Clock:
    """Seconds since 1970, which pass only when told: ten with everything that people do."""

    seconds: float = NOW.timestamp()

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Scene:
    """`grace-demo/board`, owned by grace-demo (1)."""

    github: GitHub
    clock: Clock
    folder: Path
    runner: Runner
    tokens: dict[int, str] = field(default_factory=dict)

    def person(self, user_id: int = 4242, login: str = "ada-demo") -> Contributor:
        """Return somebody with an account and a device."""
        if user_id not in self.tokens:
            self.tokens[user_id] = self.github.token(self.github.user(user_id, login))
        return replace(Contributor(), id=user_id, login=login)

    def ask(self, user_id: int, method: str, path: str, **body: object) -> httpx.Response:
        """Send a request to the API as somebody."""
        self.clock.seconds += 10
        headers = {"Authorization": f"Bearer {self.tokens[user_id]}"}
        return httpx.request(method, f"{self.github.url}{path}", headers=headers, json=body or None)

    def submit(self, who: Contributor, files: Mapping[str, bytes]) -> int:
        """Open a pull request of one commit from a new branch of somebody's fork, and return its number."""
        self.ask(who.id, "POST", f"/repos/{BOARD}/forks").raise_for_status()
        self.push(who.id, f"{who.login}/board", files, "submit")
        pull = {"title": "Submit", "head": f"{who.login}:submit", "base": "main"}
        answer = self.ask(who.id, "POST", f"/repos/{BOARD}/pulls", **pull).raise_for_status()
        return int(answer.json()["number"])

    def push(self, user_id: int, repository: str, files: Mapping[str, bytes | None], branch: str = "main") -> str:
        """Put one commit upon the board's main onto a branch, as somebody with a Git client, and return its id."""
        self.clock.seconds += 10
        host = self.github.web.removeprefix("http://")
        clone = self.folder / "clones" / f"{self.clock.seconds:.0f}"
        git(clone.parent, "clone", "-q", f"{self.github.web}/{BOARD}.git", str(clone))
        for path, content in files.items():
            if content is None:
                shutil.rmtree(clone / path)
                continue
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            (clone / path).write_bytes(content)
        git(clone, "add", "--all")
        git(clone, "commit", "-q", "-m", "Work")
        remote = f"http://x-access-token:{self.tokens[user_id]}@{host}/{repository}.git"
        git(clone, "push", "-q", "--force", remote, f"HEAD:refs/heads/{branch}")
        return git(clone, "rev-parse", "HEAD").stdout.strip()

    def say(self, user_id: int, number: int, body: str) -> None:
        """Comment on a pull request."""
        self.ask(user_id, "POST", f"/repos/{BOARD}/issues/{number}/comments", body=body).raise_for_status()

    def dispatch(self, workflow: str, **inputs: object) -> Run:
        """Start a workflow as its owner, and return the run when it has ended."""
        path = f"/repos/{BOARD}/actions/workflows/{workflow}/dispatches"
        self.ask(1, "POST", path, ref="main", inputs=inputs).raise_for_status()
        return self.runner.last(workflow)

    def pull(self, number: int) -> Pull:
        return self.runner.repository.pulls[number]

    def is_merged(self, number: int) -> bool:
        """Tell whether a pull request is merged, when all that has begun has ended."""
        self.github.settle()
        return self.pull(number).merged_at is not None

    def bot_comments(self, number: int) -> list[str]:
        comments = self.runner.repository.comments.values()
        return [each.body for each in comments if each.number == number and each.author is self.github.actions]

    def ran(self) -> list[str]:
        """Return the workflows that ran so far, in order."""
        self.github.settle()
        return [run.workflow for run in self.runner.runs]

    def published(self, page: str) -> Any:
        """Return a JSON file of the published site."""
        return json.loads((self.runner.pages / page).read_bytes())


@pytest.fixture
def site_url(tmp_path: Path) -> Iterator[str]:
    """Serve the folder `pages` as GitHub Pages would."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
            """Say nothing."""

    (tmp_path / "pages").mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "pages")) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture
def scene(tmp_path: Path, site_url: str) -> Iterator[Scene]:
    clock = Clock()
    with GitHub(tmp_path / "github", now=clock) as github:
        grace = github.user(1, "grace-demo")
        settings = f'title = "Demo"\nsite_url = "{site_url}"\nrepository = "{BOARD}"\n'
        workflows = {str(path.relative_to(ROOT)): path.read_bytes() for path in (ROOT / ".github").rglob("*.yml")}
        repository = github.repository(grace, "board", {"leaderboard.toml": settings.encode(), **workflows})
        runner = Runner(github, repository, tmp_path / "runs", tmp_path / "pages", clock)
        scene = Scene(github, clock, tmp_path, runner, {1: github.token(grace, ("repo", "workflow"))})
        github.listen(runner)
        yield scene


@pytest.fixture
def ada(scene: Scene) -> Contributor:
    return scene.person()
