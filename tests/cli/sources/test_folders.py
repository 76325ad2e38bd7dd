"""Finding logs in folders that hold anything."""

import os
from pathlib import Path

import pytest

from cli.sources.folders import files_below


def _is_log(path: Path) -> bool:
    return path.suffix == ".jsonl"


def test_files_come_sorted_and_folders_named_like_files_are_only_folders(tmp_path: Path) -> None:
    for name in ("b.jsonl/inner.jsonl", "a/z.jsonl", "a/note.txt", "c.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    found = files_below(tmp_path, _is_log)
    names = [file.path.relative_to(tmp_path).as_posix() for file in found.files]
    assert names == ["a/z.jsonl", "b.jsonl/inner.jsonl", "c.jsonl"]
    assert found.problems == []


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    (tmp_path / "root" / "a").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "linked.jsonl").write_text("{}")
    (tmp_path / "root" / "a" / "up").symlink_to(tmp_path / "root")
    (tmp_path / "root" / "a" / "there").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "root" / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    found = files_below(tmp_path / "root", _is_log)
    assert [file.path.name for file in found.files] == ["linked.jsonl"]
    assert found.problems == []


def test_a_link_to_itself_is_a_problem_and_its_neighbours_still_count(tmp_path: Path) -> None:
    (tmp_path / "loop.jsonl").symlink_to(tmp_path / "loop.jsonl")
    (tmp_path / "row.jsonl").write_text("{}")
    found = files_below(tmp_path, _is_log)
    assert [file.path.name for file in found.files] == ["row.jsonl"]
    assert {problem.path.name for problem in found.problems} <= {"loop.jsonl"}


def test_what_is_not_a_regular_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert files_below(tmp_path, _is_log).files == []


def test_a_missing_folder_is_empty_and_a_file_in_its_place_a_problem(tmp_path: Path) -> None:
    assert files_below(tmp_path / "missing", _is_log).problems == []
    (tmp_path / "file").write_text("")
    (problem,) = files_below(tmp_path / "file", _is_log).problems
    assert problem.path == tmp_path / "file"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is locked for root")
def test_a_locked_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    (tmp_path / "row.jsonl").write_text("{}")
    found = files_below(tmp_path, _is_log)
    (tmp_path / "locked").chmod(0o700)
    assert [file.path.name for file in found.files] == ["row.jsonl"]
    assert [problem.path.name for problem in found.problems] == ["locked"]
