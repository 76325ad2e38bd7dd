"""One small request to GitHub at a time, over httpx: whatever answers, it is bounded in size and time.

For what has to be quick or PyGithub lacks: signing in, and asking whose token it is. PyGithub takes a tenth of a second
longer to import than httpx.
"""

import time
from collections.abc import Mapping
from typing import TypeVar

import httpx
import msgspec

from cli import CliError
from cli.refusals import Refusal

MAX_BYTES = 256 * 1024
"""What is asked here is answered with less than 10 KiB."""
SECONDS = 10.0
"""How long to wait for one answer, from the first to the last byte."""
_PLAIN = {"Accept": "application/json", "Accept-Encoding": "identity"}
"""Forms are GitHub's answer to sign-ins that ask for nothing; what is not compressed cannot swell."""
T = TypeVar("T")


class Unreachable(CliError):
    """Nothing answered, or GitHub is out of order: asking again may help."""


class Strange(CliError):
    """What answered is not GitHub as it is known."""


def ask(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
) -> tuple[Refusal, bytes]:
    """Send a request to an address that `cli.boards` checked; return status and headers, and the content.

    No redirect is followed, so that a token goes nowhere else. Raises Unreachable for trouble on the way and for
    statuses from 500, Strange for an answer of more than MAX_BYTES.
    """
    host = httpx.URL(url).host
    began = time.monotonic()
    try:
        with (
            httpx.Client(verify=url.startswith("https:"), timeout=SECONDS) as client,
            client.stream(method, url, headers={**_PLAIN, **(headers or {})}, data=form) as answer,
        ):
            content = b""
            for part in answer.iter_raw(65_536):
                content += part
                if len(content) > MAX_BYTES:
                    raise strange(host)
                if time.monotonic() - began > SECONDS:
                    raise Unreachable(f"{host} answers too slowly.", "Run this again later.")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        reason = type(error).__name__
        raise Unreachable(f"{host} cannot be reached ({reason}).", "Check the network and run this again.") from None
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Unreachable(f"{host} is out of order ({answer.status_code}).", "Run this again later.")
    fields = {name.lower(): value for name, value in answer.headers.items()}
    return Refusal(answer.status_code, _message(content) if answer.is_error else "", fields), content


def decode(content: bytes, kind: type[T], host: str) -> T:
    """Return JSON as a typed value. Raises Strange for anything else."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise strange(host) from None


def strange(host: str) -> Strange:
    """Return what to tell the user when the answer makes no sense."""
    return Strange(
        f"What answers at {host} is not GitHub as we know it.",
        "Look at what stands between you and GitHub (a proxy, a log-in page of the network), then run this again.",
    )


class _Told(msgspec.Struct):
    message: str = ""


def _message(content: bytes) -> str:
    """Return GitHub's own words in a refusal, or nothing."""
    try:
        return msgspec.json.decode(content, type=_Told).message
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""
