"""Pull requests, comments and labels as GitHub tells of them: values that know nothing of its API."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull request as it is now."""

    number: int
    is_open: bool
    is_merged: bool
    is_draft: bool
    branch: str
    """The branch it asks to be merged into."""
    head: str
    author_id: int
    """0 when the account is gone."""
    author_login: str
    avatar_url: str
    head_owner_id: int | None
    """Owner of the repository its head lies in: 0 when that is gone, None when it is the board's own."""
    created_at: dt.datetime
    labels: tuple[str, ...]
    """Sorted."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment; both times are GitHub's own."""

    id: int
    author_id: int
    author_login: str
    body: str
    created_at: dt.datetime
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A label as the repository has it: `color` is six hex digits, the description has at most 100 characters."""

    name: str
    color: str
    description: str
