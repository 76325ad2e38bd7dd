"""Which board a command speaks of, and where GitHub is."""

import ipaddress
import re
from urllib.parse import urlsplit

from cli import CliError
from cli.settings import Settings

API_URL = "https://api.github.com"
SERVER_URL = "https://github.com"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}", re.ASCII)


def is_name(text: str) -> bool:
    """Tell whether a text is the full name of a repository by its looks: `owner/name`."""
    return _NAME.fullmatch(text) is not None and not text.endswith(("/.", "/.."))


def board_of(given: str | None) -> str:
    """Return the board a command is about as `owner/name`: as given, else that of this installation.

    Raises CliError for a text that is no name.
    """
    from validator import config

    name = given or config.installed().repository
    if not is_name(name):
        raise CliError(f"{name[:60]!r} is no repository.", "Give the board as owner/name.")
    return name


def api_url(settings: Settings) -> str:
    """Return the base of GitHub's API without a final slash: `$GITHUB_API_URL`, else GitHub's own.

    A token travels there. Raises CliError for anything but https, or http on this very machine, and for an address with
    a password in it.
    """
    return _checked(settings.environment.get("GITHUB_API_URL", "") or API_URL, "GITHUB_API_URL")


def server_url(settings: Settings) -> str:
    """Return the address of GitHub's site without a final slash: `$GITHUB_SERVER_URL`, else GitHub's own.

    Raises CliError as `api_url` does: people type codes there, and Git brings a token.
    """
    return _checked(settings.environment.get("GITHUB_SERVER_URL", "") or SERVER_URL, "GITHUB_SERVER_URL")


def is_loopback(url: str) -> bool:
    """Tell whether an address is one of this machine, by its looks: no name is looked up."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked(url: str, variable: str) -> str:
    try:
        parts = urlsplit(url)
        fits = bool(parts.hostname) and parts.port != 0 and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        fits = False
    if not fits or parts.scheme not in {"https", "http"} or "@" in parts.netloc or parts.query or parts.fragment:
        raise CliError(f"{variable} is no address of a GitHub.", f"Mend {variable}, or unset it.")
    if parts.scheme == "http" and not is_loopback(url):
        raise CliError(
            f"{variable} is http: your token would travel readable for everybody.",
            "Give an https address, or unset it.",
        )
    return url.rstrip("/")
