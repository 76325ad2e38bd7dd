"""A stand-in GitHub that serves while a test runs, with a clock the test can turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.github.board import Board, Clock
from tests.github.stand_in import GitHub


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def github(tmp_path: Path, clock: Clock) -> Iterator[GitHub]:
    with GitHub(tmp_path / "github", now=clock) as github:
        yield github


@pytest.fixture
def board(github: GitHub) -> Iterator[Board]:
    board = Board(github)
    yield board
    board.close()
