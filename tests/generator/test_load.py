import datetime as dt
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import decode, queries
from generator.history import Entry, Skipped
from generator.load import load
from generator.warehouse import Warehouse
from validator.store import StorePath
from validator.submission import render_submission

if TYPE_CHECKING:
    from tests.generator.conftest import Store

TODAY = dt.date(2026, 6, 20)
KEYS = (
    *("schemaVersion", "user", "id", "device", "period", "revision", "createdAt", "hash", "data", "contributions"),
    *("date", "usage", "source", "provider", "model", "inputTokens", "outputTokens", "cacheReadTokens", "messages"),
    *("cacheCreationTokens", "reasoningTokens", "files", "path", "verdict", "pullRequest"),
)
PLACE = StorePath(7, "submission", "device01", "2026-06")
Row = Callable[..., Any]


def _profiles(path: Path, entries: list[Entry | Skipped]) -> tuple[list[Skipped], dict[int, int]]:
    """Load, and return what was skipped and each user's tokens."""
    with Warehouse(path / "w.duckdb") as warehouse:
        skipped = load(warehouse, entries)
        shown = queries.profiles(warehouse, TODAY, 0, 2**53)
        return skipped, {profile.user_id: profile.stats.buckets.total for profile in shown}


def _changed(raw: bytes, *place: str | int, to: object) -> bytes:
    fields = json.loads(raw)
    inner = fields
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = to
    return json.dumps(fields).encode()


