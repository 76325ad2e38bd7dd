"""The site's side of signing in: OAuth's device flow, as github.com answers it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from tests.github.exchange import Json, Request, Response
from tests.github.state import State, Token, User

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LIFETIME = 900
INTERVAL = 5
PENALTY = 5
"""Seconds that asking too early adds to the interval, for good."""
HELP = "https://docs.github.com/developers/apps/authorizing-oauth-apps"


@dataclass
class DeviceCode:
    """One attempt to sign in."""

    device_code: str
    user_code: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: float
    interval: int = INTERVAL
    asked_at: float | None = None
    outcome: Literal["pending", "granted", "denied", "used"] = "pending"
    user: User | None = None


@dataclass
class Login:
    """Applications (client id → whether its device flow is on) and attempts; `issue` makes a token."""

    state: State
    issue: Callable[[User, tuple[str, ...]], Token]
    applications: dict[str, bool] = field(default_factory=dict)
    codes: list[DeviceCode] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        """Answer a request to github.com's `/login`: JSON if asked for, else a form. Errors come with status 200."""
        form = dict(request.query) | dict(parse_qsl(request.body.decode(errors="replace")))
        if "json" in request.headers.get("content-type", ""):
            form |= request.data
        answers = {"/login/device/code": self._begin, "/login/oauth/access_token": self._poll}
        found = answers.get(request.target) if request.method == "POST" else None
        if found is None:
            return Response(404, b"Not Found", {"Content-Type": "text/plain"})
        body = found(form, request)
        status = 404 if body.get("error") == "Not Found" else 200
        if "json" in request.headers.get("accept", ""):
            return Response(status, body)
        return Response(status, urlencode(body).encode(), {"Content-Type": "application/x-www-form-urlencoded"})

    def decide(self, user: User, user_code: str | None, *, granted: bool, scopes: tuple[str, ...] | None) -> None:
        """Enter a code on the site, the newest when none is given; grant (these scopes) or deny. Raises LookupError."""
        waiting = [c for c in self.codes if c.outcome == "pending" and user_code in (None, c.user_code)]
        if not waiting:
            raise LookupError("Nobody waits with this code.")
        waiting[-1].outcome = "granted" if granted else "denied"
        waiting[-1].user = user
        waiting[-1].scopes = waiting[-1].scopes if scopes is None else scopes

    def _begin(self, form: Json, request: Request) -> Json:
        client_id = form.get("client_id", "")
        if client_id not in self.applications:
            return {"error": "Not Found"}
        if not self.applications[client_id]:
            return _error("device_flow_disabled", "Device Flow must be explicitly enabled for this App")
        scopes = tuple(str(form.get("scope", "")).replace(",", " ").split())
        letters = "BCDFGHJKLMNPQRSTVWXZ"
        halves = ("".join(secrets.choice(letters) for _ in range(4)) for _ in range(2))
        code = DeviceCode(secrets.token_hex(20), "-".join(halves), client_id, scopes, self.state.now() + LIFETIME)
        self.codes.append(code)
        return {
            "device_code": code.device_code,
            "user_code": code.user_code,
            "verification_uri": f"{request.urls.web}/login/device",
            "expires_in": LIFETIME,
            "interval": INTERVAL,
        }

    def _poll(self, form: Json, request: Request) -> Json:
        if form.get("client_id") not in self.applications:
            return _error("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
        if form.get("grant_type") != GRANT:
            return _error("unsupported_grant_type", "The grant type is not supported.")
        code = next((c for c in self.codes if c.device_code == form.get("device_code")), None)
        if code is None or code.outcome == "used" or code.client_id != form["client_id"]:
            return _error("incorrect_device_code", "The device_code provided is not valid.")
        return self._outcome(code)

    def _outcome(self, code: DeviceCode) -> Json:
        now, last = self.state.now(), code.asked_at
        code.asked_at = now
        if now >= code.expires_at:
            return _error("expired_token", "This 'device_code' has expired.")
        if last is not None and now < last + code.interval:
            code.interval += PENALTY
            return _error("slow_down", "Too many requests have been made in the same timeframe.") | {
                "interval": code.interval
            }
        if code.outcome == "denied":
            return _error("access_denied", "The authorization request was denied.")
        if code.outcome == "pending" or code.user is None:
            return _error("authorization_pending", "The authorization request is still pending.")
        code.outcome = "used"
        token = self.issue(code.user, code.scopes)
        return {"access_token": token.value, "token_type": "bearer", "scope": ",".join(token.scopes)}


def _error(code: str, description: str) -> Json:
    return {"error": code, "error_description": description, "error_uri": HELP}
