"""GitHub's published OpenAPI description, against which every request and every answer is checked.

Nobody here wrote the description, so it keeps the stand-in honest: a field of the wrong type, a missing one, a status
that an operation does not know are failures of the test.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from werkzeug.datastructures import ImmutableMultiDict

from tests.github.exchange import Request

HOST = "https://api.github.com"
ANYWHERE = frozenset({301, 304, 307, 400, 401, 403, 404, 405, 429, 500, 502, 503})
"""Statuses any operation may answer with, though the description lists them only here and there: renames, bad
credentials, rate limits, what a token may not see, breakdowns.
"""
MOST_CHARACTERS = 2000
KEPT = 4096
"""How many comparisons are remembered: they take longer than all else of a request, and most come again."""
BARE_LABELS = {"type": "array", "items": {"type": "string"}}


def _load() -> dict[str, Any]:
    description: dict[str, Any] = json.loads(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8"))
    for name in ("pull-request", "pull-request-simple"):
        head = description["components"]["schemas"][name]["properties"]["head"]["properties"]
        # The description says a head always has a repository. GitHub answers null once the fork was deleted.
        head["repo"] = {"$ref": "#/components/schemas/nullable-repository"}
        # It says so of descriptions of labels, too, though only in lists of pull requests. GitHub answers null there.
        label = description["components"]["schemas"][name]["properties"]["labels"]["items"]["properties"]
        label["description"] = {"type": "string", "nullable": True}
    paths = description["paths"]
    for method in ("post", "put"):
        media = paths["/repos/{owner}/{repo}/issues/{issue_number}/labels"][method]["requestBody"]["content"]
        # The description knows labels only as an object's field. GitHub takes the bare list too, which PyGithub sends.
        media["application/json"]["schema"] = {"anyOf": [media["application/json"]["schema"], BARE_LABELS]}
    # The description tells a folder from a file by the field `type`, which a folder's list cannot have.
    answers = paths["/repos/{owner}/{repo}/contents/{path}"]["get"]["responses"]
    del answers["200"]["content"]["application/json"]["schema"]["discriminator"]
    return description


DESCRIPTION = _load()
MULTI_SEGMENT = frozenset(
    parameter["name"]
    for parameter in (
        *DESCRIPTION["components"]["parameters"].values(),
        *(each for path in DESCRIPTION["paths"].values() for verb in path.values() for each in verb["parameters"]),
    )
    if parameter.get("x-multi-segment")
)
"""Names of path parameters that may hold slashes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A routed request. Headers are left out: the description asks for none."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to it."""

    status: int
    data: bytes | None


def asked(request: Request) -> Asked:
    """Describe a routed request, the slashes in path values encoded: the description's paths have none."""
    path = request.template.format_map({name: quote(value, safe="") for name, value in request.path.items()})
    return Asked(request.method.lower(), path, tuple(sorted(request.query.items())), request.body or None)


@lru_cache(KEPT)
def request_complaint(request: Asked) -> str | None:
    """Return what is wrong with a request, or None."""
    try:
        _openapi().validate_request(_OpenAPIRequest(request))
    except OpenAPIError as error:
        return f"{request.method.upper()} {request.path}: the request breaks the description: {_why(error)}"
    return None


@lru_cache(KEPT)
def response_complaint(request: Asked, template: str, response: Answered) -> str | None:
    """Return what is wrong with the answer to a request, or None."""
    declared = DESCRIPTION["paths"][template][request.method]["responses"]
    where = f"{request.method.upper()} {request.path}: the answer {response.status}"
    if str(response.status) not in declared:
        return None if response.status in ANYWHERE else f"{where} is not one of {sorted(declared)}"
    try:
        _openapi().validate_response(_OpenAPIRequest(request), _OpenAPIResponse(response.status, response.data))
    except OpenAPIError as error:
        return f"{where} breaks the description: {_why(error)}"
    return None


class _OpenAPIRequest:
    """A request as openapi-core wants it, which adds to it what it finds in the path."""

    def __init__(self, request: Asked) -> None:
        self.method, self.path, self.body, self.host_url = request.method, request.path, request.body, HOST
        # Clients leave the type out, or call what is JSON a form; GitHub reads the body as JSON all the same.
        self.content_type = "application/json"
        self.parameters = RequestParameters(query=ImmutableMultiDict(request.query))


@dataclass
class _OpenAPIResponse:
    """A response as openapi-core wants it."""

    status_code: int
    data: bytes | None
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, Any] = field(default_factory=dict)


@cache
def _openapi() -> OpenAPI:
    # That the description itself is valid is its publisher's business, and takes a second to find out.
    return OpenAPI.from_dict(DESCRIPTION, config=Config(spec_validator_cls=None))


def _why(error: BaseException) -> str:
    """Return the innermost reason: what is wrong where, not the whole value."""
    while error.__cause__ is not None:
        error = error.__cause__
    if not isinstance(error, InvalidSchemaValue):
        return str(error)[:MOST_CHARACTERS]
    errors: list[Any] = list(error.schema_errors)
    reasons = [each for wrong in errors for each in (wrong.context or [wrong])]
    return "; ".join(f"{each.json_path}: {each.message[-200:]}" for each in reasons)[:MOST_CHARACTERS]
