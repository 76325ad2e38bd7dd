"""OpenCode: one message a response, in SQLite databases and, before 1.2, in one JSON file a message.

An upgrade leaves the older copies in place, under the same ids. Databases are read as their owner left them, the
write-ahead log beside them included; nothing is written to them, and no transaction outlasts a page of rows.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cli.sources.base import MAX_LINE_BYTES, Batch, Checkpoint, Found, LogFile, Problem
from cli.sources.documents import document
from cli.sources.folders import files_below
from cli.sources.opencode_message import Gathered, take_message, take_session_message

if TYPE_CHECKING:
    import sqlite3

_DATABASE = re.compile(r"opencode(?:-(?P<channel>[A-Za-z0-9._-]+))?\.db")
_BACKUP = re.compile(r"backup|bak|copy|old|orig|original|save|saved|snapshot|archive|corrupt|broken|tmp|temp|\d{6,}")
"""Words of a channel's name that make the file a copy which somebody put aside; the last one is a date."""

_RECENT_ROWS = 1000
_CLOCK_MARGIN_MS = 60 * 60 * 1000
"""The last so many rows, and those updated up to an hour before the latest, are read again every time: a response
is written before it is complete, and clocks are put back."""

_WAIT_SECONDS = 1.0
"""How long a database locked by OpenCode is waited for."""

_FIRST_ROW = -(2**63)
_NOTHING_KNOWN = {"after": _FIRST_ROW, "rows": 1000, "known": _FIRST_ROW, "since": 0, "longest": MAX_LINE_BYTES}
"""The parameters of a page of a table that was never read."""

_NOT_SHARED = frozenset(
    {"SQLITE_CANTOPEN", "SQLITE_READONLY_CANTINIT", "SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY_RECOVERY"}
)
"""What SQLite says of a database whose write-ahead log it could read only if it could write beside it."""


class _Seen(msgspec.Struct):
    """What an earlier reading saw of a table; all rows are read again when its first row is another."""

    first: str = ""
    position: int = _FIRST_ROW
    """The highest row number."""
    updated: int = 0
    """The latest update, in milliseconds since the Unix epoch."""


_memory = msgspec.json.Decoder(dict[str, _Seen])


