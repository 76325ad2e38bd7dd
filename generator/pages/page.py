"""A page from its template: its address, and what every page needs."""

import datetime as dt
from urllib.parse import quote

from generator.output import Page
from generator.render import render
from validator.config import Leaderboard


def page(address: str, template: str, leaderboard: Leaderboard, now: dt.datetime, **values: object) -> Page:
    """Fill in a template for an address below the site's root (`about/`; empty for the front page).

    Beside `values` it gets `root` (the relative way to the site's root), `address`, `site` and `today`.
    """
    root = "../" * address.count("/") or "./"
    filled = render(template, root=root, address=quote(address), site=leaderboard, today=now.date(), **values)
    return Page(f"{address}index.html", filled.encode())
