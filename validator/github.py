"""The board's repository at GitHub: pull requests, comments, labels, permissions, workflows. The only door to its API.

GitHub's answers become values at this border. Nothing a pull request holds is read here, but for what people say in
comments. Rate limits are waited out as GitHub asks (`retry-after`); a token never gets into a message.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from urllib.parse import quote, urlsplit

import github
import requests
from github.GithubException import GithubException
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest

from validator import ValidatorError
from validator.pulls import Comment, Label, Pull

ACTIONS_BOT = 41898282
"""GitHub's id of `github-actions[bot]`, whom only a repository's own workflows can speak as."""
API_URL = "https://api.github.com"
SECONDS_BETWEEN_WRITES = 1.0
"""GitHub's advice against its secondary limits."""
MAX_COMMENTS = 3_000
"""Comments of one pull request that are read; in a longer talk no command is heard."""
PAGE = 100
FEW = 3
"""So many pull requests are asked for one by one; of more, those that are open are listed."""
WRITERS = frozenset({"admin", "maintain", "write"})


class GitHub:
    """One repository, seen with one token. Every method raises ValidatorError when GitHub cannot or will not."""

    def __init__(self, repository: str, token: str, api_url: str = API_URL) -> None:
        """Look at `owner/name`; nothing is asked yet. Raises ValidatorError for a URL that is no http or https."""
        if urlsplit(api_url).scheme not in {"https", "http"}:
            raise ValidatorError("The URL of GitHub's API is none.", "Mend GITHUB_API_URL, or unset it.")
        self.repository = repository
        self._client = github.Github(
            base_url=api_url.rstrip("/"),
            auth=github.Auth.Token(token),
            per_page=PAGE,
            lazy=True,
            seconds_between_requests=0,
            seconds_between_writes=SECONDS_BETWEEN_WRITES,
        )
        self._repository = self._client.get_repo(repository)
        self._writers: dict[tuple[int, str], bool] = {}
        self._labels: set[str] | None = None

    def pull(self, number: int) -> Pull:
        """Return one pull request."""
        with _asking(f"pull request {number}"):
            return _pull(self._repository.get_pull(number).complete())

    def open_pulls(self, branch: str) -> tuple[Pull, ...]:
        """Return the open pull requests that ask to be merged into a branch, by number. One request for a hundred."""
        with _asking("the open pull requests"):
            found = map(_pull, self._repository.get_pulls(state="open", base=branch))
            return tuple(sorted(found, key=lambda pull: pull.number))

    def pulls(self, numbers: Iterable[int], branch: str) -> dict[int, Pull]:
        """Return pull requests by number: of few each, of many those that are open, so that requests are few."""
        wanted = sorted(set(numbers))
        if len(wanted) <= FEW:
            return {number: self.pull(number) for number in wanted}
        return {pull.number: pull for pull in self.open_pulls(branch) if pull.number in wanted}

    def labelled(self, label: str, state: str) -> tuple[int, ...]:
        """Return the numbers of the pull requests with a label that are `open` or `closed`, sorted."""
        with _asking(f"pull requests labelled {label}"):
            found = self._repository.get_issues(state=state, labels=[label])
            return tuple(sorted(issue.number for issue in found if issue.pull_request is not None))

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Return a pull request's comments, the oldest first."""
        with _asking(f"the comments of pull request {number}"):
            listed = islice(self._repository.get_issue(number).get_comments(), MAX_COMMENTS)
            return tuple(sorted(map(_comment, listed), key=lambda comment: comment.id))

    def comment(self, number: int, body: str) -> None:
        """Say something on a pull request."""
        with _asking(f"a comment on pull request {number}"):
            self._repository.get_issue(number).create_comment(body)

    def edit_comment(self, comment: Comment, body: str) -> None:
        """Replace the text of a comment."""
        with _asking("a comment"):
            self._repository.requester.requestJsonAndCheck(
                "PATCH", f"{self._url}/issues/comments/{comment.id}", input={"body": body}
            )

    def label(self, pull: Pull, *, add: Iterable[Label], remove: Iterable[str]) -> None:
        """Give a pull request labels, made first where the repository has none such, and take others away."""
        issue = self._repository.get_issue(pull.number)
        with _asking(f"the labels of pull request {pull.number}"):
            if missing := sorted(label for label in add if label.name not in pull.labels):
                self._make_labels(missing)
                issue.add_to_labels(*(label.name for label in missing))
        for name in sorted(set(remove) & set(pull.labels)):
            with suppress(_Missing), _asking(f"the label {name}"):
                issue.remove_from_labels(name)

    def _make_labels(self, labels: Iterable[Label]) -> None:
        if self._labels is None:
            self._labels = {label.name.lower() for label in self._repository.get_labels()}
        for label in labels:
            if label.name.lower() not in self._labels:
                self._repository.create_label(label.name, label.color, label.description)
                self._labels.add(label.name.lower())

    def close(self, number: int) -> None:
        """Close a pull request without merging it."""
        with _asking(f"pull request {number}"):
            self._repository.get_pull(number).edit(state="closed")

    def can_write(self, user_id: int, login: str) -> bool:
        """Tell whether an account may write to the repository; never when the login is somebody else's by now."""
        if (user_id, login) not in self._writers:
            self._writers[user_id, login] = self._ask_permission(user_id, login)
        return self._writers[user_id, login]

    def _ask_permission(self, user_id: int, login: str) -> bool:
        url = f"{self._url}/collaborators/{quote(login, safe='')}/permission"
        try:
            with _asking(f"the permission of {login}"):
                _, data = self._repository.requester.requestJsonAndCheck("GET", url)
        except _Missing:
            return False
        return data["permission"] in WRITERS and data["user"]["id"] == user_id

    def viewer(self) -> tuple[int, str]:
        """Return id and login of the person whose token it is."""
        with _asking("the token's owner"):
            user = self._client.get_user().complete()
            return user.id, user.login

    def variable(self, name: str) -> str | None:
        """Return a variable of the repository's Actions, or None when there is none. A workflow's token may not ask."""
        try:
            with _asking(f"the variable {name}"):
                return self._repository.get_variable(name).value
        except _Missing:
            return None

    def dispatch(self, workflow: str, branch: str) -> None:
        """Start a workflow (`publish.yml`) on a branch."""
        with _asking(f"a run of {workflow}"):
            self._repository.get_workflow(workflow).create_dispatch(branch, throw=True)

    @property
    def _url(self) -> str:
        return f"/repos/{self.repository}"


