"""Pages as files: addresses, links that resolve, nothing unescaped, nothing hidden, whoever is on the board."""

import dataclasses
import datetime as dt
import gzip
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from generator import api, pages
from generator.output import Page
from generator.rows import (
    Board,
    BoardRow,
    BoardTotals,
    Buckets,
    Day,
    Metric,
    Period,
    Profile,
    Series,
    Share,
    SignedFile,
    Span,
    Stats,
)
from validator.config import Leaderboard

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
ATTACK = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{ 1234*5678 }}&amp;javascript:"
VOID = {"meta", "link", "img", "br", "path", "rect", "input"}


class Reader(HTMLParser):
    """Collects tags, references and ids, and insists that every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in {attrs}"
        if tag not in VOID or (tag in {"path", "rect"} and not self.get_starttag_text().endswith("/>")):  # type: ignore[union-attr]
            self._end_cells(tag)
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def _end_cells(self, tag: str) -> None:
        """Close table cells where HTML says that their end is understood."""
        if tag in {"td", "th", "tr", "tbody", "thead"} and self.open[-1] in {"td", "th"}:
            self.open.pop()
        if tag in {"tr", "tbody", "thead"} and self.open[-1] == "tr":
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1] != tag:
            self._end_cells(tag)
        assert self.open.pop() == tag

    def references(self) -> list[str]:
        return [value for _, attrs in self.tags for name in ("href", "src") if (value := attrs.get(name))]


def _row(number: int, **other: object) -> BoardRow:
    fields: dict[str, object] = {
        "rank": number,
        "user_id": number,
        "login": f"user{number}",
        "display_name": f"User {number}",
        "tokens": 10_000_000 // number,
        "cost_micros": 5_000_000,
        "unpriced_tokens": 0,
        "active_days": 3,
        "output_tokens": 1_000_000 // number,
        "uncached_tokens": 2_000_000 // number,
        "top_provider": "anthropic",
        "top_source": "claude",
        "last_submission": NOW.date(),
        "rank_before": number,
    }
    return BoardRow(**(fields | other))  # type: ignore[arg-type]


def _board(rows: int, **other: object) -> Board:
    places = tuple(_row(number, **other) for number in range(1, rows + 1))
    return Board(Period.ALL, Metric.TOKENS, places, BoardTotals(rows, sum(row.tokens for row in places), 7))


def _profile(days: int = 3, models: int = 1, text: str = "plain", scale: int = 1) -> Profile:
    buckets = Buckets(900 * scale, 100 * scale, 500 * scale, 100 * scale, 10 * scale)
    usage: list[int | None] = [number for place in range(models) for number in (place, 1000 * scale // models, 1)]
    active = tuple(
        Day(NOW.date() - dt.timedelta(days=back), 1000 * scale, 1 + back % 4, 5, 0, buckets, usage)
        for back in range(days - 1, -1, -1)
    )
    shares = tuple(Share(f"{text}{number}", 1000 * scale, 5, 0, 1) for number in range(models))
    file = SignedFile("submissions/01/1/d/x.json", "device01", "2026-11", 1, "sha256:" + "ab" * 32, "c" * 40, 5, NOW,
                      "verified", 12)  # fmt: skip
    return Profile(
        user_id=1,
        login="somebody",
        display_name=text,
        joined=NOW.date(),
        rank=1,
        stats=Stats(buckets, 5, 0, days, 1, 1, 1000, NOW.date(), 1000 * scale),
        days=active,
        providers=shares[:1],
        sources=shares[:1],
        models=shares,
        files=(file,),
        devices=1,
        series=tuple(Series(f"{text}0", f"{text}0", f"{text}{number}") for number in range(models)),
        spans=tuple(Span(NOW.date().replace(day=1), place, 1000 * scale) for place in range(models)),
    )


def _html(made: list[Page]) -> dict[str, str]:
    return {page.path: page.content.decode() for page in made if page.path.endswith(".html")}


def test_every_period_and_metric_has_an_address_of_its_own() -> None:
    addresses = [pages.board_address(period, metric) for period in Period for metric in Metric]
    assert len(set(addresses)) == len(addresses)
    assert pages.board_address(Period.ALL, Metric.TOKENS) == ""
    assert pages.board_address(Period.WEEK, Metric.COST, 3) == "board/week/cost/3/"


@pytest.mark.parametrize(("users", "expected"), [(0, 1), (1, 1), (50, 1), (51, 2), (120, 3)])
def test_a_board_has_fifty_places_a_page(users: int, expected: int, leaderboard: Leaderboard) -> None:
    made = _html(list(pages.board_pages([_board(users)], leaderboard, NOW)))
    assert len(made) == expected
    logins = [login for text in made.values() for login in re.findall(r"profile/(user\d+)/", text)]
    assert logins == [f"user{number}" for number in range(1, users + 1)]


def test_pages_lead_to_their_neighbours(leaderboard: Leaderboard) -> None:
    second = list(pages.board_pages([_board(120)], leaderboard, NOW))[1].content.decode()
    assert '<link rel="prev" href="../../../../index.html">' in second
    assert '<link rel="next" href="../../../../board/all/tokens/3/">' in second


def test_attacks_in_every_string_stay_text(leaderboard: Leaderboard) -> None:
    attacked = {"display_name": ATTACK, "top_provider": ATTACK, "top_source": ATTACK, "login": ATTACK}
    made = _html([
        *pages.board_pages([_board(2, **attacked)], leaderboard, NOW),
        *pages.profile_pages(_profile(text=ATTACK), leaderboard, NOW),
    ])  # fmt: skip
    for text in made.values():
        tags = Reader(text).tags
        scripts = [attrs.get("src") or "" for tag, attrs in tags if tag == "script"]
        assert all(script.endswith("/assets/site.js") for script in scripts)
        assert not [tag for tag, _ in tags if tag in {"iframe", "object", "style"}]
        assert [attrs.get("id") for tag, attrs in tags if tag == "form"] in ([], ["search"])
        assert not [name for _, attrs in tags for name in attrs if name.startswith("on") or name == "style"]
        assert not [link for link in Reader(text).references() if link.lower().startswith("javascript")]
        assert str(1234 * 5678) not in text, "a template was filled in twice"


def test_all_models_are_there_however_many(leaderboard: Leaderboard) -> None:
    text = _html(list(pages.profile_pages(_profile(models=60), leaderboard, NOW)))["profile/somebody/index.html"]
    assert all(f">plain{number}</b>" in text for number in range(60))
    assert "<th>55 others" in text
    assert "<summary>52 more</summary>" in text


def test_ten_years_have_ten_graphs_and_a_trillion_fits(leaderboard: Leaderboard) -> None:
    profile = _profile(days=3650, scale=10**9)
    text = _html(list(pages.profile_pages(profile, leaderboard, NOW)))["profile/somebody/index.html"]
    Reader(text)
    assert text.count('class="graph flat"') == text.count('class="graph solid"') == 10 + 1
    assert "1.00\u202fT" in text


def test_a_usual_years_page_stays_light(leaderboard: Leaderboard) -> None:
    heavy = _profile(days=220, models=5, scale=12_345)
    files = tuple(dataclasses.replace(heavy.files[0], commit=f"{number:040x}") for number in range(13))
    heavy = dataclasses.replace(heavy, files=files, sources=heavy.models[:4], providers=heavy.models[:4])
    text = _html(list(pages.profile_pages(heavy, leaderboard, NOW)))["profile/somebody/index.html"].encode()
    assert len(text) <= 45_000
    assert len(gzip.compress(text)) <= 14_000


def test_all_files_of_a_user_of_a_hundred_days_stay_light(leaderboard: Leaderboard) -> None:
    profile = _profile(days=100, models=3, scale=12_345)
    made = [*pages.profile_pages(profile, leaderboard, NOW), *pages.card_pages(profile, leaderboard, NOW)]
    made.append(api.profile_page(profile, leaderboard))
    assert sum(len(page.content) for page in made) <= 60_000


def test_every_page_says_where_it_lives(leaderboard: Leaderboard) -> None:
    made = [*pages.board_pages([_board(51)], leaderboard, NOW), *pages.profile_pages(_profile(), leaderboard, NOW)]
    for path, text in _html(made).items():
        address = leaderboard.site_url + path.removesuffix("index.html")
        assert f'<link rel="canonical" href="{address}">' in text
        assert f'<meta property="og:url" content="{address}">' in text


def test_unpriced_is_never_free(leaderboard: Leaderboard) -> None:
    row = {"cost_micros": 0, "unpriced_tokens": 10}
    text = _html(list(pages.board_pages([_board(1, **row)], leaderboard, NOW)))["index.html"]
    assert "unpriced" in text
    assert "$0.00" not in re.sub(r"<dl.*?</dl>", "", text, flags=re.DOTALL)


def test_the_page_for_what_is_missing_works_below_a_path(tmp_path: Path) -> None:
    board = Leaderboard(title="Team", site_url="https://somebody.github.io/board/", repository="somebody/board")
    text = {page.path: page.content.decode() for page in pages.site_pages(board, NOW)}["404.html"]
    assert '<link rel="stylesheet" href="/board/assets/site.css">' in text
