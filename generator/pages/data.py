"""`/data/`: what the Parquet files and the JSON hold, and queries to paste into DuckDB."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from generator.output import Page
from generator.pages.page import page
from generator.parquet import Table
from generator.render import render
from generator.shapes import SHAPES
from validator.config import Leaderboard

QUERIES = ("top", "cost", "models", "weekdays", "provenance")
"""Examples, each a template `queries/<name>.sql.j2`."""


@dataclass(frozen=True, slots=True)
class Query:
    """An example: what it asks, and its text over this site's addresses."""

    name: str
    question: str
    text: Markup


def data_page(tables: Sequence[Table], leaderboard: Leaderboard, now: dt.datetime) -> Page:
    """Return the page about the Parquet files of this site and its JSON."""
    return page(
        "data/",
        "data.html.j2",
        leaderboard,
        now,
        here="data",
        tables=tables,
        shapes=SHAPES,
        queries=[_query(name, leaderboard) for name in QUERIES],
    )


def _query(name: str, leaderboard: Leaderboard) -> Query:
    question, _, text = render(f"queries/{name}.sql.j2", data=f"{leaderboard.site_url}data").partition("\n")
    return Query(name, question.removeprefix("-- "), Markup(text.strip()))  # noqa: S704 - a part of what was rendered
