"""A GitHub to sign in at, a machine without any token, and a user who acts while the command waits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli import credentials
from cli.settings import Settings
from tests.github.stand_in import GitHub
from tests.github.state import User
from validator import config

CLIENT = "client"
CODE_PATH, TOKEN_PATH = "/login/device/code", "/login/oauth/access_token"


@dataclass
class Patience:
    """The time of GitHub and of this machine; `plan` holds what happens once so many seconds were waited."""

    seconds: float = 1_795_348_800.0
    waited: float = 0.0
    plan: dict[int, Callable[[], None]] = field(default_factory=dict)

    def now(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.seconds += seconds
        self.waited += seconds
        for moment in [each for each in self.plan if each <= self.waited]:
            self.plan.pop(moment)()


@pytest.fixture
def patience() -> Patience:
    return Patience()


@pytest.fixture
def github(tmp_path: Path, patience: Patience) -> Iterator[GitHub]:
    with GitHub(tmp_path / "github", now=patience.now) as github:
        github.application(CLIENT)
        yield github


@pytest.fixture
def ada(github: GitHub) -> User:
    return github.user(4242, "ada-demo", "Ada Demo")


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder on the path, in which there is no tool yet."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def gh(tools: Path) -> Callable[[str], None]:
    """Return a function that puts a `gh` with a token there."""

    def put(token: str) -> None:
        (tools / "gh").write_text(f'#!/bin/sh\n[ "$1 $2 $3 $4" = "auth token --hostname 127.0.0.1" ] && echo {token}\n')
        (tools / "gh").chmod(0o755)

    return put


@pytest.fixture
def at_github(home: Path, tools: Path, github: GitHub, patience: Patience, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    """Point the command at the stand-in, with an application to sign in with and without a token; return it."""
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_SERVER_URL", github.web)
    board = config.installed().model_copy(update={"oauth_client_id": CLIENT})
    monkeypatch.setattr("validator.config.installed", lambda: board)
    time = SimpleNamespace(monotonic=patience.now, sleep=patience.pause)
    monkeypatch.setattr("cli.commands.login.time", time)
    return github


@pytest.fixture
def kept() -> Callable[[], credentials.Credential | None]:
    """Return a function that loads what login kept."""
    return lambda: credentials.load(Settings.load().config_dir)


@pytest.fixture
def keep(github: GitHub) -> Callable[[str], Path]:
    """Return a function that keeps a token as login does, and returns the file."""
    return lambda token: credentials.save(Settings.load().config_dir, credentials.Credential(github.url, token))
