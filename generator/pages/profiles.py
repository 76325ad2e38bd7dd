"""A user's page, the avatar, and the way from former addresses."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from generator import format as text
from generator.achievements import achievements
from generator.graphs import heatmap, identicon, isometric
from generator.output import Page
from generator.pages.cards import badge_width
from generator.pages.page import page
from generator.pages.usage import usages
from generator.rows import Buckets, Day, Key, Profile, SignedFile
from validator.config import Leaderboard


@dataclass(frozen=True, slots=True)
class Year:
    """One calendar year of a profile's contribution graph."""

    number: int
    tokens: int
    active: int
    """Days with usage."""
    flat: Markup
    landscape: Markup
    table: Markup


@dataclass(frozen=True, slots=True)
class Part:
    """One of the five disjoint parts of tokens; start and width are thousandths of the whole."""

    name: str
    label: str
    tokens: int
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Merge:
    """Files of a device that came by one commit with one verdict, which any of them tells."""

    any: SignedFile
    reviewed: str
    """The verdict's day as it is shown."""
    rows: list[tuple[str, str, str, str, int]]
    """Path, month, tokens, the first digits of the hash, and revision of each file."""


def profile_pages(profile: Profile, leaderboard: Leaderboard, now: dt.datetime) -> Iterator[Page]:
    """Yield a user's page, the avatar, and the pages of former logins."""
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
        merits=achievements(profile),
        badge_width=badge_width(profile),
        years=_years(profile, days, today),
        day=_day(profile, profile.days[-1]),
        buckets=_buckets(profile.stats.buckets),
        usages=usages(profile, today),
        devices=_devices(profile),
    )
    yield Page(profile.avatar, profile.picture or identicon.svg(profile.user_id))
    for login in profile.former_logins:
        # it says that it lives at the present address, which is as deep below the root
        moved = page(folder, "renamed.html.j2", leaderboard, now, here="profile", profile=profile)
        yield Page(f"profile/{login}/index.html", moved.content)


def _years(profile: Profile, days: Mapping[dt.date, int], today: dt.date) -> list[Year]:
    """Return the years with usage, newest first."""
    levels = {day.date: day.intensity for day in profile.days}
    # nothing there can break a line, so the plain space does, and it has two bytes less 700 times
    counts = {day.date: text.tokens(day.tokens, " ") for day in profile.days}
    bars = isometric.bars(days, levels, profile.stats.peak_tokens)
    years = []
    for number in sorted({date.year for date in days}, reverse=True):
        tokens = [count for date, count in days.items() if date.year == number]
        flat = heatmap.year_svg(levels, number, today)
        landscape = isometric.year_svg(bars, number, today)
        table = heatmap.year_table(counts, number)
        years.append(Year(number, sum(tokens), len(tokens), flat, landscape, table))
    return years


def _day(profile: Profile, day: Day) -> dict[str, object]:
    """Return what the panel of the selected day says before anybody selects one: the newest day's breakdown."""
    numbers = zip(day.usage[::3], day.usage[1::3], day.usage[2::3], strict=True)
    rows = sorted(
        ((profile.series[place or 0], tokens or 0, cents) for place, tokens, cents in numbers),
        key=lambda row: -row[1],
    )
    return {
        "date": day.date,
        "tokens": day.tokens,
        "cost_micros": day.cost_micros,
        "unpriced": day.unpriced_tokens,
        "buckets": _buckets(day.buckets),
        "rows": [(series, text.tokens(tokens), _cents(cents)) for series, tokens, cents in rows],
    }


def _cents(cents: int | None) -> str:
    return "unpriced" if cents is None else text.money(10_000 * cents) if cents else "<$0.01"


def _devices(profile: Profile) -> list[tuple[str, Key | None, list[Merge]]]:
    """Return each device, its key if it told one, and its files, the newest first."""
    keys = {key.device: key for key in profile.keys}
    files: dict[str, list[SignedFile]] = {device: [] for device in keys}
    for file in profile.files:
        files.setdefault(file.device, []).append(file)
    return [
        (device, keys.get(device), [_merge(list(together)) for _, together in groupby(own, _merged)])
        for device, own in files.items()
    ]


def _merged(file: SignedFile) -> tuple[object, ...]:
    return file.commit, file.verdict, file.pull_request, file.reviewer, file.reviewed


def _merge(files: Sequence[SignedFile]) -> Merge:
    rows = [
        (file.path, file.period, text.tokens(file.tokens), file.hash.removeprefix("sha256:")[:12], file.revision)
        for file in files
    ]
    return Merge(files[0], text.day(files[0].reviewed) if files[0].reviewed else "", rows)


def _buckets(buckets: Buckets) -> list[Part]:
    """Return the five disjoint parts of tokens. Ends are rounded, not widths, so the parts fill a bar exactly."""
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
        placed.append(Part(name, label, tokens, start, end - start))
        before += tokens
    return placed
