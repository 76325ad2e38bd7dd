"""What a command says of itself on stderr: which step it is at, and whole sentences."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Yield the function that names the next step: on one line that changes in a terminal, on a line each elsewhere.

    An empty name clears that line until the next one, for whoever has to ask something meanwhile.
    """
    if not sys.stderr.isatty():
        yield lambda step: click.echo(step, err=True) if step else None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("") as status:

        def tell(step: str) -> None:
            if not step:
                status.stop()
                return
            status.update(Text(step))
            status.start()

        yield tell


def say(sentence: str) -> None:
    """Print a sentence, broken between words in a terminal."""
    if not sys.stderr.isatty():
        click.echo(sentence, err=True)
        return
    from rich.console import Console

    Console(stderr=True, highlight=False, markup=False, emoji=False).print(sentence)
