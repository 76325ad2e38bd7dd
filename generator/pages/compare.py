"""`/compare/`: what everybody used over time, and the place where the script sets two users side by side."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from generator import format as text
from generator.graphs import stack
from generator.output import Page
from generator.pages.page import page
from generator.trends import Strand, Trend
from validator.config import Leaderboard

_TITLES = {"provider": "Providers", "model": "Models", "source": "Sources"}


@dataclass(frozen=True, slots=True)
class Chart:
    """A trend as the page shows it: one sentence, the drawing, its key and its numbers, newest first."""

    dimension: str
    title: str
    sentence: str
    drawing: Markup
    key: list[tuple[int, str, int, str]]
    """Number of the colour, name, tokens, and share of all."""
    unit: str
    rows: list[tuple[str, list[str]]]


def compare_page(trends: Sequence[Trend], leaderboard: Leaderboard, now: dt.datetime) -> Page:
    """Return the page; without usage it says so in place of the charts."""
    charts = [_chart(trend, first=trend is trends[0]) for trend in trends if trend.strands]
    return page("compare/", "compare.html.j2", leaderboard, now, here="compare", charts=charts)


def _chart(trend: Trend, *, first: bool) -> Chart:
    whole = sum(trend.totals)
    title = _TITLES[trend.dimension]
    since = next(start for start, tokens in zip(trend.starts, trend.totals, strict=True) if tokens)
    span = f"since {'the ' if trend.weekly else ''}{stack.period(trend, since)}"
    return Chart(
        dimension=trend.dimension,
        title=title,
        sentence=_sentence(trend, whole, span),
        drawing=stack.svg(trend, f"{title}: tokens by {'week' if trend.weekly else 'month'}, {span}", first=first),
        key=[
            (0 if strand.rest else number, stack.named(strand), tokens, text.share(tokens, whole))
            for number, strand in enumerate(trend.strands, 1)
            for tokens in [sum(strand.tokens)]
        ],
        unit="Week of" if trend.weekly else "Month",
        rows=[_row(trend, number) for number in range(len(trend.starts) - 1, -1, -1)],
    )


def _sentence(trend: Trend, whole: int, span: str) -> str:
    """Return what one sees: who leads overall, and whose share of the last whole week or month grew most."""
    leader = trend.strands[0]
    first = f"{leader.name} has {text.share(sum(leader.tokens), whole)} of {text.tokens(whole)} tokens {span}."
    before, after = trend.totals[-3], trend.totals[-2]
    if not before or not after:
        return first

    def growth(strand: Strand) -> int:
        """Return how many thousandths of all tokens a name won; both sides are whole numbers, so ties are ties."""
        return 1000 * (strand.tokens[-2] * before - strand.tokens[-3] * after) // (before * after)

    winner = max((strand for strand in trend.strands if not strand.rest), key=growth)
    if growth(winner) < 10:
        return f"{first} Shares hardly moved of late."
    last, earlier = ("last week", "the week before") if trend.weekly else (_month(trend, -2), _month(trend, -3))
    shares = (text.share(winner.tokens[-2], after), text.share(winner.tokens[-3], before))
    who = "It" if winner is leader else winner.name
    return f"{first} {who} gained most {last}: {shares[0]}, after {shares[1]} {earlier}."


def _month(trend: Trend, number: int) -> str:
    return f"in {text.MONTH_NAMES[trend.starts[number].month - 1]}"


def _row(trend: Trend, number: int) -> tuple[str, list[str]]:
    start = trend.starts[number]
    name = text.day(start) if trend.weekly else text.month(start)
    numbers = [trend.totals[number], *(strand.tokens[number] for strand in trend.strands)]
    return name, [text.tokens(tokens) if tokens else "" for tokens in numbers]
