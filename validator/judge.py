"""Judging: every rule looks at one change, and what they find is the verdict."""

import datetime as dt
from dataclasses import replace

from validator import ValidatorError, signature
from validator.change import Author, Change, ChangedFile
from validator.config import Policy
from validator.contributions import listed_hash
from validator.findings import Finding, JudgedFile, Level, Verdict
from validator.git import Repository
from validator.reading import read_change
from validator.rules import RULES
from validator.rules.rule import unfinished

__all__ = ["Author", "judge"]


def judge(
    repository: Repository, *, base: str, head: str, author: Author, policy: Policy, now: dt.datetime
) -> Verdict | None:
    """Judge what merging the commit `head` would do to the commit `base`. Both may be named as Git names commits.

    Returns None for what touches nothing in the store: somebody's work on the board itself, which people review.
    What the change holds never raises: it becomes a finding. Raises ValidatorError when the repository, one of the two
    commits, or the board's own files cannot be read.
    """
    base, head = repository.resolve(base), repository.resolve(head)
    try:
        change = read_change(repository, base=base, head=head, author=author, policy=policy, now=now)
    except ValidatorError:
        raise
    except Exception as error:
        return Verdict(base, head, author.id, author.login, (unfinished("unlisted", error),))
    if not change.is_submission:
        return None
    return Verdict(base, head, author.id, author.login, findings(change), judged_files(change))


def findings(change: Change) -> tuple[Finding, ...]:
    """Return what all rules find: what rejects first, then flags, then notices, within these in the rules' order."""
    found = [_approved(finding, change) for each in RULES for finding in each.findings(change)]
    if all(finding.level is not Level.REJECT for finding in found):
        found += [_unread(file) for file in change.files if not file.deleted and not file.read]
    return tuple(sorted(found, key=lambda finding: _GRAVITY[finding.level]))


def _unread(file: ChangedFile) -> Finding:
    """Reject a file that no rule objects to although nobody knows what it holds: a net below all rules."""
    return Finding("schema", Level.REJECT, "The file was not read; ask a maintainer to look at the change.", file.path)


_GRAVITY = {level: place for place, level in enumerate(Level)}


def _approved(finding: Finding, change: Change) -> Finding:
    """Let a flag pass with a notice when a maintainer has approved this user and rule up to about this size."""
    reviews = change.folder.reviews
    up_to = reviews.approved(finding.code) if reviews and finding.level is Level.FLAG else None
    if up_to is None or not finding.numbers or finding.numbers[0][1] > change.policy.approval_factor * up_to:
        return finding
    said = f"{finding.message} A maintainer has approved this up to {up_to:,}, so it passes."
    return replace(finding, level=Level.NOTICE, message=said)


def judged_files(change: Change) -> tuple[JudgedFile, ...]:
    """Return every file of the change as it was judged, sorted by path."""
    keys = {device.id: device.public_key for device in change.profile.devices} if change.profile else {}
    submitted = {each.path: each for each in change.submitted}
    files = []
    for file in change.files:
        each = submitted.get(file.path)
        if each is None:
            files.append(JudgedFile(file.path, file.blob))
        else:
            total = each.new.data.summary.total_tokens
            key = _fingerprint(keys.get(each.place.device, ""))
            files.append(
                JudgedFile(file.path, file.blob, each.new.hash, key, total, listed_hash(each.new, change.policy))
            )
    return tuple(files)


def _fingerprint(public_key: str) -> str:
    try:
        return signature.fingerprint(public_key)
    except signature.BadKey:
        return ""
