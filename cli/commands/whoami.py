"""`whoami`: who GitHub thinks you are."""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cli.account import Token
    from cli.identity import Identity

NOT_ENOUGH = 3
NOT_LOGGED_IN = 4


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def whoami(*, as_json: bool) -> int:
    """Who GitHub thinks you are, and which token says so.

    Exit codes: 0 GitHub knows you and you can submit, 1 failed (no network, …), 2 wrong usage, 3 GitHub knows you but
    the token does not do for submitting, 4 not logged in: there is no token, or GitHub does not accept it.
    """
    from cli.account import find_token, no_token
    from cli.identity import Refused, identify, shortcoming
    from cli.settings import Settings

    settings = Settings.load()
    token = find_token(settings)
    if token is None:
        return _not_logged_in(str(no_token(settings)), as_json=as_json)
    try:
        identity = identify(settings, token)
    except Refused as refused:
        return _not_logged_in(str(refused), as_json=as_json)
    short = shortcoming(token, identity)
    if as_json:
        click.echo(json.dumps(_fields(token, identity, short), indent=2))
    else:
        _print(token, identity, short)
    return NOT_ENOUGH if short else 0


def _not_logged_in(reason: str, *, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({"loggedIn": False, "needsAttention": reason}, indent=2))
    else:
        click.echo(f"token-tracker: {reason}", err=True)
    return NOT_LOGGED_IN


def _fields(token: "Token", identity: "Identity", short: tuple[str, str] | None) -> dict[str, object]:
    return {
        "loggedIn": True,
        "id": identity.id,
        "login": identity.login,
        "name": identity.name,
        "token": {
            "origin": token.origin.value,
            "name": token.name,
            "scopes": None if identity.scopes is None else sorted(identity.scopes),
            "expiresOn": identity.expires_on,
        },
        "needsAttention": " ".join(short) if short else None,
    }


def _print(token: "Token", identity: "Identity", short: tuple[str, str] | None) -> None:
    from cli.identity import spoken_scopes

    name = "".join(each if each.isprintable() else "?" for each in identity.name)
    display = "" if name == identity.login else f" ({name})"
    click.echo(f"@{identity.login}{display}, GitHub's user {identity.id}")
    ends = f", ends on {identity.expires_on}" if identity.expires_on else ""
    click.echo(f"Token of {token.name}, scopes: {spoken_scopes(identity)}{ends}")
    if short:
        click.echo(" ".join(short), err=True)
