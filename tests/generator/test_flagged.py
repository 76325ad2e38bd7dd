"""The flagged queue from outside: names, numbers and codes, and nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import GeneratorError, api
from generator.flagged import MAX_BYTES, parse_flagged

ROW = {
    "pullRequest": 7,
    "user": {"username": "ada-demo", "avatarUrl": "https://avatars.example/u/4242?v=4"},
    "totalTokens": 400_000_004,
    "flaggedReason": "cost, daily-tokens",
    "createdAt": "2026-11-20T12:00:00Z",
}


def queue(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"submissions": rows}).encode()


def test_it_gets_into_the_api_as_it_is_by_number() -> None:
    page = api.flagged_page(parse_flagged(queue({**ROW, "pullRequest": 9}, ROW)))
    assert json.loads(page.content) == {"submissions": [ROW, {**ROW, "pullRequest": 9}]}


@pytest.mark.parametrize(
    "edit",
    [
        lambda row: row.update(pullRequest=0),
        lambda row: row.update(totalTokens=1.5),
        lambda row: row.update(flaggedReason="<b>"),
        lambda row: row.update(flaggedReason="cost\n"),
        lambda row: row.update(createdAt="today"),
        lambda row: row.update(more=1),
        lambda row: row.pop("user"),
        lambda row: row.update(user={"username": "../x", "avatarUrl": "https://a.example/"}),
        lambda row: row.update(user={"username": "x", "avatarUrl": "javascript:alert(1)"}),
    ],
)
def test_what_it_is_not_is_refused(edit: Callable[[dict[str, Any]], object]) -> None:
    row = json.loads(json.dumps(ROW))
    edit(row)
    with pytest.raises(GeneratorError, match="damaged"):
        parse_flagged(queue(row))


def test_a_queue_that_is_too_long_is_not_read() -> None:
    with pytest.raises(GeneratorError, match="too long"):
        parse_flagged(b" " * (MAX_BYTES + 1))


@given(st.binary())
def test_any_bytes_may_be_given(raw: bytes) -> None:
    with pytest.raises(GeneratorError):
        parse_flagged(raw)
