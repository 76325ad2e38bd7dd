"""The ledger's file: who may open it, what becomes of a damaged one, and what it answers."""

import datetime as dt
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cli import CliError
from cli.ledger import LedgerError

HOLDER = """
import sys, time
import duckdb
connection = duckdb.connect(sys.argv[1])
print("ready", flush=True)
time.sleep(60)
"""


def _path(machine: Any) -> Path:
    path: Path = machine.settings.data_dir / "ledger.duckdb"
    return path


def test_is_made_in_a_folder_for_its_owner_alone(machine: Any, diary: Any, event: Any) -> None:
    machine.log("a.log", event("1", 10))
    machine.scan(diary())
    assert stat.S_IMODE(machine.settings.data_dir.stat().st_mode) == 0o700
    assert sorted(path.name for path in machine.settings.data_dir.iterdir()) == ["ledger.duckdb", "ledger.lock"]


def test_holds_no_path_and_no_text(machine: Any, diary: Any, event: Any) -> None:
    machine.log("secret-project.log", event("1", 10))
    machine.scan(diary())
    assert b"secret-project" not in _path(machine).read_bytes()


@pytest.mark.parametrize("content", [b"not a database" * 2000, b"\0" * 20_000])
def test_a_damaged_ledger_is_left_as_it_is(machine: Any, content: bytes) -> None:
    machine.settings.data_dir.mkdir()
    _path(machine).write_bytes(content)
    with pytest.raises(LedgerError, match="move it away"):
        machine.usage()
    assert _path(machine).read_bytes() == content


@pytest.mark.parametrize("length", [0, 1, 4096, 8192, 12_287])
def test_a_ledger_whose_making_was_killed_is_made_again(machine: Any, diary: Any, event: Any, length: int) -> None:
    machine.settings.data_dir.mkdir()
    duckdb.connect(str(_path(machine))).close()
    _path(machine).write_bytes(_path(machine).read_bytes()[:length])
    machine.log("a.log", event("1", 10))
    machine.scan(diary())
    assert machine.tokens() == 10


def test_a_newer_ledger_is_left_to_a_newer_version(machine: Any, diary: Any, event: Any) -> None:
    machine.log("a.log", event("1", 10))
    machine.scan(diary())
    with duckdb.connect(str(_path(machine))) as connection:
        connection.execute("insert into migrations values (1000)")
    with pytest.raises(LedgerError, match=r"A newer token-tracker wrote the ledger .* Upgrade"):
        machine.usage()


def test_a_ledger_open_in_another_program_is_an_error_that_says_so(machine: Any, diary: Any, event: Any) -> None:
    machine.log("a.log", event("1", 10))
    machine.scan(diary())
    with subprocess.Popen([sys.executable, "-c", HOLDER, _path(machine)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(LedgerError, match="Close the program that has it open"):
            machine.usage()
        holder.kill()
    assert machine.tokens() == 10


def test_data_folders_that_cannot_be_are_errors(machine: Any) -> None:
    machine.settings.data_dir.write_text("a file")
    with pytest.raises(CliError, match="cannot be made"):
        machine.usage()


def test_usage_is_limited_by_days_and_sources_and_sorted(machine: Any, diary: Any, event: Any) -> None:
    first = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    for day in (2, 0, 1):
        for source in ("z", "a"):
            time_ms = int((first + dt.timedelta(days=day)).timestamp() * 1000)
            last_ms = time_ms + 86_399_999
            machine.log(
                f"{day}.log",
                event(f"{day} first", 1, time_ms=time_ms, model="n"),
                event(f"{day} last", 2, time_ms=last_ms, model="m"),
                source=source,
            )
    machine.scan(diary("z"), diary("a"))
    with machine.ledger() as ledger:
        rows = ledger.usage(dt.date(2026, 11, 2), dt.date(2026, 11, 3), ["a"])
        assert [(str(row.day), row.source, row.model, row.input_tokens) for row in rows] == [
            ("2026-11-02", "a", "m", 2),
            ("2026-11-02", "a", "n", 1),
            ("2026-11-03", "a", "m", 2),
            ("2026-11-03", "a", "n", 1),
        ]
        everything = ledger.usage()
        assert [(row.day, row.source, row.model) for row in everything] == sorted(
            (row.day, row.source, row.model) for row in everything
        )
        assert len(everything) == 12
        assert ledger.usage(sources=[]) == []
        assert ledger.usage(dt.date.min, dt.date.max) == everything


def test_sessions_span_days_and_models(machine: Any, diary: Any, event: Any) -> None:
    day = 86_400_000
    machine.log(
        "a.log",
        event("1", 1, session="long", time_ms=20_000 * day),
        event("2", 2, session="short", time_ms=20_001 * day),
        event("3", 4, session="long", time_ms=20_002 * day, model="n"),
    )
    machine.scan(diary())
    with machine.ledger() as ledger:
        short, long = ledger.sessions()
    assert (short.session, short.first_ms, short.last_ms) == ("short", 20_001 * day, 20_001 * day)
    assert (long.session, long.first_ms, long.last_ms) == ("long", 20_000 * day, 20_002 * day)
    assert [(row.model, row.input_tokens, row.messages) for row in long.usage] == [("m", 1, 1), ("n", 4, 1)]


def test_sums_beyond_64_bits_are_exact(machine: Any, diary: Any, event: Any) -> None:
    machine.log("a.log", *(event(str(number), 2**53 - 1) for number in range(1100)))
    machine.scan(diary(batch=500))
    assert machine.tokens() == 1100 * (2**53 - 1)


def test_holdings_count_the_future_apart(machine: Any, diary: Any, event: Any) -> None:
    future = int((machine.now + dt.timedelta(days=30)).timestamp() * 1000)
    machine.log("a.log", event("1", 1), event("2", 1, time_ms=future))
    machine.log("b.log", event("1", 1, time_ms=future), source="other")
    machine.scan(diary(), diary("other"))
    with machine.ledger() as ledger:
        ours, other = ledger.holdings()
    assert (ours.source, ours.messages, ours.future, str(ours.first_day)) == ("diary", 1, 1, "2026-11-20")
    assert (other.messages, other.future, other.first_day, other.last_day) == (0, 1, None, None)
