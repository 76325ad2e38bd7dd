"""`sweep`: heal what events missed, for all open pull requests at once."""

from pathlib import Path

import click

from cli.bot import bot, judged_of, options, tell, tell_acted

INCOMPLETE = 3


@click.command()
@click.option(
    "--verdicts",
    type=click.Path(path_type=Path),
    help="Act on the file that `judge --open` wrote; without it the sweep judges itself.",
)
@options
def sweep(*, verdicts: Path | None, board: str | None, repository: Path, branch: str) -> int:
    """Judge every open pull request and do what the verdicts ask for.

    All that can be merged is merged in one push, see `act`. What earlier runs left undone on closed pull requests is
    finished. It may be killed at any point and run again. In GitHub Actions, `judge --open` runs before it with a
    token that may only read, and --verdicts hands its verdicts over.

    Exit codes: 0 done, 3 something could not be done (stderr says what) and is left to the next run, 1 failed, 2 wrong
    usage.
    """
    from cli.files import read
    from validator import handover
    from validator.act import act as act_on
    from validator.act import tidy

    handed = handover.parse(read(verdicts, handover.MAX_BYTES)) if verdicts else None
    with bot(board, repository, branch) as opened:
        if handed is None:
            heard = opened.judge(opened.hub.open_pulls(branch))
            tell([each for each in heard if each.judged is None])
            handed = tuple(judged_of(heard))
        desk = opened.desk()
        acted = [*act_on(desk, handed), *tidy(desk)]
    return 0 if tell_acted(acted, paused=desk.paused) else INCOMPLETE
