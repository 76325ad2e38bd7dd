"""What would be published, for people: a row a month, what changes, and which files."""

import datetime as dt
import sys
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli import tables
from cli.publish import Month
from cli.steps import say
from cli.submitting import Offer, span
from generator import format as text
from validator.store import profile_path, user_folder
from validator.submission import Submission

NO_TERMINAL_WIDTH = 80
SHOWN_DAYS = 10
"""Lowered days that are named; `--json` has all."""


def print_offer(offer: Offer) -> None:
    """Print the offer on stderr: stdout is for what programs read. Of what is offered already, only what stays out."""
    if offer.is_new and offer.plan.months:
        width = None if sys.stderr.isatty() else NO_TERMINAL_WIDTH
        Console(stderr=True, highlight=False, markup=False, emoji=False, width=width).print(_table(offer))
    for note in notes(offer):
        say(note)


def _table(offer: Offer) -> Table:
    """Return a row for each month, and one for their total."""
    title = f"Usage of {offer.viewer.login} from the device {offer.device}"
    table = tables.table(title, ["Month"], ["Days", "Tokens", "Cost", "Published", "Change"])
    table.padding = (0, 1, 0, 0)
    table.add_column("File", vertical="bottom", overflow="fold")
    months = offer.plan.months
    for month in months:
        table.add_row(*(Text(cell) for cell in _cells(month)))
    table.add_section()
    data = [month.submission.data for month in months]
    days, tokens = sum(it.summary.active_days for it in data), sum(it.summary.total_tokens for it in data)
    table.add_row(
        "Total", f"{days:,}", tables.tokens(tokens), _cost(month.submission for month in months), style="bold"
    )
    return table


def notes(offer: Offer) -> Iterator[str]:
    """Yield what the table does not show: where the files lie, the days that go down, and what stays out."""
    if offer.is_new:
        yield f"Files are below {user_folder(offer.viewer.id)}/."
        if profile_path(offer.viewer.id) in offer.plan.files:
            yield "Also profile.json: your names, and your devices with their public keys."
    if falling := offer.plan.lowered:
        more = f" and {len(falling) - SHOWN_DAYS:,} more" if len(falling) > SHOWN_DAYS else ""
        yield f"Published days that go down: {', '.join(falling[:SHOWN_DAYS])}{more}"
    if offer.plan.waiting:
        yield (
            f"{span(offer.plan.waiting)} must wait until this is merged, since one pull request covers "
            f"{offer.days:,} days at most: run this again then."
        )
    if offer.older and offer.since:
        yield _older(offer.older, offer.since, offer.days)


def _older(older: Sequence[str], since: dt.date, days: int) -> str:
    return (
        f"Usage before {since} stays out, since one pull request covers {days:,} days at most. To publish it, too: "
        f"token-tracker submit --since {older[0]}-01 --until {since - dt.timedelta(days=1)}"
    )


def _cells(month: Month) -> tuple[str, ...]:
    summary = month.submission.data.summary
    published = month.published.data.summary.total_tokens if month.published else 0
    return (
        month.submission.period,
        f"{summary.active_days}",
        tables.tokens(summary.total_tokens),
        _cost([month.submission]),
        tables.tokens(published) if month.published else "",
        _change(month, summary.total_tokens - published),
        f"{month.submission.device}/{month.submission.period}.json",
    )


def _change(month: Month, tokens: int) -> str:
    if month.published is None:
        said = "new"
    elif tokens:
        said = f"{'+' if tokens > 0 else '-'}{tables.tokens(abs(tokens))}"
    else:
        said = "other days or models"
    return f"{said}, offered" if month.is_offered else said


def _cost(submissions: Iterable[Submission]) -> str:
    """Return what submissions cost; a `+` says that some of their tokens have no known price and are not in it."""
    rows = [row for it in submissions for day in it.data.contributions for row in day.usage if row.total_tokens]
    priced = [row.cost_micros for row in rows if row.cost_micros is not None]
    if rows and not priced:
        return tables.UNPRICED
    return text.money(sum(priced)) + ("+" if len(priced) < len(rows) else "")
