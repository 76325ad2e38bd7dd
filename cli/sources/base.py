"""What a source is asked and what it answers.

A source knows where one agent leaves its logs and how that agent's counters become usage events.
It never writes, keeps no state of its own, and knows nothing of the ledger: the scan hands it a file
and where the last reading stopped, and gets back batches that can be committed one by one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

MAX_LINE_BYTES = 32 * 1024 * 1024
"""A longer line is skipped and counted as bad. The longest real line seen is 438 KB; pasted images reach some MB."""


class UsageEvent(msgspec.Struct, frozen=True, gc=False):
    """One billed API response; a msgspec struct, since there are very many and a dataclass takes far longer.

    Tokens follow OpenTelemetry's containment: cache is inside input, reasoning is inside output. Hence
    `cache_read_tokens + cache_creation_tokens <= input_tokens`, `reasoning_tokens <= output_tokens`, none negative.
    """

    key: str
    """Unique within the source and the same wherever a copy of the response is found."""
    session: str
    time_ms: int
    """Milliseconds since the Unix epoch, UTC, from the log's own row (never a file's time)."""
    provider: str
    """Who served the model, in the words of genai-prices where it knows them: anthropic, openai, google, …"""
    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    reasoning_tokens: int = 0
    rank: int = 0
    """Of the events of one key the highest rank counts; among equals the earliest time, then the largest total:
    so the order in which files are read never matters."""
    twin: str = ""
    """Events of different keys but the same non-empty twin are copies of one response and count once."""


@dataclass(slots=True)
class Tally:
    """What became of the rows of a file: each row lands in exactly one of these."""

    events: int = 0
    silent: int = 0
    """Known to carry no usage."""
    unknown: int = 0
    """A kind of row never seen before: counted and shown, since it may hide usage."""
    bad: int = 0
    """Truncated, not UTF-8, not JSON, longer than MAX_LINE_BYTES, or numbers that cannot be right."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a reading of one file stopped: all bytes before `offset` are in the batches so far.

    `state` is the source's own memory between readings (JSON, a few hundred bytes), empty at the start.
    """

    offset: int = 0
    state: bytes = b""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some events of one file, and where to go on once they are committed. At most some thousand events."""

    events: list[UsageEvent]
    checkpoint: Checkpoint
    tally: Tally


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file that may hold usage."""

    path: Path
    companions: tuple[Path, ...] = ()
    """Files that hold part of its content, as a write-ahead log does: a change there is a change here."""
    appends: bool = True
    """Grows at its end, so a checkpoint can be resumed; otherwise every change means reading it whole."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A place that could not be read, for `doctor`: nothing is counted from it, nothing crashes."""

    path: Path
    reason: str


@dataclass(slots=True)
class Found:
    """What a look at a source's roots brought, in a fixed order, whatever the file system's."""

    files: list[LogFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class Source(Protocol):
    """One agent that leaves logs. Each module in `cli.sources` offers one, listed in `SOURCES`."""

    name: str
    """The word in reports and submissions: `claude`, `codex`, …"""
    title: str
    """The agent's own name: `Claude Code`, …"""
    parser: int
    """Raised whenever the same log would give other events: that source is then read again."""
    caveats: tuple[str, ...]
    """What its logs do not tell, or will lose, in sentences for `doctor`."""

    def roots(self, environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
        """Return the folders where this agent's logs would be, whether they exist or not."""
        ...

    def find(self, root: Path) -> Found:
        """Return all log files below a root, sorted by path; unreadable folders become problems."""
        ...

    def read(self, file: LogFile, resume: Checkpoint) -> Iterator[Batch]:
        """Read one file from a checkpoint to its end.

        A last line without a line break is counted if it is whole and read again the next time, so the last
        checkpoint lies before it (its key makes the second reading harmless); if it is not whole it is ignored.

        Content is hostile: bad rows are counted in the tally. Raises OSError or sqlite3.Error only when the
        file as a whole cannot be read. The last batch's checkpoint is the end of what was read. Memory stays
        bounded whatever the file's size. The same file gives the same events in any reading.
        """
        ...
