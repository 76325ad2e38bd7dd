"""What GitHub's refusals mean to a user: how long to wait, or what to do. Pure: no request is made here.

Answers may say anything: what they word is cut, and never decides more than which of our own sentences is told.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from cli import CliError

SCOPE = "public_repo"
SECONDS_UNSAID = 60.0
"""How long to wait when GitHub limits and does not say how long, as its documentation advises."""
LOG_IN = "Log in anew: `token-tracker login`. A token in GITHUB_TOKEN or GH_TOKEN comes first: renew or unset it."
_NOT_THIS_TOKEN = "not accessible by personal access token"  # noqa: S105 - GitHub's words, no token
_SSO_URL = re.compile(r"\burl=(https://[!-~]{1,500})")
_LIMITED = (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is none: `headers` by their names in lower case, `said` GitHub's own words or empty."""

    status: int
    said: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Missing(CliError):
    """GitHub has no such thing, or does not show it to this token."""


class Forbidden(CliError):
    """This account may not do that, whatever its token."""


class Unfit(CliError):
    """GitHub cannot do that as things stand (409, 422): there is such a branch or pull request already, or none."""

    def __init__(self, message: str, hint: str, said: str) -> None:
        """Take what the user is told, and GitHub's own words to tell cases apart."""
        super().__init__(message, hint)
        self.said = said


def pause_after(refusal: Refusal) -> float | None:
    """Return the seconds until GitHub's limit lets the token ask again, or None when it was no limit that refused."""
    if refusal.status not in _LIMITED:
        return None
    headers, said = refusal.headers, refusal.said.lower()
    if "retry-after" in headers:
        return max(1.0, _number(headers["retry-after"], SECONDS_UNSAID))
    if headers.get("x-ratelimit-remaining") == "0":
        now = answer_date(headers) or datetime.now(UTC)
        return max(1.0, _number(headers.get("x-ratelimit-reset", ""), now.timestamp()) - now.timestamp() + 1)
    return SECONDS_UNSAID if refusal.status == HTTPStatus.TOO_MANY_REQUESTS or "secondary rate limit" in said else None


def explained(what: str, refusal: Refusal) -> CliError:
    """Return what to tell the user who asked for `what` (`your fork`, `pull request 3`)."""
    pause = pause_after(refusal)
    if pause is not None:
        return CliError(f"GitHub's limit keeps this token from {what}.", f"Run this again in {spoken(pause)}.")
    if refusal.status == HTTPStatus.FORBIDDEN:
        return _forbidden(what, refusal)
    said = _cut(refusal.said)
    told = f"GitHub refused {what} ({refusal.status}{f': {said}' if said else ''})."
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        return CliError(f"GitHub does not accept the token ({said or 401}): it ended or was revoked.", LOG_IN)
    if refusal.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return Missing(f"GitHub shows this token nothing of {what}.", "Check the board's name and the token's scope.")
    if refusal.status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY):
        return Unfit(told, "Run this again; if it stays, report it.", refusal.said)
    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        told = f"GitHub has trouble with {what} ({refusal.status}{f': {said}' if said else ''})."
    return CliError(told, "Run this again later: it continues.")


def _forbidden(what: str, refusal: Refusal) -> CliError:
    if "x-github-sso" in refusal.headers:
        found = _SSO_URL.search(refusal.headers["x-github-sso"])
        where = found[1] if found else "https://github.com/settings/tokens (Configure SSO)"
        return CliError(f"The organization wants a single sign-on for {what}.", f"Open {where} and run this again.")
    if _NOT_THIS_TOKEN in refusal.said:
        return CliError(
            f"This fine-grained token may not do that ({what}): such tokens cannot write to others' repositories.",
            f"Use a classic token with the scope {SCOPE}, or `token-tracker login`.",
        )
    return Forbidden(
        f"GitHub refused {what} (403: {_cut(refusal.said) or 'without a word'}).",
        "The board or your account does not allow it: ask the board's owner.",
    )


def require_scope(scopes: frozenset[str] | None) -> None:
    """Raise CliError for a token whose scopes are known and do not let it fork and open pull requests."""
    if scopes is not None and not scopes & {SCOPE, "repo"}:
        has = ", ".join(sorted(scopes)) or "none"
        raise CliError(
            f"The token lacks the scope {SCOPE} (it has: {_cut(has)}).",
            f"Get one: `token-tracker login`, `gh auth refresh --scopes {SCOPE}`, or tick {SCOPE} for your token at "
            "https://github.com/settings/tokens.",
        )


def spoken(seconds: float) -> str:
    """Return a duration as people say it: seconds up to two minutes, then minutes, rounded up."""
    return f"{-(-seconds // 1):.0f} s" if seconds <= 120 else f"{-(-seconds // 60):.0f} minutes"


def told_scopes(headers: Mapping[str, str]) -> frozenset[str] | None:
    """Return a token's scopes from an answer's headers (names in lower case), or None when it tells none.

    They may say anything; of a header longer than any list of scopes only the beginning counts.
    """
    given = headers.get("x-oauth-scopes")
    return None if given is None else frozenset(each.strip() for each in given[:1_000].split(",") if each.strip())


def answer_date(headers: Mapping[str, str]) -> datetime | None:
    """Return GitHub's clock when it answered, or None when it told none."""
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _number(text: str, default: float) -> float:
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 16 else default


def _cut(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text[:300]).split())[:200].rstrip(".")
