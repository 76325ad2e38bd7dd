"""What the bot's commands share: the board at GitHub, its objects here, and the way from one to the other."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cli import CliError
from cli.account import github_token
from cli.boards import api_url, board_of, is_name, server_url
from cli.settings import Settings
from validator import ValidatorError
from validator.act import Acted, Desk
from validator.docket import Heard, hear
from validator.git import Repository
from validator.github import GitHub
from validator.handover import Judged
from validator.pulls import Pull
from validator.remote import Remote

PAUSE = "TOKEN_TRACKER_PAUSED"
NOT_PAUSED = {"", "0", "false", "no", "off"}
PAUSED_SENTENCE = f"Merging is paused by the variable {PAUSE}; nothing was merged."


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which board it serves."""
    for option in (
        click.option("--branch", default="main", show_default=True, help="The board's branch."),
        click.option(
            "--repository",
            type=click.Path(path_type=Path),
            default="board.git",
            show_default=True,
            help="Bare repository that keeps the board's objects; made when missing.",
        ),
        click.option("--board", help="`owner/name` at GitHub; default: $GITHUB_REPOSITORY, else leaderboard.toml."),
    ):
        command = option(command)
    return command


@dataclass(frozen=True)
class Bot:
    """One run of the bot for one board."""

    settings: Settings
    hub: GitHub
    remote: Remote
    repository: Repository
    branch: str
    now: datetime

    def judge(self, pulls: Sequence[Pull]) -> list[Heard]:
        """Judge pull requests; see `validator.docket.hear`."""
        return hear(self.repository, pulls, self.branch, self.now, self.remote.fetch)

    def desk(self) -> Desk:
        """Return what acting on verdicts needs."""
        ref = f"refs/heads/{self.branch}"
        return Desk(
            hub=self.hub,
            repository=self.repository,
            fetch=self.remote.fetch,
            push=lambda new, old: self.remote.push(ref, new, old),
            branch=self.branch,
            now=self.now,
            paused=_is_paused(self.settings, self.hub),
            details=_run_address(self.settings),
        )


@contextmanager
def bot(board: str | None, repository: Path, branch: str) -> Iterator[Bot]:
    """Open the board for one run. Raises CliError or ValidatorError when it cannot be."""
    settings = Settings.load()
    hub, remote = hub_of(settings, board), remote_of(settings, board, repository)
    with Repository(repository) as opened:
        yield Bot(settings, hub, remote, opened, branch, settings.now())


def board_name(settings: Settings, board: str | None) -> str:
    """Return `owner/name` of the board: as given, else where the workflow runs, else that of this installation."""
    return board_of(board or settings.environment.get("GITHUB_REPOSITORY", ""))


def hub_of(settings: Settings, board: str | None) -> GitHub:
    """Return the board at GitHub, as the user's token shows it."""
    return GitHub(board_name(settings, board), github_token(settings), api_url(settings))


def remote_of(settings: Settings, board: str | None, repository: Path) -> Remote:
    """Return the board's Git repository, and the one that follows it here."""
    return Remote(repository, f"{server_url(settings)}/{board_name(settings, board)}.git", github_token(settings))


def tell(heard: Sequence[Heard]) -> None:
    """Print a line for each pull request that was judged, or why one was not."""
    from cli.tables import printable

    for each in heard:
        judged = each.judged
        told = f"{judged.outcome}  {' '.join(judged.codes)}" if judged else f"not judged  {each.trouble}"
        click.echo(printable(f"#{each.pull.number}  {each.pull.author_login}  {told}".rstrip()))


def tell_acted(acted: Sequence[Acted], *, paused: bool) -> bool:
    """Print a line for each pull request, and return whether all went well."""
    from cli.tables import printable

    for each in acted:
        click.echo(printable(f"#{each.number}  {each.status}  {each.commit}".rstrip()))
        if each.trouble:
            click.echo(printable(f"#{each.number}  {each.trouble}"), err=True)
    if paused:
        click.echo(PAUSED_SENTENCE)
    return not any(each.trouble for each in acted)


def judged_of(heard: Sequence[Heard]) -> list[Judged]:
    """Return the verdicts of those that were judged."""
    return [each.judged for each in heard if each.judged is not None]


def _run_address(settings: Settings) -> str:
    """Return the address of the workflow run this is a part of, or nothing."""
    variables = settings.environment
    run, name = variables.get("GITHUB_RUN_ID", ""), variables.get("GITHUB_REPOSITORY", "")
    return f"{server_url(settings)}/{name}/actions/runs/{run}" if run.isdecimal() and is_name(name) else ""


def _is_paused(settings: Settings, hub: GitHub) -> bool:
    """Tell whether maintainers paused merging.

    In a workflow the repository's variable comes as an environment variable, set even when it is empty, because a
    workflow's own token may not ask for it.
    """
    value = settings.environment.get(PAUSE)
    try:
        given = hub.variable(PAUSE) if value is None else value
    except ValidatorError as error:
        raise CliError(f"Nobody knows whether merging is paused. {error.message}", f"Set {PAUSE} to false.") from None
    return (given or "").strip().lower() not in NOT_PAUSED
