"""Which merge brought each file of a user to the board, found with few requests."""

from collections.abc import Mapping
from contextlib import suppress

from cli.answers import Commit
from cli.github import GitHub
from cli.holdings import Holdings
from validator.store import user_folder
from validator.trailers import BadTrailers, MergeRecord, parse_message

MAX_COMMITS = 500
"""Commits of a user's folder that are looked at, the newest: a year of daily merges, or five requests."""


def merge_commits(hub: GitHub, holdings: Holdings) -> dict[str, str]:
    """Return the id of the merge commit that brought each submission as it is now, by path.

    It follows from the bot's own messages, of which each names the files it merged; what older commits than the newest
    MAX_COMMITS brought is left out. Messages may say anything: the author of a pull request can write one that looks
    like the bot's, but only about files of their own.
    """
    missing = {path: holdings.files[path] for path in holdings.submissions()}
    found: dict[str, str] = {}
    if missing:
        query = {"path": user_folder(holdings.user_id), "sha": holdings.tip}
        for each in hub.api.pages("the board's history", hub.place("/commits"), Commit, MAX_COMMITS, **query):
            for path in _brought(each.commit.message, missing):
                found[path] = each.sha
                del missing[path]
            if not missing:
                break
    return found


def _brought(message: str, missing: Mapping[str, str]) -> list[str]:
    record: MergeRecord | None = None
    with suppress(BadTrailers):
        record = parse_message(message)
    return [file.path for file in (record.files if record else ()) if missing.get(file.path) == file.blob]
