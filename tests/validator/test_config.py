"""leaderboard.toml: read strictly, with errors that name the line to mend."""

from pathlib import Path

import pytest

from validator import ValidatorError
from validator.config import Leaderboard, Policy, installed, load, parse

BOARD = """\
title = "Team board"
site_url = "https://team.example/board/"
repository = "team/board"
"""


def refused(text: str) -> str:
    with pytest.raises(ValidatorError) as error:
        parse(text, "leaderboard.toml")
    assert "\n" not in str(error.value)
    assert error.value.hint
    return str(error.value)


def test_three_lines_are_a_board() -> None:
    board = parse(BOARD, "x")
    assert (board.title, board.repository, board.oauth_client_id) == ("Team board", "team/board", "")
    assert board.policy == Policy()


def test_the_file_that_ships_is_read_and_states_the_defaults() -> None:
    path = Path(__file__).parents[2] / "leaderboard.toml"
    board = load(path)
    assert installed() == board
    assert board.policy == Policy()
    text = path.read_text(encoding="utf-8")
    assert [name for name in Policy.model_fields if f"\n{name} = " not in text] == []


def test_every_number_of_the_policy_can_be_set() -> None:
    for name in Policy.model_fields:
        value = {"mean_factor": 1.5, "approval_factor": 3, "cost_factor": 99.5}.get(name, 1)
        board = parse(f"{BOARD}[policy]\n{name} = {value}\n", "x")
        assert getattr(board.policy, name) == value


@pytest.mark.parametrize("missing", ["title", "site_url", "repository"])
def test_what_is_missing_is_named(missing: str) -> None:
    text = "".join(line for line in BOARD.splitlines(keepends=True) if not line.startswith(missing))
    assert f"leaderboard.toml: {missing}: Field required" in refused(text)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("titel = 'x'", "unknown key titel"),
        ("[policy]\ndaily_token = 1", "unknown key policy.daily_token"),
        ("[policy]\ndaily_tokens = '250M'", "policy.daily_tokens: Input should be a valid integer (given: '250M')"),
        ("[policy]\ndaily_tokens = 1.5", "policy.daily_tokens"),
        ("[policy]\ndaily_tokens = true", "policy.daily_tokens"),
        ("[policy]\ndaily_tokens = -1", "policy.daily_tokens"),
        ("[policy]\ndaily_tokens = 9007199254740992", "policy.daily_tokens"),
        ("[policy]\ncache_read_flag = 95", "policy.cache_read_flag"),
        ("[policy]\ncache_read_flag = nan", "policy.cache_read_flag"),
        ("[policy]\nmean_factor = inf", "policy.mean_factor"),
        ("[policy]\nmean_factor = nan", "policy.mean_factor"),
        ("[policy]\nmean_factor = 1", "policy.mean_factor"),
        ("[policy]\nfiles_per_change = 0", "policy.files_per_change"),
        ("policy = 5", "policy: Input should be"),
        ("oauth_client_id = 'a b'", "oauth_client_id"),
        ("oauth_client_id = 5", "oauth_client_id"),
    ],
)
def test_a_wrong_key_or_value_is_named(line: str, named: str) -> None:
    assert named in refused(BOARD + line)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", ""),
        ("title", "x" * 61),
        ("site_url", "team.example"),
        ("site_url", "https://team.example/board"),
        ("site_url", "javascript://x/"),
        ("site_url", "https://team.example/?q=/"),
        ("site_url", "https://team.example/ b/"),
        ("site_url", "https://team.example/'/"),
        ("repository", "board"),
        ("repository", "team/board/x"),
        ("repository", "https://github.com/team/board"),
        ("repository", "-team/board"),
        ("repository", "team/board\\n"),
    ],
)
def test_names_and_addresses_are_checked(key: str, value: str) -> None:
    lines = [f'{key} = "{value}"' if line.startswith(key) else line for line in BOARD.splitlines()]
    assert f"leaderboard.toml: {key}:" in refused("\n".join(lines))


@pytest.mark.parametrize("text", ["title =", "title = 'a'\ntitle = 'b'", "\0", "[policy"])
def test_what_is_not_toml_is_told(text: str) -> None:
    assert "leaderboard.toml is not valid TOML" in refused(text)


def test_long_values_are_not_recited() -> None:
    assert len(refused(BOARD.replace("team/board", "x" * 10_000))) < 300


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "missing.toml", tmp_path, tmp_path / "binary.toml"):
        with pytest.raises(ValidatorError, match="cannot be read") as error:
            load(path)
        assert str(path) in str(error.value)


def test_a_board_cannot_be_changed_by_accident() -> None:
    board = parse(BOARD, "x")
    with pytest.raises(ValueError, match="frozen"):
        board.title = "Other"
    assert isinstance(board, Leaderboard)
