"""Where things lie in the store. The path is the claim: only the account with that id may change files below it."""

import re
from dataclasses import dataclass

ROOT = "submissions"
SHARDS = 256
MAX_ID = 2**53 - 1
"""No larger user id can be written in a profile."""

_FOLDER = re.compile(r"submissions/[0-9a-f]{2}/([1-9][0-9]{0,15})/(.+)", re.ASCII | re.DOTALL)
_SUBMISSION = re.compile(r"([a-z0-9]{8})/(20[0-9]{2}-(?:0[1-9]|1[0-2]))\.json", re.ASCII)


def user_folder(user_id: int) -> str:
    """Return `submissions/<shard>/<user id>`; the shard is the id modulo 256 as two hex digits."""
    return f"{ROOT}/{user_id % SHARDS:02x}/{user_id}"


def profile_path(user_id: int) -> str:
    """Return the path of a user's profile.json."""
    return f"{user_folder(user_id)}/profile.json"


def reviews_path(user_id: int) -> str:
    """Return the path of a user's reviews.json, which the bot alone writes."""
    return f"{user_folder(user_id)}/reviews.json"


def submission_path(user_id: int, device: str, period: str) -> str:
    """Return the path of the submission of one device in one month (`YYYY-MM`)."""
    return f"{user_folder(user_id)}/{device}/{period}.json"


@dataclass(frozen=True, slots=True)
class StorePath:
    """A path of the store taken apart. `device` and `period` are empty but for submissions."""

    user_id: int
    kind: str
    """`profile`, `reviews` or `submission`."""
    device: str = ""
    period: str = ""


def parse_path(path: str) -> StorePath | None:
    """Take a path apart, or return None for every path that none of the functions above would have made."""
    match = _FOLDER.fullmatch(path)
    if match is None:
        return None
    user_id, rest = int(match[1]), match[2]
    if user_id > MAX_ID or not path.startswith(f"{user_folder(user_id)}/"):
        return None
    if rest in {"profile.json", "reviews.json"}:
        return StorePath(user_id, rest.removesuffix(".json"))
    submission = _SUBMISSION.fullmatch(rest)
    return StorePath(user_id, "submission", submission[1], submission[2]) if submission else None
