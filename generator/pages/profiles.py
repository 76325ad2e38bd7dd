"""A user's page, its contribution graph as files, and the avatar."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from generator import format as text
from generator.graphs import heatmap, heatmap_png, identicon
from generator.output import Page
from generator.pages.page import page
from generator.rows import Day, Profile, SignedFile, Stats
from validator.config import Leaderboard

RECENT_DAYS = 10
"""Days listed on a profile; the JSON has all."""


@dataclass(frozen=True, slots=True)
class Year:
    """One calendar year of a profile's contribution graph."""

    number: int
    tokens: int
    active: int
    """Days with usage."""
    drawing: Markup
    table: Markup


def profile_pages(profile: Profile, leaderboard: Leaderboard, now: dt.datetime) -> Iterator[Page]:
    """Yield a user's page, the contribution graph as SVG and PNG files, and the avatar."""
    folder = f"profile/{profile.login}/"
    today = now.date()
    days = {day.date: day.tokens for day in profile.days}
    yield page(
        folder,
        "profile.html.j2",
        leaderboard,
        now,
        here="profile",
        profile=profile,
        stats=profile.stats,
        years=_years(profile, days, today),
        buckets=_buckets(profile.stats),
        recent=[_recent(day) for day in profile.days[: -RECENT_DAYS - 1 : -1]],
        files=[_file(file) for file in profile.files],
    )
    yield Page(f"{folder}graph.svg", heatmap.svg(days, today).encode())
    yield Page(f"{folder}graph.png", heatmap_png.png(days, today))
    yield Page(f"avatars/{profile.user_id}.svg", identicon.svg(profile.user_id))


def _years(profile: Profile, days: Mapping[dt.date, int], today: dt.date) -> list[Year]:
    """Return the years from the first active day to today's, newest first."""
    levels = {day.date: day.intensity for day in profile.days}
    # nothing there can break a line, so the plain space does, and it has two bytes less 700 times
    counts = {day.date: text.tokens(day.tokens, " ") for day in profile.days}
    years = []
    for number in range(today.year, min(days, default=today).year - 1, -1):
        tokens = [count for date, count in days.items() if date.year == number]
        drawing = heatmap.year_svg(counts, levels, number, today)
        years.append(Year(number, sum(tokens), len(tokens), drawing, heatmap.year_table(counts, number)))
    return years


def _recent(day: Day) -> tuple[object, ...]:
    """Return a day as its row shows it; money stays a number, for what is unpriced has words of its own."""
    buckets = day.buckets
    numbers = map(text.tokens, (day.tokens, buckets.input, buckets.cache_read, buckets.output))
    return (text.day(day.date), *numbers, day.cost_micros, day.unpriced_tokens, "")


@lru_cache(maxsize=4096)
def _models(names: tuple[str, ...]) -> str:
    """Return the models of a day, each once, whatever the case it is written in."""
    distinct: dict[str, str] = {}
    for name in names:
        distinct.setdefault(name.lower(), name)
    return ", ".join(distinct.values())


def _file(file: SignedFile) -> tuple[object, ...]:
    """Return a signed file as its row shows it."""
    tokens, digits = text.tokens(file.tokens), file.hash.removeprefix("sha256:")[:12]
    what = (file.path, file.device, file.period, file.revision)
    return (*what, digits, file.commit, tokens, file.verdict, file.pull_request)


def _buckets(stats: Stats) -> list[tuple[str, str, int, int, int]]:
    """Return the five disjoint parts of all tokens: class, label, tokens, and start and width in thousandths.

    Ends are rounded, not widths, so the parts always fill the bar exactly.
    """
    buckets = stats.buckets
    parts = [
        ("input-plain", "Input, not cached", buckets.input - buckets.cache_read - buckets.cache_creation),
        ("cache-creation", "Input, written to cache", buckets.cache_creation),
        ("cache-read", "Input, read from cache", buckets.cache_read),
        ("output-plain", "Output", buckets.output - buckets.reasoning),
        ("reasoning", "Output, reasoning", buckets.reasoning),
    ]
    placed, before = [], 0
    for name, label, tokens in parts:
        start, end = (1000 * edge // max(1, buckets.total) for edge in (before, before + tokens))
        placed.append((name, label, tokens, start, end - start))
        before += tokens
    return placed
