"""Gemini CLI: one message a response, in the chat recordings below `.gemini/tmp/<project>/chats`.

Containment, from the vendor's API: the prompt's count holds what was read from the cache and the answer's does not
hold the thoughts; tokens of tool use come on top of the prompt. The vendor's own total tells when it was otherwise.

A recording is one JSON document (`session-*.json`, until early 2026) or a log (`session-*.jsonl`): a header line,
message lines, patches (`$set`, which may carry all messages again) and rewinds (`$rewindTo`). A message is written
anew whenever something about it changes, its tokens often only the second time. What a rewind takes out of the
conversation was billed all the same, so it stays counted. Sub-agents record into a folder named by the session.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from cli.sources.base import Batch, Checkpoint, Found, LogFile, Tally, UsageEvent
from cli.sources.documents import document
from cli.sources.folders import files_below
from cli.sources.lines import Block, blocks
from cli.sources.values import Count, milliseconds

LONGEST_DOCUMENT = 128 * 1024 * 1024
"""A longer JSON document is reported, not read: it has to be in memory as a whole."""

_SILENT_TYPES = frozenset({"user", "info", "error", "warning"})
_EVENTS_A_BATCH = 2000


class _Tokens(msgspec.Struct):
    """The counters of one response, as the recording names them."""

    input: Count | None = None
    output: Count | None = None
    cached: Count | None = None
    thoughts: Count | None = None
    tool: Count | None = None
    total: Count | None = None


class _Patch(msgspec.Struct):
    """What a `$set` line changes: anything, but only messages bear on counting."""

    messages: list[msgspec.Raw] | None = None


class _Record(msgspec.Struct):
    """A message, a header, a patch, a rewind, or a whole document: the fields that bear on counting."""

    id: str | None = None
    type: str = ""
    timestamp: datetime | None = None
    model: str | None = None
    tokens: _Tokens | None = None
    session: str | None = msgspec.field(name="sessionId", default=None)
    messages: list[msgspec.Raw] | None = None
    patch: _Patch | None = msgspec.field(name="$set", default=None)
    rewind: str | None = msgspec.field(name="$rewindTo", default=None)


_record = msgspec.json.Decoder(_Record)


@dataclass(slots=True)
class _Reading:
    """What was found so far in one file."""

    session: str
    """From the header, or empty until it came."""
    fallback: str
    """What stands in for the session in a recording without a header: the same for a document and its log copy."""
    events: list[UsageEvent] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def batches(self, before: Checkpoint, after: Checkpoint) -> Iterator[Batch]:
        """Hand over what was found between two checkpoints, some thousand events at a time, and forget it."""
        while len(self.events) > _EVENTS_A_BATCH:
            yield Batch(self.events[:_EVENTS_A_BATCH], before, Tally())
            del self.events[:_EVENTS_A_BATCH]
        yield Batch(self.events, after, self.tally)
        self.events, self.tally = [], Tally()


class Gemini:
    """Where Gemini CLI's recordings are and how their messages become events."""

    name = "gemini"
    title = "Gemini CLI"
    parser = 1
    caveats: tuple[str, ...] = (
        "Gemini CLI does not record its routing, next-speaker and summary calls: about a quarter of what Google bills.",
    )

    def roots(self, environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
        """Return `.gemini` inside `GEMINI_CLI_HOME` or else the home folder.

        `GEMINI_CLI_HOME` may also name that folder itself: one with `tmp` and no `.gemini` in it.
        """
        named = environment.get("GEMINI_CLI_HOME")
        base = Path(named) if named else home
        folder = base / ".gemini"
        if named and _is_folder(base / "tmp") and not _is_folder(folder):
            return (base,)
        return (folder,)

    def find(self, root: Path) -> Found:
        """Return the recordings of all projects and of their sub-agents."""
        projects = root / "tmp"

        def is_recording(path: Path) -> bool:
            below = path.relative_to(projects).parts
            nested = len(below) > 3
            named = nested or path.name.startswith("session-")
            return len(below) > 2 and below[1] == "chats" and named and path.suffix in {".json", ".jsonl"}

        found = files_below(projects, is_recording)
        found.files = [dataclasses.replace(file, appends=file.path.suffix == ".jsonl") for file in found.files]
        return found

    def read(self, file: LogFile, resume: Checkpoint) -> Iterator[Batch]:
        """Read a recording; see `Source.read`.

        A message's key is its session and its own id, so that up to three copies (in the folder named by a hash,
        in the one named by a slug, as a log) count once. Of its writes the last one counts: `rank` is the offset
        of its line, 0 in a document, of which a log is always the later copy.
        """
        if file.appends:
            yield from _read_log(file.path, resume)
        else:
            yield from _read_document(file.path)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # above it is a folder that may not be entered
        return False


def _read_document(path: Path) -> Iterator[Batch]:
    """Read a JSON document as a whole."""
    data = document(path, LONGEST_DOCUMENT)
    reading = _Reading("", path.stem)
    _take(data, 0, reading)
    yield from reading.batches(Checkpoint(), Checkpoint(len(data)))


def _read_log(path: Path, resume: Checkpoint) -> Iterator[Batch]:
    """Read the lines of a log from a checkpoint, whose state is the session's id."""
    reading = _Reading(resume.state.decode(), path.stem)
    before = after = resume
    for block in blocks(path, resume.offset):
        _take_lines(block, reading)
        after = Checkpoint(block.end, reading.session.encode())
        if len(reading.events) >= _EVENTS_A_BATCH:
            yield from reading.batches(before, after)
            before = after
    yield from reading.batches(before, after)


def _take_lines(block: Block, reading: _Reading) -> None:
    """Take the lines of a block. An unfinished last line is not tallied: it will be read again."""
    tally = dataclasses.replace(reading.tally)
    offset = block.end - len(block.data) if block.whole else block.end
    for line in block.lines():
        if line.strip():
            _take(line, offset, reading)
        offset += len(line) + 1
    reading.tally.bad += block.too_long
    if not block.whole:
        reading.tally = tally


def _take(data: bytes, offset: int, reading: _Reading) -> None:
    """Take a line or a document: itself, or else the messages it carries."""
    record = _decoded(data, reading.tally)
    if record is None:
        return
    if record.session and not record.type:
        reading.session = reading.session or record.session
    carried = record.messages if record.patch is None else record.patch.messages
    if carried is None:
        _count(record, offset, reading)
        return
    for item in carried:
        message = _decoded(item, reading.tally)
        if message is not None:
            _count(message, offset, reading)


def _decoded(data: bytes | msgspec.Raw, tally: Tally) -> _Record | None:
    """Return a record, or None for a bad one."""
    try:
        return _record.decode(data)
    except (ValueError, RecursionError):
        tally.bad += 1
        return None


def _count(record: _Record, offset: int, reading: _Reading) -> None:
    """Add a record's event, or count the record as what else it is."""
    tally = reading.tally
    try:
        event = _event(record, offset, reading.session or reading.fallback)
    except ValueError:
        tally.bad += 1
        return
    if event is not None:
        reading.events.append(event)
        tally.events += 1
    elif _is_silent(record):
        tally.silent += 1
    else:
        tally.unknown += 1


def _is_silent(record: _Record) -> bool:
    """Tell a kind of record known to carry no usage from one never seen."""
    if record.type:
        return record.type == "gemini" or (record.type in _SILENT_TYPES and record.tokens is None)
    return any(value is not None for value in (record.session, record.patch, record.rewind))


def _event(record: _Record, offset: int, session: str) -> UsageEvent | None:
    """Return the event of a message, or None if it tells of no tokens (yet).

    A message without a model yields to any write of it that has one. Raises ValueError for what cannot be right.
    """
    if record.type != "gemini" or record.tokens is None:
        return None
    prompt, output, cached, thoughts = _whole(record.tokens)
    if prompt + output == 0 and not record.tokens.total:
        return None
    if not record.id or record.timestamp is None or prompt + output == 0:
        raise ValueError("tokens without an id or a time, or nothing but a total")
    return UsageEvent(
        key=f"{session}:{record.id}",
        session=session,
        time_ms=milliseconds(record.timestamp),
        provider="google",
        model=record.model or "unknown",
        input_tokens=prompt,
        output_tokens=output,
        cache_read_tokens=cached,
        reasoning_tokens=thoughts,
        rank=offset if record.model else -1,
    )


def _whole(tokens: _Tokens) -> tuple[int, int, int, int]:
    """Return prompt and answer as wholes, and their parts: what was cached, and the thoughts.

    What was cached is inside the prompt unless the vendor's total is reached only by adding it or, where the
    total agrees with neither, the prompt is too small to hold it.
    """
    cached, thoughts = tokens.cached or 0, tokens.thoughts or 0
    prompt = (tokens.input or 0) + (tokens.tool or 0)
    output = (tokens.output or 0) + thoughts
    inside = tokens.total == prompt + output
    if not inside and (tokens.total == prompt + output + cached or cached > prompt):
        prompt += cached
    return prompt, output, min(cached, prompt), thoughts


GEMINI = Gemini()
