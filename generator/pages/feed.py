"""`/feed.xml`: who joined and who led each closed month, as an Atom feed (RFC 4287)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from generator import format as text
from generator.output import Page
from generator.render import render
from generator.rows import MonthLeader, Newcomer
from validator.config import Leaderboard

NEWCOMERS = 50
"""Users in the feed, at most."""
MONTHS = 24
"""Closed months in the feed, at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the feed; `id` stays the same whatever its user is called later."""

    id: str
    updated: dt.date
    title: str
    summary: str
    address: str


def feed_page(
    newcomers: Sequence[Newcomer], leaders: Sequence[MonthLeader], leaderboard: Leaderboard, now: dt.datetime
) -> Page:
    """Return the feed, newest first. Names are what a profile may hold, which is all that XML can say."""
    found = [*_joined(newcomers, leaderboard), *_led(leaders, leaderboard)]
    found.sort(key=lambda entry: entry.updated, reverse=True)
    updated = found[0].updated if found else now.date()
    filled = render("feed.xml.j2", site=leaderboard, entries=found, updated=updated, id=_tag(leaderboard, None, "feed"))
    return Page("feed.xml", filled.encode())


def _joined(newcomers: Sequence[Newcomer], leaderboard: Leaderboard) -> Iterator[Entry]:
    for user in newcomers:
        name = _said(user.display_name, user.login)
        yield Entry(
            id=_tag(leaderboard, user.joined, f"user/{user.user_id}"),
            updated=user.joined,
            title=f"{name} joined",
            summary=f"{name} put the first usage on the board.",
            address=f"profile/{quote(user.login)}/",
        )


def _led(leaders: Sequence[MonthLeader], leaderboard: Leaderboard) -> Iterator[Entry]:
    for leader in leaders:
        closed = (leader.month.replace(day=28) + dt.timedelta(4)).replace(day=1)
        name, month = _said(leader.display_name, leader.login), text.month(leader.month)
        yield Entry(
            id=_tag(leaderboard, closed, f"month/{leader.month:%Y-%m}"),
            updated=closed,
            title=f"{name} led {month}",
            summary=f"{name} used most in {month}: {text.tokens(leader.tokens, ' ')} tokens.",
            address=f"profile/{quote(leader.login)}/",
        )


def _said(display_name: str, login: str) -> str:
    return login if display_name == login else f"{display_name} ({login})"


def _tag(leaderboard: Leaderboard, date: dt.date | None, what: str) -> str:
    """Return a tag URI (RFC 4151): a name that is unique for ever without being an address."""
    site = urlsplit(leaderboard.site_url)
    return f"tag:{site.hostname},{date or dt.date(2026, 1, 1)}:{site.path.strip('/')}/{what}"