class OpenCode:
    """Where OpenCode's messages are and how to read them."""

    name = "opencode"
    title = "OpenCode"
    parser = 1
    caveats: tuple[str, ...] = (
        "OpenCode does not log the calls of small models, for titles say: about a fifth of the tokens in one run.",
    )

    def roots(self, environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
        """Return `OPENCODE_DATA_DIR`, or `opencode` in the folder for user data (the same on all platforms)."""
        named = environment.get("OPENCODE_DATA_DIR")
        if named:
            return (Path(named),)
        data = environment.get("XDG_DATA_HOME")
        return ((Path(data) if data else home / ".local" / "share") / "opencode",)

    def find(self, root: Path) -> Found:
        """Return the databases of all channels, and the JSON files of messages: those of 0.x are kept by project.

        Copies that somebody put aside (`opencode-backup.db`) are left out.
        """
        found = _databases(root)
        older = [files_below(root / "storage" / "message", _is_message), files_below(root / "project", _is_message)]
        for documents in older:
            found.files += [dataclasses.replace(file, appends=False) for file in documents.files]
            found.problems += documents.problems
        found.files.sort(key=lambda file: file.path)
        found.problems.sort(key=lambda problem: problem.path)
        return found

    def read(self, file: LogFile, resume: Checkpoint) -> Iterator[Batch]:
        """Read a database or a message's file; see `Source.read`.

        A message's key is its id, which an upgrade keeps. A database is resumed by what it says of its rows, so
        the checkpoint's offset stays 0. Raises sqlite3.Error for a file that is no database, is damaged, stays
        locked, or cannot be read where it is.
        """
        if file.appends:
            yield from _read_database(file.path, resume)
        else:
            yield _read_document(file.path)


def _databases(root: Path) -> Found:
    """Return the databases in a folder, each with its write-ahead log."""
    found = Found()
    try:
        for path in sorted(root.iterdir()):
            name = _DATABASE.fullmatch(path.name)
            if name and not _is_backup(name["channel"]) and path.is_file():
                log = path.with_name(path.name + "-wal")
                found.files.append(LogFile(path, (log,) if log.exists() else ()))
    except FileNotFoundError:
        pass
    except OSError as error:
        found.problems.append(Problem(root, error.strerror or str(error)))
    return found


def _is_backup(channel: str | None) -> bool:
    """Tell a copy put aside from the database of a release channel, by the words of its name."""
    return any(_BACKUP.fullmatch(word) for word in re.split(r"[._-]", (channel or "").lower()))


def _is_message(path: Path) -> bool:
    return path.name.startswith("msg_") and path.suffix == ".json" and path.parent.parent.name == "message"


def _read_document(path: Path) -> Batch:
    """Read the file of one message; folder and file are named by its session and its id."""
    data = document(path, MAX_LINE_BYTES)
    gathered = Gathered()
    take_message(path.stem, path.parent.name, data, gathered)
    return Batch(gathered.events, Checkpoint(len(data)), gathered.tally)


def _read_database(path: Path, resume: Checkpoint) -> Iterator[Batch]:
    """Read the rows of a database that are new or updated since the checkpoint."""
    memory = _memory.decode(resume.state) if resume.state else {}
    with closing(_open(path)) as connection:
        tables = [name.decode() for (name,) in connection.execute(_sql("tables"))]
        for table in tables:
            memory[table] = seen = _known(connection, table, memory.get(table))
            for gathered in _pages(connection, table, seen):
                yield Batch(gathered.events, resume, gathered.tally)
    yield Batch([], Checkpoint(0, msgspec.json.encode(memory)), Gathered().tally)


def _open(path: Path) -> "sqlite3.Connection":
    """Open a database for reading, with its write-ahead log. Text comes as bytes, which may be anything.

    Raises OSError or sqlite3.Error. SQLite shares the log with OpenCode through a file ending in `-shm`, which it
    makes where it is missing: in a folder that cannot be written the log's rows cannot be read safely.
    """
    import sqlite3

    path.open("rb").close()
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT_SECONDS)
    connection.text_factory = bytes
    try:
        connection.execute(_sql("tables")).close()
    except sqlite3.Error as error:
        connection.close()
        if getattr(error, "sqlite_errorname", "") in _NOT_SHARED:
            raise sqlite3.OperationalError(
                f"{path.name}-shm cannot be opened or made, without which the write-ahead log of {path.name} cannot be "
                "read: copy the whole folder to where you may write, and set OPENCODE_DATA_DIR to the copy"
            ) from error
        raise
    return connection


def _known(connection: "sqlite3.Connection", table: str, seen: _Seen | None) -> _Seen:
    """Return what was seen of a table, or nothing if it is another table by now: restored from a backup, say."""
    row = connection.execute(_sql(table), {**_NOTHING_KNOWN, "rows": 1}).fetchone()
    first = repr(row[3])[:100] if row else ""
    return seen if seen is not None and seen.first == first else _Seen(first)


def _pages(connection: "sqlite3.Connection", table: str, seen: _Seen) -> Iterator[Gathered]:
    """Read the new and updated rows of a table, page by page, and note in `seen` how far that went.

    A row is tallied when it is new, and not each time it is read again.
    """
    last = seen.position
    known = {"known": max(last - _RECENT_ROWS, _FIRST_ROW), "since": seen.updated - _CLOCK_MARGIN_MS}
    page = {**_NOTHING_KNOWN, **known}
    while True:
        gathered, before = Gathered(), page["after"]
        again = Gathered(gathered.events)
        for position, updated, unchanged, key, session, kind, data in connection.execute(_sql(table), page):
            page["after"] = position
            seen.updated = max(seen.updated, updated) if isinstance(updated, int) else seen.updated
            if not unchanged:
                _take_row(key, session, kind, data, gathered if position > last else again)
        if page["after"] == before:
            return
        seen.position = max(seen.position, page["after"])
        yield gathered


def _take_row(key: object, session: object, kind: object, data: object, gathered: Gathered) -> None:
    """Take a row whose columns may hold anything; only rows of version 2 have a kind."""
    content = data if isinstance(data, bytes) else b""
    if not isinstance(key, bytes) or not isinstance(session, bytes):
        gathered.tally.bad += 1
    elif isinstance(kind, bytes):
        take_session_message(_text(key), _text(session), _text(kind), content, gathered)
    else:
        take_message(_text(key), _text(session), content, gathered)


def _text(column: bytes) -> str:
    return column.decode(errors="replace")


@cache
def _sql(name: str) -> str:
    return (files("cli") / "sources" / "sql" / f"opencode_{name}.sql").read_text(encoding="utf-8")


OPENCODE = OpenCode()
