"""Contents by their ids: asked for once, believed only when they have that id."""

import os
from pathlib import Path

import pytest

from cli import CliError
from cli.blobs import MAX_KEPT, Blobs
from validator.git_objects import object_id

SHA1 = "0" * 40


def _id(content: bytes, like: str = SHA1) -> str:
    return object_id("blob", content, like=like)


class Hub:
    """Answers with what it has, and notes what it was asked."""

    def __init__(self, *contents: bytes) -> None:
        self.contents = {_id(content, like): content for content in contents for like in (SHA1, "0" * 64)}
        self.asked: list[str] = []

    def __call__(self, oid: str, limit: int) -> bytes:
        self.asked.append(oid)
        return self.contents[oid][:limit]


def test_it_asks_once(tmp_path: Path) -> None:
    hub = Hub(b"one\n")
    for like in (SHA1, "0" * 64):
        for _ in range(3):
            assert Blobs(tmp_path / "blobs", hub).read(_id(b"one\n", like), 100) == b"one\n"
    assert hub.asked == [_id(b"one\n"), _id(b"one\n", "0" * 64)]
    assert all(not path.name.startswith(".") for path in (tmp_path / "blobs").iterdir())


def test_a_damaged_copy_is_asked_for_again(tmp_path: Path) -> None:
    hub = Hub(b"one\n")
    Blobs(tmp_path, hub).read(_id(b"one\n"), 100)
    (tmp_path / _id(b"one\n")).write_bytes(b"two\n")
    assert Blobs(tmp_path, hub).read(_id(b"one\n"), 100) == b"one\n"
    assert len(hub.asked) == 2
    assert (tmp_path / _id(b"one\n")).read_bytes() == b"one\n"


def test_other_content_is_refused(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, lambda oid, limit: b"something else")
    with pytest.raises(CliError, match="something else"):
        blobs.read(SHA1, 100)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("oid", ["", "../../x", "a" * 39, "A" * 40, "a" * 40 + "\n", "/etc/passwd"])
def test_an_id_that_is_none_reaches_neither_folder_nor_network(tmp_path: Path, oid: str) -> None:
    hub = Hub()
    with pytest.raises(CliError, match="no Git id"):
        Blobs(tmp_path, hub).read(oid, 100)
    assert hub.asked == []


def test_a_folder_that_cannot_be_made_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    hub = Hub(b"one\n")
    assert Blobs(tmp_path / "file", hub).read(_id(b"one\n"), 100) == b"one\n"


def test_the_longest_unused_go_first(tmp_path: Path) -> None:
    contents = [b"%d\n" % number for number in range(MAX_KEPT + 1)]
    hub = Hub(*contents)
    blobs = Blobs(tmp_path, hub)
    for number, content in enumerate(contents[:MAX_KEPT]):
        (tmp_path / _id(content)).write_bytes(content)
        os.utime(tmp_path / _id(content), (number, number))
    blobs.read(_id(contents[0]), 100)
    blobs.read(_id(contents[MAX_KEPT]), 100)
    assert hub.asked == [_id(contents[MAX_KEPT])]
    kept = {path.name for path in tmp_path.iterdir()}
    assert len(kept) == MAX_KEPT
    assert {_id(contents[0]), _id(contents[MAX_KEPT])} <= kept
    assert _id(contents[1]) not in kept
