"""What maintainers say on a pull request, and what of it counts.

The bot's comment states the head it judged. An answer counts only for exactly that verdict: it must have been made
after the bot last edited its comment, and the head, outcome and reasons stated there must still be the present ones.
So nothing rests on times that a contributor writes (those in commits), and whatever is pushed later has no approval.
An answer may also name the commit; then it counts for no other.

Pure: comments in, a decision out. Who may write is asked through a function.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from validator.pulls import Comment
from validator.reply import Mark, read_mark

MayWrite = Callable[[Comment], bool]
"""Tells whether a comment's author may write to the board's repository."""

_COMMAND = re.compile(
    r"(?P<approve>/approve(?:[ \t]+(?P<head>[0-9a-f]{7,64}))?)|(?P<reject>/reject(?:[ \t].*)?)|(?P<recheck>/recheck)",
    re.ASCII,
)


class Word(StrEnum):
    """What can be said to the bot."""

    APPROVE = "approve"
    REJECT = "reject"
    RECHECK = "recheck"


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `head` is the beginning of the commit it names, empty when it names none."""

    word: Word
    head: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a maintainer decided about the present head: `word` is APPROVE or REJECT."""

    word: Word
    reviewer: str


def read_command(body: str) -> Command | None:
    """Return the command on a comment's first line, or None.

    Any text may be given. The line is the command and nothing else: `/approve` or `/approve <commit>` (seven digits of
    its id or more), `/reject <why>`, `/recheck`. A quotation or a command further down is talk.
    """
    line = body[:1000].split("\n", 1)[0].rstrip()
    match = _COMMAND.fullmatch(line)
    if match is None or match.lastgroup is None:
        return None
    word = next(word for word in Word if match[word.value] is not None)
    return Command(word, match["head"] or "")


def verdict_comment(comments: Iterable[Comment], is_bot: MayWrite) -> tuple[Comment, Mark] | None:
    """Return the bot's comment and its mark, or None: the first with a mark whose author may make it.

    Strangers may copy the mark; their comments are passed over.
    """
    for comment in comments:
        mark = read_mark(comment.body)
        if mark is not None and is_bot(comment):
            return comment, mark
    return None


def decide(comments: Sequence[Comment], mark: Mark, is_bot: MayWrite, may_write: MayWrite) -> Decision | None:
    """Return what maintainers decided about the verdict that `mark` states: the last word of one who may write.

    `comments` are the oldest first. A comment made within the second of the bot's is not taken for an answer to it.
    """
    found = verdict_comment(comments, is_bot)
    if found is None or found[1] != mark:
        return None
    for comment in reversed(comments):
        command = read_command(comment.body) if comment.created_at > found[0].updated_at else None
        decides = command is not None and command.word is not Word.RECHECK and mark.head.startswith(command.head)
        if command and decides and may_write(comment):
            return Decision(command.word, comment.author_login)
    return None
