"""What a submission and a profile are: strict models, canonical bytes, hash, and the text a file holds.

Everything here is pure. Strings that people see are restricted to what can do no harm in a path, a terminal, a step
output or a page; whole numbers stay below 2^53, so that every JSON reader agrees on them (RFC 8785, I-JSON).
"""

import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from operator import attrgetter
from typing import Annotated, Any, Self, TypeVar

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from validator.strict_json import BadJson, decode

MAX_SUBMISSION_BYTES = 256 * 1024
MAX_PROFILE_BYTES = 32 * 1024
MAX_NUMBER = 2**53 - 1
MAX_REVISION = 1_000_000
MAX_DISPLAY_NAME = 100
NAMESPACE = "token-tracker/submission/v1"


def _real_day(value: str) -> str:
    dt.date.fromisoformat(value)
    return value


def _real_time(value: str) -> str:
    dt.datetime.fromisoformat(value)
    return value


def _by_name(parsers: dict[str, int]) -> dict[str, int]:
    """Forget the order in the file: the same claim is always written the same."""
    return dict(sorted(parsers.items()))


def harmless(text: str) -> str:
    """Return the text as a display name may be, perhaps empty.

    Any script and emoji stay; what goes is all that ends a line, steers a terminal, turns the writing direction
    around or cannot be written in XML, space around, and what exceeds 100 characters.
    """
    kept = "".join(c for c in text if unicodedata.category(c) not in _UNPRINTABLE and not _STEERING.match(c))
    return kept.strip()[:MAX_DISPLAY_NAME].strip()


def _is_harmless(value: str) -> str:
    if value != harmless(value):
        raise ValueError("holds control characters, or space around it")
    return value


_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
_STEERING = re.compile("[\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]")

Number = Annotated[int, Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
SchemaVersion = Annotated[int, Field(ge=1, le=1)]
Positive = Annotated[int, Field(ge=1, le=MAX_NUMBER)]
Day = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real_day)]
Time = Annotated[
    str,
    StringConstraints(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"),
    AfterValidator(_real_time),
]
Period = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
Hash = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
DeviceId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{8}$")]
Login = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})$")]
SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
ModelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/@+()\[\]-]{0,127}$")]
CliVersion = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,31}$")]
PublicKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9@.-]{1,64} [A-Za-z0-9+/]{16,4096}={0,2}$")]
ParserVersion = Annotated[int, Field(ge=1, le=1_000_000)]
Parsers = Annotated[dict[SourceName, ParserVersion], Field(max_length=64), AfterValidator(_by_name)]
DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=MAX_DISPLAY_NAME), AfterValidator(_is_harmless)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel, populate_by_name=True)


class User(_Model):
    """Whose it is: GitHub's numeric id is the identity, the login only what it was called then."""

    id: Positive
    login: Login


class UsageRow(_Model):
    """The summed tokens of one day, source, provider and model.

    `cost_micros` is in millionths of a US dollar, null if unpriced. Negative numbers pass here: a rule names them.
    """

    source: SourceName
    provider: ProviderName
    model: ModelName
    input_tokens: Number
    output_tokens: Number
    cache_read_tokens: Number
    cache_creation_tokens: Number
    reasoning_tokens: Number
    messages: Number
    cost_micros: Number | None

    @property
    def total_tokens(self) -> int:
        """Input and output; cache and reasoning are parts of these."""
        return self.input_tokens + self.output_tokens


_columns = attrgetter(
    "source",
    "provider",
    "model",
    "cost_micros",
    "input_tokens",
    "output_tokens",
    "cache_creation_tokens",
    "cache_read_tokens",
    "reasoning_tokens",
)
"""What a summary is made of."""


class Contribution(_Model):
    """All usage of one UTC day, sorted by source, provider and model. How many rows is for the file's size to bound."""

    date: Day
    usage: Annotated[tuple[UsageRow, ...], Field(min_length=1, strict=False, fail_fast=True)]

    @property
    def total_tokens(self) -> int:
        """Tokens of the day."""
        return sum([row.input_tokens + row.output_tokens for row in self.usage])


