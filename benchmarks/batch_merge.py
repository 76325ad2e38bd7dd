"""Judge and merge 1,000 pull requests in one update of main, then verify the store: time and memory.

    python -m benchmarks.batch_merge [PULL_REQUESTS]

Each pull request is of another user: a profile and one month of 20 days with three models. The goal is 60 s for 1,000.
"""

import datetime as dt
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from validator import signature
from validator.audit import audit
from validator.config import Policy
from validator.git import Draft, Identity, Repository
from validator.merge import PullRequest, Status, merge
from validator.store import profile_path, submission_path
from validator.submission import (
    NAMESPACE,
    Claim,
    Contribution,
    Data,
    DateRange,
    Device,
    Profile,
    Summary,
    UsageRow,
    User,
    canonical,
    render_profile,
    render_submission,
    seal,
)

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
WHO = Identity("Benchmark", "benchmark@example.invalid")
MODELS = ("claude-haiku-4-5", "claude-opus-4-5", "claude-sonnet-4-5")
DEVICE = "ab12cd34"


def usage(seed: int, day: int) -> Contribution:
    """Make up one day, different for every user."""
    rows = []
    for place, model in enumerate(MODELS):
        output = 1000 + (seed * 7919 + day * 104_729 + place * 31) % 50_000
        rows.append(
            UsageRow(
                source="claude",
                provider="anthropic",
                model=model,
                input_tokens=20 * output,
                output_tokens=output,
                cache_read_tokens=18 * output,
                cache_creation_tokens=output,
                reasoning_tokens=0,
                messages=output // 100,
                cost_micros=(30, 150, 90)[place] * output // 3,
            )
        )
    return Contribution(date=f"2026-11-{day:02}", usage=tuple(rows))


def files(user_id: int) -> dict[str, bytes]:
    """Make up a user: a profile and one signed month."""
    key = Ed25519PrivateKey.from_private_bytes(user_id.to_bytes(32))
    user, days = User(id=user_id, login=f"bench-{user_id}"), tuple(usage(user_id, day) for day in range(1, 21))
    device = Device(id=DEVICE, public_key=signature.public_key_text(key), created_at="2026-01-01T00:00:00Z")
    claim = Claim(
        schema_version=1,
        user=user,
        device=DEVICE,
        period="2026-11",
        revision=1,
        previous=None,
        created_at="2026-11-25T10:00:00Z",
        cli_version="0.1.0",
        parsers={"claude": 1},
        data=Data(
            date_range=DateRange(start=days[0].date, end=days[-1].date),
            summary=Summary.of(days),
            contributions=days,
        ),
    )
    profile = Profile(schema_version=1, user=user, display_name=user.login, devices=(device,))
    submission = seal(claim, signature.sign(canonical(claim), key, NAMESPACE))
    return {
        profile_path(user_id): render_profile(profile),
        submission_path(user_id, DEVICE, "2026-11"): render_submission(submission),
    }


def open_pull_requests(repository: Repository, git_dir: Path, count: int) -> list[PullRequest]:
    """Write a main branch and that many pull requests upon it."""
    (main,) = repository.write(None, [Draft("Begin", WHO, NOW, (("README.md", b"Benchmark\n"),))])
    repository.update_ref("refs/heads/main", main, None)
    requests = []
    for number in range(1, count + 1):
        user_id = 1000 + 37 * number
        (head,) = repository.write(main, [Draft("Add usage", WHO, NOW, tuple(files(user_id).items()))])
        requests.append(
            PullRequest(
                number=number, head=head, author_id=user_id, author_login=f"bench-{user_id}", head_owner_id=user_id
            )
        )
    lines = "".join(f"create refs/pull/{request.number}/head {request.head}\n" for request in requests)
    subprocess.run(["git", f"--git-dir={git_dir}", "update-ref", "--stdin"], input=lines.encode(), check=True)
    return requests


def main() -> None:
    """Print a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with TemporaryDirectory() as folder:
        git_dir = Path(folder) / "board.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(git_dir)], check=True)
        with Repository(git_dir) as repository:
            requests = open_pull_requests(repository, git_dir, count)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            start = time.perf_counter()
            results = merge(repository, requests, Policy(), NOW)
            merged = time.perf_counter()
            report = audit(repository, "main")
            verified = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told = {status: sum(result.status is status for result in results) for status in Status}
    counts = ", ".join(f"{number:,} {status}" for status, number in told.items() if number)
    merging, verifying = merged - start, verified - merged
    print(f"pull requests    {count:,} ({counts})")
    print(f"judge and merge  {merging:.1f} s, {merging / count * 1000:.1f} ms each (goal: 60 s for 1,000)")
    print(f"memory           {peak} MB at most, {before} MB before")
    print(f"verify           {verifying:.1f} s for {report.files:,} files, {report.files / verifying:,.0f} a second")
    if report.problems:
        sys.exit(f"verify found: {report.problems[0]}")


if __name__ == "__main__":
    main()
