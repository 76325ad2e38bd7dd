"""The data for anyone: Parquet whose bytes are reproducible, queries that run as they are pasted, shapes that hold."""

import datetime as dt
import re
from html import unescape
from pathlib import Path
from types import NoneType
from typing import Any

import duckdb
import msgspec
import pytest

from generator import api
from generator.build import build_entries
from generator.flagged import FlaggedSubmission, Submitter
from generator.parquet import TABLES
from generator.search import SearchList
from generator.shapes import SHAPES, fields
from tests.generator.conftest import Store, usage
from validator.config import Leaderboard

NOW = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
BOARD = Leaderboard(title="Board", site_url="https://board.example/a&b/", repository="board/store")
KINDS = {
    "api/leaderboard/<period>/<metric>/<page>.json": api.BoardPage,
    "api/users/<login>.json": api.UserPage,
    "api/search/<prefix>.json": SearchList,
    "api/flagged.json": api.Flagged,
    "api/build.json": api.Build,
}


def _build(site: Path) -> Path:
    store = Store()
    for user in range(3, 0, -1):
        store.use(user, {f"2026-0{month}-{user:02}": [usage(1000 * user)] for month in (4, 5, 6)})
        store.use(user, {"2026-06-01": [usage(77, model="made-up"), usage(5, source="codex")]}, "device02")
    flagged = [FlaggedSubmission(7, Submitter("ada-demo", "https://pictures.example/1"), 5, "cost", NOW)]
    build_entries(store.entries(), site, BOARD, NOW, flagged=flagged, processes=1)
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(tmp_path_factory.mktemp("data") / "site")


@pytest.fixture(scope="module")
def page(site: Path) -> str:
    return (site / "data" / "index.html").read_text(encoding="utf-8")


def test_the_same_store_gives_the_same_bytes(site: Path, tmp_path: Path) -> None:
    again = _build(tmp_path / "again")
    for name in TABLES:
        path = f"data/{name}.parquet"
        assert (again / path).read_bytes() == (site / path).read_bytes(), name


def _rows(site: Path, name: str) -> list[dict[str, Any]]:
    file = duckdb.read_parquet(f"{site}/data/{name}.parquet")
    return [dict(zip(file.columns, row, strict=True)) for row in file.fetchall()]


def test_the_files_say_what_the_site_says(site: Path) -> None:
    board = msgspec.json.decode((site / "api/leaderboard/all/tokens/1.json").read_bytes(), type=api.BoardPage)
    used = _rows(site, "usage")
    totals = {
        user["login"]: sum(row["tokens"] for row in used if row["user_id"] == user["user_id"])
        for user in _rows(site, "users")
    }
    assert totals == {place.username: place.total_tokens for place in board.users}
    assert sum(row["tokens"] for row in _rows(site, "submissions")) == board.stats.total_tokens
    assert {row["cost_micros"] for row in used if row["model"] == "made-up"} == {None}, "unpriced is null, never free"


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("users", ["user_id"]),
        ("submissions", ["user_id", "period", "device"]),
        ("usage", ["user_id", "date", "source", "provider", "model"]),
    ],
)
def test_rows_are_sorted(site: Path, name: str, order: list[str]) -> None:
    keys = [tuple(row[column] for column in order) for row in _rows(site, name)]
    assert keys == sorted(set(keys))
    assert len(keys) >= 3


def test_every_column_is_explained(site: Path, page: str) -> None:
    sections = dict(re.findall(r'<h3 id="(\w+)"><code>\w+\.parquet</code></h3>(.*?)</table>', page, re.DOTALL))
    for name in TABLES:
        told = re.findall(
            r'<th scope="row"><code>(\w+)</code></th><td class="quiet">(\w+)</td><td>(.+)</td>', sections[name]
        )
        file = duckdb.read_parquet(f"{site}/data/{name}.parquet")
        assert [(column, kind) for column, kind, _ in told] == [
            (column, str(kind).lower()) for column, kind in zip(file.columns, file.types, strict=True)
        ]
        assert f"{file.count('*').fetchall()[0][0]:,}</td>" in page


def test_every_query_runs_as_it_is_pasted(site: Path, page: str) -> None:
    queries = [unescape(text) for text in re.findall(r"<pre[^>]*><code>(select.*?)</code></pre>", page, re.DOTALL)]
    assert len(queries) == 5
    for query in queries:
        assert f"'{BOARD.site_url}data/" in query
        with duckdb.connect() as connection:
            found = connection.sql(query.replace(BOARD.site_url, f"{site}/")).fetchall()
        assert found, query


def test_every_file_of_the_api_is_documented_and_has_its_shape(site: Path, page: str) -> None:
    patterns = {re.sub(r"<\w+>", r"[^/]+", re.escape(shape.address)): shape for shape in SHAPES}
    paths = sorted(path.relative_to(site).as_posix() for path in (site / "api").rglob("*.json"))
    for path in paths:
        (shape,) = [shape for pattern, shape in patterns.items() if re.fullmatch(pattern, path)]
        msgspec.json.decode((site / path).read_bytes(), type=KINDS[shape.address])
    for shape in SHAPES:
        assert f"<code>{shape.fields}</code>" in unescape(page)
        assert not shape.example or shape.example in paths


class _Inner(msgspec.Struct, rename="camel"):
    two_words: int | None


class _Outer(msgspec.Struct):
    many: list[_Inner]
    day: dt.date


def test_a_shape_is_json_with_kinds_for_values() -> None:
    assert fields(_Outer) == ('{\n  "many": [{\n    "twoWords": whole number or null\n  }, …],\n  "day": day\n}')
    assert fields(NoneType) == "null"
    assert fields(list[tuple[int, str]]) == "[[whole number, text], …]"
    assert fields(tuple[str, ...]) == "[text, …]"