class DateRange(_Model):
    """First and last day with usage, both included."""

    start: Day
    end: Day


class PeakDay(_Model):
    """The day with most tokens; of equals the earliest."""

    date: Day
    tokens: Number


class Summary(_Model):
    """What the days add up to; a reader of the diff sees it first, a rule checks it."""

    total_tokens: Number
    total_cost_micros: Number
    input_tokens: Number
    output_tokens: Number
    cache_creation_tokens: Number
    cache_read_tokens: Number
    reasoning_tokens: Number
    active_days: Number
    avg_tokens_per_day: Number
    peak_day: PeakDay
    sources: Annotated[tuple[SourceName, ...], Field(strict=False, fail_fast=True)]
    providers: Annotated[tuple[ProviderName, ...], Field(strict=False, fail_fast=True)]
    models: Annotated[tuple[ModelName, ...], Field(strict=False, fail_fast=True)]

    @classmethod
    def of(cls, contributions: Iterable[Contribution]) -> Self:
        """Add up at least one day. The average is per active day, rounded down; unpriced rows cost nothing here."""
        days = tuple(contributions)
        columns = zip(*(_columns(row) for day in days for row in day.usage), strict=True)
        sources, providers, models, costs, *counts = columns
        input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens, reasoning_tokens = map(sum, counts)
        total = input_tokens + output_tokens
        peak = min(days, key=lambda day: (-day.total_tokens, day.date))
        return cls(
            total_tokens=total,
            total_cost_micros=sum(filter(None, costs)),
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cache_creation_tokens=cache_creation_tokens,
            cache_read_tokens=cache_read_tokens,
            reasoning_tokens=reasoning_tokens,
            active_days=len(days),
            avg_tokens_per_day=total // len(days),
            peak_day=PeakDay(date=peak.date, tokens=peak.total_tokens),
            sources=tuple(sorted(set(sources))),
            providers=tuple(sorted(set(providers))),
            models=tuple(sorted(set(models))),
        )


class Data(_Model):
    """The usage itself."""

    date_range: DateRange
    summary: Summary
    contributions: Annotated[tuple[Contribution, ...], Field(min_length=1, max_length=31, strict=False, fail_fast=True)]

    @classmethod
    def of(cls, contributions: Iterable[Contribution]) -> Self:
        """Put the range and the summary to at least one day, given in order."""
        days = tuple(contributions)
        span = DateRange(start=days[0].date, end=days[-1].date)
        return cls(date_range=span, summary=Summary.of(days), contributions=days)


class Claim(_Model):
    """What is hashed and signed: a submission without its hash and signature."""

    schema_version: SchemaVersion
    user: User
    device: DeviceId
    period: Period
    revision: Annotated[int, Field(ge=1, le=MAX_REVISION)]
    previous: Hash | None
    created_at: Time
    cli_version: CliVersion
    parsers: Parsers
    data: Data


class Submission(Claim):
    """The signed usage of one device in one UTC calendar month: one file."""

    hash: Hash
    signature: Annotated[str, StringConstraints(max_length=8192)]


class Device(_Model):
    """One machine of a user and the public key (OpenSSH form, without comment) its submissions are signed with."""

    id: DeviceId
    public_key: PublicKey
    created_at: Time
    revoked_at: Time | None = None


class Profile(_Model):
    """Who somebody is: profile.json."""

    schema_version: SchemaVersion
    user: User
    display_name: DisplayName
    devices: Annotated[tuple[Device, ...], Field(max_length=1000, strict=False, fail_fast=True)]


def canonical(claim: Claim) -> bytes:
    """Return the RFC 8785 bytes of a claim (of a submission: without hash and signature): what is hashed and signed."""
    return _canonical_json(claim.model_dump(mode="json", by_alias=True, exclude={"hash", "signature"}))


