"""What is published of a user, month by month: what each submission says, and how it came to the board."""

from dataclasses import dataclass

from cli.github import GitHub
from cli.holdings import Holdings
from cli.merges import merge_commits
from validator.reviews import MAX_REVIEWS_BYTES, FileReview, parse_reviews
from validator.store import StorePath, user_folder
from validator.submission import Malformed, Submission

MOST = 400
"""Submissions that are read, the newest months: three years of ten devices."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission on the board."""

    path: str
    place: StorePath
    submission: Submission
    review: FileReview | None
    """What the bot recorded at the merge; None when it did not, or a newer board records it differently."""
    commit: str | None
    """Id of the merge commit; None when it lies too far back."""


@dataclass(frozen=True, slots=True)
class Publication:
    """All entries, sorted by device and month."""

    tip: str
    entries: tuple[Entry, ...]
    older: int
    """Submissions of months before these, which were not read."""


def read_publication(hub: GitHub, holdings: Holdings) -> Publication:
    """Read what is published. Raises CliError when GitHub cannot be asked or a submission is not what it must be."""
    listed = holdings.submissions()
    newest = sorted(listed.items(), key=lambda item: (item[1].period, item[1].device), reverse=True)[:MOST]
    reviews, commits = _reviews(holdings), merge_commits(hub, holdings)
    entries = (
        Entry(path, place, holdings.submission(place), reviews.get(path), commits.get(path)) for path, place in newest
    )
    in_order = tuple(sorted(entries, key=lambda entry: entry.path))
    return Publication(holdings.tip, in_order, len(listed) - len(in_order))


def _reviews(holdings: Holdings) -> dict[str, FileReview]:
    """Return what the bot recorded of each file, by path."""
    if holdings.reviews is None:
        return {}
    try:
        reviews = parse_reviews(holdings.blobs.read(holdings.reviews, MAX_REVIEWS_BYTES))
    except Malformed:
        return {}
    return {f"{user_folder(holdings.user_id)}/{each.path}": each for each in reviews.files}
