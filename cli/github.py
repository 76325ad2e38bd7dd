"""The board at GitHub, as one user's token sees it: what is published, and the user's pull requests and fork."""

import base64
import binascii
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from cli import CliError
from cli.boards import api_url, board_of
from cli.refusals import Missing, answer_date, told_scopes
from cli.settings import Settings

if TYPE_CHECKING:
    from cli import answers

BRANCH_PREFIX = "token-tracker/"
"""Begins the name of every branch that this command makes."""
MAX_COMMENTS = 1_000
MAX_PULLS = 30
"""A user's pull requests to the board that are looked at, the newest."""
FEW_FORKS = 30
"""A user's forks of anything that are looked at when their fork of the board has another name."""
_SPEAKERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose token it is."""

    id: int
    login: str
    name: str
    """The display name, or the login."""
    scopes: frozenset[str] | None
    """None: a token that tells none (fine-grained, of an app)."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One pull request to the board. Title and labels may hold anything."""

    number: int
    url: str
    title: str
    state: Literal["open", "merged", "closed"]
    branch: str
    """As the proposal called it: without the mark that `cli.forks.Place` gives some."""
    head: str
    """Commit id; `GitHub.files` takes it as a revision."""
    labels: tuple[str, ...]
    created_at: datetime
    updated_at: datetime

    def fields(self) -> dict[str, object]:
        """Return number and address, as --json tells them."""
        return {"number": self.number, "url": self.url}


@dataclass(frozen=True, slots=True)
class ForkState:
    """Where a user's branches go: a fork of theirs, or the board itself for those who may write to it."""

    kind: Literal["none", "fork", "board"]
    repository: str
    """`owner/name`; empty when there is none yet, or it is still being made."""


