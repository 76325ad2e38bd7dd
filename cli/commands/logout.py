"""`logout`: forget the token that login kept."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cli.settings import Settings


@click.command()
def logout() -> None:
    """Remove the token that `token-tracker login` kept on this machine.

    What you granted stays granted at GitHub until you revoke it there. Tokens of the environment and of GitHub's
    command line are not touched.

    Exit codes: 0 no token is kept (any more), 1 failed, 2 wrong usage.
    """
    from cli import credentials
    from cli.settings import Settings

    settings = Settings.load()
    removed = credentials.remove(settings.config_dir)
    if removed:
        click.echo(f"Logged out: {credentials.path_of(settings.config_dir)} is gone.")
        click.echo(f"GitHub still knows the grant; revoke it at {_settings_page(settings)}")
    else:
        click.echo("No token was kept by `token-tracker login`.")
    _tell_others(settings)


def _settings_page(settings: "Settings") -> str:
    """Return the address at which the user revokes what was granted."""
    from cli.boards import server_url
    from validator import config

    client_id = config.installed().oauth_client_id
    place = f"connections/applications/{client_id}" if client_id else "applications"
    return f"{server_url(settings)}/settings/{place}"


def _tell_others(settings: "Settings") -> None:
    """Say which other tokens commands go on to find."""
    from cli import CliError, account

    try:
        token = account.of_environment(settings) or account.of_gh(settings)
    except CliError as error:
        click.echo(str(error), err=True)
        return
    if token:
        ends = "`gh auth logout` ends that" if token.origin is account.Origin.GH else f"unset {token.name} to end that"
        click.echo(f"Commands still use the token of {token.name}, to which nothing was done: {ends}.")