_canonical_json = msgspec.json.Encoder(order="sorted").encode
"""Writes RFC 8785 of what a claim can hold, 40 times as fast as the library rfc8785, with which a test compares it.

The RFC asks for more only of fractions, and of keys beyond ASCII, which it sorts by UTF-16; a claim has neither.
"""


def digest(message: bytes) -> str:
    """Return `sha256:…` of canonical bytes."""
    return "sha256:" + hashlib.sha256(message).hexdigest()


def seal(claim: Claim, signature: str) -> Submission:
    """Make a submission of a claim and the armoured SSHSIG over its canonical bytes."""
    fields = {name: getattr(claim, name) for name in Claim.model_fields}
    return Submission.model_validate({**fields, "hash": digest(canonical(claim)), "signature": signature})


class Malformed(ValueError):
    """The bytes are not a submission or profile; `problems` lists up to ten reasons, each naming its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


_M = TypeVar("_M", bound=BaseModel)


def _parse(model: type[_M], raw: bytes, limit: int) -> _M:
    try:
        return model.model_validate(decode(raw, limit=limit), by_alias=True, by_name=False)
    except BadJson as error:
        raise Malformed([str(error)]) from None
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise Malformed([_sentence(detail) for detail in details if not _is_echo(detail, details)][:10]) from None


def _is_echo(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Tell whether an error only follows from another: a list whose every item is wrong is reported as empty, too."""
    place = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in details
    )


def _sentence(detail: ErrorDetails) -> str:
    place = ".".join(str(part)[:60] for part in detail["loc"])
    return f"{place or 'file'}: {detail['msg']}"


def parse_submission(raw: bytes) -> Submission:
    """Read a submission file. Any bytes may be given; raises Malformed for all that are not one.

    Only the form is checked here; whether sums, hash and signature are right is for the rules.
    """
    return _parse(Submission, raw, MAX_SUBMISSION_BYTES)


def parse_profile(raw: bytes) -> Profile:
    """Read a profile.json. Any bytes may be given; raises Malformed for all that are not one."""
    return _parse(Profile, raw, MAX_PROFILE_BYTES)


_line = json.JSONEncoder(ensure_ascii=False).encode
"""One encoder for all rows: making one costs more than its work on a row."""


def _day_lines(day: dict[str, Any]) -> str:
    usage = ",\n".join(f"     {_line(row)}" for row in day["usage"])
    return f'    {{"date": {_line(day["date"])}, "usage": [\n{usage}\n    ]}}'


def render_submission(submission: Submission) -> bytes:
    """Return the text of a submission file: one usage row a line, so that a diff can be read.

    Parses back to the same.
    """
    fields = submission.model_dump(mode="json", by_alias=True)
    data = fields.pop("data")
    head = [f"  {_line(name)}: {_line(value)}" for name, value in fields.items() if name not in {"hash", "signature"}]
    tail = [f"  {_line(name)}: {_line(fields[name])}" for name in ("hash", "signature")]
    days = ",\n".join(_day_lines(day) for day in data["contributions"])
    body = (
        f'  "data": {{\n   "dateRange": {_line(data["dateRange"])},\n   "summary": {_line(data["summary"])},\n'
        f'   "contributions": [\n{days}\n   ]\n  }}'
    )
    return ("{\n" + ",\n".join([*head, body, *tail]) + "\n}\n").encode("utf-8")


def render_profile(profile: Profile) -> bytes:
    """Return the text of a profile.json: one device a line. Parses back to the same."""
    fields = profile.model_dump(mode="json", by_alias=True)
    devices = fields.pop("devices")
    head = [f"  {_line(name)}: {_line(value)}" for name, value in fields.items()]
    rows = ",\n".join(f"    {_line(device)}" for device in devices)
    body = f'  "devices": [\n{rows}\n  ]' if devices else '  "devices": []'
    return ("{\n" + ",\n".join([*head, body]) + "\n}\n").encode("utf-8")
