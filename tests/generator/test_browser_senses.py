"""The site for whoever uses it by keyboard, by ear, in high contrast, without motion, or on paper; in real Chromium."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from generator.build import build_entries
from generator.flagged import FlaggedSubmission, Submitter
from tests.generator.conftest import Store, served, usage
from validator.config import Leaderboard

NOW = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
PROFILE = "profile/ada-demo/"
COMPARE = "compare/?a=ada-demo&b=grace-demo"
FOCUSED = """() => {
    const { activeElement: it } = document, look = (each) => getComputedStyle(each);
    const drawn = (each) => look(each).outlineStyle !== "none" && parseFloat(look(each).outlineWidth) >= 1;
    const { width, height, left, top } = it.getBoundingClientRect();
    return {
        what: (it.className || it.id || it.tagName).toString(),
        text: it.innerText ?? "",
        ringed: [it, ...(it.labels ?? [])].some((each) => drawn(each) || look(each).boxShadow !== "none"),
        seen: width > 0 && height > 0 && left + width > 0 && top + height > 0 && left < innerWidth && top < innerHeight,
    };
}"""
"""Where the keyboard is, and whether one can see it."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Serve a board of two, one of whom has used much of many kinds in two years, and a queue of one."""
    store = Store()
    days = [f"{year}-{month:02}-{day:02}" for year, month in ((2025, 12), (2026, 5), (2026, 6)) for day in range(1, 18)]
    used = {date: [usage(1000 * 3 ** (nth % 8)), usage(50, model="m2")] for nth, date in enumerate(days)}
    store.use(1, used)
    store.profile(1, "ada-demo", "Ada Demo")
    store.use(2, {"2026-05-02": [usage(10)], "2026-06-02": [usage(700, source="codex", provider="openai")]})
    store.profile(2, "grace-demo", "Grace Demo")
    queue = [
        FlaggedSubmission(21, Submitter("ada-demo", "https://pictures.example/1"), 912_345_678, "round-total", NOW)
    ]
    folder = tmp_path_factory.mktemp("senses") / "site"
    board = Leaderboard(title="Test board", site_url="http://localhost/", repository="board/store")
    build_entries(store.entries(), folder, board, NOW, flagged=queue, processes=1)
    return served(folder)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    yield page
    page.close()


def _open(page: Page, address: str) -> None:
    page.goto(address)
    if address.endswith(COMPARE):
        page.locator("#pair table").wait_for()


def _tab(page: Page, until: str) -> list[str]:
    """Press Tab until something of a class, id or tag has the focus, seen at every stop. Return the stops."""
    stops = list[str]()
    while len(stops) < 40:
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUSED)
        assert focus["ringed"], f"nothing shows the focus on {focus}"
        assert focus["seen"], f"the focus is off the screen on {focus}"
        stops.append(focus["text"] or focus["what"])
        if focus["what"] == until:
            return stops
    raise AssertionError(f"{until} is not reached: {stops}")


def test_the_keyboard_alone_leads_from_the_top_to_a_day_of_somebody(page: Page, address: str) -> None:
    page.goto(address)
    assert _tab(page, "skip") == ["Skip to the content"]
    page.keyboard.press("Enter")
    stops = _tab(page, "who")
    assert stops[0] == "Put yourself on it.", "the links of the header are skipped"
    assert stops[1:4] == ["All time", "This month", "This week"]
    assert stops[-1].startswith("Ada Demo")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == address + PROFILE
    _tab(page, "theme")
    page.keyboard.press("Space")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    _tab(page, "flat")
    page.keyboard.press("ArrowRight")
    assert page.locator(".solid").first.is_visible()
    _tab(page, "graph solid")
    page.keyboard.press("ArrowUp")
    page.wait_for_selector('.solid[aria-valuetext^="16 Jun 2026: "]')
    assert page.locator("#day time").inner_text() == "16 Jun 2026"


def _heard(page: Page) -> list[dict[str, Any]]:
    """Return what assistive technology is given, in its order: role, name and level of each node, and what it is in.

    A table that fills a region has the region's name: saying it twice would be noise.
    """
    found = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    nodes = {node["nodeId"]: node for node in found}
    heard: list[dict[str, Any]] = []

    def walk(node: dict[str, Any], within: tuple[str, ...], around: str) -> None:
        role = "" if node["ignored"] else node["role"]["value"]
        name = node.get("name", {}).get("value", "").strip()
        if role:
            levels = [each["value"]["value"] for each in node["properties"] if each["name"] == "level"]
            called = name or (around if role == "table" and within[-1] == "region" else "")
            heard.append({"role": role, "name": called, "level": max(levels, default=0), "within": within})
        for child in node.get("childIds", []):
            walk(nodes[child], (*within, role) if role else within, name if role else around)

    walk(found[0], (), "")
    return heard


