"""The board's repository on its server: what is fetched from it and pushed to it.

The token travels in a header that Git is told of through its environment: never in a command line, a URL, a file or an
error. Git follows no redirect with it and asks nobody for another.
"""

import base64
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from validator import ValidatorError, git_process
from validator.git import RefMoved
from validator.locks import remove_stale_locks

_REF = re.compile(r"refs/(heads|pull)/[A-Za-z0-9][A-Za-z0-9/_-]{0,99}", re.ASCII)


class Remote:
    """A repository on a server, and the bare one on this machine that follows it."""

    def __init__(self, path: Path, url: str, token: str | None = None) -> None:
        """Follow the repository at `url` (https, http or file) in the bare repository at `path`, made when missing.

        Raises ValidatorError when the URL is of another kind or holds a password, or something else is at the path.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"https", "http", "file"} or "@" in parts.netloc:
            raise ValidatorError("The board's URL is neither https, http nor file, or holds a password.", "Mend it.")
        self._path, self._url = path.absolute(), url
        self._variables = {"GIT_ALLOW_PROTOCOL": parts.scheme} | _configuration(url, token)
        if not (self._path / "HEAD").exists():
            self._make()
        remove_stale_locks(self._path)

    def _make(self) -> None:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            taken = any(self._path.iterdir())
        except OSError as error:
            raise ValidatorError(f"{self._path} cannot be made: {error.strerror}.", "Give another path.") from None
        if taken:
            raise ValidatorError(f"{self._path} is no bare Git repository.", "Give the path of one, or of a new one.")
        self._run("init", "--quiet", "--bare", "--template=", "--initial-branch=main")

    def fetch(self, refs: Iterable[str]) -> None:
        """Bring references (`refs/heads/…`, `refs/pull/…`) up to date, wherever they moved.

        Raises ValidatorError when the server cannot be reached, refuses, or lacks one of them.
        """
        lines = "".join(f"+{_checked(ref)}:{ref}\n" for ref in sorted(set(refs)))
        plain = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance")
        self._run("fetch", *plain, "--stdin", self._url, given=lines)

    def push(self, branch: str, new: str, old: str) -> None:
        """Move a branch (`refs/heads/…`) that still is at `old`.

        When somebody else moved it, the branch is fetched and RefMoved raised. A push whose answer got lost counts as
        done. Raises ValidatorError when the server cannot be reached or refuses.
        """
        lease = f"--force-with-lease={_checked(branch)}:{old}"
        try:
            self._run("push", "--quiet", "--no-verify", lease, self._url, f"{new}:{branch}")
        except ValidatorError:
            found = self._run("ls-remote", self._url, branch).partition("\t")[0]
            if found == new:
                return
            if found == old:
                raise
            self.fetch([branch])
            raise RefMoved(f"{branch} moved meanwhile.", "Run this again.") from None

    def _run(self, *arguments: str, given: str = "") -> str:
        answer = git_process.run(git_process.command(self._path, *arguments), given.encode(), self._variables)
        if answer.returncode:
            said = answer.stderr.decode("utf-8", "replace").strip().splitlines() or ["it ended without a word"]
            reason = next((line for line in said if line.startswith(("fatal:", "error:", "remote:"))), said[-1])
            raise ValidatorError(
                f"git {arguments[0]} failed with {self._url}: {reason[:300]}.",
                git_process.advice(
                    reason, "Look whether the board is there, whether the token may do this, and run this again."
                ),
            )
        return answer.stdout.decode("utf-8", "replace")


def _configuration(url: str, token: str | None) -> dict[str, str]:
    """Return the variables that configure Git for one server (git-config, `GIT_CONFIG_COUNT`)."""
    settings = [("http.followRedirects", "false"), ("credential.helper", ""), ("push.followTags", "false")]
    settings += [("http.lowSpeedLimit", "1000"), ("http.lowSpeedTime", "60"), ("protocol.version", "2")]
    if token:
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode("ascii")
        settings.append((f"http.{url}.extraHeader", f"Authorization: Basic {basic}"))
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for place, (key, value) in enumerate(settings):
        found |= {f"GIT_CONFIG_KEY_{place}": key, f"GIT_CONFIG_VALUE_{place}": value}
    return found


def _checked(ref: str) -> str:
    if not _REF.fullmatch(ref):
        raise ValidatorError(f"{ref[:100]!r} is no reference that a board has.", "Give refs/heads/… or refs/pull/….")
    return ref
