"""How the rows of a Codex rollout become usage events.

Counters are cumulative, and as the vendor's own total says (total = input + output) cached and cache-write tokens
are inside input, reasoning is inside output. An event is the distance between two positions of the counter.

A session that was forked or spawned begins with a copy of its parent's rows, written in one go. Copies carry the
fork's time or their own older ones, so a row of the prefix is one that is older than the session or follows the
copy before it by about a second at most (real bursts take milliseconds, the first own response some seconds). The
prefix only tells where the counter stands.
"""

import re
from datetime import datetime
from typing import Literal, Self

import msgspec

from cli.sources.base import Tally, UsageEvent
from cli.sources.values import Count, Name, milliseconds

_COUNTED_KINDS = frozenset({"session_meta", "turn_context", "event_msg"})
_EARLY_KINDS = frozenset({"", "message", "reasoning", "function_call", "function_call_output", "local_shell_call"})
"""Rows of 2025 before they had an envelope, and before usage was logged at all."""
_SILENT_KINDS = (
    "response_item",
    "compacted",
    "ghost_snapshot",
    "inter_agent_communication",
    "inter_agent_communication_metadata",
    "world_state",
)
_KINDS = _COUNTED_KINDS | _EARLY_KINDS | set(_SILENT_KINDS)

_CONVERSATION = re.compile(
    rb'\{"timestamp":".{20,40}","type":"(?:'
    rb'(?:%b)"|event_msg","payload":\{"type":"(?!token_count"|task_started")[a-z_]+")'
    % "|".join(_SILENT_KINDS).encode()
)
"""How a row begins that tells nothing, most of a rollout's bytes. With its keys in another order it is parsed."""

_PAUSE_MS = 1500
"""The longest pause inside a copied prefix."""

_NO_MODEL = "unknown"
_MOST_WAITING = 5000
"""With more events waiting for a model than this, they go without."""


class _Counter(msgspec.Struct, frozen=True, gc=False):
    """A position of the cumulative counter, or the distance between two."""

    input_tokens: Count = 0
    cached_input_tokens: Count = 0
    cache_write_input_tokens: Count = 0
    output_tokens: Count = 0
    reasoning_output_tokens: Count = 0

    def since(self, before: "_Counter") -> "_Counter | None":
        """Return the distance from an earlier position, or None if any part fell."""
        distance = (
            self.input_tokens - before.input_tokens,
            self.cached_input_tokens - before.cached_input_tokens,
            self.cache_write_input_tokens - before.cache_write_input_tokens,
            self.output_tokens - before.output_tokens,
            self.reasoning_output_tokens - before.reasoning_output_tokens,
        )
        return None if min(distance) < 0 else _Counter(*distance)


_ZERO = _Counter()


class Memory(msgspec.Struct):
    """What has to be known of a rollout's earlier rows to read on."""

    session: str
    provider: str = "openai"
    model: str = ""
    counter: _Counter | None = _ZERO
    """None in a session with a parent until a row tells where its counter started."""
    named: bool = False
    """The file's own session_meta was read; later ones repeat it or are copies of ancestors'."""
    copying: bool = False
    """Still inside the copied prefix."""
    started_ms: int = 0
    copied_ms: int = 0
    """Time of the last row of the prefix."""
    fell: bool = False
    """The counter fell when it last moved."""

    def moved(self, total: _Counter | None, last: _Counter | None) -> _Counter:
        """Move the counter to where a row says it is, and return what that row adds.

        Nothing where the counter stands still, nor where `last` is all zeros: after a compaction that row carries
        an estimate of the context. Where the counter fell or began anew, or started nobody knows where, only
        `last` tells; and also in the row after a fall, which goes on from before it if what fell was stale.
        """
        if total is None:
            return last or _ZERO
        if total == self.counter:
            return _ZERO
        distance = None if self.counter is None else total.since(self.counter)
        uncertain = distance is None or total == last or self.fell
        self.fell = distance is None and self.counter is not None
        self.counter = total
        if last == _ZERO:
            return _ZERO
        return (last if uncertain else distance) or distance or _ZERO

    @classmethod
    def restored(cls, state: bytes) -> Self:
        """Return what `stored` wrote."""
        return msgspec.json.decode(state, type=cls)

    def stored(self) -> bytes:
        """Return all of it as JSON, for a checkpoint."""
        return msgspec.json.encode(self)


