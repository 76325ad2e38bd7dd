"""`merge`: judge pull requests and merge those that pass, many in one update of the branch."""

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from validator.merge import PullRequest, Result

INCOMPLETE = 3
MAX_LIST_BYTES = 16 * 1024 * 1024
"""Some 80,000 pull requests; GitHub recommends at most 1,000 open ones."""


@click.command()
@click.option(
    "--repository",
    type=click.Path(path_type=Path),
    default=".",
    help="The board's bare repository, with refs/pull/N/head; default: this folder.",
)
@click.option("--branch", default="main", show_default=True, help="Branch to merge into.")
@click.option(
    "--pulls",
    type=click.File("rb"),
    required=True,
    help="File (or - for stdin) with a JSON array of {number, head, authorId, authorLogin, headOwnerId, approvedBy}.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array, an object for each pull request.")
def merge(*, repository: Path, branch: str, pulls: BinaryIO, as_json: bool) -> int:
    """Judge pull requests and merge those that pass.

    Who opened a pull request must come from GitHub's API, so it is given in the list: the author's id and login, the id
    of the owner of the repository the head lies in (0 when it is gone, null when it is the board's own), and who
    approved exactly this head (null when nobody did). A flagged pull request is merged only when it was approved.
    The rules' numbers are those of leaderboard.toml on the branch.

    The merges of different users reach the branch in one update, all or none; a second one of the same user follows
    in another. Running it again merges nothing twice.

    Exit codes: 0 all are merged, 3 some are not (the output says why), 1 failed, 2 wrong usage.
    """
    from cli.settings import Settings
    from validator.board import leaderboard_at
    from validator.git import Repository
    from validator.merge import Status
    from validator.merge import merge as merge_all

    requests = _read(pulls.read(MAX_LIST_BYTES + 1))
    ref = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
    with Repository(repository) as git:
        policy = leaderboard_at(git, ref).policy
        results = merge_all(git, requests, policy, Settings.load().now(), branch=ref)
    _print(results, as_json=as_json)
    merged = all(result.status in {Status.MERGED, Status.ALREADY_MERGED} for result in results)
    return 0 if merged else INCOMPLETE


def _read(raw: bytes) -> "list[PullRequest]":
    from pydantic import TypeAdapter, ValidationError

    from cli import CliError
    from validator.merge import PullRequest

    if len(raw) > MAX_LIST_BYTES:
        raise CliError("The list of pull requests is too long.", "Merge it in parts.")
    try:
        return TypeAdapter(list[PullRequest]).validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part)[:60] for part in first["loc"])
        raise CliError(f"--pulls: {place or 'list'}: {first['msg']}.", "See `token-tracker merge --help`.") from None


def _print(results: "list[Result]", *, as_json: bool) -> None:
    from cli import tables

    if as_json:
        tables.print_json(_fields(result) for result in results)
        return
    for result in results:
        told = result.commit or result.trouble or " ".join(_codes(result))
        line = f"#{result.request.number}  {result.request.author_login}  {result.status}  {told}".rstrip()
        click.echo(tables.printable(line))


def _fields(result: "Result") -> dict[str, object]:
    verdict = result.verdict
    return {
        "number": result.request.number,
        "head": result.request.head,
        "status": result.status.value,
        "commit": result.commit or None,
        "verdict": verdict.outcome.value if verdict else None,
        "findings": _codes(result),
        "trouble": result.trouble or None,
    }


def _codes(result: "Result") -> list[str]:
    return sorted({finding.code for finding in result.verdict.findings}) if result.verdict else []
