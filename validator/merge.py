"""Merging: the bot writes judged files into main's tree itself, many pull requests in one update.

A merge commit's parents are main and the pull request's head; its tree is main's with the judged blobs, by id, and
the user's reviews.json and the index of contributions brought up to date. So nothing can change between judgement and
merge, old forks never conflict, and GitHub shows each pull request as merged. The only state is the branch itself,
moved once by compare-and-swap: whenever a run is killed, the next one finds either all of its merges or none.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from validator import ValidatorError
from validator.change import Author
from validator.config import Policy
from validator.contributions import holders, index_changes
from validator.findings import JudgedFile, Outcome, Verdict
from validator.git import REGULAR, Draft, Identity, RefMoved, Repository
from validator.git_objects import object_id
from validator.judge import judge
from validator.reading import MAX_DIFFERENCES
from validator.reviews import MAX_REVIEWS_BYTES, Merge, Reviews, after_merge, parse_reviews, render_reviews
from validator.store import parse_path, reviews_path, user_folder
from validator.submission import MAX_NUMBER, Login, Malformed, Positive
from validator.trailers import MergeRecord, render_message

BOT = Identity("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")
"""The account whose token workflows push with."""
ATTEMPTS = 20
"""How often main may move under a run before it gives up."""

Push = Callable[[str, str], None]
"""Moves the branch where everybody sees it, given its new and its old commit. Raises RefMoved, after having fetched the
branch, when it is no longer at the old one."""


class PullRequest(BaseModel):
    """One pull request as GitHub's API tells of it. `approved_by` is the maintainer who approved exactly this head."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel, populate_by_name=True)

    number: Positive
    head: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
    author_id: Positive
    author_login: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,39}(\[bot\])?$")]
    head_owner_id: Annotated[int, Field(ge=0, le=MAX_NUMBER)] | None = None
    """Owner of the repository the head lies in: 0 when that repository is gone, null when it is the board's own."""
    approved_by: Login | None = None


class Status(StrEnum):
    """What became of a pull request."""

    MERGED = "merged"
    ALREADY_MERGED = "already-merged"
    FLAGGED = "flagged"
    """It waits for a maintainer."""
    REJECTED = "rejected"
    MOVED = "moved"
    """Its reference is gone or names another commit than was asked for."""
    LEFT_ALONE = "left-alone"
    """It is no change to the store."""
    STALE = "stale"
    """Its author's files on the board changed since it was judged."""
    UNJUDGED = "unjudged"
    """The judge could not do its work, as when the board's own files of its author are damaged."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one pull request."""

    request: PullRequest
    status: Status
    commit: str = ""
    """The merge commit, empty unless merged by this run."""
    verdict: Verdict | None = None
    trouble: str = ""
    """Why it is unjudged."""


def merge(
    repository: Repository,
    requests: Iterable[PullRequest],
    policy: Policy | None,
    now: datetime,
    *,
    branch: str = "refs/heads/main",
    bot: Identity = BOT,
    verdicts: Mapping[int, Verdict | None] | None = None,
    push: Push | None = None,
) -> list[Result]:
    """Judge and merge pull requests, lowest number first, and return what became of each, by number.

    All of different users are merged in one update of the branch; the second of one user, or of two that count the
    very same, is judged after the first was merged. When somebody else moves the branch meanwhile, everything is tried
    again upon the new tip, but only what that concerns is judged again. Raises ValidatorError when Git fails, RefMoved
    when the branch keeps moving.

    `verdicts` are those already given, by number. Without a policy nothing is judged: no content of a pull request is
    read then, the ids of its files must be those of the verdict, and what the verdict no longer covers is STALE.
    """
    waiting = _by_number(requests)
    results: dict[int, Result] = {}
    known = dict(verdicts or {})
    moves = 0
    repository.unlock()
    while waiting:
        board = _Board(repository, branch, repository.resolve(branch), policy, now, bot, push)
        settled = _look(board, _one_per_user(waiting.values()), known)
        try:
            settled = _commit(board, settled)
        except RefMoved:
            moves += 1
            if moves == ATTEMPTS:
                raise
            continue
        for result in settled:
            results[result.request.number] = result
            del waiting[result.request.number]
    return [results[number] for number in sorted(results)]


