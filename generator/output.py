"""A site as files: written beside the published one and swapped in whole, so that nobody ever sees half a site."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from generator import GeneratorError

MARKER = ".token-tracker-site"
"""The file that says a folder is a site of ours and may be replaced."""
_MARKER_TEXT = b"token-tracker built this folder; the next build replaces everything in it.\n"
_KEPT = ".gitignore"
"""Survives a build: where the folder lies in a checkout, this is how Git knows to ignore it."""
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Page:
    """One file of the site: its path below the site's root, with `/` between folders, and its bytes."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Workspace:
    """A hidden folder beside the output, `.<name>.build`: held by one build at a time, emptied when it ends."""

    folder: Path
    new: Path
    """Where the new site is written. No two builds have the same name for it, so that a process which outlives a
    killed build cannot write into the next one's."""

    @property
    def old(self) -> Path:
        """Where the old site waits while the new one takes its place."""
        return self.folder / "old"


@contextmanager
def workspace(output: Path) -> Iterator[Workspace]:
    """Hold the workspace beside a site to be built, with an empty folder for it; sweep up after a build that crashed.

    Raises GeneratorError when another build holds it, the output is not ours to replace, or cannot be written beside.
    """
    output = output.resolve()
    folder = output.parent / f".{output.name}.build"
    place = Workspace(folder, folder / f"new-{secrets.token_hex(4)}")
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(place.folder / _LOCK, timeout=0):
            (place.folder / _KEPT).write_text("*\n", encoding="ascii")
            _recover(place, output)
            _check_ours(output)
            place.new.mkdir()
            try:
                yield place
            finally:
                _recover(place, output)
    except Timeout:
        raise GeneratorError(f"Another build of {output} is running.", "Wait until it has ended.") from None
    except OSError as error:
        raise GeneratorError(
            f"The site cannot be written beside {output}: {error}.", "Give a folder that you may write to."
        ) from None


def write(folder: Path, pages: Iterator[Page]) -> list[str]:
    """Write pages below a folder, which may hold others already, and return their paths.

    Raises GeneratorError for a path that leads out of the folder, exists, or goes through a file. Several processes may
    write to one folder.
    """
    paths = []
    root, made = os.fspath(folder), set[str]()
    for page in pages:
        _check(page.path)
        target = f"{root}/{page.path}"
        parent = target.rpartition("/")[0]
        try:
            if parent not in made:
                os.makedirs(parent, exist_ok=True)  # noqa: PTH103 - a Path costs more than the file
                made.add(parent)
            with open(target, "xb") as file:  # noqa: PTH123
                file.write(page.content)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise _twice(page.path) from None
        paths.append(page.path)
    return paths


def check_distinct(paths: list[str]) -> None:
    """Raise GeneratorError if two paths are one on a file system that does not tell capital letters from small ones."""
    seen: set[str] = set()
    for path in paths:
        folded = path.casefold()
        if folded in seen:
            raise _twice(path)
        seen.add(folded)


def swap(place: Workspace, output: Path) -> None:
    """Put the new site where the old one is. Two renames: a crash between them is mended by the next `workspace`."""
    output = output.resolve()
    (place.new / MARKER).write_bytes(_MARKER_TEXT)
    if output.exists():
        if (output / _KEPT).is_file():
            shutil.copyfile(output / _KEPT, place.new / _KEPT)
        output.rename(place.old)
    place.new.rename(output)


def _recover(place: Workspace, output: Path) -> None:
    """Bring the old site back if a build ended between the two renames, and remove what is left of that build."""
    if place.old.exists() and not output.exists():
        place.old.rename(output)
    _clear(place)


def _clear(place: Workspace) -> None:
    for left in place.folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name not in {_LOCK, _KEPT}:
            left.unlink()


def _check_ours(output: Path) -> None:
    if not output.exists():
        return
    if not output.is_dir():
        raise GeneratorError(f"{output} is not a folder.", "Give the folder the site should be in.")
    others = sorted(child.name for child in output.iterdir() if child.name != _KEPT)
    if others and MARKER not in others:
        raise GeneratorError(
            f"{output} holds something that no build made ({others[0]}).",
            "Give a new or empty folder; nothing was touched.",
        )


def _check(path: str) -> None:
    parts = path.split("/")
    if "\\" in path or not path.isprintable() or any(part in {"", ".", ".."} for part in parts):
        raise GeneratorError(f"{path!r} is no path of a page.", "This is a bug; please report it.")


def _twice(path: str) -> GeneratorError:
    return GeneratorError(f"Two pages want the path {path}.", "This is a bug; please report it.")
