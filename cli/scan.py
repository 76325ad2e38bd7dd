"""The scan: find the logs, read what is new in them, commit it to the ledger."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from cli.ledger import Ledger, LedgerError
from cli.processes import Processes
from cli.readers import Part, Task, fingerprint, read
from cli.sources.base import Checkpoint, LogFile, Problem, Source, Tally
from cli.spool import FileState, file_line

COMMIT_BYTES = 8 * 1024 * 1024
"""Of spooled lines that are committed at a time (about 30,000 events): what a kill can make us read again."""

PARALLEL_BYTES = 24 * 1024 * 1024
"""With less than this to read, starting other processes would take longer than reading."""

Progress = Callable[[int, int], None]
"""Told how many bytes have been read of how many there are to read."""


@dataclass(slots=True)
class FileReport:
    """One log file after a scan."""

    path: Path
    changed_ns: int
    """Its last change, nanoseconds since the Unix epoch."""
    tally: Tally
    """What became of all its rows so far."""


@dataclass(slots=True)
class SourceReport:
    """What a scan found of one source."""

    name: str
    title: str
    roots: tuple[Path, ...]
    files: list[FileReport] = field(default_factory=list)
    """All there are, sorted by path within a root; those that could not be read are among the problems."""
    read: int = 0
    """How many of them had changed."""
    new: int = 0
    """Events that the ledger did not have before; negative where a newer parser takes some back."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def tally(self) -> Tally:
        """What became of the rows of all files."""
        tallies = [file.tally for file in self.files]
        return Tally(
            events=sum(tally.events for tally in tallies),
            silent=sum(tally.silent for tally in tallies),
            unknown=sum(tally.unknown for tally in tallies),
            bad=sum(tally.bad for tally in tallies),
        )


@dataclass(slots=True)
class ScanReport:
    """What a scan found, source by source in the order they were given."""

    sources: list[SourceReport]


@dataclass(slots=True)
class _Reading:
    """One file that changed: its task, what the ledger knows of it so far, and its place in the report."""

    task: Task
    state: FileState
    once_complete: dict[str, Any]
    """Fields of the state that are set once the file was read to its end: its stamp, and what it replaces."""
    report: FileReport
    source: SourceReport


def scan(
    ledger: Ledger,
    sources: Sequence[Source],
    environment: Mapping[str, str],
    home: Path,
    progress: Progress = lambda done, total: None,  # noqa: ARG005
    *,
    processes: Processes | None = None,
) -> ScanReport:
    """Count what is new in the logs of the sources, with the help of other processes if there are any.

    Files that did not change since they were read to their end are known by their status alone. What cannot be
    read is reported, and tried again by the next scan. A file is read again from its start when it was rewritten
    (what it held before stays counted) or when its source's parser has changed (what the other parser made of it
    is replaced, in one transaction with all else this scan reads). Raises LedgerError.
    """
    report = ScanReport([SourceReport(it.name, it.title, it.roots(environment, home)) for it in sources])
    planner = _Planner(ledger.files())
    for source, found in zip(sources, report.sources, strict=True):
        for file in _find(source, found):
            planner.plan(source, found, file)
    if planner.readings:
        before = ledger.counts()
        tasks = [reading.task for reading in planner.readings]
        if processes and sum(task.weight for task in tasks) >= PARALLEL_BYTES:
            parts = processes.read(tasks)
        else:
            parts = read(tasks, {source.name: source for source in sources})
        _take(ledger, parts, planner.readings, progress)
        after = ledger.counts()
        for found in report.sources:
            found.new = after.get(found.name, 0) - before.get(found.name, 0)
    for found in report.sources:
        found.problems.sort(key=lambda problem: problem.path)
    return report


def _find(source: Source, found: SourceReport) -> Iterator[LogFile]:
    """Yield a source's files, each path once, even where one root lies in another."""
    seen: set[str] = set()
    for root in found.roots:
        there = source.find(root)
        found.problems += there.problems
        for file in there.files:
            if os.fspath(file.path) not in seen:
                seen.add(os.fspath(file.path))
                yield file