@dataclass(frozen=True, slots=True)
class _Board:
    """One state of the branch, and what merging upon it needs."""

    repository: Repository
    branch: str
    tip: str
    policy: Policy | None
    now: datetime
    bot: Identity
    push: Push | None

    def folder(self, commit: str, user_id: int) -> str | None:
        """Return the id of a user's folder at a commit, or None."""
        entry = self.repository.entry(self.repository.commit(commit).tree, user_folder(user_id))
        return entry.oid if entry else None

    def blob(self, path: str) -> str:
        """Return the id of the file at a path of the tip, empty when there is none."""
        entry = self.repository.entry(self.repository.commit(self.tip).tree, path)
        return entry.oid if entry else ""

    def holders(self, commit: str, verdict: Verdict) -> list[tuple[str, ...]]:
        """Return which submissions at a commit count the same as each file of a verdict."""
        return [holders(self.repository, commit, each) for each in sorted(_counted(verdict))]

    def reviews(self, user_id: int) -> Reviews | None:
        """Return a user's reviews.json at the tip, or None. Raises ValidatorError when it is not one."""
        path = reviews_path(user_id)
        blob = self.blob(path)
        try:
            return parse_reviews(self.repository.blob(blob, MAX_REVIEWS_BYTES)) if blob else None
        except Malformed as error:
            raise ValidatorError(f"{path} is damaged: {error}.", "Restore it from the history of main.") from None


def _by_number(requests: Iterable[PullRequest]) -> dict[int, PullRequest]:
    ordered = sorted(requests, key=lambda request: request.number)
    found = {request.number: request for request in ordered}
    if len(found) != len(ordered):
        raise ValidatorError("A pull request stands twice in the list.", "List each pull request once.")
    return found


def _one_per_user(requests: Iterable[PullRequest]) -> list[PullRequest]:
    first: dict[int, PullRequest] = {}
    for request in requests:
        first.setdefault(request.author_id, request)
    return list(first.values())


def _look(board: _Board, requests: list[PullRequest], verdicts: dict[int, Verdict | None]) -> list[Result]:
    """Return what becomes of each pull request at this state of the branch; MERGED is still to be done.

    `verdicts` keeps what was judged, for when the branch moves.
    """
    heads = board.repository.refs("refs/pull/")
    present = {each.number for each in requests if heads.get(f"refs/pull/{each.number}/head") == each.head}
    unmerged = board.repository.unmerged((each.head for each in requests if each.number in present), board.tip)
    found: list[Result] = []
    taken: set[str] = set()
    for request in requests:
        if request.number not in present:
            found.append(Result(request, Status.MOVED))
        elif request.head not in unmerged:
            found.append(Result(request, Status.ALREADY_MERGED))
        else:
            result = _judged(board, request, verdicts)
            counted = _counted(result.verdict) if result.status is Status.MERGED else frozenset()
            if not counted & taken:  # a copy waits until the other is on the board, where the judge sees it
                taken |= counted
                found.append(result)
    return found


def _counted(verdict: Verdict | None) -> frozenset[str]:
    """Return the hashes of what the files of a verdict count."""
    return frozenset(file.contributions for file in verdict.files if file.contributions) if verdict else frozenset()


def _judged(board: _Board, request: PullRequest, verdicts: dict[int, Verdict | None]) -> Result:
    try:
        if not _holds(board, request, verdicts):
            if board.policy is None:
                return Result(request, Status.STALE)
            verdicts[request.number] = _judge(board, request, board.policy)
        elif board.policy is None:
            _check_ids(board.repository, verdicts[request.number])
    except ValidatorError as error:  # one damaged folder must not keep everybody else waiting
        return Result(request, Status.UNJUDGED, trouble=str(error))
    verdict = verdicts[request.number]
    return Result(request, _status(request, verdict), verdict=verdict)


def _holds(board: _Board, request: PullRequest, verdicts: dict[int, Verdict | None]) -> bool:
    """Tell whether a pull request was judged, and all that it was compared with still is as it was then."""
    if request.number not in verdicts:
        return False
    verdict, user = verdicts[request.number], request.author_id
    if verdict is None or verdict.base == board.tip:
        return True
    before, after = verdict.base, board.tip
    if board.folder(before, user) != board.folder(after, user):
        return False
    return board.holders(before, verdict) == board.holders(after, verdict)