FIRST_ROW = ("data", "contributions", 0, "usage", 0)
BREAKAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda raw: b"", "cannot be read"),
    "truncated": (lambda raw: raw[:-20], "cannot be read"),
    "not UTF-8": (lambda raw: raw.replace(b"claude-opus", b"claude-\xff\xfe"), "cannot be read"),
    "something after it": (lambda raw: raw + b"{}", "cannot be read"),
    "deep nesting": (lambda raw: b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    "too large": (lambda raw: raw + b" " * 300_000, "is larger than"),
    "other schema": (lambda raw: _changed(raw, "schemaVersion", to=2), "cannot be read"),
    "other user": (lambda raw: _changed(raw, "user", "id", to=8), "another user"),
    "other device": (lambda raw: _changed(raw, "device", to="device09"), "another user, device"),
    "other month": (lambda raw: _changed(raw, "period", to="2026-05"), "another user, device or month"),
    "day outside": (lambda raw: _changed(raw, "data", "contributions", 0, "date", to="2026-07-01"), "not in its month"),
    "no day": (lambda raw: _changed(raw, "data", "contributions", 0, "date", to="2026-06-31"), "cannot be read"),
    "negative": (lambda raw: _changed(raw, *FIRST_ROW, "inputTokens", to=-1), "cannot be read"),
    "fraction": (lambda raw: _changed(raw, *FIRST_ROW, "inputTokens", to=1.5), "cannot be read"),
    "too many": (lambda raw: _changed(raw, *FIRST_ROW, "inputTokens", to=2**53), "cannot be read"),
    "too many in all": (
        lambda raw: _changed(_changed(raw, *FIRST_ROW, "inputTokens", to=2**52), *FIRST_ROW, "outputTokens", to=2**52),
        "more tokens than",
    ),
    "cache beyond input": (lambda raw: _changed(raw, *FIRST_ROW, "cacheReadTokens", to=101), "larger than its"),
    "reasoning beyond output": (
        lambda raw: _changed(raw, *FIRST_ROW, "reasoningTokens", to=1),
        "larger than its",
    ),
    "markup for a model": (
        lambda raw: _changed(raw, *FIRST_ROW, "model", to="<script>"),
        "no source, provider",
    ),
    "escape code in a source": (lambda raw: _changed(raw, *FIRST_ROW, "source", to="\x1b[2J"), "no source, provider"),
    "no hash": (lambda raw: _changed(raw, "hash", to="sha256:x"), "has no hash"),
    "no zone": (lambda raw: _changed(raw, "createdAt", to="2026-06-01T00:00:00"), "cannot be read"),
    "outside time": (lambda raw: _changed(raw, "createdAt", to="0001-01-01T00:00:00+23:00"), "not in UTC"),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_submission_is_named_and_not_counted(store: "Store", row: Row, tmp_path: Path, breakage: str) -> None:
    store.use(7, {"2026-05-31": [row(5)]})
    (path,) = store.use(7, {"2026-06-01": [row(100)]})
    store.use(8, {"2026-06-01": [row(30)]})
    change, reason = BREAKAGES[breakage]
    store.put(path, change(store.files[path].content))
    skipped, tokens = _profiles(tmp_path, [*store.entries()])
    assert [file.path for file in skipped] == [path]
    assert reason in skipped[0].reason
    assert tokens == {7: 5, 8: 30}


@pytest.mark.parametrize(
    "path",
    [
        "submissions/07/7/device01/notes.txt",
        "submissions/08/7/profile.json",
        "submissions/07/7/device01/2026-13.json",
        "submissions/07/7/../8/profile.json",
        "submissions/07/7/device01/2026-06.json\n",
        "submissions/\\xff",
    ],
)
def test_a_path_that_is_none_of_the_store_is_named(store: "Store", row: Row, tmp_path: Path, path: str) -> None:
    store.use(7, {"2026-06-01": [row(100)]})
    store.put(path, b"{}")
    skipped, tokens = _profiles(tmp_path, [*store.entries()])
    assert (skipped, tokens) == ([Skipped(path, "is no path of the store")], {7: 100})


def test_a_user_without_a_readable_profile_is_not_shown(store: "Store", row: Row, tmp_path: Path) -> None:
    for user_id in (7, 8, 9):
        store.use(user_id, {"2026-06-01": [row(100)]})
    store.put("submissions/07/7/profile.json", b'{"login": "../../etc"}')
    store.put("submissions/08/8/profile.json", store.files["submissions/09/9/profile.json"].content)
    del store.files["submissions/09/9/profile.json"]
    skipped, tokens = _profiles(tmp_path, [*store.entries()])
    assert tokens == {}
    assert [file.path for file in skipped] == [f"submissions/0{n}/{n}/profile.json" for n in (7, 8, 9)]
    reasons = ("cannot be read", "speaks of another user", "is missing")
    assert all(file.reason.startswith(reason) for file, reason in zip(skipped, reasons, strict=True))


def test_broken_reviews_cost_nothing_but_themselves(store: "Store", row: Row, tmp_path: Path) -> None:
    store.use(7, {"2026-06-01": [row(100)]})
    path = store.put("submissions/07/7/reviews.json", b'{"files": [{"path": 1}]}')
    skipped, tokens = _profiles(tmp_path, [*store.entries()])
    assert ([file.path for file in skipped], tokens) == ([path], {7: 100})


def test_batches_add_up(store: "Store", row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.load.BATCH_ROWS", 3)
    for user_id in range(1, 8):
        store.use(user_id, {"2026-06-01": [row(user_id, model=f"model-{user_id}"), row(1)]})
    assert _profiles(tmp_path, [*store.entries()]) == ([], {user_id: user_id + 1 for user_id in range(1, 8)})


def test_what_git_refused_is_passed_on(tmp_path: Path) -> None:
    refused = Skipped("submissions/07/7/profile.json", "is not an ordinary file")
    assert _profiles(tmp_path, [refused]) == ([refused], {})


def test_what_a_sound_file_says_is_read(month: Callable[..., Any], row: Row) -> None:
    made = month(7, {"2026-06-01": [row(100, output=40), row(9, model="m")], "2026-06-30": [row(3)]}, revision=4)
    found = decode.submission(render_submission(made), PLACE)
    days = [
        (str(day.date), [one.input_tokens + one.output_tokens for one in day.usage]) for day in found.data.contributions
    ]
    assert days == [("2026-06-01", [100, 9]), ("2026-06-30", [3])]
    assert (found.revision, found.hash) == (4, made.hash)


@given(st.data())
def test_no_bytes_break_the_reader(data: st.DataObject) -> None:
    raw = data.draw(st.one_of(st.binary(max_size=200), _nearly_submissions()))
    with suppress(decode.Unsound):
        decode.submission(raw, PLACE)
    with suppress(decode.Unsound):
        decode.reviews(raw)


def _nearly_submissions() -> st.SearchStrategy[bytes]:
    """JSON of the right keys with values of any kind."""
    value = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates().map(str),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
        max_leaves=12,
    )
    return st.dictionaries(st.sampled_from(KEYS), value, max_size=9).map(lambda fields: json.dumps(fields).encode())
