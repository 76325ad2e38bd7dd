"""What doctor says about GitHub: token, scopes, clock, fork, open pull request."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cli.connection import connection_fields, connection_lines, examine
from cli.settings import Settings
from tests.github.board import Board

Command = Callable[..., tuple[int, str, str]]
BRANCH = "token-tracker/abcd1234"


@pytest.fixture
def board(at_github: Any, ada: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the board this installation belongs to."""
    from validator import config

    installed = config.installed().model_copy(update={"repository": "grace-demo/board"})
    monkeypatch.setattr("validator.config.installed", lambda: installed)
    return at_github.repository(at_github.user(1, "grace-demo"), "board")


@pytest.fixture
def diagnose(at_github: Any) -> Callable[[], tuple[dict[str, Any], list[str]]]:
    """Return a function that returns what doctor says of GitHub (`shown`: to people), and what needs attention."""

    def call() -> tuple[dict[str, Any], list[str]]:
        known = examine(Settings.load())
        fields, shown = connection_fields(known), " ".join(line for _, line in connection_lines(known))
        for token in at_github.state.tokens:
            assert token not in repr(known) + json.dumps(fields) + shown
        return {**fields, "shown": shown}, known.needs()

    return call


def test_without_a_token_it_says_so_and_asks_nobody(github: Any, diagnose: Any) -> None:
    found, needs = diagnose()
    assert (found["token"], found["clockSkewSeconds"], needs) == (None, None, [])
    assert "only needed to submit. Run `token-tracker login`." in found["shown"]
    assert github.log == []


def test_before_the_first_submission(github: Any, ada: Any, board: Any, keep: Any, diagnose: Any) -> None:
    keep(github.token(ada))
    found, needs = diagnose()
    assert needs == []
    assert (found["login"], found["scopes"], found["clockSkewSeconds"]) == ("ada-demo", ["public_repo"], 0)
    assert (found["token"]["origin"], found["fork"]) == ("credentials", {"kind": "none", "repository": ""})
    assert found["openPullRequests"] == []
    assert "the first submit makes it" in found["shown"]


def test_with_a_fork_and_an_open_pull_request(github: Any, board: Any, keep: Any, command: Command) -> None:
    ada = github.state.users[4242]
    keep(github.token(ada))
    seeded = Board.__new__(Board)
    seeded.github, seeded.ada_token, seeded._open = github, github.token(ada), []
    number = seeded.submit({"hello.txt": b"Hello.\n"}, BRANCH)
    seeded.close()
    answer = json.loads(command("doctor", "--json")[1])
    found = answer["github"]
    assert [need[:13] for need in answer["needsAttention"]] == ["No logs were "]
    assert found["fork"] == {"kind": "fork", "repository": "ada-demo/board"}
    assert [pull["number"] for pull in found["openPullRequests"]] == [number]
    assert found["openPullRequests"][0]["url"] in "".join(command("doctor")[1].split())


def test_who_may_write_to_the_board_needs_no_fork(github: Any, board: Any, keep: Any, diagnose: Any) -> None:
    keep(github.token(board.owner))
    assert diagnose()[0]["fork"] == {"kind": "board", "repository": "grace-demo/board"}


def test_the_clock(github: Any, board: Any, keep: Any, diagnose: Any, patience: Any) -> None:
    keep(github.token(board.owner))
    patience.seconds += 240
    assert diagnose()[1] == []
    for seconds, told in ((6_960, "120 min behind"), (-17_280_000, "4,798 h ahead of")):
        patience.seconds += seconds
        found, needs = diagnose()
        assert abs(found["clockSkewSeconds"]) >= 7_200
        assert needs == [f"This machine's clock is {told} GitHub's. Set its date and time."]


def test_what_is_wrong_with_the_token_needs_attention(
    github: Any, ada: Any, board: Any, keep: Any, diagnose: Any
) -> None:
    token = github.token(ada, scopes=("gist",))
    file = keep(token)
    assert diagnose()[1][0].startswith("This token lacks the scope public_repo (it has: gist).")
    github.revoke(token)
    assert diagnose()[1][0].startswith("GitHub does not accept the token")
    file.chmod(0o644)
    found, needs = diagnose()
    assert "chmod 600" in needs[0]
    assert found["token"] is None


def test_a_board_that_is_not_there_needs_attention(github: Any, ada: Any, board: Any, keep: Any, diagnose: Any) -> None:
    keep(github.token(ada))
    github.delete(board)
    found, needs = diagnose()
    assert needs == [found["trouble"]]
    assert "There is no board grace-demo/board" in needs[0]
    assert found["login"] == "ada-demo"


def test_no_network_is_said_and_is_no_alarm(
    github: Any, ada: Any, keep: Any, diagnose: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", github.token(ada))
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")
    found, needs = diagnose()
    assert (needs, found["login"]) == ([], None)
    assert "127.0.0.1 cannot be reached" in found["shown"]


def test_a_board_that_takes_too_long_is_not_waited_for(
    github: Any, board: Any, keep: Any, diagnose: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(github.token(board.owner))
    monkeypatch.setattr("cli.connection.BOARD_SECONDS", 0.05)
    github.fail("GET", "/repos/*", "delay", 99, seconds=0.5)
    found, needs = diagnose()
    assert (needs, found["login"], found["fork"]) == ([], "grace-demo", None)
    assert "took longer than" in found["shown"]
