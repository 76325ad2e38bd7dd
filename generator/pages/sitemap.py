"""`/sitemap.xml`: the address of every page, for search engines (sitemaps.org)."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from generator.output import Page
from generator.render import render
from validator.config import Leaderboard

MOST = 50_000
"""Addresses that one file may hold."""
_PAGE = "index.html"


def sitemap_pages(paths: Iterable[str], logins: Iterable[str], leaderboard: Leaderboard) -> Iterator[Page]:
    """Yield the sitemap of the pages among a site's files and of everyone's own page; beyond 50,000 an index of parts.

    Addresses that users had before a new login only lead on, and are not in it.
    """
    addresses = [path.removesuffix(_PAGE) for path in paths if f"/{path}".endswith(f"/{_PAGE}")]
    addresses += [f"profile/{login}/" for login in logins]
    site = leaderboard.site_url
    found = sorted(site + quote(address) for address in addresses)
    parts = [found[start : start + MOST] for start in range(0, len(found), MOST)]
    if len(parts) == 1:
        yield _page("sitemap.xml", "urlset", "url", parts[0])
        return
    names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    yield _page("sitemap.xml", "sitemapindex", "sitemap", [site + name for name in names])
    for name, part in zip(names, parts, strict=True):
        yield _page(name, "urlset", "url", part)


def _page(path: str, root: str, element: str, addresses: list[str]) -> Page:
    return Page(path, render("sitemap.xml.j2", root=root, element=element, addresses=addresses).encode())
