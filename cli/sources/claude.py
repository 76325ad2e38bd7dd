"""Claude Code: one row a content block of a response, in `projects/**/*.jsonl` of its configuration folders.

Containment, from the vendor's API: `input_tokens` excludes both cache counters, so the prompt is the sum of the
three; `output_tokens` includes thinking, whose part is not reported.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from cli.sources.base import Batch, Checkpoint, Found, LogFile, Tally, UsageEvent
from cli.sources.folders import files_below, is_folder
from cli.sources.lines import blocks
from cli.sources.values import LARGEST_COUNT, Count, Name, milliseconds

_MARKER = b'"usage"'
"""A row that counts has this key. In conversation text its quotes are escaped, so the text is never mistaken."""

_COUNTED_KINDS = frozenset({"assistant", "progress"})
_KINDS = _COUNTED_KINDS | {"user", "system", "summary", "attachment", "queue-operation"}
"""Kinds of rows known to have the marker. Those not counted quote it: a tool's result repeats its sub-agent's usage."""

_ADVISER = b'"advisor_message"'

_NO_MODEL = "<synthetic>"
"""Written by the agent itself, for an error message say: no model was asked."""

_EVENTS_A_BATCH = 2000


class _Usage(msgspec.Struct):
    """The token counters of one response."""

    input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    output_tokens: Count | None = None
    iterations: msgspec.Raw = msgspec.Raw(b"[]")


class _Iteration(_Usage):
    """One of the model calls behind a response; an adviser's is billed on its own and not in the response's sum."""

    type: str = ""
    model: Name | None = None


class _Message(msgspec.Struct):
    """A response as the API gave it."""

    id: Name | None = None
    model: Name | None = None
    usage: _Usage | None = None


class _Nested(msgspec.Struct):
    """A sub-agent's row inside a progress row."""

    message: _Message | None = None


class _Progress(msgspec.Struct):
    """What a progress row tells."""

    type: str = ""
    message: _Nested | None = None


class _Row(msgspec.Struct):
    """A line of the log: the fields that bear on counting."""

    type: str = ""
    timestamp: datetime | None = None
    sessionId: Name | None = None  # noqa: N815
    requestId: Name | None = None  # noqa: N815
    uuid: Name | None = None
    message: _Message | None = None
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Kind(msgspec.Struct):
    """A line of the log of which nothing but its type can be relied on."""

    type: str = ""


_row = msgspec.json.Decoder(_Row)
_progress = msgspec.json.Decoder(_Progress)
_iterations = msgspec.json.Decoder(list[_Iteration])
_kind = msgspec.json.Decoder(_Kind)


