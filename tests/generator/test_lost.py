"""Nobody vanishes from the site who did not leave."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator import GeneratorError
from generator.lost import check_nobody_lost
from tests.validator.conftest import Board, Contributor
from validator.git import Repository

USERS = (4242, 300, 301)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    """A board of three users, who came one by one."""
    path = tmp_path / "board.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
    with Repository(path) as repository:
        made = Board(path, repository)
        repository.update_ref("refs/heads/main", made.commit({"README.md": b"A board.\n"}, None), None)
        for user in USERS:
            made.push(Contributor(id=user, login=f"user-{user}").files())
        yield made


def _remove(board: Board, *users: int, also: str = "") -> None:
    paths = [path for user in users for path in Contributor(id=user).files()]
    board.push({**dict.fromkeys(paths), **({also: b"x\n"} if also else {})})


def _check(board: Board, shown: tuple[int, ...], published: tuple[int, ...] = USERS) -> None:
    check_nobody_lost(board.repository, board.main, published, shown)


def test_who_is_shown_or_new_is_not_lost(board: Board) -> None:
    _check(board, USERS)
    _check(board, (*USERS, 5))
    _check(board, USERS, published=())


def test_whose_files_are_there_but_not_counted_is_lost(board: Board) -> None:
    with pytest.raises(GeneratorError, match=r"^1 of the published site's users would vanish \(ids 300\)"):
        _check(board, (4242, 301))


@pytest.mark.parametrize("also", ["", "docs/why.md", "submissions/2d/301/reviews.json"])
def test_who_was_removed_alone_left(board: Board, also: str) -> None:
    _remove(board, 300, also=also)
    _remove(board, 4242)
    _check(board, (301,))


def test_who_were_removed_together_are_lost(board: Board) -> None:
    _remove(board, 300, 301)
    with pytest.raises(GeneratorError, match="ids 300, 301"):
        _check(board, (4242,))


def test_who_came_back_after_leaving_and_is_removed_with_others_is_lost(board: Board) -> None:
    _remove(board, 300)
    board.push(Contributor(id=300).files())
    _remove(board, 300, 301)
    with pytest.raises(GeneratorError, match="ids 300, 301"):
        _check(board, (4242,))


def test_of_whom_the_history_knows_nothing_is_lost(board: Board) -> None:
    strangers = tuple(range(1001, 1010))
    with pytest.raises(GeneratorError, match=r"^9 of .*\(ids 1001, 1002, 1003, 1004, 1005, …\)"):
        _check(board, USERS, published=(*USERS, *strangers))
