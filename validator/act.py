"""Acting on verdicts: merge, or label and comment. Looks at ids and at what maintainers say, never at a change's files.

Every step finds out first whether it is still to be done, so that a run killed anywhere is simply run again: the merge
is one push, labels are given before the comment they announce and taken after it, so that they always show what a
later run has to finish.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from validator import ValidatorError
from validator.findings import Verdict
from validator.git import Repository
from validator.github import ACTIONS_BOT, FEW, GitHub
from validator.handover import Judged
from validator.merge import PullRequest, Push, Status, merge
from validator.pulls import Comment, Label, Pull
from validator.reply import NEEDS_REVIEW, REJECTED, WAITING, Mark, comment_text, is_ours, labels, mark_of
from validator.review import Decision, Word, decide, verdict_comment

CLOSED = "closed"
PAUSED = "paused"
DECLINED = "declined"
"""A maintainer rejected it; it was closed."""
PUBLISH = "publish.yml"
SWEEP = "sweep.yml"


@dataclass(frozen=True, slots=True)
class Acted:
    """What became of one pull request: `status` is a merge.Status, or one of the words above."""

    number: int
    status: str
    commit: str = ""
    trouble: str = ""
    """What could not be done, in one sentence; the next run tries again."""


@dataclass(frozen=True)
class Desk:
    """Where the bot works: the board at GitHub, its objects here, and what fetches and moves its branch."""

    hub: GitHub
    repository: Repository
    fetch: Callable[[Iterable[str]], None]
    push: Push
    branch: str
    now: dt.datetime
    paused: bool = False
    details: str = ""
    """The address of this run, for the comments."""


@dataclass
class _Case:
    """One pull request on the desk."""

    judged: Judged
    pull: Pull
    comments: tuple[Comment, ...] = ()
    decision: Decision | None = None
    status: str = ""
    commit: str = ""
    troubles: list[str] = field(default_factory=list)

    @property
    def is_merged(self) -> bool:
        return self.status in {Status.MERGED, Status.ALREADY_MERGED}

    @property
    def is_new_in_the_queue(self) -> bool:
        """Whether the site's queue of what waits for a maintainer does not have it yet."""
        return self.status == "flagged" and NEEDS_REVIEW.name not in self.pull.labels

    @property
    def waits(self) -> bool:
        """Whether people have to answer: its author, or a maintainer."""
        return self.judged.outcome in {"flagged", "rejected"}


def act(desk: Desk, handed: Sequence[Judged]) -> list[Acted]:
    """Do what verdicts ask for, and return what became of each pull request, by number.

    A verdict on another commit than the present head, or on what is closed, does nothing. All that can be merged is
    merged in one push. What fails for one pull request keeps no other waiting: it is told in its `trouble`.
    Raises ValidatorError when nothing can be done at all.
    """
    pulls = _pulls(desk, handed)
    cases = [_Case(each, pulls[each.number]) for each in handed if each.number in pulls]
    for case in cases:
        case.status = _standing(desk, case)
        if not case.status and case.waits:
            _attempt(_hear, desk, case)
    _merge(desk, [case for case in cases if not case.status and _may_merge(case)])
    _dispatch(desk, PUBLISH, [case for case in cases if case.is_merged])
    _dispatch(desk, SWEEP, [case for case in cases if case.status == Status.STALE])
    for case in cases:
        _attempt(_tell, desk, case)
    _dispatch(desk, PUBLISH, [case for case in cases if case.is_new_in_the_queue])
    gone = [Acted(each.number, CLOSED) for each in handed if each.number not in pulls]
    done = [Acted(case.judged.number, case.status, case.commit, " ".join(case.troubles)) for case in cases]
    return sorted(gone + done, key=lambda each: each.number)


def _pulls(desk: Desk, handed: Sequence[Judged]) -> dict[int, Pull]:
    """Return the pull requests of the verdicts by number: the open ones, and some of those that are closed.

    An earlier run of the same verdicts may have merged them and been killed before it started what follows. All were
    merged in one push, so a few speak for the others.
    """
    pulls = desk.hub.pulls((each.number for each in handed), desk.branch)
    gone = [each.number for each in handed if each.number not in pulls and each.outcome in {"verified", "flagged"}]
    return pulls | desk.hub.pulls(gone[:FEW], desk.branch)


def tidy(desk: Desk) -> list[Acted]:
    """Finish what earlier runs left on closed pull requests: labels that are no longer true, and a comment."""
    numbers = {number for label in WAITING for number in desk.hub.labelled(label.name, "closed")}
    tidied = []
    for number in sorted(numbers):
        pull = desk.hub.pull(number)
        if pull.is_merged:
            _answer(desk, pull, Mark(pull.head, "merged"), desk.hub.comments(number), begin=False)
        _relabel(desk, pull, frozenset())
        tidied.append(Acted(number, Status.ALREADY_MERGED if pull.is_merged else CLOSED))
    return tidied


def _attempt(step: Callable[[Desk, _Case], None], desk: Desk, case: _Case) -> None:
    """Take a step for one pull request; when it fails, nothing more is done for this one but to say so."""
    try:
        step(desk, case)
    except ValidatorError as error:
        case.status = case.status or Status.UNJUDGED
        case.troubles.append(str(error))


