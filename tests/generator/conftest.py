"""A made-up store: users, submissions and reviews as files, in memory or in a real bare repository."""

import datetime as dt
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import groupby
from pathlib import Path
from queue import Queue

import pytest
from playwright.sync_api import Browser, sync_playwright

from cli.serving import serve
from generator.history import Entry
from generator.load import load
from generator.warehouse import Warehouse
from validator.config import Leaderboard
from validator.git import Repository
from validator.git_objects import Draft, Identity
from validator.store import profile_path, submission_path
from validator.submission import (
    Claim,
    Contribution,
    Data,
    DateRange,
    Device,
    Profile,
    Submission,
    Summary,
    UsageRow,
    User,
    render_profile,
    render_submission,
    seal,
)

MERGED = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="Rewrite the expected files with what is made now.")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium, once for all tests of a process. CI must have it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None and not os.environ.get("CI"):
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


def served(folder: Path, below: str = "/") -> str:
    """Serve a built site from now on, and return its address."""
    addresses: Queue[str] = Queue()
    threading.Thread(target=serve, args=(folder, 0, addresses.put, below), daemon=True).start()
    return addresses.get(timeout=10)


@pytest.fixture
def bless(request: pytest.FixtureRequest) -> bool:
    # the option is unknown when pytest was started above this folder
    return bool(request.config.getoption("--bless", default=False))


def usage(tokens: int = 100, *, output: int = 0, messages: int = 1, **other: object) -> UsageRow:
    """One usage row of `tokens` in all, `output` of them generated."""
    fields: dict[str, object] = {
        "source": "claude",
        "provider": "anthropic",
        "model": "claude-opus-4-5",
        "input_tokens": tokens - output,
        "output_tokens": output,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 0,
        "reasoning_tokens": 0,
        "messages": messages,
        "cost_micros": None,
    }
    return UsageRow.model_validate(fields | other)


def submission(
    user_id: int, days: dict[str, list[UsageRow]], device: str = "device01", revision: int = 1
) -> Submission:
    """One month of one device; days are `YYYY-MM-DD` of one month."""
    contributions = tuple(Contribution(date=date, usage=tuple(rows)) for date, rows in sorted(days.items()))
    claim = Claim(
        schema_version=1,
        user=User(id=user_id, login=f"user{user_id}"),
        device=device,
        period=contributions[0].date[:7],
        revision=revision,
        previous=None,
        created_at=f"{contributions[-1].date}T23:59:59Z",
        cli_version="0.1.0",
        parsers={"claude": 1},
        data=Data(
            date_range=DateRange(start=contributions[0].date, end=contributions[-1].date),
            summary=Summary.of(contributions),
            contributions=contributions,
        ),
    )
    return seal(claim, "")


class Store:
    """Files with the merge that brought each."""

    def __init__(self) -> None:
        self.files: dict[str, Entry] = {}

    def put(self, path: str, content: bytes, merged: dt.datetime = MERGED, joined: dt.date | None = None) -> str:
        self.files[path] = Entry(path, content, f"{len(self.files):040x}", merged, joined or merged.date())
        return path

    def profile(
        self, user_id: int, login: str | None = None, name: str | None = None, merged: dt.datetime = MERGED
    ) -> str:
        login = login or f"user{user_id}"
        key = "ssh-ed25519 " + "A" * 68
        device = Device(id="device01", public_key=key, created_at="2020-01-01T00:00:00Z")
        user = User(id=user_id, login=login)
        profile = Profile(schema_version=1, user=user, display_name=name or login, devices=(device,))
        return self.put(profile_path(user_id), render_profile(profile), merged)

    def use(
        self,
        user_id: int,
        days: dict[str, list[UsageRow]],
        device: str = "device01",
        merged: dt.datetime = MERGED,
        revision: int = 1,
    ) -> list[str]:
        """Add a user's days, one file a month, and a profile unless there is one. Return the paths."""
        if profile_path(user_id) not in self.files:
            self.profile(user_id)
        paths = []
        for period, dates in groupby(sorted(days), lambda date: date[:7]):
            content = render_submission(submission(user_id, {date: days[date] for date in dates}, device, revision))
            paths.append(self.put(submission_path(user_id, device, period), content, merged))
        return paths

    def entries(self) -> list[Entry]:
        return [self.files[path] for path in sorted(self.files)]

    def commit(self, folder: Path, extra: dict[str, bytes] | None = None) -> Path:
        """Write a bare repository: one commit on main for each time of merging, and `extra` files in a last one."""
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
        by_time = sorted(self.files.values(), key=lambda entry: (entry.merged, entry.path))
        me = Identity("bot", "bot@example.org")
        drafts = [
            Draft("Merge", me, merged, tuple((entry.path, entry.content) for entry in entries))
            for merged, entries in groupby(by_time, lambda entry: entry.merged)
        ]
        drafts.append(Draft("Settings", me, MERGED, tuple((extra or {"README": b"A store.\n"}).items())))
        with Repository(folder) as git:
            git.update_ref("refs/heads/main", git.write(None, drafts)[-1], None)
        return folder


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[Store], AbstractContextManager[Warehouse]]:
    """Load a store into a warehouse; every file of it must be counted."""

    @contextmanager
    def load_all(store: Store) -> Iterator[Warehouse]:
        database = tmp_path / "warehouse.duckdb"
        database.unlink(missing_ok=True)
        with Warehouse(database) as warehouse:
            assert load(warehouse, store.entries()) == []
            yield warehouse

    return load_all


@pytest.fixture
def row() -> Callable[..., UsageRow]:
    return usage


@pytest.fixture
def month() -> Callable[..., Submission]:
    return submission


@pytest.fixture
def leaderboard() -> Leaderboard:
    return Leaderboard(title="Test board", site_url="https://board.example/", repository="board/store")
