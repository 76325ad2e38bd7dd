"""The site as people see it: real Chromium, every width, both themes, without JavaScript."""

import datetime as dt
import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page

from generator.build import build_entries
from generator.render import assets
from tests.generator.conftest import Store, served, usage
from validator.config import Leaderboard

Scheme = Literal["light", "dark"]
NOW = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
PAGES = [
    "",
    "board/week/cost/",
    "2026/05/",
    "profile/user7/",
    "compare/",
    "review/",
    "settings/",
    "rules/",
    "data/",
    "about/",
    "404.html",
]
SIZES: tuple[tuple[Scheme, int], ...] = (("light", 1440), ("dark", 768), ("light", 390), ("dark", 320))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Serve a board of 59 users; the seventh has a name that needs room."""
    store = Store()
    for user in range(1, 60):
        dates = [f"2026-{month:02}-{day:02}" for month in (5, 6) for day in range(1, 19)]
        store.use(user, {date: [usage(1000 * user * number)] for number, date in enumerate(dates, 1)})
    store.profile(7, "user7", "Ångström مثال 例え 🍁 with a name that goes on and on, up to what a profile may hold")
    folder = tmp_path_factory.mktemp("browser") / "site"
    board = Leaderboard(title="Test board", site_url="https://board.example/", repository="board/store")
    build_entries(store.entries(), folder, board, NOW, processes=1)
    return served(folder)


def test_every_page_fits_and_asks_nobody_else(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("requestfailed", lambda request: problems.append(f"failed: {request.url}"))
    page.on("request", lambda request: None if request.url.startswith(address) else problems.append(request.url))
    page.on("response", lambda answer: None if answer.ok else problems.append(f"{answer.status} {answer.url}"))
    for path in PAGES:
        page.goto(address + path)
        for scheme, width in SIZES:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert wide <= room, f"{path} is {wide} px wide at {width} px"
    assert problems == []
    context.close()


def test_one_can_walk_from_the_board_to_a_profile_and_back(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("tbody tr").count() == 50
    page.get_by_role("link", name="Places after").click()
    assert page.locator("tbody tr").count() == 9
    page.get_by_role("link", name="Places before").click()
    page.get_by_role("link", name="Active days").click()
    assert page.get_by_role("link", name="Active days").get_attribute("aria-current") == "true"
    page.locator("tbody a").first.click()
    assert "/profile/user1/" in page.url
    assert page.locator(".flat svg").count() == 3
    page.get_by_role("link", name="Leaderboard").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Leaderboard"
    context.close()


def test_the_script_is_one_module_of_twelve_kilobytes() -> None:
    script = dict(assets())["site.js"].decode()
    assert len(script.encode()) <= 12 * 1024
    assert not re.search(r"^\s*(im|ex)port\b|\bimport\(|https?://(?!www\.w3\.org/)", script, re.MULTILINE)


def test_light_and_dark_differ_and_can_be_read(browser: Browser, address: str) -> None:
    def colours(scheme: Scheme) -> tuple[str, str]:
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(address)
        found = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        context.close()
        return found[0], found[1]

    light, dark = colours("light"), colours("dark")
    assert light != dark
    assert _lightness(light[1]) - _lightness(light[0]) > 0.6
    assert _lightness(dark[0]) - _lightness(dark[1]) > 0.6


def _lightness(colour: str) -> float:
    """Return the lightness of `oklch(0.25 …)`."""
    return float(colour.removeprefix("oklch(").split()[0])


def _facts(page: Page) -> tuple[str, str, list[str]]:
    """Return what the panel says: the day, its tokens, and what was used."""
    panel = page.locator("#day")
    used = [row.inner_text() for row in panel.locator("tbody tr").all()]
    return panel.locator("time").inner_text(), panel.locator("[data-tokens]").inner_text(), used


def test_a_day_is_chosen_by_keys_and_by_pointer_in_both_looks(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.goto(address + "profile/user7/")
    assert _facts(page)[:2] == ("18 Jun 2026", "252\u202fk")
    graph = page.locator(".flat").first
    graph.focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_selector('.flat[aria-valuetext^="17 Jun 2026: 245"]')
    assert _facts(page) == ("17 Jun 2026", "245\u202fk", ["claude\tanthropic\tclaude-opus-4-5\t245\u202fk\t$1.22"])
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector('.flat[aria-valuenow="161"]')
    assert _facts(page)[0] == "10 Jun 2026"
    page.keyboard.press("End")
    page.wait_for_selector('.flat[aria-valuetext="20 Jun 2026: 0 tokens"]')
    assert _facts(page) == ("20 Jun 2026", "0", [])
    # 4 May 2026 is a Monday, the first day of the nineteenth week
    _click(page, graph.locator("svg").nth(1), 18 * 13 + 5, 15 + 5)
    page.wait_for_selector('.flat[aria-valuetext^="4 May 2026: 28.0"]')
    page.get_by_text("3D", exact=True).click()
    assert not graph.is_visible()
    landscape = page.locator(".solid").first
    landscape.focus()
    assert landscape.get_attribute("aria-valuemax") == "171"
    # the roof of the highest bar, 90 above the Thursday of the twenty-fifth week
    _click(page, landscape.locator("svg"), 24.5 * 12 - 3.5 * 8, 24.5 * 3 + 3.5 * 6 - 90)
    page.wait_for_selector('.solid[aria-valuetext^="18 Jun 2026"]')
    assert _facts(page)[:2] == ("18 Jun 2026", "252\u202fk")
    page.close()


def _click(page: Page, drawing: Locator, x: float, y: float) -> None:
    """Click where a drawing has a point, in its own units."""
    into = "(svg, [x, y]) => { const p = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [p.x, p.y]; }"
    page.mouse.click(*drawing.evaluate(into, [x, y]))


def test_years_and_looks_are_switched_without_a_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(address + "profile/user7/")
    assert page.locator(".flat").first.is_visible()
    page.get_by_text("3D", exact=True).click()
    assert page.locator(".solid").first.is_visible()
    assert not page.locator(".flat").first.is_visible()
    page.locator("#solid").press("ArrowLeft")
    assert page.locator(".flat").first.is_visible()
    page.get_by_text("2026 in numbers").click()
    assert page.locator("#years").get_by_role("cell", name="252 k").is_visible()
    context.close()


def test_a_chosen_theme_is_remembered_and_can_be_given_up(browser: Browser, address: str) -> None:
    context = browser.new_context(color_scheme="light")
    page = context.new_page()

    def lightness() -> float:
        colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return float(colour.removeprefix("oklch(").split()[0])

    page.goto(address)
    system = lightness()
    switch = page.get_by_role("button", name="Colours")
    switch.click()
    switch.click()
    assert "dark" in (switch.get_attribute("aria-label") or "")
    page.goto(address + "about/")
    assert lightness() < 0.3 < system
    switch.click()
    assert lightness() == system
    page.reload()
    assert lightness() == system
    context.close()


def test_anybody_is_found_by_keyboard_from_any_board(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(address + "board/week/output/")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Find a developer")
    page.keyboard.type("angstr")
    option = page.get_by_role("option")
    option.first.wait_for()
    assert "user7" in option.first.inner_text()
    page.keyboard.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    field.fill("Angstr")
    option.first.wait_for()
    page.keyboard.press("ArrowDown")
    assert option.first.get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    page.wait_for_url("**/profile/user7/")
    page.go_back()
    page.keyboard.press("/")
    page.keyboard.type("nobody at all")
    page.get_by_text("Nobody.").wait_for()
    page.close()
