"""The card of one user as SVG: who it is, the totals, the graph of the last year, the models used most.

It is shown as an image by other sites, so it brings its colours for light and dark, and asks for nothing.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from markupsafe import Markup

from generator import format as text
from generator.graphs import heatmap, isometric, palette
from generator.graphs.lettering import fit, width
from generator.render import render

NAME_SIZE, NAME_ROOM = 22, 480
"""Size of the name's letters in pixels, and how wide the name may be."""
SIZE, MODEL_ROOM, BOARD_ROOM = 12, 170, 180
"""The same for all other words, models and the board's title."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says, as it is shown. Every string may be anything a person or a log made up."""

    board: str
    """The board's title."""
    name: str
    login: str
    rank: int
    tokens: int
    cost: str
    active_days: int
    streak: int
    longest_streak: int
    models: tuple[tuple[str, str], ...]
    """The few used most, each with its share of the tokens (`62.5%`)."""
    days: Mapping[dt.date, int]
    """Active UTC day → tokens."""
    levels: Mapping[dt.date, int]
    """Active UTC day → 1..4."""


def flat(card: Card, today: dt.date) -> str:
    """Return the card as an SVG file with the contribution graph of the 53 weeks up to today."""
    first = heatmap.first_day(today)
    points: list[list[str]] = [[], [], [], []]
    places = _places(today)
    for date, level in card.levels.items():
        if date in places:
            points[level - 1].append(places[date])
    return _svg(
        card,
        280,
        months=heatmap.months(first, heatmap.WEEKS),
        ground=heatmap.area(first, first, today),
        points=[" ".join(each) for each in points],
        drawn=None,
        style=_style(solid=False),
    )


@lru_cache(maxsize=2)
def _places(today: dt.date) -> dict[dt.date, str]:
    """Return the week and weekday of each day of the 53 weeks up to today, as a point of a line."""
    first = heatmap.first_day(today)
    return {first + day * heatmap.DAY: f"{day // 7} {day % 7}" for day in range((today - first).days + 1)}


def solid(card: Card, today: dt.date) -> str:
    """Return the card with the newer half of these weeks as a landscape: a year of bars would be small and heavy."""
    first = heatmap.first_day(today) + 7 * heatmap.FIRST_HALF * heatmap.DAY
    shown = {date: tokens for date, tokens in card.days.items() if first <= date <= today}
    bars = isometric.bars(shown, {date: card.levels[date] for date in shown}, max(shown.values(), default=1))
    drawn = isometric.landscape(bars, first, today, today)
    return _svg(card, 472, drawn=drawn, high=isometric.HEIGHT, style=_style(solid=True))


def _svg(card: Card, tall: int, **drawing: object) -> str:
    return render(
        "card.svg.j2",
        card=card,
        tall=tall,
        name=fit(card.name, NAME_SIZE, NAME_ROOM),
        board=fit(card.board, SIZE, BOARD_ROOM),
        title=title(card),
        figures=figures(card),
        models=_models(card),
        **drawing,
    )


def title(card: Card) -> str:
    """Return the card in one sentence; marks keep a name that is written from right to left out of the rest."""
    tokens, days = text.tokens(card.tokens), text.plural(card.active_days, "active day")
    return f"\u2068{card.name}\u2069 (@{card.login}): {tokens} tokens on {days}, number {card.rank} of {card.board}"


def figures(card: Card) -> list[tuple[str, str, str]]:
    """Return label, value and a smaller remark of each figure."""
    return [
        ("Tokens", text.tokens(card.tokens), ""),
        ("At list prices", card.cost, ""),
        ("Active days", text.exact(card.active_days), ""),
        ("Streak", text.plural(card.streak, "day"), f"best {text.exact(card.longest_streak)}"),
    ]


def _models(card: Card) -> list[tuple[int, str, str]]:
    """Return where each model starts, its name cut to size, and its share."""
    placed, x = [], 0.0
    for model, share in card.models:
        name = fit(model, SIZE, MODEL_ROOM)
        placed.append((round(x), name, share))
        x += width(f"{name} {share}", SIZE) + 20
    return placed


@cache
def _style(*, solid: bool) -> Markup:
    """Return the style sheet of every card of a kind."""
    themes = [_colours(theme) for theme in (palette.LIGHT, palette.DARK)]
    return render("partials/card_style.svg.j2", themes=themes, solid=solid)


def _colours(theme: palette.Theme) -> dict[str, object]:
    """Return the colours of a theme as the style sheet of a card needs them: a landscape's sides lie in the shade."""
    ramp = theme.ramp
    return {
        "paper": palette.hex_colour(theme.paper),
        "edge": palette.hex_colour(ramp[0]),
        "ink": palette.hex_colour(theme.ink),
        "quiet": palette.hex_colour(theme.quiet),
        "ramp": palette.hex_ramp(theme),
        "faces": [
            (letter, [palette.hex_colour((share * lightness, share * chroma, hue)) for lightness, chroma, hue in ramp])
            for letter, share in (("t", 1), ("f", 0.86), ("r", 0.72))
        ],
    }
