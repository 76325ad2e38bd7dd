"""The pages that nobody's usage changes, and the assets."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import urlsplit

from generator.output import Page
from generator.pages.page import page
from generator.pages.rules import rules_page
from generator.render import assets, render
from validator.config import Leaderboard


def site_pages(leaderboard: Leaderboard, now: dt.datetime) -> Iterator[Page]:
    """Yield the pages that do not depend on anybody's usage.

    The page for what is missing is shown under any address, so its links start at the site's own root.
    """
    yield page("about/", "about.html.j2", leaderboard, now, here="about")
    yield page("settings/", "settings.html.j2", leaderboard, now, here="settings")
    yield rules_page(leaderboard, now)
    root = urlsplit(leaderboard.site_url).path
    lost = render("404.html.j2", root=root, here="", site=leaderboard, today=now.date())
    yield Page("404.html", lost.encode())
    yield Page("robots.txt", f"User-agent: *\nAllow: /\n\nSitemap: {leaderboard.site_url}sitemap.xml\n".encode())


def asset_pages() -> Iterator[Page]:
    """Yield style sheet and icon."""
    for name, content in assets():
        yield Page(f"assets/{name}", content)