class _Row(msgspec.Struct):
    """A line of a rollout."""

    timestamp: datetime
    payload: msgspec.Raw
    type: str = ""


class _Kind(msgspec.Struct):
    """A line, or a message in it, of which nothing but its type can be relied on."""

    type: str = ""


class _Meta(msgspec.Struct):
    """Payload of session_meta; its `session_id`, where there is one, is shared by a whole tree of agents."""

    id: Name | None = None
    timestamp: datetime | None = None
    model_provider: Name | None = None
    forked_from_id: str | None = None
    parent_thread_id: str | None = None
    source: msgspec.Raw = msgspec.Raw(b"null")


class _Spawn(msgspec.Struct):
    """How a sub-agent names its parent."""

    parent_thread_id: str


class _SubAgent(msgspec.Struct):
    """What kind of sub-agent it is: a spawned one."""

    thread_spawn: _Spawn


class _SpawnedSource(msgspec.Struct):
    """The source of a spawned session; others are a word or have another shape."""

    subagent: _SubAgent


class _TurnContext(msgspec.Struct):
    """Payload of turn_context."""

    model: Name | None = None


class _Info(msgspec.Struct):
    """Where the counter stands, and what the last response added."""

    total_token_usage: _Counter | None = None
    last_token_usage: _Counter | None = None
    model: Name | None = None


class _TokenCount(msgspec.Struct):
    """Payload of event_msg with the type token_count."""

    type: Literal["token_count"]
    info: _Info | None = None
    model: Name | None = None


class _CountRow(msgspec.Struct):
    """A line with a counter, and no other line, decoded in one go: these are what a reading is about."""

    timestamp: datetime
    type: Literal["event_msg"]
    payload: _TokenCount


class _TaskStarted(msgspec.Struct):
    """Payload of event_msg with the type task_started; copies keep the second in which the parent's task began."""

    started_at: int | float | str | None = None


_row = msgspec.json.Decoder(_Row)
_kind = msgspec.json.Decoder(_Kind)
_meta = msgspec.json.Decoder(_Meta)
_spawned_source = msgspec.json.Decoder(_SpawnedSource)
_turn_context = msgspec.json.Decoder(_TurnContext)
_count_row = msgspec.json.Decoder(_CountRow)
_task_started = msgspec.json.Decoder(_TaskStarted)


