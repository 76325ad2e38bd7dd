"""Codex CLI's rollouts: where they are, and what a cumulative counter says when it does not simply grow."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.sources.base import Batch, Checkpoint, LogFile, Source, Tally, UsageEvent
from cli.sources.codex import CODEX

Json = dict[str, Any]
Event = tuple[str, int, int, int, int, int]
CountOnce = Callable[[Iterable[Batch]], list[UsageEvent]]

START_MS = 1_780_000_000_000
"""When the sessions of these tests begin."""

OWN = "019e7da4-83bc-7dc1-93d3-a435cb5c9100"
PARENT = "019e7db7-d89c-7070-b812-4435399bcd61"


def row(kind: str, payload: object, at: float = 0) -> Json:
    """Return a row written some seconds after the start."""
    time = datetime.fromtimestamp(START_MS / 1000 + at, UTC).isoformat(timespec="milliseconds")
    return {"timestamp": time.replace("+00:00", "Z"), "type": kind, "payload": payload}


def meta(session: str = OWN, at: float = 0, **changes: object) -> Json:
    """Return a session_meta row."""
    payload = {"id": session, "timestamp": row("", None)["timestamp"], "model_provider": "openai", "source": "cli"}
    return row("session_meta", payload | changes, at)


def forked(at: float = 0) -> Json:
    """Return the session_meta of a fork."""
    return meta(forked_from_id=PARENT, at=at)


def spawned() -> Json:
    """Return the session_meta of a sub-agent."""
    return meta(source={"subagent": {"thread_spawn": {"parent_thread_id": PARENT, "depth": 1}}})


def turn(model: object = "gpt-5.5", at: float = 0) -> Json:
    """Return a turn_context row."""
    return row("turn_context", {"turn_id": "1", "model": model}, at)


def task(at: float, started: float) -> Json:
    """Return a task_started message which says that the task started some seconds after the session."""
    return row("event_msg", {"type": "task_started", "started_at": int(START_MS / 1000 + started)}, at)


def tokens(input_tokens: int, output_tokens: int, cached: int = 0, reasoning: int = 0, written: int = 0) -> Json:
    """Return a counter, with the vendor's own total."""
    return {
        "input_tokens": input_tokens,
        "cached_input_tokens": cached,
        "cache_write_input_tokens": written,
        "output_tokens": output_tokens,
        "reasoning_output_tokens": reasoning,
        "total_tokens": input_tokens + output_tokens,
    }


ZEROS = tokens(0, 0)


def count(total: object, last: object, at: float = 60, **info: object) -> Json:
    """Return a token_count message."""
    counters = {"total_token_usage": total, "last_token_usage": last, "model_context_window": 258400}
    return row("event_msg", {"type": "token_count", "info": counters | info, "rate_limits": None}, at)


def first(at: float = 60) -> Json:
    """Return the first response's count, 100 in and 10 out."""
    return count(tokens(100, 10), tokens(100, 10), at)


def second(at: float = 70) -> Json:
    """Return the second response's count, 200 in and 5 out."""
    return count(tokens(300, 15), tokens(200, 5), at)


def third(at: float = 80) -> Json:
    """Return the third response's count, 50 in and 1 out."""
    return count(tokens(350, 16), tokens(50, 1), at)


def used(input_tokens: int, output_tokens: int, model: str = "gpt-5.5") -> Event:
    """Return an event expected without parts."""
    return (model, input_tokens, output_tokens, 0, 0, 0)


