"""The stand-in cannot lie unnoticed: what breaks GitHub's description fails the test that did it."""

from pathlib import Path

import pytest

from tests.github import views
from tests.github.board import Board
from tests.github.stand_in import GitHub


def _visit(folder: Path, method: str, path: str, json: object = None) -> int:
    with GitHub(folder) as github:
        board = Board(github)
        client = board.http(board.ada_token)
        status = client.request(method, path, json=json).status_code
        board.close()
        return status


@pytest.mark.parametrize(
    ("method", "path", "json", "complaint"),
    [
        ("POST", "/repos/grace-demo/board/pulls", {"base": "main"}, "'head' is a required property"),
        ("POST", "/repos/grace-demo/board/git/refs", {"ref": "refs/heads/x", "sha": 7}, "is not of type 'string'"),
        ("GET", "/repos/grace-demo/board/pulls?state=merged", None, "merged"),
        ("GET", "/repos/grace-demo/board/stargazers", None, "no operation that the stand-in knows"),
    ],
)
def test_a_wrong_request_fails_the_test(tmp_path: Path, method: str, path: str, json: object, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        _visit(tmp_path, method, path, json)


def test_a_wrong_answer_fails_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "node_id", lambda kind, number: None)
    with pytest.raises(AssertionError, match="node_id"):
        _visit(tmp_path, "GET", "/repos/grace-demo/board")


def _break_a_listener(folder: Path) -> None:
    def fail(event: object) -> None:
        raise ValueError("the workflow broke")

    with GitHub(folder) as github:
        board = Board(github)
        github.listen(fail)
        board.submit({"x.json": b"{}"})
        board.close()


def test_what_a_listener_raises_fails_the_test(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="the workflow broke"):
        _break_a_listener(tmp_path)


def _fail_twice(folder: Path) -> None:
    with GitHub(folder) as github:
        github.failures.append("something")
        raise KeyError("the test's own")


def test_the_first_failure_is_the_one_that_counts(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        _fail_twice(tmp_path)
