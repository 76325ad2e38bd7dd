"""The demo is the whole product in one run: what it leaves behind must be what it says."""

import datetime as dt
import json
import subprocess
from pathlib import Path

import pytest

from cli.commands.verify import FAILED
from cli.main import run
from tests.demo.community import COMMUNITY
from tests.demo.loop import Demo
from validator.store import parse_path

FEW = {"otter", "caterpillar", "walrus", "magpie", "snowflake"}
"""Two machines, a new login, a burst, a cheat, and somebody small: whoever does something that others do not."""
NOW = dt.datetime(2026, 11, 22, 15, 30, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    some = [who for who in COMMUNITY if who.login.removeprefix("demo-") in FEW]
    demo = Demo(tmp_path_factory.mktemp("play") / "demo", NOW, port=0, community=some)
    demo.play()
    return demo


def _git(repository: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(repository), *arguments], check=True, stdout=subprocess.PIPE
    ).stdout.decode()


def _files(board: Path) -> list[str]:
    return _git(board, "ls-tree", "-r", "--name-only", "main", "submissions").splitlines()


def _published_tokens(board: Path) -> dict[int, int]:
    """Sum the signed files on main by user, without any code of the generator."""
    totals: dict[int, int] = {}
    for path in _files(board):
        place = parse_path(path)
        assert place is not None, path
        if place.kind == "submission":
            days = json.loads(_git(board, "show", f"main:{path}"))["data"]["contributions"]
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
    flagged = json.loads((demo.site / "api/flagged.json").read_bytes())["submissions"]
    assert [each["user"]["username"] for each in flagged] == ["demo-walrus"]


def test_two_devices_are_summed_on_one_page(demo: Demo) -> None:
    user = json.loads((demo.site / "api/users/demo-otter.json").read_bytes())
    assert {part["name"] for part in user["breakdown"]["bySource"]} == {"claude", "codex"}
    assert len({path.split("/")[3] for path in _files(demo.board) if path.startswith("submissions/01/")}) == 4, (
        "two devices beside the profile and the reviews"
    )


def test_the_store_verifies_until_a_digit_is_changed(
    demo: Demo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", "--repository", str(demo.board)]) == 0
    _git(tmp_path, "clone", "-q", str(demo.board), "tampered")
    copy = tmp_path / "tampered"
    path = next(path for path in _files(demo.board) if path.endswith("2026-11.json"))
    (copy / path).write_bytes((copy / path).read_bytes().replace(b'"messages": ', b'"messages": 1', 1))
    _git(copy, "-c", "user.name=Tamper", "-c", "user.email=tamper@example.org", "commit", "-q", "-a", "-m", "Tamper")
    assert run(["verify", "--repository", str(copy)]) == FAILED
    assert path in capsys.readouterr().out
