"""`act`: the half of the bot that writes, and looks at no data."""

from pathlib import Path

import click

from cli.bot import bot, options, tell_acted

INCOMPLETE = 3


@click.command()
@click.option(
    "--verdicts",
    type=click.Path(path_type=Path),
    default="verdicts.json",
    show_default=True,
    help="The file that `judge` wrote.",
)
@options
def act(*, verdicts: Path, board: str | None, repository: Path, branch: str) -> int:
    """Do what verdicts ask for: merge, or label and comment.

    GitHub is asked whether each pull request still has the head that was judged; what moved is left for the next
    judgement. Verified ones, and flagged ones that a maintainer approved, are merged in one push; the others get labels
    for every reason and one comment that says what to do. Then the workflow publish.yml is started. No content of a
    pull request is read; the ids of its files must be those that were judged. Running it again does what is left.

    With the repository variable TOKEN_TRACKER_PAUSED set to true (in a workflow handed on as an environment variable)
    nothing is merged.

    Exit codes: 0 done, 3 something could not be done (stderr says what) and is left to the next run, 1 failed, 2 wrong
    usage.
    """
    from cli.files import read
    from validator import handover
    from validator.act import act as act_on

    handed = handover.parse(read(verdicts, handover.MAX_BYTES))
    if not handed:
        click.echo("There is nothing to do.")
        return 0
    with bot(board, repository, branch) as opened:
        desk = opened.desk()
        acted = act_on(desk, handed)
    return 0 if tell_acted(acted, paused=desk.paused) else INCOMPLETE
