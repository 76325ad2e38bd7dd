"""What would be published, for people: a row a month, what changes, and which files."""

import datetime as dt
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from cli import tables
from cli.publish import Month
from cli.submitting import Offer, span
from generator import format as text
from validator.submission import Submission

NO_TERMINAL_WIDTH = 80
SHOWN_DAYS = 10
"""Lowered days that are named; `--json` has all."""


def print_offer(offer: Offer) -> None:
    """Print the offer on stderr: stdout is for what programs read."""
    console = Console(
        stderr=True,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
        width=None if sys.stderr.isatty() else NO_TERMINAL_WIDTH,
    )
    title = f"Usage of {offer.viewer.login} from the device {offer.device}"
    table = tables.table(title, ["Month"], ["Days", "Tokens", "Cost", "Published", "Change"])
    for month in offer.plan.months:
        table.add_row(*(Text(cell) for cell in _cells(month)))
    if offer.plan.months:
        console.print(table)
    for line in lines(offer):
        console.print(line)


def lines(offer: Offer) -> Iterable[str]:
    """Yield what the table does not show: the files, the days that go down, and what stays out."""
    for path, content in offer.plan.files.items():
        yield f"{path}  {len(content):,} bytes"
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
        _cost(month.submission),
        tables.tokens(published) if month.published else "",
        _change(month, summary.total_tokens - published),
    )


def _change(month: Month, tokens: int) -> str:
    if month.published is None:
        said = "new"
    elif tokens:
        said = f"{'+' if tokens > 0 else '-'}{tables.tokens(abs(tokens))}"
    else:
        said = "other days or models"
    return f"{said}, offered" if month.is_offered else said


def _cost(submission: Submission) -> str:
    """Return a month's cost; a `+` says that some of its tokens have no known price and are not in it."""
    rows = [row for day in submission.data.contributions for row in day.usage if row.total_tokens]
    unpriced = [row for row in rows if row.cost_micros is None]
    if rows and len(unpriced) == len(rows):
        return tables.UNPRICED
    return text.money(submission.data.summary.total_cost_micros) + ("+" if unpriced else "")
