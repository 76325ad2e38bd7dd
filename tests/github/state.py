"""What the stand-in GitHub knows: users, tokens, repositories, pull requests. Git keeps the rest."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from tests.github.bare import Bare
from tests.github.events import Events

Permission: TypeAlias = Literal["admin", "write", "read", "none"]
TokenKind: TypeAlias = Literal["classic", "oauth", "fine-grained", "actions"]

ACTIONS_BOT_ID = 41898282
"""The id of `github-actions[bot]`, which acts when a workflow uses its own token."""
GHOST_ID = 10137
"""The account GitHub shows in place of a deleted one."""


@dataclass
class SigningKey:
    """A public SSH key a user registered for signing."""

    id: int
    title: str
    key: str
    created_at: float


@dataclass
class User:
    """An account. The id stays when the login changes; a deleted account is found by nobody."""

    id: int
    login: str
    name: str | None
    created_at: float
    kind: Literal["User", "Organization", "Bot"] = "User"
    deleted: bool = False
    signing_keys: list[SigningKey] = field(default_factory=list)
    picture: bytes = b""
    """What is served as the account's picture; nothing is 404."""


@dataclass
class Token:
    """What somebody acts with. `repositories` (ids) and `permissions` bound fine-grained and Actions tokens only."""

    value: str
    user: User
    kind: TokenKind
    scopes: tuple[str, ...]
    repositories: frozenset[int]
    permissions: dict[str, str]
    limit: int
    expires_at: float | None = None
    revoked: bool = False


@dataclass
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str
    description: str | None


@dataclass
class Comment:
    """A comment of an issue or pull request."""

    id: int
    number: int
    author: User
    body: str
    created_at: float
    updated_at: float


@dataclass
class Pull:
    """A pull request. `head` is None once the head repository is deleted; `examined` is the (base, head) pair of
    commits for which somebody asked whether they merge, so that the next who asks is told.
    """

    id: int
    number: int
    author: User
    title: str
    body: str | None
    base_ref: str
    base_sha: str
    head: "Repository | None"
    head_owner: User
    head_ref: str
    head_sha: str
    created_at: float
    updated_at: float
    draft: bool = False
    maintainer_can_modify: bool = False
    state: Literal["open", "closed"] = "open"
    closed_at: float | None = None
    merged_at: float | None = None
    merged_by: User | None = None
    merge_commit_sha: str | None = None
    labels: list[str] = field(default_factory=list)
    examined: tuple[str, str] | None = None


@dataclass
class Repository:
    """A repository over a bare Git repository; forks share its lock, because a push to one moves the other's pulls."""

    id: int
    owner: User
    name: str
    git: Bare
    created_at: float
    lock: threading.RLock
    default_branch: str = "main"
    private: bool = False
    parent: "Repository | None" = None
    ready_at: float = 0.0
    deleted: bool = False
    archived: bool = False
    allow_forking: bool = True
    pushed_at: float = 0.0
    collaborators: dict[int, Permission] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """Owner and name as of now."""
        return f"{self.owner.login}/{self.name}"

    @property
    def source(self) -> "Repository":
        """The root of the fork network."""
        return self.parent.source if self.parent else self

    def role(self, user: User | None) -> Permission:
        """Return what a user may do here; everybody may read what is public."""
        if user is not None and user is self.owner:
            return "admin"
        given = self.collaborators.get(user.id) if user else None
        return given or ("none" if self.private else "read")


@dataclass
class State:
    """Everything but Git. `now` is the only clock; `former` remembers what renamed repositories were called."""

    now: Callable[[], float]
    events: Events
    fork_delay: float
    users: dict[int, User] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)
    former: dict[str, int] = field(default_factory=dict)
    ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(100_001))

    def user(self, login: str) -> User | None:
        """Find an account by its present login, whatever its case."""
        return next((u for u in list(self.users.values()) if u.login.lower() == login.lower() and not u.deleted), None)

    def repository(self, owner: str, name: str) -> Repository | None:
        """Find a repository by its present name, whatever its case; a fork that is not ready is not found."""
        wanted = f"{owner}/{name}".lower()
        for repository in list(self.repositories.values()):
            if repository.full_name.lower() == wanted and not repository.deleted:
                return repository if repository.ready_at <= self.now() else None
        return None

    def owned(self, owner: User) -> list[Repository]:
        """Return an account's repositories, the oldest first, those not yet ready included."""
        return [each for each in list(self.repositories.values()) if each.owner is owner and not each.deleted]

    def forks(self, repository: Repository) -> list[Repository]:
        """Return a repository's direct forks that are ready, the newest first."""
        now = self.now()
        found = [r for r in list(self.repositories.values()) if r.parent is repository and not r.deleted]
        return sorted((r for r in found if r.ready_at <= now), key=lambda r: -r.id)

    def shown(self, user: User) -> User:
        """Return who is shown as the author: the ghost when the account is gone."""
        return self.users[GHOST_ID] if user.deleted else user


def stamp(seconds: float) -> str:
    """Write seconds since 1970 the way GitHub does: UTC, whole seconds, `Z`."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
