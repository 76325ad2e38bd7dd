"""Gemini CLI's recordings: which are found, what counts once, and what its counters contain."""

import json
import os
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.sources.base import Checkpoint, LogFile, Tally, UsageEvent
from cli.sources.gemini import GEMINI

SAMPLES = Path(__file__).parents[2] / "samples" / "gemini"
SESSION = "0ab84937-9fe7-4284-986a-33c832af0b6a"
HEADER = {"sessionId": SESSION, "projectHash": "9da8", "startTime": "2026-04-23T12:52:52.759Z", "kind": "main"}
TOKENS = {"input": 100, "output": 10, "cached": 40, "thoughts": 5, "tool": 0, "total": 115}


@dataclass
class Counted:
    """What a reading brought: of each key the event that counts, and the tallies' sum."""

    events: dict[str, UsageEvent] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    end: Checkpoint = field(default_factory=Checkpoint)

    def read(self, file: LogFile, resume: Checkpoint | None = None) -> "Counted":
        for batch in GEMINI.read(file, resume or Checkpoint()):
            self.end = batch.checkpoint
            self.tally = Tally(*(a + b for a, b in zip(astuple(self.tally), astuple(batch.tally), strict=True)))
            for event in batch.events:
                known = self.events.get(event.key)
                if known is None or strength(event) > strength(known):
                    self.events[event.key] = event
        return self


def strength(event: UsageEvent) -> tuple[int, int, int]:
    return event.rank, -event.time_ms, event.input_tokens + event.output_tokens


def message(number: int = 1, **changes: Any) -> dict[str, Any]:
    plain = {"id": f"m{number}", "timestamp": f"2026-04-23T12:53:{number:02d}.257Z", "type": "gemini", "content": ""}
    return {**plain, "model": "gemini-3-flash-preview", "tokens": TOKENS, **changes}


def write(home: Path, name: str, *records: Any) -> Path:
    path = home / ".gemini" / "tmp" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def write_document(home: Path, name: str, *messages: Any) -> Path:
    path = write(home, name)
    path.write_text(json.dumps({**HEADER, "messages": list(messages)}, indent=2))
    return path


def count(home: Path) -> Counted:
    counted = Counted()
    for root in GEMINI.roots({}, home):
        found = GEMINI.find(root)
        assert not found.problems
        for file in found.files:
            counted.read(file)
    return counted


def only(counted: Counted) -> UsageEvent:
    (event,) = counted.events.values()
    return event


def test_what_an_event_tells(tmp_path: Path) -> None:
    write(tmp_path, "p/chats/session-a.jsonl", HEADER, message(tokens={**TOKENS, "tool": 7, "total": 122}))
    event = only(count(tmp_path))
    assert (event.key, event.session, event.provider) == (f"{SESSION}:m1", SESSION, "google")
    assert (event.model, event.time_ms) == ("gemini-3-flash-preview", 1776948781257)
    assert (event.input_tokens, event.cache_read_tokens) == (107, 40)
    assert (event.output_tokens, event.reasoning_tokens) == (15, 5)
    assert event.cache_creation_tokens == 0


@pytest.mark.parametrize("log", sorted(SAMPLES.rglob("session-*")), ids=lambda path: path.name)
def test_events_reach_the_vendors_own_total(log: Path) -> None:
    text = log.read_text()
    records = (
        json.loads(text)["messages"] if log.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
    )
    totals = {record["id"]: record["tokens"]["total"] for record in records if record.get("tokens")}
    counted = Counted().read(LogFile(log, appends=log.suffix == ".jsonl"))
    found = {event.key.split(":")[1]: event.input_tokens + event.output_tokens for event in counted.events.values()}
    assert found == totals
    assert counted.tally.bad == 0


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ({"input": 100, "output": 10, "cached": 40, "thoughts": 5, "tool": 3, "total": 118}, (103, 15, 40, 5)),
        ({"input": 60, "output": 10, "cached": 40, "thoughts": 5, "tool": 3, "total": 118}, (103, 15, 40, 5)),
        ({"input": 100, "output": 10, "cached": 40}, (100, 10, 40, 0)),
        ({"input": 30, "output": 10, "cached": 40}, (70, 10, 40, 0)),
        ({"input": 30, "output": 10, "cached": 40, "total": 40}, (30, 10, 30, 0)),
        ({"input": 100, "output": 10, "cached": 40, "thoughts": 5, "tool": 0, "total": 4711}, (100, 15, 40, 5)),
        ({"input": 100, "output": 0, "cached": None, "thoughts": 9, "total": 109}, (100, 9, 0, 9)),
        ({"input": 100, "output": 10, "cached": 0, "thoughts": 0, "tool": 0, "total": 0}, (100, 10, 0, 0)),
    ],
    ids=["inside", "apart", "no total", "no total and too much", "impossible part", "strange", "nulls", "no count"],
)
def test_the_total_decides_what_contains_what(
    tmp_path: Path, tokens: dict[str, int], expected: tuple[int, int, int, int]
) -> None:
    write(tmp_path, "p/chats/session-a.jsonl", HEADER, message(tokens=tokens))
    event = only(count(tmp_path))
    assert (event.input_tokens, event.output_tokens, event.cache_read_tokens, event.reasoning_tokens) == expected


