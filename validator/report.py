"""A verdict as text: Markdown for the comment on a pull request and for people, JSON for programs.

Whatever a finding quotes comes from a stranger. In Markdown it is made harmless here: no mention, link, reference,
HTML or formatting survives, and the whole fits into one comment. Neither form holds a command to GitHub's runner, which
reads all that a step prints: it obeys `::` at the start of a line and `##[` anywhere in it (actions/runner,
ActionCommand.cs).
"""

import json
import re
from collections.abc import Iterator
from itertools import groupby

from validator.findings import Finding, Level, Outcome, Verdict
from validator.rules import RULES

MAX_CHARACTERS = 65_536
"""What a comment on GitHub holds."""
MAX_TEXT = 600
"""Characters of one message that are shown, at most."""
MAX_PER_RULE = 10
"""Findings of one rule that are shown, at most."""

_HEADINGS = {
    Level.REJECT: "What has to be mended",
    Level.FLAG: "What a maintainer looks at",
    Level.NOTICE: "Good to know",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~$&!^])")
_BREAKS_LINKS = re.compile(r"(?<=@)|(?<=#)|(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=\bgh)(?=-)", re.IGNORECASE)
_ZERO_WIDTH_SPACE = "\u200b"
_COMMAND = "##["


def as_json(verdict: Verdict) -> str:
    """Return the verdict as one JSON object, with a final line break. Characters beyond ASCII are escaped."""
    fields = {
        "outcome": verdict.outcome,
        "base": verdict.base,
        "head": verdict.head,
        "author": {"id": verdict.author_id, "login": verdict.author_login},
        "findings": [
            {
                "code": finding.code,
                "level": finding.level,
                "path": finding.path,
                "message": finding.message,
                "numbers": dict(finding.numbers),
            }
            for finding in verdict.findings
        ],
        "files": [
            {
                "path": file.path,
                "blob": file.blob,
                "hash": file.hash,
                "key": file.key,
                "totalTokens": file.total_tokens,
            }
            for file in verdict.files
        ],
    }
    return json.dumps(fields, indent=2).replace(_COMMAND, "#\\u0023[") + "\n"


def as_markdown(verdict: Verdict) -> str:
    """Return the verdict as Markdown that may be posted as it is: at most MAX_CHARACTERS, whatever the change held."""
    end = f"\nJudged: `{verdict.head}` upon `{verdict.base}`.\n"
    room = MAX_CHARACTERS - len(end) - 100
    lines: list[str] = []
    for block in _blocks(verdict):
        room -= len(block) + 1
        if room < 0:
            lines.append("\nThere is more; `token-tracker validate --json` lists everything.\n")
            break
        lines.append(block)
    return "\n".join([*lines, end])


def _blocks(verdict: Verdict) -> Iterator[str]:
    """Yield the parts of the comment; it can be cut between any two."""
    yield _sentence(verdict)
    for level, findings in groupby(verdict.findings, key=lambda finding: finding.level):
        yield f"\n### {_HEADINGS[level]}"
        for code, same in groupby(findings, key=lambda finding: finding.code):
            yield _rule_block(code, list(same))


def _sentence(verdict: Verdict) -> str:
    match verdict.outcome:
        case Outcome.REJECTED:
            return "**Rejected.** This change cannot be merged as it is; what follows says what to do."
        case Outcome.FLAGGED:
            return "**Flagged.** Nothing is wrong so far; a maintainer takes a look before this is merged."
        case Outcome.VERIFIED:
            count, tokens = len(verdict.files), sum(file.total_tokens for file in verdict.files)
            what = f"{count:,} {'file' if count == 1 else 'files'}"
            return f"**Verified.** {what} with {tokens:,} tokens can be merged."


def _rule_block(code: str, findings: list[Finding]) -> str:
    """Return one rule's findings and, when they do not merely inform, what to do about them."""
    rule = _BY_CODE.get(code)
    lines = [f"\n**{code}**" + (f" ({rule.title})" if rule else ""), ""]
    lines += [f"- {_place(finding)}{harmless(finding.message)}" for finding in findings[:MAX_PER_RULE]]
    if len(findings) > MAX_PER_RULE:
        lines.append(f"- … and {len(findings) - MAX_PER_RULE:,} more of this kind")
    if rule and findings[0].level is not Level.NOTICE:
        lines += ["", f"What to do: {dict(rule.sections)['What to do']}"]
    return "\n".join(lines)


_BY_CODE = {rule.code: rule for rule in RULES}


def _place(finding: Finding) -> str:
    if not finding.path:
        return ""
    printable = "".join(character if character.isprintable() else "?" for character in finding.path)
    path = printable.replace("`", "'").replace(_COMMAND, f"#{_ZERO_WIDTH_SPACE}#[")
    return f"`{path if len(path) <= 200 else path[:200] + '…'}`: "


def harmless(text: str) -> str:
    """Return a stranger's text as one line of Markdown that shows just that text, cut after MAX_TEXT characters.

    Zero-width spaces keep GitHub from making mentions, references and links: it looks for them after the Markdown
    was read, so that escaping does not help.
    """
    short = text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"
    line = "".join(character if character.isprintable() else "?" for character in short)
    return _SPECIAL.sub(r"\\\1", _BREAKS_LINKS.sub(_ZERO_WIDTH_SPACE, line))
