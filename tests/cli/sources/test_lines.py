"""Blocks of lines, whatever the bytes."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.sources.lines import blocks

LONGEST = 16

contents = st.lists(st.one_of(st.binary(max_size=4), st.binary(max_size=40), st.just(b"\n"))).map(b"".join)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lines") / "log.jsonl"


@given(contents, st.integers(1, LONGEST))
def test_every_line_comes_once_and_too_long_ones_are_counted(path: Path, content: bytes, size: int) -> None:
    path.write_bytes(content)
    *whole, last = content.split(b"\n")
    read = list(blocks(path, 0, size, LONGEST))
    assert [line for block in read if block.whole for line in block.lines()] == [
        line for line in whole if len(line) <= LONGEST
    ]
    assert sum(block.too_long for block in read) == sum(len(line) > LONGEST for line in whole)
    unfinished = [block.data for block in read if not block.whole]
    assert unfinished == ([last] if 0 < len(last) <= LONGEST else [])


@given(contents, st.integers(1, LONGEST), st.data())
def test_a_reading_can_be_resumed_at_the_end_of_any_block(
    path: Path, content: bytes, size: int, data: st.DataObject
) -> None:
    path.write_bytes(content)
    read = list(blocks(path, 0, size, LONGEST))
    number = data.draw(st.integers(0, len(read)))
    end = read[number - 1].end if number else 0
    rest = list(blocks(path, end, size + 1, LONGEST))
    expected = [line for block in read[number:] for line in block.lines() if block.whole]
    assert [line for block in rest for line in block.lines() if block.whole] == expected


def test_a_line_of_100_mb_is_passed_over_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with path.open("wb") as file:
        file.write(b"before\n")
        file.seek(100_000_000, 1)
        file.write(b"\nafter\n")
    tracemalloc.start()
    try:
        read = list(blocks(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [line for block in read for line in block.lines()] == [b"before", b"after"]
    assert sum(block.too_long for block in read) == 1
    assert peak < 100_000_000


def test_nothing_is_read_behind_the_end(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"row\n")
    assert list(blocks(path, 4)) == []
    assert list(blocks(path, 400)) == []