def test_who_listens_is_told_where_they_are_and_what_each_thing_is(page: Page, address: str) -> None:
    needing = {"navigation", "region", "table", "image", "button", "link", "textbox", "combobox", "searchbox", "slider"}
    needing |= {"radio", "DisclosureTriangle", "graphics-symbol", "graphics-document", "columnheader", "rowheader"}
    expected = {
        "": {"search", "combobox"},
        PROFILE: {"slider", "image"},
        COMPARE: {"image"},
        "review/": {"link"},
        "data/": {"link"},
    }
    for path, special in expected.items():
        _open(page, address + path)
        for summary in page.locator("summary:visible").all():
            summary.click()
        heard = _heard(page)
        roles = [each["role"] for each in heard]
        assert special | {"table", "rowheader"} <= set(roles), f"{path}: what there is to hear was looked at"
        assert [roles.count(landmark) for landmark in ("banner", "main", "contentinfo")] == [1, 1, 1], path
        levels = [each["level"] for each in heard if each["role"] == "heading"]
        assert (levels[0], levels.count(1)) == (1, 1), path
        assert all(level <= before + 1 for before, level in pairwise(levels)), f"{path}: {levels}"
        nameless = [each for each in heard if each["role"] in needing and not each["name"]]
        drawn = [each for each in heard if each["role"] == "SvgRoot" and not {"slider", "image"} & {*each["within"]}]
        assert (nameless, drawn) == ([], []), path


def test_in_high_contrast_colours_that_mean_something_stay(page: Page, address: str) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(address + PROFILE)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    steps = page.locator(".legend rect").evaluate_all("all => all.map((each) => getComputedStyle(each).fill)")
    assert len({*steps, paper}) == 5 + 1, "each step is told from the others, and from the paper"
    swatch = "all => all.map((each) => getComputedStyle(each).backgroundColor)"
    parts = page.locator(".key i").evaluate_all(swatch)
    assert len({*parts, paper}) == 5 + 1
    _open(page, address + COMPARE)
    bars = page.locator("#pair tr[data-of=totalTokens] i").evaluate_all(swatch)
    assert len({*bars, paper}) == 2 + 1
    page.goto(address)
    for navigation in ("Site", "Period", "Ranked by"):
        links = page.get_by_role("navigation", name=navigation).locator("a").evaluate_all(swatch)
        assert len(set(links)) == 2, f"{navigation}: where one is differs from where one may go"


def test_nothing_moves_for_whoever_wants_it_still(page: Page, address: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    moves = """[...document.querySelectorAll("*")].flatMap((each) => {
        const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(each);
        const still = transitionDuration === "0s" && animationName === "none" && scrollBehavior === "auto";
        return still ? [] : [each.outerHTML];
    })"""
    for path in ("", PROFILE):
        page.goto(address + path)
        assert page.evaluate(moves) == []


def test_on_paper_all_is_dark_on_white_and_nothing_is_cut(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 680, "height": 980})  # A4 within its margins
    page.emulate_media(media="print", color_scheme="dark")
    cut = """[...document.querySelectorAll("main, main *")].flatMap((each) => {
        const hides = getComputedStyle(each).overflowX !== "visible" && each.scrollWidth > each.clientWidth + 1;
        const { right, width } = each.getBoundingClientRect();
        return (hides && each.clientWidth) || (width && right > innerWidth) ? [each.outerHTML.slice(0, 80)] : [];
    })"""
    body = "(({ backgroundColor, color }) => [backgroundColor, color])(getComputedStyle(document.body))"
    for path in ("", PROFILE, COMPARE):
        _open(page, address + path)
        paper, ink = (float(colour.removeprefix("oklch(").split()[0]) for colour in page.evaluate(body))
        assert (paper > 0.95, ink < 0.4) == (True, True), path
        assert page.evaluate(cut) == [], path
        assert page.locator("header nav, button, form").locator("visible=true").count() == 0, "nobody clicks on paper"
