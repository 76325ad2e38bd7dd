"""What other places show of a user: a badge and cards as SVG, and pictures for link previews."""

import datetime as dt
from collections.abc import Callable, Iterator

from generator import format as text
from generator.graphs import badge, card, card_png
from generator.output import Page
from generator.rows import Profile
from validator.config import Leaderboard

MODELS = 3
"""Named on a card."""
BOARD_SENTENCE = "Tokens of coding agents, signed and judged in the open"

Old = Callable[[str], bytes]
"""Returns what the site published so far has at a path; nothing where it has none."""


def nothing_old(path: str) -> bytes:  # noqa: ARG001
    """Return what a site that was never built has at a path."""
    return b""


def card_pages(profile: Profile, leaderboard: Leaderboard, now: dt.datetime, old: Old = nothing_old) -> Iterator[Page]:
    """Yield a user's badge, cards in 2D and 3D, and picture; badge and cards under former logins, too.

    A README shows them by a login that its owner may have given up since, and an image cannot lead on. No login holds
    a dot, so `<login>.3d.svg` is nobody else's. The picture is the published one if that shows the same.
    """
    shown, today = _card(profile, leaderboard), now.date()
    files = {
        "badge/{}.svg": badge.svg(*_badge_words(profile), card.title(shown)),
        "card/{}.svg": card.flat(shown, today),
        "card/{}.3d.svg": card.solid(shown, today),
    }
    for login in (profile.login, *profile.former_logins):
        for path, content in files.items():
            yield Page(path.format(login), content.encode())
    picture = f"card/{profile.login}.png"
    yield Page(picture, card_png.png(shown, today, old(picture)))


def badge_width(profile: Profile) -> int:
    """Return how many pixels wide a user's badge is."""
    return badge.across(*_badge_words(profile))


def board_card_page(leaderboard: Leaderboard) -> Page:
    """Return the picture for links to pages that are nobody's."""
    return Page("card.png", card_png.board_png(leaderboard.title, BOARD_SENTENCE))


def _card(profile: Profile, leaderboard: Leaderboard) -> card.Card:
    stats = profile.stats
    return card.Card(
        board=leaderboard.title,
        name=profile.display_name,
        login=profile.login,
        rank=profile.rank,
        tokens=stats.buckets.total,
        cost=_cost(stats.cost_micros, stats.unpriced_tokens),
        active_days=stats.active_days,
        streak=stats.current_streak,
        longest_streak=stats.longest_streak,
        models=tuple((each.name, text.share(each.tokens, stats.buckets.total)) for each in profile.models[:MODELS]),
        days={day.date: day.tokens for day in profile.days},
        levels={day.date: day.intensity for day in profile.days},
    )


def _cost(micros: int, unpriced: int) -> str:
    """Return money, and say that it leaves something out."""
    if unpriced and not micros:
        return "unpriced"
    return text.money(micros) + ("+" if unpriced else "")


def _badge_words(profile: Profile) -> tuple[str, str]:
    return "tokens", f"{text.tokens(profile.stats.buckets.total, ' ')} · #{profile.rank:,}"
