"""`judge`: the half of the bot that looks at data. Needs a token that may only read."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.bot import Bot, bot, judged_of, options, tell

if TYPE_CHECKING:
    from validator.docket import Heard
    from validator.pulls import Pull


@click.command()
@click.option("--pull", "numbers", type=click.IntRange(min=1), multiple=True, help="Judge this one; may be repeated.")
@click.option("--open", "all_open", is_flag=True, help="Judge every open one.")
@click.option(
    "--verdicts",
    type=click.Path(path_type=Path),
    default="verdicts.json",
    show_default=True,
    help="File to write for `act` or `sweep`.",
)
@options
def judge(
    *, numbers: tuple[int, ...], all_open: bool, verdicts: Path, board: str | None, repository: Path, branch: str
) -> None:
    """Judge pull requests at GitHub and hand the verdicts over.

    Without --pull or --open it judges the pull request of the workflow's event. A comment is an event only when it is
    a command by somebody who may write to the board; after any other nothing is judged and no verdict handed over.

    In GitHub Actions the findings in full go to the step's summary, and these outputs are set: `count` (verdicts handed
    over) and, for a single one, `outcome` (verified, flagged, rejected or left-alone), `codes` (of rules, joined by
    commas), `head`, `base` and `number`.

    Exit codes: 0 judged, whatever the verdict; 1 failed, 2 wrong usage.
    """
    from cli import actions
    from cli.files import write
    from validator import handover

    if numbers and all_open:
        raise click.UsageError("Give either --pull or --open.")
    with bot(board, repository, branch) as opened:
        heard = opened.judge(_pulls(opened, numbers, all_open=all_open))
    judged = judged_of(heard)
    write(verdicts, handover.render(judged))
    tell(heard)
    outputs = {"count": str(len(judged))}
    if len(judged) == 1:
        (each,) = judged
        outputs |= {"outcome": each.outcome, "codes": ",".join(each.codes), "head": each.head}
        outputs |= {"base": each.base, "number": str(each.number)}
    actions.write_outputs(opened.settings, outputs)
    actions.write_summary(opened.settings, _summary(heard))


def _pulls(bot: Bot, numbers: Sequence[int], *, all_open: bool) -> "Sequence[Pull]":
    if all_open:
        return bot.hub.open_pulls(bot.branch)
    return [bot.hub.pull(number) for number in sorted(set(numbers)) or _of_event(bot)]


def _of_event(bot: Bot) -> list[int]:
    """Return the number that the workflow's event is about, or none when it needs no judgement.

    Only the number is taken from it: all else may have changed since, and GitHub is asked.
    """
    from cli.actions import event
    from validator.review import read_command

    found = event(bot.settings)
    if found.pull_request is not None:
        return [found.pull_request.number]
    issue, comment = found.issue, found.comment
    if issue is None or comment is None or issue.pull_request is None or comment.user is None:
        return []
    called = read_command(comment.body) is not None and bot.hub.can_write(comment.user.id, comment.user.login)
    return [issue.number] if called else []


def _summary(heard: "Sequence[Heard]") -> str:
    from validator import report

    parts = []
    for each in heard:
        told = report.as_markdown(each.verdict) if each.verdict else _short(each)
        parts.append(f"## Pull request {each.pull.number}\n\n{told}\n")
    return "\n".join(parts)


def _short(heard: "Heard") -> str:
    from validator.report import harmless

    return "**Left alone.** People review it." if heard.judged else f"**Not judged.** {harmless(heard.trouble)}"
