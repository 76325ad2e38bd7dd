"""The device flow, answer by answer."""

from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tests.github.board import Board, Clock
from tests.github.login import GRANT

ASK = {"Accept": "application/json"}


@pytest.fixture
def web(board: Board) -> httpx.Client:
    board.github.application("client")
    return board.http()


def begin(web: httpx.Client, **changes: str) -> Any:
    form = {"client_id": "client", "scope": "public_repo"} | changes
    return web.post("/login/device/code", data=form, headers=ASK).raise_for_status().json()


def poll(web: httpx.Client, begun: Any, **changes: str) -> Any:
    form = {"client_id": "client", "device_code": begun["device_code"], "grant_type": GRANT} | changes
    answer = web.post("/login/oauth/access_token", data=form, headers=ASK)
    assert answer.status_code == 200, "errors come with status 200 too"
    return answer.json()


def test_signing_in(board: Board, web: httpx.Client) -> None:
    begun = begin(web)
    assert (begun["expires_in"], begun["interval"]) == (900, 5)
    assert begun["verification_uri"] == f"{board.github.web}/login/device"
    board.github.authorize(board.ada, begun["user_code"])
    granted = poll(web, begun)
    assert (granted["token_type"], granted["scope"]) == ("bearer", "public_repo")
    who = board.http(granted["access_token"]).get("/user")
    assert (who.json()["id"], who.headers["x-oauth-scopes"]) == (4242, "public_repo")
    assert poll(web, begun)["error"] == "incorrect_device_code", "a code is good for one token"


def test_answers_are_forms_unless_json_is_asked_for(web: httpx.Client) -> None:
    answer = web.post("/login/device/code", data={"client_id": "client"})
    assert answer.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(answer.text)["interval"] == ["5"]


def test_asking_too_early_slows_down_for_good(board: Board, web: httpx.Client, clock: Clock) -> None:
    begun = begin(web)
    assert poll(web, begun)["error"] == "authorization_pending"
    slowed = poll(web, begun)
    assert (slowed["error"], slowed["interval"]) == ("slow_down", 10)
    clock.seconds += 6
    assert poll(web, begun)["interval"] == 15
    clock.seconds += 15
    assert poll(web, begun)["error"] == "authorization_pending"


def test_codes_expire(board: Board, web: httpx.Client, clock: Clock) -> None:
    begun = begin(web)
    board.github.authorize(board.ada)
    clock.seconds += 900
    assert poll(web, begun)["error"] == "expired_token"


def test_the_user_may_refuse_or_grant_less(board: Board, web: httpx.Client) -> None:
    first, second = begin(web), begin(web)
    board.github.deny(board.ada, first["user_code"])
    board.github.authorize(board.ada, second["user_code"], scopes=())
    assert poll(web, first)["error"] == "access_denied"
    assert poll(web, second)["scope"] == ""


def test_what_is_wrong_is_said(board: Board, web: httpx.Client) -> None:
    begun = begin(web)
    assert poll(web, begun, device_code="other")["error"] == "incorrect_device_code"
    assert poll(web, begun, grant_type="password")["error"] == "unsupported_grant_type"
    assert poll(web, begun, client_id="other")["error"] == "incorrect_client_credentials"
    board.github.application("old", device_flow=False)
    assert begin(web, client_id="old")["error"] == "device_flow_disabled"
    assert web.post("/login/device/code", data={"client_id": "none"}, headers=ASK).status_code == 404
    with pytest.raises(LookupError):
        board.github.authorize(board.ada, "BBBB-BBBB")
