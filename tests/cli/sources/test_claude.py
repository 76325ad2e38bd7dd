"""Claude Code's logs: where they are, and each way in which a row may be more or less than it seems."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.sources.base import Batch, Checkpoint, LogFile, Source, Tally, UsageEvent
from cli.sources.claude import CLAUDE

Json = dict[str, Any]
CountOnce = Callable[[Iterable[Batch]], list[UsageEvent]]

USAGE: Json = {
    "input_tokens": 3,
    "cache_creation_input_tokens": 20,
    "cache_read_input_tokens": 100,
    "output_tokens": 7,
}


def answer(number: int = 1, usage: object = USAGE, **changes: object) -> Json:
    """Return an assistant row; `message` among the changes is laid over the usual message."""
    message: Json = {"id": f"msg_{number}", "model": "claude-opus-4-8", "role": "assistant", "usage": usage}
    message |= changes.pop("message", {})  # type: ignore[call-overload]
    row: Json = {"type": "assistant", "timestamp": "2026-06-01T10:00:00.000Z", "sessionId": "session"}
    return row | {"requestId": f"req_{number}", "uuid": f"uuid-{number}", "message": message} | changes


def progress(inner: Json, kind: str = "agent_progress") -> Json:
    """Return a progress row around a sub-agent's row."""
    row = {"type": "progress", "timestamp": "2026-01-21T20:53:26.644Z", "sessionId": "session"}
    return row | {"data": {"type": kind, "message": inner, "prompt": "x"}}


def seen(number: int = 1, output: int = 7, model: str = "claude-opus-4-8") -> tuple[str, str, int, int, int, int]:
    """Return what an answer's event is expected to say: key, model, input, output, cache read, cache creation."""
    return (f"msg_{number}", model, 123, output, 100, 20)


