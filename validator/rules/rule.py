"""What a rule is: one function that looks at a change and says what it found."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from validator.change import Change
from validator.findings import Finding, Level
from validator.submission import MAX_NUMBER

SECTIONS = ("Looks at", "Why", "What to do", "Bad", "Good")
"""The paragraphs of every rule's docstring after its first line, each begun by its name and a colon."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule's function says about a change; the rule makes it a finding.

    `numbers` are whole, and the first is the finding's size: what a maintainer's approval covers. Rules that flag give
    at least one. `level` is needed only where a rule has several.
    """

    message: str
    path: str = ""
    numbers: tuple[tuple[str, int], ...] = ()
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the board. `levels` are those it may speak at, the gravest first."""

    code: str
    levels: tuple[Level, ...]
    look: Callable[[Change], Iterable[Remark]]

    @property
    def title(self) -> str:
        """The first line of the docstring, without its full stop."""
        return self._paragraphs()[0].rstrip(".")

    @property
    def sections(self) -> tuple[tuple[str, str], ...]:
        """Return the paragraphs as (name, text), in the order of SECTIONS. Raises ValueError when one is missing."""
        found = dict(paragraph.partition(": ")[::2] for paragraph in self._paragraphs()[1:])
        if tuple(found) != SECTIONS:
            raise ValueError(f"The docstring of rule {self.code} needs the paragraphs {', '.join(SECTIONS)}, in order.")
        return tuple(found.items())

    def _paragraphs(self) -> list[str]:
        return [" ".join(paragraph.split()) for paragraph in (inspect.getdoc(self.look) or "").split("\n\n")]

    def findings(self, change: Change) -> Iterator[Finding]:
        """Yield what the rule finds. Never raises: a rule that cannot do its work rejects the change."""
        try:
            for remark in self.look(change):
                level = remark.level or self.levels[0]
                # A sum of several files can be larger than any number a file of ours may hold.
                numbers = tuple((name, min(number, MAX_NUMBER)) for name, number in remark.numbers)
                yield Finding(self.code, level, remark.message, remark.path, numbers)
        except Exception as error:
            yield unfinished(self.code, error)


def unfinished(code: str, error: Exception) -> Finding:
    """Return the finding for a rule, or the reading of a change, that failed: it rejects, for nothing was proven."""
    message = f"The judge failed here ({type(error).__name__}); ask a maintainer to look at the change."
    return Finding(code, Level.REJECT, message)


def rule(code: str, *levels: Level) -> Callable[[Callable[[Change], Iterable[Remark]]], Rule]:
    """Make a rule of a function; its docstring is what people read about it."""
    return lambda look: Rule(code, levels, look)
