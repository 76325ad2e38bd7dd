import datetime as dt
import re
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from generator import GeneratorError
from generator.warehouse import DERIVED, LOADED, Warehouse, statement

FILES = sorted(Path(str(files("generator") / "sql")).glob("*.sql"))
QUERIES = [path.stem for path in FILES if path.stem not in LOADED + DERIVED]
DATES = ("first", "last", "first_before", "last_before", "today", "weekly_from")


@pytest.fixture
def empty(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "empty.duckdb")
    warehouse.derive()
    return warehouse


def test_relations_of_the_contract_are_there() -> None:
    assert {"users", "submissions", "daily_breakdown"} < {path.stem for path in FILES}
    assert set(LOADED + DERIVED) <= {path.stem for path in FILES}


@pytest.mark.parametrize("name", QUERIES)
def test_query_binds_and_an_empty_store_answers_nothing(empty: Warehouse, name: str) -> None:
    wanted = set(re.findall(r"\$(\w+)", statement(name)))
    values = {key: dt.date(2026, 6, 1) if key in DATES else 1 for key in wanted}
    assert list(empty.rows(name, **values)) == []


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_sql_says_its_grain_first(name: str) -> None:
    assert statement(name).startswith("-- One row per ")


def test_every_column_of_a_relation_is_commented() -> None:
    with duckdb.connect() as connection:
        for name in LOADED + DERIVED:
            connection.execute(statement(name))
            for column in connection.table(name).columns:
                assert re.search(rf"\b{column}\b.* -- \S", statement(name)), f"{name}.{column}"


def test_answers_may_be_read_side_by_side(empty: Warehouse) -> None:
    many = 25_000
    empty.append("series", [range(many), ["claude"] * many, ["local"] * many, [f"m{n:05}" for n in range(many)]])
    empty.append("usage", [[0] * many, range(many), [20_000] * many, *[[1] * many] * 6])
    first, second = empty.rows("price_days"), empty.rows("price_days")
    expected = [("local", f"m{n:05}", dt.date(2024, 10, 4), 1) for n in range(many)]
    assert list(zip(first, second, strict=True)) == list(zip(expected, expected, strict=True))


def test_columns_are_for_numbers_and_days_alone(empty: Warehouse) -> None:
    columns = empty.columns("profile_days", first_user=7, last_user=7)
    assert [column.tolist() for column in columns] == [[] for _ in range(11)]
    with pytest.raises(TypeError, match="cannot be read exactly"):
        empty.columns("price_days")


def test_a_value_that_does_not_fit_is_an_error_of_ours(empty: Warehouse) -> None:
    with pytest.raises(GeneratorError, match="could not be filled"):
        empty.append("prices", [["p"], ["m"], ["2026-01-01"], [0], [1], ["no number"], ["1"], ["1"], ["1"], ["1"]])


def test_a_file_that_is_no_database_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "broken.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(GeneratorError, match="could not be opened"):
        Warehouse(tmp_path / "broken.duckdb", read_only=True)


def test_a_missing_query_parameter_is_an_error_of_ours(empty: Warehouse) -> None:
    with pytest.raises(GeneratorError, match="could not be read"):
        list(empty.rows("profile_stats"))
