"""What follows when a branch moves, a pull request changes or somebody comments: pulls kept in step, events sent."""

from dataclasses import dataclass
from typing import Self

from tests.github.bare import NOBODY
from tests.github.comparing import commits_between
from tests.github.events import Event
from tests.github.exchange import Json, Request, Urls
from tests.github.pull_views import comment_view, issue_view, pull_view
from tests.github.state import Comment, Pull, Repository, State, Token
from tests.github.views import repository_view, user_view


@dataclass(frozen=True)
class Cause:
    """Who made it happen, and how they see the API."""

    state: State
    token: Token
    urls: Urls

    @classmethod
    def of(cls, state: State, request: Request) -> Self:
        """Take what a request is the cause of. Raises Refusal 401 for the anonymous."""
        return cls(state, request.actor, request.urls)


def announce(cause: Cause, name: str, repository: Repository, action: str | None, **payload: object) -> None:
    """Send an event, unless a workflow's own token caused it: only the two dispatches start something then."""
    state, token, urls = cause.state, cause.token, cause.urls
    if token.kind == "actions" and name not in ("workflow_dispatch", "repository_dispatch"):
        return
    full: Json = {
        **({"action": action} if action else {}),
        **payload,
        "repository": repository_view(state, repository, urls, token.user),
        "sender": user_view(state, token.user, urls),
    }
    state.events.emit(Event(name, action, repository.full_name, full))


def pull_happened(cause: Cause, repository: Repository, pull: Pull, action: str, **payload: object) -> None:
    """Send what happened to a pull request."""
    view = pull_view(cause.state, repository, pull, cause.urls, cause.token.user)
    announce(cause, "pull_request_target", repository, action, number=pull.number, pull_request=view, **payload)


def comment_happened(cause: Cause, repository: Repository, comment: Comment) -> None:
    """Send that somebody commented."""
    issue = issue_view(cause.state, repository, repository.pulls[comment.number], cause.urls)
    view = comment_view(cause.state, repository, comment, cause.urls)
    announce(cause, "issue_comment", repository, "created", issue=issue, comment=view)


def branch_moved(cause: Cause, repository: Repository, ref: str, old: str | None, new: str | None) -> None:
    """Follow a branch that was created (old None), moved or deleted (new None): the caller already moved it in Git."""
    if old == new:
        return
    repository.pushed_at = cause.state.now()
    ends = {"before": old or NOBODY, "after": new or NOBODY, "created": old is None, "deleted": new is None}
    announce(cause, "push", repository, None, ref=ref, **ends)
    branch = ref.removeprefix("refs/heads/")
    arrived = frozenset(commits_between(repository.git, old, new) if old and new else ())
    for base in [each for each in list(cause.state.repositories.values()) if each.lock is repository.lock]:
        for pull in [each for each in base.pulls.values() if each.state == "open"]:
            if pull.head is repository and pull.head_ref == branch:
                _head_moved(cause, base, pull, old, new)
            if base is repository and pull.base_ref == branch and pull.head_sha in arrived:
                close(cause, base, pull, merge_commit=new)


def close(cause: Cause, repository: Repository, pull: Pull, merge_commit: str | None = None) -> None:
    """Close a pull request, as merged when a commit is given that has its head."""
    pull.state = "closed"
    pull.closed_at = pull.updated_at = cause.state.now()
    if merge_commit:
        pull.merged_at, pull.merged_by, pull.merge_commit_sha = pull.closed_at, cause.token.user, merge_commit
    pull_happened(cause, repository, pull, "closed")


def _head_moved(cause: Cause, base: Repository, pull: Pull, old: str | None, new: str | None) -> None:
    if new is None:
        close(cause, base, pull)
        return
    pull.head_sha = new
    pull.base_sha = base.git.ref(f"refs/heads/{pull.base_ref}") or pull.base_sha
    pull.updated_at = cause.state.now()
    base.git.move(f"refs/pull/{pull.number}/head", new)
    pull_happened(cause, base, pull, "synchronize", before=old, after=new)
