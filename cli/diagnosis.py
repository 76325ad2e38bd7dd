"""The state of one source: what was found, what was counted, what will be lost, and how to say it."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.commands.scan import source_fields
from generator import format as text

if TYPE_CHECKING:
    from cli.ledger import Holding
    from cli.retention import Retention
    from cli.scan import FileReport, SourceReport
    from cli.sources.base import Tally

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY_NS = 86_400 * 10**9
_SHOWN = 5
"""Problems and doubtful files shown of each source; --json has all."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The state of one source."""

    found: "SourceReport"
    holding: "Holding | None"
    """None when nothing of it was ever counted."""
    retentions: tuple["Retention", ...]
    caveats: tuple[str, ...]

    def oldest(self) -> "FileReport | None":
        """Return the log whose last change is longest ago: the first to be deleted."""
        return min(self.found.files, key=lambda file: (file.changed_ns, file.path), default=None)

    def doubtful(self) -> "list[FileReport]":
        """Return the files with bad rows or rows of unknown kinds, the worst first."""
        files = [file for file in self.found.files if file.tally.bad or file.tally.unknown]
        return sorted(files, key=lambda file: (-file.tally.bad - file.tally.unknown, file.path))

    def needs(self) -> list[str]:
        """Say what needs attention."""
        needs = []
        if self.found.problems:
            needs.append(f"{self.found.title}: {text.plural(len(self.found.problems), 'place')} could not be read.")
        if self.holding and self.holding.future:
            needs.append(
                f"{self.found.title}: {text.plural(self.holding.future, 'message')} dated more than a day ahead, "
                "counted only when their day comes. Check this machine's clock."
            )
        return needs


def diagnosis_fields(diagnosis: Diagnosis) -> dict[str, object]:
    """Return the state of a source as --json tells it."""
    oldest, holding = diagnosis.oldest(), diagnosis.holding
    return {
        **source_fields(diagnosis.found),
        "rootsFound": [str(root) for root in diagnosis.found.roots if root.is_dir()],
        "oldestLogChanged": _date(oldest.changed_ns) if oldest else None,
        "doubtfulFiles": [
            {"path": str(file.path), "unknownRows": file.tally.unknown, "badRows": file.tally.bad}
            for file in diagnosis.doubtful()
        ],
        "counted": {
            "messages": holding.messages if holding else 0,
            "futureMessages": holding.future if holding else 0,
            "firstDay": str(holding.first_day) if holding and holding.first_day else None,
            "lastDay": str(holding.last_day) if holding and holding.last_day else None,
        },
        "retention": [
            {"settings": str(it.settings), "days": it.days, "isSet": it.is_set} for it in diagnosis.retentions
        ],
        "caveats": list(diagnosis.caveats),
    }


def diagnosis_lines(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """Return what to say of a source: what it is about, and the text."""
    found, holding, oldest = diagnosis.found, diagnosis.holding, diagnosis.oldest()
    lines = [("looked in" if number == 0 else "", _root(root)) for number, root in enumerate(found.roots)]
    if oldest:
        files = text.plural(len(found.files), "file")
        lines.append(("logs", f"{files}, the oldest last changed on {_date(oldest.changed_ns)}"))
        tally = found.tally
        lines.append(("rows", f"{tally.events:,} with usage, {tally.silent:,} without, {_doubts(tally)}"))
    if holding and holding.messages:
        lines.append(("counted", f"{holding.messages:,} messages from {holding.first_day} to {holding.last_day}"))
    lines += [("kept", _retention(it, oldest)) for it in diagnosis.retentions]
    for file in diagnosis.doubtful()[:_SHOWN]:
        lines.append(("doubtful", f"{file.path}: {_doubts(file.tally)}"))
    lines += [("not read", f"{problem.path}: {problem.reason}") for problem in found.problems[:_SHOWN]]
    hidden = max(0, len(found.problems) - _SHOWN) + max(0, len(diagnosis.doubtful()) - _SHOWN)
    if hidden:
        lines.append(("", f"… and {hidden:,} more: --json has all"))
    if found.files or holding:
        lines += [("note", caveat) for caveat in diagnosis.caveats]
    return lines


def _doubts(tally: "Tally") -> str:
    return f"{tally.unknown:,} of unknown kinds, {tally.bad:,} bad"


def _root(root: Path) -> str:
    return str(root) if root.is_dir() else f"{root} (not there)"


def _retention(kept: "Retention", oldest: "FileReport | None") -> str:
    """Say how long logs are kept, and when the oldest goes."""
    stated = f"as {kept.settings} says" if kept.is_set else f"unless {kept.settings} sets cleanupPeriodDays"
    said = f"Claude Code deletes logs {kept.days:,} days after their last change, {stated}."
    if oldest:
        said += f" The oldest is due on {_date(oldest.changed_ns + kept.days * _DAY_NS)}."
    return f"{said} What was counted before stays counted: run token-tracker more often than that, or raise the number."


def _date(nanoseconds: int) -> str:
    """Return the UTC day of a file's time, which may be any."""
    try:
        return (_EPOCH + dt.timedelta(seconds=nanoseconds // 10**9)).date().isoformat()
    except OverflowError:
        return "a time beyond the calendar"
