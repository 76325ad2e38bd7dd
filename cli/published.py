"""The site as it is published now, asked over the network."""

from typing import TYPE_CHECKING

from cli import CliError

if TYPE_CHECKING:
    from httpx import Response

MAX_BYTES = 64 * 1024 * 1024
"""Some four million users."""
SECONDS = 30.0


def published_users(site_url: str) -> list[int]:
    """Return the ids of the users whom the site at an address (with its final slash) shows, by its `api/build.json`.

    There are none where there is no site yet (404). The answer may be anything: raises CliError when the site cannot be
    reached, or answers with something else.
    """
    import httpx
    from pydantic import ValidationError

    url = f"{site_url}api/build.json"
    try:
        with httpx.stream("GET", url, timeout=SECONDS, follow_redirects=True) as response:
            if response.status_code == httpx.codes.NOT_FOUND:
                return []
            response.raise_for_status()
            return _users(_read(response))
    except (httpx.HTTPError, httpx.InvalidURL, ValidationError) as error:
        raise CliError(
            f"{url} cannot be read ({type(error).__name__}), so nobody knows whom the site has.",
            "Is site_url in leaderboard.toml right? Run this again when it can be reached.",
        ) from None


def _read(response: "Response") -> bytes:
    content = b""
    for part in response.iter_bytes():
        content += part
        if len(content) > MAX_BYTES:
            raise CliError(f"{response.url} is larger than {MAX_BYTES} bytes.", "Look what is served there.")
    return content


def _users(content: bytes) -> list[int]:
    from pydantic import BaseModel, PositiveInt

    class Build(BaseModel):
        users: list[PositiveInt]

    return Build.model_validate_json(content, strict=True).users
