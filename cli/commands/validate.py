"""`token-tracker validate`: judge one change to a leaderboard's store."""

from pathlib import Path

import click

EXIT_CODES = {"verified": 0, "flagged": 3, "rejected": 4}
LEFT_ALONE = 5


@click.command()
@click.option(
    "--repository", required=True, type=click.Path(path_type=Path), help="A Git repository with both commits."
)
@click.option("--base", required=True, help="The board's commit that the change would be merged into.")
@click.option("--head", required=True, help="The pull request's commit.")
@click.option("--author-id", required=True, type=click.IntRange(min=1), help="GitHub's id of who opened it.")
@click.option("--author-login", required=True, help="What that account is called now.")
@click.option(
    "--head-owner-id",
    type=click.IntRange(min=0),
    help="GitHub's id of who owns the repository it comes from, 0 if that is gone; leave out if it is the board's own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def validate(
    *,
    repository: Path,
    base: str,
    head: str,
    author_id: int,
    author_login: str,
    head_owner_id: int | None,
    as_json: bool,
) -> int:
    """Judge one change to a leaderboard's store, from Git objects alone, and say what to do about it.

    The rules' numbers are those of leaderboard.toml at the base.

    Exit codes: 0 verified, 3 flagged, 4 rejected, 5 left alone (it changes nothing in the store), 1 failed, 2 usage.
    """
    from cli.settings import Settings
    from validator import report
    from validator.board import leaderboard_at
    from validator.git import Repository
    from validator.judge import Author, judge

    with Repository(repository) as opened:
        verdict = judge(
            opened,
            base=base,
            head=head,
            author=Author(author_id, author_login, head_owner_id),
            policy=leaderboard_at(opened, base).policy,
            now=Settings.load().now(),
        )
    if verdict is None:
        sentence = "**Left alone.** This changes nothing in the store; people review it.\n"
        click.echo('{"outcome": "left-alone"}\n' if as_json else sentence, nl=False)
        return LEFT_ALONE
    click.echo(report.as_json(verdict) if as_json else report.as_markdown(verdict), nl=False)
    return EXIT_CODES[verdict.outcome]
