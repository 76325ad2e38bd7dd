"""How fast a store's files come from a bare repository into DuckDB, next to Git reading them alone.

Run: python -m benchmarks.load [users] [months]
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.synthetic import make
from generator.history import entries
from generator.load import load
from generator.warehouse import Warehouse
from validator.git import Repository
from validator.store import ROOT

ROUNDS = 3


def main() -> None:
    """Print a table: the median of a few rounds, taken in turns."""
    users, months = (int(given) for given in (sys.argv[1:] + ["1000", "12"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "store.git"
        make(repository, users, months)
        ways: dict[str, Callable[[], object]] = {
            "git cat-file --batch": lambda: _git_alone(repository),
            "to DuckDB, priced": lambda: _load(repository, Path(folder)),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                started = time.perf_counter()
                way()
                times[name].append(time.perf_counter() - started)
    floor = sorted(times["git cat-file --batch"])[ROUNDS // 2]
    print(f"{users} users, {users * (months + 1)} files")
    for name, taken in times.items():
        median = sorted(taken)[ROUNDS // 2]
        print(f"{name:24}{median:8.2f} s {median / floor:6.1f} x")


def _git_alone(repository: Path) -> None:
    listing = subprocess.run(
        ["git", f"--git-dir={repository}", "ls-tree", "-r", "--format=%(objectname)", "main", ROOT],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        ["git", f"--git-dir={repository}", "cat-file", "--batch", "--buffer"],
        input=listing.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _load(repository: Path, folder: Path) -> None:
    database = folder / "bench.duckdb"
    with Repository(repository) as git, Warehouse(database) as warehouse:
        load(warehouse, entries(git, git.resolve("main")))
    database.unlink()


if __name__ == "__main__":
    main()
