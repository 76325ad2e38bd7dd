"""From a request to an answer: faults, credentials, limits, the operation, and the check against the description."""

import json
import re
import time
import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from tests.github import quirks, smart_http
from tests.github.access import may_see, token_of
from tests.github.description import HOST, Answered, asked, request_complaint, response_complaint
from tests.github.exchange import Refusal, Request, Response
from tests.github.faults import Faults, Planned, refusal_for
from tests.github.limits import Limits
from tests.github.login import Login
from tests.github.routes import actions, contents, git_data, issues, merging, pulls, references, repositories, users
from tests.github.routing import Route, find
from tests.github.state import State
from tests.github.tampering import move_head

OPERATIONS = (actions, contents, git_data, issues, merging, pulls, references, repositories, users)
"""Importing them registers their routes."""
BY_ID = re.compile(r"/repositories/(\d+)(/.*)?")
PICTURE = re.compile(r"/avatars/u/(\d+)")


@dataclass(frozen=True)
class Reply:
    """What goes over the wire, or nothing at all when the connection is to be dropped."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass
class Service:
    """The stand-in without its socket. `failures` collects what a test must not overlook."""

    state: State
    limits: Limits
    login: Login
    faults: Faults
    failures: list[str]
    log: list[tuple[str, str, int]] = field(default_factory=list)
    """Every request that came: method, path, and the status of the answer (0 when the connection was dropped)."""

    def reply(self, request: Request) -> Reply | None:
        """Answer a request; None means: drop the connection."""
        planned = self.faults.take(request.method, request.target)
        fault = planned.fault if planned else "none"
        if planned and planned.action and fault != "drop after":
            planned.action()
        if planned and fault == "delay":
            time.sleep(planned.seconds)
        try:
            reply = None if fault == "drop before" else self._reply(request, planned)
        except Exception:  # a broken stand-in must fail the test, whatever the client makes of it
            self.failures.append(f"{request.method} {request.target}:\n{traceback.format_exc()}")
            reply = Reply(500, {}, b'{"message": "The stand-in failed."}')
        if planned and planned.action and fault == "drop after":
            planned.action()
        reply = None if fault == "drop after" else reply
        self.log.append((request.method, request.target, reply.status if reply else 0))
        return reply

    def _reply(self, request: Request, planned: Planned | None) -> Reply:
        try:
            request.token = token_of(self.state, request.headers.get("authorization", ""))
            refused = refusal_for(planned.fault, planned.seconds) if planned else None
            if refused:
                raise refused
            if request.target.startswith("/login/"):
                return _wire(self.login.answer(request), {})
            if picture := PICTURE.fullmatch(request.target):
                user = self.state.users.get(int(picture[1]))
                return Reply(200, {}, user.picture) if user and user.picture else Reply(404, {}, b"Not Found")
            if smart_http.PATH.fullmatch(request.target):
                return _wire(smart_http.answer(self.state, request), {})
            if planned and planned.fault == "rate limit":
                window = self.limits.window(request.token)
                window.used = window.limit
            return self._api(request, planned)
        except Refusal as refusal:
            headers = self.limits.window(request.token).headers() | quirks.token_headers(request.token)
            return _wire(refusal.response, headers | refusal.headers)

    def _api(self, request: Request, planned: Planned | None) -> Reply:
        counts = request.target != "/rate_limit"
        window = self.limits.count(request.token) if counts else self.limits.window(request.token)
        request.rate = window.view()
        found = self._route(request)
        if request.method != "GET" and request.token:
            self.limits.count_content(request.token, request.method, request.template)
        described = asked(request)
        complaint = request_complaint(described)
        if complaint:
            self.failures.append(complaint)
            raise Refusal(422, "Invalid request.", complaint)
        if planned and planned.fault == "head moved":
            move_head(self.state, request)
        response = self._handle(found, request)
        if response.pages:
            response = quirks.page(request, response)
        reply = self._tagged(request, response, window.headers())
        # Where this one happens to listen is no matter of the description, and the same answer is compared but once.
        data = reply.content.replace(request.urls.api.encode(), HOST.encode()) or None
        complaint = response_complaint(described, request.template, Answered(reply.status, data))
        if complaint:
            self.failures.append(complaint)
        return reply

    def _route(self, request: Request) -> Route:
        by_id = BY_ID.fullmatch(request.target)
        repository = self.state.repositories.get(int(by_id[1])) if by_id else None
        path = f"/repos/{repository.full_name}{by_id[2] or ''}" if by_id and repository else request.target
        found = find(request.method, path)
        if found is None:
            if "text/html" not in request.headers.get("accept", ""):  # a browser looks for a page; there are none
                self.failures.append(f"{request.method} {request.target} is no operation that the stand-in knows.")
            raise Refusal(404, "Not Found")
        route, request.path = found
        request.template = route.template
        if route.template.startswith("/repos/"):
            self._find_repository(request)
        return route

    def _find_repository(self, request: Request) -> None:
        owner, name = request.path["owner"], request.path["repo"]
        repository = self.state.repository(owner, name)
        if repository is None:
            moved = self.state.former.get(f"{owner}/{name}".lower())
            if moved:
                rest = "/".join(request.target.split("/")[4:])
                place = f"{request.urls.api}/repositories/{moved}" + (f"/{rest}" if rest else "")
                status = 301 if request.method == "GET" else 307
                raise Refusal(status, "Moved Permanently", headers={"Location": place})
        if repository is None or not may_see(request, repository):
            raise Refusal(404, "Not Found")
        request.found = repository

    def _handle(self, route: Route, request: Request) -> Response:
        alone: AbstractContextManager[object] = nullcontext()
        if route.alone and request.found:
            alone = request.found.lock
        with alone:
            try:
                return route.handler(self.state, request)
            except Refusal as refusal:
                return refusal.response

    def _tagged(self, request: Request, response: Response, headers: Mapping[str, str]) -> Reply:
        reply = _wire(response, {**headers, **quirks.token_headers(request.token)})
        if quirks.tag(request, response, reply.content):
            self.limits.window(request.token).used -= 1
            return Reply(304, {**reply.headers, **response.headers}, b"")
        return Reply(reply.status, {**reply.headers, **response.headers}, reply.content)


def _wire(response: Response, headers: Mapping[str, str]) -> Reply:
    if isinstance(response.body, bytes):
        return Reply(response.status, {**headers, **response.headers}, response.body)
    content = b"" if response.body is None else json.dumps(response.body).encode()
    kind = {"Content-Type": "application/json; charset=utf-8"} if content else {}
    return Reply(response.status, {**kind, **headers, **response.headers}, content)
