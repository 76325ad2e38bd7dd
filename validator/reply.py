"""What the bot answers on a pull request: one comment and some labels, of fixed vocabulary.

Codes, commits and numbers are all that goes in; the sentences come from here and from the rules' docstrings. Nothing a
contributor worded can get into a comment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from validator.handover import LEFT_ALONE, Judged
from validator.pulls import Label
from validator.rules import RULES

NEEDS_REVIEW = Label("needs-review", "fbca04", "Flagged: waits for a maintainer's answer")
NEEDS_CHANGES = Label("needs-changes", "d93f0b", "Rejected by the rules: its author mends it and pushes again")
REJECTED = Label("rejected", "b60205", "A maintainer rejected it")
WAITING = (NEEDS_REVIEW, NEEDS_CHANGES)
"""The labels that say that something is still to be done; a closed pull request has none of them."""
REASON = "rule: "
"""Begins the label of each rule that made a change flagged or rejected."""

_BY_CODE = {rule.code: rule for rule in RULES}
_MARK = re.compile(
    r"<!-- token-tracker head=([0-9a-f]{40,64}) outcome=(verified|flagged|rejected|merged|left-alone) "
    r"codes=([a-z0-9,-]*) tokens=([0-9]{1,20}) -->",
    re.ASCII,
)
_SENTENCES = {
    "verified": "**Verified.** Every rule is content. This is merged as soon as the board merges again.",
    "flagged": "**Flagged.** Nothing is wrong so far; a maintainer takes a look before this is merged.",
    "rejected": "**Rejected.** This cannot be merged as it is. Mend what follows and push again: it is judged anew.",
    "merged": "**Merged.** Thank you. The site shows it after its next build.",
    LEFT_ALONE: "**Left alone.** This changes nothing in the store; people review it.",
}
_ANSWERS = """\
Maintainers answer with a comment of their own that begins with one of these lines:

- `/approve {head}` merges exactly this commit, and lets later changes of about this size pass
- `/reject` and why closes this pull request
- `/recheck` judges it again

An answer counts when it was made after this comment was last edited.
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """What the bot's comment says in its hidden first line."""

    head: str
    outcome: str
    """An outcome of the judge, or `merged`."""
    codes: tuple[str, ...] = ()
    total_tokens: int = 0


def mark_of(judged: Judged) -> Mark:
    """Return the mark of a verdict."""
    return Mark(judged.head, judged.outcome, judged.codes, judged.total_tokens)


def read_mark(body: str) -> Mark | None:
    """Return the mark on the first line of a comment, or None. Any text may be given, by anybody."""
    match = _MARK.fullmatch(body[:8192].split("\n", 1)[0].rstrip())
    if match is None:
        return None
    head, outcome, codes, tokens = match.groups()
    return Mark(head, outcome, tuple(codes.split(",")) if codes else (), int(tokens))


def comment_text(mark: Mark, details: str = "") -> str:
    """Return the comment that states a verdict. `details` is the address of the run that made it."""
    codes = ",".join(mark.codes)
    lines = [
        f"<!-- token-tracker head={mark.head} outcome={mark.outcome} codes={codes} tokens={mark.total_tokens} -->",
        _SENTENCES[mark.outcome],
        "",
        *_reasons(mark),
    ]
    if mark.outcome == "flagged":
        lines += [f"All its files together: {mark.total_tokens:,} tokens.", "", _ANSWERS.format(head=mark.head)]
    seen = f" The [run that judged it]({details}) names every file and number." if details else ""
    lines.append(f"Judged: `{mark.head}`.{seen}")
    return "\n".join(lines) + "\n"


def _reasons(mark: Mark) -> Iterator[str]:
    for code in mark.codes:
        rule = _BY_CODE[code]
        yield f"- **{code}** ({rule.title}). What to do: {dict(rule.sections)['What to do']}"
    if mark.codes:
        yield ""


def labels(judged: Judged) -> frozenset[Label]:
    """Return the labels of a verdict that waits for somebody: what for, and one for each reason."""
    waits = {"flagged": NEEDS_REVIEW, "rejected": NEEDS_CHANGES}.get(judged.outcome)
    return frozenset({waits, *map(_reason_label, judged.codes)}) if waits else frozenset()


def _reason_label(code: str) -> Label:
    return Label(f"{REASON}{code}", "c5def5", _BY_CODE[code].title[:100])


def is_ours(name: str) -> bool:
    """Tell whether the bot gives and takes the label of this name; others are people's, and left to them."""
    return name in {label.name for label in (*WAITING, REJECTED)} or name.startswith(REASON)
