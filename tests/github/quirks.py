"""What GitHub does to every answer: pages and their links, entity tags, headers about token and limits."""

import hashlib
from collections.abc import Mapping
from urllib.parse import urlencode

from tests.github.exchange import Refusal, Request, Response
from tests.github.state import Token, stamp

PAGE = 30
LARGEST_PAGE = 100


def page(request: Request, response: Response) -> Response:
    """Cut a list to the page asked for (30 entries unless said otherwise) and link to the others."""
    size = min(max(_number(request.query, "per_page", PAGE), 1), LARGEST_PAGE)
    number = max(_number(request.query, "page", 1), 1)
    last = max(1, -(-len(response.body) // size))
    links: dict[str, int] = {}
    if number > 1:
        links |= {"prev": min(number - 1, last), "first": 1}
    if number < last:
        links |= {"next": number + 1, "last": last}
    response.body = response.body[(number - 1) * size : number * size]
    if links:
        place = request.urls.api + request.target
        queries = {rel: urlencode({**request.query, "page": target}) for rel, target in links.items()}
        response.headers["Link"] = ", ".join(f'<{place}?{query}>; rel="{rel}"' for rel, query in queries.items())
    return response


def tag(request: Request, response: Response, content: bytes) -> bool:
    """Give an answer to GET its entity tag; say whether the client has it already (the answer is 304 then)."""
    if request.method != "GET" or response.status != 200:
        return False
    made = f'"{hashlib.sha256(content).hexdigest()}"'
    response.headers |= {"ETag": f"W/{made}", "Cache-Control": "private, max-age=60, s-maxage=60"}
    return made in request.headers.get("if-none-match", "")


def token_headers(token: Token | None) -> dict[str, str]:
    """Return what an answer says about the token: scopes for the kinds that have them, and when it expires."""
    headers = {"X-GitHub-Media-Type": "github.v3; format=json", "X-GitHub-Api-Version-Selected": "2022-11-28"}
    if token and token.kind in ("classic", "oauth"):
        headers["X-OAuth-Scopes"] = ", ".join(sorted(token.scopes))
    if token and token.expires_at is not None:
        at = stamp(token.expires_at)
        headers["GitHub-Authentication-Token-Expiration"] = at.replace("T", " ").replace("Z", " UTC")
    return headers


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if text and not text.isdecimal():
        raise Refusal(422, f"{name} must be a number")
    return int(text) if text else default
