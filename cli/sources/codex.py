"""Codex CLI: where its rollouts are, one file a session; `rollout` knows what their rows mean."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from cli.sources.base import Batch, Checkpoint, Found, LogFile, Problem, Tally, UsageEvent
from cli.sources.folders import files_below, is_folder
from cli.sources.lines import blocks
from cli.sources.rollout import Memory, Rollout

_FOLDERS = ("archived_sessions", "sessions")

_SESSION = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
"""The id at the end of a rollout's name."""

_EVENTS_A_BATCH = 2000


class Codex:
    """Where Codex CLI's logs are and how they are read."""

    name = "codex"
    title = "Codex CLI"
    parser = 1
    caveats: tuple[str, ...] = (
        "Some builds of 2025 logged no model: their usage is counted under the model `unknown`.",
        "Usage that a compaction reports only in a `token_usage_record` row is not counted.",
    )

    def roots(self, environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
        """Return `CODEX_HOME`, or else the usual folder."""
        named = environment.get("CODEX_HOME", "").strip()
        return (Path(named) if named else home / ".codex",)

    def find(self, root: Path) -> Found:
        """Return the rollouts in `sessions` and `archived_sessions`, or below one of these when it is given.

        Rollouts that newer builds compress are problems: they cannot be read.
        """
        folders = [root / folder for folder in _FOLDERS]
        if root.name in _FOLDERS and not any(map(is_folder, folders)):
            folders = [root]
        found = Found()
        for folder in folders:
            below = files_below(folder, _is_rollout)
            found.files += [file for file in below.files if file.path.suffix == ".jsonl"]
            found.problems += below.problems
            found.problems += [
                Problem(file.path, "compressed rollouts cannot be read")
                for file in below.files
                if file.path.suffix == ".zst"
            ]
        return found

    def read(self, file: LogFile, resume: Checkpoint) -> Iterator[Batch]:
        """Read the rows written since a checkpoint; see `Source.read`.

        While usage waits for the file's first model the checkpoint stays before it. Usage still waiting at the
        end is given as the model `unknown`, at a lower rank: when the model turns up, the next reading's events win.
        """
        memory = Memory.restored(resume.state) if resume.state else Memory(session=_session(file.path))
        rollout = Rollout(memory)
        checkpoint = resume
        events: list[UsageEvent] = []
        tally = Tally()
        for block in blocks(file.path, resume.offset):
            if block.whole:
                events += rollout.read_lines(block.data, tally)
                tally.bad += block.too_long
                if not rollout.waiting:
                    checkpoint = Checkpoint(block.end, memory.stored())
            else:
                events += rollout.read_lines(block.data, Tally())
            if len(events) >= _EVENTS_A_BATCH:
                yield Batch(events, checkpoint, tally)
                events, tally = [], Tally()
        yield Batch(events + rollout.waiting, checkpoint, tally)


def _is_rollout(path: Path) -> bool:
    return path.name.endswith((".jsonl", ".jsonl.zst"))


def _session(path: Path) -> str:
    """Return the session's id for a file that does not tell it: from its name, or a digest of the name."""
    found = _SESSION.search(path.stem)
    return found.group() if found else hashlib.blake2b(path.name.encode(errors="replace"), digest_size=12).hexdigest()


CODEX = Codex()
