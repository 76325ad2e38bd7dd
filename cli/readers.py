"""Reading log files: here, or in other processes when there is much to read.

Processes are plain children with a pipe each way, not `multiprocessing`: they inherit no lock of the ledger, end by
themselves when this process is killed, and start the same way on every platform.
"""

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import msgspec

import cli
from cli.sources.base import Checkpoint, LogFile, Source, Tally
from cli.spool import event_lines

PROCESSES = 2
PARALLEL_BYTES = 24 * 1024 * 1024
"""Less than this is read here: starting the processes would take longer."""

_EDGE_BYTES = 4096
_LENGTH_BYTES = 4
_START = "import sys; sys.path.append(sys.argv[1]); from cli.readers import serve; serve()"


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


def read(tasks: Sequence[Task], sources: Mapping[str, Source]) -> Iterator[Part]:
    """Read all files of the tasks; each ends with a last part, whatever happens. Order among tasks is not fixed.

    Other processes know the sources of `cli.sources` alone; files of others are read here.
    """
    from cli.sources import SOURCES

    if sum(task.weight for task in tasks) < PARALLEL_BYTES or not set(sources.values()) <= set(SOURCES):
        return read_here(tasks, sources)
    return _read_there(tasks)


def read_here(tasks: Iterable[Task], sources: Mapping[str, Source]) -> Iterator[Part]:
    """Read the files one after the other in this process."""
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


def _read_there(tasks: Sequence[Task]) -> Iterator[Part]:
    """Read the files in other processes, the parts of which arrive in any order."""
    shares = _shares(tasks)
    workers = [_start_worker() for _ in shares]
    arriving: Queue[Part | None] = Queue(maxsize=8)
    unfinished = {task.number for task in tasks}
    try:
        for worker, share in zip(workers, shares, strict=True):
            Thread(target=_employ, args=(worker, share, arriving), daemon=True).start()
        silent = 0
        while silent < len(workers):
            part = arriving.get()
            if part is None:
                silent += 1
                continue
            if part.last:
                unfinished.discard(part.task)
            yield part
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    for number in sorted(unfinished):
        yield Part(number, last=True, problem="the process reading it was ended")


def _shares(tasks: Sequence[Task]) -> list[list[Task]]:
    """Deal the tasks out to the processes so that the bytes are even."""
    shares: list[list[Task]] = [[] for _ in range(PROCESSES)]
    weights = [0] * PROCESSES
    for task in sorted(tasks, key=lambda task: (-task.weight, task.number)):
        lightest = weights.index(min(weights))
        shares[lightest].append(task)
        weights[lightest] += task.weight
    return [share for share in shares if share]


def _start_worker() -> subprocess.Popen[bytes]:
    """Start a process that waits for its tasks."""
    home = str(Path(cli.__file__).resolve().parent.parent)
    command = [sys.executable, "-P", "-c", _START, home]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _employ(worker: subprocess.Popen[bytes], share: list[Task], arriving: "Queue[Part | None]") -> None:
    """Hand a process its tasks and pass on the parts it writes until it ends; then None."""
    decoder = msgspec.msgpack.Decoder(Part)
    assert worker.stdin is not None  # noqa: S101
    assert worker.stdout is not None  # noqa: S101
    with suppress(OSError), worker.stdin as pipe:  # a process that has ended takes no tasks
        pipe.write(msgspec.msgpack.encode(share, enc_hook=os.fsencode))
    with suppress(OSError, ValueError), worker.stdout as pipe:  # it was killed within a part
        while length := pipe.read(_LENGTH_BYTES):
            arriving.put(decoder.decode(pipe.read(int.from_bytes(length))))
    arriving.put(None)


def serve() -> None:
    """Be a reading process: take tasks from stdin, write parts to stdout, end when nobody reads them."""
    from cli.sources import SOURCES

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print must not end up among the parts
    tasks = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Task], dec_hook=_decode_path)
    encoder = msgspec.msgpack.Encoder()
    try:
        for part in read_here(tasks, {source.name: source for source in SOURCES}):
            data = encoder.encode(part)
            pipe.write(len(data).to_bytes(_LENGTH_BYTES) + data)
            pipe.flush()
    except BrokenPipeError:
        os._exit(1)  # without flushing what nobody wants


def _decode_path(kind: type, value: Any) -> Path:  # noqa: ARG001
    return Path(os.fsdecode(value))
