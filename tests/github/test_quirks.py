"""What GitHub does that nobody expects: renames, ghosts, limits, tokens that may less than they seem."""

from pathlib import Path

import pytest

from tests.github.board import WORKFLOW, Board, Clock
from tests.github.stand_in import GitHub

BOARD = "/repos/grace-demo/board"
PROFILE = {"submissions/92/4242/profile.json": b"{}\n"}


def test_bad_credentials(board: Board) -> None:
    revoked, expired = board.github.token(board.ada), board.github.token(board.ada, expires_at=1.0)
    board.github.revoke(revoked)
    for token in ("ghp_unknown", revoked, expired):
        answer = board.http(token).get(BOARD)
        assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")
    assert board.http().get("/user").json()["message"] == "Requires authentication"


def test_headers_about_the_token(board: Board) -> None:
    classic = board.http(board.github.token(board.ada, ("repo", "gist"))).get("/user").headers
    fine = board.http(board.github.token(board.ada, kind="fine-grained", expires_at=1_900_000_000)).get("/user").headers
    assert classic["x-oauth-scopes"] == "gist, repo"
    assert "x-oauth-scopes" not in fine
    assert fine["github-authentication-token-expiration"] == "2030-03-17 17:46:40 UTC"
    assert (classic["x-ratelimit-limit"], classic["x-ratelimit-remaining"]) == ("5000", "4999")
    assert classic["date"] == "Wed, 18 Nov 2026 11:06:40 GMT", "the stand-in's clock, not the machine's"


def test_tokens_that_may_less_than_they_seem(board: Board) -> None:
    scopeless = board.http(board.github.token(board.ada, scopes=())).post(f"{BOARD}/forks", json={})
    assert (scopeless.status_code, scopeless.headers["x-accepted-oauth-scopes"]) == (404, "public_repo, repo")
    fine = board.http(board.github.token(board.ada, kind="fine-grained")).post(f"{BOARD}/forks", json={})
    assert (fine.status_code, fine.json()["message"]) == (403, "Resource not accessible by personal access token")
    actions = board.http(board.github.actions_token(board.repository, {"contents": "read"}))
    assert actions.get("/user").status_code == 403
    assert actions.post(f"{BOARD}/git/blobs", json={"content": ""}).json()["message"].endswith("by integration")
    stranger = board.http(board.ada_token)
    assert stranger.post(f"{BOARD}/git/blobs", json={"content": ""}).status_code == 404


