"""Every sample of every source has exactly its expected totals."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cli.sources import SOURCES
from cli.sources.base import Batch, Source, UsageEvent

Sums = dict[str, dict[str, dict[str, int]]]


def _source(name: str) -> Source:
    return next(source for source in SOURCES if source.name == name)


def test_totals_are_exact_in_any_order_and_however_often_they_are_read(
    sample: Path,
    batches: Callable[[Source, Path], Iterator[Batch]],
    counted_once: Callable[[Iterable[Batch]], list[UsageEvent]],
    added_up: Callable[[Iterable[UsageEvent]], Sums],
    expected_of: Callable[[Path], Sums],
) -> None:
    root = sample.with_name(sample.name.removesuffix(".expected.json"))
    read = list(batches(_source(sample.parent.name), root))
    assert added_up(counted_once(read)) == expected_of(sample)
    assert counted_once(read[::-1] + read) == counted_once(read)
    for event in (event for batch in read for event in batch.events):
        assert 0 <= event.cache_read_tokens + event.cache_creation_tokens <= event.input_tokens
        assert 0 <= event.reasoning_tokens <= event.output_tokens


def test_no_row_of_a_sample_is_bad(sample: Path, batches: Callable[[Source, Path], Iterator[Batch]]) -> None:
    root = sample.with_name(sample.name.removesuffix(".expected.json"))
    tallies = [batch.tally for batch in batches(_source(sample.parent.name), root)]
    assert sum(tally.bad for tally in tallies) == 0
