"""OpenCode's databases and files: which are found, what counts once, how they are read while OpenCode writes."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.sources.base import Batch, Checkpoint, LogFile, Source, Tally, UsageEvent
from cli.sources.opencode import OPENCODE

CountedOnce = Callable[[Iterable[Batch]], list[UsageEvent]]
Batches = Callable[[Source, Path], Iterator[Batch]]

CREATED = 1795330292215
MESSAGE_TABLE = """create table message (id text primary key, session_id text not null, time_created integer not null,
    time_updated integer not null, data text not null)"""
SESSION_MESSAGE_TABLE = """create table session_message (id text primary key, session_id text not null,
    type text not null, seq integer, time_created integer not null, time_updated integer not null,
    data text not null)"""


def tokens(**changes: Any) -> dict[str, Any]:
    plain = {"input": 100, "output": 20, "reasoning": 5, "cache": {"read": 40, "write": 2}}
    return {**plain, **changes}


def assistant(**changes: Any) -> dict[str, Any]:
    """Return the data of a response as version 1 has it."""
    plain = {"role": "assistant", "time": {"created": CREATED}, "modelID": "gpt-5.2", "providerID": "openai"}
    return {**plain, "cost": 0.5, "tokens": tokens(), **changes}


def assistant_2(**changes: Any) -> dict[str, Any]:
    """Return the same as version 2 has it."""
    plain = {"time": {"created": CREATED}, "model": {"id": "gpt-5.2", "providerID": "openai"}, "content": []}
    return {**plain, "cost": 0.5, "tokens": tokens(), **changes}


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = off")
    connection.execute(MESSAGE_TABLE)
    connection.execute(SESSION_MESSAGE_TABLE)
    return connection


def put(connection: sqlite3.Connection, key: Any, data: Any, *, session: Any = "ses_1", updated: Any = CREATED) -> None:
    text = data if isinstance(data, str | bytes) else json.dumps(data)
    connection.execute("insert or replace into message values (?, ?, ?, ?, ?)", (key, session, CREATED, updated, text))


def put_2(
    connection: sqlite3.Connection, key: str, data: Any, *, kind: Any = "assistant", updated: int = CREATED
) -> None:
    row = (key, "ses_1", kind, 1, CREATED, updated, json.dumps(data))
    connection.execute("insert or replace into session_message values (?, ?, ?, ?, ?, ?, ?)", row)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Give the database of an OpenCode that runs: open, its rows only in the write-ahead log."""
    with closing(connect(tmp_path / "opencode.db")) as connection:
        yield connection


def write(root: Path, name: str, data: Any) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data))


def tally_of(batches: Iterable[Batch]) -> Tally:
    return Tally(*(sum(parts) for parts in zip(*(astuple(batch.tally) for batch in batches), strict=True)))


def events_of(batches: Iterable[Batch]) -> list[UsageEvent]:
    return [event for batch in batches for event in batch.events]


def reading(root: Path, resume: Checkpoint | None = None) -> list[Batch]:
    """Read the only database in a folder."""
    (file,) = OPENCODE.find(root).files
    return list(OPENCODE.read(file, resume or Checkpoint()))


def test_what_an_event_tells(tmp_path: Path, batches: Batches, counted_once: CountedOnce) -> None:
    write(tmp_path, "storage/message/ses_7/msg_9.json", {"id": "other", **assistant(tokens=tokens(total=162))})
    (event,) = counted_once(batches(OPENCODE, tmp_path))
    assert (event.key, event.session, event.time_ms) == ("msg_9", "ses_7", CREATED)
    assert (event.provider, event.model) == ("openai", "gpt-5.2")
    assert (event.input_tokens, event.cache_read_tokens, event.cache_creation_tokens) == (142, 40, 2)
    assert (event.output_tokens, event.reasoning_tokens) == (20, 5)


@pytest.mark.parametrize(
    ("counters", "output", "reasoning"),
    [
        (tokens(total=162), 20, 5),
        (tokens(total=167), 25, 5),
        (tokens(), 20, 5),
        (tokens(reasoning=30), 50, 30),
        (tokens(reasoning=30, total=162), 20, 20),
        (tokens(total=4711), 20, 5),
        (tokens(total=None, reasoning=None), 20, 0),
    ],
    ids=["inside", "on top", "no total", "cannot be inside", "more than all", "strange total", "nulls"],
)
def test_the_total_decides_where_reasoning_is(
    database: sqlite3.Connection, tmp_path: Path, counters: dict[str, int], output: int, reasoning: int
) -> None:
    put(database, "msg_1", assistant(tokens=counters))
    (event,) = (event for batch in reading(tmp_path) for event in batch.events)
    assert (event.output_tokens, event.reasoning_tokens) == (output, reasoning)
    if counters.get("total") in {162, 167}:
        assert event.input_tokens + event.output_tokens == counters["total"]


