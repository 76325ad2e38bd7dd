"""How Git is run: the command line, the environment, and the processes that live longer than one answer."""

import io
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from validator import ValidatorError
from validator.git_objects import BadObject

_HEADER = re.compile(rb"([0-9a-f]{40,64}) (blob|tree|commit|tag) ([0-9]+)\n", re.ASCII)
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.filesRefLockTimeout=5000",
    "core.packedRefsTimeout=5000",
    "log.showSignature=false",
    "gc.auto=0",
    "maintenance.auto=false",
)
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": f"{os.devnull}/none",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
"""No protocol is allowed, so that a partial clone cannot fetch what it lacks; older Gits have no other way."""


_NAME = 3 + 2 * len(_SETTINGS)
"""Where in a command line the Git command's name stands."""


def command(git_dir: Path, *arguments: str) -> list[str]:
    """Return the command line of a Git command on exactly this repository: none is searched for.

    Naming it also tells Git that its owner is trusted, who may be another account (git-config, `safe.directory`).
    """
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    return ["git", f"--git-dir={git_dir}", "--no-pager", *settings, *arguments]


def environment() -> dict[str, str]:
    """Return this process's environment without Git's own variables, and with ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | _ENVIRONMENT


def run(
    arguments: list[str], given: bytes = b"", variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a command line to its end, whatever its exit code; `variables` are added to its environment.

    Raises ValidatorError when Git cannot be started.
    """
    whole = environment() | dict(variables or {})
    try:
        return subprocess.run(arguments, input=given, capture_output=True, env=whole, check=False)
    except OSError as error:
        raise _not_started(error) from None


def failure(arguments: list[str], complaints: bytes) -> ValidatorError:
    """Return the error for a Git command that failed, with what it gave as the reason."""
    said = complaints.decode("utf-8", "replace").strip().splitlines() or ["it ended without a word"]
    reason = next((line for line in said if line.startswith(("fatal:", "error:"))), said[-1])
    return ValidatorError(f"git {arguments[_NAME]} failed: {reason[:300]}.", advice(reason))


def advice(reason: str, otherwise: str = "Look with `git fsck` whether the repository is sound.") -> str:
    """Return what can be done when Git failed for a reason it gave."""
    if ".lock" in reason and "File exists" in reason:
        return "Another Git is at work there, or was killed a moment ago: run this again after a minute."
    return otherwise


def _not_started(error: OSError) -> ValidatorError:
    return ValidatorError(f"Git cannot be started: {error.strerror}.", "Install Git 2.39 or newer.")


class Child:
    """A Git process that is talked to while it runs; leaving the block ends it, whatever happened."""

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                arguments, stdin=pipe, stdout=pipe, stderr=self._complaints, env=environment(), bufsize=1 << 16
            )
        except OSError as error:
            self._complaints.close()
            raise _not_started(error) from None
        assert isinstance(self._process.stdin, io.BufferedWriter)  # noqa: S101 - pipes with buffers were asked for
        assert isinstance(self._process.stdout, io.BufferedReader)  # noqa: S101
        self.input = self._process.stdin
        self.output = self._process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def failure(self) -> ValidatorError:
        """End the process and return the error that says what it complained about."""
        self._process.kill()
        self._process.wait()
        self._complaints.seek(0)
        return failure(self._arguments, self._complaints.read())

    def finish(self) -> None:
        """Wait for the end. Raises ValidatorError when the process failed."""
        if self._process.wait():
            raise self.failure()

    def close(self) -> None:
        """End the process at once; may be called again."""
        self._process.kill()
        with suppress(OSError):
            self.input.close()
        self.output.close()
        self._process.wait()
        self._complaints.close()

    def ask(self, question: str) -> None:
        """Send one line. Raises ValidatorError when the process is gone."""
        try:
            self.input.write(question.encode() + b"\n")
            self.input.flush()
        except OSError:
            raise self.failure() from None

    def records(self) -> Iterator[bytes]:
        """Yield the NUL-terminated records that the process prints, while it prints them."""
        self.input.close()
        rest = b""
        while chunk := self.output.read1(1 << 20):
            *records, rest = (rest + chunk).split(b"\0")
            yield from records
        if rest:
            yield rest
        self.finish()

    def header(self) -> tuple[str, str, int] | None:
        """Read a line of git-cat-file(1): id, kind and size, or None when the object is missing or ambiguous."""
        line = self.output.readline()
        found = _HEADER.fullmatch(line)
        if found is not None:
            return found[1].decode("ascii"), found[2].decode("ascii"), int(found[3])
        if line.endswith((b" missing\n", b" ambiguous\n")):
            return None
        raise self.failure()

    def content(self, size: int) -> bytes:
        """Read the content that follows a header, and the line break after it."""
        content = self.output.read(size + 1)
        if len(content) <= size:
            raise self.failure()
        return content[:-1]


def answers(child: Child, oids: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Ask a batch process for many objects from a second thread and yield the header of each answer.

    Whoever iterates reads the content after each header. Raises BadObject for a missing object.
    """

    def ask() -> None:
        with suppress(OSError, ValueError):  # the reader has ended the process and closed the pipe
            for oid in wanted:
                child.input.write(oid.encode("ascii") + b"\n")
            child.input.close()

    wanted = tuple(oids)
    writer = Thread(target=ask, daemon=True)
    writer.start()
    for oid in wanted:
        found = child.header()
        if found is None:
            raise BadObject(f"The object {oid} is missing.", "Fetch it, or look with `git fsck` for damage.")
        yield found
    writer.join()
    child.finish()
