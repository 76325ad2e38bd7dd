"""The flagged queue: what waits for a maintainer, as GitHub tells it and `token-tracker review list --json` writes it.

It comes from outside: every field is checked, so that nothing but names, numbers and codes gets into the site.
"""

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from generator import GeneratorError

MAX_BYTES = 4 * 1024 * 1024
"""Some 16,000 entries; GitHub recommends at most 1,000 open pull requests."""

Login = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,39}(\[bot\])?\Z")]
Url = Annotated[str, Meta(pattern=r"^https?://[^\s\"'<>\\]{1,300}\Z")]
Codes = Annotated[str, Meta(pattern=r"^[a-z0-9-]+(, [a-z0-9-]+)*\Z", max_length=2_000)]


class Submitter(Struct, rename="camel", forbid_unknown_fields=True):
    """Who opened the pull request."""

    username: Login
    avatar_url: Url


class FlaggedSubmission(Struct, rename="camel", forbid_unknown_fields=True):
    """One pull request that waits. `flagged_reason` are the codes of the rules that flagged it, joined by commas."""

    pull_request: Annotated[int, Meta(ge=1)]
    user: Submitter
    total_tokens: Annotated[int, Meta(ge=0)]
    flagged_reason: Codes
    created_at: dt.datetime


class _Queue(Struct, forbid_unknown_fields=True):
    submissions: list[FlaggedSubmission]


def parse_flagged(raw: bytes) -> list[FlaggedSubmission]:
    """Read the queue; sorted by number. Any bytes may be given: raises GeneratorError for all that are none."""
    hint = "Write it with `token-tracker review list --json`."
    if len(raw) > MAX_BYTES:
        raise GeneratorError("The flagged queue is too long.", hint)
    try:
        queue = msgspec.json.decode(raw, type=_Queue)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise GeneratorError(f"The flagged queue is damaged: {error}.", hint) from None
    return sorted(queue.submissions, key=lambda each: each.pull_request)