class Forbidden(ValidatorError):
    """This token may not do that."""


class _Missing(ValidatorError):
    """GitHub has no such thing, or does not show it to this token."""


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """Turn the client's errors into ours; their texts are GitHub's and never hold the token."""
    try:
        yield
    except GithubException as error:
        if error.status == 404:  # whatever it says of it: "Not Found", "… is not a user", "Label does not exist"
            raise _Missing(f"GitHub knows nothing of {what}.", "Check the number, the board and the token.") from None
        said = error.data.get("message") if isinstance(error.data, dict) else None
        told = f"GitHub refused {what} ({error.status}{f': {str(said)[:200]}' if said else ''})."
        if error.status == 403:
            raise Forbidden(told, "Give a token that may do this, or wait when it is a limit.") from None
        raise ValidatorError(told, "Give another token." if error.status == 401 else "Run this again later.") from None
    except requests.RequestException as error:
        raise ValidatorError(
            f"GitHub cannot be reached about {what} ({type(error).__name__}).", "Run this again later."
        ) from None


def _pull(pull: PullRequest) -> Pull:
    author, head = pull.user, pull.head.repo
    return Pull(
        number=pull.number,
        is_open=pull.state == "open",
        is_merged=pull.merged_at is not None,
        is_draft=pull.draft,
        branch=pull.base.ref,
        head=pull.head.sha,
        author_id=author.id if author else 0,
        author_login=author.login if author else "",
        avatar_url=author.avatar_url if author else "",
        head_owner_id=_head_owner(pull) if head else 0,
        created_at=pull.created_at,
        labels=tuple(sorted(label.name for label in pull.labels)),
    )


def _head_owner(pull: PullRequest) -> int | None:
    head, base = pull.head.repo, pull.base.repo
    return None if head.id == base.id else head.owner.id


def _comment(comment: IssueComment) -> Comment:
    author = comment.user
    return Comment(
        id=comment.id,
        author_id=author.id if author else 0,
        author_login=author.login if author else "",
        body=comment.body or "",
        created_at=comment.created_at,
        updated_at=comment.updated_at,
    )
