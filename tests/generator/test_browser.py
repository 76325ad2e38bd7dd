"""The site as people see it: real Chromium, every width, both themes, without JavaScript."""

import datetime as dt
import os
import shutil
import threading
from collections.abc import Iterator
from queue import Queue
from typing import Literal

import pytest
from playwright.sync_api import Browser, sync_playwright

from cli.serving import serve
from generator.build import build_entries
from tests.generator.conftest import Store, usage
from validator.config import Leaderboard

Scheme = Literal["light", "dark"]
NOW = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGES = ("", "board/week/cost/", "profile/user7/", "about/")

pytestmark = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed")


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
    addresses: Queue[str] = Queue()
    threading.Thread(target=serve, args=(folder, 0, addresses.put), daemon=True).start()
    return addresses.get(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 768), ("light", 390), ("dark", 320)])
def test_every_page_fits_and_asks_nobody_else(browser: Browser, address: str, scheme: Scheme, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("requestfailed", lambda request: problems.append(f"failed: {request.url}"))
    page.on("request", lambda request: None if request.url.startswith(address) else problems.append(request.url))
    page.on("response", lambda answer: None if answer.ok else problems.append(f"{answer.status} {answer.url}"))
    for path in PAGES:
        page.goto(address + path, wait_until="networkidle")
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
    assert page.locator(".graph svg").count() == 3
    page.get_by_role("link", name="Leaderboard").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Leaderboard"
    context.close()


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
