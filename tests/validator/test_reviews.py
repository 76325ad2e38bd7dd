"""reviews.json: what a merge adds, what a withdrawal takes away, and which texts are refused."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.findings import Finding, JudgedFile, Level, Verdict
from validator.reviews import MAX_REVIEWS_BYTES, Merge, Reviews, after_merge, parse_reviews, render_reviews
from validator.store import user_folder
from validator.submission import Malformed

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
FOLDER = user_folder(4242)
PROFILE = JudgedFile(f"{FOLDER}/profile.json", "1" * 40)
NOVEMBER = JudgedFile(f"{FOLDER}/ab12cd34/2026-11.json", "2" * 40, "sha256:" + "3" * 64, "SHA256:abc", 1000)
VERDICT = Verdict("a" * 40, "b" * 40, 4242, "ada-demo", files=(PROFILE, NOVEMBER))


def flag(size: int) -> Finding:
    return Finding("daily-tokens", Level.FLAG, "Many.", NOVEMBER.path, (("tokens", size), ("limit", 10)))


def merged(
    before: Reviews | None, verdict: Verdict, *, number: int = 7, reviewer: str | None = None, now: dt.datetime = NOW
) -> Reviews:
    after = after_merge(before, Merge(verdict, number, reviewer, now))
    assert after is not None
    return after


def test_a_first_merge_lists_every_file_with_its_hash_and_pull_request() -> None:
    reviews = merged(None, replace(VERDICT, findings=(Finding("cache-reads", Level.NOTICE, "Much.", NOVEMBER.path),)))
    assert [(file.path, file.hash, file.verdict, file.findings) for file in reviews.files] == [
        ("ab12cd34/2026-11.json", NOVEMBER.hash, "verified", ("cache-reads",)),
        ("profile.json", None, "verified", ()),
    ]
    assert {(file.pull_request, file.reviewer, file.time) for file in reviews.files} == {
        (7, None, "2026-11-20T12:00:00Z")
    }


def test_changes_are_counted_by_utc_day() -> None:
    first = merged(None, VERDICT)
    second = merged(first, VERDICT, now=NOW + dt.timedelta(hours=11, minutes=59))
    third = merged(second, VERDICT, now=NOW + dt.timedelta(hours=12))
    days = [first.changes_on(NOW.date()), second.changes_on(NOW.date()), third.changes_on(NOW.date())]
    assert days == [1, 2, 0]
    assert third.changes_on(dt.date(2026, 11, 21)) == 1


def test_a_day_is_utc_wherever_the_merge_happens() -> None:
    east = dt.timezone(dt.timedelta(hours=14))
    reviews = merged(None, VERDICT, now=dt.datetime(2026, 11, 21, 3, tzinfo=east))
    assert reviews.today.date == "2026-11-20"
    assert reviews.files[0].time == "2026-11-20T13:00:00Z"


def test_an_approval_is_remembered_at_its_largest_size() -> None:
    flagged = replace(VERDICT, findings=(flag(50), flag(80), flag(60)))
    reviews = merged(None, flagged, reviewer="maintainer-demo")
    assert reviews.approved("daily-tokens") == 80
    assert reviews.approved("daily-cost") is None
    later = merged(reviews, replace(VERDICT, findings=(flag(70),)), number=8, reviewer="maintainer-demo")
    assert later.approvals == reviews.approvals
    assert (
        merged(reviews, replace(VERDICT, findings=(flag(90),)), number=9, reviewer="m").approvals[0].pull_request == 9
    )


def test_a_change_merged_without_a_reviewer_approves_nothing() -> None:
    assert merged(None, replace(VERDICT, findings=(flag(50),))).approvals == ()


def test_a_deleted_file_loses_its_entry_and_the_last_one_everything() -> None:
    before = merged(None, VERDICT)
    fewer = merged(before, replace(VERDICT, files=(replace(NOVEMBER, blob="", hash=""),)))
    assert [file.path for file in fewer.files] == ["profile.json"]
    left = replace(VERDICT, files=(replace(PROFILE, blob=""), replace(NOVEMBER, blob="", hash="")))
    assert after_merge(before, Merge(left, 8, None, NOW)) is None


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 2**53 - 1), st.booleans()), min_size=1),
)
def test_whatever_is_merged_is_read_back_as_it_was_written(steps: list[tuple[int, bool, int, bool]]) -> None:
    reviews: Reviews | None = None
    for number, (month, deleted, size, approved) in enumerate(steps, 1):
        path = f"{FOLDER}/ab12cd34/2026-0{month or 1}.json"
        file = JudgedFile(path, "" if deleted else "2" * 40, "" if deleted else "sha256:" + "3" * 64)
        findings = (Finding("daily-tokens", Level.FLAG, "Many.", path, (("tokens", size),)),)
        verdict = replace(VERDICT, files=(file,), findings=findings)
        reviews = after_merge(reviews, Merge(verdict, number, "maintainer-demo" if approved else None, NOW))
        assert reviews is None or parse_reviews(render_reviews(reviews)) == reviews


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'{"schemaVersion": 2, "login": "ada-demo", "today": {"date": "2026-11-20", "changes": 1}}',
        b'{"schemaVersion": 1, "login": "ada-demo", "today": {"date": "2026-11-31", "changes": 1}}',
        b'{"schemaVersion": 1, "login": "ada-demo", "today": {"date": "2026-11-20", "changes": -1}}',
        b'{"schemaVersion": 1, "login": "ada-demo", "today": {"date": "2026-11-20", "changes": 1}, "more": 1}',
        b'{"schemaVersion": 1, "login": "a/b", "today": {"date": "2026-11-20", "changes": 1}}',
        b'{"schemaVersion": 1, "login": "a", "today": {"date": "2026-11-20", "changes": 1}, "files": [{"path": ".."}]}',
        b" " * (MAX_REVIEWS_BYTES + 1),
    ],
)
def test_other_texts_are_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        parse_reviews(text)
