"""Reading log files, in this process or as a process that does nothing else."""

import gc
import hashlib
import os
import signal
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from cli.sources.base import Checkpoint, LogFile, Source, Tally
from cli.spool import event_lines

LENGTH_BYTES = 4
"""In front of each part that `serve` writes: its length, big-endian."""

_EDGE_BYTES = 4096


class Task(msgspec.Struct, frozen=True):
    """One file to read: from a checkpoint to its end, as a numbered reading."""

    number: int
    source: str
    file: LogFile
    resume: Checkpoint
    reading: int
    weight: int
    """Bytes to read, about."""


class Part(msgspec.Struct):
    """What was read of a task's file: a batch, or the news that nothing follows."""

    task: int
    checkpoint: Checkpoint = Checkpoint()
    fingerprint: str = ""
    tally: Tally = msgspec.field(default_factory=Tally)
    lines: bytes = b""
    last: bool = False
    """Nothing follows; the other fields say nothing but for `problem`."""
    problem: str = ""
    """Why the file could not be read (to its end), or empty."""


def fingerprint(path: Path, offset: int) -> str:
    """Hash the first and the last 4 KiB of a file's first `offset` bytes.

    The same hash later means that the file has only grown, since whoever rewrites a log changes its head or, with
    the bytes moving, what stands before the offset. Raises OSError when the file cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb", buffering=0) as file:
        digest.update(file.read(min(_EDGE_BYTES, offset)))
        start = max(0, offset - _EDGE_BYTES)
        file.seek(start)
        digest.update(file.read(offset - start))
    return digest.hexdigest()


def read(tasks: Iterable[Task], sources: Mapping[str, Source]) -> Iterator[Part]:
    """Read the files one after the other; each ends with a last part, whatever happens."""
    for task in tasks:
        yield from _read_file(task, sources[task.source])


def _read_file(task: Task, source: Source) -> Iterator[Part]:
    problem = ""
    try:
        for batch in source.read(task.file, task.resume):
            lines, impossible = event_lines(task.reading, batch.events)
            tally = Tally(
                events=max(0, batch.tally.events - impossible),
                silent=batch.tally.silent,
                unknown=batch.tally.unknown,
                bad=batch.tally.bad + impossible,
            )
            mark = fingerprint(task.file.path, batch.checkpoint.offset) if task.file.appends else ""
            yield Part(task.number, batch.checkpoint, mark, tally, lines)
    except OSError as error:
        problem = error.strerror or str(error)
    except sqlite3.Error as error:
        problem = str(error)
    except Exception as error:  # one file that a parser fails at must not hide all others
        problem = f"the {source.name} parser failed ({type(error).__name__}); please report it"
    yield Part(task.number, last=True, problem=problem)


def serve() -> None:
    """Be a reading process: take tasks from stdin, write parts to stdout, end when nobody reads them."""
    from cli.sources import SOURCES

    gc.set_threshold(100_000)  # events are many, and none is part of a cycle
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print must not end up among the parts
    tasks = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Task], dec_hook=_decode_path)
    encoder = msgspec.msgpack.Encoder()
    try:
        for part in read(tasks, {source.name: source for source in SOURCES}):
            data = encoder.encode(part)
            pipe.write(len(data).to_bytes(LENGTH_BYTES) + data)
            pipe.flush()
    except BrokenPipeError:
        os._exit(1)  # without flushing what nobody wants


def _decode_path(kind: type, value: Any) -> Path:  # noqa: ARG001
    return Path(os.fsdecode(value))
