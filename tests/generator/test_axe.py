"""Every kind of page, as axe sees it: names, roles, contrasts, order of headings, in both themes."""

import datetime as dt
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from generator.build import build_entries
from generator.flagged import FlaggedSubmission, Submitter
from tests.generator.conftest import Store, served, usage
from validator.config import Leaderboard

NOW = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
PAGES = (
    "",
    "board/week/cost/",
    "profile/user7/",
    "compare/?a=user7&b=user8",
    "review/",
    "settings/",
    "rules/",
    "about/",
    "data/",
    "404.html",
)
LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 1280), ("dark", 390))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Serve a board of twelve users and one flagged pull request."""
    store = Store()
    for user in range(1, 13):
        dates = [f"2026-{month:02}-{day:02}" for month in (5, 6) for day in range(1, 19)]
        store.use(user, {date: [usage(1000 * user * number)] for number, date in enumerate(dates, 1)})
    folder = tmp_path_factory.mktemp("axe") / "site"
    board = Leaderboard(title="Test board", site_url="http://localhost/", repository="board/store")
    picture = "https://pictures.example/1"
    queue = [FlaggedSubmission(21, Submitter("ada-demo", picture), 912_345_678, "daily-tokens", NOW)]
    build_entries(store.entries(), folder, board, NOW, flagged=queue, processes=1)
    return served(folder)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_on_any_kind_of_page(browser: Browser, address: str, path: str) -> None:
    context = browser.new_context()
    page, found = context.new_page(), []
    page.goto(address + path)
    if "?" in path:
        page.locator("#pair table").first.wait_for()
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        for each in Axe().run(page).response["violations"]:
            nodes = [node["target"] for node in each["nodes"]][:3]
            found.append(f"{scheme}, {width} px: {each['id']}: {each['help']}: {nodes}")
    context.close()
    assert found == []
