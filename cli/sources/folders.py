"""Finding files below a folder that may hold anything: loops, locked folders, folders named like files."""

import os
from collections.abc import Callable
from pathlib import Path

from cli.sources.base import Found, LogFile, Problem


def files_below(root: Path, wanted: Callable[[Path], bool]) -> Found:
    """Return the regular files below a folder whose path `wanted` accepts, sorted by path.

    Links are followed and each real folder is entered once, so loops end. What cannot be listed becomes a
    problem; a folder that does not exist is simply empty. Files are not opened.
    """
    found = Found()
    entered: set[tuple[int, int]] = set()
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) not in entered:
                entered.add((status.st_dev, status.st_ino))
                waiting.extend(_look(folder, wanted, found))
        except FileNotFoundError:
            continue
        except OSError as error:
            found.problems.append(Problem(folder, error.strerror or str(error)))
    found.files.sort(key=lambda file: file.path)
    found.problems.sort(key=lambda problem: problem.path)
    return found


def is_folder(path: Path) -> bool:
    """Tell whether there is a folder, as far as one may know: a locked place is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _look(folder: Path, wanted: Callable[[Path], bool], found: Found) -> list[Path]:
    """Add a folder's wanted files to `found` and return its folders, last name first, as a stack wants them."""
    folders = []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name, reverse=True):
            path = folder / entry.name
            try:
                if entry.is_dir():
                    folders.append(path)
                elif wanted(path) and entry.is_file():
                    found.files.append(LogFile(path))
            except OSError as error:  # a link to itself, say: its neighbours still count
                found.problems.append(Problem(path, error.strerror or str(error)))
    return folders
