"""The board's settings as a commit states them."""

from typing import TYPE_CHECKING

import pytest

from validator import ValidatorError, config
from validator.board import MAX_SETTINGS_BYTES, leaderboard_at

if TYPE_CHECKING:
    from tests.validator.conftest import Board


def test_they_are_those_of_the_commit_asked_for(board: "Board") -> None:
    before = board.main
    text = b'title = "Ours"\nsite_url = "https://ours.example/"\nrepository = "o/r"\n[policy]\ndaily_tokens = 7\n'
    board.push({"leaderboard.toml": text})
    assert leaderboard_at(board.repository, "main").policy.daily_tokens == 7
    assert leaderboard_at(board.repository, before).title == "Demo board"


def test_a_board_without_any_has_those_of_this_installation(board: "Board") -> None:
    board.push({"leaderboard.toml": None})
    assert leaderboard_at(board.repository, "main") == config.installed()


@pytest.mark.parametrize("text", [b"title = 1", b"\xff", b"[", b"#" * (MAX_SETTINGS_BYTES + 1)])
def test_others_are_refused(board: "Board", text: bytes) -> None:
    board.push({"leaderboard.toml": text})
    with pytest.raises(ValidatorError):
        leaderboard_at(board.repository, "main")
