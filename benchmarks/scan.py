"""How long a scan takes, cold and warm, and how much memory, on logs made from the samples.

    python -m benchmarks.scan [--source claude] [--megabytes 600] [--repeat 5] [--against 'COMMAND']

Every copy of a session gets ids of its own, as if it were another session. The samples have lost their text, so rows
without usage are put between theirs until there are as many bytes to a row with usage as in the logs they came from.
The processes alternate, so that a busy machine is busy for all of them. `--against` is a command that counts the same
logs, found by it in the same environment: another tool, or a floor such as `grep`.
"""

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-c", "from cli.main import main; main(['scan'])"]


@dataclass(frozen=True, slots=True)
class Kind:
    """How logs of one source are made."""

    sample: str
    pattern: str
    home: str
    """The variable that names the logs' folder."""
    usage: bytes
    """What only rows with usage have."""
    bytes_per_usage: int
    """In the logs the sample came from."""
    filler: bytes
    identifier: bytes
    """In front of what makes an event's key."""


KINDS = {
    "claude": Kind(
        "claude/entire-graph-reduced",
        "projects/**/*.jsonl",
        "CLAUDE_CONFIG_DIR",
        b'"usage":',
        5646,
        b'{"type":"user","message":{"role":"user","content":"%s"}}\n',
        b'"id":"msg_',
    ),
    "codex": Kind(
        "codex/entire-graph-reduced",
        "sessions/**/*.jsonl",
        "CODEX_HOME",
        b'"token_count"',
        8207,
        b'{"type":"response_item","payload":{"type":"message","content":"%s"}}\n',
        b'"id":"',
    ),
}


@dataclass(slots=True)
class Measured:
    """The runs of one command."""

    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def make(kind: Kind, target: Path, size: int) -> int:
    """Write logs of about `size` bytes below `target`; return how many rows with usage they have."""
    root = ROOT / "tests/samples" / kind.sample
    originals = sorted(root.glob(kind.pattern))
    written = rows = copy = 0
    while written < size:
        for original in originals:
            data = original.read_bytes().replace(kind.identifier, kind.identifier + b"%05d" % copy)
            rows += data.count(kind.usage)
            data = padded(kind, data)
            path = target / original.relative_to(root)
            path = path.with_name(f"{path.stem[:-5]}{copy:05}.jsonl")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            written += len(data)
        copy += 1
    return rows


def padded(kind: Kind, data: bytes) -> bytes:
    """Put a row without usage behind each row with usage, as long as it takes."""
    count = data.count(kind.usage)
    length = max(0, kind.bytes_per_usage - len(data) // max(1, count) - len(kind.filler))
    filler = kind.filler % (b"x" * length)
    return b"".join(line + filler if kind.usage in line else line for line in data.splitlines(keepends=True))


def run(command: list[str], environment: dict[str, str], measured: Measured) -> None:
    """Run a command to its end and note its time and the most memory of it and its children together."""
    done = Event()
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        peak = [0]
        watcher = Thread(target=watch, args=(process.pid, done, peak))
        watcher.start()
        if process.wait() != 0:
            raise SystemExit(f"failed: {shlex.join(command)}")
    measured.seconds.append(time.perf_counter() - start)
    done.set()
    watcher.join()
    measured.megabytes.append(peak[0] / 1e6)


def watch(pid: int, done: Event, peak: list[int]) -> None:
    """Note the largest resident memory of a process and its children until `done` (Linux; elsewhere 0)."""
    while not done.wait(0.02):
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            sizes = [int(Path(f"/proc/{it}/statm").read_text().split()[1]) for it in [str(pid), *children]]
        except (OSError, IndexError):
            continue
        peak[0] = max(peak[0], sum(sizes) * os.sysconf("SC_PAGE_SIZE"))


def grow(kind: Kind, target: Path, run_number: int) -> None:
    """Append ten rows to one log."""
    path = min(target.glob(kind.pattern))
    rows = [row for row in path.read_bytes().splitlines(keepends=True) if kind.usage in row][:10]
    fresh = [row.replace(kind.identifier, kind.identifier + b"new%03d" % run_number) for row in rows]
    with path.open("ab") as file:
        file.writelines(fresh)


def main() -> None:
    """Make the logs, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", choices=KINDS, default="claude")
    parser.add_argument("--megabytes", type=int, default=600)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--against", type=shlex.split)
    options = parser.parse_args()
    kind = KINDS[options.source]
    with tempfile.TemporaryDirectory(prefix="token-tracker-bench-") as name:
        folder = Path(name)
        logs = folder / "logs"
        rows = make(kind, logs, options.megabytes * 1_000_000)
        data = folder / "data"
        environment = {
            **os.environ,
            "HOME": str(folder / "home"),
            "TOKEN_TRACKER_DATA_DIR": str(data),
            kind.home: str(logs),
        }
        cold, warm, other = Measured(), Measured(), Measured()
        for number in range(options.repeat):
            shutil.rmtree(data, ignore_errors=True)
            run(COMMAND, environment, cold)
            grow(kind, logs, number)
            run(COMMAND, environment, warm)
            if options.against:
                run(options.against, environment, other)
        files = sum(1 for _ in logs.glob(kind.pattern))
    print(f"{options.source}: {options.megabytes} MB, {files:,} files, {rows:,} rows with usage")
    print(f"medians of {options.repeat} runs, seconds and megabytes:")
    lines = [("cold scan", cold), ("warm scan, one file grew by 10 rows", warm)]
    if options.against:
        lines.append((shlex.join(options.against)[:40], other))
    for label, measured in lines:
        seconds, memory = statistics.median(measured.seconds), statistics.median(measured.megabytes)
        print(f"  {label:<40} {seconds:6.2f} s  (best {min(measured.seconds):.2f})  {memory:6.0f} MB")


if __name__ == "__main__":
    main()
