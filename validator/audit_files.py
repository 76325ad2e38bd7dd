"""What the files of one user must prove on their own: form, place, sums, hash, signature, chain, and the bot's notes.

Pure functions over bytes, so that many users can be checked at once in several processes. The rules that judged the
numbers of a change are the ones that look at them again.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from validator.audit_history import Problem, Trace
from validator.change import Author, Change, Submitted
from validator.config import Policy
from validator.contributions import contributions_hash
from validator.reviews import FileReview, Reviews, parse_reviews
from validator.rules import counting, ownership
from validator.signature import BadSignature, fingerprint, verify
from validator.store import StorePath
from validator.submission import (
    NAMESPACE,
    Malformed,
    Profile,
    Submission,
    canonical,
    digest,
    parse_profile,
    parse_submission,
)

LASTING_RULES = (
    ownership.own_file,
    counting.negative,
    counting.parts,
    counting.token_sum,
    counting.summary,
    counting.order,
    counting.dates,
)
"""Rules about a submission alone, which hold for ever: not those about the day, the policy or the change around it."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of the store as it was found. When it could not be read, `trouble` says why."""

    path: str
    place: StorePath
    blob: str
    trace: Trace
    indexed: tuple[str, ...] = ()
    """The hashes under which the index of contributions lists it: none or one, unless somebody wrote past the bot."""
    content: bytes = b""
    trouble: str = ""


def check_files(files: Iterable[StoredFile]) -> list[Problem]:
    """Check files of which each belongs to a user of whom all files are there. Returns problems sorted."""
    folders: defaultdict[int, list[StoredFile]] = defaultdict(list)
    for file in files:
        folders[file.place.user_id].append(file)
    return sorted({problem for own in folders.values() for problem in _check_folder(_Folder(own))})


@dataclass(slots=True)
class _Folder:
    """The files of one user, and what those that could be read say."""

    files: list[StoredFile]
    profile: Profile | None = None
    reviews: Reviews | None = None
    submissions: list[tuple[StoredFile, Submission]] = field(default_factory=list)


def _check_folder(folder: _Folder) -> Iterator[Problem]:
    for file in folder.files:
        problem = file.trouble or _read(folder, file)
        if problem:
            yield Problem(file.path, problem)
    for file, submission in folder.submissions:
        yield from (Problem(file.path, reason) for reason in _check_submission(folder.profile, file, submission))
    yield from _check_notes(folder)


def _read(folder: _Folder, file: StoredFile) -> str:
    """Add what a file says to its folder; return why it could not, or what is wrong with its form."""
    try:
        match file.place.kind:
            case "profile":
                folder.profile = profile = parse_profile(file.content)
                return "the profile is another account's" if profile.user.id != file.place.user_id else ""
            case "reviews":
                folder.reviews = parse_reviews(file.content)
            case _:
                folder.submissions.append((file, parse_submission(file.content)))
    except Malformed as error:
        return f"is malformed: {error}"
    return ""


def _check_submission(profile: Profile | None, file: StoredFile, submission: Submission) -> Iterator[str]:
    yield from _check_numbers(file, submission)
    message = canonical(submission)
    if submission.hash != digest(message):
        yield "the hash is not that of the content"
    recorded = file.trace.record
    if recorded and recorded.hash != submission.hash:
        yield "the hash is not the one that its merge commit records"
    yield from _check_chain(file.trace, submission)
    device = next((each for each in profile.devices if each.id == submission.device), None) if profile else None
    if device is None:
        yield f"the profile lists no device {submission.device}"
        return
    if device.revoked_at is not None and submission.created_at > device.revoked_at:
        yield f"it was created after its device was revoked at {device.revoked_at}"
    try:
        verify(message, submission.signature, device.public_key, NAMESPACE)
        if recorded and recorded.key != fingerprint(device.public_key):
            yield "the device's key is not the one that its merge commit records"
    except BadSignature as error:
        yield f"the signature does not hold: {error}"


def _check_numbers(file: StoredFile, submission: Submission) -> Iterator[str]:
    change = Change(
        base="",
        head="",
        author=Author(file.place.user_id, submission.user.login),
        policy=Policy(),
        now=dt.datetime.max.replace(tzinfo=dt.UTC),
        submitted=(Submitted(file.path, file.place, file.blob, submission, None),),
    )
    for rule in LASTING_RULES:
        yield from (f"{rule.code}: {finding.message}" for finding in rule.findings(change))


def _check_chain(trace: Trace, submission: Submission) -> Iterator[str]:
    if trace.versions and submission.revision != trace.versions:
        yield f"it is revision {submission.revision}, but version {trace.versions} in the history"
    if (submission.previous or "") != trace.previous_hash:
        yield "`previous` does not name the version before it in the history"


def _check_notes(folder: _Folder) -> Iterator[Problem]:
    """Compare reviews.json with the files that it is about."""
    noted = {review.path: review for review in folder.reviews.files} if folder.reviews else {}
    submissions = {file.path: submission for file, submission in folder.submissions}
    for file in folder.files:
        if file.place.kind == "reviews":
            continue
        note = noted.pop("/".join(file.path.split("/")[3:]), None)
        if note is None:
            yield Problem(file.path, "the user's reviews.json does not list it")
        elif not file.trouble:
            yield from (Problem(file.path, reason) for reason in _check_note(note, file, submissions.get(file.path)))
    reviews = next((file.path for file in folder.files if file.place.kind == "reviews"), "")
    yield from (Problem(reviews, f"it lists {name}, which is not there") for name in noted)


def _check_note(note: FileReview, file: StoredFile, submission: Submission | None) -> Iterator[str]:
    if note.hash != (submission.hash if submission else None):
        yield "the user's reviews.json lists another hash for it"
    if note.contributions and (submission is None or note.contributions != contributions_hash(submission)):
        yield "the user's reviews.json lists it under other contributions than it has"
    if file.indexed != ((note.contributions,) if note.contributions else ()):
        yield "the index of contributions does not list it where the user's reviews.json does"