class GitHub:
    """The board and all that a submitter needs beside it. Every method raises CliError, whose hint says what to do.

    Nothing is asked before a method is called. `tell` gets a line whenever the user has to wait; `sleep` is how waiting
    is done. `api` is the door for whoever needs more of GitHub.
    """

    def __init__(
        self,
        repository: str,
        token: str,
        url: str,
        tell: Callable[[str], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Look at `owner/name` through the API at an address that `cli.boards.api_url` checked."""
        from cli.api import Api

        self.api = Api(token, url, tell, sleep)
        self._asked_for = repository
        self._trees: dict[str, answers.Tree] = {}

    @cached_property
    def board(self) -> "answers.Repository":
        """The board's repository under its present name."""
        from cli.answers import Repository

        try:
            return self.api.get(f"the board {self._asked_for}", f"/repos/{self._asked_for}", Repository)
        except Missing:
            raise CliError(
                f"There is no board {self._asked_for} that this token can see.",
                "Check the name, or give another: --to owner/name.",
            ) from None

    def place(self, rest: str) -> str:
        """Return the API's path of something of the board."""
        return f"/repos/{self.board.full_name}{rest}"

    def viewer(self) -> Viewer:
        """Return whose token it is."""
        from cli.answers import Account
        from cli.api import typed

        what = "the token's owner"
        headers, data = self.api.ask(what, "GET", "/user")
        account = typed(what, Account, data)
        return Viewer(account.id, account.login, account.name or account.login, told_scopes(headers))

    def clock_skew(self, now: datetime) -> timedelta:
        """Return how far GitHub's clock is ahead of `now`, to the second. Asking costs nothing of a limit."""
        from cli.api import no_answer

        headers, _ = self.api.ask("its clock", "GET", "/rate_limit")
        date = answer_date(headers)
        if date is None:
            raise no_answer("its clock")
        return date - now

    def tip(self) -> str:
        """Return the commit of the board's default branch."""
        from cli.answers import Ref

        branch = quote(self.board.default_branch)
        return self.api.get("the board's branch", self.place(f"/git/ref/heads/{branch}"), Ref).object.sha

    def files(self, folder: str, revision: str) -> dict[str, str]:
        """Return path → blob id of the regular files below a folder in a commit; {} when there is no such folder.

        The commit, by its full id, may be of the board or of any fork of it: GitHub keeps their objects together.
        """
        tree = self._tree(revision)
        for name in folder.split("/"):
            found = next((each.sha for each in tree.tree if each.path == name and each.type == "tree"), None)
            if found is None:
                return {}
            tree = self._tree(found)
        if any(each.type == "tree" for each in tree.tree):
            tree = self._tree(tree.sha, recursive=1)
        regular = (each for each in tree.tree if each.mode == "100644" and each.type == "blob")
        return {f"{folder}/{each.path}": each.sha for each in regular}

    def root_file(self, name: str, revision: str) -> str | None:
        """Return the blob id of a regular file at the root of a commit, or None when there is none."""
        found = (each.sha for each in self._tree(revision).tree if (each.path, each.mode) == (name, "100644"))
        return next(found, None)

    def _tree(self, sha: str, **query: int) -> "answers.Tree":
        """Return a tree, asked for once: what an id stands for never changes."""
        from cli.answers import Tree

        key = f"{sha}?{sorted(query)}"
        if key not in self._trees:
            tree = self.api.get("a folder of the board", self.place(f"/git/trees/{sha}"), Tree, **query)
            if tree.truncated:
                raise CliError("A folder of the board is too large for GitHub to list.", "Tell the board's owner.")
            self._trees[key] = tree
        return self._trees[key]

    def content(self, blob_id: str, limit: int) -> bytes:
        """Return a file's content of at most `limit` bytes. That it has this id is not looked at."""
        from cli.answers import Blob

        blob = self.api.get("a file of the board", self.place(f"/git/blobs/{blob_id}"), Blob)
        try:
            content = base64.b64decode(blob.content)
        except binascii.Error:
            raise CliError("GitHub sent a file that cannot be read.", "Run this again.") from None
        if len(content) > limit:
            raise CliError(f"A file of the board has {len(content)} bytes, more than {limit}.", "Tell its owner.")
        return content

    def pulls(
        self, viewer: Viewer, *, state: Literal["open", "closed", "all"], most: int = MAX_PULLS
    ) -> list[PullRequest]:
        """Return the newest pull requests that this user made with this command, the newest first.

        One request, and one for each that is returned. Nobody's newest MAX_PULLS to a board are all by hand.
        """
        from cli.answers import Issue

        query = {"creator": viewer.login, "state": state, "sort": "created", "direction": "desc"}
        listed = self.api.get("your pull requests", self.place("/issues"), list[Issue], per_page=MAX_PULLS, **query)
        own = (each.number for each in listed if each.pull_request and each.user and each.user.id == viewer.id)
        ours = (pull for pull in map(self.pull, own) if pull.branch.startswith(BRANCH_PREFIX))
        return list(islice(ours, most))

    def pull(self, number: int) -> PullRequest:
        """Return one pull request."""
        from cli.answers import Pull

        return self.told(self.api.get(f"pull request {number}", self.place(f"/pulls/{number}"), Pull))

    def close(self, number: int) -> None:
        """Close one of the user's own pull requests without merging it; one that is closed stays as it is."""
        from cli.answers import Pull

        self.api.send(f"pull request {number}", "PATCH", self.place(f"/pulls/{number}"), Pull, {"state": "closed"})

    def told(self, pull: "answers.Pull") -> PullRequest:
        """Return a pull request as the rest of the command knows it."""
        branch = pull.head.ref
        for mark in (self.board.id, pull.user.id if pull.user else 0):
            branch = re.sub(rf"^{BRANCH_PREFIX}{mark}/", BRANCH_PREFIX, branch)
        return PullRequest(
            number=pull.number,
            url=pull.html_url,
            title=pull.title,
            state="merged" if pull.merged_at else pull.state,
            branch=branch,
            head=pull.head.sha,
            labels=tuple(sorted(label.name for label in pull.labels)),
            created_at=pull.created_at,
            updated_at=pull.updated_at,
        )

    def verdict_comment(self, number: int) -> str | None:
        """Return the newest comment with the validator's mark, by the bot or a maintainer, or None."""
        from cli.answers import Comment
        from validator.github import ACTIONS_BOT
        from validator.reply import read_mark

        what, path = f"the comments of pull request {number}", self.place(f"/issues/{number}/comments")
        newest = None
        for each in self.api.pages(what, path, Comment, MAX_COMMENTS):
            speaks = each.user is not None and (each.user.id == ACTIONS_BOT or each.author_association in _SPEAKERS)
            if speaks and each.body and read_mark(each.body):
                newest = each.body
        return newest

    def fork_state(self, viewer: Viewer) -> ForkState:
        """Return where this user's branches go now, without making anything."""
        if self.board.permissions.push:
            return ForkState("board", self.board.full_name)
        fork = self.named_fork(viewer) or self._renamed_fork()
        return ForkState("fork", fork.full_name) if fork else ForkState("none", "")

    def named_fork(self, viewer: Viewer) -> "answers.Repository | None":
        """Return the user's fork if it has the board's name, or None: what has that name may be something else."""
        from cli.answers import Repository

        name = self.board.full_name.partition("/")[2]
        try:
            found = self.api.get("your fork", f"/repos/{viewer.login}/{name}", Repository)
        except Missing:
            return None
        return found if found.is_of(self.board) and found.owner.id == viewer.id else None

    def _renamed_fork(self) -> "answers.Repository | None":
        from cli.answers import Repository

        query = {"affiliation": "owner", "sort": "created", "direction": "desc"}
        listed = self.api.pages("your repositories", "/user/repos", Repository, 300, **query)
        forks = islice((each.full_name for each in listed if each.fork), FEW_FORKS)
        asked = (self.api.get("your fork", f"/repos/{name}", Repository) for name in forks)
        return next((each for each in asked if each.is_of(self.board)), None)


def connect(settings: Settings, to: str | None, tell: Callable[[str], None] | None = None) -> GitHub:
    """Return the board (`--to`, else that of this installation) as the user's token shows it.

    `tell` gets a line whenever the user has to wait: on stderr unless given. Raises CliError when there is no token, or
    board or address are none.
    """
    import click

    from cli.account import github_token

    def on_stderr(line: str) -> None:
        click.echo(line, err=True)

    return GitHub(board_of(to), github_token(settings), api_url(settings), tell or on_stderr)
