"""The board's repository on a server: fetched, pushed to with a lease, and no token where somebody could see it."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from validator import ValidatorError, git_process
from validator.git import RefMoved, Repository
from validator.remote import Remote

if TYPE_CHECKING:
    from tests.validator.conftest import Board

MAIN = "refs/heads/main"


@pytest.fixture
def remote(board: "Board", tmp_path: Path) -> Remote:
    """Return what follows the board in a repository that is new."""
    made = Remote(tmp_path / "here.git", f"file://{board.path}")
    made.fetch([MAIN])
    return made


@pytest.fixture
def commit(tmp_path: Path, remote: Remote) -> Callable[[str], str]:
    """Return a function that writes a commit here, upon another."""

    def make(parent: str) -> str:
        line = ["git", f"--git-dir={tmp_path / 'here.git'}", "-c", "user.name=A", "-c", "user.email=a@example.invalid"]
        tree = subprocess.run([*line, "rev-parse", f"{parent}^{{tree}}"], capture_output=True, check=True, text=True)
        made = [*line, "commit-tree", tree.stdout.strip(), "-p", parent, "-m", "Merge"]
        return subprocess.run(made, capture_output=True, check=True, text=True).stdout.strip()

    return make


def test_references_follow_wherever_they_move(board: "Board", remote: Remote, tmp_path: Path) -> None:
    first = board.pull(7, {"a": b"1"})
    remote.fetch(["refs/pull/7/head", MAIN])
    second = board.pull(7, {"a": b"2"})
    remote.fetch(["refs/pull/7/head"])
    with Repository(tmp_path / "here.git") as here:
        assert here.refs("refs/") == {MAIN: board.main, "refs/pull/7/head": second}
        assert here.commit(first).parents == (board.main,)


def test_a_push_moves_the_branch(board: "Board", remote: Remote, commit: Callable[[str], str]) -> None:
    old = board.main
    remote.push(MAIN, new := commit(old), old)
    assert board.main == new


def test_a_push_upon_an_old_tip_moves_nothing_and_fetches_the_new_one(
    board: "Board", remote: Remote, commit: Callable[[str], str], tmp_path: Path
) -> None:
    old = board.main
    new, tip = commit(old), board.push({"new.txt": b"new"})
    with pytest.raises(RefMoved):
        remote.push(MAIN, new, old)
    assert board.main == tip
    with Repository(tmp_path / "here.git") as here:
        assert here.resolve(MAIN) == tip


def test_a_push_whose_answer_was_lost_counts(board: "Board", remote: Remote, commit: Callable[[str], str]) -> None:
    old = board.main
    remote.push(MAIN, new := commit(old), old)
    remote.push(MAIN, new, old)
    assert board.main == new


def test_what_the_server_refuses_is_told(board: "Board", remote: Remote, commit: Callable[[str], str]) -> None:
    hook = board.path / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ValidatorError, match="git push failed"):
        remote.push(MAIN, commit(board.main), board.main)


@pytest.mark.parametrize(
    "url",
    ["ext::sh -c touch%20here", "ssh://git@example.invalid/x", "/some/where", "https://user:secret@example.invalid/x"],
)
def test_other_ways_to_a_server_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValidatorError) as error:
        Remote(tmp_path / "here.git", url)
    assert "secret" not in str(error.value)


def test_a_folder_with_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("A checkout.")
    with pytest.raises(ValidatorError, match="no bare"):
        Remote(tmp_path, "https://example.invalid/x.git")
    with pytest.raises(ValidatorError, match="cannot be made"):
        Remote(tmp_path / "README.md", "https://example.invalid/x.git")
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize("ref", ["-u", "refs/heads/../x", "refs/heads/a b", "HEAD", "refs/pull/1/head:refs/heads/main"])
def test_other_references_are_refused(remote: Remote, ref: str) -> None:
    with pytest.raises(ValidatorError, match="no reference"):
        remote.fetch([ref])


def test_the_token_stands_in_no_command_line_and_in_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    run = git_process.run

    def watched(arguments: list[str], *more: object) -> object:
        lines.extend(arguments)
        return run(arguments, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(git_process, "run", watched)
    with pytest.raises(ValidatorError) as error:
        Remote(tmp_path / "here.git", "http://127.0.0.1:1/board.git", "ghs_secret").fetch([MAIN])
    assert "127.0.0.1" in str(error.value)
    told = (
        " ".join(lines)
        + str(error.value)
        + "".join(path.read_text(errors="replace") for path in (tmp_path / "here.git").rglob("*") if path.is_file())
    )
    assert "fetch" in told
    assert "ghs_secret" not in told
    assert "Authorization" not in told
