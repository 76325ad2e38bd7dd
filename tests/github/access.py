"""Who may do what: roles in a repository, and what a token is good for."""

import base64
import binascii

from tests.github.exchange import Refusal, Request
from tests.github.state import Repository, State, Token

PUBLIC_SCOPES = ("public_repo", "repo")
FINE_GRAINED = "Resource not accessible by personal access token"
INTEGRATION = "Resource not accessible by integration"


def token_of(state: State, header: str) -> Token | None:
    """Return the token of an `Authorization` header, None without one. Raises Refusal 401 for a worthless one."""
    value = _credential(header)
    if not value:
        return None
    token = state.tokens.get(value)
    expired = token is not None and token.expires_at is not None and token.expires_at <= state.now()
    if token is None or token.revoked or expired or token.user.deleted:
        raise Refusal(401, "Bad credentials", headers={"WWW-Authenticate": 'Basic realm="GitHub"'})
    return token


def may_see(request: Request, repository: Repository) -> bool:
    """Say whether the repository exists for whoever asks."""
    token = request.token
    if repository.role(request.viewer) == "none" and not (token and repository.id in token.repositories):
        return False
    return not repository.private or token is None or token.kind != "classic" or "repo" in token.scopes


def require_scope(request: Request, *scopes: str) -> None:
    """Raise the 404 that a classic or OAuth token without any of the scopes gets; other kinds have no scopes."""
    token = request.actor
    if token.kind in ("classic", "oauth") and not set(scopes) & set(token.scopes):
        raise Refusal(404, "Not Found", headers={"X-Accepted-OAuth-Scopes": ", ".join(scopes)})


def require_presence(request: Request, repository: Repository, area: str) -> None:
    """Let pass who may open pull requests and comment in what they can read: everybody with a token good for it."""
    require_scope(request, *PUBLIC_SCOPES)
    _require_reach(request, repository, area)
    if repository.archived and area != "administration":
        raise Refusal(403, "Repository was archived so is read-only.")


def require_write(request: Request, repository: Repository, area: str) -> None:
    """Let pass who may push, merge and label. `area` is what an Actions token needs permission for."""
    require_presence(request, repository, area)
    if request.actor.kind != "actions" and repository.role(request.viewer) not in ("admin", "write"):
        raise Refusal(404, "Not Found")


def require_admin(request: Request, repository: Repository) -> None:
    """Let pass who owns the repository."""
    require_presence(request, repository, "administration")
    if repository.role(request.viewer) != "admin":
        raise Refusal(403, "Must have admin rights to Repository.")


def require_person(request: Request) -> None:
    """Refuse tokens that stand for no person."""
    if request.actor.kind == "actions":
        raise Refusal(403, INTEGRATION)


def _require_reach(request: Request, repository: Repository, area: str) -> None:
    token = request.actor
    if token.kind not in ("actions", "fine-grained"):
        return
    permitted = repository.id in token.repositories and token.permissions.get(area) in ("write", "admin")
    if not permitted:
        raise Refusal(403, INTEGRATION if token.kind == "actions" else FINE_GRAINED)


def _credential(header: str) -> str:
    """Return the token of a header: bare, or the password of whatever user name, or the other way round."""
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return value.strip()
    try:
        user, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "unreadable"
    return user if password == "x-oauth-basic" else password
