"""How fast a whole site is built, stage by stage, and what it weighs.

Run: python -m benchmarks.build [users] [months]
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.synthetic import NOW, make
from generator.build import build

BYTES_PER_KILOBYTE = 1000
_PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def main() -> None:
    """Print a table of the stages, first of a new site and then of one whose pictures stay, and one of the files."""
    users, months = (int(given) for given in (sys.argv[1:] + ["500", "12"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        repository, site = Path(folder) / "store.git", Path(folder) / "site"
        make(repository, users, months)
        print(f"{users} users, {months} months each")
        for what in ("all new", "pictures kept"):
            _time(repository, site, users, what)
        peak = max(resource.getrusage(who).ru_maxrss for who in _PROCESSES)
        print(f"  {peak / 1024:7.0f} MB in the largest process")
        _weigh(site, users)


def _time(repository: Path, site: Path, users: int, what: str) -> None:
    """Build a site and print when each stage began, and what each user cost."""
    started, busy = time.perf_counter(), _busy()
    begun: dict[str, float] = {}

    def progress(stage: str, done: int, total: int) -> None:
        begun.setdefault("done " + stage if total and done == total else stage, time.perf_counter() - started)

    build(repository, "main", site, NOW, progress=progress)
    seconds, work = time.perf_counter() - started, _busy() - busy
    print(f"{what}: {seconds:.1f} s, {users / seconds:.0f} users a second, {1000 * work / users:.1f} ms of CPU each")
    for stage, moment in begun.items():
        print(f"  {moment:7.1f} s  {stage}")


def _busy() -> float:
    """Return the seconds that this process and those it started have been computing, theirs and the system's."""
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, _PROCESSES))


def _weigh(site: Path, users: int) -> None:
    weights: dict[str, list[int]] = {}
    for path in site.rglob("*"):
        if path.is_file():
            kind = "/".join(path.relative_to(site).parts[:1]) + " *" + path.suffix
            weights.setdefault(kind, []).append(path.stat().st_size)
    for kind, sizes in sorted(weights.items()):
        print(f"  {kind:24}{len(sizes):8} files{sum(sizes) / len(sizes) / BYTES_PER_KILOBYTE:10.1f} kB each")
    print(f"  {sum(map(sum, weights.values())) / users / BYTES_PER_KILOBYTE:.1f} kB a user in all")


if __name__ == "__main__":
    main()