def _judge(board: _Board, request: PullRequest, policy: Policy) -> Verdict | None:
    author = Author(request.author_id, request.author_login, request.head_owner_id)
    return judge(board.repository, base=board.tip, head=request.head, author=author, policy=policy, now=board.now)


def _check_ids(repository: Repository, verdict: Verdict | None) -> None:
    """Insist that a verdict that was handed over names all that its head changes, by path and id, and nothing else."""
    if verdict is None:
        return
    head = repository.commit(verdict.head)
    before = repository.commit(head.parents[0]).tree if len(head.parents) == 1 else None
    changed = {
        (each.path, (each.new.mode, each.new.oid) if each.new else None)
        for each in repository.changed(before, head.tree, MAX_DIFFERENCES)
    }
    if changed != {(file.path.encode(), (REGULAR, file.blob) if file.blob else None) for file in verdict.files}:
        raise ValidatorError(f"The verdict on {verdict.head} names other files than it changes.", "Judge it again.")


def _status(request: PullRequest, verdict: Verdict | None) -> Status:
    if verdict is None:
        return Status.LEFT_ALONE
    if verdict.outcome is Outcome.REJECTED:
        return Status.REJECTED
    return Status.FLAGGED if verdict.outcome is Outcome.FLAGGED and not request.approved_by else Status.MERGED


def _commit(board: _Board, results: list[Result]) -> list[Result]:
    """Write the merge commits of all results that are to be merged, move the branch, and return them with commits.

    Raises RefMoved when the branch is no longer where it was; nothing is merged then.
    """
    ready = [(each.request, each.verdict) for each in results if each.status is Status.MERGED and each.verdict]
    if not ready:
        return results
    commits = board.repository.write(board.tip, [_draft(board, request, verdict) for request, verdict in ready])
    if board.push is not None:
        board.push(commits[-1], board.tip)
    board.repository.update_ref(board.branch, commits[-1], board.tip)
    made = dict(zip((request.number for request, _ in ready), commits, strict=True))
    return [replace(result, commit=made.get(result.request.number, "")) for result in results]


def _draft(board: _Board, request: PullRequest, verdict: Verdict) -> Draft:
    """Return the merge commit of one judged change: its blobs by id, the user's reviews.json, and the index's entries.

    A file that an older pull request brought in the same bytes is no part of it.
    """
    _check_belongs(request, verdict)
    verdict = replace(verdict, files=tuple(file for file in verdict.files if file.blob != board.blob(file.path)))
    reviewer = request.approved_by if verdict.outcome is Outcome.FLAGGED else None
    before, path = board.reviews(request.author_id), reviews_path(request.author_id)
    after = after_merge(before, Merge(verdict, request.number, reviewer, board.now))
    text = render_reviews(after) if after else None
    kept = [JudgedFile(path, object_id("blob", text, like=request.head) if text else "")] if before or text else []
    record = MergeRecord(
        outcome=verdict.outcome,
        pull_request=request.number,
        user_id=request.author_id,
        login=request.author_login,
        findings=tuple(sorted({finding.code for finding in verdict.findings})),
        reviewer=reviewer,
        files=tuple(sorted([*(replace(file, total_tokens=0, contributions="") for file in verdict.files), *kept])),
    )
    files = [(file.path, file.blob or None) for file in verdict.files]
    index = index_changes(before, after, request.author_id)
    return Draft(render_message(record), board.bot, board.now, (*files, (path, text), *index), merged=(request.head,))


def _check_belongs(request: PullRequest, verdict: Verdict) -> None:
    """Insist, whatever the judge let pass, that nothing is written but the author's own profile and submissions."""
    places = [parse_path(file.path) for file in verdict.files]
    own = all(place and place.user_id == request.author_id and place.kind != "reviews" for place in places)
    if not own or not places or verdict.head != request.head or verdict.author_id != request.author_id:
        raise ValidatorError(f"The verdict on pull request {request.number} is not about its author's files.")
