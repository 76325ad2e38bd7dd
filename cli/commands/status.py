"""`status`: what became of your pull requests, and what to do."""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cli.following import Followed
    from cli.github import Viewer

FLAGGED = 3
REJECTED = 4
NO_VERDICT = 5


@click.command()
@click.option("--to", metavar="OWNER/NAME", help="The board; default: the one this was installed from.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(*, to: str | None, as_json: bool) -> int:
    """Say what became of your pull requests: the verdict, its reasons, and what to do.

    All open ones of all your devices are shown, and the last few that were merged or closed.

    Exit codes: 0 no open one needs anything, 1 failed, 2 wrong usage, 3 one is flagged (a maintainer looks at it
    first), 4 one is rejected (its reasons say what to do), 5 one is not judged yet. Of several, 4 comes before 3, and
    3 before 5.
    """
    from cli.device import device_id
    from cli.following import follow_all
    from cli.github import connect
    from cli.settings import Settings
    from cli.steps import steps

    settings = Settings.load()
    hub, device = connect(settings, to), device_id(settings.config_dir)
    with steps() as tell:
        tell("Asking GitHub about your pull requests …")
        viewer = hub.viewer()
        found = follow_all(hub, viewer)
    if as_json:
        click.echo(json.dumps(_fields(hub.board.full_name, viewer, found, device), indent=2))
    else:
        _print(hub.board.full_name, viewer, found, device)
    return _exit_code(found)


def _fields(board: str, viewer: "Viewer", found: "list[Followed]", device: str) -> dict[str, object]:
    from cli.branches import device_of

    return {
        "board": board,
        "user": {"id": viewer.id, "login": viewer.login},
        "pullRequests": [
            {
                "number": each.pull.number,
                "url": each.pull.url,
                "title": each.pull.title,
                "state": each.pull.state,
                "device": device_of(each.pull.branch) or None,
                "isThisDevice": bool(device) and device_of(each.pull.branch) == device,
                "createdAt": f"{each.pull.created_at:%Y-%m-%dT%H:%M:%SZ}",
                "updatedAt": f"{each.pull.updated_at:%Y-%m-%dT%H:%M:%SZ}",
                "verdict": {"state": each.answer.state, "reasons": list(each.answer.codes)},
                "said": _sentences(each, device),
            }
            for each in found
        ],
    }


def _sentences(each: "Followed", device: str) -> list[str]:
    from cli.branches import command_for
    from cli.verdicts import State, sentences

    if each.answer.state is State.CLOSED and each.later:
        return [f"It was closed without being merged; #{each.later} came after it."]
    return [line.strip() for line in sentences(each.answer, command_for(each.pull.branch, device))]


def _print(board: str, viewer: "Viewer", found: "list[Followed]", device: str) -> None:
    from rich.padding import Padding

    from cli import tables

    console = tables.console()
    for each in found:
        pull = each.pull
        about = f"#{pull.number}  {pull.state}  {tables.printable(pull.title)[:200]}{_whose(pull.branch, device)}"
        console.print(about, style="bold" if each.is_open else None)
        console.print(f"    {tables.printable(pull.url)}", soft_wrap=True)
        said, *reasons = _sentences(each, device)
        console.print(Padding(said, (0, 0, 0, 4)))
        for reason in reasons:
            console.print(Padding(reason, (0, 0, 0, 6)))
    if not found:
        console.print(f"@{viewer.login} has no pull request to {board}. `token-tracker submit` makes one.")


def _whose(branch: str, device: str) -> str:
    from cli.branches import device_of

    of = device_of(branch)
    return f"  ({'this device' if of == device else f'device {of}'})" if of else ""


def _exit_code(found: "list[Followed]") -> int:
    from cli.verdicts import State

    states = {each.answer.state for each in found if each.is_open}
    if State.REJECTED in states:
        return REJECTED
    if states & {State.FLAGGED, State.LEFT_ALONE}:
        return FLAGGED
    return NO_VERDICT if State.WAITING in states else 0
