"""`/review/`: what waits for a maintainer, and why."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from generator.flagged import FlaggedSubmission
from generator.output import Page
from generator.pages.page import page
from validator.config import Leaderboard
from validator.rules import RULES


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of the queue. `reasons` are (code, title of its rule); the title is empty for a rule unknown here."""

    pull_request: int
    username: str
    tokens: int
    reasons: tuple[tuple[str, str], ...]
    since: dt.date


def review_page(flagged: Sequence[FlaggedSubmission], leaderboard: Leaderboard, now: dt.datetime) -> Page:
    """Return the page of the queue, whoever waited longest first."""
    oldest_first = sorted(flagged, key=lambda each: (each.created_at, each.pull_request))
    return page("review/", "review.html.j2", leaderboard, now, here="review", queue=list(map(_waiting, oldest_first)))


def _waiting(each: FlaggedSubmission) -> Waiting:
    titles = {rule.code: rule.title for rule in RULES}
    reasons = tuple((code, titles.get(code, "")) for code in each.flagged_reason.split(", "))
    since = each.created_at.astimezone(dt.UTC).date()
    return Waiting(each.pull_request, each.user.username, each.total_tokens, reasons, since)