def _standing(desk: Desk, case: _Case) -> str:
    """Return why a pull request is not, or no longer, what the verdict is about; empty when it is."""
    pull, judged = case.pull, case.judged
    if pull.head != judged.head or pull.author_id != judged.author_id:
        return Status.MOVED
    if pull.is_merged:
        return Status.ALREADY_MERGED
    if not pull.is_open or pull.is_draft or pull.branch != desk.branch:
        return CLOSED
    return ""


def _hear(desk: Desk, case: _Case) -> None:
    """Find out what maintainers decided about the present verdict."""
    case.comments = desk.hub.comments(case.judged.number)
    case.decision = decide(case.comments, mark_of(case.judged), is_bot(desk.hub), _may_write(desk.hub))
    if case.decision and case.decision.word is Word.REJECT:
        case.status = DECLINED


def is_bot(hub: GitHub) -> Callable[[Comment], bool]:
    """Return the function that tells whose comments may state verdicts: a workflow's, or a maintainer's own run."""
    return lambda comment: comment.author_id == ACTIONS_BOT or hub.can_write(comment.author_id, comment.author_login)


def _may_write(hub: GitHub) -> Callable[[Comment], bool]:
    return lambda comment: hub.can_write(comment.author_id, comment.author_login)


def _may_merge(case: _Case) -> bool:
    approved = case.decision is not None and case.decision.word is Word.APPROVE
    return case.judged.outcome == "verified" or (case.judged.outcome == "flagged" and approved)


def _merge(desk: Desk, cases: Sequence[_Case]) -> None:
    """Merge what may be merged, in one push, and note in each case what became of it."""
    if desk.paused:
        for case in cases:
            case.status = PAUSED
        return
    if not cases:
        return
    desk.fetch([f"refs/heads/{desk.branch}", *(f"refs/pull/{case.judged.number}/head" for case in cases)])
    verdicts = {case.judged.number: _named(case) for case in cases}
    branch, requests = f"refs/heads/{desk.branch}", [_request(case) for case in cases]
    results = merge(desk.repository, requests, None, desk.now, branch=branch, verdicts=verdicts, push=desk.push)
    by_number = {result.request.number: result for result in results}
    for case in cases:
        result = by_number[case.judged.number]
        case.status, case.commit = result.status, result.commit
        case.troubles += [result.trouble] if result.trouble else []


def _named(case: _Case) -> Verdict | None:
    """Return the verdict with its author's login, which GitHub knows and the handed over file does not."""
    verdict = case.judged.verdict
    return replace(verdict, author_login=case.pull.author_login) if verdict else None


def _request(case: _Case) -> PullRequest:
    return PullRequest(
        number=case.pull.number,
        head=case.pull.head,
        author_id=case.pull.author_id,
        author_login=case.pull.author_login,
        head_owner_id=case.pull.head_owner_id,
        approved_by=case.decision.reviewer if case.decision else None,
    )


def _dispatch(desk: Desk, workflow: str, cases: Sequence[_Case]) -> None:
    """Start the workflow that some cases ask for, if any do; a failure is told with the first of them."""
    try:
        if cases:
            desk.hub.dispatch(workflow, desk.branch)
    except ValidatorError as error:
        cases[0].troubles.append(str(error))


def _tell(desk: Desk, case: _Case) -> None:
    """Bring labels and comment to what became of a pull request."""
    mark = mark_of(case.judged)
    if case.is_merged:
        _finish(desk, case, replace(mark, outcome="merged"))
    elif case.status == DECLINED:
        _relabel(desk, case.pull, frozenset({REJECTED}))
        desk.hub.close(case.pull.number)
    elif case.status == PAUSED and case.judged.outcome == "verified":
        _finish(desk, case, mark)
    elif not case.status and case.waits:
        case.status = case.judged.outcome
        _relabel(desk, case.pull, labels(case.judged))
        _answer(desk, case.pull, mark, case.comments, begin=True)
    elif not case.status:
        case.status = Status.LEFT_ALONE
        _finish(desk, case, mark)


def _finish(desk: Desk, case: _Case, mark: Mark) -> None:
    """Say in the comment, where there may be one, that nothing is to be done any more, and take the labels away."""
    if any(map(is_ours, case.pull.labels)):
        _answer(desk, case.pull, mark, case.comments or desk.hub.comments(case.pull.number), begin=False)
        _relabel(desk, case.pull, frozenset())


def _relabel(desk: Desk, pull: Pull, wanted: frozenset[Label]) -> None:
    names = {label.name for label in wanted}
    desk.hub.label(pull, add=wanted, remove=(name for name in pull.labels if is_ours(name) and name not in names))


def _answer(desk: Desk, pull: Pull, mark: Mark, comments: Sequence[Comment], *, begin: bool) -> None:
    """Let the bot's comment say this; one that says so already is not touched: an edit would end its approvals."""
    found = verdict_comment(comments, is_bot(desk.hub))
    if found is None and begin:
        desk.hub.comment(pull.number, comment_text(mark, desk.details))
    elif found is not None and found[1] != mark:
        desk.hub.edit_comment(found[0], comment_text(mark, desk.details))
