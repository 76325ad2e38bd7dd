"""Git itself as a client: cloning, fetching, pushing, and what a push does to pull requests."""

from pathlib import Path

import pytest

from tests.github.board import Board, git
from tests.github.events import Event

PROFILE = {"submissions/92/4242/profile.json": b"{}\n"}


def _commit(checkout: Path, name: str, content: str = "x\n") -> None:
    (checkout / name).write_text(content, encoding="utf-8")
    git(checkout, "add", "--", name)
    git(checkout, "commit", "-q", "-m", f"Change {name}")


def test_anybody_clones_what_is_public(board: Board, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", board.remote(), "clone")
    assert (tmp_path / "clone" / "README.md").read_text(encoding="utf-8") == "A board.\n"


def test_a_pull_request_is_fetched_as_objects(board: Board, tmp_path: Path) -> None:
    number = board.submit(PROFILE)
    git(tmp_path, "init", "-q", "--bare", "objects")
    git(tmp_path / "objects", "fetch", "-q", board.remote(), f"refs/pull/{number}/head")
    listed = git(tmp_path / "objects", "ls-tree", "-r", "--name-only", "FETCH_HEAD").stdout
    assert "submissions/92/4242/profile.json" in listed.splitlines()


def test_pushing_the_head_into_the_base_merges(board: Board, tmp_path: Path) -> None:
    number = board.submit(PROFILE)
    heard: list[Event] = []
    board.github.listen(heard.append)
    bot = board.github.actions_token(board.repository)
    git(tmp_path, "clone", "-q", board.remote(bot), "clone")
    git(tmp_path / "clone", "fetch", "-q", "origin", f"refs/pull/{number}/head")
    git(tmp_path / "clone", "merge", "-q", "--no-ff", "-m", "Merge", "FETCH_HEAD")
    git(tmp_path / "clone", "push", "-q", "origin", "HEAD:main")
    pull = board.client(board.ada_token).get_repo("grace-demo/board").get_pull(number)
    assert (pull.merged, pull.merged_by.login) == (True, "github-actions[bot]")
    board.github.settle()
    assert heard == [], "what a workflow's own token does starts no workflow"


def test_who_may_push(board: Board, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", board.remote(), "clone")
    checkout = tmp_path / "clone"
    _commit(checkout, "README.md")
    assert git(checkout, "push", board.remote(), "HEAD:main", check=False).returncode
    refused = git(checkout, "push", board.remote(board.ada_token), "HEAD:main", check=False)
    assert "Permission to grace-demo/board.git denied to ada-demo." in refused.stderr
    powerless = board.github.token(board.grace, scopes=())
    assert git(checkout, "push", board.remote(powerless), "HEAD:main", check=False).returncode
    assert git(checkout, "push", board.remote("ghp_wrong"), "HEAD:main", check=False).returncode
    hidden = git(checkout, "push", board.remote(board.grace_token), "HEAD:refs/pull/1/head", check=False)
    assert "hidden ref" in hidden.stderr
    git(checkout, "push", board.remote(board.grace_token), "HEAD:main")
    tip = git(checkout, "rev-parse", "HEAD").stdout.strip()
    assert board.client(board.ada_token).get_repo("grace-demo/board").get_branch("main").commit.sha == tip


def test_pushing_to_a_fork_moves_its_pull_request(board: Board, tmp_path: Path) -> None:
    number = board.submit(PROFILE)
    heard: list[Event] = []
    board.github.listen(heard.append)
    git(tmp_path, "clone", "-q", "-b", "submit", board.remote(board.ada_token, "ada-demo/board"), "clone")
    _commit(tmp_path / "clone", "large.txt", "0123456789abcdef" * 100_000)
    git(tmp_path / "clone", "-c", "http.postBuffer=1000", "push", "-q", "origin", "HEAD:submit")
    pull = board.client(board.ada_token).get_repo("grace-demo/board").get_pull(number)
    assert pull.head.sha == git(tmp_path / "clone", "rev-parse", "HEAD").stdout.strip()
    assert (pull.commits, pull.changed_files) == (2, 2)
    board.github.settle()
    told = [(each.name, each.action, each.repository) for each in heard]
    assert told == [("push", None, "ada-demo/board"), ("pull_request_target", "synchronize", "grace-demo/board")]


def test_a_private_repository_is_not_there_for_others(board: Board, tmp_path: Path) -> None:
    board.github.repository(board.grace, "diary", private=True)
    address = board.remote(board.ada_token, "grace-demo/diary")
    assert "not found" in git(tmp_path, "clone", address, "a", check=False).stderr
    git(tmp_path, "clone", "-q", board.remote(board.grace_token, "grace-demo/diary"), "b")
    assert board.http(board.ada_token).get("/repos/grace-demo/diary").status_code == 404


def test_files_31_and_3001(board: Board, tmp_path: Path) -> None:
    board.submit(PROFILE)
    git(tmp_path, "clone", "-q", board.remote(board.ada_token, "ada-demo/board"), "clone")
    checkout = tmp_path / "clone"
    git(checkout, "checkout", "-q", "-b", "many")
    for number in range(3001):
        (checkout / f"{number:04}.txt").write_text(f"{number}\n", encoding="utf-8")
    git(checkout, "add", ".")
    git(checkout, "commit", "-q", "-m", "Many")
    git(checkout, "push", "-q", "origin", "many")
    base = board.client(board.ada_token).get_repo("grace-demo/board")
    pull = base.create_pull(base="main", head="ada-demo:many", title="Many", body="")
    place = f"/repos/grace-demo/board/pulls/{pull.number}/files"
    web = board.http(board.ada_token)
    first = web.get(place)
    assert len(first.json()) == 30
    assert first.links["next"]["url"].endswith(f"{place}?page=2")
    assert web.get(first.links["next"]["url"]).json()[0]["filename"] == "0030.txt"
    last = web.get(first.links["last"]["url"])
    assert (last.json()[-1]["filename"], "next" in last.links) == ("2999.txt", False)
    assert pull.changed_files == 3001


@pytest.mark.parametrize("place", ["grace-demo/nothing", "nobody/board"])
def test_what_is_missing_asks_who_you_are(board: Board, tmp_path: Path, place: str) -> None:
    assert git(tmp_path, "ls-remote", board.remote(None, place), check=False).returncode
    assert "not found" in git(tmp_path, "ls-remote", board.remote(board.ada_token, place), check=False).stderr
