"""The docket: open pull requests brought before the judge, each by itself."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from validator import ValidatorError
from validator.board import leaderboard_at
from validator.change import Author
from validator.config import Policy
from validator.findings import Verdict
from validator.git import Repository
from validator.handover import Judged
from validator.judge import judge
from validator.pulls import Pull


@dataclass(frozen=True, slots=True)
class Heard:
    """One pull request as it was judged; `judged` is None when it was not, and `trouble` says why."""

    pull: Pull
    judged: Judged | None
    trouble: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, None also for what changes nothing in the store."""
        return self.judged.verdict if self.judged else None


def hear(
    repository: Repository,
    pulls: Sequence[Pull],
    branch: str,
    now: dt.datetime,
    fetch: Callable[[Iterable[str]], None],
) -> list[Heard]:
    """Fetch pull requests and judge each upon the branch, by the policy it has there. In the order given.

    Not judged is what is closed, a draft, asks for another branch, comes from an account that is gone, has moved while
    it was fetched, or is part of the branch already. Raises ValidatorError when the branch cannot be fetched or read.
    """
    ref = f"refs/heads/{branch}"
    judgeable = [pull for pull in pulls if not _unfit(pull, branch)]
    fetch([ref, *(_ref(pull) for pull in judgeable)])
    base = repository.resolve(ref)
    policy = leaderboard_at(repository, ref).policy
    heads = repository.refs("refs/pull/")
    present = [pull for pull in judgeable if heads.get(_ref(pull)) == pull.head]
    unmerged = repository.unmerged((pull.head for pull in present), base)
    heard = []
    for pull in pulls:
        trouble = _unfit(pull, branch)
        if not trouble and pull not in present:
            trouble = "Its head moved; it is judged when that is told."
        elif not trouble and pull.head not in unmerged:
            trouble = "It is merged already."
        heard.append(Heard(pull, None, trouble) if trouble else _judged(repository, pull, base, policy, now))
    return heard


def _ref(pull: Pull) -> str:
    return f"refs/pull/{pull.number}/head"


def _unfit(pull: Pull, branch: str) -> str:
    """Return why a pull request is none that the bot may touch; empty when it is one."""
    if not pull.is_open:
        return "It is closed."
    if pull.is_draft:
        return "It is a draft."
    if pull.branch != branch:
        return "It asks for another branch."
    return "" if pull.author_id else "Its author's account is gone."


def _judged(repository: Repository, pull: Pull, base: str, policy: Policy, now: dt.datetime) -> Heard:
    author = Author(pull.author_id, pull.author_login, pull.head_owner_id)
    try:
        verdict = judge(repository, base=base, head=pull.head, author=author, policy=policy, now=now)
    except ValidatorError as error:  # one damaged folder must not keep everybody else waiting
        return Heard(pull, None, str(error))
    return Heard(pull, Judged(pull.number, pull.head, base, pull.author_id, verdict))
