"""The pages that do not depend on anybody's usage, and the assets."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import urlsplit

from generator.output import Page
from generator.pages.page import page
from generator.render import assets, render
from validator.config import Leaderboard


def site_pages(leaderboard: Leaderboard, now: dt.datetime) -> Iterator[Page]:
    """Yield the pages that do not depend on anybody's usage.

    The page for what is missing is shown under any address, so its links start at the site's own root.
    """
    yield page("about/", "about.html.j2", leaderboard, now, here="about")
    root = urlsplit(leaderboard.site_url).path
    lost = render("404.html.j2", root=root, here="", site=leaderboard, today=now.date())
    yield Page("404.html", lost.encode())
    yield Page("robots.txt", b"User-agent: *\nAllow: /\n")


def asset_pages() -> Iterator[Page]:
    """Yield style sheet and icon."""
    for name, content in assets():
        yield Page(f"assets/{name}", content)