def written(path: Path, rows: Iterable[object]) -> Path:
    """Write rows to a rollout: bytes as they are, all else as JSON."""
    lines = (it if isinstance(it, bytes) else json.dumps(it, separators=(",", ":")).encode() for it in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


CASES: dict[str, tuple[list[Any], list[Event]]] = {
    "differences of the total": (
        [meta(), turn(), first(), second(), third()],
        [used(100, 10), used(200, 5), used(50, 1)],
    ),
    "cached and written are inside input, reasoning inside output": (
        [meta(), turn(), count(tokens(100, 10, 60, 4, 30), tokens(100, 10, 60, 4, 30))],
        [("gpt-5.5", 100, 10, 60, 30, 4)],
    ),
    "a row written again adds nothing": (
        [meta(), turn(), first(), first(61), second(), second(71)],
        [used(100, 10), used(200, 5)],
    ),
    "a row that is lost is in the next difference": (
        [meta(), turn(), first(), b'{"torn', third()],
        [used(100, 10), used(250, 6)],
    ),
    "a row without a real time too": (
        [meta(), turn(), first(), second() | {"timestamp": "0001-01-01T00:00:00Z"}, third()],
        [used(100, 10), used(250, 6)],
    ),
    "a counter that falls adds its last response and goes on from there": (
        [meta(), turn(), second(), count(tokens(120, 9), tokens(20, 2)), count(tokens(150, 10), tokens(30, 1))],
        [used(300, 15), used(20, 2), used(30, 1)],
    ),
    "of a counter that falls the parts count, not their total": (
        [meta(), turn(), second(), count(tokens(120, 9), tokens(20, 2) | {"total_tokens": 999})],
        [used(300, 15), used(20, 2)],
    ),
    "a counter that begins anew and passes its old value": (
        [meta(), turn(), first(), count(tokens(500, 20), tokens(500, 20))],
        [used(100, 10), used(500, 20)],
    ),
    "after a stale row the counter goes on from before it": (
        [meta(), turn(), second(), first(71), third()],
        [used(300, 15), used(100, 10), used(50, 1)],
    ),
    "zeros after a compaction carry an estimate": (
        [meta(), turn(), first(), count(tokens(100, 10), ZEROS | {"total_tokens": 14163}), second()],
        [used(100, 10), used(200, 5)],
    ),
    "a full context window sets the total to zeros": (
        [
            meta(),
            turn(),
            first(),
            count(ZEROS | {"total_tokens": 258400}, ZEROS | {"total_tokens": 258290}),
            count(tokens(70, 7), tokens(70, 7)),
        ],
        [used(100, 10), used(70, 7)],
    ),
    "no info": ([meta(), turn(), row("event_msg", {"type": "token_count", "info": None}), first()], [used(100, 10)]),
    "only a total": (
        [meta(), turn(), count(tokens(100, 10), None), count(tokens(300, 15), None)],
        [used(100, 10), used(200, 5)],
    ),
    "only a last response": ([meta(), turn(), count(None, tokens(100, 10))], [used(100, 10)]),
    "each difference has the model of its turn": (
        [meta(), turn(), first(), turn("gpt-5.6-sol", 65), turn(None, 66), second()],
        [used(100, 10), used(200, 5, "gpt-5.6-sol")],
    ),
    "a row's own model comes first": (
        [meta(), turn(), count(tokens(100, 10), tokens(100, 10), model="gpt-5.5-mini"), second()],
        [used(100, 10, "gpt-5.5-mini"), used(200, 5)],
    ),
    "rows before any model wait for the first one": (
        [meta(), first(), second(), turn("gpt-5.4", 75), turn("gpt-5.5", 76), third()],
        [used(100, 10, "gpt-5.4"), used(200, 5, "gpt-5.4"), used(50, 1)],
    ),
    "rows without any model": ([meta(), first()], [used(100, 10, "unknown")]),
    "the session's own meta may be repeated": (
        [meta(), turn(), first(), meta(at=65), second()],
        [used(100, 10), used(200, 5)],
    ),
    "a fork's copied rows only set the baseline": (
        [forked(), meta(PARENT), turn(), first(0.01), turn("gpt-5.4"), second(0.02), turn(), third(80)],
        [used(50, 1)],
    ),
    "a copied prefix may take longer than a second, row by row": (
        [forked(), turn(), first(1.2), second(2.3), third(8)],
        [used(50, 1)],
    ),
    "a fork's copied rows may keep their times": (
        [forked(), meta(PARENT, -500), turn(at=-500), first(-400), second(-100), turn(), third(5)],
        [used(50, 1)],
    ),
    "a sub-agent's copied rows likewise": (
        [spawned(), meta(PARENT), turn(), first(0.01), second(0.02), third(5)],
        [used(50, 1)],
    ),
    "a fork of a fork": (
        [forked(), meta(PARENT, forked_from_id="x"), meta("x"), turn(), first(0.01), second(0.01), third(9)],
        [used(50, 1)],
    ),
    "a fork that repeats the parent's last row later": (
        [forked(), turn(), first(0.01), second(0.01), second(5), third(9)],
        [used(50, 1)],
    ),
    "a sub-agent without copies whose counter begins at zero": (
        [spawned(), meta(PARENT), turn(), first(5), second(9)],
        [used(100, 10), used(200, 5)],
    ),
    "a sub-agent with copies whose counter begins at zero": (
        [spawned(), turn(), second(0.01), count(tokens(90, 4), tokens(90, 4), at=5)],
        [used(90, 4)],
    ),
    "a fork without copies whose counter continues": (
        [
            forked(),
            turn(),
            count(tokens(90_000, 800), tokens(500, 8), at=5),
            count(tokens(90_100, 801), tokens(100, 1), at=9),
        ],
        [used(500, 8), used(100, 1)],
    ),
    "a task of its own ends the prefix": (
        [forked(), task(0.01, -90), turn(), first(0.02), task(0.1, 0), turn(), second(0.9)],
        [used(200, 5)],
    ),
    "a session that begins with two quick responses is no copy": (
        [meta(), turn(), first(0.1), second(0.2)],
        [used(100, 10), used(200, 5)],
    ),
    "a review is no spawn": ([meta(source={"subagent": "review"}), turn(), first(0.1)], [used(100, 10)]),
    "spaces may follow colons and commas": (
        [json.dumps(it, separators=(" , ", " : ")).encode() for it in (meta(), turn(), first())],
        [used(100, 10)],
    ),
    "keys may come in another order": (
        [dict(reversed(it.items())) for it in (meta(), turn(), first())],
        [used(100, 10)],
    ),
    "a short line before the conversation": (
        [meta(), turn(), first(), {}, row("response_item", {"type": "message", "text": "token_count"}), second()],
        [used(100, 10), used(200, 5)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, tmp_path: Path, batches_of: Callable[[Source, Path], list[Batch]]) -> None:
    rows, expected = CASES[name]
    batches = batches_of(CODEX, written(tmp_path / "rollout.jsonl", rows))
    events = [event for batch in batches for event in batch.events]
    assert [
        (
            it.model,
            it.input_tokens,
            it.output_tokens,
            it.cache_read_tokens,
            it.cache_creation_tokens,
            it.reasoning_tokens,
        )
        for it in events
    ] == expected
    assert {(event.session, event.provider) for event in events} <= {(OWN, "openai")}
    assert len({event.key for event in events}) == len(events)


@pytest.mark.parametrize(
    ("line", "tally"),
    [
        (first(), Tally(events=1)),
        (turn(), Tally(silent=1)),
        (row("response_item", {}), Tally(silent=1)),
        (row("event_msg", {"type": "agent_message", "message": "x"}), Tally(silent=1)),
        (row("event_msg", {"type": "agent_message", "message": '"type":"token_count"', "info": {}}), Tally(silent=1)),
        (dict(reversed(row("event_msg", {"type": "agent_message"}).items())), Tally(silent=1)),
        (row("compacted", {"message": "x"}), Tally(silent=1)),
        (row("compacted", {}) | {"timestamp": 5}, Tally(silent=1)),
        ({"id": OWN, "timestamp": "2025-06-01T00:00:00Z", "instructions": None}, Tally(silent=1)),
        (row("token_usage_record", {"usage": tokens(1, 1)}), Tally(unknown=1)),
        (row("usage", {"type": "response_item"}), Tally(unknown=1)),
        (row("token_usage_record", {"type": "token_count", "info": {"last_token_usage": ZEROS}}), Tally(unknown=1)),
        (json.dumps(row("event_msg", {"type": "token_count"}), separators=(",", ":")).encode()[:-4], Tally(bad=1)),
        (b"{", Tally(bad=1)),
        (b"\xff\x00", Tally(bad=1)),
        (b'{"type":"event_msg","payload":' + b"[" * 100_000, Tally(bad=1)),
        (first() | {"timestamp": "9999-12-31T23:59:59-23:59"}, Tally(bad=1)),
        (first() | {"timestamp": None}, Tally(bad=1)),
        (first() | {"payload": None}, Tally(bad=1)),
        (turn("m" * 201), Tally(bad=1)),
        *[
            (count(tokens(100, 10) | {"output_tokens": wrong}, None), Tally(bad=1))
            for wrong in (-1, 1.5, "1", True, None, 2**53, 10**30)
        ],
    ],
)
def test_every_row_is_counted_as_what_it_is(
    line: object, tally: Tally, tmp_path: Path, batches_of: Callable[[Source, Path], list[Batch]]
) -> None:
    (batch,) = batches_of(CODEX, written(tmp_path / "rollout.jsonl", [line]))
    assert batch.tally == tally


def test_control_characters_never_reach_the_ledger(
    tmp_path: Path, batches_of: Callable[[Source, Path], list[Batch]]
) -> None:
    (batch,) = batches_of(CODEX, written(tmp_path / "rollout.jsonl", [meta(), turn("\x1b[2J"), first()]))
    assert batch.events == []
    assert batch.tally == Tally(silent=2, bad=1)


def test_provider_and_session_are_the_files_own(
    tmp_path: Path, batches_of: Callable[[Source, Path], list[Batch]]
) -> None:
    rows = [meta(model_provider="azure", session_id="tree"), meta(PARENT, at=1), turn(), first()]
    (batch,) = batches_of(CODEX, written(tmp_path / "rollout.jsonl", rows))
    assert [(event.session, event.provider) for event in batch.events] == [(OWN, "azure")]


@pytest.mark.parametrize("name", [f"rollout-2026-05-31T10-46-34-{OWN}.jsonl", "notes.jsonl"])
def test_a_session_that_does_not_say_who_it_is_has_an_id_from_its_name(
    name: str, tmp_path: Path, batches_of: Callable[[Source, Path], list[Batch]]
) -> None:
    (batch,) = batches_of(CODEX, written(tmp_path / name, [turn(), first()]))
    (event,) = batch.events
    assert (event.session == OWN) == (OWN in name)
    assert "notes" not in event.session + event.key


def test_an_archived_copy_counts_once(
    tmp_path: Path,
    samples: Path,
    batches: Callable[[Source, Path], Iterator[Batch]],
    counted_once: CountOnce,
) -> None:
    original = samples / "codex" / "entire-graph-reduced"
    shutil.copytree(original, tmp_path / "root")
    (tmp_path / "root" / "archived_sessions").mkdir()
    for path in original.rglob("*.jsonl"):
        shutil.copy(path, tmp_path / "root" / "archived_sessions" / path.name)
    twice = list(batches(CODEX, tmp_path / "root"))
    assert counted_once(twice) == counted_once(twice[::-1]) == counted_once(batches(CODEX, original))


def test_a_parent_and_its_forks_count_once_each(
    tmp_path: Path, batches_of: Callable[[Source, Path], list[Batch]], counted_once: CountOnce
) -> None:
    parent = written(tmp_path / "parent.jsonl", [meta(PARENT, -900), turn(), first(-800), second(-700)])
    forks = [
        written(tmp_path / f"{number}.jsonl", [meta(f"fork {number}", forked_from_id=PARENT), *copies, third(9)])
        for number, copies in enumerate([[turn(), first(0.01), second(0.01)], [turn(), first(-800), second(-700)]])
    ]
    events = counted_once(batch for path in (parent, *forks) for batch in batches_of(CODEX, path))
    assert sum(event.input_tokens for event in events) == 300 + 50 + 50


GROWING: list[tuple[str, list[Any]]] = [
    ("waiting", [meta(), first(), second(), turn("gpt-5.4", 75), third()]),
    ("fork", [forked(), meta(PARENT), turn(), first(0.01), second(0.02), meta(at=1), turn(at=2), third(80)]),
    ("own times", [spawned(), turn(at=-9), first(-9), second(-8), task(0.1, 0), turn(), third(0.9)]),
    ("falling", [meta(), turn(), second(), first(75), third(90), b"{torn", turn("m"), second(95)]),
]


@pytest.mark.parametrize(("name", "rows"), GROWING)
@given(cuts=st.lists(st.integers(0, 3000), max_size=8))
def test_a_file_that_grows_gives_the_same_events_as_a_whole_one(
    tmp_path_factory: pytest.TempPathFactory,
    counted_once: CountOnce,
    name: str,
    rows: list[Any],
    cuts: list[int],
) -> None:
    path = written(tmp_path_factory.getbasetemp() / "growing-codex.jsonl", rows)
    content = path.read_bytes()
    checkpoint = Checkpoint()
    batches: list[Batch] = []
    for cut in [*sorted(cuts), len(content)]:
        path.write_bytes(content[:cut])
        batches += CODEX.read(LogFile(path), checkpoint)
        checkpoint = batches[-1].checkpoint
        assert len(checkpoint.state) < 1000
    whole = list(CODEX.read(LogFile(path), Checkpoint()))
    assert counted_once(batches) == counted_once(whole)
    assert checkpoint == whole[-1].checkpoint
    assert checkpoint.offset == len(content)


@given(st.lists(st.integers(0, 60_000), max_size=6))
def test_a_real_rollout_that_grows(
    tmp_path_factory: pytest.TempPathFactory, samples: Path, counted_once: CountOnce, cuts: list[int]
) -> None:
    (original,) = (samples / "codex" / "vct").rglob("*.jsonl")
    content = original.read_bytes()
    path = tmp_path_factory.getbasetemp() / original.name
    checkpoint = Checkpoint()
    batches: list[Batch] = []
    for cut in [*sorted(cuts), len(content)]:
        path.write_bytes(content[:cut])
        batches += CODEX.read(LogFile(path), checkpoint)
        checkpoint = batches[-1].checkpoint
    assert counted_once(batches) == counted_once(CODEX.read(LogFile(path), Checkpoint()))
    assert sum(batch.tally.events for batch in batches) == 19


def test_a_stale_row_is_a_copy_of_what_it_repeats(
    tmp_path: Path, batches_of: Callable[[Source, Path], list[Batch]], counted_once: CountOnce
) -> None:
    rows = [meta(), turn(), first(60), second(70), first(71), third(80)]
    events = counted_once(batches_of(CODEX, written(tmp_path / "rollout.jsonl", rows)))
    assert sorted((event.time_ms - START_MS, event.input_tokens) for event in events) == [
        (60_000, 100),
        (70_000, 200),
        (80_000, 50),
    ]


def test_usage_waits_for_a_model_across_readings(tmp_path: Path, counted_once: CountOnce) -> None:
    path = written(tmp_path / "rollout.jsonl", [meta(), first()])
    (before,) = CODEX.read(LogFile(path), Checkpoint())
    assert [event.model for event in before.events] == ["unknown"]
    assert before.checkpoint == Checkpoint()
    written(path, [meta(), first(), turn()])
    (after,) = CODEX.read(LogFile(path), before.checkpoint)
    assert [event.model for event in counted_once([after, before])] == ["gpt-5.5"]
    assert after.checkpoint.offset == path.stat().st_size


def test_many_events_come_in_batches_that_can_be_committed_one_by_one(tmp_path: Path, counted_once: CountOnce) -> None:
    counts = (count(tokens(number, number), tokens(1, 1), number) for number in range(1, 12_000))
    for opening in ([meta(), turn()], [meta()]):
        path = written(tmp_path / "rollout.jsonl", [*opening, *counts])
        batches = list(CODEX.read(LogFile(path), Checkpoint()))
        assert max(len(batch.events) for batch in batches) < 10_000
        for number, batch in enumerate(batches[:-1]):
            rest = CODEX.read(LogFile(path), batch.checkpoint)
            assert counted_once([*batches[: number + 1], *rest]) == counted_once(batches)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
anything = st.recursive(scalars, lambda it: st.lists(it, max_size=3) | st.dictionaries(st.text(max_size=4), it))
payload_fields = st.sampled_from(["id", "timestamp", "forked_from_id", "source", "model", "type", "info", "started_at"])
numbers = st.integers(-5, 500)
counters = st.builds(tokens, numbers, numbers, numbers, numbers, numbers)
hostile_rows = st.one_of(
    st.binary(max_size=40),
    st.builds(count, counters | anything, counters | anything, st.integers(-5, 100)),
    st.builds(
        lambda it, field, value: it | {"payload": it["payload"] | {field: value}},
        st.sampled_from([meta(), forked(), spawned(), turn(), task(0, 0), first()]),
        payload_fields,
        anything,
    ),
    st.builds(row, st.sampled_from(["event_msg", "session_meta", "turn_context", "compacted"]), anything),
)


@given(st.lists(hostile_rows, max_size=12))
def test_no_content_is_too_hostile(tmp_path_factory: pytest.TempPathFactory, rows: list[object]) -> None:
    path = written(tmp_path_factory.getbasetemp() / "hostile-codex.jsonl", rows)
    for batch in CODEX.read(LogFile(path), Checkpoint()):
        for event in batch.events:
            assert 0 <= event.cache_read_tokens + event.cache_creation_tokens <= event.input_tokens < 2**53
            assert 0 <= event.reasoning_tokens <= event.output_tokens < 2**53
            assert (event.key + event.session + event.provider + event.model).isprintable()


def test_roots() -> None:
    home = Path("/home/someone")
    assert CODEX.roots({}, home) == CODEX.roots({"CODEX_HOME": " "}, home) == (home / ".codex",)
    assert CODEX.roots({"CODEX_HOME": "/codex"}, home) == (Path("/codex"),)


def test_find(tmp_path: Path) -> None:
    names = ("archived_sessions/rollout-a.jsonl", "sessions/2026/05/31/rollout-b.jsonl")
    for name in (*names, "history.jsonl", "sessions/2026/05/31/rollout-c.jsonl.zst", "sessions/notes.txt"):
        written(tmp_path / name, [])
    found = CODEX.find(tmp_path)
    assert [file.path for file in found.files] == [tmp_path / name for name in names]
    assert [problem.path.name for problem in found.problems] == ["rollout-c.jsonl.zst"]
    assert [file.path for file in CODEX.find(tmp_path / "sessions").files] == [tmp_path / names[1]]
