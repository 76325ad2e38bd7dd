"""What a token count and a time may look like in a log, whatever the agent: anything else makes a bad row."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

LARGEST_COUNT = 2**53 - 1
"""Larger whole numbers do not survive JSON, so no vendor's counter can have meant them."""

Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]
"""A number of tokens in a msgspec type: no string, boolean, fraction or negative number decodes as one."""

Name = Annotated[str, msgspec.Meta(max_length=200)]
"""An id or the name of a model: what is longer is content that has no place in a ledger."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FIRST_YEAR, _LAST_YEAR = 2000, 2200


def milliseconds(time: datetime) -> int:
    """Return milliseconds since the Unix epoch, rounded down so that no event moves into the next day.

    A time without a zone is taken as UTC. Raises ValueError for years outside 2000 to 2200: a broken clock
    may be some days off, but a time like that was never a clock's.
    """
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise ValueError(f"no usage was ever recorded in the year {time.year}")
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return (time - _EPOCH) // _MILLISECOND
