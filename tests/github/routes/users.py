"""Accounts: who a token belongs to, who has an id or a login, which keys they sign with."""

from tests.github.access import require_person
from tests.github.exchange import Json, Refusal, Request, Response
from tests.github.routing import route
from tests.github.state import GHOST_ID, SigningKey, State, User, stamp
from tests.github.views import private_profile_view, profile_view, repository_view


@route("GET", "/user")
def whoami(state: State, request: Request) -> Response:
    """Return the account behind the token."""
    require_person(request)
    return Response(body=private_profile_view(state, request.actor.user, request.urls))


@route("GET", "/rate_limit")
def rate_limit(state: State, request: Request) -> Response:
    """Return how much of its hour the token used, which costs nothing."""
    return Response(body={"resources": {"core": request.rate, "search": request.rate}, "rate": request.rate})


@route("GET", "/user/{account_id}")
def by_id(state: State, request: Request) -> Response:
    """Return the account of an id under its present login: this is how a rename is healed."""
    account_id = request.path["account_id"]
    user = state.users.get(int(account_id)) if account_id.isdecimal() else None
    return _profile(state, request, user)


@route("GET", "/users/{username}")
def by_login(state: State, request: Request) -> Response:
    """Return the account of a login. A former login finds nobody, or whoever took it."""
    return _profile(state, request, state.user(request.path["username"]))


@route("GET", "/users/{username}/ssh_signing_keys")
def signing_keys(state: State, request: Request) -> Response:
    """Return the keys with which an account says it signs."""
    user = state.user(request.path["username"])
    if user is None:
        raise Refusal(404, "Not Found")
    return Response(body=[_key(each) for each in user.signing_keys], pages=True)


@route("GET", "/user/ssh_signing_keys")
def own_signing_keys(state: State, request: Request) -> Response:
    """Return one's own signing keys."""
    require_person(request)
    return Response(body=[_key(each) for each in request.actor.user.signing_keys], pages=True)


@route("GET", "/user/repos")
def own_repositories(state: State, request: Request) -> Response:
    """Return one's own repositories."""
    require_person(request)
    owned = [each for each in state.owned(request.actor.user) if each.ready_at <= state.now()]
    return Response(body=[repository_view(state, each, request.urls, request.viewer) for each in owned], pages=True)


def _profile(state: State, request: Request, user: User | None) -> Response:
    if user is None or user.deleted or user.id == GHOST_ID:
        raise Refusal(404, "Not Found")
    return Response(body=profile_view(state, user, request.urls))


def _key(key: SigningKey) -> Json:
    return {"id": key.id, "title": key.title, "key": key.key, "created_at": stamp(key.created_at)}
