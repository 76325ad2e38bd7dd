"""Attacks on the reading of a change: hostile commits, trees and blobs as real Git objects."""

import datetime as dt
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from validator import ValidatorError
from validator.config import Policy
from validator.findings import Outcome, Verdict
from validator.judge import Author, judge

Judge = Callable[[str], Verdict | None]
FOLDER = "submissions/92/4242"
IDENTITY = ("-c", "user.name=Ada Demo", "-c", "user.email=ada-demo@example.invalid")


@pytest.fixture
def judged(board: Any, ada: Any, now: dt.datetime) -> Judge:
    """Return a function that judges a head upon main as opened by Ada from her own fork."""
    author = Author(ada.id, ada.login, ada.id)
    return lambda head: judge(board.repository, base="main", head=head, author=author, policy=Policy(), now=now)


def codes(verdict: Verdict | None) -> set[str]:
    assert verdict is not None
    return {finding.code for finding in verdict.findings}


def tree(board: Any, *entries: tuple[str, bytes, str]) -> str:
    """Write a tree object of any entries (mode, name, id), sound or not."""
    raw = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
    return str(board.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=raw))


def blob(board: Any, content: bytes = b"{}") -> str:
    return str(board.git("hash-object", "-w", "--stdin", given=content))


def commit(board: Any, root: str, *parents: str, message: str = "change") -> str:
    """Commit a tree upon parents (default: main)."""
    options = [option for parent in parents or (board.main,) for option in ("-p", parent)]
    return str(board.git(*IDENTITY, "commit-tree", root, *options, given=message.encode()))


def head_with(board: Any, folder: str, *, at: str = FOLDER) -> str:
    """Commit main's tree with one folder put at a path of the store."""
    names = at.split("/")
    made = folder
    for name in reversed(names[1:]):
        made = tree(board, ("40000", name.encode(), made))
    return commit(board, root_with(board, ("40000", made)))


def root_with(board: Any, store: tuple[str, str]) -> str:
    """Return main's root tree with another entry (mode, id) as the store."""
    mode, oid = store
    kept = [entry for entry in board.repository.tree(board.tree) if entry.name != b"submissions"]
    entries = [*((entry.mode, entry.name, entry.oid) for entry in kept), (mode, b"submissions", oid)]
    return tree(board, *sorted(entries, key=lambda entry: entry[1]))


# --- names


@pytest.mark.parametrize("name", [b"..", b".", b".git", b"a/b"])
def test_a_tree_that_no_checkout_could_hold_is_rejected(name: bytes, board: Any, judged: Judge) -> None:
    assert codes(judged(head_with(board, tree(board, ("100644", name, blob(board)))))) == {"unlisted"}


def test_a_name_twice_in_a_tree_is_rejected(board: Any, judged: Judge) -> None:
    twice = [("100644", b"profile.json", blob(board, content)) for content in (b"1", b"2")]
    assert codes(judged(head_with(board, tree(board, *twice)))) == {"unlisted"}


@pytest.mark.parametrize(
    "name",
    [
        b"\xff\xfe.json",
        "caf\u00e9.json".encode(),
        "cafe\u0301.json".encode(),
        b"Profile.json",
        b"profile.json ",
        b"profile.json\n::set-output name=verdict::verified",
        b"profile\xe2\x80\xae.json",
        b"..profile.json",
    ],
)
def test_names_are_judged_as_bytes(name: bytes, board: Any, judged: Judge) -> None:
    verdict = judged(head_with(board, tree(board, ("100644", name, blob(board)))))
    assert codes(verdict) == {"place"}
    assert verdict is not None
    assert verdict.outcome is Outcome.REJECTED


def test_both_normal_forms_and_both_cases_of_a_folder_are_rejected(board: Any, judged: Judge) -> None:
    month = tree(board, ("100644", b"2026-11.json", blob(board)))
    names = sorted([b"AB12CD34", "\u00e9".encode(), "e\u0301".encode()])
    verdict = judged(head_with(board, tree(board, *(("40000", name, month) for name in names))))
    assert verdict is not None
    assert [finding.code for finding in verdict.findings] == ["place"] * 3


# --- size and number


def test_three_thousand_and_one_files_are_counted_and_none_is_read(board: Any, judged: Judge, ada: Any) -> None:
    files = {f"{FOLDER}/{number:08d}/2026-11.json": b"not JSON" for number in range(3000)}
    verdict = judged(board.commit({**files, ada.profile_path: b"{"}, board.main))
    assert verdict is not None
    assert [finding.message for finding in verdict.findings] == ["The change touches 3,001 files; 200 are allowed."]


