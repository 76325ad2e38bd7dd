"""Offer a change to the board: fork, one commit, one branch, one pull request. Every step may be done twice.

Whatever was interrupted wherever is simply done again: what is there already is found and used, so that a second run
with the same proposal changes nothing, and one with another updates the same pull request.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from os.path import commonpath
from posixpath import dirname
from typing import TypeVar
from urllib.parse import quote

from cli import CliError
from cli.answers import Commit, Comparison, Pull, Ref, Target
from cli.forks import Place, place_of
from cli.github import GitHub, PullRequest, Viewer
from cli.refusals import Missing, Unfit, require_scope
from validator.git_objects import object_id

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change to the store, as one commit and what is said about it."""

    branch: str
    """Begins with BRANCH_PREFIX; the pull request from it is updated by every proposal of the same branch."""
    title: str
    body: str
    message: str
    files: Mapping[str, bytes | None]
    """Store path → new content; None removes the path. All below one folder of the board."""
    when: datetime
    """Of the commit."""


def propose(hub: GitHub, viewer: Viewer, proposal: Proposal, tell: Callable[[str], None]) -> PullRequest:
    """Bring a proposal to the board as a pull request and return it; `tell` gets a line for what takes long.

    The commit goes upon what the fork already has of the board, so that the fork is never synchronized. Raises
    CliError, whose hint says what to do; running it again continues.
    """
    require_scope(viewer.scopes)
    place = place_of(hub, viewer, tell)
    desk = _Desk(hub, viewer, place, place.branch(proposal.branch))
    head = desk.commit(proposal, tell)
    return replace(hub.told(desk.offer(proposal)), head=head)


