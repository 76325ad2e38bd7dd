"""`graph`: the contribution graph, in the terminal or as a file."""

import datetime as dt
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import CliError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_WEEKDAYS = ("Mon", "", "Wed", "", "Fri", "", "")
_MARGIN = 4
_DAY = dt.timedelta(days=1)


@click.command()
@click.option("--year", type=click.IntRange(1970, 9998), help="One calendar year instead of the last 53 weeks.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write a .svg or .png file instead.")
def graph(year: int | None, output: Path | None) -> None:
    """Your contribution graph, in the terminal or as a file.

    A cell is a UTC day; its shade says how it compares with your own other active days (quartiles, so one huge day
    does not flatten the rest). Colours are left out where the terminal has none or NO_COLOR is set.

    Exit codes: 0 done, 1 failed, 2 wrong usage.
    """
    from cli.counting import counted
    from cli.settings import Settings

    if output and output.suffix not in {".svg", ".png"}:
        raise click.BadParameter(f"{output.name!r} ends neither in .svg nor in .png.", param_hint="--output")
    settings = Settings.load()
    today = settings.now().date()
    if year and year > today.year:
        raise click.BadParameter(f"{year} has not begun.", param_hint="--year")
    last = min(today, dt.date(year, 12, 31)) if year else today
    with counted(settings) as (ledger, _):
        usage = ledger.usage(dt.date(year, 1, 1) if year else None, last)
    days: dict[dt.date, int] = {}
    for row in usage:
        days[row.day] = days.get(row.day, 0) + row.total_tokens
    if output:
        _write(output, days, last)
    else:
        _print(days, year, last)


def _write(output: Path, days: Mapping[dt.date, int], last: dt.date) -> None:
    """Draw the 53 weeks up to the last day into a file, which appears only when it is complete."""
    if output.suffix == ".svg":
        from generator.graphs.heatmap import svg

        data = svg(days, last).encode()
    else:
        from generator.graphs.heatmap_png import png

        data = png(days, last)
    beside = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(output)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CliError(f"{output} cannot be written: {error.strerror}.", "Choose another --output.") from None
    click.echo(f"{output} is written.")


def _print(days: Mapping[dt.date, int], year: int | None, last: dt.date) -> None:
    """Draw the weeks up to the last day, or those of a year, with months above, and below a legend and totals."""
    from cli import tables
    from generator import format as text
    from generator.graphs import heatmap, intensity

    console = tables.console()
    first = dt.date(year, 1, 1) if year else heatmap.first_day(last)
    final = dt.date(year, 12, 31) if year else last
    monday = first - first.weekday() * _DAY
    weeks = (final - monday).days // 7 + 1
    pen = _Pen.of(console, weeks)
    months = [(x // heatmap.PITCH, name) for x, name in heatmap.months(first, weeks)]
    console.print(pen.months(months))
    strong = intensity.levels(days)
    for weekday, name in enumerate(_WEEKDAYS):
        row = [monday + (7 * week + weekday) * _DAY for week in range(weeks)]
        levels = [strong.get(day, 0) if first <= day <= last else None for day in row]
        console.print(pen.row(name, levels))
    shown = [tokens for day, tokens in days.items() if first <= day <= last and tokens > 0]
    console.print(pen.legend())
    console.print(f"{tables.tokens(sum(shown))} tokens on {text.plural(len(shown), 'day')}, {first} to {last} (UTC)")


@dataclass(frozen=True, slots=True)
class _Pen:
    """How cells look in this terminal."""

    cells: tuple[str, ...]
    """Text of a cell of levels 0 to 4, then of a day that is not in the graph."""
    styles: tuple[str, ...]

    @classmethod
    def of(cls, console: "Console", weeks: int) -> "_Pen":
        """Return squares in colour where the terminal has colours, else shades; cells two wide where they fit."""
        from generator.graphs import palette

        coloured = console.color_system in {"256", "truecolor"} and not console.no_color
        glyphs = "·■■■■ " if coloured else "·░▒▓█ "
        ramp = [palette.hex_colour(colour) for colour in palette.DARK.ramp]
        wide = console.width >= _MARGIN + 2 * weeks
        return cls(
            cells=tuple(glyph + " " if wide else glyph for glyph in glyphs),
            styles=("dim", *ramp[1:], "") if coloured else ("",) * len(glyphs),
        )

    def months(self, labels: Iterable[tuple[int, str]]) -> str:
        """Return the line of month names, each above the week it stands at."""
        line = " " * _MARGIN
        for week, name in labels:
            line = line.ljust(_MARGIN + week * len(self.cells[0])) + name
        return line

    def row(self, name: str, levels: Iterable[int | None]) -> "Text":
        """Return one weekday's line; None stands for days that are not in the graph."""
        from rich.text import Text

        places = [len(self.cells) - 1 if level is None else level for level in levels]
        cells = [(self.cells[place], self.styles[place]) for place in places]
        return Text.assemble(name.ljust(_MARGIN), *cells, no_wrap=True, overflow="crop")

    def legend(self) -> "Text":
        """Return the line that tells what the shades mean."""
        from rich.text import Text

        samples = [(self.cells[level], self.styles[level]) for level in range(5)]
        return Text.assemble("Less ".rjust(_MARGIN + 5), *samples, " More")
