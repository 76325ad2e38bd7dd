"""What an attack is: one function that opens a hostile (or suspiciously honest) pull request in a real repository."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.validator.attacks.scene import Pull, Scene


@dataclass(frozen=True)
class Attack:
    """A pull request and what must become of it."""

    name: str
    title: str
    """What is tried, in one line: the function's docstring."""
    verdict: str
    """What `validate` says: `verified`, `flagged`, `rejected`, `left-alone`, `failed` if there is no such commit."""
    rules: tuple[str, ...]
    """Codes of all rules that speak, sorted."""
    merge: str
    """What `merge` says, although a maintainer approves: what is flagged at second sight only, all else at once."""
    heavy: bool
    """Whether it aims at memory: what judging it takes is measured."""
    open_pull: Callable[[Scene], Pull | str]


_MERGES = {"verified": "merged", "failed": "moved", "flagged": "flagged, then merged"}


def attack(
    verdict: str, *rules: str, merge: str | None = None, heavy: bool = False
) -> Callable[[Callable[[Scene], Pull | str]], Attack]:
    """Make an attack of a function that returns a pull request, or the head of one that Ada opens from her fork."""

    def made(function: Callable[[Scene], Pull | str]) -> Attack:
        title = (function.__doc__ or "").strip().removesuffix(".")
        name = getattr(function, "__name__", "")
        status = merge or _MERGES.get(verdict, verdict)
        return Attack(name, title, verdict, tuple(sorted(rules)), status, heavy, function)

    return made
