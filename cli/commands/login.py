"""`login`: find or get a token for GitHub, and say whose it is and what it lacks."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from cli import CliError

if TYPE_CHECKING:
    from cli.account import Token
    from cli.device_flow import Code
    from cli.identity import Identity
    from cli.settings import Settings

NOT_ENOUGH = 3


@click.command()
def login() -> int:
    """Let this command speak to GitHub for you.

    Takes the first of: GITHUB_TOKEN or GH_TOKEN, what an earlier login kept, the token of GitHub's own command line
    (`gh auth token`); else shows a code to enter at GitHub, asks for nothing but the scope public_repo, and keeps the
    token in credentials.json below ~/.config/token-tracker (or TOKEN_TRACKER_CONFIG_DIR), readable for you alone. To
    use another account, `token-tracker logout` first.

    Exit codes: 0 logged in, 1 failed, 2 wrong usage, 3 GitHub knows you but the token does not do for submitting, 130
    interrupted.
    """
    from cli.settings import Settings

    settings = Settings.load()
    token, identity = _existing(settings) or _new(settings)
    return _tell(token, identity)


def _existing(settings: "Settings") -> "tuple[Token, Identity] | None":
    """Return the first token that does, and whose it is; None when a new one has to be got.

    A token of the environment comes before all others whatever it is good for, so it is the answer. Without an
    application to sign in with, a token that lacks something is better than none.
    """
    from cli import account, credentials
    from cli.identity import identify, shortcoming

    if token := account.of_environment(settings):
        return token, identify(settings, token)
    kept = account.of_file(settings)
    lacking = None
    for token in filter(None, (kept, account.of_gh(settings))):
        identity = _unless_refused(settings, token)
        short = shortcoming(token, identity) if identity else None
        if identity and not short:
            if kept and token is not kept:
                credentials.remove(settings.config_dir)  # commands would find it first
            return token, identity
        if identity and short:
            click.echo(f"@{identity.login}, by {token.name}: {short[0]}", err=True)
            lacking = lacking or (token, identity)
    return None if _client_id() else lacking


def _unless_refused(settings: "Settings", token: "Token") -> "Identity | None":
    from cli.identity import Refused, identify

    try:
        return identify(settings, token)
    except Refused as refused:
        click.echo(refused.message, err=True)
        return None


def _new(settings: "Settings") -> "tuple[Token, Identity]":
    """Sign in through GitHub's page and keep the token."""
    from cli import account, credentials, device_flow
    from cli.boards import api_url, server_url
    from cli.browser import open_page
    from cli.identity import identify

    site, client_id = server_url(settings), _client_id()
    if not client_id:
        raise CliError(
            "This board has no application for signing in through GitHub's page.",
            "Log in with `gh auth login`, or set GITHUB_TOKEN to a classic token with the scope public_repo "
            f"({site}/settings/tokens).",
        )
    account.require_one_github(settings)
    code = device_flow.begin(site, client_id)
    _show(code)
    if sys.stderr.isatty() and open_page(code.address, settings.environment):
        click.echo("It was opened in your browser.", err=True)
    with _countdown() as tell:
        value = device_flow.await_token(site, client_id, code, tell=tell, clock=time.monotonic, pause=time.sleep)
    file = credentials.save(settings.config_dir, credentials.Credential(api_url(settings), value))
    token = account.Token(value, account.Origin.FILE, str(file))
    return token, identify(settings, token)


def _client_id() -> str:
    from validator import config

    return config.installed().oauth_client_id


def _show(code: "Code") -> None:
    """Show what to do: the code stands alone, large where that is possible."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.panel import Panel
        from rich.text import Text

        console = Console(stderr=True, markup=False, highlight=False)
        console.print("Enter this code at GitHub:")
        console.print(Panel(Text(code.user_code, "bold"), padding=(1, 6), expand=False))
        console.print(f"at {code.address}", soft_wrap=True)
    else:
        click.echo(f"Open {code.address} and enter this code: {code.user_code}", err=True)


@contextmanager
def _countdown() -> "Iterator[Callable[[int, str], None]]":
    """Yield what shows the seconds left and what is wrong: one line that changes in a terminal, few lines elsewhere."""
    if not sys.stderr.isatty():
        yield _plain_countdown()
        return
    from rich.console import Console

    with Console(stderr=True, markup=False, highlight=False).status("") as status:

        def tell(left: int, trouble: str) -> None:
            waiting = f"Waiting for you at GitHub, {left // 60}:{left % 60:02} left (Ctrl-C ends it)"
            status.update(f"{waiting}. {trouble} Trying again." if trouble else waiting)

        yield tell


def _plain_countdown() -> "Callable[[int, str], None]":
    told: list[str] = []

    def tell(left: int, trouble: str) -> None:
        line = f"{trouble} Trying again." if trouble else f"Waiting for you at GitHub, {-(-left // 60)} min left."
        if not told or told[-1] != line:
            told.append(line)
            click.echo(line, err=True)

    return tell


def _tell(token: "Token", identity: "Identity") -> int:
    from cli.identity import shortcoming

    click.echo(f"Logged in as @{identity.login}, with the token of {token.name}.")
    if identity.expires_on:
        click.echo(f"It expires on {identity.expires_on}.")
    short = shortcoming(token, identity)
    if short:
        click.echo(" ".join(short), err=True)
    return NOT_ENOUGH if short else 0
