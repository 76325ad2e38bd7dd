"""Asks GitHub for people's pictures and signing keys, and keeps the answers in a folder from build to build.

Nobody's silence stops a build: who is not reached is asked again by the next one, and a drawn picture stands in.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import httpx
import msgspec

from cli import CliError
from cli.boards import SERVER_URL, api_url, server_url
from cli.settings import Settings
from generator.avatar import webp
from generator.people import Account, People, keys_path, picture_path
from validator.signature import BadKey, fingerprint

DAYS = 7
"""After so many days an answer is asked for again."""
SECONDS = 40.0
"""How long all of it may take."""
TIMEOUT = 4.0
"""How long one answer may take."""
MAX_BYTES = 256 * 1024
MAX_KEY_REQUESTS = 200
"""In one build: GitHub grants 1,000 requests an hour to all workflows of a repository together."""
THREADS = 16
FAILURES = 16
"""So many failures in a row mean that there is no way to GitHub."""
PUBLIC_PICTURES = "https://avatars.githubusercontent.com/u"

Meaning = Callable[[bytes], bytes]
"""What is kept of an answer."""


class _Key(msgspec.Struct):
    key: str


_keys = msgspec.json.Decoder(list[_Key])


def gather(folder: Path, accounts: Sequence[Account], settings: Settings) -> People:
    """Ask for what the folder lacks or has had for a week, missing and oldest first; return all that is known now.

    Pictures come from where GitHub serves them to anybody (from `$GITHUB_SERVER_URL` if that is another GitHub), keys
    from its API, with the token of `$GITHUB_TOKEN`, if any. Raises CliError for a folder that cannot be made, and for
    variables that are no addresses.
    """
    pictures, api, headers = _pictures_url(settings), api_url(settings), _headers(settings)
    stale = settings.now().timestamp() - DAYS * 86_400
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CliError(f"{folder} cannot be made: {error.strerror}.", "Give another folder as --people.") from None
    with httpx.Client(timeout=TIMEOUT, limits=httpx.Limits(max_connections=THREADS)) as client:
        deadline = time.monotonic() + SECONDS
        to_pictures, to_keys = _Asker(client, deadline, {}, webp), _Asker(client, deadline, headers, fingerprints)
        with ThreadPoolExecutor(THREADS) as pool:
            named = {keys_path(folder, each.user_id): each for each in accounts if each.has_login}
            for path in _due(list(named), stale)[:MAX_KEY_REQUESTS]:
                login = quote(named[path].login, safe="")
                pool.submit(to_keys.keep, f"{api}/users/{login}/ssh_signing_keys?per_page=100", path)
            shown = {picture_path(folder, each.user_id): each for each in accounts}
            for path in _due(list(shown), stale):
                pool.submit(to_pictures.keep, f"{pictures}/{shown[path].user_id}?s=96", path)
    return People.of(folder, accounts)


class _Asker:
    """Asks one kind of question until time is up or nobody answers."""

    def __init__(self, client: httpx.Client, deadline: float, headers: Mapping[str, str], meaning: Meaning) -> None:
        self._client, self._deadline, self._headers, self._meaning = client, deadline, headers, meaning
        self._failed = 0

    def keep(self, url: str, path: Path) -> None:
        """Write what an address answers means to a file: nothing for 404 and for nonsense. No answer writes no file.

        GitHub's own limit (403, 429) is no answer, and neither is a redirect, which is not followed.
        """
        if self._failed >= FAILURES or time.monotonic() > self._deadline:
            return
        try:
            status, content = self._get(url)
        except httpx.HTTPError:
            status, content = 0, b""
        if status not in {httpx.codes.OK, httpx.codes.NOT_FOUND}:
            self._failed += 1
            return
        self._failed = 0
        kept = self._meaning(content) if status == httpx.codes.OK else b""
        beside = path.with_suffix(f"{path.suffix}.{os.getpid()}")
        beside.write_bytes(kept)
        beside.replace(path)

    def _get(self, url: str) -> tuple[int, bytes]:
        """Return the status and what it says, which is nothing if it is too large. Raises httpx.HTTPError."""
        began, content = time.monotonic(), b""
        with self._client.stream("GET", url, headers={**self._headers, "Accept-Encoding": "identity"}) as answer:
            for part in answer.iter_raw(65_536):
                content += part
                if len(content) > MAX_BYTES:
                    return answer.status_code, b""
                if time.monotonic() - began > TIMEOUT:
                    raise httpx.ReadTimeout("Too slow", request=answer.request)
            return answer.status_code, content


def _due(paths: Sequence[Path], stale: float) -> list[Path]:
    """Return the files that are missing or older than a moment, the oldest first."""
    written = {path: path.stat().st_mtime if path.exists() else 0.0 for path in paths}
    return sorted((path for path in paths if written[path] < stale), key=lambda path: (written[path], path.name))


def fingerprints(content: bytes) -> bytes:
    """Return the fingerprints of the keys that GitHub lists, a line each; what is no key is left out."""
    lines = set()
    try:
        listed = _keys.decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return b""
    for each in listed:
        try:
            lines.add(fingerprint(" ".join(each.key.split()[:2])))
        except BadKey:
            continue
    return "".join(f"{line}\n" for line in sorted(lines)).encode()


def _pictures_url(settings: Settings) -> str:
    server = server_url(settings)
    return PUBLIC_PICTURES if server == SERVER_URL else f"{server}/avatars/u"


def _headers(settings: Settings) -> dict[str, str]:
    token = settings.environment.get("GITHUB_TOKEN", "")
    fits = token.isascii() and token.isprintable() and " " not in token
    return {"Accept": "application/vnd.github+json"} | ({"Authorization": f"Bearer {token}"} if token and fits else {})
