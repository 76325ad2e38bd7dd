"""Finding files below a folder that may hold anything: loops, locked folders, folders named like files."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from cli.sources.base import Found, LogFile, Problem


def files_below(root: Path, wanted: Callable[[Path], bool]) -> Found:
    """Return the regular files below a folder which `wanted` accepts (asked with the path), sorted by path.

    Links are followed, each real folder is entered once, so loops end. A folder that cannot be listed becomes a
    problem; one that does not exist is simply empty. Files are not opened.
    """
    found = Found()
    _walk(root, wanted, found, entered=set())
    found.files.sort(key=lambda file: file.path)
    found.problems.sort(key=lambda problem: problem.path)
    return found


def _walk(root: Path, wanted: Callable[[Path], bool], found: Found, entered: set[tuple[int, int]]) -> None:
    """Add what lies below a folder to `found`, without recursion: depth is the user's, not ours."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            for entry in _entries(folder):
                if entry.is_dir():
                    waiting.append(Path(entry.path))
                elif wanted(Path(entry.path)) and entry.is_file():
                    found.files.append(LogFile(Path(entry.path)))
        except FileNotFoundError:
            continue
        except OSError as error:
            found.problems.append(Problem(folder, error.strerror or str(error)))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Return a folder's entries, last name first: a stack hands them out in order then."""
    with os.scandir(folder) as entries:
        yield from sorted(entries, key=lambda entry: entry.name, reverse=True)