def test_three_copies_of_a_message_count_once(tmp_path: Path) -> None:
    write_document(tmp_path, "9da8b3/chats/session-2026-04-23T12-52-0ab84937.json", message(1), message(2))
    write_document(tmp_path, "my-project/chats/session-2026-04-23T12-52-0ab84937.json", message(1), message(2))
    name = "my-project/chats/session-2026-04-23T12-52-0ab84937.jsonl"
    write(tmp_path, name, HEADER, message(1), message(2), {"$set": {"sessionId": SESSION}}, message(3))
    assert sorted(count(tmp_path).events) == [f"{SESSION}:m1", f"{SESSION}:m2", f"{SESSION}:m3"]


def test_copies_without_a_header_count_once(tmp_path: Path) -> None:
    write(tmp_path, "9da8/chats/session-a.jsonl", message())
    path = write(tmp_path, "p/chats/session-a.json")
    path.write_text(json.dumps({"messages": [message()]}))
    assert only(count(tmp_path)).session == "session-a"


def test_the_same_id_in_two_sessions_is_two_messages(tmp_path: Path) -> None:
    write(tmp_path, "p/chats/session-a.jsonl", HEADER, message())
    write(tmp_path, "p/chats/session-b.jsonl", {**HEADER, "sessionId": "other"}, message())
    assert len(count(tmp_path).events) == 2


def test_tokens_may_come_in_a_later_write(tmp_path: Path) -> None:
    write(tmp_path, "p/chats/session-a.jsonl", HEADER, message(tokens=None), message(toolCalls=[{"id": "x"}]))
    counted = count(tmp_path)
    assert only(counted).input_tokens == 100
    assert counted.tally == Tally(events=1, silent=2)


def test_the_last_write_counts_in_whatever_order_copies_are_read(tmp_path: Path) -> None:
    document = write_document(tmp_path, "p/chats/session-a.json", message(tokens={**TOKENS, "output": 900}))
    log = write(tmp_path, "p/chats/session-a.jsonl", HEADER, message(), message(tokens={"input": 90, "output": 20}))
    for files in ([document, log], [log, document]):
        counted = Counted()
        for path in files:
            counted.read(LogFile(path, appends=path == log))
        assert only(counted).output_tokens == 20


def test_a_write_without_tokens_or_model_takes_nothing_back(tmp_path: Path) -> None:
    later = [message(tokens=None), message(model=None), message(tokens={"input": 0, "output": 0, "total": 0})]
    write(tmp_path, "p/chats/session-a.jsonl", HEADER, message(), *later)
    assert only(count(tmp_path)).model == "gemini-3-flash-preview"


def test_what_is_rewound_was_billed(tmp_path: Path) -> None:
    write(tmp_path, "p/chats/session-a.jsonl", HEADER, message(1), message(2), {"$rewindTo": "m1"}, message(3))
    counted = count(tmp_path)
    assert len(counted.events) == 3
    assert counted.tally == Tally(events=3, silent=2)


def test_a_patch_may_carry_all_messages(tmp_path: Path) -> None:
    user = {"id": "u", "type": "user", "timestamp": "2026-04-23T12:53:00Z", "content": []}
    patch = {"$set": {"messages": [user, message(1), message(2), 5], "lastUpdated": "2026-04-23T12:53:00Z"}}
    write(tmp_path, "p/chats/session-a.jsonl", HEADER, message(1), patch)
    counted = count(tmp_path)
    assert len(counted.events) == 2
    assert counted.tally == Tally(events=3, silent=2, bad=1)


