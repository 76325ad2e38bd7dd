import datetime as dt
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generator import history
from generator.history import Entry, Skipped
from validator.git import Repository
from validator.git_objects import Draft, Identity

if TYPE_CHECKING:
    from tests.generator.conftest import Store

Row = Callable[..., Any]
BOT = Identity("bot", "bot@example.org")


def _day(day: int) -> dt.datetime:
    return dt.datetime(2026, 6, day, 12, tzinfo=dt.UTC)


def _entries(path: Path, revision: str = "main") -> list[Entry | Skipped]:
    with Repository(path) as git:
        return list(history.entries(git, git.resolve(revision)))


def _add(path: Path, day: int, **files: bytes | None) -> str:
    """Commit files of user 7 on main; `d106` is device 1's month 06, None deletes it."""
    named = tuple((f"submissions/07/7/device0{name[1]}/2026-{name[2:]}.json", raw) for name, raw in files.items())
    with Repository(path) as git:
        tip = git.resolve("main")
        (commit,) = git.write(tip, [Draft("Merge", BOT, _day(day), named)])
        git.update_ref("refs/heads/main", commit, tip)
    return commit


def test_files_come_as_they_are_at_the_revision(store: "Store", row: Row, tmp_path: Path) -> None:
    store.use(7, {"2026-05-20": [row(3)], "2026-06-20": [row(4)]})
    repository = store.commit(tmp_path / "store.git")
    before = _entries(repository)
    assert [(one.path, one.content) for one in before if isinstance(one, Entry)] == [
        (entry.path, entry.content) for entry in store.entries()
    ]
    _add(repository, 9, d106=b"changed")
    assert _entries(repository, "main~1") == before
    changed = next(one for one in _entries(repository) if one.path.endswith("2026-06.json"))
    assert isinstance(changed, Entry)
    assert changed.content == b"changed"


def test_each_file_names_the_merge_that_changed_it_last(store: "Store", row: Row, tmp_path: Path) -> None:
    store.profile(7, merged=_day(1))
    repository = store.commit(tmp_path / "store.git")
    first = _add(repository, 3, d105=b"1", d106=b"1")
    second = _add(repository, 8, d106=b"2")
    by_end = {one.path.rsplit("/", 1)[1]: one for one in _entries(repository) if isinstance(one, Entry)}
    assert (by_end["2026-05.json"].commit, by_end["2026-05.json"].merged) == (first, _day(3))
    assert (by_end["2026-06.json"].commit, by_end["2026-06.json"].merged) == (second, _day(8))
    assert by_end["profile.json"].merged == _day(1)


def test_joined_is_the_first_submission_even_if_it_was_withdrawn(store: "Store", row: Row, tmp_path: Path) -> None:
    store.profile(7, merged=_day(1))
    repository = store.commit(tmp_path / "store.git")
    _add(repository, 3, d105=b"1")
    _add(repository, 4, d105=None)
    _add(repository, 9, d206=b"1")
    joined = {one.joined for one in _entries(repository) if isinstance(one, Entry)}
    assert joined == {dt.date(2026, 6, 3)}


def test_only_main_counts_as_merged(store: "Store", row: Row, tmp_path: Path) -> None:
    """A merge commit brings a file; the pull request's own commit, which its author made and dated, does not."""
    store.profile(7, merged=_day(2))
    repository = store.commit(tmp_path / "store.git")
    path = "submissions/07/7/device01/2026-06.json"
    with Repository(repository) as git:
        tip = git.resolve("main")
        (head,) = git.write(tip, [Draft("Mine", Identity("ada", "ada@example.org"), _day(1), ((path, b"1"),))])
        (merge,) = git.write(tip, [Draft("Merge", BOT, _day(5), ((path, b"1"),), merged=(head,))])
        git.update_ref("refs/heads/main", merge, tip)
    (found,) = (one for one in _entries(repository) if one.path == path)
    assert isinstance(found, Entry)
    assert (found.commit, found.merged, found.joined) == (merge, _day(5), dt.date(2026, 6, 5))


def test_what_is_no_ordinary_file_is_not_read(store: "Store", row: Row, tmp_path: Path) -> None:
    store.profile(7)
    repository = store.commit(tmp_path / "store.git")
    git = ["git", f"--git-dir={repository}"]
    blob = subprocess.run([*git, "hash-object", "-w", "--stdin"], input=b"../../etc", capture_output=True, check=True)
    oid = blob.stdout.decode().strip()
    script = (
        "commit refs/heads/main\ncommitter a <a@example.org> 1780000000 +0000\ndata 1\nx\nfrom refs/heads/main^0\n"
        f"M 120000 {oid} submissions/07/7/link.json\nM 100755 {oid} submissions/07/7/run.json\n"
    )
    subprocess.run([*git, "fast-import", "--quiet"], input=script.encode(), check=True)
    found = _entries(repository)
    refused = [one for one in found if isinstance(one, Skipped)]
    assert [one.path for one in refused] == ["submissions/07/7/link.json", "submissions/07/7/run.json"]
    assert {one.reason for one in refused} == {"is not an ordinary file"}
    assert len(found) == 3


def test_what_is_far_too_large_is_not_read(
    store: "Store", row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.history.MAX_FILE_BYTES", 1000)
    store.profile(7)
    path = store.put("submissions/07/7/reviews.json", b" " * 1001)
    found = _entries(store.commit(tmp_path / "store.git"))
    assert [one for one in found if isinstance(one, Skipped)] == [Skipped(path, "is larger than 1000 bytes")]
    assert len(found) == 2


def test_a_repository_without_a_store_has_no_files(store: "Store", tmp_path: Path) -> None:
    assert _entries(store.commit(tmp_path / "store.git")) == []
