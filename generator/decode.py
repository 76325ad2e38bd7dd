"""Read the files of a store fast: as much of each as the site needs.

The store was judged file by file when it was merged. Still nothing is taken on trust that could stop a build or
distort it: what cannot be read as what its path says it is, or contradicts itself, is Unsound as a whole.
"""

import datetime as dt
import re
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct
from pydantic import TypeAdapter, ValidationError

from validator.reviews import MAX_REVIEWS_BYTES
from validator.signature import BadKey, fingerprint
from validator.store import StorePath
from validator.submission import MAX_NUMBER, MAX_SUBMISSION_BYTES, Device, ModelName, ProviderName, SourceName

_T = TypeVar("_T")
_Count = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]
_Login = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,39}(\[bot\])?\Z")]
_HASH = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


class Unsound(ValueError):
    """A file is not what its path says; the text says why."""


class Usage(Struct, rename="camel", gc=False):
    """One usage row."""

    source: str
    provider: str
    model: str
    input_tokens: _Count
    output_tokens: _Count
    cache_read_tokens: _Count
    cache_creation_tokens: _Count
    reasoning_tokens: _Count
    messages: _Count


class Contribution(Struct, gc=False):
    """One UTC day."""

    date: dt.date
    usage: list[Usage]


class Data(Struct, gc=False):
    """The usage of a submission."""

    contributions: list[Contribution]


class Owner(Struct, gc=False):
    """Whose a submission is, and what the user was called then."""

    id: int
    login: _Login


class Submission(Struct, rename="camel", gc=False):
    """What the site needs of a submission."""

    schema_version: Literal[1]
    user: Owner
    device: str
    period: str
    revision: Annotated[int, Meta(ge=1, le=MAX_NUMBER)]
    created_at: Annotated[dt.datetime, Meta(tz=True)]
    hash: str
    data: Data


class FileReview(Struct, rename="camel", gc=False):
    """What a file was merged with; `path` is relative to the user's folder, `hash` null for a profile."""

    path: str
    hash: str | None
    verdict: Literal["verified", "flagged"]
    pull_request: Annotated[int, Meta(ge=1, le=MAX_NUMBER)]
    reviewer: _Login | None
    time: Annotated[dt.datetime, Meta(tz=True)]


class Reviews(Struct, gc=False):
    """What the site needs of a user's reviews.json."""

    schema_version: Literal[1] = msgspec.field(name="schemaVersion")
    login: _Login
    files: list[FileReview]


_submission = msgspec.json.Decoder(Submission)
_reviews = msgspec.json.Decoder(Reviews)
_names: TypeAdapter[tuple[str, str, str]] = TypeAdapter(tuple[SourceName, ProviderName, ModelName])


def submission(raw: bytes, place: StorePath) -> Submission:
    """Read a submission file that lies at `place`. Any bytes may be given; raises Unsound for all but a sound one.

    Names of usage rows are left to `check_names`.
    """
    if len(raw) > MAX_SUBMISSION_BYTES:
        raise Unsound(f"is larger than {MAX_SUBMISSION_BYTES} bytes")
    found = _decoded(_submission, raw)
    _check_head(found, place)
    month = (int(found.period[:4]), int(found.period[5:]))
    total = 0
    for day in found.data.contributions:
        if (day.date.year, day.date.month) != month:
            raise Unsound(f"counts {day.date}, which is not in its month")
        for row in day.usage:
            total += row.input_tokens + row.output_tokens
            if (
                row.cache_read_tokens + row.cache_creation_tokens > row.input_tokens
                or row.reasoning_tokens > row.output_tokens
            ):
                raise Unsound(f"counts a part that is larger than its whole on {day.date}")
    if total > MAX_NUMBER:
        raise Unsound("counts more tokens than a submission may")
    return found


def _check_head(found: Submission, place: StorePath) -> None:
    if (found.user.id, found.device, found.period) != (place.user_id, place.device, place.period):
        raise Unsound("speaks of another user, device or month than its path")
    if not _HASH.fullmatch(found.hash):
        raise Unsound("has no hash")
    if found.created_at.utcoffset() != dt.timedelta(0):
        raise Unsound("gives its time of creation not in UTC")


def reviews(raw: bytes) -> Reviews:
    """Read a reviews.json. Any bytes may be given; raises Unsound for all that are not one."""
    if len(raw) > MAX_REVIEWS_BYTES:
        raise Unsound(f"is larger than {MAX_REVIEWS_BYTES} bytes")
    return _decoded(_reviews, raw)


def device(listed: Device) -> tuple[str, str, dt.datetime, dt.datetime | None]:
    """Return a device's id, the fingerprint of its key (empty for what is no key), and when it was made and revoked."""
    try:
        print_ = fingerprint(listed.public_key)
    except BadKey:
        print_ = ""
    revoked = _moment(listed.revoked_at) if listed.revoked_at else None
    return listed.id, print_, _moment(listed.created_at), revoked


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=None)


def check_names(source: str, provider: str, model: str) -> None:
    """Raise Unsound unless three names of a usage row are harmless in a path, a page and a terminal.

    A store repeats a few names a million times, so whoever reads it asks once for each combination.
    """
    try:
        _names.validate_python((source, provider, model))
    except ValidationError:
        raise Unsound("holds a name that is no source, provider or model") from None


def _decoded(decoder: msgspec.json.Decoder[_T], raw: bytes) -> _T:
    try:
        return decoder.decode(raw)
    except RecursionError:
        raise Unsound("is nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unsound(f"cannot be read: {error}") from None
