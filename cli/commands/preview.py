"""`preview`: one's own page, before anything is sent."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cli.settings import Settings

_USER_ID = 1
"""Stands for the id that GitHub will tell: it only chooses the page's picture."""


@click.command()
@click.option("--login", default="you", show_default=True, help="The login the page is for.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Only write the site into this folder; it is not served then.",
)
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port to serve on; default: any free one.")
def preview(*, login: str, output: Path | None, port: int) -> None:
    """Show your own profile page, made from your own logs; nothing is sent.

    Counts what is new, builds the page as a board would, and serves it to this machine alone until Ctrl-C.

    Exit codes: 0 done, 1 failed (there is no usage to show, say), 2 wrong usage.
    """
    from urllib.parse import urlsplit

    from cli.serving import serve
    from cli.settings import Settings, private_folder
    from validator.config import installed

    settings = Settings.load()
    folder = output or private_folder(settings.data_dir) / "preview"
    page = build_preview(settings, login, folder)
    if output is not None:
        click.echo(f"Written: {folder / page}")
    else:
        below = urlsplit(installed().site_url).path
        serve(folder, port, lambda address: click.echo(f"Your page: {address}{page.parent}/  (Ctrl-C ends)"), below)


def build_preview(settings: "Settings", login: str, folder: Path) -> Path:
    """Build a site with one user, from this machine's usage, into a folder; return the page's path in it.

    Raises CliError when nothing was counted yet or the login is none.
    """
    from pydantic import ValidationError

    from cli import CliError
    from cli.claims import leave_unsigned
    from cli.counting import counted
    from cli.device import load_or_create
    from cli.publish import Published, plan
    from generator.build import build_entries
    from generator.history import Entry
    from validator.config import installed
    from validator.submission import User

    now = settings.now()
    with counted(settings) as (ledger, _):
        usage = ledger.usage()
    if not usage:
        raise CliError("No usage was found on this machine.", "See `token-tracker doctor` for where it was looked for.")
    try:
        user = User(id=_USER_ID, login=login)
    except ValidationError:
        raise CliError(f"{login!r} is not a GitHub login.", "Give yours with --login.") from None
    device = load_or_create(settings.config_dir)
    files = plan(usage, user, login, device, published=Published(), now=now, sign=leave_unsigned).files
    entries = [Entry(path, content, "", now, now.date()) for path, content in files.items()]
    build_entries(entries, folder, installed(), now)
    return Path("profile") / login / "index.html"
