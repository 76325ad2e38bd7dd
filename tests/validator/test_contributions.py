"""The index of contributions: what counts as the same, and where it is listed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.config import Policy
from validator.contributions import contributions_hash, entry_path, holders, listed_hash, parse_entry
from validator.store import StorePath, submission_path

if TYPE_CHECKING:
    from tests.validator.conftest import Board, Contributor

HASH = "sha256:3f0a" + "5" * 60
PATH = "contributions/3f/0a/" + "5" * 60 + "-4242-ab12cd34-2026-11"


def test_who_submits_when_and_from_where_makes_no_difference_and_neither_do_prices(
    ada: "Contributor", contributor: "Callable[[int], Contributor]"
) -> None:
    hashed = contributions_hash(ada.submission())
    assert contributions_hash(contributor(77).submission()) == hashed
    claim = ada.claim(created_at="2026-11-21T00:00:00Z")
    (day,) = claim.data.contributions
    for field, value, same in [("cost_micros", None, True), ("cost_micros", 1, True), ("messages", 13, False)]:
        made = day.model_copy(update={"usage": (day.usage[0].model_copy(update={field: value}),)})
        other = ada.sign(claim.model_copy(update={"data": type(claim.data).of([made])}))
        assert (contributions_hash(other) == hashed) is same


def test_any_other_day_row_or_number_makes_another_hash(ada: "Contributor") -> None:
    claims = [
        ada.claim(),
        ada.claim({"2026-11-03": 1201}),
        ada.claim({"2026-11-02": 1202}),
        ada.claim({"2026-11-02": 1201, "2026-11-03": 1}),
        ada.claim(model="claude-sonnet-4"),
    ]
    assert len({contributions_hash(ada.sign(claim)) for claim in claims}) == len(claims)


def test_small_months_are_not_listed(ada: "Contributor") -> None:
    submission = ada.submission()
    assert listed_hash(submission, Policy(copied_day_tokens=4804)) == contributions_hash(submission)
    assert listed_hash(submission, Policy(copied_day_tokens=4805)) == ""


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(1, 2**53 - 1),
    st.from_regex(r"[a-z0-9]{8}", fullmatch=True),
    st.from_regex(r"20[0-9]{2}-(0[1-9]|1[0-2])", fullmatch=True),
)
def test_an_entry_is_read_back(hashed: bytes, user_id: int, device: str, period: str) -> None:
    path = entry_path(f"sha256:{hashed.hex()}", StorePath(user_id, "submission", device, period))
    assert parse_entry(path) == (f"sha256:{hashed.hex()}", submission_path(user_id, device, period))


@pytest.mark.parametrize(
    "path",
    [
        "",
        PATH + "\n",
        PATH + ".json",
        PATH.replace("3f", "3F"),
        PATH.replace("-4242-", "-04242-"),
        PATH.replace("-4242-", f"-{2**53}-"),
        PATH.replace("2026-11", "2026-13"),
        PATH.replace("contributions", "submissions"),
        PATH.replace("555-", "55-"),
        PATH.replace("/0a/", "/"),
    ],
)
def test_other_paths_are_no_entries(path: str) -> None:
    assert parse_entry(PATH) == (HASH, "submissions/92/4242/ab12cd34/2026-11.json")
    assert parse_entry(path) is None


def test_what_does_not_belong_to_the_index_is_not_found_in_it(board: "Board") -> None:
    board.push(
        {
            PATH: b"",
            PATH.replace("4242", "7"): b"",
            PATH.replace("5" * 60, "6" * 60): b"",
            PATH.replace("ab12cd34", "AB12CD34"): b"",
            "contributions/3f/0b": b"a file",
        }
    )
    assert holders(board.repository, board.main, HASH) == (
        "submissions/92/4242/ab12cd34/2026-11.json",
        "submissions/07/7/ab12cd34/2026-11.json",
    )
    assert holders(board.repository, board.main, HASH.replace("3f0a", "3f0b")) == ()
    assert holders(board.repository, board.main, HASH.replace("3f0a", "ffff")) == ()