@pytest.mark.parametrize(
    ("named", "known"),
    [
        ("anthropic", "anthropic"),
        ("google-vertex", "google"),
        ("xai", "x-ai"),
        ("mockoai", "mockoai"),
        (None, "unknown"),
    ],
)
def test_providers_have_the_names_of_the_price_table(
    tmp_path: Path, named: str | None, known: str, batches: Batches
) -> None:
    write(tmp_path, "storage/message/ses_7/msg_9.json", assistant(providerID=named))
    assert [event.provider for batch in batches(OPENCODE, tmp_path) for event in batch.events] == [known]


def test_every_provider_named_here_has_prices() -> None:
    from genai_prices.data import providers

    from cli.sources.opencode_message import PROVIDERS

    assert set(PROVIDERS.values()) <= {provider.id for provider in providers}
    assert not set(PROVIDERS) & {provider.id for provider in providers}


def test_version_2_keeps_reasoning_apart(
    database: sqlite3.Connection, tmp_path: Path, counted_once: CountedOnce
) -> None:
    put_2(database, "msg_1", assistant_2())
    (event,) = counted_once(reading(tmp_path))
    assert (event.provider, event.model, event.session) == ("openai", "gpt-5.2", "ses_1")
    assert (event.input_tokens, event.output_tokens, event.reasoning_tokens) == (142, 25, 5)


def test_a_message_counts_once_wherever_upgrades_left_it(
    database: sqlite3.Connection, tmp_path: Path, counted_once: CountedOnce, batches: Batches
) -> None:
    write(tmp_path, "storage/message/ses_1/msg_1.json", assistant())
    put(database, "msg_1", assistant())
    put(database, "msg_2", assistant(tokens=tokens(total=167), time={"created": CREATED + 1}))
    put_2(database, "msg_1", assistant_2())
    put_2(database, "msg_2", assistant_2(time={"created": CREATED + 1}))
    put_2(database, "msg_3", assistant_2(time={"created": CREATED + 2}))
    read = list(batches(OPENCODE, tmp_path))
    outputs = {event.key: event.output_tokens for event in counted_once(read)}
    assert outputs == {"msg_1": 20, "msg_2": 25, "msg_3": 25}
    assert counted_once(read[::-1]) == counted_once(read)


def test_of_a_stale_and_a_later_copy_the_later_counts(
    database: sqlite3.Connection, tmp_path: Path, counted_once: CountedOnce
) -> None:
    put(database, "msg_1", assistant(tokens=tokens(output=3, reasoning=0)))
    put(database, "msg_2", assistant(tokens=tokens(input=0, output=0, reasoning=0, cache={"read": 0, "write": 0})))
    put_2(database, "msg_1", assistant_2())
    put_2(database, "msg_2", assistant_2(time={"created": CREATED + 1}))
    assert [event.output_tokens for event in counted_once(reading(tmp_path))] == [25, 25]


def test_a_forks_copies_count_once(database: sqlite3.Connection, tmp_path: Path, counted_once: CountedOnce) -> None:
    put(database, "msg_1", assistant())
    put(database, "msg_2", assistant(), session="ses_fork")
    put_2(database, "msg_1", assistant_2())
    put_2(database, "msg_3", assistant_2())
    put(database, "msg_4", assistant(time={"created": CREATED + 1}), session="ses_fork")
    put(database, "msg_5", assistant(cost=0.25), session="ses_fork")
    assert len(counted_once(reading(tmp_path))) == 3


def test_a_message_that_streams_counts_when_it_is_done(database: sqlite3.Connection, tmp_path: Path) -> None:
    nothing = tokens(input=0, output=0, reasoning=0, cache={"read": 0, "write": 0})
    put(database, "msg_1", assistant(tokens=nothing))
    put_2(database, "msg_2", {**assistant_2(), "tokens": None})
    first = reading(tmp_path)
    assert tally_of(first) == Tally(silent=2)
    put(database, "msg_1", assistant(), updated=CREATED + 5)
    put_2(database, "msg_2", assistant_2(time={"created": CREATED + 1}), updated=CREATED + 5)
    second = reading(tmp_path, first[-1].checkpoint)
    assert [event.key for event in events_of(second)] == ["msg_1", "msg_2"]


