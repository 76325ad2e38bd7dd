"""Saying which step a command is at, on stderr: one line that changes in a terminal, a line each elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Yield the function that names the next step; in a terminal the line is gone at the end."""
    if not sys.stderr.isatty():
        yield lambda step: click.echo(f"{step} …", err=True)
        return
    from rich.console import Console

    with Console(stderr=True, markup=False, highlight=False).status("") as status:
        yield lambda step: status.update(f"{step} …")
