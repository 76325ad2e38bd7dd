"""What a Git process that was killed leaves locked, and what is made of it."""

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from validator import ValidatorError
from validator.config import Policy
from validator.locks import STALE_SECONDS, remove_stale_locks
from validator.merge import PullRequest, Status, merge
from validator.remote import Remote

if TYPE_CHECKING:
    from tests.validator.conftest import Board, Contributor


def lock(path: Path, age: float) -> Path:
    """Leave a lock that was made that many seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    made = path.stat().st_mtime - age
    os.utime(path, (made, made))
    return path


@pytest.mark.parametrize("name", ["refs/heads/main.lock", "refs/pull/7/head.lock", "packed-refs.lock", "HEAD.lock"])
def test_old_locks_are_removed_and_young_ones_stay(tmp_path: Path, name: str) -> None:
    old, young = lock(tmp_path / "a" / name, STALE_SECONDS + 5), lock(tmp_path / "b" / name, STALE_SECONDS - 30)
    for folder in (tmp_path / "a", tmp_path / "b", tmp_path / "nothing"):
        remove_stale_locks(folder)
    assert [old.exists(), young.exists()] == [False, True]


def test_a_merge_after_a_git_that_was_killed_goes_on(board: "Board", ada: "Contributor", now: dt.datetime) -> None:
    left = lock(board.path / "refs/heads/main.lock", 2 * STALE_SECONDS)
    head = board.pull(7, ada.files())
    request = PullRequest(number=7, head=head, author_id=ada.id, author_login=ada.login, head_owner_id=ada.id)
    (result,) = merge(board.repository, [request], Policy(), now)
    assert result.status is Status.MERGED
    assert not left.exists()


def test_a_fetch_after_a_git_that_was_killed_goes_on(board: "Board", tmp_path: Path) -> None:
    here, address = tmp_path / "here.git", f"file://{board.path}"
    Remote(here, address).fetch(["refs/heads/main"])
    tip = board.push({"new.txt": b"new"})
    lock(here / "refs/heads/main.lock", 2 * STALE_SECONDS)
    Remote(here, address).fetch(["refs/heads/main"])
    assert (here / "refs/heads/main").read_text().strip() == tip


def test_who_meets_a_young_lock_is_told_to_wait(board: "Board", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validator.git_process._SETTINGS", ("core.filesRefLockTimeout=0", "gc.auto=0"))
    monkeypatch.setattr("validator.git_process._NAME", 7)
    lock(board.path / "refs/heads/main.lock", 0)
    old = board.main
    with pytest.raises(ValidatorError, match="after a minute"):
        board.repository.update_ref("refs/heads/main", board.commit({"new.txt": b"new"}, old), old)
    assert board.main == old
