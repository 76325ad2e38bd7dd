"""How fast a store is verified again: processor seconds of its parts, and of the whole.

    python -m benchmarks.verify [USERS]

Each user has a profile, one signed month of 20 days with three models, and the bot's reviews.json.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.batch_merge import NOW, open_pull_requests
from validator.audit import audit
from validator.audit_history import read_past
from validator.config import Policy
from validator.git import Repository
from validator.merge import merge
from validator.signature import verify
from validator.store import ROOT, parse_path
from validator.submission import NAMESPACE, Submission, canonical, parse_profile, parse_submission, render_submission

ROUNDS = 3


def processor_seconds() -> float:
    """Return what this process and those it has ended have taken, the system's share included."""
    taken = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in taken)


def lowest(work: Callable[[], object]) -> float:
    """Return the processor seconds of the quickest of a few rounds: whatever disturbs only adds to them."""
    taken = []
    for _ in range(ROUNDS):
        before = processor_seconds()
        work()
        taken.append(processor_seconds() - before)
    return min(taken)


def each(function: Callable[..., object], *arguments: Iterable[object]) -> Callable[[], object]:
    """Return the work of calling a function for each of some arguments."""
    called = list(zip(*arguments, strict=True))
    return lambda: [function(*given) for given in called]


def read(repository: Repository) -> dict[str, bytes]:
    """Return the content of every file of the store by path."""
    listed = list(repository.walk(repository.commit(repository.resolve("main")).tree, ROOT))
    contents = repository.blobs(blob for _, _, blob in listed)
    return {path: content for (path, _, _), (_, content) in zip(listed, contents, strict=True)}


def parts(repository: Repository) -> dict[str, Callable[[], object]]:
    """Return what verifying comes to, by name: the files' parts are those of the submissions alone."""
    found: dict[str, list[bytes]] = {"profile": [], "submission": [], "reviews": []}
    for path, content in read(repository).items():
        if place := parse_path(path):
            found[place.kind].append(content)
    submissions: list[Submission] = [parse_submission(raw) for raw in found["submission"]]
    keys = [parse_profile(raw).devices[0].public_key for raw in found["profile"]]
    messages = [canonical(submission) for submission in submissions]
    signatures = [submission.signature for submission in submissions]
    return {
        "read the history": lambda: read_past(repository, repository.resolve("main")),
        "read the files": lambda: read(repository),
        "parse submissions": each(parse_submission, found["submission"]),
        "make canonical bytes": each(canonical, submissions),
        "check signatures": each(verify, messages, signatures, keys, [NAMESPACE] * len(keys)),
        "write submissions": each(render_submission, submissions),
    }


def main() -> None:
    """Print a table. Writing belongs to judging alone, and is here to be compared with reading."""
    users = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with TemporaryDirectory() as folder:
        git_dir = Path(folder) / "board.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(git_dir)], check=True)
        with Repository(git_dir) as repository:
            merge(repository, open_pull_requests(repository, git_dir, users), Policy(), NOW)
            print(f"{users:,} users with a month each{'CPU s':>18}{'a user':>12}")
            for name, work in parts(repository).items():
                seconds = lowest(work)
                print(f"  {name:36}{seconds:8.2f}{seconds / users * 1e6:9,.0f} µs")
            before, start = processor_seconds(), time.perf_counter()
            report = audit(repository, "main")
            seconds, wall = processor_seconds() - before, time.perf_counter() - start
    print(f"  {'verify, processes and all':36}{seconds:8.2f}{seconds / users * 1e6:9,.0f} µs")
    print(
        f"{report.files:,} files: {report.files / seconds:,.0f} a second and core, {report.files / wall:,.0f} a second"
    )
    if report.problems:
        sys.exit(f"verify found: {report.problems[0]}")


if __name__ == "__main__":
    main()
