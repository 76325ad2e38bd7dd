"""How numbers, money and names look in a terminal of 80 columns."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click
from rich.box import Box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.usage import Summary
from generator import format as text

UNPRICED = "unpriced"

_LINES = Box("    \n    \n ── \n    \n ── \n    \n    \n    \n")
"""A line below the headings and one above the total."""

_HEADINGS = ("Input", "Cache\nread", "Cache\nwrite", "Output", "Reason-\ning", "Total", "Mes-\nsages", "Cost")


def console() -> Console:
    """Return the console for stdout: 80 columns where there is no terminal, and no colour (`NO_COLOR` is honoured)."""
    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 80)


def print_json(rows: Iterable[Mapping[str, object]]) -> None:
    """Print rows as one JSON array, a row a line, in ASCII."""
    lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    click.echo(f"[\n{lines}\n]" if lines else "[]")


def tokens(count: int) -> str:
    """Return a number of tokens in at most six characters up to 999 T: `0`, `999`, `12.3k`, `147M`."""
    return text.tokens(count).replace(text.GAP, "")


def cost(summary: Summary) -> str:
    """Return a summary's cost; a `+` says that some of its tokens have no known price and are not in it."""
    known = summary.known_cost_micros
    if known is None:
        return UNPRICED
    return text.money(known) + ("+" if summary.unpriced_tokens else "")


def printable(name: str | Path) -> str:
    """Return a name or path from outside without control codes and undecodable bytes."""
    return "".join(character if character.isprintable() else "?" for character in str(name))


def table(title: str, left: Sequence[str], right: Sequence[str]) -> Table:
    """Return an empty table: names to the left, of which the last may be folded, numbers to the right."""
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=_LINES,
        show_edge=False,
        pad_edge=False,
        padding=0,
    )
    for heading in left:
        made.add_column(heading, overflow="fold", vertical="bottom", no_wrap=heading != left[-1])
    for heading in right:
        made.add_column(heading, justify="right", vertical="bottom", no_wrap=True)
    return made


def summary_table(
    title: str, headings: Sequence[str], rows: Iterable[tuple[Sequence[str], Summary]], total: Summary
) -> Table:
    """Return a table with a row of names and numbers for each summary, and one for their total."""
    made = table(title, headings, _HEADINGS)
    for names, summary in rows:
        made.add_row(*(Text(printable(name)) for name in names), *_cells(summary))
    made.add_section()
    made.add_row("Total", *[""] * (len(headings) - 1), *_cells(total), style="bold")
    if total.unpriced_tokens:
        made.caption = f"{tokens(total.unpriced_tokens)} tokens have no known price and are not in the cost."
        made.caption_justify = "left"
    return made


def _cells(summary: Summary) -> list[str]:
    numbers = (
        summary.input_tokens,
        summary.cache_read_tokens,
        summary.cache_creation_tokens,
        summary.output_tokens,
        summary.reasoning_tokens,
        summary.total_tokens,
        summary.messages,
    )
    return [*map(tokens, numbers), cost(summary)]
