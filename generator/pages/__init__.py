"""Which pages there are, under which address, and what each is filled with. Pure: rows in, pages out.

Addresses are folders with an `index.html`, links are relative, so a site works at a domain's root, below a path, and
as a copy on disk.
"""

from generator.pages.boards import MOST_PLACES, board_address, board_pages
from generator.pages.cards import board_card_page, card_pages
from generator.pages.compare import compare_page
from generator.pages.data import data_page
from generator.pages.feed import MONTHS, NEWCOMERS, feed_page
from generator.pages.profiles import profile_pages
from generator.pages.review import review_page
from generator.pages.site import asset_pages, site_pages
from generator.pages.sitemap import sitemap_pages

__all__ = [
    "MONTHS",
    "MOST_PLACES",
    "NEWCOMERS",
    "asset_pages",
    "board_address",
    "board_card_page",
    "board_pages",
    "card_pages",
    "compare_page",
    "data_page",
    "feed_page",
    "profile_pages",
    "review_page",
    "site_pages",
    "sitemap_pages",
]
