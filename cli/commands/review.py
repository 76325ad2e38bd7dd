"""`review`: the flagged queue, and a maintainer's answers to it.

An answer is a comment on the pull request, the same that a maintainer can write there by hand: the bot acts on nothing
else.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cli import CliError
from cli.bot import hub_of
from cli.settings import Settings

if TYPE_CHECKING:
    from validator.github import GitHub
    from validator.pulls import Pull
    from validator.reply import Mark

MAX_WHY = 1_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A flagged pull request and what the bot says about its present head."""

    pull: "Pull"
    mark: "Mark"


@click.group()
@click.option("--board", help="`owner/name` at GitHub; default: $GITHUB_REPOSITORY, else leaderboard.toml.")
@click.pass_context
def review(ctx: click.Context, *, board: str | None) -> None:
    """Look at flagged pull requests and answer them.

    Your token is used: $GITHUB_TOKEN, $GH_TOKEN, or that of `gh`. An answer is a comment of yours on the pull request;
    the bot reads it and does the rest.

    Exit codes: 0 done, 1 failed, 2 wrong usage.
    """
    ctx.obj = board


@review.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the data of the site's /api/flagged.json.")
@click.pass_obj
def list_(board: str | None, *, as_json: bool) -> None:
    """List what waits for a maintainer, the oldest first."""
    from validator.reply import NEEDS_REVIEW

    hub = hub_of(Settings.load(), board)
    numbers = hub.labelled(NEEDS_REVIEW.name, "open")
    waiting = [found for number in numbers if (found := _waiting(hub, number)) is not None]
    if as_json:
        _print_json(waiting)
        return
    from cli.tables import printable, tokens

    for each in waiting:
        reasons = ", ".join(each.mark.codes)
        total = tokens(each.mark.total_tokens)
        click.echo(printable(f"#{each.pull.number}  {each.pull.author_login}  {total}  {reasons}"))
    if not waiting:
        click.echo("Nothing waits for a maintainer.")


@review.command()
@click.argument("number", type=click.IntRange(min=1))
@click.pass_obj
def show(board: str | None, *, number: int) -> None:
    """Show why one waits: each rule that flagged it, and what that rule looks at."""
    from cli.tables import printable, tokens
    from validator.rules import RULES

    waiting = _one(hub_of(Settings.load(), board), number)
    pull, mark = waiting.pull, waiting.mark
    rules = {rule.code: rule for rule in RULES}
    click.echo(printable(f"#{number} by {pull.author_login}, {tokens(mark.total_tokens)} tokens, opened "
                         f"{pull.created_at:%Y-%m-%d}"))  # fmt: skip
    click.echo(f"Judged: {mark.head}")
    for code in mark.codes:
        rule = rules.get(code)
        click.echo(f"\n{code}" + (f": {rule.title}\n  {dict(rule.sections)['Looks at']}" if rule else ""))
    click.echo(f"\nAnswer with `token-tracker review approve {number}` or `… reject {number} --why TEXT`.")


@review.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option("--head", help="The commit you looked at (or its beginning); approve nothing else.")
@click.pass_obj
def approve(board: str | None, *, number: int, head: str | None) -> None:
    """Approve exactly the commit that the bot judged; it is then merged, and its size remembered."""
    hub = hub_of(Settings.load(), board)
    waiting = _one(hub, number)
    if head is not None and not (re.fullmatch(r"[0-9a-f]{7,64}", head) and waiting.mark.head.startswith(head)):
        raise CliError(f"Pull request {number} is at {waiting.mark.head} now.", "Look at it again.")
    _may_answer(hub)
    hub.comment(number, f"/approve {waiting.mark.head}")
    click.echo(f"#{number} is approved at {waiting.mark.head[:12]}; the bot merges it.")


@review.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option("--why", required=True, help="One sentence for its author.")
@click.pass_obj
def reject(board: str | None, *, number: int, why: str) -> None:
    """Reject a pull request; the bot closes it."""
    reason = " ".join(why.split())
    if not reason or len(reason) > MAX_WHY or not reason.isprintable():
        raise CliError(f"Say why in one sentence of at most {MAX_WHY} characters.", "See --why.")
    hub = hub_of(Settings.load(), board)
    _one(hub, number)
    _may_answer(hub)
    hub.comment(number, f"/reject {reason}")
    click.echo(f"#{number} is rejected; the bot closes it.")


def _one(hub: "GitHub", number: int) -> Waiting:
    found = _waiting(hub, number)
    if found is None:
        raise CliError(
            f"Pull request {number} does not wait for a maintainer: it is closed, not flagged, or not judged at its "
            "present head.",
            "See `token-tracker review list`.",
        )
    return found


def _waiting(hub: "GitHub", number: int) -> Waiting | None:
    """Return a pull request if the bot's comment says that its present head is flagged."""
    from validator.act import is_bot
    from validator.review import verdict_comment

    pull = hub.pull(number)
    found = verdict_comment(hub.comments(number), is_bot(hub)) if pull.is_open else None
    flagged = found is not None and found[1].outcome == "flagged" and found[1].head == pull.head
    return Waiting(pull, found[1]) if found and flagged else None


def _may_answer(hub: "GitHub") -> None:
    """Refuse who may not write to the board; only who may can ask GitHub whether they may."""
    from validator.github import Forbidden

    user_id, login = hub.viewer()
    try:
        may = hub.can_write(user_id, login)
    except Forbidden:
        may = False
    if not may:
        raise CliError(f"{login} may not write to {hub.repository}, so the bot would not listen.", "Ask a maintainer.")


def _print_json(waiting: list[Waiting]) -> None:
    import json

    submissions = [
        {
            "pullRequest": each.pull.number,
            "user": {"username": each.pull.author_login, "avatarUrl": each.pull.avatar_url},
            "totalTokens": each.mark.total_tokens,
            "flaggedReason": ", ".join(each.mark.codes),
            "createdAt": each.pull.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for each in waiting
    ]
    click.echo(json.dumps({"submissions": submissions}, indent=2))