def test_not_modified_costs_nothing(board: Board) -> None:
    client = board.http(board.ada_token)
    first = client.get(BOARD)
    again = client.get(BOARD, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/rate_limit").json()["rate"]["used"] == 1
    board.github.rename_repository(board.repository, "ladder")
    changed = client.get("/repos/grace-demo/ladder", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_limits(board: Board, github: GitHub, clock: Clock) -> None:
    number = board.submit(PROFILE)
    client, place = board.http(board.ada_token), f"{BOARD}/issues/{number}/comments"
    statuses = [client.post(place, json={"body": "Again."}) for _ in range(80)]
    assert [each.status_code for each in statuses[:70]] == [201] * 70
    assert statuses[-1].status_code == 403
    assert 1 <= int(statuses[-1].headers["retry-after"]) <= 61
    clock.seconds += 61
    assert client.post(place, json={"body": "Later."}).status_code == 201
    github.exhaust(board.ada_token)
    spent = client.get(BOARD)
    assert (spent.status_code, spent.headers["x-ratelimit-remaining"]) == (403, "0")
    assert spent.json()["message"] == "API rate limit exceeded for user ID 4242."
    clock.seconds += 3600
    assert client.get(BOARD).status_code == 200


def test_a_fork_takes_its_time(tmp_path: Path, clock: Clock) -> None:
    with GitHub(tmp_path, now=clock, fork_delay=90) as github:
        board = Board(github)
        client = board.http(board.ada_token)
        first = client.post(f"{BOARD}/forks", json={})
        assert (first.status_code, first.json()["full_name"]) == (202, "ada-demo/board")
        assert client.get("/repos/ada-demo/board").status_code == 404
        assert client.post(f"{BOARD}/forks", json={}).json()["id"] == first.json()["id"]
        clock.seconds += 90
        ready = client.get("/repos/ada-demo/board").json()
        assert (ready["parent"]["full_name"], ready["source"]["id"]) == ("grace-demo/board", board.repository.id)
        board.close()


def test_a_fork_beside_an_unrelated_repository_of_the_same_name(board: Board) -> None:
    board.github.repository(board.ada, "board")
    made = board.http(board.ada_token).post(f"{BOARD}/forks", json={}).json()
    assert made["full_name"] == "ada-demo/board-1"
    assert [each["full_name"] for each in board.http().get(f"{BOARD}/forks").json()] == ["ada-demo/board-1"]
    assert board.http(board.grace_token).post(f"{BOARD}/forks", json={}).status_code == 403


def test_renames(board: Board) -> None:
    number = board.submit(PROFILE)
    board.github.rename(board.ada, "ada-later")
    client = board.client(board.ada_token)
    assert client.get_user_by_id(4242).login == "ada-later"
    assert board.http().get("/users/ada-demo").status_code == 404
    assert client.get_repo("ada-demo/board").full_name == "ada-later/board"
    redirect = board.http(board.ada_token).post("/repos/ada-demo/board/git/blobs", json={"content": "x"})
    assert redirect.status_code == 307
    assert board.http(board.ada_token).post(redirect.headers["location"], json={"content": "x"}).status_code == 201
    pull = board.http().get(f"{BOARD}/pulls/{number}").json()
    assert (pull["user"]["login"], pull["head"]["label"]) == ("ada-later", "ada-later:submit")


def test_what_is_gone(board: Board) -> None:
    number = board.submit(PROFILE)
    token = board.github.token(board.ada, ("public_repo", "delete_repo"))
    assert board.http(board.ada_token).delete("/repos/ada-demo/board").status_code == 404, "the scope is missing"
    assert board.http(token).delete("/repos/ada-demo/board").status_code == 204
    pull = board.http().get(f"{BOARD}/pulls/{number}").json()
    assert (pull["head"]["repo"], pull["state"]) == (None, "open")
    assert board.http().get(f"{BOARD}/git/commits/{pull['head']['sha']}").status_code == 200
    board.github.remove_user(board.ada)
    assert board.http().get("/user/4242").status_code == 404
    assert board.http().get(f"{BOARD}/pulls/{number}").json()["user"]["login"] == "ghost"


def test_a_fork_cannot_follow_a_changed_workflow_without_the_scope(board: Board) -> None:
    board.submit(PROFILE)
    grace, ada = board.http(board.grace_token), board.http(board.ada_token)
    tip = grace.get(f"{BOARD}/git/ref/heads/main").json()["object"]["sha"]
    entry = {"path": WORKFLOW, "mode": "100644", "type": "blob", "content": "on: push\n"}
    tree = grace.post(f"{BOARD}/git/trees", json={"base_tree": tip, "tree": [entry]}).json()["sha"]
    new = grace.post(f"{BOARD}/git/commits", json={"message": "Go", "tree": tree, "parents": [tip]}).json()["sha"]
    assert grace.patch(f"{BOARD}/git/refs/heads/main", json={"sha": new}).status_code == 200
    synced = ada.patch("/repos/ada-demo/board/git/refs/heads/main", json={"sha": new})
    assert synced.status_code == 422
    assert WORKFLOW in synced.json()["message"]


def test_permissions_and_keys(board: Board) -> None:
    guest = board.github.user(7, "guest-demo")
    team = board.github.repository(board.grace, "team", private=True, collaborators={board.ada.id: "write"})
    client = board.http(board.github.token(board.ada, ("repo",)))
    levels = [
        client.get(f"/repos/grace-demo/team/collaborators/{login}/permission").json()["permission"]
        for login in ("grace-demo", "ada-demo", "guest-demo")
    ]
    assert levels == ["admin", "write", "none"]
    assert board.http(board.github.token(guest, ("repo",))).get("/repos/grace-demo/team").status_code == 404
    for login in ("nobody", "github-actions[bot]"):
        unknown = client.get(f"/repos/grace-demo/team/collaborators/{login}/permission")
        assert (unknown.status_code, unknown.json()["message"]) == (404, f"{login} is not a user")
    assert board.http(board.ada_token).get(f"{BOARD}/collaborators/ada-demo/permission").status_code == 403
    board.github.signing_key(board.ada, "ssh-ed25519 AAAA")
    assert [each["key"] for each in client.get("/users/ada-demo/ssh_signing_keys").json()] == ["ssh-ed25519 AAAA"]
    team.variables["PAUSED"] = "yes"
    place = "/repos/grace-demo/team/actions/variables/paused"
    assert client.get(place).json()["value"] == "yes"
    assert board.http(board.github.actions_token(team)).get(place).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"tree": [{"path": "../x", "mode": "100644", "type": "blob", "content": ""}]},
        {"tree": [{"path": ".git/x", "mode": "100644", "type": "blob", "content": ""}]},
    ],
)
def test_paths_that_git_refuses(board: Board, body: dict[str, object]) -> None:
    assert board.http(board.grace_token).post(f"{BOARD}/git/trees", json=body).status_code == 422


def test_trees(board: Board) -> None:
    client = board.http(board.grace_token)
    blob = client.post(f"{BOARD}/git/blobs", json={"content": "AAEC/w==", "encoding": "base64"}).json()["sha"]
    entries = [
        {"path": "a/b/c.bin", "mode": "100755", "type": "blob", "sha": blob},
        {"path": WORKFLOW, "mode": "100644", "type": "blob", "sha": None},
    ]
    made = client.post(f"{BOARD}/git/trees", json={"base_tree": "main", "tree": entries})
    assert made.status_code == 404, "a branch is no base"
    base = client.get(f"{BOARD}/git/trees/main").json()["sha"]
    made = client.post(f"{BOARD}/git/trees", json={"base_tree": base, "tree": entries})
    listed = client.get(f"{BOARD}/git/trees/{made.json()['sha']}", params={"recursive": "1"}).json()
    assert [(each["path"], each["mode"]) for each in listed["tree"]] == [
        ("README.md", "100644"),
        ("a", "040000"),
        ("a/b", "040000"),
        ("a/b/c.bin", "100755"),
    ]
    assert client.get(f"{BOARD}/git/blobs/{blob}").json()["content"] == "AAEC/w==\n"
