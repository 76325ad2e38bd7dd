"""The demo is the whole product in one run: what it leaves behind must be what it says."""

import datetime as dt
import json
from pathlib import Path

import pytest

from cli.commands.verify import FAILED
from cli.main import run
from tests.demo.board import Board
from tests.demo.loop import Demo
from validator.store import parse_path

NOW = dt.datetime(2026, 11, 22, 15, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    demo = Demo(tmp_path_factory.mktemp("play") / "demo", NOW, 8000)
    demo.play()
    return demo


def _published_tokens(board: Board) -> dict[int, int]:
    """Sum the signed files on main by user, without any code of the generator."""
    totals: dict[int, int] = {}
    for path in board.git("ls-tree", "-r", "--name-only", "main", "submissions").splitlines():
        place = parse_path(path)
        assert place is not None, path
        if place.kind == "submission":
            days = json.loads(board.git("show", f"main:{path}"))["data"]["contributions"]
            tokens = sum(row["inputTokens"] + row["outputTokens"] for day in days for row in day["usage"])
            totals[place.user_id] = totals.get(place.user_id, 0) + tokens
    return totals


def test_the_board_shows_what_is_signed(demo: Demo) -> None:
    page = json.loads((demo.site / "api/leaderboard/all/tokens/1.json").read_bytes())
    shown = {user["username"]: user["totalTokens"] for user in page["users"]}
    assert sorted(shown.values()) == sorted(_published_tokens(demo.board).values())
    assert page["stats"]["totalTokens"] == sum(shown.values()) > 100_000_000
    assert {"demo-otter", "demo-butterfly", "demo-walrus", "demo-snowflake"} <= shown.keys()
    assert "demo-caterpillar" not in shown, "the renamed user is found under the new login"
    assert "demo-magpie" not in shown, "the cheat was rejected"


def test_the_flagged_pull_request_waits(demo: Demo) -> None:
    heads = demo.board.git("for-each-ref", "--format=%(refname)", "refs/pull").splitlines()
    merged = [ref for ref in heads if demo.board.git("branch", "--list", "main", "--contains", ref)]
    assert len(heads) - len(merged) == 2, "one waits for a maintainer, one is rejected"


def test_two_devices_are_summed_on_one_page(demo: Demo) -> None:
    user = json.loads((demo.site / "api/users/demo-otter.json").read_bytes())
    assert {part["name"] for part in user["breakdown"]["bySource"]} == {"claude", "codex"}
    devices = {
        path.split("/")[3]
        for path in demo.board.git("ls-tree", "-r", "--name-only", "main").splitlines()
        if path.startswith("submissions/01/") and path.count("/") == 4
    }
    assert len(devices) == 2


def test_the_store_verifies(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--repository", str(demo.board.path)]) == 0


def test_a_tampered_digit_is_named(demo: Demo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "board.git"
    demo.board.git("clone", "-q", "--mirror", str(demo.board.path), str(copy))
    board = Board(copy)
    path = next(p for p in board.git("ls-tree", "-r", "--name-only", "main").splitlines() if p.endswith("2026-11.json"))
    content = board.git("show", f"main:{path}").encode() + b"\n"
    board.open_pull_request({path: content.replace(b'"messages": ', b'"messages": 1', 1)}, "Tamper", NOW)
    board.git("update-ref", "refs/heads/main", "refs/pull/1/head")
    assert run(["verify", "--repository", str(copy)]) == FAILED
    assert path in capsys.readouterr().out
