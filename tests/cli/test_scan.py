"""What a scan reads and leaves alone, and that totals are the same whatever happens to logs and processes."""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cli.processes
import cli.scan
from cli.ledger import LedgerError
from cli.processes import Processes
from cli.sources import SOURCES
from cli.sources.base import UsageEvent

SAMPLES = Path(__file__).parents[1] / "samples"
ROOT = Path(__file__).parents[2]


def test_counts_once_and_then_reads_nothing(machine: Any, diary: Any, event: Any) -> None:
    machine.log("a.log", event("1", 10), event("2", 20), event("3", 30))
    source = diary()
    (found,) = machine.scan(source).sources
    assert (len(found.files), found.read, found.new, found.tally.events) == (1, 1, 3, 3)
    (again,) = machine.scan(source).sources
    assert (len(again.files), again.read, again.new, again.tally.events) == (1, 0, 0, 3)
    assert source.opened == [("a.log", 0)]
    assert machine.tokens() == 60


def test_reads_only_what_was_appended(machine: Any, diary: Any, event: Any) -> None:
    path = machine.log("a.log", event("1", 10), event("2", 20))
    source = diary()
    machine.scan(source)
    size = path.stat().st_size
    machine.log("a.log", event("3", 30))
    (found,) = machine.scan(source).sources
    assert source.opened == [("a.log", 0), ("a.log", size)]
    assert (found.new, found.tally.events, machine.tokens()) == (1, 3, 60)


def test_deleted_logs_stay_counted(machine: Any, diary: Any, event: Any) -> None:
    path = machine.log("a.log", event("1", 10))
    machine.scan(diary())
    path.unlink()
    (found,) = machine.scan(diary()).sources
    assert (found.files, machine.tokens()) == ([], 10)


@pytest.mark.parametrize("appends", [True, False])
def test_rewritten_logs_keep_what_they_held_and_add_what_they_hold(
    machine: Any, diary: Any, event: Any, appends: bool
) -> None:
    source = diary()
    source.appends = appends
    machine.log("a.log", event("1", 10), event("2", 20))
    machine.scan(source)
    path = machine.log("a.log", event("3", 30), event("2", 20), mode="wb")
    os.utime(path, ns=(0, 0))
    machine.scan(source)
    assert source.opened == [("a.log", 0), ("a.log", 0)]
    assert machine.tokens() == 60


def test_a_log_cut_short_and_grown_again_is_read_from_its_start(machine: Any, diary: Any, event: Any) -> None:
    source = diary()
    machine.log("a.log", *(event(str(number)) for number in range(9)))
    machine.scan(source)
    machine.log("a.log", event("0"), event("x"), mode="wb")
    machine.scan(source)
    assert source.opened[-1] == ("a.log", 0)
    assert machine.tokens() == 10


def test_bytes_changed_in_the_middle_are_noticed_by_what_stands_before_the_end(
    machine: Any, diary: Any, event: Any
) -> None:
    source = diary()
    events = [event(f"{number:03}") for number in range(100)]
    machine.log("a.log", *events)
    machine.scan(source)
    machine.log("a.log", *events[:50], *events[51:], event("x"), event("y"), mode="wb")
    machine.scan(source)
    assert source.opened[-1] == ("a.log", 0)
    assert machine.tokens() == 102


def test_another_parser_reads_its_source_again_and_replaces_its_work(machine: Any, diary: Any, event: Any) -> None:
    first, other = diary("first"), diary("other")
    machine.log("gone.log", event("gone", 1), source="first")
    machine.log("a.log", event("1", 10), event("wrong", 5), source="first")
    machine.log("b.log", event("9", 1000), source="other")
    machine.scan(first, other)
    (machine.settings.home / "first" / "gone.log").unlink()
    better = diary("first", parser=2)
    better.factor = 2
    better.skipped = frozenset({"wrong"})
    untouched = diary("other")
    found, _ = machine.scan(better, untouched).sources
    assert untouched.opened == []
    assert found.new == -1
    assert machine.tokens() == 1 + 20 + 1000


