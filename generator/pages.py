"""Which pages there are, under which address, and what each is filled with. Pure: rows in, pages out.

Addresses are folders with an `index.html`, links are relative, so a site works at a domain's root, below a path, and
as a copy on disk.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from generator import format as text
from generator.graphs import heatmap, heatmap_png, identicon
from generator.output import Page
from generator.render import assets, render
from generator.rows import Board, BoardRow, Day, Metric, Period, Profile, SignedFile, Stats
from validator.config import Leaderboard

ROWS_A_PAGE = 50
RECENT_DAYS = 10
"""Days listed on a profile; the JSON has all."""
_PERIODS = {Period.ALL: "All time", Period.MONTH: "This month", Period.WEEK: "This week"}
_METRICS = {Metric.TOKENS: "Tokens", Metric.COST: "Cost", Metric.DAYS: "Active days"}
_HEADINGS = {
    Period.ALL: "Leaderboard",
    Period.MONTH: "This month's leaderboard",
    Period.WEEK: "This week's leaderboard",
}


@dataclass(frozen=True, slots=True)
class Year:
    """One calendar year of a profile's contribution graph."""

    number: int
    tokens: int
    active: int
    """Days with usage."""
    drawing: Markup
    table: Markup


def board_address(period: Period, metric: Metric, page: int = 1) -> str:
    """Return the address of a board's page below the site's root: `` for the front page, else `board/…/`."""
    if page > 1:
        return f"board/{period}/{metric}/{page}/"
    return "" if (period, metric) == (Period.ALL, Metric.TOKENS) else f"board/{period}/{metric}/"


def board_pages(boards: Sequence[Board], leaderboard: Leaderboard, now: dt.datetime) -> Iterator[Page]:
    """Yield every page of every board, 50 places each; a board without anybody has one page that says so."""
    for board in boards:
        last_page = max(1, -(-len(board.rows) // ROWS_A_PAGE))
        for page in range(1, last_page + 1):
            yield _board_page(board, page, last_page, leaderboard, now)


def profile_pages(profile: Profile, leaderboard: Leaderboard, now: dt.datetime) -> Iterator[Page]:
    """Yield a user's page, the contribution graph as SVG and PNG files, and the avatar."""
    folder = f"profile/{profile.login}/"
    today = now.date()
    days = {day.date: day.tokens for day in profile.days}
    yield _page(
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


def site_pages(leaderboard: Leaderboard, now: dt.datetime) -> Iterator[Page]:
    """Yield the pages that do not depend on anybody's usage.

    The page for what is missing is shown under any address, so its links start at the site's own root.
    """
    yield _page("about/", "about.html.j2", leaderboard, now, here="about")
    root = urlsplit(leaderboard.site_url).path
    lost = render("404.html.j2", root=root, here="", site=leaderboard, today=now.date())
    yield Page("404.html", lost.encode())
    yield Page("robots.txt", b"User-agent: *\nAllow: /\n")


def asset_pages() -> Iterator[Page]:
    """Yield style sheet and icon."""
    for name, content in assets():
        yield Page(f"assets/{name}", content)


def _page(address: str, template: str, leaderboard: Leaderboard, now: dt.datetime, **values: object) -> Page:
    """Fill in a template for an address, with what every page needs."""
    root = "../" * address.count("/") or "./"
    filled = render(template, root=root, address=quote(address), site=leaderboard, today=now.date(), **values)
    return Page(f"{address}index.html", filled.encode())


def _board_page(board: Board, page: int, last_page: int, leaderboard: Leaderboard, now: dt.datetime) -> Page:
    def address(number: int) -> str | None:
        return board_address(board.period, board.metric, number) if 1 <= number <= last_page else None

    previous = address(page - 1)
    return _page(
        board_address(board.period, board.metric, page),
        "board.html.j2",
        leaderboard,
        now,
        here="board",
        heading=_HEADINGS[board.period],
        page=page,
        last_page=last_page,
        # the front page's address is empty: spelled out, so that a template can tell it from none
        previous="index.html" if previous == "" else previous,
        next=address(page + 1),
        period=board.period,
        metric=board.metric,
        periods=[(name, board_address(each, board.metric), each == board.period) for each, name in _PERIODS.items()],
        metrics=[(name, board_address(board.period, each), each == board.metric) for each, name in _METRICS.items()],
        totals=board.totals,
        leader=_value(board.rows[0], board.metric) if board.rows else 0,
        rows=board.rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE],
    )


def _value(row: BoardRow, metric: Metric) -> int:
    return {Metric.TOKENS: row.tokens, Metric.COST: row.cost_micros, Metric.DAYS: row.active_days}[metric]


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
    return (text.day(day.date), *numbers, day.cost_micros, day.unpriced_tokens, _models(day.mix.used_models))


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
