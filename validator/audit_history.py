"""What the history of main must say about every file of the store: which merge brought it, with which verdict."""

from collections.abc import Iterator
from dataclasses import dataclass

from validator.findings import JudgedFile, Outcome
from validator.git import Repository, Step
from validator.store import ROOT, parse_path
from validator.trailers import BadTrailers, MergeRecord, parse_message

PLACEHOLDERS = frozenset({f"{ROOT}/.gitkeep", f"{ROOT}/README.md"})
"""Files that may stand at the top of the store without belonging to anybody."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Why a file fails. `commit` is where it went wrong, empty when the file itself is wrong."""

    path: str
    reason: str
    commit: str = ""


@dataclass(slots=True)
class Trace:
    """What the history says about one file of the store, newest first."""

    record: JudgedFile | None = None
    """What the trailers of the last merge that changed it say, if anything."""
    previous_hash: str = ""
    """The hash in the trailers of the merge before that one; empty when there is none."""
    versions: int = 0
    """How many commits changed it since it was last added."""
    begun: bool = False
    """Whether the commit that added it was seen: what lies before is another file of the same name."""


@dataclass(slots=True)
class Past:
    """The history of a whole store."""

    traces: dict[str, Trace]
    """By path, of every path that was ever changed."""
    problems: list[Problem]
    merges: int = 0


def read_past(repository: Repository, tip: str) -> Past:
    """Walk the first-parent history of the store once, newest first, and check every commit against its trailers.

    Raises ValidatorError when the history cannot be read.
    """
    past = Past({}, [])
    for step in repository.history(tip, ROOT):
        try:
            record = parse_message(step.message)
        except BadTrailers as error:
            record = None
            past.problems += [Problem(path, f"{error}", step.commit) for path in sorted(_changes(step))]
        else:
            past.problems += _check_step(step, record)
        past.merges += record is not None
        _trace(past.traces, step, record)
    return past


def _changes(step: Step) -> dict[str, str]:
    """Return path → blob id (empty: deleted) of a step. Bytes that are not UTF-8 are shown in hexadecimal."""
    return {path.decode("utf-8", "backslashreplace"): new.oid if new else "" for path, _, new in step.differences}


def _check_step(step: Step, record: MergeRecord | None) -> Iterator[Problem]:
    changes = _changes(step)
    if record is None:
        written = [path for path, blob in changes.items() if blob and path not in PLACEHOLDERS]
        yield from (Problem(path, "was written by a commit that records no verdict", step.commit) for path in written)
        return
    recorded = {file.path: file.blob for file in record.files}
    for path in sorted(changes.keys() | recorded.keys()):
        if changes.get(path) != recorded.get(path):
            yield Problem(path, "is not what the trailers of its merge commit record", step.commit)
        place = parse_path(path)
        if place is None or place.user_id != record.user_id:
            yield Problem(path, f"was changed by a merge for user {record.user_id}", step.commit)
    if len(step.parents) != 2:
        yield Problem(min(recorded, default=ROOT), "was merged by a commit that is no merge", step.commit)
    unreviewed = record.outcome is Outcome.FLAGGED and record.reviewer is None
    if unreviewed or record.outcome is Outcome.REJECTED:
        yield Problem(min(recorded, default=ROOT), f"was merged although {record.outcome}, by no reviewer", step.commit)


def _trace(traces: dict[str, Trace], step: Step, record: MergeRecord | None) -> None:
    recorded = {file.path: file for file in record.files} if record else {}
    for raw, old, new in step.differences:
        path = raw.decode("utf-8", "backslashreplace")
        trace = traces.setdefault(path, Trace())
        if trace.begun:
            continue
        if trace.versions == 0:
            trace.record = recorded.get(path)
        elif trace.versions == 1 and path in recorded:
            trace.previous_hash = recorded[path].hash
        trace.versions += 1
        trace.begun = old is None or new is None
