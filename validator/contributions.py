"""The index of contributions: which submissions on the board count the very same. The bot alone writes it.

    contributions/3f/0a/<60 hex digits>-4242-ab12cd34-2026-11      an empty file for a submission

The hexadecimal digits are the hash of what the submission counts, the rest says which it is. So one look at one small
folder tells whether anybody has the same, however large the board is, and nobody's entry can conflict with another's.
Small months, which may be alike by chance, are not in it. It follows from the reviews.json of all users, which `verify`
compares with it and with the submissions.
"""

import re
from operator import attrgetter

import msgspec

from validator.config import Policy
from validator.git import FOLDER, Repository
from validator.reviews import Reviews
from validator.store import StorePath, parse_path, submission_path, user_folder
from validator.submission import Contribution, Submission, UsageRow, digest

INDEX = "contributions"
_ENTRY = re.compile(
    rf"{INDEX}/([0-9a-f]{{2}})/([0-9a-f]{{2}})/([0-9a-f]{{60}})"
    r"-([1-9][0-9]{0,15})-([a-z0-9]{8})-(20[0-9]{2}-(?:0[1-9]|1[0-2]))",
    re.ASCII,
)
_row = attrgetter(*(name for name in UsageRow.model_fields if name != "cost_micros"))


def counted(day: Contribution) -> tuple[object, ...]:
    """Return what a day counts, without its cost: that depends on the prices a computer had."""
    return (day.date, *map(_row, day.usage))


def contributions_hash(submission: Submission) -> str:
    """Return `sha256:…` of what a submission counts: of JSON without white space, costs left out.

    It is a list of days, each a list of its date and its usage rows, each a list of the values in the file's order.
    """
    return digest(msgspec.json.encode([counted(day) for day in submission.data.contributions]))


def listed_hash(submission: Submission, policy: Policy) -> str:
    """Return the hash under which the index is to list a submission, empty when it is too small for that."""
    large = submission.data.summary.total_tokens >= policy.copied_day_tokens
    return contributions_hash(submission) if large else ""


def entry_path(contributions: str, place: StorePath) -> str:
    """Return the path of the index's entry for a submission that counts what has this hash."""
    digits = contributions.removeprefix("sha256:")
    return f"{_folder(contributions)}/{digits[4:]}-{place.user_id}-{place.device}-{place.period}"


def parse_entry(path: str) -> tuple[str, str] | None:
    """Return (hash, path of the submission) of an entry, or None for every path that `entry_path` would not make."""
    match = _ENTRY.fullmatch(path)
    if match is None:
        return None
    submission = submission_path(int(match[4]), match[5], match[6])
    return (f"sha256:{match[1]}{match[2]}{match[3]}", submission) if parse_path(submission) else None


def holders(repository: Repository, commit: str, contributions: str) -> tuple[str, ...]:
    """Return the paths of all submissions that the index of a commit has for a hash, in the order of user ids as text.

    Raises ValidatorError when the index cannot be read.
    """
    folder = _folder(contributions)
    entry = repository.entry(repository.commit(commit).tree, folder)
    names = [each.name for each in repository.tree(entry.oid)] if entry and entry.mode == FOLDER else []
    found = [parse_entry(f"{folder}/{name.decode('ascii', 'replace')}") for name in names]
    return tuple(each[1] for each in found if each and each[0] == contributions)


def index_changes(before: Reviews | None, after: Reviews | None, user_id: int) -> tuple[tuple[str, bytes | None], ...]:
    """Return what a merge does to the index: entries that come, empty, and those that go, None; sorted by path."""
    old, new = _entries(before, user_id), _entries(after, user_id)
    return tuple((path, b"" if path in new else None) for path in sorted(old ^ new))


def _folder(contributions: str) -> str:
    digits = contributions.removeprefix("sha256:")
    return f"{INDEX}/{digits[:2]}/{digits[2:4]}"


def _entries(reviews: Reviews | None, user_id: int) -> set[str]:
    files = reviews.files if reviews else ()
    places = ((file.contributions, parse_path(f"{user_folder(user_id)}/{file.path}")) for file in files)
    return {entry_path(contributions, place) for contributions, place in places if contributions and place}