class _Planner:
    """Decides for each file what has to be read of it."""

    def __init__(self, known: Mapping[tuple[str, str], FileState]) -> None:
        self.readings: list[_Reading] = []
        self._known = known
        self._last_reading = max((state.reading for state in known.values()), default=0)

    def plan(self, source: Source, found: SourceReport, file: LogFile) -> None:
        """Report a file and, if there is something to read, add it to the readings."""
        try:
            status = file.path.stat()
            stamp = _stamp(status, file)
        except FileNotFoundError:
            return  # deleted since it was found
        except OSError as error:
            found.problems.append(Problem(file.path, error.strerror or str(error)))
            return
        path = hashlib.blake2b(os.fsencode(file.path), digest_size=16).hexdigest()
        known = self._known.get((source.name, path))
        report = FileReport(file.path, status.st_mtime_ns, _tally(known))
        found.files.append(report)
        if known is None or known.stamp != stamp or known.parser != source.parser:
            state, replaces = self._start(source, file, path, known, stamp)
            resume = Checkpoint(state.offset, state.state)
            weight = max(0, status.st_size - state.offset)
            task = Task(len(self.readings), source.name, file, resume, state.reading, weight)
            self.readings.append(_Reading(task, state, {"stamp": stamp, **replaces}, report, found))

    def _start(
        self, source: Source, file: LogFile, path: str, known: FileState | None, stamp: str
    ) -> tuple[FileState, dict[str, Any]]:
        """Return the state in which the reading of a file starts, and what it replaces once it is complete."""
        grown = known is not None and file.appends and _has_only_grown(file.path, known)
        if known is not None and grown and known.parser == source.parser:
            return msgspec.structs.replace(known, stamp=""), {}
        self._last_reading += 1
        fresh = FileState(source.name, path, self._last_reading, source.parser)
        if known is None or known.parser == source.parser:
            return fresh, {}
        still_there = known.stamp == stamp or (grown and known.offset > 0)
        return fresh, {"replaces": known.reading, "replaces_all": still_there}


def _stamp(status: os.stat_result, file: LogFile) -> str:
    """Return sizes and times of a file and its companions: what changes whenever their content does."""
    parts = [f"{status.st_size}:{status.st_mtime_ns}"]
    for companion in file.companions:
        try:
            status = companion.stat()
            parts.append(f"{status.st_size}:{status.st_mtime_ns}")
        except FileNotFoundError:
            parts.append("-")
    return ",".join(parts)


def _has_only_grown(path: Path, known: FileState) -> bool:
    """Tell whether a file still begins with what was read of it, so that only its end is new."""
    try:
        return fingerprint(path, known.offset) == known.fingerprint
    except OSError:
        return False  # the reading will say why


def _tally(known: FileState | None) -> Tally:
    if known is None:
        return Tally()
    return Tally(events=known.events, silent=known.silent, unknown=known.unknown, bad=known.bad)


def _take(ledger: Ledger, parts: Iterable[Part], readings: Sequence[_Reading], progress: Progress) -> None:
    """Take what is read into the ledger, now and then or, where a parser's work is replaced, all at once."""
    at_once = any("replaces" in reading.once_complete for reading in readings)
    total = sum(reading.task.weight for reading in readings)
    done = 0
    try:
        with ledger.spool.open("wb") as spool:
            for number, part in enumerate(parts):
                reading = readings[part.task]
                done -= reading.state.offset
                spool.write(_lines(number, part, reading))
                done += reading.state.offset
                progress(min(done, total), total)
                if spool.tell() >= COMMIT_BYTES and not at_once:
                    spool.flush()
                    ledger.commit()
                    spool.seek(0)
                    spool.truncate()
        ledger.commit()
    except OSError as error:
        raise LedgerError(
            f"{ledger.spool} cannot be written: {error.strerror}.", "Make room and try again; nothing counted is lost."
        ) from None


def _lines(number: int, part: Part, reading: _Reading) -> bytes:
    """Take a part of a reading into its state and report; return what the ledger shall know of it."""
    if part.problem:
        reading.source.problems.append(Problem(reading.task.file.path, part.problem))
        return b""
    if part.last:
        reading.source.read += 1
        return file_line(number, msgspec.structs.replace(reading.state, **reading.once_complete))
    state = reading.state
    reading.state = msgspec.structs.replace(
        state,
        offset=part.checkpoint.offset,
        state=part.checkpoint.state,
        fingerprint=part.fingerprint,
        events=state.events + part.tally.events,
        silent=state.silent + part.tally.silent,
        unknown=state.unknown + part.tally.unknown,
        bad=state.bad + part.tally.bad,
    )
    reading.report.tally = _tally(reading.state)
    if "replaces" in reading.once_complete:
        return part.lines  # the ledger takes events only of readings it knows, this one when it is complete
    return part.lines + file_line(number, reading.state)
