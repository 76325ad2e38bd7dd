"""Requests to GitHub's API, and patience with them. The only door to PyGithub here.

Short trouble is waited out: a dropped connection or a breakdown (5xx) is asked again, which is safe because every step
of ours may be done twice; a limit is waited for as long as GitHub says, up to MAX_PAUSE. The rest is a CliError that
says what to do. A token is never in it, and never goes to another host: redirects to one are refused.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import github
import requests
from github.GithubException import GithubException
from pydantic import TypeAdapter, ValidationError

from cli import CliError
from cli.boards import is_loopback
from cli.refusals import Refusal, explained, pause_after, spoken

SECONDS_BETWEEN_WRITES = 1.0
"""GitHub's advice against its secondary limits; a server on this very machine has none."""
PAUSES = (1.0, 2.0, 4.0)
"""Seconds before a request that broke is sent again."""
MAX_PAUSE = 120.0
"""Seconds that limits are waited for in one request, at most; then the user is told when to come again."""
TIMEOUT = 30
"""Seconds without an answer after which a connection counts as dropped."""
PAGE = 100
_BROKEN = (ValueError, AssertionError, RuntimeError, TypeError, KeyError, AttributeError)
"""What PyGithub makes of answers that are none, and of redirects to elsewhere."""
T = TypeVar("T")


class Api:
    """GitHub's API with one token. Every method raises CliError, whose hint says what to do."""

    def __init__(
        self, token: str, url: str, tell: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Talk to the address that `cli.boards.api_url` checked; nothing is asked yet.

        `tell` gets a line whenever the user has to wait; `sleep` is how waiting is done.
        """
        self.tell, self.sleep, self._token = tell, sleep, token
        self._client = github.Github(
            base_url=url,
            auth=github.Auth.Token(token),
            timeout=TIMEOUT,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0 if is_loopback(url) else SECONDS_BETWEEN_WRITES,
        )

    def get(self, what: str, path: str, kind: type[T], /, **query: str | int) -> T:
        """Read; `what` says to the user what is asked for, `kind` is the type the answer must have.

        Raises `refusals.Missing` for what is not there.
        """
        return typed(what, kind, self.ask(what, "GET", path, query=query)[1])

    def send(self, what: str, verb: str, path: str, kind: type[T], body: Mapping[str, object]) -> T:
        """Write something that may be written twice. Raises `refusals.Unfit` when GitHub cannot, as things stand."""
        return typed(what, kind, self.ask(what, verb, path, body=body)[1])

    def pages(self, what: str, path: str, kind: type[T], most: int, /, **query: str | int) -> Iterator[T]:
        """Read a list page by page, as many pages as hold so many entries."""
        for page in range(1, -(-most // PAGE) + 1):
            found = self.get(what, path, list[kind], per_page=PAGE, page=page, **query)  # type: ignore[valid-type]
            yield from found
            if len(found) < PAGE:
                return

    def ask(
        self, what: str, verb: str, path: str, *, query: Mapping[str, Any] | None = None, body: object = None
    ) -> tuple[Mapping[str, str], object]:
        """Send a request, again while that may help.

        Returns the headers, by names in lower case, and the JSON that came, which may be anything.
        """
        pauses, limit = iter(PAUSES), MAX_PAUSE
        while True:
            try:
                return self._client.requester.requestJsonAndCheck(verb, path, dict(query or {}), input=body)
            except GithubException as error:
                refusal = self._refusal(error)
                trouble, pause = explained(what, refusal), pause_after(refusal)
                limit -= pause or 0
                if limit < 0 or (pause is None and refusal.status < HTTPStatus.INTERNAL_SERVER_ERROR):
                    raise trouble from None
            except requests.RequestException as error:
                trouble, pause = _unreachable(what, error), None
            except _BROKEN:
                raise no_answer(what) from None
            self._wait(what, trouble, pause, pauses)

    def _wait(self, what: str, trouble: CliError, asked: float | None, pauses: Iterator[float]) -> None:
        """Wait as long as GitHub asked, else for the next of our own pauses. Raises the trouble after the last."""
        if asked is not None:
            self.tell(f"GitHub asks to wait {spoken(asked)} before it goes on with {what}.")
            self.sleep(asked)
            return
        pause = next(pauses, None)
        if pause is None:
            raise trouble from None
        self.tell(f"{trouble.message} Trying again in {spoken(pause)}.")
        self.sleep(pause)

    def _refusal(self, error: GithubException) -> Refusal:
        """Return what was answered, without the token, should the answer repeat it."""
        data = error.data if isinstance(error.data, dict) else {}
        details = data.get("errors")
        words = [data.get("message"), *(_words(details) if isinstance(details, list) else ())]
        said = ". ".join(str(each)[:2_000].replace(self._token, "") for each in words if each)
        headers = {key.lower(): str(value).replace(self._token, "") for key, value in (error.headers or {}).items()}
        return Refusal(error.status, said, headers)


def typed(what: str, kind: type[T], data: object) -> T:
    """Return an answer as a value of a type. Raises CliError when it is none."""
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError:
        raise no_answer(what) from None


def no_answer(what: str) -> CliError:
    """Return what to tell the user when the answer about something makes no sense."""
    return CliError(
        f"What answers about {what} is not GitHub as we know it.",
        "Look at GITHUB_API_URL and at what stands between you and GitHub, then run this again.",
    )


def _words(details: Iterable[object]) -> Iterator[object]:
    """Yield what a 422 says is wrong: texts, or objects whose `message` or `field` names it."""
    for each in details:
        yield (each.get("message") or each.get("field")) if isinstance(each, dict) else each


def _unreachable(what: str, error: requests.RequestException) -> CliError:
    return CliError(
        f"GitHub cannot be reached about {what} ({type(error).__name__}).",
        "Check the network and run this again: it continues.",
    )
