"""A site as files: written beside the published one and swapped in whole."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the site: its path below the site's root, with `/` between folders, and its bytes."""

    path: str
    content: bytes
