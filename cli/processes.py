"""Processes that read logs beside this one.

Plain children with a pipe each way, not `multiprocessing`: they inherit no lock of the ledger, end by themselves when
this process is killed, and start the same way on every platform.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Self

import msgspec

import cli
from cli.readers import LENGTH_BYTES, Part, Task

COUNT = 2

_ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "4194304", "MALLOC_TRIM_THRESHOLD_": "4194304"}
"""Keeps glibc from giving the memory of each block back and asking for it again: a fifth of the time of reading."""

_START = "import sys; sys.path.append(sys.argv[1]); from cli.readers import serve; serve()"


class Processes:
    """Reading processes; a context manager, at whose end they are gone. They know the sources of `cli.sources`."""

    def __init__(self) -> None:
        self._workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self._workers:
            worker.kill()
            worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()

    def start(self) -> None:
        """Start the processes, which then wait for tasks: worth doing early where there will be much to read."""
        home = str(Path(cli.__file__).resolve().parent.parent)
        command = [sys.executable, "-P", "-c", _START, home]
        environment = {**os.environ, **_ALLOCATOR}
        while len(self._workers) < COUNT:
            worker = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._workers.append(worker)

    def read(self, tasks: Sequence[Task]) -> Iterator[Part]:
        """Read the files of the tasks, once; parts of different tasks come in any order.

        A process that ends too early leaves problems with the files it had.
        """
        self.start()
        arriving: Queue[Part | None] = Queue(maxsize=16)
        for worker, share in zip(self._workers, _shares(tasks), strict=True):
            Thread(target=_employ, args=(worker, share, arriving), daemon=True).start()
        unfinished = {task.number for task in tasks}
        for _ in self._workers:
            while part := arriving.get():
                if part.last:
                    unfinished.discard(part.task)
                yield part
        for number in sorted(unfinished):
            yield Part(number, last=True, problem="the process reading it was ended")


def _shares(tasks: Sequence[Task]) -> list[list[Task]]:
    """Deal the tasks out to the processes so that the bytes are even."""
    shares: list[list[Task]] = [[] for _ in range(COUNT)]
    weights = [0] * COUNT
    for task in sorted(tasks, key=lambda task: (-task.weight, task.number)):
        lightest = weights.index(min(weights))
        shares[lightest].append(task)
        weights[lightest] += task.weight
    return shares


def _employ(worker: subprocess.Popen[bytes], share: list[Task], arriving: "Queue[Part | None]") -> None:
    """Hand a process its tasks and pass on the parts it writes until it ends; then None."""
    decoder = msgspec.msgpack.Decoder(Part)
    assert worker.stdin is not None  # noqa: S101
    assert worker.stdout is not None  # noqa: S101
    with suppress(OSError), worker.stdin as pipe:  # a process that has ended takes no tasks
        pipe.write(msgspec.msgpack.encode(share, enc_hook=os.fsencode))
    with suppress(OSError, ValueError), worker.stdout as pipe:  # it was killed within a part
        while length := pipe.read(LENGTH_BYTES):
            arriving.put(decoder.decode(pipe.read(int.from_bytes(length))))
    arriving.put(None)
