"""A made-up contributor and a real bare repository to send pull requests to."""

import datetime as dt
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from validator import signature
from validator.git import Draft, Identity, Repository
from validator.store import profile_path, submission_path
from validator.submission import (
    NAMESPACE,
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
    canonical,
    render_profile,
    render_submission,
    seal,
)

LEADERBOARD = b"""title = "Demo board"
site_url = "https://board.example/"
repository = "demo/board"
"""
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Contributor:
    """One user with one device, whose key follows from the user's id, so that every run makes the same bytes."""

    id: int = 4242
    login: str = "ada-demo"
    device: str = "ab12cd34"

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(f"{self.id}/{self.device}".encode().ljust(32, b"."))

    @property
    def public_key(self) -> str:
        return signature.public_key_text(self.key)

    @property
    def profile_path(self) -> str:
        return profile_path(self.id)

    def path(self, period: str = "2026-11") -> str:
        return submission_path(self.id, self.device, period)

    def profile(self, *others: "Contributor", revoked_at: str | None = None) -> Profile:
        """The profile with this device, and those of the same user's other devices."""
        devices = tuple(
            Device(id=each.device, public_key=each.public_key, created_at="2026-01-01T00:00:00Z", revoked_at=revoked_at)
            for each in (self, *others)
        )
        return Profile(
            schema_version=1, user=User(id=self.id, login=self.login), display_name=self.login, devices=devices
        )

    def claim(
        self,
        days: Mapping[str, int] | None = None,
        *,
        previous: Submission | None = None,
        model: str = "claude-sonnet-4-5",
        created_at: str = "2026-11-20T10:00:00Z",
    ) -> Claim:
        """Claim so many output tokens on each day (default: 1,201 on 2026-11-02), as the revision after `previous`."""
        contributions = tuple(
            Contribution(
                date=day,
                usage=(
                    UsageRow(
                        source="claude",
                        provider="anthropic",
                        model=model,
                        input_tokens=3 * tokens,
                        output_tokens=tokens,
                        cache_read_tokens=2 * tokens,
                        cache_creation_tokens=tokens // 2,
                        reasoning_tokens=tokens // 3,
                        messages=max(1, tokens // 100),
                        cost_micros=20 * tokens,
                    ),
                ),
            )
            for day, tokens in sorted((days or {"2026-11-02": 1201}).items())
        )
        first, last = contributions[0].date, contributions[-1].date
        return Claim(
            schema_version=1,
            user=User(id=self.id, login=self.login),
            device=self.device,
            period=first[:7],
            revision=previous.revision + 1 if previous else 1,
            previous=previous.hash if previous else None,
            created_at=created_at,
            cli_version="0.1.0",
            parsers={"claude": 1},
            data=Data(
                date_range=DateRange(start=first, end=last),
                summary=Summary.of(contributions),
                contributions=contributions,
            ),
        )

    def sign(self, claim: Claim) -> Submission:
        return seal(claim, signature.sign(canonical(claim), self.key, NAMESPACE))

    def submission(self, days: Mapping[str, int] | None = None, *, previous: Submission | None = None) -> Submission:
        return self.sign(self.claim(days, previous=previous))

    def files(self, *submissions: Submission) -> dict[str, bytes]:
        """The profile and these submissions (default: one), each at its path."""
        made = submissions or (self.submission(),)
        return {self.profile_path: render_profile(self.profile())} | {
            self.path(each.period): render_submission(each) for each in made
        }


@dataclass
class Board:
    """A bare repository with a main branch, and a contributor's side of pull requests."""

    path: Path
    repository: Repository
    _times: Iterator[int] = field(default_factory=lambda: iter(range(1_790_000_000, 1_800_000_000, 60)))

    @property
    def main(self) -> str:
        return self.repository.resolve("refs/heads/main")

    @property
    def tree(self) -> str:
        return self.repository.commit(self.main).tree

    def commit(self, files: Mapping[str, bytes | str | None], parent: str | None, message: str = "Add usage") -> str:
        """Write one commit upon `parent`; None deletes a path, text is the id of a blob."""
        time = dt.datetime.fromtimestamp(next(self._times), dt.UTC)
        author = Identity("Ada Demo", "ada-demo@example.invalid")
        return self.repository.write(parent, [Draft(message, author, time, tuple(sorted(files.items())))])[0]

    def pull(self, number: int, files: Mapping[str, bytes | str | None], parent: str | None = None) -> str:
        """Open or update a pull request of one commit upon `parent` (default: main) and return its head."""
        return self.point(number, self.commit(files, parent or self.main))

    def point(self, number: int, head: str) -> str:
        """Let refs/pull/<number>/head name a commit and return it."""
        name = f"refs/pull/{number}/head"
        self.repository.update_ref(name, head, self.repository.refs(name).get(name))
        return head

    def push(self, files: Mapping[str, bytes | str | None], message: str = "Work on the board") -> str:
        """Put a commit on main the ordinary way, past the bot."""
        head = self.commit(files, self.main, message)
        self.repository.update_ref("refs/heads/main", head, self.main)
        return head

    def git(self, *arguments: str, given: bytes = b"") -> str:
        """Run any Git command on the repository: for what only an attacker would do."""
        line = ["git", "-c", "safe.directory=*", f"--git-dir={self.path}", *arguments]
        return subprocess.run(line, input=given, check=True, capture_output=True).stdout.decode().strip()


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def ada() -> Contributor:
    return Contributor()


@pytest.fixture
def contributor() -> Callable[[int], Contributor]:
    """Return a function that makes up the user with an id."""
    return lambda user_id: replace(Contributor(), id=user_id, login=f"user-{user_id}")


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    path = tmp_path / "board.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(path)], check=True)
    with Repository(path) as repository:
        made = Board(path, repository)
        first = made.commit({"README.md": b"A board.\n", "leaderboard.toml": LEADERBOARD}, None, "Begin")
        repository.update_ref("refs/heads/main", first, None)
        yield made
