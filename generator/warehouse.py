"""DuckDB: the connection, the relations it holds, and the queries it answers; the only importer of duckdb here.

Every relation and every query is a file in `generator/sql`, its name the file's. Values are bound, never written in.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import numpy as np
from numpy.typing import NDArray

from generator import GeneratorError

LOADED = ("files", "usage", "series", "profiles", "devices", "accounts", "reviews", "prices")
"""Tables that are filled from outside, in any order."""
DERIVED = ("daily_breakdown", "days", "users", "submissions", "user_series", "former_logins", "pioneers")
"""Tables that follow from them, each from those before it."""


MEMORY = "1GB"
"""What a connection may hold; what is more waits in files beside the database, which go with it."""


@cache
def statement(name: str) -> str:
    """Return the text of `generator/sql/<name>.sql`."""
    return (files("generator") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


class Warehouse:
    """A DuckDB file. Made once, then read by as many processes as like."""

    def __init__(self, path: Path, *, read_only: bool = False, threads: int | None = None) -> None:
        """Open the file, or make one with the empty tables of LOADED. Raises GeneratorError when that is impossible.

        Queries run on so many threads (None: one for each processor).
        """
        settings: dict[str, Any] = {"autoload_known_extensions": "false", "memory_limit": MEMORY}
        if threads:
            settings["threads"] = threads
        try:
            self._connection = duckdb.connect(path, read_only=read_only, config=settings)
        except duckdb.Error as error:
            raise _failed("opened", error) from None
        if not read_only:
            self._run(LOADED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write everything to the file and let go of it."""
        self._connection.close()

    def append(self, table: str, columns: Sequence[Sequence[Any] | NDArray[Any]]) -> None:
        """Add rows to a table of LOADED, given column by column in the order of its file, all of one length.

        Days are dates or days since 1970, times are without a zone and mean UTC, numbers beyond 64 bits are text.
        Raises GeneratorError when a value does not fit its column.
        """
        try:
            target = self._connection.table(table)
            kinds = zip(target.columns, target.types, columns, strict=True)
            self._connection.register("batch", {name: _array(column, str(kind)) for name, kind, column in kinds})
            self._connection.view("batch").insert_into(table)
            self._connection.unregister("batch")
        except duckdb.Error as error:
            raise _failed("filled", error) from None

    def derive(self) -> None:
        """Make the relations of DERIVED, once the tables of LOADED are complete."""
        self._run(DERIVED)

    def rows(self, query: str, **parameters: object) -> Iterator[tuple[Any, ...]]:
        """Yield what a query answers, in its order. Several may be read at the same time."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement(query), parameters)
                while block := cursor.fetchmany(10_000):
                    yield from block
        except duckdb.Error as error:
            raise _failed("read", error) from None

    def columns(self, query: str, **parameters: object) -> list[NDArray[Any]]:
        """Return what a query answers as an array per column: a tenth of the time of rows, for numbers and days only.

        `tolist` of any part of one gives Python's own numbers and dates.
        A query whose columns are anything but dates and whole numbers of at most 64 bits is a mistake (TypeError).
        """
        try:
            with self._connection.cursor() as cursor:
                found = cursor.execute(statement(query), parameters).fetchnumpy()
        except duckdb.Error as error:
            raise _failed("read", error) from None
        return [_exact(column) for column in found.values()]

    def export(self, query: str, path: Path) -> tuple[list[tuple[str, str]], int]:
        """Write what a query answers, in its order, into a Parquet file; return (column, type) of each, and the rows.

        With one thread the same answer gives the same bytes.
        """
        try:
            with self._connection.cursor() as cursor:
                answer = cursor.sql(statement(query))
                answer.write_parquet(str(path), compression="zstd")
                ((rows,),) = cursor.read_parquet(str(path)).count("*").fetchall()
                types = [(name, str(kind)) for name, kind in zip(answer.columns, answer.types, strict=True)]
        except duckdb.Error as error:
            raise _failed("exported", error) from None
        return types, rows

    def _run(self, names: tuple[str, ...]) -> None:
        for name in names:
            try:
                self._connection.execute(statement(name))
            except duckdb.Error as error:
                raise _failed("made", error) from None


def _array(column: Sequence[Any] | NDArray[Any], kind: str) -> NDArray[Any]:
    """Return a column as DuckDB reads it fastest; it takes days as times only."""
    match kind:
        case "INTEGER" | "BIGINT":
            return np.asarray(column, np.int64)
        case "DATE":
            return np.asarray(column, "datetime64[D]").astype("datetime64[s]")
        case "TIMESTAMP":
            return np.asarray(column, "datetime64[s]")
        case _:
            return np.asarray(column, np.object_)


def _exact(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column as it is, days as days."""
    kind = column.dtype.kind
    if kind not in "iM":  # wider numbers would come as floats and lose digits
        raise TypeError(f"A column of kind {kind!r} cannot be read exactly.")
    return column.astype("datetime64[D]") if kind == "M" else column


def _failed(what: str, error: duckdb.Error) -> GeneratorError:
    first_line = str(error).partition("\n")[0].rstrip(".")
    return GeneratorError(
        f"The build's database could not be {what}: {first_line}.", "Is there space left on the disk, and memory?"
    )
