"""`/data/*.parquet`: the warehouse for anyone's SQL. A file's query says what it holds and what each column means.

The same store gives the same bytes: rows have a total order, and one thread writes them.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from generator.warehouse import Warehouse, statement

TABLES = ("users", "submissions", "usage")
"""The files, each of the query `data_<name>`."""
FOLDER = "data"
_COLUMN = re.compile(r"^ +(?:.+ as )?(\w+),? +-- (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `type` is DuckDB's name for it."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """One file of a built site. `grain` says what a row is; `size` is in bytes."""

    name: str
    path: str
    grain: str
    columns: tuple[Column, ...]
    rows: int
    size: int


def write(database: Path, site: Path) -> list[Table]:
    """Write the files of TABLES into a site's folder and say what they are.

    Raises GeneratorError when they cannot be written.
    """
    (site / FOLDER).mkdir()
    # with more threads the groups of rows would depend on who comes first
    with Warehouse(database, read_only=True, threads=1) as warehouse:
        return [_write(warehouse, name, site) for name in TABLES]


def _write(warehouse: Warehouse, name: str, site: Path) -> Table:
    query, path = f"data_{name}", f"{FOLDER}/{name}.parquet"
    meanings = dict(_COLUMN.findall(statement(query)))
    grain = statement(query).partition("\n")[0].removeprefix("-- ")
    types, rows = warehouse.export(query, site / path)
    columns = tuple(Column(column, kind, meanings[column]) for column, kind in types)
    return Table(name, path, grain, columns, rows, (site / path).stat().st_size)
