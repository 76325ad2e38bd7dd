"""Who the user is to GitHub: the token that commands use, and where it came from."""

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from cli import CliError, credentials
from cli.boards import api_url, server_url
from cli.settings import Settings

MAX_CHARACTERS = 1_000
VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN")
"""Environment variables that hold a token, the first to count first."""


class Origin(StrEnum):
    """Where a token was found."""

    VARIABLE = "environment"
    FILE = "credentials"
    GH = "gh"


@dataclass(frozen=True, slots=True)
class Token:
    """A token for one GitHub, and where it was found: `name` is the variable, the file, or gh's command."""

    value: str = field(repr=False)
    origin: Origin
    name: str

    @property
    def renewal(self) -> str:
        """What to do when it no longer serves."""
        if self.origin is Origin.VARIABLE:
            return f"Put another token into {self.name}, or unset it and run `token-tracker login`."
        if self.origin is Origin.GH:
            return "Run `gh auth login`, or `token-tracker login`."
        return "Run `token-tracker login`."


def github_token(settings: Settings) -> str:
    """Return `$GITHUB_TOKEN`, else `$GH_TOKEN`, else what `login` kept, else what `gh auth token` prints.

    Raises CliError when there is none, or it is none by its looks; the token itself is never told.
    """
    token = find_token(settings)
    if token is None:
        raise no_token(settings)
    return token.value


def no_token(settings: Settings) -> CliError:
    """Return what to tell a user without a token; one that is kept for another GitHub is mentioned."""
    kept = credentials.load(settings.config_dir)
    elsewhere = f" at {api_url(settings)} (you are logged in to {kept.api_url[:100]})" if kept else ""
    return CliError(
        f"There is no token for GitHub{elsewhere}.",
        "Run `token-tracker login`, or set GITHUB_TOKEN, or log in with `gh auth login`.",
    )


def find_token(settings: Settings) -> Token | None:
    """Return the token that commands use, or None when there is none for the GitHub in question.

    What `login` kept counts for the address it was made for only, and gh is asked for the token of that very host: so
    `$GITHUB_API_URL` cannot send a token to strangers. Raises CliError when the token is none by its looks, the
    credential file is damaged or open to others, or the address is none.
    """
    return of_environment(settings) or of_file(settings) or of_gh(settings)


def of_environment(settings: Settings) -> Token | None:
    """Return the token of the environment, or None; an empty variable counts as unset."""
    for name in VARIABLES:
        if value := settings.environment.get(name, ""):
            return _token(value, Origin.VARIABLE, name)
    return None


def of_file(settings: Settings) -> Token | None:
    """Return the token that `login` kept, or None when there is none, or it is for another address."""
    kept = credentials.load(settings.config_dir)
    if kept is None or kept.api_url != api_url(settings):
        return None
    return _token(kept.token, Origin.FILE, str(credentials.path_of(settings.config_dir)))


def of_gh(settings: Settings) -> Token | None:
    """Return the token GitHub's command line has for this GitHub, or None; nothing is asked over the network."""
    import subprocess

    command = ["gh", "auth", "token", "--hostname", _host(api_url(settings))]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    value = answer.stdout.strip() if answer.returncode == 0 else ""
    return _token(value, Origin.GH, "gh auth token") if value else None


def require_one_github(settings: Settings) -> None:
    """Raise CliError when the site, where one signs in, and the API, to which the token goes, are not of one GitHub."""
    site, api = _host(server_url(settings)), _host(api_url(settings))
    if site != api:
        raise CliError(
            f"GITHUB_SERVER_URL is at {site} and GITHUB_API_URL at {api}: a token of one is none for the other.",
            "Set both, or neither.",
        )


def _host(url: str) -> str:
    """Return the host by whose name a GitHub is known: its API may have a name before it."""
    return (urlsplit(url).hostname or "").removeprefix("api.")


def _token(value: str, origin: Origin, name: str) -> Token:
    if len(value) > MAX_CHARACTERS or not value.isascii() or not value.isprintable() or " " in value:
        raise CliError(f"The token for GitHub in {name} is none by its looks.", "A token is one line without spaces.")
    return Token(value, origin, name)
