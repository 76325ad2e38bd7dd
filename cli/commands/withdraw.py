"""`withdraw`: take back a month, a device, or everything."""

import json
import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.github import GitHub, PullRequest
    from cli.leaving import Scope
    from cli.settings import Settings
    from cli.withdrawing import Leave

_REMEMBERED = (
    "Git remembers: once this is merged the board shows nothing of it, but its earlier commits, the pull requests, and "
    "every fork and clone still have it, for as long as any of them exists. Only the board's maintainers can rewrite "
    "its history; ask them in an issue if you need that."
)
_COMES_BACK = (
    "Logs and ledger on your machines stay: the next `token-tracker submit` would publish it again. Switch off what "
    "submits on its own (`token-tracker autosubmit disable`), and leave days out with --since and --until."
)
_FORK = "Your fork is yours: delete it at GitHub once this is merged."


def _month(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG001
    for value in values:
        if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", value, re.ASCII):
            raise click.BadParameter(f"{value!r} is no month: give it as YYYY-MM.")
    return values


@click.command()
@click.option("--device", metavar="DEVICE", help="Only what this device published; `devices` lists them.")
@click.option("--month", "months", metavar="YYYY-MM", multiple=True, callback=_month, help="Only this month (repeat).")
@click.option("--dry-run", is_flag=True, help="Print on stdout what would change, and send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--to", metavar="OWNER/NAME", help="The board; default: the one this was installed from.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def withdraw(
    *, device: str | None, months: tuple[str, ...], dry_run: bool, yes: bool, to: str | None, as_json: bool
) -> None:
    """Take back what you published: everything, or only a device, months, or months of a device.

    One pull request removes the files; nothing but your own folder changes. Open pull requests of yours that would
    bring it back are closed. A device of which nothing is left leaves your profile, too, unless it was revoked. What is
    taken back while an earlier withdrawal is open is added to that. Running it twice does nothing the second time.

    Git's history keeps what was published: earlier commits, pull requests, forks and clones have it for as long as they
    exist. Your logs and your ledger stay as they are, and you can come back.

    The address of the pull request is printed on stdout, all else on stderr.

    Exit codes: 0 done (offered, or there is nothing to take back), 1 failed or not confirmed, 2 wrong usage.
    """
    from cli.github import connect
    from cli.leaving import Scope
    from cli.settings import Settings
    from cli.steps import steps
    from cli.withdrawing import prepare

    settings, scope = Settings.load(), Scope(device, frozenset(months))
    hub = connect(settings, to)
    with steps() as tell:
        tell("Reading what is published and what is offered …")
        leave = prepare(settings, hub, scope)
    if dry_run:
        _print_changes(leave, as_json=as_json)
        return
    pull = _send(settings, hub, leave, scope, yes=yes) if leave.is_new else leave.pull
    if as_json:
        told = pull.fields() if pull else None
        click.echo(json.dumps({**_fields(leave), "pullRequest": told}, indent=2))
    else:
        _print_outcome(leave, pull)


def _send(settings: "Settings", hub: "GitHub", leave: "Leave", scope: "Scope", *, yes: bool) -> "PullRequest | None":
    """Say what it means, and send it once the user agrees."""
    from cli.consent import agree, agree_by_typing
    from cli.steps import say, steps
    from cli.withdrawing import send

    for sentence in _consequences(leave, hub.board.full_name):
        say(sentence)
    if not yes and scope.is_everything:
        login = leave.viewer.login
        agree_by_typing(f"Type your login, {login}, to take back everything from {hub.board.full_name}", login)
    elif not yes:
        agree(f"Take this back from {hub.board.full_name} as @{leave.viewer.login}?")
    with steps() as tell:
        return send(hub, leave, settings.now(), tell)


def _consequences(leave: "Leave", board: str) -> "Iterator[str]":
    from generator import format as text

    yield f"Taken back from {board}:"
    for device, periods in leave.months:
        listed = ", ".join(periods) if len(periods) <= 12 else f"{periods[0]} to {periods[-1]}"
        yield f"  device {device}: {text.plural(len(periods), 'month')} ({listed})"
    if leave.ends_profile:
        yield "  your profile: your names, your devices and their keys"
    elif any(content is not None for content in leave.plan.files.values()):
        yield "  from your profile: devices of which nothing is left"
    for pull in leave.closes:
        yield f"  closed without being merged: {pull.url}"
    if leave.plan.waiting:
        yield f"{text.plural(leave.plan.waiting, 'file')} more must wait until this is merged: run this again then."
    if leave.plan.files:
        yield _REMEMBERED
    yield _COMES_BACK
    if leave.ends_profile:
        yield _FORK


def _print_changes(leave: "Leave", *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_fields(leave), indent=2))
        return
    if leave.is_nothing:
        click.echo("There is nothing to take back.", err=True)
    for pull in leave.closes:
        click.echo(f"close {pull.url}")
    for path, content in leave.plan.files.items():
        click.echo(f"remove {path}" if content is None else f"==> {path} <==\n{content.decode()}", nl=content is None)


def _fields(leave: "Leave") -> dict[str, object]:
    files = leave.plan.files.items()
    return {
        "user": {"id": leave.viewer.id, "login": leave.viewer.login},
        "new": leave.is_new,
        "removes": [path for path, content in files if content is None],
        "writes": {path: content.decode() for path, content in files if content is not None},
        "closes": [pull.fields() for pull in leave.closes],
        "waitingFiles": leave.plan.waiting,
    }


def _print_outcome(leave: "Leave", pull: "PullRequest | None") -> None:
    """Print the pull request's address on stdout, and on stderr what was done."""
    from cli.steps import say

    if leave.is_nothing:
        say("There is nothing to take back: `token-tracker history` lists what the board has.")
    elif not leave.is_new:
        say("It is offered already; nothing was sent.")
    elif pull:
        say("Offered. The board judges it now; `token-tracker status` shows what it says.")
    else:
        say("Closed. The board has nothing of it.")
    if pull:
        click.echo(pull.url)