def test_more_files_than_are_listed_are_rejected(board: Any, judged: Judge) -> None:
    month = tree(board, ("100644", b"2026-11.json", blob(board)))
    devices = [("40000", f"{number:08d}".encode(), month) for number in range(5100)]
    assert codes(judged(head_with(board, tree(board, *devices)))) == {"unlisted"}


def test_an_enormous_folder_is_not_even_read(board: Any, judged: Judge) -> None:
    same = blob(board)
    verdict = judged(
        head_with(board, tree(board, *(("100644", f"{number:08d}".encode(), same) for number in range(120_000))))
    )
    assert codes(verdict) == {"unlisted"}
    assert verdict is not None
    assert "bytes" in verdict.findings[0].message


def test_an_enormous_file_is_not_read_into_memory(board: Any, judged: Judge, ada: Any) -> None:
    size = 64 * 1024 * 1024
    head = board.commit({**ada.files(), f"{FOLDER}/ab12cd34/2026-10.json": blob(board, bytes(size))}, board.main)
    judged(head)  # what is imported now is not measured
    tracemalloc.start()
    try:
        verdict = judged(head)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert codes(verdict) == {"size"}
    assert peak < size / 4


def test_files_that_are_too_large_together_are_not_read(board: Any, judged: Judge, ada: Any) -> None:
    months = [f"20{year}-{month:02d}" for year in (23, 24, 25) for month in range(1, 13)]
    files = {ada.path(month): b"not JSON".ljust(256 * 1024) for month in months}
    assert codes(judged(board.commit({**ada.files(), **files}, board.main))) == {"size"}
    assert codes(judged(board.commit({**ada.files(), **dict(sorted(files.items())[:31])}, board.main))) == {"schema"}


def test_the_last_of_many_files_is_looked_at_like_the_first(board: Any, judged: Judge, ada: Any) -> None:
    months = {f"20{year}-{month:02d}" for year in (23, 24, 25) for month in range(1, 13)}
    days = [{f"{period}-03": 1000 + place} for place, period in enumerate(sorted(months))]
    files = ada.files(*(ada.submission(day) for day in days))
    assert len(files) == 37
    assert codes(judged(board.commit(files, board.main))) == {"range"}
    last = max(files)
    spoilt = {**files, ada.path("2025-12"): files[last].replace(b"revision", b"revisiom")}
    verdict = judged(board.commit(spoilt, board.main))
    assert "schema" in codes(verdict)


# --- objects that are not what they should be


def test_a_missing_blob_is_a_finding(board: Any, judged: Judge) -> None:
    verdict = judged(head_with(board, tree(board, ("100644", b"profile.json", "12" * 20))))
    assert codes(verdict) == {"schema"}
    assert verdict is not None
    assert "is missing" in verdict.findings[0].message


def test_a_tree_in_the_place_of_a_file_is_a_finding(board: Any, judged: Judge) -> None:
    assert codes(judged(head_with(board, tree(board, ("100644", b"profile.json", board.tree))))) == {"schema"}


@pytest.mark.parametrize("mode", ["120000", "100644", "160000"])
def test_the_store_itself_must_stay_a_folder(mode: str, board: Any, judged: Judge) -> None:
    oid = board.main if mode == "160000" else blob(board, b"../elsewhere")
    assert "place" in codes(judged(commit(board, root_with(board, (mode, oid)))))


def test_removing_the_whole_store_is_rejected(board: Any, judged: Judge, contributor: Any, ada: Any) -> None:
    board.push({**contributor(7).files(), **ada.files()})
    bare = [entry for entry in board.repository.tree(board.tree) if entry.name != b"submissions"]
    head = commit(board, tree(board, *((entry.mode, entry.name, entry.oid) for entry in bare)))
    assert codes(judged(head)) == {"own-folder"}


def test_an_enormous_commit_message_is_a_finding(board: Any, judged: Judge, ada: Any) -> None:
    root = board.repository.commit(board.commit(ada.files(), board.main)).tree
    assert codes(judged(commit(board, root, message="x" * 2_000_000))) == {"unlisted"}


WHO = b"author a <a> 0 +0000\ncommitter a <a> 0 +0000\n"
MISSING = b"12" * 20


@pytest.mark.parametrize(
    "text",
    [
        b"tree TREE\nparent MAIN\n\nno author",
        b"tree TREE\nparent " + MISSING + b"\n" + WHO,
        b"tree " + MISSING + b"\nparent MAIN\n" + WHO,
        b"tree TREE\nparent MAIN\nauthor a <a> x y\ncommitter a <a> 99999999999999999999 +9999\n\n\xff\x00",
    ],
)
def test_a_damaged_commit_is_rejected(text: bytes, board: Any, judged: Judge) -> None:
    """The last one is strange but sound, and changes nothing."""
    assert codes(judged(literal_commit(board, text))) & {"unlisted", "empty"}