def test_only_recordings_are_found_in_a_fixed_order(tmp_path: Path) -> None:
    wanted = ["a/chats/session-1.json", "a/chats/session-1.jsonl", f"a/chats/{SESSION}/agent-7.jsonl"]
    wanted += [f"b/chats/{SESSION}/session-2.json"]
    for name in [*wanted, "a/logs.json", "a/chats/notes.json", "a/chats/session-3.txt", "session-4.json"]:
        write(tmp_path, name)
    (tmp_path / ".gemini" / "tmp" / "a" / "chats" / "session-5.json").mkdir()
    found = GEMINI.find(tmp_path / ".gemini")
    names = [file.path.relative_to(tmp_path / ".gemini" / "tmp").as_posix() for file in found.files]
    assert names == sorted(wanted)
    assert [file.appends for file in found.files] == [name.endswith("l") for name in names]
    assert found.problems == []


def test_sub_agents_count_under_their_own_session(tmp_path: Path) -> None:
    write(tmp_path, "p/chats/session-a.jsonl", HEADER, message())
    write(
        tmp_path, f"p/chats/{SESSION}/agent-7.jsonl", {**HEADER, "sessionId": "agent-7", "kind": "subagent"}, message()
    )
    assert {event.session for event in count(tmp_path).events.values()} == {SESSION, "agent-7"}


def test_where_the_recordings_are(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    assert GEMINI.roots({}, home) == (home / ".gemini",)
    assert GEMINI.roots({"GEMINI_CLI_HOME": ""}, home) == (home / ".gemini",)
    assert GEMINI.roots({"GEMINI_CLI_HOME": str(other)}, home) == (other / ".gemini",)
    (other / "tmp").mkdir(parents=True)
    assert GEMINI.roots({"GEMINI_CLI_HOME": str(other)}, home) == (other,)
    (other / ".gemini").mkdir()
    assert GEMINI.roots({"GEMINI_CLI_HOME": str(other)}, home) == (other / ".gemini",)
    assert GEMINI.find(home / ".gemini").files == []


def test_places_that_cannot_be_read_are_problems(tmp_path: Path) -> None:
    write(tmp_path, "a/chats/session-1.jsonl", HEADER, message())
    chats = tmp_path / ".gemini" / "tmp" / "a" / "chats"
    (chats / "loop").symlink_to(chats)
    (chats / "session-2.json").symlink_to(chats / "session-2.json")
    found = GEMINI.find(tmp_path / ".gemini")
    assert [file.path.name for file in found.files] == ["session-1.jsonl"]
    assert [problem.path.name for problem in found.problems] == ["session-2.json"]
    with pytest.raises(OSError, match="No such file"):
        list(GEMINI.read(LogFile(chats / "gone.json", appends=False), Checkpoint()))


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (json.dumps({"$set": {"lastUpdated": "x"}}), "silent"),
        (json.dumps({"id": "u", "type": "user", "content": []}), "silent"),
        (json.dumps({"id": "i", "type": "info", "content": "x"}), "silent"),
        (json.dumps({"k0kkkk": {"lastUpdated": "x"}}), "unknown"),
        (json.dumps({"id": "u", "type": "surprise", "tokens": TOKENS}), "unknown"),
        (json.dumps({"id": "u", "type": "user", "tokens": TOKENS}), "unknown"),
        (json.dumps(message(tokens={"input": 1.5, "output": 1})), "bad"),
        (json.dumps(message(tokens={"input": -1, "output": 1})), "bad"),
        (json.dumps(message(tokens={"input": True, "output": 1})), "bad"),
        (json.dumps(message(tokens={"input": "1", "output": 1})), "bad"),
        (json.dumps(message(tokens={"input": 2**53, "output": 1})), "bad"),
        (json.dumps(message(tokens={"total": 5})), "bad"),
        (json.dumps(message(tokens=[1])), "bad"),
        (json.dumps(message(timestamp=None)), "bad"),
        (json.dumps(message(timestamp="yesterday")), "bad"),
        (json.dumps(message(timestamp="1970-01-01T00:00:00Z")), "bad"),
        (json.dumps(message(id=None)), "bad"),
        (json.dumps(message(id=7)), "bad"),
        (json.dumps(message(model={"name": "x"})), "bad"),
        ('{"tokens": {"input": NaN}}', "bad"),
        ('{"id": "\\ud800", "type": "gemini"}', "bad"),
        ("[" * 100_000, "bad"),
        ('{"content": ' + "[" * 100_000 + "]" * 100_000 + "}", "bad"),
        ("[1]", "bad"),
        ("null", "bad"),
        ("{", "bad"),
    ],
)
def test_each_line_has_one_outcome_and_spoils_no_other(tmp_path: Path, line: str, outcome: str) -> None:
    path = write(tmp_path, "p/chats/session-a.jsonl", HEADER)
    path.write_text(path.read_text() + line + "\n\n" + json.dumps(message(9)) + "\n")
    counted = count(tmp_path)
    assert list(counted.events) == [f"{SESSION}:m9"]
    expected = Tally(events=1, silent=1)
    setattr(expected, outcome, getattr(expected, outcome) + 1)
    assert counted.tally == expected


