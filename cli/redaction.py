"""Keeping tokens out of what is written down: the last guard, should one ever get into an error's text."""

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"(?:gh[a-z]_|github_pat_)\w{8,}", re.ASCII)
"""How GitHub's tokens begin, so that they are found in logs."""
_NAME = re.compile(r"TOKEN|SECRET|PASSWORD", re.ASCII)
_SHORTEST = 8


def without_tokens(text: str, environment: Mapping[str, str]) -> str:
    """Return a text without GitHub's tokens, and without the values of variables that are named like secrets."""
    secrets = {
        value for name, value in environment.items() if _NAME.search(name) and not name.startswith("TOKEN_TRACKER_")
    }
    for secret in sorted(secrets, key=lambda secret: (-len(secret), secret)):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, "…")
    return _TOKEN.sub("…", text)
