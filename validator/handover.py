"""Verdicts on their way from the job that looked at data to the job that may write: a file of fixed vocabulary.

It holds ids, hashes, numbers, the store's own paths and the rules' codes: nothing a contributor could word. Whoever
reads it takes the author and the present head from GitHub, and compares the ids with the head's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from validator import ValidatorError
from validator.findings import Finding, JudgedFile, Level, Outcome, Verdict
from validator.rules import RULES
from validator.store import parse_path
from validator.strict_json import BadJson, decode
from validator.submission import Positive

MAX_BYTES = 64 * 1024 * 1024
"""Some thousand of the largest changes that the policy allows."""
LEFT_ALONE = "left-alone"
CODES = frozenset(rule.code for rule in RULES)


def _known(code: str) -> str:
    if code not in CODES:
        raise ValueError("no rule has this code")
    return code


def _in_store(path: str) -> str:
    if parse_path(path) is None:
        raise ValueError("no path of the store")
    return path


Code = Annotated[str, AfterValidator(_known)]
Path = Annotated[str, Field(max_length=100), AfterValidator(_in_store)]
Oid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
Size = Annotated[int, Field(ge=0)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel, populate_by_name=True)


class _File(_Model):
    path: Path
    blob: Oid | None
    hash: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")] | None
    key: Annotated[str, StringConstraints(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")] | None
    total_tokens: Size
    contributions: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")] | None


class _Found(_Model):
    code: Code
    level: Literal["reject", "flag", "notice"]
    path: Path | None
    size: Size | None


class _Judged(_Model):
    """One pull request. What is left alone or rejected has no files: nothing of it is going to be written."""

    number: Positive
    outcome: Literal["verified", "flagged", "rejected", "left-alone"]
    head: Oid
    base: Oid
    author_id: Positive
    findings: Annotated[tuple[_Found, ...], Field(max_length=10_000, strict=False)]
    files: Annotated[tuple[_File, ...], Field(max_length=10_000, strict=False)]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        levels = {found.level for found in self.findings}
        gravest = "rejected" if "reject" in levels else "flagged" if "flag" in levels else "verified"
        if self.outcome != gravest and not (self.outcome == LEFT_ALONE and not self.findings):
            raise ValueError("the outcome is not that of the findings")
        if bool(self.files) != (self.outcome in {"verified", "flagged"}):
            raise ValueError("files go with what may be merged, and only with that")
        return self


class _Handover(_Model):
    schema_version: Literal[1]
    verdicts: Annotated[tuple[_Judged, ...], Field(max_length=100_000, strict=False)]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged: a pull request's number, the commits, its author's id; `verdict` is None if it is left alone."""

    number: int
    head: str
    base: str
    author_id: int
    verdict: Verdict | None

    @property
    def outcome(self) -> str:
        """`verified`, `flagged`, `rejected` or `left-alone`."""
        return self.verdict.outcome.value if self.verdict else LEFT_ALONE

    @property
    def codes(self) -> tuple[str, ...]:
        """The rules that made it flagged or rejected, sorted."""
        return reasons(self.verdict) if self.verdict else ()

    @property
    def total_tokens(self) -> int:
        """The tokens of all its submissions."""
        return sum(file.total_tokens for file in self.verdict.files) if self.verdict else 0


def reasons(verdict: Verdict) -> tuple[str, ...]:
    """Return the codes of the findings that a verdict is due to, sorted: those that reject, or else those that flag."""
    deciding = {Outcome.REJECTED: Level.REJECT, Outcome.FLAGGED: Level.FLAG}.get(verdict.outcome)
    return tuple(sorted({finding.code for finding in verdict.findings if finding.level is deciding}))


def render(judged: Iterable[Judged]) -> bytes:
    """Return the file that hands these over. Raises ValidatorError for what it has no words for."""
    try:
        rows = tuple(_row(each) for each in sorted(judged, key=lambda each: each.number))
        return _Handover(schema_version=1, verdicts=rows).model_dump_json(by_alias=True, indent=1).encode() + b"\n"
    except ValidationError as error:
        raise ValidatorError(f"A verdict cannot be handed over: {_first(error)}.", "Please report this.") from None


def parse(raw: bytes) -> tuple[Judged, ...]:
    """Read the file. Any bytes may be given; raises ValidatorError for all that `render` would not have written.

    The logins of the authors and the messages of the findings are not in it: they are empty.
    """
    try:
        handed = _Handover.model_validate(decode(raw, limit=MAX_BYTES))
    except BadJson as error:
        raise ValidatorError(f"The file of verdicts is damaged: {error}.", "Judge again.") from None
    except ValidationError as error:
        raise ValidatorError(f"The file of verdicts is damaged: {_first(error)}.", "Judge again.") from None
    if len({row.number for row in handed.verdicts}) != len(handed.verdicts):
        raise ValidatorError("The file of verdicts is damaged: a number stands twice.", "Judge again.")
    return tuple(_judged(row) for row in handed.verdicts)


def _row(judged: Judged) -> _Judged:
    verdict = judged.verdict
    rejected = verdict is not None and verdict.outcome is Outcome.REJECTED
    found = [_found(finding, rejected=rejected) for finding in verdict.findings] if verdict else []
    return _Judged(
        number=judged.number,
        outcome=judged.outcome,  # type: ignore[arg-type] # pydantic checks it
        head=judged.head,
        base=judged.base,
        author_id=judged.author_id,
        findings=tuple(dict.fromkeys(found)),
        files=() if verdict is None or rejected else tuple(_file(file) for file in verdict.files),
    )


def _found(finding: Finding, *, rejected: bool) -> _Found:
    """Return a finding without its words; of one in a rejected change, whose paths may be anything, only the code."""
    path = None if rejected else finding.path or None
    size = finding.numbers[0][1] if finding.numbers and not rejected else None
    return _Found(code=finding.code, level=finding.level.value, path=path, size=size)


def _file(file: JudgedFile) -> _File:
    return _File(
        path=file.path,
        blob=file.blob or None,
        hash=file.hash or None,
        key=file.key or None,
        total_tokens=file.total_tokens,
        contributions=file.contributions or None,
    )


def _judged(row: _Judged) -> Judged:
    if row.outcome == LEFT_ALONE:
        return Judged(row.number, row.head, row.base, row.author_id, None)
    findings = tuple(
        Finding(
            each.code,
            Level(each.level),
            "",
            each.path or "",
            () if each.size is None else (("size", each.size),),
        )
        for each in row.findings
    )
    files = tuple(
        JudgedFile(
            each.path, each.blob or "", each.hash or "", each.key or "", each.total_tokens, each.contributions or ""
        )
        for each in row.files
    )
    verdict = Verdict(row.base, row.head, row.author_id, "", findings, files)
    return Judged(row.number, row.head, row.base, row.author_id, verdict)


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(str(part)[:40] for part in first['loc'])}: {first['msg']}"
