"""Who the user is to GitHub: the token that commands use."""

import subprocess

from cli import CliError
from cli.settings import Settings

MAX_CHARACTERS = 1_000


def github_token(settings: Settings) -> str:
    """Return `$GITHUB_TOKEN`, else `$GH_TOKEN`, else what `gh auth token` prints.

    Raises CliError when there is none, or it is none by its looks; the token itself is never told.
    """
    variables = settings.environment
    token = variables.get("GITHUB_TOKEN", "") or variables.get("GH_TOKEN", "") or _of_gh()
    if not token:
        raise CliError("There is no token for GitHub.", "Set GITHUB_TOKEN, or log in with `gh auth login`.")
    if len(token) > MAX_CHARACTERS or not token.isascii() or not token.isprintable() or " " in token:
        raise CliError("The token for GitHub is none by its looks.", "Set GITHUB_TOKEN to one line without spaces.")
    return token


def _of_gh() -> str:
    try:
        answer = subprocess.run(["gh", "auth", "token"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
