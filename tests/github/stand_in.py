"""GitHub for tests and the demo: seed it, serve it, look at what happened."""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.github import limits
from tests.github.bare import Bare
from tests.github.events import Events, Listener
from tests.github.faults import Fault, Faults, Planned
from tests.github.login import Login
from tests.github.objects import Person, seed
from tests.github.routes.repositories import forget
from tests.github.server import Server
from tests.github.service import Service
from tests.github.state import (
    ACTIONS_BOT_ID,
    GHOST_ID,
    Permission,
    Repository,
    SigningKey,
    State,
    Token,
    TokenKind,
    User,
)

PREFIXES = {"classic": "ghp_", "oauth": "gho_", "fine-grained": "github_pat_", "actions": "ghs_"}
WORKFLOW_PERMISSIONS = dict.fromkeys(("actions", "contents", "issues", "pull-requests"), "write")
"""What a workflow can ask for, as far as it matters here. Reading variables through the API is not among it."""


class GitHub:
    """A GitHub over a folder. As a context manager it serves; leaving it raises AssertionError for what went wrong.

    `fork_delay` is in seconds of `now`, the only clock it has (seconds since 1970).
    """

    def __init__(
        self,
        folder: Path,
        *,
        now: Callable[[], float] = time.time,
        fork_delay: float = 0.0,
        content_per_minute: int = 80,
    ) -> None:
        """Keep the repositories below `folder`."""
        self._folder = folder
        self.failures: list[str] = []
        self.state = State(now, Events(self.failures), fork_delay)
        self._faults = Faults()
        self._login = Login(self.state, lambda user, scopes: self._issue(user, scopes, "oauth"))
        self._limits = limits.Limits(now, content_per_minute)
        self.service = Service(self.state, self._limits, self._login, self._faults, self.failures)
        self._server = Server(self.service)
        self.actions = self.user(ACTIONS_BOT_ID, "github-actions[bot]", kind="Bot")
        self.user(GHOST_ID, "ghost")

    @property
    def url(self) -> str:
        """The base of the API, without a trailing slash."""
        return self._server.address

    @property
    def web(self) -> str:
        """The base of the site: sign-in, and repositories for Git."""
        return self._server.address

    @property
    def log(self) -> list[tuple[str, str, int]]:
        """Every request so far: method, path, status (0 when its connection was dropped)."""
        return self.service.log

    @property
    def pending_faults(self) -> list[str]:
        """Faults that no request met yet."""
        return self._faults.pending

    def __enter__(self) -> Self:
        """Begin to serve."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.state.events.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End serving, and fail when anything broke the description, unless something else failed already."""
        self.state.events.stop()
        self._server.shutdown()
        self._server.server_close()
        if error is None and self.failures:
            raise AssertionError("The stand-in GitHub saw what it must not:\n" + "\n".join(self.failures))

    def user(self, id: int, login: str, name: str | None = None, *, kind: str = "User") -> User:  # noqa: A002 - GitHub's word
        """Add an account."""
        made = User(id, login, name, self.state.now(), "Bot" if kind == "Bot" else "User")
        self.state.users[id] = made
        return made

    def rename(self, user: User, login: str) -> None:
        """Give an account another login: its repositories redirect from the old, its profile does not."""
        for each in self.state.owned(user):
            self.state.former[each.full_name.lower()] = each.id
        user.login = login

    def rename_repository(self, repository: Repository, name: str) -> None:
        """Give a repository another name; the old one redirects."""
        self.state.former[repository.full_name.lower()] = repository.id
        repository.name = name

    def remove_user(self, user: User) -> None:
        """Delete an account with its repositories; what it wrote elsewhere is shown as the ghost's."""
        for each in self.state.owned(user):
            self.delete(each)
        user.deleted = True

    def signing_key(self, user: User, key: str, title: str = "device") -> None:
        """Register a public key with which an account signs."""
        user.signing_keys.append(SigningKey(next(self.state.ids), title, key, self.state.now()))

    def token(
        self,
        user: User,
        scopes: tuple[str, ...] = ("public_repo",),
        kind: TokenKind = "classic",
        *,
        repositories: tuple[Repository, ...] = (),
        permissions: Mapping[str, str] | None = None,
        expires_at: float | None = None,
    ) -> str:
        """Make a token. Fine-grained ones reach the repositories given, with these permissions (contents: write)."""
        granted = permissions if permissions is not None else {"contents": "write"}
        token = self._issue(user, scopes if kind in ("classic", "oauth") else (), kind, repositories, granted)
        token.expires_at = expires_at
        return token.value

    def actions_token(self, repository: Repository, permissions: Mapping[str, str] | None = None) -> str:
        """Make the token a workflow of the repository has; it may write everything unless permissions are given."""
        granted = WORKFLOW_PERMISSIONS if permissions is None else permissions
        return self._issue(self.actions, (), "actions", (repository,), granted).value

    def revoke(self, token: str) -> None:
        """Make a token worthless."""
        self.state.tokens[token].revoked = True

    def exhaust(self, token: str) -> None:
        """Use up a token's hour."""
        window = self._limits.window(self.state.tokens[token])
        window.used = window.limit

    def repository(
        self,
        owner: User,
        name: str,
        files: Mapping[str, bytes] | None = None,
        *,
        private: bool = False,
        collaborators: Mapping[int, Permission] | None = None,
    ) -> Repository:
        """Add a repository whose branch `main` has one commit with these files. More comes by `git push`.

        `collaborators` are permissions by user id.
        """
        number, now = next(self.state.ids), self.state.now()
        self._folder.mkdir(parents=True, exist_ok=True)
        git = Bare.create(self._folder / f"{number}.git", "main")
        person = Person(owner.login, f"{owner.id}+{owner.login}@users.noreply.github.com", int(now))
        seed(git, "main", files or {"README.md": b"A repository.\n"}, "Begin", person)
        made = Repository(
            number, owner, name, git, now, threading.RLock(), private=private, pushed_at=now,
            collaborators=dict(collaborators or {}),
        )  # fmt: skip
        self.state.repositories[number] = made
        return made

    def delete(self, repository: Repository) -> None:
        """Delete a repository; pull requests from it lose their head repository."""
        forget(self.state, repository)

    def fail(
        self,
        method: str,
        path: str,
        fault: Fault,
        times: int = 1,
        *,
        seconds: float = 60.0,
        action: Callable[[], None] | None = None,
    ) -> None:
        """Plan a fault for the next requests of a method (`*`: any) to a path, a shell pattern whose `*` spans slashes.

        `seconds` is how long a delay lasts or what `retry-after` says. `action` runs when it happens: before the
        operation, for `drop after` behind it.
        """
        self._faults.plan(Planned(method, path, fault, times, seconds, action))

    def application(self, client_id: str, *, device_flow: bool = True) -> None:
        """Register an application for signing in."""
        self._login.applications[client_id] = device_flow

    def authorize(self, user: User, user_code: str | None = None, *, scopes: tuple[str, ...] | None = None) -> None:
        """Enter the code a client shows (the newest if not given) as this user; grant what it asks or only `scopes`."""
        self._login.decide(user, user_code, granted=True, scopes=scopes)

    def deny(self, user: User, user_code: str | None = None) -> None:
        """Enter the code and refuse."""
        self._login.decide(user, user_code, granted=False, scopes=None)

    def listen(self, listener: Listener) -> None:
        """Call a function for every event that would start a workflow, outside of any request, one after the other."""
        self.state.events.listeners.append(listener)

    def settle(self) -> None:
        """Wait until all events were heard, those that listeners caused included."""
        self.state.events.settle()

    def _issue(
        self,
        user: User,
        scopes: tuple[str, ...],
        kind: TokenKind,
        repositories: tuple[Repository, ...] = (),
        permissions: Mapping[str, str] | None = None,
    ) -> Token:
        value = PREFIXES[kind] + secrets.token_hex(18)
        reach = frozenset(each.id for each in repositories)
        hourly = 1000 if kind == "actions" else 5000
        self.state.tokens[value] = Token(value, user, kind, scopes, reach, dict(permissions or {}), hourly)
        return self.state.tokens[value]
