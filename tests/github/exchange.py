"""A request and a response of the stand-in GitHub, and the refusals a handler may raise."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.github.state import Repository, Token, User

Json: TypeAlias = dict[str, Any]
"""A JSON object as it travels; the published description says what it must hold."""
DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(frozen=True)
class Urls:
    """Where this client reaches the API and the site, without a trailing slash."""

    api: str
    web: str


@dataclass
class Request:
    """What a handler gets. `path` values are decoded, header names in lower case; `viewer` None is the anonymous.

    `rate` is how much of its hour the token used.
    """

    method: str
    target: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    urls: Urls
    template: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    token: Token | None = None
    found: Repository | None = None
    rate: Json = field(default_factory=dict)

    @property
    def viewer(self) -> User | None:
        """Who asks."""
        return self.token.user if self.token else None

    @property
    def actor(self) -> Token:
        """The token that is used. Raises Refusal 401 for the anonymous."""
        if self.token is None:
            raise Refusal(401, "Requires authentication")
        return self.token

    @property
    def repository(self) -> Repository:
        """The repository that the path names; the server found it before the handler ran."""
        if self.found is None:
            raise Refusal(404, "Not Found")
        return self.found

    @property
    def json(self) -> Any:
        """The body, `{}` when there is none. Raises Refusal 400 when it is no JSON."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError as error:
            raise Refusal(400, "Problems parsing JSON") from error

    @property
    def data(self) -> Json:
        """The body as an object. Raises Refusal 400 for any other value."""
        data = self.json
        if not isinstance(data, dict):
            raise Refusal(400, "Body should be a JSON object")
        return data


@dataclass
class Response:
    """Status and body: JSON, bytes as they are, or nothing. `pages`: the body is a list, given out page by page."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    pages: bool = False


class Refusal(Exception):
    """An answer other than the one asked for."""

    def __init__(
        self, status: int, message: str, *errors: Json | str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Take the status, GitHub's sentence and, for 422, what was wrong."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})

    @property
    def response(self) -> Response:
        """The refusal as an answer."""
        body: Json = {"message": self.message, "documentation_url": DOCUMENTATION, "status": str(self.status)}
        if self.errors:
            body["errors"] = list(self.errors)
        return Response(self.status, body, self.headers)


def invalid(resource: str, name: str, message: str | None = None) -> Refusal:
    """Return the 422 for a field that holds what it must not."""
    error: Json = {"resource": resource, "field": name, "code": "custom" if message else "invalid"}
    return Refusal(422, "Validation Failed", error | ({"message": message} if message else {}))