@pytest.mark.parametrize("text", [b"garbage", b"tree MAIN\nparent MAIN\n" + WHO, b"tree TREE\nparent TREE\n" + WHO])
def test_what_git_itself_does_not_take_for_a_commit_is_a_failure(text: bytes, board: Any, judged: Judge) -> None:
    with pytest.raises(ValidatorError, match="names no commit"):
        judged(literal_commit(board, text))


def literal_commit(board: Any, text: bytes) -> str:
    filled = text.replace(b"TREE", board.tree.encode()).replace(b"MAIN", board.main.encode())
    return str(board.git("hash-object", "-w", "-t", "commit", "--literally", "--stdin", given=filled))


# --- history


def test_an_old_fork_is_honest(board: Any, judged: Judge, ada: Any, contributor: Any) -> None:
    fork = board.main
    for user in range(1, 6):
        board.push(contributor(user).files())
    board.push({"README.md": b"Changed meanwhile.\n"})
    verdict = judged(board.commit(ada.files(), fork))
    assert codes(verdict) == set()
    assert verdict is not None
    assert [file.path for file in verdict.files] == sorted(ada.files())


def test_a_branch_may_go_on_from_what_was_merged_of_it(board: Any, judged: Judge, ada: Any) -> None:
    first = board.commit(ada.files(), board.main)
    board.push({"README.md": b"Changed meanwhile.\n"})
    merged = commit(board, board.repository.commit(board.commit(ada.files(), board.main)).tree, board.main, first)
    board.repository.update_ref("refs/heads/main", merged, board.main)
    assert (
        codes(
            judged(
                board.commit(
                    {ada.path("2026-10"): ada.files(ada.submission({"2026-10-05": 9}))[ada.path("2026-10")]}, first
                )
            )
        )
        == set()
    )


def test_what_was_merged_is_not_merged_again(board: Any, judged: Judge, ada: Any) -> None:
    board.push(ada.files())
    board.push({"README.md": b"Changed meanwhile.\n"})
    old = board.repository.commit(board.main).parents[0]
    assert codes(judged(old)) == {"empty"}
    assert codes(judged(board.main)) == {"empty"}


def test_a_rename_of_another_users_file_is_two_findings(board: Any, judged: Judge, ada: Any, contributor: Any) -> None:
    other = contributor(7)
    board.push({**other.files(), **ada.files(ada.submission({"2026-10-02": 5}))})
    stolen = board.repository.blob(board.repository.entry(board.tree, other.path()).oid, 10**6)
    head = board.commit({other.path(): None, ada.path(): stolen}, board.main)
    assert codes(judged(head)) == {"own-folder", "own-file", "signature"}


# --- somebody's work on the board itself


def test_work_on_the_board_is_left_alone(board: Any, judged: Judge) -> None:
    assert judged(board.commit({"generator/build.py": b"1"}, board.main)) is None
    first = board.commit({"generator/build.py": b"1"}, board.main)
    assert judged(board.commit({"generator/build.py": b"2", "docs/x.md": b"3"}, first)) is None


def test_work_on_the_board_is_left_alone_after_merging_main(board: Any, judged: Judge, contributor: Any) -> None:
    work = board.commit({"generator/build.py": b"1"}, board.main)
    board.push(contributor(7).files())
    both = board.repository.commit(board.commit({"generator/build.py": b"1"}, board.main)).tree
    head = commit(board, both, work, board.main)
    board.push(contributor(8).files())
    assert judged(head) is None


def test_several_commits_that_touch_the_store_are_not_left_alone(board: Any, judged: Judge, ada: Any) -> None:
    first = board.commit({"generator/build.py": b"1"}, board.main)
    assert codes(judged(board.commit(ada.files(), first))) == {"one-commit", "outside"}


# --- the board's side


def test_a_damaged_board_is_no_finding_but_a_failure(board: Any, judged: Judge, ada: Any) -> None:
    head = board.commit(ada.files(), board.main)
    board.push({ada.profile_path: b"{"})
    with pytest.raises(ValidatorError, match=r"profile\.json cannot be read"):
        judged(head)


def test_a_head_that_does_not_exist_is_a_failure(judged: Judge) -> None:
    with pytest.raises(ValidatorError, match="names no commit"):
        judged("refs/pull/99/head")