def test_a_bad_message_spoils_no_other_in_a_document(tmp_path: Path) -> None:
    write_document(tmp_path, "p/chats/session-a.json", message(1), message(2, tokens=7), "x", message(3))
    counted = count(tmp_path)
    assert len(counted.events) == 2
    assert counted.tally == Tally(events=2, bad=2)


@pytest.mark.parametrize(
    ("content", "tally"), [(b"", Tally(bad=1)), (b'{"sess', Tally(bad=1)), (b"{}", Tally(unknown=1))]
)
def test_a_document_that_is_none(tmp_path: Path, content: bytes, tally: Tally) -> None:
    write(tmp_path, "p/chats/session-a.json").write_bytes(content)
    assert count(tmp_path).tally == tally


def test_a_document_too_large_for_memory_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "p/chats/session-a.json")
    os.truncate(path, 129 * 1024 * 1024)
    with pytest.raises(OSError, match="larger than 128 MiB"):
        list(GEMINI.read(LogFile(path, appends=False), Checkpoint()))


def test_many_messages_come_in_batches(tmp_path: Path) -> None:
    messages = [message(1, id=f"m{number}") for number in range(4500)]
    path = write_document(tmp_path, "p/chats/session-a.json", *messages)
    batches = list(GEMINI.read(LogFile(path, appends=False), Checkpoint()))
    assert [len(batch.events) for batch in batches] == [2000, 2000, 500]
    assert [batch.checkpoint.offset for batch in batches] == [0, 0, path.stat().st_size]
    assert batches[-1].tally.events == 4500


def test_growing_by_any_piece_gives_the_same_events(tmp_path: Path) -> None:
    lines = [
        HEADER,
        message(1, tokens=None),
        message(1),
        {"$rewindTo": "m1"},
        message(2),
        {"$set": {"messages": [message(3)]}},
    ]
    whole = write(tmp_path, "p/chats/session-a.jsonl", *lines).read_bytes()
    expected = count(tmp_path).events
    for size in range(0, len(whole), 7):
        grown = tmp_path / "session-a.jsonl"
        grown.write_bytes(whole[:size])
        counted = Counted().read(LogFile(grown))
        grown.write_bytes(whole)
        counted.read(LogFile(grown), counted.end)
        assert counted.events == expected
        assert counted.tally == Tally(events=3, silent=3)


def test_an_unfinished_line_counts_if_it_is_whole_and_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "p/chats/session-a.jsonl", HEADER)
    before = path.stat().st_size
    path.write_text(path.read_text() + json.dumps(message()))
    counted = count(tmp_path)
    assert counted.end.offset == before
    assert counted.tally == Tally(silent=1)
    assert len(counted.events) == 1


@given(content=st.lists(st.binary(max_size=60)) | st.lists(st.text(alphabet='{}[]":,$setidokn01\\', max_size=60)))
def test_nothing_crashes_the_reader(tmp_path_factory: pytest.TempPathFactory, content: list[Any]) -> None:
    path = tmp_path_factory.mktemp("garbage") / "session-a"
    path.write_bytes(b"\n".join(part if isinstance(part, bytes) else part.encode() for part in content))
    for appends in (True, False):
        assert Counted().read(LogFile(path, appends=appends)).events == {}
