"""Every board by its links, and the names that people have, in real Chromium on a small screen and a large one."""

import datetime as dt
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from generator.build import build_entries
from generator.flagged import FlaggedSubmission, Submitter
from tests.generator.conftest import Store, served, usage
from validator.config import Leaderboard

NOW = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
WIDTHS = (390, 768, 1440)
NAMES = {
    "demo-" + "m" * 34: "W" * 100,
    "M" * 39: "مهندسة البرمجيات الأولى في المدينة القديمة عند البحر الأبيض المتوسط",
    "emoji-demo": "👩‍👩‍👧‍👦🏳️‍🌈🍁" * 5,
    "grace-demo": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "ada-demo": "Zalgo Z̴̧̛a̶͘l̵g̷o̸ 例えば名前が長い場合の表示を確認するための名前",
}
"""Logins as long as GitHub lets them be, and names as long as a profile may hold."""
OVERLAPS = """() => {
    const { clientWidth: room, scrollWidth: wide } = document.documentElement;
    const found = wide > room ? [`the page is ${wide} px wide`] : [];
    const apart = (parent, selector) => {
        const boxes = [...parent.querySelectorAll(selector)].map((each) => [each, each.getBoundingClientRect()]);
        for (const [nth, [one, a]] of boxes.entries()) {
            if (a.left < 0 || a.right > room + 1) found.push(`${one.tagName} leaves the screen: ${one.textContent}`);
            for (const [two, b] of boxes.slice(nth + 1))
                if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
                    found.push(`${one.tagName} lies on ${two.tagName}: ${one.textContent}`);
        }
    };
    for (const row of document.querySelectorAll(".board tbody tr")) apart(row, ".who img, .who b, .who small, td");
    for (const person of document.querySelectorAll(".person")) apart(person, "img, h1, p > *");
    return found;
}"""
"""What of a page does not fit, or lies upon something else, in words."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Serve a board of the named, who each lead by another metric or period."""
    store = Store()
    for user, (login, name) in enumerate(NAMES.items(), 1):
        store.use(
            user,
            {
                "2026-05-02": [usage(900 * user, output=700 - 100 * user)],
                "2026-06-02": [usage(5000 - 900 * user)],
                **{f"2026-06-{day}": [usage(10 * user, output=user)] for day in range(14, 14 + user)},
            },
        )
        store.profile(user, login, name)
    folder = tmp_path_factory.mktemp("boards") / "site"
    board = Leaderboard(title="Test board", site_url="https://board.example/", repository="board/store")
    submitter = Submitter(next(iter(NAMES)), "https://pictures.example/1")
    queue = [FlaggedSubmission(12345, submitter, 10**12, "daily-tokens, round-total, daily-cost", NOW)]
    build_entries(store.entries(), folder, board, NOW, flagged=queue, processes=1)
    return served(folder)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Give a page on a small screen that must not complain, nor ask for what is not there or is not the site's."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page, problems = context.new_page(), list[str]()
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(address) else problems.append(request.url))
    page.on("response", lambda answer: None if answer.ok else problems.append(f"{answer.status} {answer.url}"))
    yield page
    assert problems == []
    context.close()


FACTS = """() => ({
    headings: document.querySelectorAll("h1").length,
    marked: Object.fromEntries([...document.querySelectorAll("main nav")].map((each) => [
        each.ariaLabel, [...each.querySelectorAll("[aria-current=true]")].map((link) => link.textContent),
    ])),
    ranks: [...document.querySelectorAll("tbody .rank")].map((cell) => Number(cell.textContent)),
    bars: [...document.querySelectorAll("tbody .main .bar rect")].map((bar) => parseFloat(bar.getAttribute("width"))),
    first: document.querySelector("tbody .who small").textContent,
})"""
"""What a board says: links marked in each navigation, ranks, lengths of the bars below what ranks, the first login."""


def _check(page: Page, marked: dict[str, str]) -> str:
    """Check what every board has, and which links are `marked` as those of the page. Return the login of the first."""
    assert page.evaluate(OVERLAPS) == [], page.url
    facts = page.evaluate(FACTS)
    assert facts["headings"] == 1
    assert facts["marked"] == {navigation: [name] if name else [] for navigation, name in marked.items()}, page.url
    assert facts["ranks"] == sorted(facts["ranks"]), page.url
    assert (facts["ranks"][0], len(facts["ranks"])) == (1, len(NAMES)), page.url
    assert len(facts["bars"]) == len(NAMES), "one number of each row is the one that ranks"
    assert facts["bars"] == sorted(facts["bars"], reverse=True), page.url
    return str(facts["first"])


def _follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=name, exact=True).click()


def test_every_board_is_reached_by_links_and_says_which_it_is(page: Page, address: str) -> None:
    leaders, metrics = {}, ["Tokens", "Cost", "Active days", "Output", "Uncached"]
    page.goto(address)
    for period in ("All time", "This month", "This week"):
        over = {"Months that are over": ""} if period == "This month" else {}
        for nth, metric in enumerate(metrics):
            _follow(page, metric if nth else period)
            leaders[period, metric] = _check(page, {"Period": period, "Ranked by": metric} | over)
        metrics.reverse()  # the way to another period does not leave the metric
    first, *_, last = NAMES
    assert len(leaders) == 3 * 5
    assert sorted(key for key, login in leaders.items() if login == first) == [
        ("All time", "Cost"),
        ("All time", "Output"),
        ("This month", "Cost"),
        ("This month", "Tokens"),
        ("This month", "Uncached"),
    ]
    assert leaders["This week", "Uncached"] == last
    _follow(page, "This month")
    _follow(page, "2026 May")
    assert page.url == f"{address}2026/05/"
    assert _check(page, {"Period": "", "Months that are over": "2026 May"}) == "ada-demo"
    _follow(page, "All time")
    assert page.url == address


def _fits(page: Page, address: str) -> None:
    """Open a page and check at each width that nothing is cut off and nothing lies upon something else."""
    page.goto(address)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if "?" in address:
            page.locator("#pair table").wait_for()
        assert page.evaluate(OVERLAPS) == [], f"{address} at {width} px"


def test_names_of_every_kind_have_their_place(page: Page, address: str) -> None:
    _fits(page, address)
    assert sorted(page.locator(".who bdi").all_text_contents()) == sorted(NAMES.values())
    heights = page.locator(".board tbody tr").evaluate_all("rows => rows.map((row) => row.offsetHeight)")
    assert max(heights) < 90, "no name takes the board for itself"
    for login, name in NAMES.items():
        _fits(page, f"{address}profile/{login}/")
        heading = page.get_by_role("heading", level=1)
        assert heading.inner_text() == name, "here, if not on the board, all of it is shown"
        assert page.get_by_role("link", name=f"@{login}").is_visible()
    one, other, *_ = NAMES
    _fits(page, f"{address}compare/?a={one}&b={other}")
    _fits(page, f"{address}review/")
