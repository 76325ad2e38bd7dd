"""Two users side by side, as people use it: by address, by keyboard, with mistakes, and without JavaScript."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from generator.build import build_entries
from tests.generator.conftest import Store, served, usage
from validator.config import Leaderboard

NOW = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
ATTACK = "<img src=x onerror=document.title='hacked'>"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store()
    store.profile(1, "ada-demo", ATTACK)
    store.use(1, {"2026-06-18": [usage(3000, output=500)], "2026-05-01": [usage(1_000_000, model="made-up")]})
    store.profile(2, "grace-demo", "Grace")
    store.use(2, {"2026-06-18": [usage(8000, source="codex"), *(usage(9, model=f"m{n}") for n in range(60))]})
    board = Leaderboard(title="Test board", site_url="https://board.example/team/", repository="board/store")
    folder = tmp_path_factory.mktemp("compare") / "site"
    build_entries(store.entries(), folder, board, NOW, processes=1)
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> str:
    return served(site, "/team/")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: None if "Failed to load" in message.text else problems.append(message.text))
    yield page
    assert problems == []
    context.close()


def _cells(page: Page, name: str) -> list[str]:
    row = page.locator("#pair tr", has=page.get_by_role("rowheader", name=name, exact=True))
    return [text.strip() for text in row.locator("td").all_inner_texts()]


def test_an_address_shows_two_users_and_their_names_stay_text(page: Page, address: str) -> None:
    page.goto(f"{address}compare/?a=ada-demo&b=grace-demo")
    page.locator("#pair table").wait_for()
    assert page.get_by_role("columnheader").filter(has_text="img").inner_text() == ATTACK
    assert _cells(page, "Tokens") == ["1.00\u202fM", "8.54\u202fk"]
    assert _cells(page, "Output") == ["500", "\u2013"]
    assert _cells(page, "2026-05") == ["1.00\u202fM", "\u2013"]
    assert _cells(page, "codex") == ["\u2013", "8.00\u202fk"]
    assert page.locator("#pair tbody").last.locator("tr").count() == 1 + 12, "of 62 models"
    assert "hacked" not in page.title()
    wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= room
    page.get_by_role("link", name="Grace").click()
    assert page.url == f"{address}profile/grace-demo/"


def test_the_keyboard_is_enough_and_the_address_can_be_shared(page: Page, address: str) -> None:
    page.goto(f"{address}compare/?a=ada-demo")
    assert page.get_by_label("GitHub login").input_value() == "ada-demo"
    page.get_by_label("GitHub login").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("@grace-demo")
    page.keyboard.press("Enter")
    page.locator("#pair table").wait_for()
    assert page.url == f"{address}compare/?a=ada-demo&b=grace-demo"


@pytest.mark.parametrize(
    ("typed", "called"),
    [("ADA-Demo", "ada-demo"), (" @Grace-DEMO ", "grace-demo"), ("user1", "ada-demo"), ("USER2", "grace-demo")],
)
def test_a_login_is_found_in_any_case_and_after_a_renaming(page: Page, address: str, typed: str, called: str) -> None:
    page.goto(f"{address}compare/?a={quote(typed)}&b=grace-demo")
    page.locator("#pair table").wait_for()
    assert page.get_by_label("GitHub login").input_value() == called
    assert page.url == f"{address}compare/?a={called}&b=grace-demo", "what is shared is what they are called now"


def test_who_is_not_there_is_said(page: Page, address: str) -> None:
    answers = {
        "nobody": "",
        "../../index": "",
        "..": "",
        "<b>x</b>": "",
        "grace": " Did you mean grace-demo?",
        "Demo": " Did you mean ada-demo or grace-demo?",
    }
    page.goto(f"{address}compare/?a=ada-demo&b=grace-demo")
    page.locator("#pair table").wait_for()
    for login, more in answers.items():
        page.get_by_label("another").fill(login)
        page.get_by_role("button", name="Compare").click()
        page.locator("#said", has_text=f"\u201c{login}\u201d").wait_for()
        assert page.get_by_role("status").inner_text() == f"Nobody called \u201c{login}\u201d has submitted.{more}"
        assert page.locator("#pair table").count() == 0, "the last pair is not taken for the answer"


@pytest.mark.parametrize("data", ["api/users", "api/search"])
def test_a_dropped_connection_is_said_and_the_next_try_can_succeed(page: Page, address: str, data: str) -> None:
    page.goto(f"{address}compare/")
    page.route(f"**/{data}/*", lambda route: route.fulfill(status=503))
    page.get_by_label("GitHub login").fill("ada-demo")
    page.get_by_label("another").fill("grace-demo")
    page.get_by_role("button", name="Compare").click()
    page.locator("#said", has_text="cannot be fetched").wait_for()
    page.unroute_all()
    page.get_by_role("button", name="Compare").click()
    page.locator("#pair table").wait_for()
    assert page.get_by_role("status").inner_text() == ""


def test_without_javascript_there_is_a_sentence_and_no_dead_control(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}compare/")
    assert page.get_by_text("needs JavaScript").is_visible()
    assert page.locator("form:visible, button:visible, input:visible").count() == 0
    assert page.locator(".stack").count() == 3
    context.close()


def test_what_is_missing_has_the_site_s_look_at_any_depth(page: Page, address: str) -> None:
    page.goto(f"{address}profile/nobody/deep/down")
    assert page.get_by_role("heading", level=1).inner_text() == "Not here"
    assert page.evaluate("getComputedStyle(document.querySelector('.lost')).textAlign") == "center"
    page.get_by_role("link", name="To the leaderboard").click()
    assert page.url == address
