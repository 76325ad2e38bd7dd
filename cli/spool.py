"""The lines that carry events and file states into the ledger: one JSON value a line, loaded by `sql/stage.sql`.

Written by the processes that read logs and read by DuckDB, an event never becomes a Python object in between;
that is what makes a first scan fast.
"""

from collections.abc import Iterable

import msgspec

from cli.sources.base import UsageEvent
from cli.sources.values import LARGEST_COUNT

LONGEST_TEXT = 200
"""Characters of a key, session, provider or model. Real ones have up to 80; longer ones name nothing."""

_LAST_MILLISECOND = 253_402_300_799_999  # of the year 9999, where dates end

_encoder = msgspec.json.Encoder()


class FileState(msgspec.Struct, frozen=True):
    """How far one file was read, and what became of its rows; columns as in `sql/migrations`."""

    source: str
    path: str
    reading: int
    parser: int
    stamp: str = ""
    fingerprint: str = ""
    offset: int = 0
    state: bytes = b""
    events: int = 0
    silent: int = 0
    unknown: int = 0
    bad: int = 0
    replaces: int | None = None
    """The reading of this file by another parser version, whose events go when this state is committed: """
    replaces_all: bool = False
    """all of them when the file still holds what was read then, else those of the sessions that were found again
    (the others may be in no log any more)."""


class _FileLine(msgspec.Struct):
    number: int
    file: FileState


class _EventLine(msgspec.Struct):
    reading: int
    event: UsageEvent


def file_line(number: int, file: FileState) -> bytes:
    """Return a file's state as a line. Of several lines of one file the highest number counts."""
    return _encoder.encode_lines([_FileLine(number, file)])


def event_lines(reading: int, events: Iterable[UsageEvent]) -> tuple[bytes, int]:
    """Return events as lines, and how many were left out because they are impossible.

    Sources check what they read; this is the ledger's own border, behind which no number overflows and no text
    is of any length.
    """
    possible = []
    impossible = 0
    for event in events:
        if _possible(event):
            possible.append(_EventLine(reading, event))
        else:
            impossible += 1
    return _encoder.encode_lines(possible), impossible


def _possible(event: UsageEvent) -> bool:
    cache = event.cache_read_tokens + event.cache_creation_tokens
    return (
        0 <= event.time_ms <= _LAST_MILLISECOND
        and 0 <= cache <= event.input_tokens <= LARGEST_COUNT
        and 0 <= event.reasoning_tokens <= event.output_tokens <= LARGEST_COUNT
        and event.cache_read_tokens >= 0
        and event.cache_creation_tokens >= 0
        and -LARGEST_COUNT <= event.rank <= LARGEST_COUNT
        and _are_names(event.key, event.session, event.provider, event.model, event.twin)
    )


def _are_names(*texts: str) -> bool:
    """Tell whether texts can be identifiers: short, no control codes (they would reach the terminal), encodable."""
    return max(map(len, texts)) <= LONGEST_TEXT and "".join(texts).isprintable()
