"""Contents of the board's files by their Git id: what was read once is not asked for again."""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cli import CliError
from validator.git_objects import object_id

MAX_KEPT = 400
"""Files: three years of ten devices. The longest unused go first."""

_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)


class Blobs:
    """A folder of contents named by their ids, before a function that asks for the others.

    Ids and contents may be anything: an id that is none is refused, and so is content that has another id, whether it
    comes from the network or from a damaged folder. A folder that cannot be written only makes it slower.
    """

    def __init__(self, folder: Path, ask: Callable[[str, int], bytes]) -> None:
        """Keep contents in a folder, made when needed; `ask` gets (id, limit in bytes) and returns the content."""
        self._folder = folder
        self._ask = ask

    def read(self, oid: str, limit: int) -> bytes:
        """Return the content of at most `limit` bytes that has an id. Raises CliError when it is not to be had."""
        if not _ID.fullmatch(oid):
            raise CliError(f"GitHub names a file {oid[:80]!r}, which is no Git id.", "Run this again later.")
        kept = self._kept(oid, limit)
        if kept is not None:
            return kept
        content = self._ask(oid, limit)
        if object_id("blob", content, like=oid) != oid:
            raise CliError(f"What GitHub sent for {oid} is something else.", "Run this again.")
        with suppress(OSError):
            self._keep(oid, content)
        return content

    def _kept(self, oid: str, limit: int) -> bytes | None:
        path = self._folder / oid
        try:
            with path.open("rb") as file:
                content = file.read(limit + 1)
            if len(content) > limit or object_id("blob", content, like=oid) != oid:
                return None
            os.utime(path)
        except OSError:
            return None
        return content

    def _keep(self, oid: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self._folder / f".{oid}.{os.getpid()}"
        try:
            beside.write_bytes(content)
            beside.replace(self._folder / oid)
        finally:
            beside.unlink(missing_ok=True)
        paths = list(self._folder.iterdir())
        if len(paths) > MAX_KEPT:
            for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))[:-MAX_KEPT]:
                path.unlink(missing_ok=True)
