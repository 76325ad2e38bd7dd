"""What starts a workflow and what does not."""

import httpx

from tests.github.board import Board
from tests.github.events import Event

BOARD = "/repos/grace-demo/board"
PROFILE = {"submissions/92/4242/profile.json": b"{}\n"}


def test_a_pull_request_is_told_and_a_listener_may_answer(board: Board) -> None:
    heard: list[Event] = []
    bot = board.github.actions_token(board.repository)

    def judge(event: Event) -> None:
        heard.append(event)
        if event.name == "pull_request_target" and event.action == "opened":
            place = f"{BOARD}/issues/{event.payload['number']}/comments"
            board.http(bot).post(place, json={"body": "Verified."}).raise_for_status()

    board.github.listen(judge)
    number = board.submit(PROFILE)
    board.github.settle()
    told = [(each.name, each.action) for each in heard]
    assert told == [("push", None), ("pull_request_target", "opened")], "the bot's own comment is not told"
    payload = heard[1].payload
    assert (payload["pull_request"]["head"]["repo"]["owner"]["id"], payload["sender"]["id"]) == (4242, 4242)
    ada = board.http(board.ada_token)
    assert ada.get(f"{BOARD}/issues/{number}/comments").json()[0]["user"]["login"] == "github-actions[bot]"
    ada.post(f"{BOARD}/issues/{number}/comments", json={"body": "/approve"})
    board.github.settle()
    assert (heard[2].name, heard[2].action, heard[2].payload["comment"]["body"]) == (
        "issue_comment",
        "created",
        "/approve",
    )
    assert "pull_request" in heard[2].payload["issue"]


def test_only_dispatches_start_something_for_a_workflow(board: Board) -> None:
    heard: list[Event] = []
    board.github.listen(heard.append)
    number = board.submit(PROFILE)
    board.github.settle()
    heard.clear()
    bot = board.http(board.github.actions_token(board.repository))
    assert bot.put(f"{BOARD}/pulls/{number}/merge", json={}).status_code == 200
    start = {"ref": "main", "inputs": {"full": "true"}}
    assert bot.post(f"{BOARD}/actions/workflows/publish.yml/dispatches", json=start).status_code == 204
    assert bot.post(f"{BOARD}/actions/workflows/other.yml/dispatches", json=start).status_code == 404
    assert bot.post(f"{BOARD}/dispatches", json={"event_type": "publish"}).status_code == 204
    board.github.settle()
    assert [(each.name, each.action) for each in heard] == [
        ("workflow_dispatch", None),
        ("repository_dispatch", "publish"),
    ]
    assert heard[0].payload["inputs"] == {"full": "true"}


def test_closing_and_reopening(board: Board) -> None:
    heard: list[Event] = []
    number = board.submit(PROFILE)
    board.github.settle()
    board.github.listen(heard.append)
    client: httpx.Client = board.http(board.ada_token)
    for state in ("closed", "open"):
        assert client.patch(f"{BOARD}/pulls/{number}", json={"state": state}).json()["state"] == state
    board.github.settle()
    assert [each.action for each in heard] == ["closed", "reopened"]
