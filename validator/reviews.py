"""reviews.json: what the bot knows about a user's files, and what a maintainer approved. The bot alone writes it.

It holds what a later judgement needs, so that none has to walk the history: the verdict each file was merged with, the
sizes a maintainer has approved, and how many changes the user merged today.
"""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from validator.findings import Level, Outcome, Verdict
from validator.store import user_folder
from validator.strict_json import BadJson, decode
from validator.submission import Day, Hash, Login, Malformed, Positive, Time

MAX_REVIEWS_BYTES = 4 * 1024 * 1024
"""Some 12,000 files: thirty years of the most devices a profile may have."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
FilePath = Annotated[str, StringConstraints(pattern=r"^(profile|[a-z0-9]{8}/20[0-9]{2}-(0[1-9]|1[0-2]))\.json$")]
Size = Annotated[int, Field(ge=0, le=2**53 - 1)]


AccountLogin = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,39}(\[bot\])?$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel, populate_by_name=True)


class Today(_Model):
    """How many changes were merged on one UTC day, the last on which there was one."""

    date: Day
    changes: Size


class Approval(_Model):
    """A maintainer let a rule's finding pass, up to this size: the finding's first number."""

    rule: Code
    up_to: Size
    pull_request: Positive
    reviewer: Login
    time: Time


class FileReview(_Model):
    """What one file was merged with. `path` is relative to the user's folder, `hash` null for the profile."""

    path: FilePath
    hash: Hash | None
    contributions: Hash | None = None
    """Of what it counts: where the index of contributions lists it. Null if it does not."""
    verdict: Literal["verified", "flagged"]
    findings: Annotated[tuple[Code, ...], Field(max_length=200, strict=False)]
    pull_request: Positive
    reviewer: Login | None
    time: Time


class Reviews(_Model):
    """The whole of reviews.json: approvals sorted by rule, files by path, each once."""

    schema_version: Literal[1]
    login: AccountLogin
    """What GitHub called the account at its last merge; a profile only says what it calls itself."""
    today: Today
    approvals: Annotated[tuple[Approval, ...], Field(max_length=200, strict=False)] = ()
    files: Annotated[tuple[FileReview, ...], Field(max_length=100_000, strict=False)] = ()

    def approved(self, rule: str) -> int | None:
        """Return the size up to which a maintainer approved a rule's findings, or None."""
        return next((approval.up_to for approval in self.approvals if approval.rule == rule), None)

    def changes_on(self, day: dt.date) -> int:
        """Return how many changes were merged on a UTC day, provided that none was merged on a later one."""
        return self.today.changes if self.today.date == day.isoformat() else 0


def parse_reviews(raw: bytes) -> Reviews:
    """Read a reviews.json. Any bytes may be given; raises Malformed for all that are not one."""
    try:
        return Reviews.model_validate(decode(raw, limit=MAX_REVIEWS_BYTES))
    except BadJson as error:
        raise Malformed([str(error)]) from None
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:10]
        raise Malformed([f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in details]) from None


def render_reviews(reviews: Reviews) -> bytes:
    """Return the text of a reviews.json: one approval or file a line. Parses back to the same."""
    fields = reviews.model_dump(mode="json", by_alias=True)
    lines = [f"  {_line(name)}: {_line(fields[name])}" for name in ("schemaVersion", "login", "today")]
    lines += [_rows(name, fields[name]) for name in ("approvals", "files")]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("utf-8")


@dataclass(frozen=True, slots=True)
class Merge:
    """What is about to be merged: a judged change, its pull request, and when.

    `reviewer` is the login of the maintainer who approved a flagged change, None for a verified one.
    """

    verdict: Verdict
    pull_request: int
    reviewer: str | None
    now: dt.datetime

    @property
    def time(self) -> str:
        """The time as it is written in files."""
        return self.now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def after_merge(before: Reviews | None, merge: Merge) -> Reviews | None:
    """Return what reviews.json says once a change is merged; None when it leaves the user without any file."""
    files = _files_after(before, merge)
    if not files:
        return None
    day = merge.now.astimezone(dt.UTC).date()
    return Reviews(
        schema_version=1,
        login=merge.verdict.author_login,
        today=Today(date=day.isoformat(), changes=(before.changes_on(day) if before else 0) + 1),
        approvals=_approvals_after(before, merge),
        files=files,
    )


def _files_after(before: Reviews | None, merge: Merge) -> tuple[FileReview, ...]:
    files = {review.path: review for review in before.files} if before else {}
    for file in merge.verdict.files:
        path = file.path.removeprefix(user_folder(merge.verdict.author_id) + "/")
        files.pop(path, None)
        if file.blob:
            about = {finding.code for finding in merge.verdict.findings if finding.path in {"", file.path}}
            files[path] = FileReview(
                path=path,
                hash=file.hash or None,
                contributions=file.contributions or None,
                verdict="flagged" if merge.verdict.outcome is Outcome.FLAGGED else "verified",
                findings=tuple(sorted(about)),
                pull_request=merge.pull_request,
                reviewer=merge.reviewer,
                time=merge.time,
            )
    return tuple(files[path] for path in sorted(files))


def _approvals_after(before: Reviews | None, merge: Merge) -> tuple[Approval, ...]:
    """Remember, for every rule that flagged what a maintainer approved, the largest size approved so far."""
    approvals = {approval.rule: approval for approval in before.approvals} if before else {}
    flags = [finding for finding in merge.verdict.findings if finding.level is Level.FLAG] if merge.reviewer else []
    for finding in flags:
        size = finding.numbers[0][1] if finding.numbers else 0
        known = approvals.get(finding.code)
        if merge.reviewer and (known is None or known.up_to < size):
            approvals[finding.code] = Approval(
                rule=finding.code,
                up_to=size,
                pull_request=merge.pull_request,
                reviewer=merge.reviewer,
                time=merge.time,
            )
    return tuple(approvals[rule] for rule in sorted(approvals))


def _rows(name: str, rows: list[object]) -> str:
    if not rows:
        return f'  "{name}": []'
    return f'  "{name}": [\n' + ",\n".join(f"    {_line(row)}" for row in rows) + "\n  ]"


_line = json.JSONEncoder(ensure_ascii=False).encode
"""One encoder for all rows: making one costs more than its work on a row."""
