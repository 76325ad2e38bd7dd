"""Git: hostile objects, hostile environments, and answers that agree with what Git itself says."""

import datetime as dt
import os
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from validator import ValidatorError
from validator.git import (
    BadObject,
    Difference,
    Draft,
    Identity,
    RefMoved,
    Repository,
    Side,
    TooLarge,
)
from validator.git_objects import object_id, parse_commit, parse_tree

if TYPE_CHECKING:
    from tests.validator.conftest import Board

ME = Identity("Ada Demo", "ada-demo@example.invalid")
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
NOBODY = "1" * 40


def store_raw(board: "Board", kind: str, content: bytes) -> str:
    """Put an object into the repository that Git itself would refuse to make."""
    return board.git("hash-object", "-w", "--literally", "-t", kind, "--stdin", given=content)


def tree_of(*entries: tuple[str, bytes, str]) -> bytes:
    return b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)


class TestOpening:
    def test_a_checkout_and_a_linked_one_open_like_a_bare_repository(self, board: "Board", tmp_path: Path) -> None:
        board.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
        board.git("clone", "--quiet", str(board.path), str(tmp_path / "clone"))
        for folder in ("board.git", "linked", "clone"):
            with Repository(tmp_path / folder) as repository:
                assert repository.resolve("HEAD") == board.main
                assert not repository.is_shallow

    def test_no_folder_above_is_searched(self, board: "Board", tmp_path: Path) -> None:
        board.git("clone", "--quiet", str(board.path), str(tmp_path / "clone"))
        (tmp_path / "clone" / "inside").mkdir()
        for folder in (tmp_path / "clone" / "inside", tmp_path / "absent", board.path / "config"):
            with pytest.raises(ValidatorError, match="not a Git repository"):
                Repository(folder)

    def test_a_shallow_clone_says_so(self, board: "Board", tmp_path: Path) -> None:
        board.push({"second.txt": b"2"})
        board.git("clone", "--quiet", "--depth=1", f"file://{board.path}", str(tmp_path / "shallow"))
        with Repository(tmp_path / "shallow") as repository:
            assert repository.is_shallow

    def test_git_missing_is_told(self, board: "Board", monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(ValidatorError, match="Install Git"):
            Repository(board.path)


class TestOutsideInfluence:
    def test_git_variables_of_the_caller_are_not_heard(
        self, board: "Board", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_TRACE"):
            monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
        with Repository(board.path) as repository:
            assert repository.resolve("main") == board.repository.resolve("main")
        assert not (tmp_path / "elsewhere").exists()

    def test_configuration_of_the_user_is_not_heard(
        self, board: "Board", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / ".gitconfig").write_text("[core]\n\tbroken = = =\n[", encoding="utf-8")
        monkeypatch.setenv("HOME", str(tmp_path))
        with Repository(board.path) as repository:
            assert repository.resolve("main")

    def test_hooks_do_not_run(self, board: "Board", tmp_path: Path) -> None:
        hook = board.path / "hooks" / "reference-transaction"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
        hook.chmod(0o755)
        board.pull(1, {"a.txt": b"a"})
        assert not (tmp_path / "ran").exists()

    def test_replaced_objects_and_grafts_are_not_followed(self, board: "Board") -> None:
        second = board.push({"second.txt": b"2"})
        first = board.repository.commit(second).parents[0]
        board.git("replace", second, first)
        (board.path / "info").mkdir(exist_ok=True)
        (board.path / "info" / "grafts").write_text(f"{second}\n", encoding="ascii")
        with Repository(board.path) as repository:
            assert repository.commit(second).parents == (first,)
            assert repository.is_ancestor(first, second)
            assert [step.commit for step in repository.history(second, "second.txt")] == [second]

    def test_a_partial_clone_does_not_fetch(self, board: "Board", tmp_path: Path) -> None:
        for name in ("allowFilter", "allowAnySHA1InWant"):
            board.git("config", f"uploadpack.{name}", "true")
        blob = board.repository.entry(board.tree, "README.md")
        assert blob is not None
        board.git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{board.path}", str(tmp_path / "partial"))
        with Repository(tmp_path / "partial") as repository, pytest.raises(ValidatorError):
            repository.blob(blob.oid, 100)


class TestRevisions:
    def test_branches_tags_references_and_short_ids_name_commits(self, board: "Board") -> None:
        board.git("-c", "user.name=a", "-c", "user.email=b", "tag", "-m", "1", "v1", "main")
        head = board.pull(7, {"a.txt": b"a"})
        for revision in ("main", "v1", "refs/heads/main", board.main, board.main[:12], "HEAD", f"{head}^"):
            assert board.repository.resolve(revision) == board.main
        assert board.repository.resolve("refs/pull/7/head") == head

    @pytest.mark.parametrize(
        "revision",
        [
            "",
            "-h",
            "--all",
            "nothing",
            "main\nmain",
            "main\0",
            "main ",
            NOBODY,
            "main^{tree}",
            "main:README.md",
            "\udc80",
        ],
    )
    def test_anything_else_is_refused(self, board: "Board", revision: str) -> None:
        with pytest.raises(ValidatorError, match="names no commit"):
            board.repository.resolve(revision)
        assert board.repository.resolve("main") == board.main

    def test_where_only_an_id_belongs_nothing_else_passes(self, board: "Board") -> None:
        for question in (board.repository.info, board.repository.commit, board.repository.tree):
            for text in ("main", "HEAD:README.md", "--all", board.main[:39], board.main.upper(), board.main + "\n"):
                with pytest.raises(BadObject):
                    question(text)


class TestObjects:
    def test_a_large_file_is_not_read(self, board: "Board") -> None:
        oid = store_raw(board, "blob", bytes(2_000_000))
        assert board.repository.info(oid) == ("blob", 2_000_000)
        with pytest.raises(TooLarge, match="2000000 bytes"):
            board.repository.blob(oid, 1_999_999)
        assert board.repository.blob(oid, 2_000_000) == bytes(2_000_000)

    def test_a_missing_object_and_one_of_another_kind_are_refused(self, board: "Board") -> None:
        with pytest.raises(BadObject, match="missing"):
            board.repository.blob(NOBODY, 10)
        with pytest.raises(BadObject, match="not a blob"):
            board.repository.blob(board.tree, 1000)
        with pytest.raises(BadObject, match="not a tree"):
            board.repository.tree(board.main)
        with pytest.raises(BadObject, match="not a commit"):
            board.repository.commit(board.tree)

    def test_content_that_is_not_what_its_id_says_is_refused(self, board: "Board") -> None:
        oid = store_raw(board, "blob", b"honest")
        file = board.path / "objects" / oid[:2] / oid[2:]
        file.chmod(0o644)
        file.write_bytes(zlib.compress(b"blob 6\0forged"))
        with pytest.raises(ValidatorError):
            board.repository.blob(oid, 100)
        with pytest.raises(ValidatorError):
            list(board.repository.blobs([oid]))

    def test_the_process_is_started_again_after_its_death(self, board: "Board") -> None:
        oid = store_raw(board, "blob", b"honest")
        file = board.path / "objects" / oid[:2] / oid[2:]
        file.chmod(0o644)
        file.write_bytes(b"no object at all")
        for _ in range(2):
            with pytest.raises(ValidatorError):
                board.repository.blob(oid, 100)
            assert board.repository.commit(board.main).message == "Begin"

    def test_a_repository_of_sha256_ids_is_read_the_same(self, tmp_path: Path) -> None:
        subprocess.run(["git", "init", "-q", "--bare", "--object-format=sha256", str(tmp_path / "new")], check=True)
        with Repository(tmp_path / "new") as repository:
            (commit,) = repository.write(None, [Draft("Begin", ME, NOW, (("a/b", b"1"),))])
            repository.update_ref("refs/heads/main", commit, None)
            assert len(commit) == 64
            (file,) = repository.walk(repository.commit(repository.resolve("refs/heads/main")).tree)
            assert repository.blob(file[2], 10) == b"1"
            assert [content for _, content in repository.blobs([file[2]])] == [b"1"]


class TestCommits:
    def test_bytes_that_are_no_text_and_times_beyond_calendars_are_shown(self, board: "Board") -> None:
        raw = (
            f"tree {board.tree}\nparent {board.main}\nauthor \xff <> 1 +0000\ncommitter x> 99999999999999999999 +0000\n"
        )
        oid = store_raw(board, "commit", raw.encode("latin-1") + b"encoding klingon\n\n\xff\xfe")
        commit = board.repository.commit(oid)
        assert (commit.tree, commit.parents, commit.message) == (board.tree, (board.main,), "\ufffd\ufffd")
        assert commit.time == dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

    def test_headers_inside_a_signature_or_message_are_not_believed(self, board: "Board") -> None:
        head = f"tree {board.tree}\nauthor a <> 1 +0000\ncommitter a <> 2 +0000\ngpgsig x\n parent {NOBODY}\n"
        commit = board.repository.commit(store_raw(board, "commit", f"{head}\nparent {NOBODY}\n".encode()))
        assert commit.parents == ()
        assert commit.time.timestamp() == 2

    @given(st.binary(max_size=200))
    def test_any_bytes_are_a_commit_or_refused(self, content: bytes) -> None:
        for raw in (content, b"tree " + b"1" * 40 + b"\n" + content, b"tree " + b"1" * 40 + b"\nauthor " + content):
            try:
                assert parse_commit(NOBODY, raw).parents is not None
            except BadObject:
                assert not raw.startswith(b"tree " + b"1" * 40 + b"\nauthor ")


class TestTrees:
    @pytest.mark.parametrize(
        "entries",
        [
            [("100644", b"a", NOBODY), ("100755", b"a", NOBODY)],
            [("100644", b"a", NOBODY), ("100644", b"b", NOBODY), ("40000", b"a", NOBODY)],
            [("100644", b"..", NOBODY)],
            [("40000", b".git", NOBODY)],
            [("100644", b"a/b", NOBODY)],
            [("100644", b"", NOBODY)],
            [("rw-r--", b"a", NOBODY)],
        ],
    )
    def test_names_no_checkout_could_hold_are_refused(
        self, board: "Board", entries: list[tuple[str, bytes, str]]
    ) -> None:
        oid = store_raw(board, "tree", tree_of(*entries))
        with pytest.raises(BadObject):
            board.repository.tree(oid)

    def test_a_huge_folder_is_not_read(self, board: "Board") -> None:
        entries = [("100644", b"%06d" % number, NOBODY) for number in range(3000)]
        oid = store_raw(board, "tree", tree_of(*entries))
        with pytest.raises(TooLarge):
            board.repository.tree(oid, limit_bytes=3000 * 34 - 1)
        assert len(board.repository.tree(oid, limit_bytes=3000 * 34)) == 3000

    @given(st.binary(max_size=120))
    def test_any_bytes_are_a_folder_or_refused(self, content: bytes) -> None:
        try:
            entries = parse_tree(NOBODY, content)
        except BadObject:
            return
        assert tree_of(*entries) == content

    def test_an_entry_is_found_at_its_path_only(self, board: "Board") -> None:
        board.push({"a/b/c.txt": b"c", "a.txt": b"a"})
        found = board.repository.entry(board.tree, "a/b/c.txt")
        assert found is not None
        assert board.repository.blob(found.oid, 1) == b"c"
        folder = board.repository.entry(board.tree, "a/b")
        assert folder is not None
        assert folder.mode == "40000"
        for path in ("a/b/c", "a/b/c.txt/d", "a.txt/b", "a//b", "", "/a"):
            assert board.repository.entry(board.tree, path) is None

    def test_walking_gives_whole_paths_in_order(self, board: "Board") -> None:
        paths = ["a/b", "a/b.c/d", "a-b", "a0", "a/é", "README.md", "leaderboard.toml"]
        board.push(dict.fromkeys(paths, b"1"))
        found = [path for path, _, _ in board.repository.walk(board.tree)]
        assert found == sorted(paths, key=str.encode)
        assert [path for path, _, _ in board.repository.walk(board.tree, "a")] == ["a/b", "a/b.c/d", "a/é"]
        assert list(board.repository.walk(board.tree, "a/b")) == []
        assert list(board.repository.walk(board.tree, "none")) == []

    def test_walking_shows_names_that_are_no_text(self, board: "Board") -> None:
        oid = store_raw(board, "tree", tree_of(("160000", b"m", board.main), ("100644", b"\xff\n", NOBODY)))
        assert [(path, mode) for path, mode, _ in board.repository.walk(oid)] == [
            ("m", "160000"),
            ("\\xff\n", "100644"),
        ]


def folders(files: dict[str, str]) -> dict[str, bytes]:
    """Drop files that stand where a folder must be."""
    return {
        path: content.encode()
        for path, content in files.items()
        if not any(other.startswith(f"{path}/") for other in files)
    }


PATHS = st.lists(st.sampled_from(["a", "b", "a.b", "é", "A"]), min_size=1, max_size=4).map("/".join)
FILES = st.dictionaries(PATHS, st.sampled_from(["1", "2"]), min_size=1, max_size=8).map(folders)


class TestDifferences:
    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(old=FILES, new=FILES)
    def test_they_are_what_git_says(self, board: "Board", old: dict[str, bytes], new: dict[str, bytes]) -> None:
        before, after = (board.repository.commit(board.commit(files, None)).tree for files in (old, new))
        found = list(board.repository.changed(before, after, limit=100))
        said = board.git("diff-tree", "-r", "-z", "--no-renames", "--name-only", before, after).split("\0")
        assert sorted(each.path.decode() for each in found) == sorted(path for path in said if path)
        for path, was, now in found:
            assert was == _side(old.get(path.decode()))
            assert now == _side(new.get(path.decode()))

    def test_against_nothing_everything_differs(self, board: "Board") -> None:
        assert {each.path for each in board.repository.changed(None, board.tree, 10)} == {
            b"README.md",
            b"leaderboard.toml",
        }
        assert list(board.repository.changed(board.tree, board.tree, 0)) == []
        assert list(board.repository.changed(None, None, 0)) == []

    def test_a_file_that_becomes_a_folder_is_both(self, board: "Board") -> None:
        before = board.tree
        board.push({"README.md": None, "README.md/inside": b"1"})
        found = list(board.repository.changed(before, board.tree, 10))
        assert [(each.path, each.old is None, each.new is None) for each in found] == [
            (b"README.md", False, True),
            (b"README.md/inside", True, False),
        ]

    def test_equal_folders_are_not_opened(self, board: "Board") -> None:
        one = store_raw(board, "tree", tree_of(("40000", b"missing", NOBODY)))
        two = store_raw(board, "tree", tree_of(("100644", b"file", NOBODY), ("40000", b"missing", NOBODY)))
        assert list(board.repository.changed(one, two, 10)) == [
            Difference(b"file", None, Side("100644", NOBODY)),
        ]

    def test_they_end_at_the_limit(self, board: "Board") -> None:
        head = board.commit({f"many/{number}": b"1" for number in range(50)}, board.main)
        tree = board.repository.commit(head).tree
        assert len(list(board.repository.changed(board.tree, tree, 51))) == 50
        with pytest.raises(TooLarge):
            list(board.repository.changed(board.tree, tree, 50))

    def test_folders_that_multiply_without_holding_a_file_end_at_the_limit(self, board: "Board") -> None:
        oid = store_raw(board, "tree", b"")
        for _ in range(10):
            oid = store_raw(board, "tree", tree_of(*[("40000", b"%d" % number, oid) for number in range(10)]))
        with pytest.raises(TooLarge):
            list(board.repository.changed(None, oid, 3000))

    def test_depth_has_an_end(self, board: "Board") -> None:
        oid = store_raw(board, "tree", tree_of(("100644", b"file", NOBODY)))
        for _ in range(100):
            oid = store_raw(board, "tree", tree_of(("40000", b"d", oid)))
        with pytest.raises(TooLarge):
            list(board.repository.changed(None, oid, 3000))


def _side(content: bytes | None) -> Side | None:
    return None if content is None else Side("100644", object_id("blob", content, NOBODY))


class TestManyFiles:
    def test_they_come_in_the_order_asked_for(self, board: "Board") -> None:
        contents = [b"%d\n" % number * (number % 50) for number in range(3000)]
        board.push({f"f/{number:04}": content for number, content in enumerate(contents)})
        oids = [oid for _, _, oid in board.repository.walk(board.tree, "f")]
        assert [content for _, content in board.repository.blobs(iter(oids))] == contents
        assert [content for _, content in board.repository.blobs(reversed(oids))] == contents[::-1]
        assert [size for _, _, size in board.repository.sizes(oids)] == [len(content) for content in contents]

    def test_none_asked_for_is_none_given(self, board: "Board") -> None:
        assert list(board.repository.blobs([])) == []

    def test_a_missing_one_or_another_kind_is_an_error(self, board: "Board") -> None:
        with pytest.raises(BadObject, match="missing"):
            list(board.repository.blobs([NOBODY] * 10_000))
        with pytest.raises(BadObject, match="no sound file"):
            list(board.repository.blobs([board.tree]))
        with pytest.raises(BadObject):
            list(board.repository.sizes(["--help"]))

    def test_leaving_early_ends_the_process(self, board: "Board") -> None:
        oid = store_raw(board, "blob", bytes(100_000))
        stream: Iterator[tuple[str, bytes]] = board.repository.blobs([oid] * 1000)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert "git\0" not in _children()


def _children() -> str:
    """Command lines of this process's living children."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            line = (entry.parent / "cmdline").read_text(encoding="utf-8")
        except OSError:
            continue
        if parent == os.getpid() and "--batch\0" in line:
            found.append(line)
    return "\n".join(found)


class TestHistory:
    def test_each_step_says_what_changed_against_its_first_parent(self, board: "Board") -> None:
        one = board.push({"s/a": b"1", "s/b": b"1"}, "One")
        board.push({"other": b"1"}, "Beside it")
        side = board.commit({"s/side": b"9"}, one, "Side")
        (two,) = board.repository.write(
            board.main, [Draft("Two\n\nBody: :100644\n", ME, NOW, (("s/a", b"2"), ("s/b", None)), merged=(side,))]
        )
        steps = list(board.repository.history(two, "s"))
        assert [step.commit for step in steps] == [two, one]
        assert steps[0].parents == (board.main, side)
        assert steps[0].time == NOW
        assert steps[0].message == "Two\n\nBody: :100644\n"
        assert steps[0].differences == (
            Difference(b"s/a", _side(b"1"), _side(b"2")),
            Difference(b"s/b", _side(b"1"), None),
        )
        assert [path for path, _, _ in steps[1].differences] == [b"s/a", b"s/b"]

    def test_a_root_commit_and_odd_messages_are_steps_too(self, board: "Board") -> None:
        root = board.commit({"s/a\nb": b"1"}, None, "")
        raw = f"tree {board.repository.commit(root).tree}\nauthor a <> 1 +0000\ncommitter a <> 2 +0000\n\n".encode()
        odd = store_raw(board, "commit", raw + b"\xff\n\n:100644\n")
        assert [step.message for step in board.repository.history(odd, "s")] == ["\ufffd\n\n:100644\n"]
        (step,) = board.repository.history(root, "s")
        assert step.differences == (Difference(b"s/a\nb", None, _side(b"1")),)
        assert list(board.repository.history(root, "t")) == []

    def test_ancestors_and_what_is_not_merged_yet(self, board: "Board") -> None:
        first = board.main
        second = board.push({"a": b"1"})
        side = board.commit({"b": b"1"}, first)
        assert board.repository.is_ancestor(first, second)
        assert board.repository.is_ancestor(second, second)
        assert not board.repository.is_ancestor(side, second)
        with pytest.raises(ValidatorError):
            board.repository.is_ancestor(NOBODY, second)
        assert board.repository.unmerged([first, second, side], second) == {side}
        assert board.repository.unmerged([], second) == frozenset()


class TestWriting:
    def test_equal_drafts_give_equal_commits_and_touch_no_reference(self, board: "Board") -> None:
        before = board.repository.refs("refs/")
        drafts = [
            Draft("One", ME, NOW, (("a/b", b"1\n\0"), ("README.md", None))),
            Draft("Two", ME, NOW, (("a/b", None), ('q"\\\n', b"")), merged=(board.main,)),
        ]
        one = board.repository.write(board.main, drafts)
        assert one == board.repository.write(board.main, drafts)
        assert board.repository.refs("refs/") == before
        first, second = map(board.repository.commit, one)
        assert (first.parents, second.parents) == ((board.main,), (one[0], board.main))
        assert [path for path, _, _ in board.repository.walk(first.tree)] == ["a/b", "leaderboard.toml"]
        assert [path for path, _, _ in board.repository.walk(second.tree)] == ["leaderboard.toml", 'q"\\\n']
        assert second.time == NOW
        board.git("fsck", "--strict", "--no-dangling")

    def test_names_cannot_break_out_of_their_line(self, board: "Board") -> None:
        (oid,) = board.repository.write(
            None, [Draft("x", Identity("a\ncommitter <b>", "c>\n\ninjected"), NOW, (("a", b"1"),))]
        )
        assert board.repository.commit(oid).message == "x"
        board.git("fsck", "--strict", "--no-dangling")

    def test_a_blob_that_is_not_there_is_an_error(self, board: "Board") -> None:
        with pytest.raises(ValidatorError, match="fast-import failed: fatal: "):
            board.repository.write(board.main, [Draft("x", ME, NOW, (("a", NOBODY),))])

    def test_a_reference_moves_only_from_where_it_was_seen(self, board: "Board") -> None:
        first, second = board.main, board.commit({"a": b"1"}, board.main)
        board.repository.update_ref("refs/heads/main", second, first)
        for old in (first, None):
            with pytest.raises(RefMoved):
                board.repository.update_ref("refs/heads/main", first, old)
        assert board.main == second
        with pytest.raises(ValidatorError):
            board.repository.update_ref("refs/heads/main", NOBODY, second)
        with pytest.raises(ValidatorError):
            board.repository.update_ref("--help", second, None)
