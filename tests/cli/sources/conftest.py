"""What tests of all sources share: reading a folder, counting once as the ledger does, adding up, the samples."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.sources.base import Batch, Checkpoint, LogFile, Source, UsageEvent

SAMPLES = Path(__file__).parents[2] / "samples"

Sums = dict[str, dict[str, dict[str, int]]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that wants a `sample` once for each set that has expected totals."""
    if "sample" in metafunc.fixturenames:
        further = os.environ.get("TOKEN_TRACKER_SAMPLES")
        folders = [SAMPLES, Path(further)] if further else [SAMPLES]
        expected = [path for folder in folders for path in sorted(folder.glob("*/*.expected.json"))]
        names = [f"{path.parent.name}/{path.name.removesuffix('.expected.json')}" for path in expected]
        metafunc.parametrize("sample", expected, ids=names)


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of sample logs."""
    return SAMPLES


@pytest.fixture(scope="session")
def batches() -> Callable[[Source, Path], Iterator[Batch]]:
    """Return a function that reads all files below a root from their starts."""

    def read(source: Source, root: Path) -> Iterator[Batch]:
        for file in source.find(root).files:
            yield from source.read(file, Checkpoint())

    return read


@pytest.fixture(scope="session")
def batches_of() -> Callable[[Source, Path], list[Batch]]:
    """Return a function that reads one file from its start."""
    return lambda source, path: list(source.read(LogFile(path), Checkpoint()))


@pytest.fixture(scope="session")
def counted_once() -> Callable[[Iterable[Batch]], list[UsageEvent]]:
    """Return a function that keeps of all events the ones that count, in the words of `UsageEvent`, by key."""

    def count(batches: Iterable[Batch]) -> list[UsageEvent]:
        strongest: dict[str, UsageEvent] = {}
        for event in (event for batch in batches for event in batch.events):
            known = strongest.get(event.key)
            if known is None or _strength(event) > _strength(known):
                strongest[event.key] = event
        twins = {event.twin or event.key: event for _, event in sorted(strongest.items(), reverse=True)}
        return sorted(twins.values(), key=lambda event: event.key)

    return count


def _strength(event: UsageEvent) -> tuple[int, int, int]:
    return event.rank, -event.time_ms, event.input_tokens + event.output_tokens


@pytest.fixture(scope="session")
def added_up() -> Callable[[Iterable[UsageEvent]], Sums]:
    """Return a function that adds events up as the samples' expected totals are: per UTC day and model."""

    def add(events: Iterable[UsageEvent]) -> Sums:
        sums: Sums = {}
        for event in events:
            day = datetime.fromtimestamp(event.time_ms // 1000, UTC).date().isoformat()
            parts = {
                "input": event.input_tokens - event.cache_read_tokens - event.cache_creation_tokens,
                "output": event.output_tokens,
                "cache_read": event.cache_read_tokens,
                "cache_write": event.cache_creation_tokens,
                "reasoning": event.reasoning_tokens,
                "total": event.input_tokens + event.output_tokens,
                "events": 1,
            }
            cell = sums.setdefault(day, {}).setdefault(event.model, dict.fromkeys(parts, 0))
            for part, tokens in parts.items():
                cell[part] += tokens
        return sums

    return add


@pytest.fixture(scope="session")
def expected_of() -> Callable[[Path], Sums]:
    """Return a function that reads a file of expected totals."""

    def read(path: Path) -> Sums:
        sums: Sums = json.loads(path.read_bytes())
        return sums

    return read