def test_messages_before_0_4_keep_their_counters_in_metadata(tmp_path: Path, batches: Batches) -> None:
    counters = {"modelID": "claude-sonnet-4", "providerID": "anthropic", "cost": 0.1, "tokens": tokens()}
    old = {"role": "assistant", "parts": [], "metadata": {"time": {"created": CREATED}, "assistant": counters}}
    write(tmp_path, "project/home-me/storage/session/message/ses_1/msg_1.json", old)
    (event,) = (event for batch in batches(OPENCODE, tmp_path) for event in batch.events)
    assert (event.key, event.model, event.time_ms, event.input_tokens) == ("msg_1", "claude-sonnet-4", CREATED, 142)


def test_where_the_logs_are(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert OPENCODE.roots({}, home) == (home / ".local" / "share" / "opencode",)
    assert OPENCODE.roots({"XDG_DATA_HOME": "/x", "OPENCODE_DATA_DIR": ""}, home) == (Path("/x/opencode"),)
    assert OPENCODE.roots({"XDG_DATA_HOME": "/x", "OPENCODE_DATA_DIR": "/y"}, home) == (Path("/y"),)
    assert OPENCODE.find(home).files == []
    assert OPENCODE.find(home).problems == []


def test_databases_of_channels_are_found_and_copies_put_aside_are_not(tmp_path: Path) -> None:
    wanted = ["opencode-dev.db", "opencode-feature-x.db", "opencode-next.2.db", "opencode.db"]
    unwanted = ["opencode-backup.db", "opencode-dev.bak.db", "opencode-20260911.db", "opencode-old-2.db", "other.db"]
    unwanted += ["opencode.db.bak", "opencode.db-shm", "opencode_x.db", "opencode-.db"]
    for name in [*wanted, *unwanted, "opencode-dev.db-wal"]:
        write(tmp_path, name, "")
    (tmp_path / "opencode-folder.db").mkdir()
    found = OPENCODE.find(tmp_path)
    assert [file.path.name for file in found.files] == wanted
    assert [file.companions for file in found.files] == [(tmp_path / "opencode-dev.db-wal",), (), (), ()]
    assert all(file.appends for file in found.files)
    assert found.problems == []


def test_files_of_messages_are_found_by_their_place(tmp_path: Path) -> None:
    wanted = ["project/p/storage/session/message/ses_1/msg_1.json", "storage/message/ses_1/msg_2.json"]
    for name in [
        *wanted,
        "storage/part/msg_2/prt_1.json",
        "storage/message/ses_1/note.json",
        "storage/session/msg_3.json",
    ]:
        write(tmp_path, name, "{}")
    (tmp_path / "storage" / "message" / "ses_1" / "msg_4.json").mkdir()
    (tmp_path / "storage" / "message" / "loop").symlink_to(tmp_path / "storage")
    found = OPENCODE.find(tmp_path)
    assert [file.path.relative_to(tmp_path).as_posix() for file in found.files] == wanted
    assert not any(file.appends for file in found.files)


def test_a_root_that_is_no_folder_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "opencode", "x")
    found = OPENCODE.find(tmp_path / "opencode")
    assert found.files == []
    assert found.problems[0].path == tmp_path / "opencode"