def written(path: Path, rows: Iterable[object]) -> Path:
    """Write rows to a log: text and bytes as they are, all else as JSON."""
    lines = (row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


ADVISED: Json = USAGE | {
    "iterations": [
        {"type": "message", "input_tokens": 1, "output_tokens": 5},
        {"type": "advisor_message", "model": "claude-mythos-5"} | USAGE,
        {"type": "message", "input_tokens": 2, "output_tokens": 2},
        {"type": "advisor_message", "model": "claude-opus-4-8", "input_tokens": 9, "output_tokens": 4},
    ]
}
NO_USAGE: list[tuple[str, str, int, int, int, int]] = []

CASES: dict[str, tuple[list[Any], list[tuple[str, str, int, int, int, int]], Tally]] = {
    "an answer": ([answer()], [seen()], Tally(events=1)),
    "a response written while it streams has its largest output": (
        [answer(usage=USAGE | {"output_tokens": tokens}) for tokens in (1, 1, 412, 7)],
        [seen(output=412)],
        Tally(events=4),
    ),
    "request and folder may be null": ([answer(requestId=None, cwd=None)], [seen()], Tally(events=1)),
    "spaces may follow colons and commas": (
        [json.dumps(answer(), separators=(" , ", " : ")).encode()],
        [seen()],
        Tally(events=1),
    ),
    "cache counters may be null or missing": (
        [answer(usage={"input_tokens": 3, "cache_read_input_tokens": None, "output_tokens": 7})],
        [("msg_1", "claude-opus-4-8", 3, 7, 0, 0)],
        Tally(events=1),
    ),
    "an empty usage is a response of no known size": (
        [answer(usage={})],
        [("msg_1", "claude-opus-4-8", 0, 0, 0, 0)],
        Tally(events=1),
    ),
    "no usage is no event": ([answer(usage=None)], NO_USAGE, Tally(silent=1)),
    "an answer no model gave": ([answer(message={"model": "<synthetic>"})], NO_USAGE, Tally(silent=1)),
    "a sub-agent's answer two levels down": (
        [progress(answer()), progress({"type": "user", "message": {"role": "user", "content": []}})],
        [seen()],
        Tally(events=1, silent=1),
    ),
    "other progress": ([progress(answer(), kind="hook_progress")], NO_USAGE, Tally(silent=1)),
    "advisers are calls of their own": (
        [answer(usage=ADVISED)],
        [
            seen(),
            ("msg_1:advisor:0", "claude-mythos-5", 123, 7, 100, 20),
            ("msg_1:advisor:1", "claude-opus-4-8", 9, 4, 0, 0),
        ],
        Tally(events=1),
    ),
    "a tool's result repeats a sub-agent's usage": (
        [{"type": "user", "message": {"content": "x"}, "toolUseResult": {"usage": USAGE}}],
        NO_USAGE,
        Tally(silent=1),
    ),
    "quoted usage is text": (
        [{"type": "user", "message": {"content": json.dumps(answer())}}],
        NO_USAGE,
        Tally(silent=1),
    ),
    "a kind of row never seen": ([{"type": "invoice", "usage": USAGE}], NO_USAGE, Tally(unknown=1)),
    "without a message id the request tells, or the row": (
        [answer(message={"id": None}), answer(2, requestId=None, message={"id": None})],
        [("req_1", *seen()[1:]), ("uuid-2", *seen()[1:])],
        Tally(events=2),
    ),
    "without a model": ([answer(message={"model": None})], [seen(model="unknown")], Tally(events=1)),
    "a model of another house": (
        [answer(message={"model": "us.anthropic.claude-opus-4-8-v1:0"})],
        [seen(model="us.anthropic.claude-opus-4-8-v1:0")],
        Tally(events=1),
    ),
    "numbers that cannot be right": (
        [answer(usage=USAGE | {"output_tokens": wrong}) for wrong in (-1, 7.5, "7", True, 2**53, 10**30, [7])],
        NO_USAGE,
        Tally(bad=7),
    ),
    "a sum that cannot be right": (
        [answer(usage=USAGE | {"input_tokens": 2**53 - 1})],
        NO_USAGE,
        Tally(bad=1),
    ),
    "times that cannot be right": (
        [
            answer(timestamp=wrong)
            for wrong in (None, "", "yesterday", 1767225600, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59")
        ],
        NO_USAGE,
        Tally(bad=6),
    ),
    "names that cannot be right": (
        [answer(message={"model": "m" * 201}), answer(sessionId="\x1b[2J"), answer(message={"id": 5})],
        NO_USAGE,
        Tally(bad=3),
    ),
    "lines that are not JSON": (
        [
            b'{"type":"assistant","message":{"usage":{"input_tokens":',
            b'"usage" \xff\xfe\x00',
            b'{"usage":' + b"[" * 100_000,
            b'{"type":"\xff","usage":{}}',
        ],
        NO_USAGE,
        Tally(bad=4),
    ),
    "invalid UTF-8 in a text does no harm": (
        [json.dumps(answer(cwd="?")).encode().replace(b"?", b"\xff\xfe")],
        [seen()],
        Tally(events=1),
    ),
    "a known kind in an odd shape": (
        [{"type": "user", "message": 5, "usage": {}}, {"type": "invoice", "message": 5, "usage": {}}],
        NO_USAGE,
        Tally(silent=1, unknown=1),
    ),
    "a long line": ([answer(cwd="x" * 500_000)], [seen()], Tally(events=1)),
    "blank lines": ([b"", answer(), b"\r"], [seen()], Tally(events=1, silent=2)),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, tmp_path: Path, batches_of: Callable[[Source, Path], list[Batch]]) -> None:
    rows, expected, tally = CASES[name]
    (batch,) = batches_of(CLAUDE, written(tmp_path / "log.jsonl", rows))
    events = [
        (it.key, it.model, it.input_tokens, it.output_tokens, it.cache_read_tokens, it.cache_creation_tokens)
        for it in batch.events
    ]
    assert events == expected
    assert batch.tally == tally
    assert all((it.session, it.provider, it.reasoning_tokens) == ("session", "anthropic", 0) for it in batch.events)


@pytest.mark.parametrize(
    ("time", "milliseconds"),
    [
        ("2026-06-01T23:59:59.999999Z", 1780358399999),
        ("2026-06-02T05:29:59.999+05:30", 1780358399999),
        ("2026-06-01T23:59:59", 1780358399000),
        ("2126-06-01T00:00:00Z", 4935945600000),
    ],
)
def test_times_are_utc_milliseconds_and_the_future_is_passed_on(
    time: str, milliseconds: int, tmp_path: Path, batches_of: Callable[[Source, Path], list[Batch]]
) -> None:
    (batch,) = batches_of(CLAUDE, written(tmp_path / "log.jsonl", [answer(timestamp=time)]))
    assert [event.time_ms for event in batch.events] == [milliseconds]


def test_a_progress_row_gives_its_own_time(tmp_path: Path, batches_of: Callable[[Source, Path], list[Batch]]) -> None:
    (batch,) = batches_of(CLAUDE, written(tmp_path / "log.jsonl", [progress(answer())]))
    assert [event.time_ms for event in batch.events] == [1769028806644]


def test_copies_in_other_files_count_once(
    tmp_path: Path,
    samples: Path,
    batches: Callable[[Source, Path], Iterator[Batch]],
    counted_once: CountOnce,
) -> None:
    original = samples / "claude" / "moredip-subagents"
    shutil.copytree(original, tmp_path / "root")
    shutil.copytree(original / "projects", tmp_path / "root" / "projects" / "resumed")
    once = counted_once(batches(CLAUDE, original))
    twice = list(batches(CLAUDE, tmp_path / "root"))
    assert counted_once(twice) == counted_once(twice[::-1]) == once


def test_a_response_without_ids_is_the_same_wherever_it_is_copied_to(
    tmp_path: Path, batches_of: Callable[[Source, Path], list[Batch]], counted_once: CountOnce
) -> None:
    nameless = [answer(n, {"output_tokens": n}, message={"id": None}, requestId=None, uuid=None) for n in (1, 2)]
    files = [written(tmp_path / name, nameless) for name in ("a.jsonl", "b.jsonl")]
    assert len(counted_once(batch for file in files for batch in batches_of(CLAUDE, file))) == 2


FILES = ("claude/moredip-subagents/projects/-work-project-0/4b2030ed-5563-49ea-b703-6a002f2d3cc8.jsonl",)


@given(st.lists(st.integers(0, 26786), max_size=8))
def test_a_file_that_grows_gives_the_same_events_as_a_whole_one(
    samples: Path, tmp_path_factory: pytest.TempPathFactory, counted_once: CountOnce, cuts: list[int]
) -> None:
    content = (samples / FILES[0]).read_bytes()
    path = tmp_path_factory.getbasetemp() / "growing-claude.jsonl"
    checkpoint = Checkpoint()
    batches: list[Batch] = []
    for cut in [*sorted(cuts), len(content)]:
        path.write_bytes(content[:cut])
        batches += CLAUDE.read(LogFile(path), checkpoint)
        checkpoint = batches[-1].checkpoint
    whole = list(CLAUDE.read(LogFile(path), Checkpoint()))
    assert counted_once(batches) == counted_once(whole)
    assert checkpoint == whole[-1].checkpoint == Checkpoint(len(content))
    rows = [(b.tally.events, b.tally.silent, b.tally.unknown, b.tally.bad) for b in batches]
    (once,) = [(b.tally.events, b.tally.silent, b.tally.unknown, b.tally.bad) for b in whole]
    assert tuple(map(sum, zip(*rows, strict=True))) == once


def test_an_unfinished_last_line_counts_when_it_is_whole_and_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path / "log.jsonl", [answer(1)])
    end = path.stat().st_size
    path.write_bytes(path.read_bytes() + json.dumps(answer(2)).encode())
    (batch,) = CLAUDE.read(LogFile(path), Checkpoint())
    assert [event.key for event in batch.events] == ["msg_1", "msg_2"]
    assert batch.checkpoint == Checkpoint(end)
    assert batch.tally == Tally(events=1)
    path.write_bytes(path.read_bytes()[:-1])
    (batch,) = CLAUDE.read(LogFile(path), batch.checkpoint)
    assert batch == Batch([], Checkpoint(end), Tally())


def test_many_events_come_in_batches_that_can_be_committed_one_by_one(tmp_path: Path, counted_once: CountOnce) -> None:
    path = written(tmp_path / "log.jsonl", (answer(number, cwd="x" * 400) for number in range(9000)))
    batches = list(CLAUDE.read(LogFile(path), Checkpoint()))
    assert len(batches) > 2
    assert max(len(batch.events) for batch in batches) < 5000
    for number, batch in enumerate(batches[:-1]):
        rest = CLAUDE.read(LogFile(path), batch.checkpoint)
        assert counted_once([*batches[: number + 1], *rest]) == counted_once(batches)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
anything = st.recursive(scalars, lambda it: st.lists(it, max_size=3) | st.dictionaries(st.text(max_size=4), it))
fields = st.sampled_from(["type", "timestamp", "sessionId", "requestId", "uuid", "message", "data"])
parts = st.sampled_from(["id", "model", "usage", "role"])
counters = st.sampled_from([*USAGE, "iterations"])


@given(st.lists(st.tuples(fields, parts, counters, anything), min_size=1, max_size=5), st.binary(max_size=30))
def test_no_content_is_too_hostile(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str, str, object]], noise: bytes
) -> None:
    rows: list[object] = [noise]
    for field, part, counter, value in changes:
        rows += [
            answer() | {field: value},
            answer(message={part: value}),
            answer(usage=USAGE | {counter: value}),
            noise + b'"usage"' + noise,
        ]
    path = written(tmp_path_factory.getbasetemp() / "hostile-claude.jsonl", rows)
    for batch in CLAUDE.read(LogFile(path), Checkpoint()):
        for event in batch.events:
            assert 0 <= event.cache_read_tokens + event.cache_creation_tokens <= event.input_tokens < 2**53
            assert 0 <= event.output_tokens < 2**53
            assert (event.key + event.session + event.model).isprintable()


