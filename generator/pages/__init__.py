"""Which pages there are, under which address, and what each is filled with. Pure: rows in, pages out.

Addresses are folders with an `index.html`, links are relative, so a site works at a domain's root, below a path, and
as a copy on disk.
"""

from generator.pages.boards import board_address, board_pages
from generator.pages.profiles import profile_pages
from generator.pages.site import asset_pages, site_pages

__all__ = ["asset_pages", "board_address", "board_pages", "profile_pages", "site_pages"]
