"""The ledger: a local DuckDB file of counted events. Logs come and go; what was counted stays.

Ids and numbers only. Events and the files' positions are committed together, so that being killed at any moment
loses nothing and counts nothing twice. One process at a time has it open; others wait.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from cli import CliError
from cli.locks import alone
from cli.settings import Settings, ledger_path, private_folder
from cli.spool import FileState
from cli.usage import Session, Usage

if TYPE_CHECKING:
    import duckdb

CLOCK_TOLERANCE = dt.timedelta(hours=24)
"""Events later than this from now are kept but not counted until their day comes: somebody's clock was wrong."""

_CONFIGURATION: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "128MB",
    "autoinstall_known_extensions": False,
}
_HEADER_BYTES = 3 * 4096
_DAY_MS = 86_400_000
_EPOCH = dt.date(1970, 1, 1)

Row: TypeAlias = tuple[Any, ...]


class LedgerError(CliError):
    """The ledger cannot be opened or written; what it holds is left as it is."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What the ledger holds of one source."""

    source: str
    messages: int
    future: int
    """Events later than now by more than CLOCK_TOLERANCE, which do not count yet."""
    first_day: dt.date | None
    last_day: dt.date | None


class Ledger:
    """The open ledger. All days are UTC, all sums exact.

    The file is opened, or made, when it is first needed: a first scan reads logs while DuckDB is still loading.
    Any method raises LedgerError when the file is damaged, was written by a newer version, or is open in a program
    that knows nothing of our lock. Such a file is never touched, since it may hold what no log holds any more.
    """

    def __init__(self, path: Path, now: dt.datetime) -> None:
        self.path = path
        self.spool = path.with_suffix(".spool")
        """A file for the lines to be committed next; whoever has the ledger open may write it."""
        self._latest_ms = int((now + CLOCK_TOLERANCE).timestamp() * 1000)
        self._opened: duckdb.DuckDBPyConnection | None = None

    @classmethod
    @contextmanager
    def open(cls, settings: Settings, now: dt.datetime, waiting: Callable[[], None]) -> "Iterator[Ledger]":
        """Have the ledger to oneself. While another process has it, call `waiting` once and wait; see `locks.alone`."""
        private_folder(settings.data_dir)
        path = ledger_path(settings)
        with alone(path.with_suffix(".lock"), waiting):
            ledger = cls(path, now)
            try:
                yield ledger
                ledger.spool.unlink(missing_ok=True)
            finally:
                if ledger._opened:
                    ledger._opened.close()

    def files(self) -> dict[tuple[str, str], FileState]:
        """Return the state of every log file ever read, by source and path hash."""
        rows = self._rows("files.sql") if self.path.exists() else []
        return {(row[0], row[1]): FileState(*row) for row in rows}

    def commit(self) -> None:
        """Take the spool's lines into the ledger: all of them or, when anything goes wrong, none."""
        connection = self._connection()
        with _translated(self.path):
            connection.execute(_sql("stage.sql"), {"spool": str(self.spool)})
            connection.begin()
            connection.execute(_sql("merge.sql"))
            connection.commit()

    def usage(
        self, since: dt.date | None = None, until: dt.date | None = None, sources: Collection[str] | None = None
    ) -> list[Usage]:
        """Return what was used from `since` to `until` (both included), sorted by all but the numbers.

        Without sources (None) those of all; days in the future do not count, see CLOCK_TOLERANCE.
        """
        return [Usage(*row) for row in self._chosen("usage.sql", since, until, sources)]

    def sessions(
        self, since: dt.date | None = None, until: dt.date | None = None, sources: Collection[str] | None = None
    ) -> list[Session]:
        """Return the sessions' usage within the same limits, the session that ended first coming first."""
        rows = self._chosen("sessions.sql", since, until, sources)
        return [
            Session(source, name, first_ms, last_ms, tuple(Usage(row[4], source, *row[5:]) for row in rows))
            for (source, name, first_ms, last_ms), rows in groupby(rows, key=lambda row: row[:4])
        ]

    def holdings(self) -> list[Holding]:
        """Return what is held of each source, sorted by source."""
        return [Holding(*row) for row in self._rows("holdings.sql", latest_ms=self._latest_ms)]

    def counts(self) -> dict[str, int]:
        """Return the number of events of each source, copies and future ones included."""
        return dict(self._rows("counts.sql")) if self.path.exists() else {}

    def _chosen(
        self, query: str, since: dt.date | None, until: dt.date | None, sources: Collection[str] | None
    ) -> list[Row]:
        first, last = since or dt.date.min, until or dt.date.max
        return self._rows(
            query,
            first_ms=(first - _EPOCH).days * _DAY_MS,
            end_ms=((last - _EPOCH).days + 1) * _DAY_MS,
            latest_ms=self._latest_ms,
            sources=None if sources is None else sorted(sources),
        )

    def _rows(self, query: str, **parameters: object) -> list[Row]:
        connection = self._connection()
        with _translated(self.path):
            return connection.execute(_sql(query), parameters).fetchall()

    def _connection(self) -> "duckdb.DuckDBPyConnection":
        if not self._opened:
            with _translated(self.path):
                self._opened = _connect(self.path)
                _migrate(self.path, self._opened)
        return self._opened


@cache
def _sql(name: str) -> str:
    return (files("cli") / "sql" / name).read_text(encoding="utf-8")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn DuckDB's errors into ones that say what to do."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0].partition(" See also")[0]
        raise LedgerError(f"The ledger {path} cannot be used: {reason}", _remedy(reason)) from error


def _remedy(reason: str) -> str:
    """Say what to do about an error of DuckDB; the file itself is never given up without the user's word."""
    if "lock on file" in reason or "used by another process" in reason:
        return "Close the program that has it open and try again."
    if "Out of Memory" in reason or "No space left" in reason or "Could not write" in reason:
        return "Make room and try again; nothing that was counted is lost."
    return (
        "If a newer token-tracker wrote it, upgrade. Otherwise restore it from a backup, or move it away to count "
        "anew what the logs still hold."
    )


def _connect(path: Path) -> "duckdb.DuckDBPyConnection":
    """Connect to the ledger, making it if it is not there, or if a kill left it shorter than its headers."""
    import duckdb

    if path.is_file() and path.stat().st_size < _HEADER_BYTES and not path.with_suffix(".duckdb.wal").exists():
        path.unlink()
    return duckdb.connect(str(path), config=_CONFIGURATION)


def _migrate(path: Path, connection: "duckdb.DuckDBPyConnection") -> None:
    """Bring the ledger to this version's schema: all outstanding migrations or none."""
    (found,) = connection.execute(_sql("version.sql")).fetchall()[0]
    names = sorted(entry.name for entry in (files("cli") / "sql" / "migrations").iterdir())
    if found > len(names):
        raise LedgerError(f"A newer token-tracker wrote the ledger {path}.", "Upgrade token-tracker.")
    connection.begin()
    for name in names[found:]:
        connection.execute(_sql(f"migrations/{name}"))
    connection.commit()