def test_another_parser_keeps_what_a_rewritten_log_no_longer_holds(machine: Any, diary: Any, event: Any) -> None:
    machine.log("a.log", event("1", 10, session="old"), event("2", 20, session="new"), event("3", 5, session="new"))
    machine.scan(diary())
    machine.log("a.log", event("2", 20, session="new"), mode="wb")
    machine.scan(diary(parser=2))
    assert machine.tokens() == 10 + 20, "the session that was lost stays, the one found again is the new parser's"


@pytest.mark.parametrize("grows", [True, False])
def test_another_parser_takes_back_whole_sessions_that_are_still_in_the_log(
    machine: Any, diary: Any, event: Any, grows: bool
) -> None:
    machine.log("a.log", event("1", 10), event("copied", 20, session="fork"))
    machine.scan(diary())
    if grows:
        machine.log("a.log", event("2", 5))
    better = diary(parser=2)
    better.skipped = frozenset({"copied"})
    machine.scan(better)
    assert machine.tokens() == (15 if grows else 10)


def test_a_disk_that_is_full_is_an_error_and_loses_nothing(
    machine: Any, diary: Any, event: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.log("a.log", event("1", 10))
    machine.scan(diary())
    machine.log("a.log", event("2", 20))
    with monkeypatch.context() as context, machine.ledger() as ledger:
        context.setattr(ledger, "spool", Path("/dev/full"))
        with pytest.raises(LedgerError, match="No space left on device"):
            cli.scan.scan(ledger, [diary()], {}, machine.settings.home)
        context.setattr(ledger, "spool", machine.settings.data_dir / "ledger.spool")
    machine.scan(diary())
    assert machine.tokens() == 30


def test_another_parser_keeps_what_it_cannot_read_again(
    machine: Any, diary: Any, event: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.log("a.log", event("1", 10))
    machine.scan(diary())
    better = diary(parser=2)
    better.factor = 2
    with monkeypatch.context() as context:
        context.setattr(better, "read", _fails_after_a_batch(better.read))
        (found,) = machine.scan(better).sources
        assert [problem.reason for problem in found.problems] == ["Input/output error"]
        assert machine.tokens() == 10
    machine.scan(better)
    assert machine.tokens() == 20


def _fails_after_a_batch(read: Callable[..., Any]) -> Callable[..., Any]:
    def fail(*arguments: Any) -> Any:
        yield next(read(*arguments))
        raise OSError(5, "Input/output error")

    return fail


def test_a_log_that_fails_half_way_is_counted_that_far_and_tried_again(
    machine: Any, diary: Any, event: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.log("a.log", *(event(str(number)) for number in range(20)))
    source = diary()
    with monkeypatch.context() as context:
        context.setattr(source, "read", _fails_after_a_batch(source.read))
        machine.scan(source)
    assert 0 < machine.tokens() < 20
    (found,) = machine.scan(source).sources
    assert (found.problems, machine.tokens(), found.tally.events) == ([], 20, 20)


def test_a_parser_that_fails_hides_no_other_log(machine: Any, diary: Any, event: Any) -> None:
    machine.log("a.log").write_text("not JSON\n")
    machine.log("b.log", event("1", 10))
    (found,) = machine.scan(diary()).sources
    assert "diary parser failed (JSONDecodeError)" in found.problems[0].reason
    assert machine.tokens() == 10


copies = st.builds(
    UsageEvent,
    key=st.sampled_from("abc"),
    session=st.sampled_from("st"),
    time_ms=st.sampled_from([1_795_132_800_000, 1_795_219_200_000]),
    provider=st.just("p"),
    model=st.sampled_from("mn"),
    input_tokens=st.integers(4, 6),
    output_tokens=st.integers(1, 3),
    cache_read_tokens=st.integers(0, 2),
    reasoning_tokens=st.integers(0, 1),
    rank=st.integers(0, 1),
    twin=st.sampled_from(["", "", "t"]),
)


@settings(max_examples=10)
@given(events=st.lists(copies, min_size=2, max_size=6), data=st.data())
def test_the_order_in_which_copies_are_found_never_matters(
    new_machine: Any, diary: Any, events: list[UsageEvent], data: st.DataObject
) -> None:
    winners = [min(group, key=_precedence) for group in _grouped(events, lambda event: event.key)]
    counted = [winner for winner in winners if not winner.twin]
    counted += [
        min(group, key=_precedence) for group in _grouped([it for it in winners if it.twin], lambda it: it.twin)
    ]
    machine = new_machine()
    for number, event in enumerate(data.draw(st.permutations(events))):
        machine.log(f"{number}.log", event)
        if data.draw(st.booleans()):
            machine.scan(diary())
    machine.scan(diary())
    rows = [
        (str(row.day), row.model, row.input_tokens, row.output_tokens, row.cache_read_tokens, row.messages)
        for row in machine.usage()
    ]
    expected = [
        (
            *label,
            sum(it.input_tokens for it in group),
            sum(it.output_tokens for it in group),
            sum(it.cache_read_tokens for it in group),
            len(group),
        )
        for group in _grouped(counted, _day_and_model)
        for label in [_day_and_model(group[0])]
    ]
    assert rows == expected


def _grouped(events: list[UsageEvent], key: Callable[[UsageEvent], Any]) -> list[list[UsageEvent]]:
    return [list(group) for _, group in itertools.groupby(sorted(events, key=key), key)]


def _day_and_model(event: UsageEvent) -> tuple[str, str]:
    return time.strftime("%Y-%m-%d", time.gmtime(event.time_ms // 1000)), event.model


def _precedence(event: UsageEvent) -> tuple[Any, ...]:
    """Say what `UsageEvent.rank` says, and then anything that makes it total."""
    total = event.input_tokens + event.output_tokens
    numbers = (
        -event.rank,
        event.time_ms,
        -total,
        -event.input_tokens,
        -event.cache_read_tokens,
        -event.reasoning_tokens,
    )
    return *numbers, event.model, event.session, event.twin, event.key


def test_events_of_the_future_wait_for_their_day(machine: Any, diary: Any, event: Any) -> None:
    tomorrow, later = (int(machine.now.timestamp() * 1000) + hours * 3_600_000 for hours in (23, 25))
    machine.log("a.log", event("1", 10, time_ms=tomorrow), event("2", 20, time_ms=later))
    machine.scan(diary())
    assert machine.tokens() == 10
    machine.now += timedelta(hours=2)
    assert machine.tokens() == 30


def test_impossible_events_are_bad_rows(machine: Any, diary: Any, event: Any) -> None:
    impossible = [
        event("negative", -1),
        event("huge", 2**53),
        event("cache", 1, cache_read_tokens=1, cache_creation_tokens=1),
        event("hidden", 5, cache_read_tokens=-1, cache_creation_tokens=2),
        event("reasoning", 1, output_tokens=1, reasoning_tokens=2),
        event("before 1970", 1, time_ms=-1),
        event("after 9999", 1, time_ms=10**17),
        event("long" * 60, 1),
        event("escape", 1, model="\x1b[31m"),
        event("surrogate", 1, session="\ud800"),
    ]
    for it in impossible:
        machine.log("a.log", it)
    machine.log("a.log", event("fine", 1, model="größer 模型"))
    (found,) = machine.scan(diary(batch=100)).sources
    assert (found.tally.events, found.tally.bad, machine.tokens()) == (1, len(impossible), 1)


def test_a_file_below_two_roots_and_names_that_are_not_utf8(machine: Any, diary: Any, event: Any) -> None:
    source = diary()
    path = machine.log("a.log", event("1", 10))
    path.rename(os.fsdecode(os.fsencode(path.parent) + b"/\xff.log"))
    source.roots = lambda environment, home: (home / "diary", home / "diary")
    (found,) = machine.scan(source).sources
    assert (len(found.files), found.new) == (1, 1)


def _sample_machine(machine: Any) -> Any:
    """Point a machine to the samples of Claude Code and Codex."""
    machine.settings.environment.update(
        CLAUDE_CONFIG_DIR=str(SAMPLES / "claude/entire-graph-reduced"), CODEX_HOME=str(SAMPLES / "codex/vct")
    )
    return machine


def test_other_processes_count_the_same(new_machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    here = _sample_machine(new_machine())
    here.scan(*SOURCES)
    there = _sample_machine(new_machine())
    monkeypatch.setattr(cli.scan, "PARALLEL_BYTES", 0)
    monkeypatch.setattr(cli.scan, "read", None)
    with Processes() as processes:
        report = there.scan(*SOURCES, processes=processes)
    assert sum(found.new for found in report.sources) > 800
    assert there.usage() == here.usage()


def test_files_of_a_process_that_ends_early_are_problems_and_tried_again(
    machine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sample_machine(machine)
    with monkeypatch.context() as context:
        context.setattr(cli.scan, "PARALLEL_BYTES", 0)
        context.setattr(cli.processes, "_START", "raise SystemExit")
        with Processes() as processes:
            report = machine.scan(*SOURCES, processes=processes)
    assert {problem.reason for problem in report.sources[0].problems} == {"the process reading it was ended"}
    assert machine.tokens() == 0
    machine.scan(*SOURCES)
    assert machine.tokens() > 0


VICTIM = """
import sys
from datetime import datetime
from pathlib import Path
import cli.scan
from cli.ledger import Ledger
from cli.processes import Processes
from cli.settings import Settings
from cli.sources import SOURCES
cli.scan.COMMIT_BYTES = 1
cli.scan.PARALLEL_BYTES = int(sys.argv[4])
SOURCES[0].__class__.parser = int(sys.argv[3])
folder = Path(sys.argv[1])
settings = Settings(folder / "data", folder / "config", folder / "home", {"CLAUDE_CONFIG_DIR": sys.argv[2]})
print("ready", flush=True)
with Ledger.open(settings, datetime.fromisoformat("2026-11-22T12:00:00+00:00"), lambda: None) as ledger:
    with Processes() as processes:
        cli.scan.scan(ledger, SOURCES, settings.environment, settings.home, processes=processes)
"""


def _start(machine: Any, parser: int, parallel_bytes: int) -> "subprocess.Popen[bytes]":
    arguments = [str(machine.settings.data_dir.parent), machine.settings.environment["CLAUDE_CONFIG_DIR"]]
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, *arguments, str(parser), str(parallel_bytes)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert victim.stdout is not None
    victim.stdout.readline()
    return victim


def test_being_killed_at_any_moment_loses_nothing_and_counts_nothing_twice(new_machine: Any) -> None:
    whole = _sample_machine(new_machine())
    with _start(whole, 1, 10**9) as undisturbed:
        start = time.monotonic()
        assert undisturbed.wait() == 0
    span = time.monotonic() - start
    machine = _sample_machine(new_machine())
    chance = random.Random(20261122)
    before = 0
    for attempt in range(12):
        parser = 1 + attempt // 4  # the kills after the first scan hit another parser's replacing
        with _start(machine, parser, 0 if attempt % 2 else 10**9) as victim:
            if attempt % 4 < 3:
                time.sleep(chance.uniform(0, span))
                victim.send_signal(signal.SIGKILL)
            else:
                assert victim.wait() == 0
                assert machine.usage() == whole.usage()
        counted = machine.tokens()
        assert counted >= before
        before = counted


def test_two_scans_at_once_wait_for_each_other(machine: Any) -> None:
    _sample_machine(machine)
    with _start(machine, 1, 10**9) as one, _start(machine, 1, 10**9) as other, _start(machine, 1, 10**9) as third:
        assert (one.wait(), other.wait(), third.wait()) == (0, 0, 0)
    once = machine.usage()
    machine.scan(SOURCES[0])
    assert machine.usage() == once
    assert machine.tokens() > 0
