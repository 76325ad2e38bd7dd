"""`devices`: your machines and their keys."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cli.github import GitHub, PullRequest
    from cli.keyring import Keyring
    from cli.settings import Settings
    from validator.submission import Device, Profile

BOARD = click.option("--to", metavar="OWNER/NAME", help="The board; default: the one this was installed from.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group(invoke_without_command=True)
@BOARD
@AS_JSON
@click.pass_context
def devices(context: click.Context, *, to: str | None, as_json: bool) -> None:
    """List your devices and their keys; add this machine, or revoke one.

    Every machine signs with a key of its own, which never leaves it, or with one of yours (`submit --sign-with`); the
    board has the public half. What open pull requests would change is shown, too.

    Exit codes: 0 done (also when there is none), 1 failed, 2 wrong usage.
    """
    if context.invoked_subcommand is None:
        _list(to, as_json=as_json)
    elif to or as_json:
        raise click.UsageError(f"Options belong behind it: devices {context.invoked_subcommand} …")


@devices.command()
@BOARD
@YES
@AS_JSON
def add(*, to: str | None, yes: bool, as_json: bool) -> None:
    """Enter this machine's key into your profile, by a pull request.

    `submit` does that, too, with the machine's first usage. Doing it before lets you see the key on the board before
    anything signed with it. Running it twice does nothing the second time.

    Exit codes: 0 done (offered, or the board has it), 1 failed or not confirmed, 2 wrong usage.
    """
    from cli.device import device_id
    from cli.device_table import fingerprint_of
    from cli.keyring import with_this_machine

    desk = _desk(to)
    profile = with_this_machine(desk.keyring, desk.settings)
    device = _find(profile, device_id(desk.settings.config_dir))
    if desk.keyring.profile and device in desk.keyring.profile.devices:
        _finish(f"The board has this machine's device {device.id} already.", None, device, as_json=as_json)
        return
    about = [f"This enters this machine as the device {device.id} with the key {fingerprint_of(device)}."]
    title = f"Device {device.id} of {desk.keyring.viewer.login}"
    pull, said = _offered(desk, profile, title, about, yes=yes)
    _finish(said, pull, device, as_json=as_json)


@devices.command()
@click.argument("device", metavar="DEVICE")
@BOARD
@YES
@AS_JSON
def revoke(*, device: str, to: str | None, yes: bool, as_json: bool) -> None:
    """End the key of DEVICE, by a pull request.

    Do it when a machine was lost or sold, from any other. Nothing that the key signs from then on is merged, and it
    cannot be undone. What it signed before stays published and valid; `token-tracker withdraw --device DEVICE` takes
    that back. Running it twice does nothing the second time.

    Exit codes: 0 done (offered, or it is revoked), 1 failed or not confirmed, 2 wrong usage.
    """
    from cli.device import device_id
    from cli.keyring import with_revoked

    desk = _desk(to)
    known = desk.keyring.profile.devices if desk.keyring.profile else ()
    if ended := next((it for it in known if it.id == device and it.revoked_at), None):
        _finish(f"The device {device} was revoked at {ended.revoked_at} already.", None, ended, as_json=as_json)
        return
    profile = with_revoked(desk.keyring, device, desk.settings.now())
    after = _find(profile, device)
    about = _consequences(desk.keyring, after)
    if device == device_id(desk.settings.config_dir):
        about.append(f"It is this machine's own. {_new_key(desk.settings, device)}")
    title = f"Revoke device {device} of {desk.keyring.viewer.login}"
    pull, said = _offered(desk, profile, title, about, yes=yes)
    _finish(said, pull, after, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every subcommand begins with."""

    settings: "Settings"
    hub: "GitHub"
    keyring: "Keyring"


def _desk(to: str | None) -> _Desk:
    from cli.github import connect
    from cli.keyring import read_keyring
    from cli.settings import Settings
    from cli.steps import steps

    settings = Settings.load()
    hub = connect(settings, to)
    with steps() as tell:
        tell("Reading which devices the board knows …")
        return _Desk(settings, hub, read_keyring(settings, hub, hub.viewer()))


def _list(to: str | None, *, as_json: bool) -> None:
    from cli.device import device_id
    from cli.device_table import listed_fields, print_devices
    from cli.signing_state import examine_signing
    from cli.steps import say
    from cli.tables import printable

    desk = _desk(to)
    board, viewer = desk.hub.board.full_name, desk.keyring.viewer
    own, found = device_id(desk.settings.config_dir), desk.keyring.listed()
    path = examine_signing(desk.settings).own_key
    if as_json:
        about = {"board": board, "user": {"id": viewer.id, "login": viewer.login}, "thisDevice": own or None}
        about["ownKey"] = str(path) if path else None
        click.echo(json.dumps({**about, "devices": [listed_fields(each, own) for each in found]}, indent=2))
    else:
        print_devices(f"Devices of @{viewer.login} on {board}", found, own)
        if path:
            click.echo(f"This machine signs with a key of yours: {printable(path)}")
        if any(each.device.id == own and each.device.revoked_at for each in found):
            say(_new_key(desk.settings, own))


def _find(profile: "Profile", device: str) -> "Device":
    return next(each for each in profile.devices if each.id == device)


def _new_key(settings: "Settings", device: str) -> str:
    """Return how a machine whose device is revoked gets another."""
    from cli.tables import printable

    path = printable(settings.config_dir / f"device-{device}")
    return (
        f"To submit from here again, move {path} away: a new device then begins. What this one published counts on, so "
        f"leave those days out (submit --since), or take them back (withdraw --device {device})."
    )


def _consequences(keyring: "Keyring", device: "Device") -> list[str]:
    """Return what revoking means, in sentences."""
    from cli.device_table import fingerprint_of
    from generator import format as text

    said = [
        f"This revokes the device {device.id} ({fingerprint_of(device)}) as of {device.revoked_at}.",
        "Once it is merged, nothing that the device signs is merged any more. It cannot be undone.",
    ]
    if months := len(keyring.months(device.id)):
        said.append(f"What it published stays as it is: {text.plural(months, 'month')}.")
    if pull := keyring.submitting(device.id):
        said.append(f"Its open pull request {pull.url} is rejected then, unless it is merged before.")
    return said


def _offered(desk: _Desk, profile: "Profile", title: str, about: list[str], *, yes: bool) -> "tuple[PullRequest, str]":
    """Send a changed profile once the user agrees, unless it is offered already; return the pull request and a word."""
    from cli.consent import agree
    from cli.keyring import proposal
    from cli.proposal import propose
    from cli.steps import say, steps

    viewer = desk.keyring.viewer
    if pull := desk.keyring.offering(profile):
        return pull, "It is offered already; nothing was sent."
    for sentence in about:
        say(sentence)
    if not yes:
        agree(f"Offer this to {desk.hub.board.full_name} as @{viewer.login}?")
    with steps() as tell:
        pull = propose(desk.hub, viewer, proposal(viewer, profile, title, desk.settings.now()), tell)
    return pull, "Offered. The board judges it now; `token-tracker status` shows what it says."


def _finish(said: str, pull: "PullRequest | None", device: "Device", *, as_json: bool) -> None:
    """Print the pull request's address on stdout, and on stderr what was done."""
    from cli.device_table import device_fields
    from cli.steps import say

    if as_json:
        click.echo(
            json.dumps({"device": device_fields(device), "pullRequest": pull.fields() if pull else None}, indent=2)
        )
        return
    say(said)
    if pull:
        click.echo(pull.url)
