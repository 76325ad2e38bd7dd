"""Whose a token is and what it is good for, as GitHub says: one quick request."""

import datetime as dt
import re
from dataclasses import dataclass

import msgspec

from cli import CliError, web
from cli.account import Origin, Token
from cli.boards import api_url
from cli.refusals import SCOPE, answer_date, explained, told_scopes
from cli.settings import Settings

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EXPIRATION = "github-authentication-token-expiration"
_REFUSED = 401
_NO_PERSON = "not accessible by integration"


@dataclass(frozen=True, slots=True)
class Identity:
    """An account, and the token it was asked with."""

    id: int
    login: str
    name: str
    """The display name, or the login; may hold anything."""
    scopes: frozenset[str] | None
    """None: a token that tells none (fine-grained, of an app)."""
    expires_on: str | None
    """The UTC day at which the token ends, when GitHub tells."""
    clock_skew: dt.timedelta | None
    """How far GitHub's clock is ahead of this computer's; None when it told no time."""


class Refused(CliError):
    """GitHub does not know the token (any more)."""


class _Account(msgspec.Struct):
    id: int
    login: str
    name: str | None = None


def identify(settings: Settings, token: Token) -> Identity:
    """Ask GitHub whose token it is.

    Raises Refused for a token that ended, was revoked or never was one, web.Unreachable, and CliError for a limit, a
    single sign-on that is missing, a token that stands for no person, and answers that make no sense.
    """
    api = api_url(settings)
    told, content = web.ask("GET", f"{api}/user", headers={"Authorization": f"Bearer {token.value}"})
    if told.status == _REFUSED:
        raise Refused(
            f"GitHub does not accept the token of {token.name}: it has expired, was revoked, or is mistyped.",
            token.renewal,
        )
    if _NO_PERSON in told.said:
        raise CliError(f"The token of {token.name} belongs to an app, not to a person.", token.renewal)
    if told.status != 200:
        raise explained("who you are", told)
    account = web.decode(content, _Account, api)
    if not 1 <= account.id < 2**53 or not _LOGIN.fullmatch(account.login):
        raise web.strange(api)
    date, day = answer_date(told.headers), _DAY.match(told.headers.get(_EXPIRATION, ""))
    return Identity(
        id=account.id,
        login=account.login,
        name=(account.name or account.login)[:200],
        scopes=told_scopes(told.headers),
        expires_on=day[0] if day else None,
        clock_skew=date - settings.now() if date else None,
    )


def shortcoming(token: Token, identity: Identity) -> tuple[str, str] | None:
    """Return why a token does not do for submitting and what to do, or None when it does."""
    if token.value.startswith("github_pat_"):
        return (
            "This is a fine-grained token: it cannot open a pull request in somebody else's repository.",
            f"Use a classic token with the scope {SCOPE}, or `token-tracker login` without it in {token.name}.",
        )
    if identity.scopes is None:
        return (
            "This token tells no scopes, as those of GitHub Apps: it may not be able to fork the board.",
            f"If submitting fails, use a classic token with the scope {SCOPE}, or `token-tracker login`.",
        )
    if not identity.scopes & {SCOPE, "repo"}:
        return f"This token lacks the scope {SCOPE} (it has: {spoken_scopes(identity)}).", _remedy(token)
    return None


def spoken_scopes(identity: Identity) -> str:
    """Return the scopes for people; they may hold anything."""
    if identity.scopes is None:
        return "not told"
    return ", ".join(sorted(identity.scopes)) or "none"


def _remedy(token: Token) -> str:
    if token.origin is Origin.GH:
        return f"Run: gh auth refresh --scopes {SCOPE}"
    if token.origin is Origin.VARIABLE:
        return f"Tick {SCOPE} for it at https://github.com/settings/tokens, or unset {token.name} and log in."
    return "Run `token-tracker login` and grant what is asked for."
