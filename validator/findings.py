"""What a rule says and what follows: values that know no output format."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What a finding does to a change."""

    REJECT = "reject"
    FLAG = "flag"
    NOTICE = "notice"


class Outcome(StrEnum):
    """The three verdicts."""

    VERIFIED = "verified"
    FLAGGED = "flagged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing a rule found. `message` is one sentence with what to do; it may quote values of the change, raw."""

    code: str
    level: Level
    message: str
    path: str = ""
    """The file it is about, empty for the change as a whole."""
    numbers: tuple[tuple[str, int], ...] = ()
    """The numbers that made the rule speak, by name: whole and at most 2^53 - 1. The first is the finding's size, up to
    which a maintainer's approval goes; every flag has one."""


@dataclass(frozen=True, slots=True, order=True)
class JudgedFile:
    """One file of the change as it was judged. `blob` is its Git object id, empty for a deletion."""

    path: str
    blob: str
    hash: str = ""
    """`sha256:…` of the submission's canonical bytes, empty for a profile or a deletion."""
    key: str = ""
    """Fingerprint `SHA256:…` of the device key that signed it, as ssh-keygen prints it."""
    total_tokens: int = 0
    contributions: str = ""
    """`sha256:…` of what it counts, under which the index of contributions lists it; empty if that does not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one change, bound to the commits it was made from."""

    base: str
    head: str
    """Full commit ids."""
    author_id: int
    author_login: str
    findings: tuple[Finding, ...] = ()
    files: tuple[JudgedFile, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Rejected if any finding rejects, else flagged if any flags, else verified."""
        levels = {finding.level for finding in self.findings}
        if Level.REJECT in levels:
            return Outcome.REJECTED
        return Outcome.FLAGGED if Level.FLAG in levels else Outcome.VERIFIED