@pytest.mark.parametrize("name", ["a b", "what?", "100%25", "a#b", "ü", "x;y&mode=rw"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with closing(connect(tmp_path / name / "opencode.db")) as connection:
        put(connection, "msg_1", assistant())
        assert tally_of(reading(tmp_path / name)).events == 1


def test_rows_that_are_only_in_the_write_ahead_log_count(
    tmp_path: Path, samples: Path, counted_once: CountedOnce
) -> None:
    sample = tmp_path / "sample"
    shutil.copytree(samples / "opencode" / "mock-1.2.27-db-and-json", sample, ignore=shutil.ignore_patterns("storage"))
    before = {path: path.read_bytes() for path in sample.iterdir()}
    assert len(counted_once(reading(sample))) == 18
    assert {path: path.read_bytes() for path in sample.iterdir()} == before
    (sample / "opencode.db-wal").unlink()
    assert len(counted_once(reading(sample))) < 18


def test_a_transaction_still_open_is_neither_seen_nor_hindered(database: sqlite3.Connection, tmp_path: Path) -> None:
    put(database, "msg_1", assistant())
    database.execute("begin immediate")
    put(database, "msg_2", assistant(time={"created": CREATED + 1}))
    assert tally_of(reading(tmp_path)).events == 1
    database.execute("commit")
    assert tally_of(reading(tmp_path)).events == 2


def test_nothing_is_locked_while_batches_are_worked_on(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "opencode.db")) as connection:
        connection.execute("pragma journal_mode = delete")
        connection.execute("begin")
        for number in range(2500):
            put(connection, f"msg_{number}", assistant(time={"created": CREATED + number}))
        connection.execute("commit")
        (file,) = OPENCODE.find(tmp_path).files
        unread = OPENCODE.read(file, Checkpoint())
        assert len(next(unread).events) == 1000
        put(connection, "msg_new", assistant())
        assert sum(len(batch.events) for batch in unread) == 1501


def test_a_locked_database_is_an_error_and_read_the_next_time(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "opencode.db")) as connection:
        put(connection, "msg_1", assistant())
        connection.execute("pragma journal_mode = delete")
        connection.execute("begin exclusive")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            reading(tmp_path)
        connection.execute("rollback")
        assert tally_of(reading(tmp_path)).events == 1


def test_a_log_that_cannot_be_shared_is_explained(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "opencode.db")) as connection:
        put(connection, "msg_1", assistant())
    (tmp_path / "opencode.db-shm").symlink_to(tmp_path / "nowhere" / "opencode.db-shm")
    with pytest.raises(sqlite3.OperationalError, match=r"opencode\.db-shm cannot be"):
        reading(tmp_path)


@pytest.mark.parametrize("content", [b"x" * 5000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "opencode.db").write_bytes(content)
    with pytest.raises(sqlite3.DatabaseError):
        reading(tmp_path)


def test_a_half_written_database_is_an_error(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "opencode.db")) as connection:
        for number in range(300):
            put(connection, f"msg_{number}", assistant())
    content = (tmp_path / "opencode.db").read_bytes()
    (tmp_path / "opencode.db").write_bytes(content[: len(content) // 2])
    with pytest.raises(sqlite3.DatabaseError):
        reading(tmp_path)


def test_a_database_without_messages_yet(tmp_path: Path) -> None:
    (tmp_path / "opencode.db").touch()
    assert tally_of(reading(tmp_path)) == Tally()
    with pytest.raises(OSError, match="No such file"):
        list(OPENCODE.read(LogFile(tmp_path / "gone.db"), Checkpoint()))


def test_only_new_and_updated_rows_are_read_again(database: sqlite3.Connection, tmp_path: Path) -> None:
    day = 24 * 60 * 60 * 1000
    for number in range(1500):
        put(database, f"msg_{number:04d}", assistant(time={"created": CREATED + number}), updated=CREATED)
    put(database, "msg_9", "bad", updated=CREATED + day)
    whole = reading(tmp_path)
    assert tally_of(whole) == Tally(events=1500, bad=1)
    again = reading(tmp_path, whole[-1].checkpoint)
    assert len(events_of(again)) == 999
    assert tally_of(again) == Tally()
    database.execute("update message set time_updated = ? where id = 'msg_0003'", (CREATED + day,))
    put(database, "msg_imported", assistant(), updated=CREATED - day)
    third = reading(tmp_path, again[-1].checkpoint)
    assert {"msg_0003", "msg_imported"} < {event.key for event in events_of(third)}
    assert len(events_of(third)) == 1001
    assert tally_of(third) == Tally(events=1)


def test_another_database_in_the_same_place_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name, count in (("a", 1), ("b", 1500)):
        path = tmp_path / "a" / "opencode.db"
        path.unlink(missing_ok=True)
        with closing(connect(path)) as connection:
            connection.execute("begin")
            for number in range(count):
                put(connection, f"msg_{name}_{number}", assistant(), updated=CREATED - number * 10**6)
            connection.execute("commit")
        if name == "a":
            first = reading(tmp_path / "a")
    assert tally_of(reading(tmp_path / "a", first[-1].checkpoint)).events == 1500


def test_tables_may_lack_what_is_not_needed(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "opencode.db", isolation_level=None)) as connection:
        connection.execute("create table message (id, session_id, data)")
        connection.execute("insert into message values ('msg_1', 'ses_1', ?)", (json.dumps(assistant()),))
        first = reading(tmp_path)
        assert tally_of(first).events == 1
        assert len(events_of(reading(tmp_path, first[-1].checkpoint))) == 1


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        ({"role": "user", "model": {"providerID": "openai", "modelID": "gpt"}}, "silent"),
        (assistant(tokens=None), "unknown"),
        ({"role": "surprise", "tokens": tokens()}, "unknown"),
        ({}, "unknown"),
        (assistant(tokens=tokens(input=-1)), "bad"),
        (assistant(tokens=tokens(input=1.5)), "bad"),
        (assistant(tokens=tokens(output="20")), "bad"),
        (assistant(tokens=tokens(output=True)), "bad"),
        (assistant(tokens=tokens(output=2**53)), "bad"),
        (assistant(tokens=tokens(cache=[])), "bad"),
        (assistant(time=None), "bad"),
        (assistant(time={"created": 5}), "bad"),
        (assistant(time={"created": 2**62}), "bad"),
        (assistant(modelID=["x"]), "bad"),
        ('{"role": "assistant", "tokens": {"input": NaN}}', "bad"),
        ('{"role": "assist', "bad"),
        ("[" * 100_000, "bad"),
        ('{"parts": ' + "[" * 100_000 + "]" * 100_000 + "}", "bad"),
        ("", "bad"),
        ("null", "bad"),
        (b"\xff\xfe", "bad"),
    ],
)
def test_each_message_has_one_outcome_and_spoils_no_other(
    database: sqlite3.Connection, tmp_path: Path, data: Any, outcome: str
) -> None:
    put(database, "msg_1", data)
    put(database, "msg_2", assistant())
    expected = Tally(events=1)
    setattr(expected, outcome, 1)
    assert tally_of(reading(tmp_path)) == expected


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("user", "silent"), ("compaction", "silent"), ("surprise", "unknown"), ("assistant", "events")],
)
def test_the_type_of_a_row_of_version_2_tells_what_it_is(
    database: sqlite3.Connection, tmp_path: Path, kind: str, outcome: str
) -> None:
    put_2(database, "msg_1", assistant_2(), kind=kind)
    expected = Tally()
    setattr(expected, outcome, 1)
    assert tally_of(reading(tmp_path)) == expected