def test_roots(tmp_path: Path) -> None:
    home = Path("/home/someone")
    assert CLAUDE.roots({}, home) == (home / ".config" / "claude", home / ".claude")
    assert CLAUDE.roots({"XDG_CONFIG_HOME": "/xdg"}, home) == (Path("/xdg/claude"), home / ".claude")
    assert CLAUDE.roots({"CLAUDE_CONFIG_DIR": " , "}, home) == CLAUDE.roots({}, home)
    several = {"CLAUDE_CONFIG_DIR": "/one, ~/two ,/one,"}
    assert CLAUDE.roots(several, home) == (Path("/one"), home / "two")


def test_find(tmp_path: Path) -> None:
    names = ("p/s.jsonl", "p/s/subagents/agent-1.jsonl", "p/s/subagents/w/agent-2.jsonl", "p/journal.jsonl")
    others = ("p/s/subagents/journal.jsonl", "p/s/subagents/w/journal.jsonl", "p/notes.md")
    for name in (*names, *others):
        written(tmp_path / "projects" / name, [])
    for root in (tmp_path, tmp_path / "projects"):
        found = [file.path for file in CLAUDE.find(root).files]
        assert found == sorted(tmp_path / "projects" / name for name in names)


def test_a_file_that_cannot_be_read_is_an_error_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory"):
        list(CLAUDE.read(LogFile(tmp_path), Checkpoint()))
    with pytest.raises(FileNotFoundError):
        list(CLAUDE.read(LogFile(tmp_path / "gone.jsonl"), Checkpoint()))
