"""Signing in without a password: GitHub shows a code to type on its site, and then hands over a token.

OAuth's device authorization grant (RFC 8628) as GitHub documents it: both addresses are on the site, errors come with
status 200, and who asks too early has to ask more slowly from then on.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import NoReturn

import msgspec

from cli import CliError, web
from cli.refusals import SCOPE, explained

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PENALTY = 5.0
"""Seconds that `slow_down`, and trouble on the way, add to the pause between questions."""
MAX_INTERVAL = 60.0
MAX_LIFETIME = 3_600.0
MAX_STRANGE = 3
"""Answers in a row that make no sense before it is given up: a log-in page of the network answers everything."""
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,30}[A-Z0-9]", re.ASCII)
_TOKEN = re.compile(r"[!-~]{10,1000}", re.ASCII)
_AGAIN = "Run `token-tracker login` again."
_WITHOUT = "Log in with `gh auth login`, or set GITHUB_TOKEN."


@dataclass(frozen=True, slots=True)
class Code:
    """What to type where, and how long it is good for (seconds); `secret` is what the token is asked for with."""

    user_code: str
    address: str
    lifetime: float
    interval: float
    secret: str = field(repr=False)


class _Begun(msgspec.Struct):
    device_code: str = ""
    user_code: str = ""
    verification_uri: str = ""
    expires_in: float = 900
    interval: float = 5
    error: str = ""


class _Polled(msgspec.Struct):
    access_token: str = ""
    error: str = ""
    interval: float = 0


def begin(site: str, client_id: str) -> Code:
    """Ask for a code; `site` is what `cli.boards.server_url` checked.

    Raises web.Unreachable, web.Strange when the code or its address (which must be on the site) are none, and CliError
    when GitHub does not know the board's application or its device flow is off.
    """
    told, content = web.ask("POST", f"{site}/login/device/code", form={"client_id": client_id, "scope": SCOPE})
    if told.status == 404:
        raise CliError("GitHub does not know this board's application for signing in.", _WITHOUT)
    if told.status != 200:
        raise explained("a code for signing in", told)
    begun = web.decode(content, _Begun, site)
    if begun.error:
        _refuse(begun.error)
    if not (_CODE.fullmatch(begun.user_code) and _is_on(site, begun.verification_uri) and begun.device_code):
        raise web.strange(site)
    lifetime, interval = min(begun.expires_in, MAX_LIFETIME), min(max(begun.interval, 1.0), MAX_INTERVAL)
    return Code(begun.user_code, begun.verification_uri, lifetime, interval, begun.device_code)


def _is_on(site: str, address: str) -> bool:
    return address.startswith(f"{site}/") and re.fullmatch(r"[!-~]{1,200}", address) is not None


def await_token(
    site: str,
    client_id: str,
    code: Code,
    *,
    tell: Callable[[int, str], None],
    clock: Callable[[], float],
    pause: Callable[[float], None],
) -> str:
    """Ask for the token, at the pace GitHub wants, until the user has decided; return it.

    `tell` gets the seconds left, each second, and what is wrong at the moment (or nothing). `clock` counts seconds,
    `pause` lets some pass. Trouble on the way is waited out while the code lives. Raises CliError when the user
    refused, the code expired or is not known, or strange answers do not end.
    """
    now = clock()
    ends, interval, due, strange, trouble = now + code.lifetime, code.interval, now + code.interval, 0, ""
    while (now := clock()) < ends:
        if now < due:
            tell(ceil(ends - now), trouble)
            pause(min(1.0, due - now))
            continue
        try:
            answer, trouble, strange = _poll(site, client_id, code), "", 0
        except (web.Unreachable, web.Strange) as error:
            strange = strange + 1 if isinstance(error, web.Strange) else 0
            if strange == MAX_STRANGE:
                raise
            answer, trouble = _Polled(error="slow_down"), error.message
        if answer.access_token:
            return answer.access_token
        if answer.error == "slow_down":
            interval = min(max(interval + PENALTY, answer.interval), MAX_INTERVAL)
        due = clock() + interval
    raise _expired()


def _poll(site: str, client_id: str, code: Code) -> _Polled:
    """Ask once: the token, or an error that means to ask again. Raises CliError for all other answers."""
    form = {"client_id": client_id, "device_code": code.secret, "grant_type": GRANT}
    told, content = web.ask("POST", f"{site}/login/oauth/access_token", form=form)
    if told.status == 429:
        return _Polled(error="slow_down")
    if told.status not in {200, 400}:
        raise web.strange(site)
    answer = web.decode(content, _Polled, site)
    if answer.error not in {"", "authorization_pending", "slow_down"}:
        _refuse(answer.error)
    if not answer.error and not _TOKEN.fullmatch(answer.access_token):
        raise web.strange(site)
    return answer


def _refuse(error: str) -> NoReturn:
    """Raise the CliError for one of GitHub's words."""
    if error == "expired_token":
        raise _expired()
    known = {
        "access_denied": ("Signing in was refused on GitHub's page: nothing changed.", _AGAIN),
        "incorrect_device_code": ("GitHub no longer knows the code, or its answer got lost on the way.", _AGAIN),
        "device_flow_disabled": ("This board's application has no device flow.", _WITHOUT),
        "incorrect_client_credentials": ("GitHub does not know this board's application for signing in.", _WITHOUT),
    }
    word = re.sub(r"[^a-z_ ]", "", error.lower())[:60]
    raise CliError(*known.get(error, (f"GitHub refused signing in ({word or 'without a word'}).", _WITHOUT)))


def _expired() -> CliError:
    return CliError("The code has expired before it was entered.", _AGAIN)
