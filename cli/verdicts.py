"""What the board says to a pull request, in words: merged, waiting, flagged, rejected, and what to do."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from cli.github import GitHub, PullRequest
from validator.reply import REJECTED, Mark, read_mark
from validator.rules import RULES

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 30.0
GROWTH = 1.5
PATIENCE = 1800.0
"""Seconds that a verdict is waited for, at most; most take one minute."""


class State(StrEnum):
    """Where a pull request is on its way to the board."""

    MERGED = "merged"
    WAITING = "waiting"
    """Nobody has judged it as it is now."""
    VERIFIED = "verified"
    """It will be merged; just now the board merges nothing."""
    FLAGGED = "flagged"
    """A maintainer looks at it first."""
    REJECTED = "rejected"
    """It breaks a rule; submitting again mends it, or its reasons say what does."""
    DECLINED = "declined"
    """A maintainer rejected it."""
    CLOSED = "closed"
    """Somebody closed it, most likely its author."""
    LEFT_ALONE = "left-alone"
    """It changes nothing in the store: people look at it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about a pull request; `codes` are the rules that made it flagged or rejected."""

    state: State
    codes: tuple[str, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether waiting longer without doing anything is pointless."""
        return self.state not in {State.WAITING, State.VERIFIED}


def answer(hub: GitHub, pull: PullRequest) -> Answer:
    """Return what the board says to a pull request as it is now; a verdict on an earlier state of it does not count."""
    if pull.state == "merged":
        return Answer(State.MERGED)
    if pull.state == "closed":
        return Answer(State.DECLINED if REJECTED.name in pull.labels else State.CLOSED)
    said = hub.verdict_comment(pull.number)
    mark = read_mark(said) if said else None
    return _of_mark(mark) if mark and mark.head == pull.head else Answer(State.WAITING)


def _of_mark(mark: Mark) -> Answer:
    return Answer(State.WAITING) if mark.outcome == "merged" else Answer(State(mark.outcome), mark.codes)


def follow(hub: GitHub, number: int, pause: Callable[[float], object] = time.sleep) -> Answer:
    """Ask for a pull request's verdict with growing pauses (in seconds), until there is one or PATIENCE is over."""
    for seconds in _pauses():
        found = answer(hub, hub.pull(number))
        if found.is_final:
            return found
        pause(seconds)
    return answer(hub, hub.pull(number))


def _pauses() -> Iterator[float]:
    seconds, waited = FIRST_PAUSE, 0.0
    while waited < PATIENCE:
        yield seconds
        waited += seconds
        seconds = min(LONGEST_PAUSE, seconds * GROWTH)


def sentences(found: Answer, again: str = "`token-tracker submit`") -> list[str]:
    """Return what to tell the user: what it is, why, and what to do; `again` is what offers it anew."""
    return [_SENTENCES[found.state].format(again=again), *(f"  {code}: {_explained(code)}" for code in found.codes)]


def _explained(code: str) -> str:
    rule = _BY_CODE.get(code)
    return f"{rule.title}. What to do: {dict(rule.sections)['What to do']}" if rule else "See `token-tracker rules`."


_BY_CODE = {rule.code: rule for rule in RULES}
_SENTENCES = {
    State.MERGED: "Merged. The site shows it after its next build.",
    State.WAITING: "Not judged yet. `token-tracker status` shows the verdict as soon as there is one.",
    State.VERIFIED: "Verified. It is merged as soon as the board merges again.",
    State.FLAGGED: "Flagged: nothing is wrong so far, and a maintainer takes a look before it is merged. You may say "
    "something about it on the pull request.",
    State.REJECTED: "Rejected: it cannot be merged as it is. When the board changed meanwhile, {again} mends it.",
    State.DECLINED: "A maintainer rejected it; the pull request says why.",
    State.CLOSED: "It was closed without being merged; {again} opens another.",
    State.LEFT_ALONE: "It changes nothing in the store: a maintainer looks at it.",
}