@dataclass(frozen=True, slots=True)
class _Desk:
    """One branch of one user, on its way to the board."""

    hub: GitHub
    viewer: Viewer
    place: Place
    branch: str

    def commit(self, proposal: Proposal, tell: Callable[[str], None]) -> str:
        """Make the branch have the proposal as its only commit that the board has not, and return that commit's id."""
        tip = self.hub.tip()
        wanted = _ids(proposal.files, like=tip)
        changes = self._news(wanted, tip)
        if not changes:
            raise CliError("The board has all of this already.", "There is nothing to offer.")
        before = self._compared(tip, self.branch)
        if before and _is(before, changes, proposal.message):
            return before.commits[0].sha
        parent = self._parent(tip, changes, before)
        tell(
            f"Sending {len(changes)} {'file' if len(changes) == 1 else 'files'} to {self.place.repository.full_name} …"
        )
        commit = self._written(proposal, changes, parent)
        self._point(commit, exists=before is not None)
        return commit

    def offer(self, proposal: Proposal) -> Pull:
        """Open the pull request, or bring the open one up to date."""
        said = {"title": proposal.title, "body": proposal.body}
        pull = self._open_pull() or self._opened(said)
        if pull.user is None or pull.user.id != self.viewer.id:
            raise CliError(
                f"Somebody else opened pull request {pull.number} from your branch {self.branch}.",
                f"Ask for it to be closed ({pull.html_url}) and run this again.",
            )
        if (pull.title, (pull.body or "").replace("\r\n", "\n")) != (proposal.title, proposal.body):
            pull = self._send("your pull request", "PATCH", self.hub.place(f"/pulls/{pull.number}"), Pull, said)
        return pull

    def _news(self, wanted: Mapping[str, str | None], tip: str) -> dict[str, str | None]:
        """Return what of the wanted files (path → blob id, None for removed) the board does not have so already."""
        there = self._blobs(wanted, tip)
        return {path: blob for path, blob in wanted.items() if there.get(path) != blob}

    def _blobs(self, paths: Mapping[str, object], revision: str) -> dict[str, str]:
        return self.hub.files(commonpath([dirname(path) for path in paths]), revision)

    def _parent(self, tip: str, changes: Mapping[str, str | None], before: Comparison | None) -> Commit:
        """Return the commit to build upon: the newest of the board's that the fork already has.

        It is the board's newest instead where a change would be none upon the older one: a file removed that is not
        there yet, one set back to what it was. GitHub may refuse that, see `_point`.
        """
        default = self._compared(tip, self.place.repository.default_branch)
        known = sorted((each for each in (before, default) if each), key=lambda each: each.behind_by)
        if known:
            parent = known[0].merge_base_commit
            there = {} if parent.sha == tip else self._blobs(changes, parent.sha)
            if parent.sha == tip or all(there.get(path) != blob for path, blob in changes.items()):
                return parent
        return self.hub.api.get("the board's branch", self.hub.place(f"/commits/{tip}"), Commit)

    def _compared(self, tip: str, branch: str) -> Comparison | None:
        """Return how a branch of the user stands to the board, or None when there is no such branch."""
        head = quote(self.place.named(branch), safe=":")
        try:
            return self.hub.api.get("your branch", self.hub.place(f"/compare/{tip}...{head}"), Comparison)
        except Missing:
            return None

    def _written(self, proposal: Proposal, changes: Mapping[str, str | None], parent: Commit) -> str:
        """Write blobs, a tree and a commit, and return its id: the same for the same proposal upon the same parent."""
        entries: list[dict[str, str | None]] = []
        for path, blob in sorted(changes.items()):
            content = proposal.files[path]
            if content is not None:
                encoded = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
                self._write("your files", "/git/blobs", Target, encoded)
            entries.append({"path": path, "mode": "100644", "type": "blob", "sha": blob})
        tree = self._write("your files", "/git/trees", Target, {"base_tree": parent.commit.tree.sha, "tree": entries})
        person = {
            "name": self.viewer.login,
            "email": f"{self.viewer.id}+{self.viewer.login}@users.noreply.github.com",
            "date": proposal.when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        said = {"message": proposal.message, "tree": tree.sha, "parents": [parent.sha]}
        return self._write("your commit", "/git/commits", Target, said | {"author": person, "committer": person}).sha

    def _point(self, commit: str, *, exists: bool) -> None:
        """Make the branch end in a commit, whether it is there by now or not."""
        try:
            self._move(commit) if exists else self._create(commit)
        except Unfit as refused:
            if "workflow" in refused.said:
                raise CliError(
                    f"Your fork {self.place.repository.full_name} is too old for this change.",
                    f"Open {self.place.repository.html_url}, press “Sync fork”, and run this again.",
                ) from None
            self._create(commit) if exists else self._move(commit)

    def _create(self, commit: str) -> None:
        self._write("your branch", "/git/refs", Ref, {"ref": f"refs/heads/{self.branch}", "sha": commit})

    def _move(self, commit: str) -> None:
        path = self.place.path(f"/git/refs/heads/{quote(self.branch)}")
        self._send("your branch", "PATCH", path, Ref, {"sha": commit, "force": True})

    def _open_pull(self) -> Pull | None:
        query = {"state": "open", "head": self.place.named(self.branch), "base": self.hub.board.default_branch}
        found = self.hub.api.get("your pull requests", self.hub.place("/pulls"), list[Pull], **query)
        own = self.place.repository.id
        return next((each for each in found if each.head.repo and each.head.repo.id == own), None)

    def _opened(self, said: Mapping[str, str]) -> Pull:
        """Open the pull request. When GitHub says that there is one, its answer to an earlier try got lost."""
        ends = {"head": self.place.named(self.branch), "base": self.hub.board.default_branch}
        body: dict[str, object] = {**said, **ends}
        if not self.place.is_board:
            body["maintainer_can_modify"] = False
        try:
            return self._send("your pull request", "POST", self.hub.place("/pulls"), Pull, body)
        except Unfit:
            found = self._open_pull()
            if found is None:
                raise
            return found

    def _write(self, what: str, rest: str, kind: type[T], body: Mapping[str, object]) -> T:
        return self._send(what, "POST", self.place.path(rest), kind, body)

    def _send(self, what: str, verb: str, path: str, kind: type[T], body: Mapping[str, object]) -> T:
        try:
            return self.hub.api.send(what, verb, path, kind, body)
        except Missing:
            raise CliError(
                f"GitHub does not let this token write {what}.",
                "Was your fork deleted just now? Then run this again. Else the token lacks the scope public_repo (repo "
                "for a private board): `token-tracker login` gets one that has it.",
            ) from None


def _ids(files: Mapping[str, bytes | None], like: str) -> dict[str, str | None]:
    """Return the id Git gives each content, None for what is removed."""
    return {path: None if content is None else object_id("blob", content, like) for path, content in files.items()}


def _is(branch: Comparison, changes: Mapping[str, str | None], message: str) -> bool:
    """Tell whether a branch has these changes as its only commit, with this message."""
    if branch.ahead_by != 1 or len(branch.commits) != 1:
        return False
    found: dict[str, str | None] = {}
    for file in branch.files:
        if file.previous_filename is not None:
            found.setdefault(file.previous_filename, None)
        found[file.filename] = None if file.status == "removed" else file.sha
    return found == changes and branch.commits[0].commit.message.strip() == message.strip()