class Claude:
    """Where Claude Code's logs are and how its rows become events."""

    name = "claude"
    title = "Claude Code"
    parser = 1
    caveats: tuple[str, ...] = (
        "Claude Code deletes logs after 30 days (`cleanupPeriodDays` in its settings): scan at least monthly.",
        "Versions up to 2.1.91 wrote partial output counts, some of them next to none.",
    )

    def roots(self, environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
        """Return the folders in `CLAUDE_CONFIG_DIR` (separated by commas), or else the two usual ones."""
        named = [part.strip() for part in environment.get("CLAUDE_CONFIG_DIR", "").split(",")]
        folders = [home / part[2:] if part.startswith("~/") else Path(part) for part in named if part]
        if not folders:
            configuration = environment.get("XDG_CONFIG_HOME") or home / ".config"
            folders = [Path(configuration) / "claude", home / ".claude"]
        return tuple(dict.fromkeys(folders))

    def find(self, root: Path) -> Found:
        """Return the logs below a configuration folder, or below its `projects` folder when that is given."""
        projects = root / "projects"
        if root.name == "projects" and not is_folder(projects):
            projects = root
        return files_below(projects, _is_log)

    def read(self, file: LogFile, resume: Checkpoint) -> Iterator[Batch]:
        """Read the rows written since a checkpoint; see `Source.read`.

        A response is written again and again while it streams, with growing output: of the copies in one batch
        only the strongest becomes an event, of those in different batches and files the ledger keeps one.
        Rows without usage are not parsed but only counted: that is what makes reading fast.
        """
        events: dict[str, UsageEvent] = {}
        tally = Tally()
        end = resume.offset
        for block in blocks(file.path, resume.offset):
            _read_lines(block.data, events, tally if block.whole else Tally())
            tally.bad += block.too_long
            end = block.end
            if len(events) >= _EVENTS_A_BATCH:
                yield Batch(list(events.values()), Checkpoint(end), tally)
                events, tally = {}, Tally()
        yield Batch(list(events.values()), Checkpoint(end), tally)


def _is_log(path: Path) -> bool:
    """Tell sessions and sub-agents' sidechains from a sub-agent's journal, which repeats them."""
    return path.suffix == ".jsonl" and not (path.name == "journal.jsonl" and "subagents" in path.parts)


def _read_lines(data: bytes, events: dict[str, UsageEvent], tally: Tally) -> None:
    """Add the events of some lines to those found so far, looking only at lines with the marker.

    The marker is looked for from a line's end, since a response's usage follows its content.
    """
    view = memoryview(data)  # a line may be as long as a block can be: no copy of it
    size, start = len(data), 0
    while start < size:
        stop = data.find(b"\n", start)
        stop = size if stop < 0 else stop
        if data.rfind(_MARKER, start, stop) < 0:
            tally.silent += 1
        else:
            _read_line(view[start:stop], events, tally)
        start = stop + 1


def _read_line(line: memoryview, events: dict[str, UsageEvent], tally: Tally) -> None:
    """Add the events of one line, or count it as what else it is."""
    try:
        row = _row.decode(line)
        found = _events(row)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        _count_unread(line, tally)
        return
    if not found and row.type not in _KINDS:
        tally.unknown += 1
    elif not found:
        tally.silent += 1
    else:
        tally.events += 1
    for event in found:
        known = events.get(event.key)
        if known is None or _strength(event) > _strength(known):
            events[event.key] = event


def _count_unread(line: memoryview, tally: Tally) -> None:
    """Count a line whose fields are not what they should be: that is bad only where usage would be."""
    try:
        kind = _kind.decode(line).type
    except (msgspec.MsgspecError, ValueError, RecursionError):
        kind = "assistant"
    if kind in _COUNTED_KINDS:
        tally.bad += 1
    elif kind in _KINDS:
        tally.silent += 1
    else:
        tally.unknown += 1


def _events(row: _Row) -> list[UsageEvent]:
    """Return the response a row tells of and, as events of their own, the advisers it asked.

    Raises ValueError or msgspec's errors for numbers and times that cannot be right.
    """
    message = _message(row)
    if message is None or message.usage is None or message.model == _NO_MODEL:
        return []
    key = message.id or row.requestId or row.uuid or _digest(row, message)
    events = [_event(row, key, message.model, message.usage)]
    if _ADVISER in bytes(message.usage.iterations):
        calls = _iterations.decode(message.usage.iterations)
        advisers = [call for call in calls if call.type == "advisor_message"]
        events += [_event(row, f"{key}:advisor:{number}", call.model, call) for number, call in enumerate(advisers)]
    return events


def _message(row: _Row) -> _Message | None:
    """Return the response in a row: in a progress row it sits two levels down."""
    if row.type == "assistant":
        return row.message
    if row.type == "progress":
        progress = _progress.decode(row.data)
        if progress.type == "agent_progress" and progress.message is not None:
            return progress.message.message
    return None


def _event(row: _Row, key: str, model: str | None, usage: _Usage) -> UsageEvent:
    """Return the event of one call; the row gives its time and session. Raises ValueError for what cannot be."""
    session = row.sessionId or ""
    model = model or "unknown"
    cache_read = usage.cache_read_input_tokens or 0
    cache_creation = usage.cache_creation_input_tokens or 0
    input_tokens = (usage.input_tokens or 0) + cache_read + cache_creation
    output = usage.output_tokens or 0
    if row.timestamp is None or input_tokens > LARGEST_COUNT or not (key + session + model).isprintable():
        raise ValueError("no time, too many tokens, or control characters in a name")
    return UsageEvent(
        key=key,
        session=session,
        time_ms=milliseconds(row.timestamp),
        provider="anthropic",
        model=model,
        input_tokens=input_tokens,
        output_tokens=output,
        cache_read_tokens=cache_read,
        cache_creation_tokens=cache_creation,
        rank=output,
    )


def _digest(row: _Row, message: _Message) -> str:
    """Return a key for a response without any id: the same wherever the same row is copied to."""
    return hashlib.blake2b(repr((row.timestamp, message)).encode(), digest_size=12).hexdigest()


def _strength(event: UsageEvent) -> tuple[int, int, int]:
    """Return what decides between copies of one response, as `UsageEvent.rank` says."""
    return event.rank, -event.time_ms, event.input_tokens + event.output_tokens


CLAUDE = Claude()