def test_columns_of_any_type_and_size_are_bad_rows_only(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "opencode.db", isolation_level=None)) as connection:
        connection.execute("create table message (id, session_id, time_created, time_updated, data)")
        good = json.dumps(assistant())
        rows: list[tuple[Any, ...]] = [
            (None, "s", 1, 1, good),
            (b"\xff", "s", 1, "x", good),
            ("a", "s", 1, 2**62, None),
            (7, "s", 1, 1.5, good),
        ]
        rows += [("b", None, 1, 1, good), ("c", "s", 1, -(2**63), 5), ("d", "s", 1, b"", b"\0" * 9)]
        connection.executemany("insert into message values (?, ?, ?, ?, ?)", rows)
        connection.execute("insert into message values ('e', 's', 1, 1, zeroblob(70000000))")
        connection.execute("insert into message values ('f', 's', 1, 1, cast(zeroblob(70000000) as text))")
        connection.execute("insert into message (rowid, id, session_id, data) values (-5, 'g', 's', ?)", (good,))
        first = reading(tmp_path)
        assert tally_of(first) == Tally(events=2, bad=8)
        assert len(events_of(reading(tmp_path, first[-1].checkpoint))) == 2


def test_a_document_too_large_for_a_message_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "storage/message/ses_1/msg_1.json", "{}")
    with (tmp_path / "storage/message/ses_1/msg_1.json").open("r+b") as file:
        file.truncate(65 * 1024 * 1024)
    (file_,) = OPENCODE.find(tmp_path).files
    with pytest.raises(OSError, match="larger than 32 MiB"):
        list(OPENCODE.read(file_, Checkpoint()))


@given(content=st.binary(max_size=200) | st.text(alphabet='{}[]":,roletksinput01\\', max_size=200))
def test_nothing_crashes_the_reader(tmp_path_factory: pytest.TempPathFactory, content: str | bytes) -> None:
    path = tmp_path_factory.mktemp("ses_1") / "msg_1.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (batch,) = OPENCODE.read(LogFile(path, appends=False), Checkpoint())
    assert batch.events == []
    assert batch.tally in (Tally(bad=1), Tally(unknown=1))
