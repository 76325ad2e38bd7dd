"""Every fault on demand, as a client meets it."""

import httpx
import pytest

from tests.github.board import Board
from tests.github.faults import Fault

COMMENTS = "/repos/grace-demo/board/issues/1/comments"


@pytest.fixture
def client(board: Board) -> httpx.Client:
    board.submit({"submissions/92/4242/profile.json": b"{}\n"})
    return board.http(board.ada_token)


def comments(client: httpx.Client) -> int:
    return len(client.get(COMMENTS).json())


@pytest.mark.parametrize(
    ("fault", "status"),
    [("500", 500), ("502", 502), ("403 retry-after", 403), ("429", 429), ("401", 401), ("rate limit", 403)],
)
def test_a_refusal_does_nothing_and_passes(board: Board, client: httpx.Client, fault: Fault, status: int) -> None:
    board.github.fail("POST", "*/comments", fault, seconds=7)
    assert comments(client) == 0, "only the method it is meant for fails"
    refused = client.post(COMMENTS, json={"body": "Once."})
    assert refused.status_code == status
    assert refused.headers.get("retry-after") == ("7" if fault in ("403 retry-after", "429") else None)
    if fault == "rate limit":
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert client.post(COMMENTS, json={"body": "Twice."}).status_code == 403, "until the hour is over"
        return
    assert client.post(COMMENTS, json={"body": "Twice."}).status_code == 201
    assert comments(client) == 1


@pytest.mark.parametrize(("fault", "done"), [("drop before", 0), ("drop after", 1)])
def test_a_dropped_connection(board: Board, client: httpx.Client, fault: Fault, done: int) -> None:
    ran: list[str] = []
    board.github.fail("POST", "*/comments", fault, action=lambda: ran.append(fault))
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(COMMENTS, json={"body": "Once."})
    assert comments(client) == done
    assert ran == [fault]
    assert ("POST", COMMENTS, 0) in board.github.log
    assert board.github.pending_faults == []


def test_times_and_delay(board: Board, client: httpx.Client) -> None:
    board.github.fail("GET", "*/comments", "delay", seconds=0.2)
    with pytest.raises(httpx.ReadTimeout):
        client.get(COMMENTS, timeout=0.05)
    board.github.fail("*", "*/comments", "502", times=2)
    assert [client.get(COMMENTS).status_code for _ in range(3)] == [502, 502, 200]


def test_the_head_moves_just_before_the_merge(board: Board, client: httpx.Client) -> None:
    pull = client.get("/repos/grace-demo/board/pulls/1").json()
    merge = "/repos/grace-demo/board/pulls/1/merge"
    board.github.fail("PUT", "*/merge", "head moved")
    owner = board.http(board.grace_token)
    assert owner.put(merge, json={"sha": pull["head"]["sha"]}).status_code == 409
    moved = client.get("/repos/grace-demo/board/pulls/1").json()["head"]["sha"]
    assert moved != pull["head"]["sha"]
    board.github.fail("PUT", "*/merge", "base moved")
    assert owner.put(merge, json={"sha": moved}).status_code == 405
    assert owner.put(merge, json={"sha": moved}).status_code == 200


def test_a_branch_moves_just_before_it_is_updated(board: Board, client: httpx.Client) -> None:
    place = "/repos/ada-demo/board/git/refs/heads/submit"
    tip = client.get(place.replace("refs", "ref")).json()["object"]["sha"]
    board.github.fail("PATCH", "*/git/refs/*", "head moved")
    assert client.patch(place, json={"sha": tip}).json()["message"] == "Update is not a fast forward"


def test_single_sign_on(board: Board, client: httpx.Client) -> None:
    board.github.fail("POST", "*/forks", "single sign-on")
    refused = client.post("/repos/grace-demo/board/forks", json={})
    assert (refused.status_code, refused.headers["x-github-sso"].split(";")[0]) == (403, "required")