class Rollout:
    """A rollout while it is read, row by row, from its start or from what is remembered of it."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.waiting: list[UsageEvent] = []
        """Events before any model, which the first model will release."""

    def read_lines(self, data: bytes, tally: Tally) -> list[UsageEvent]:
        """Return the events of some lines; the conversation is passed over unparsed."""
        view = memoryview(data)  # a line may be as long as a block can be: no copy of it
        events: list[UsageEvent] = []
        size, start = len(data), 0
        while start < size:
            stop = data.find(b"\n", start)
            stop = size if stop < 0 else stop
            if _CONVERSATION.match(data, start):
                tally.silent += 1
            else:
                self._read_line(view[start:stop], events, tally)
            start = stop + 1
        return events

    def _read_line(self, line: memoryview, events: list[UsageEvent], tally: Tally) -> None:
        """Add the events a line gives or releases, and count what became of it."""
        event = None
        try:
            row = _decoded(line)
            if isinstance(row, _CountRow):
                event = self._read_counter(row)
            else:
                self._read_row(row)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            _count_unread(line, tally)
            return
        if event is None:
            tally.silent += row.type in _KINDS
            tally.unknown += row.type not in _KINDS
        else:
            tally.events += 1
            if not event.model:
                self.waiting.append(msgspec.structs.replace(event, model=_NO_MODEL, rank=0))
        if self.waiting:
            events += self._released()
        if event is not None and event.model:
            events.append(event)

    def _released(self) -> list[UsageEvent]:
        """Return the waiting events if there is a model for them now, or if too many wait."""
        if self.memory.model:
            released = [msgspec.structs.replace(event, model=self.memory.model, rank=1) for event in self.waiting]
        elif len(self.waiting) > _MOST_WAITING:
            released = self.waiting
        else:
            return []
        self.waiting = []
        return released

    def _read_row(self, row: _Row) -> None:
        """Remember what a row without a counter tells about later rows."""
        if row.type == "session_meta":
            self._read_meta(row)
        elif row.type == "turn_context":
            self.memory.model = _turn_context.decode(row.payload).model or self.memory.model
        elif row.type == "event_msg":
            message = _kind.decode(row.payload).type
            if message == "token_count":
                raise ValueError("a counter that cannot be right")
            if message == "task_started" and self.memory.copying:
                self._read_task(row)

    def _read_meta(self, row: _Row) -> None:
        """Remember whose session this is: the first session_meta tells, others are repeated or copied."""
        memory = self.memory
        is_first, memory.named = not memory.named, True
        meta = _meta.decode(row.payload)
        time_ms = milliseconds(row.timestamp)
        if is_first:
            memory.session = meta.id or memory.session
            memory.provider = meta.model_provider or memory.provider
            if meta.forked_from_id or meta.parent_thread_id or _is_spawned(meta):
                memory.counter = None
                memory.copying = True
                memory.copied_ms = time_ms
                memory.started_ms = min(time_ms, milliseconds(meta.timestamp or row.timestamp))
        elif memory.copying and meta.id != memory.session:
            memory.copied_ms = max(memory.copied_ms, time_ms)

    def _read_task(self, row: _Row) -> None:
        """End the copied prefix at the first task that began in this session."""
        began = _task_started.decode(row.payload).started_at
        if isinstance(began, int) and began >= self.memory.started_ms // 1000:
            self.memory.copying = False

    def _read_counter(self, row: _CountRow) -> UsageEvent | None:
        """Return what was used since the counter's last position, unless the row is a copy."""
        payload = row.payload
        info = payload.info
        if info is None:
            return None
        total, last = info.total_token_usage, info.last_token_usage
        memory = self.memory
        time_ms = milliseconds(row.timestamp)
        if memory.copying:
            if time_ms < memory.started_ms or time_ms - memory.copied_ms <= _PAUSE_MS:
                memory.copied_ms = max(memory.copied_ms, time_ms)
                memory.counter = total or memory.counter
                return None
            memory.copying = False
        usage = memory.moved(total, last)
        if usage == _ZERO:
            return None
        model = payload.model or info.model or memory.model
        memory.model = memory.model or model
        return _event(memory, time_ms, model, usage, _position(total) if total else f"{time_ms}@{_position(usage)}")


def _decoded(line: memoryview) -> _CountRow | _Row:
    """Return a line as what it is. Raises ValueError, RecursionError or msgspec's errors for what is no row."""
    try:
        return _count_row.decode(line)
    except (msgspec.MsgspecError, ValueError):
        return _row.decode(line)


def _is_spawned(meta: _Meta) -> bool:
    """Tell whether a sub-agent's session names its parent in its source."""
    try:
        return bool(_spawned_source.decode(meta.source).subagent.thread_spawn.parent_thread_id)
    except msgspec.MsgspecError:
        return False


def _position(counter: _Counter) -> str:
    """Return the part of a key that says where the counter stood."""
    return (
        f"{counter.input_tokens}:{counter.cached_input_tokens}"
        f":{counter.output_tokens}:{counter.reasoning_output_tokens}"
    )


def _event(memory: Memory, time_ms: int, model: str, usage: _Counter, position: str) -> UsageEvent:
    """Return an event; parts that exceed their whole, which no real counter's do, are cut to it.

    Raises ValueError for names with control characters.
    """
    if not (memory.session + memory.provider + model).isprintable():
        raise ValueError("control characters in a name")
    cache_read = min(usage.cached_input_tokens, usage.input_tokens)
    return UsageEvent(
        key=f"{memory.session}:{position}",
        session=memory.session,
        time_ms=time_ms,
        provider=memory.provider,
        model=model,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=cache_read,
        cache_creation_tokens=min(usage.cache_write_input_tokens, usage.input_tokens - cache_read),
        reasoning_tokens=min(usage.reasoning_output_tokens, usage.output_tokens),
        rank=1,
    )


def _count_unread(line: memoryview, tally: Tally) -> None:
    """Count a line whose fields are not what they should be: that is bad only where usage would be."""
    try:
        kind = _kind.decode(line).type
    except (msgspec.MsgspecError, ValueError, RecursionError):
        tally.bad += not bytes(line).isspace() and len(line) > 0
        return
    tally.bad += kind in _COUNTED_KINDS
    tally.silent += kind in _KINDS - _COUNTED_KINDS
    tally.unknown += kind not in _KINDS
