"""Where a user's branches go: their fork of the board, made if need be, or the board itself for who may write to it."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from cli import CliError
from cli.answers import Ref, Repository
from cli.github import BRANCH_PREFIX, GitHub, Viewer
from cli.refusals import Forbidden, Missing, Unfit

PAUSES = (1, 2, 3, 5, 8, 13, 21, 34, 55)
"""Seconds between looks whether a fork is ready: GitHub takes seconds, for large repositories minutes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A repository to which the user may write."""

    repository: Repository
    is_board: bool
    mark: int | None = None
    """What tells branches apart that are called alike: the user's id in the board itself, where others have branches,
    too; the board's id in a fork that somebody made of another board of the same network.
    """

    def path(self, rest: str) -> str:
        """Return the API's path of something of it."""
        return f"/repos/{self.repository.full_name}{rest}"

    def branch(self, name: str) -> str:
        """Return what a proposal's branch is called here; `GitHub.told` knows the way back."""
        return name if self.mark is None else f"{BRANCH_PREFIX}{self.mark}/{name.removeprefix(BRANCH_PREFIX)}"

    def named(self, branch: str) -> str:
        """Return how a branch of it is called from the board: `owner:branch`."""
        return f"{self.repository.owner.login}:{branch}"


def place_of(hub: GitHub, viewer: Viewer, tell: Callable[[str], None]) -> Place:
    """Return where the user's branches go, forking the board if there is no fork yet; waits until it is ready.

    A fork is known by what it was forked from, whatever its name, and never synchronized. Raises CliError when the
    board takes no changes, the user cannot fork, or GitHub takes longer than all PAUSES together.
    """
    board = hub.board
    if board.archived or board.disabled:
        raise CliError(
            f"The board {board.full_name} is archived: it takes no changes.", "Ask its owner, or give another: --to."
        )
    if board.permissions.push:
        return Place(board, is_board=True, mark=viewer.id)
    fork = hub.named_fork(viewer) or _forked(hub, viewer, tell)
    if fork.archived:
        raise CliError(f"Your fork {fork.full_name} is archived.", "Unarchive it on GitHub and run this again.")
    _wait_until_ready(hub, fork)
    is_direct = fork.parent is not None and fork.parent.id == board.id
    return Place(fork, is_board=False, mark=None if is_direct else board.id)


def _forked(hub: GitHub, viewer: Viewer, tell: Callable[[str], None]) -> Repository:
    """Ask for a fork. GitHub answers with the one there is, renamed or not, or begins a new one."""
    tell(f"Asking GitHub for your fork of {hub.board.full_name} …")
    try:
        fork = hub.api.send("your fork", "POST", hub.place("/forks"), Repository, {"default_branch_only": True})
    except Forbidden as refused:
        raise CliError(
            refused.message, "Without a fork you need write access: ask the board's owner, or use another account."
        ) from None
    except Missing:
        raise CliError(
            f"GitHub does not let this token fork {hub.board.full_name}.",
            "Does it have the scope public_repo (repo for a private board)? `token-tracker login` gets one that has.",
        ) from None
    if fork.owner.id != viewer.id or not fork.is_of(hub.board):
        raise CliError(f"GitHub answered with {fork.full_name}, which is no fork of yours.", "Run this again later.")
    return fork


def _wait_until_ready(hub: GitHub, fork: Repository) -> None:
    path = f"/repos/{fork.full_name}/git/ref/heads/{quote(fork.default_branch)}"
    for pause in (*PAUSES, None):
        try:
            hub.api.get("your fork", path, Ref)
        except (Missing, Unfit):
            if pause is None:
                raise CliError(
                    f"GitHub is still making your fork {fork.full_name}.",
                    "Run this again in some minutes: it continues.",
                ) from None
            hub.api.sleep(pause)
        else:
            return
