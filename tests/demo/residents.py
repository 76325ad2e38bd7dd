"""Residents of the demo's board: any number of contributors with a past, whose usage is made up without logs.

None of them is a person: they are named after things, and their ids lie far beyond those GitHub has given out. The
same number of residents at the same time gives the same usage.
"""

import datetime as dt
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from cli.usage import Usage

FIRST_ID = 9_000_100_001
MONTHS = 18
"""How far back the oldest resident's usage goes."""
QUALITIES = (
    "amber", "brisk", "calm", "dusky", "early", "fleet", "gentle", "hazel", "idle", "jolly", "keen", "lunar", "mellow",
    "noble", "opal", "plain", "quiet", "rapid", "silver", "tidal", "upper", "velvet", "wild", "young",
)  # fmt: skip
THINGS = (
    "anchor", "beacon", "cedar", "delta", "ember", "fjord", "glade", "harp", "island", "jasper", "kettle", "lichen",
    "meadow", "nectar", "orchard", "pebble", "quartz", "river", "saddle", "thicket", "umbra", "valley", "willow",
    "yarrow",
)  # fmt: skip
ELSEWHERE = ("Ελιά", "Снег", "שקד", "قمر", "灯台", "바다", "ดอกไม้", "नदी", "Ağaç", "Łąka", "Été", "🌊 Tide")
"""What things are called in other scripts: every twelfth resident shows such a name."""

Model = tuple[int, str, str]
"""Days back from which it was used, provider, model."""
AGENTS: dict[str, tuple[tuple[Model, ...], ...]] = {
    "claude": (
        (
            (9999, "anthropic", "claude-sonnet-4-20250514"),
            (400, "anthropic", "claude-sonnet-4-5-20250929"),
            (150, "anthropic", "claude-sonnet-4-6"),
        ),
        (
            (9999, "anthropic", "claude-opus-4-1-20250805"),
            (330, "anthropic", "claude-opus-4-5-20251101"),
            (120, "anthropic", "claude-opus-4-6"),
        ),
        ((9999, "anthropic", "claude-haiku-4-5-20251001"),),
    ),
    "codex": (
        ((9999, "openai", "gpt-5-codex"), (370, "openai", "gpt-5.1-codex"), (200, "openai", "gpt-5.3-codex")),
        ((9999, "openai", "gpt-5"), (160, "openai", "gpt-5.4")),
    ),
    "gemini": (
        ((9999, "google", "gemini-2.5-pro"), (250, "google", "gemini-3-pro-preview")),
        ((9999, "google", "gemini-2.5-flash"),),
    ),
    "opencode": (
        ((9999, "zai", "glm-4.6"), (180, "zai", "glm-5")),
        ((9999, "deepseek", "deepseek-chat"),),
        ((9999, "local", "llama-3.3-70b"),),
    ),
}
"""Each agent's models by weight, and for each what followed what."""
POPULARITY = {"claude": 6, "codex": 4, "gemini": 2, "opencode": 2}
PROMPT, ANSWER = 55_000, 650
"""Tokens of a usual response's prompt, which carries the whole talk so far, and of its answer."""


@dataclass(frozen=True, slots=True)
class Resident:
    """How somebody made up works."""

    id: int
    login: str
    display_name: str
    agents: tuple[str, ...]
    """Most used first; the second came later."""
    since: int
    until: int
    """Days back of the first and the last day."""
    weekdays: float
    weekends: float
    """Share of such days with usage."""
    tokens: float
    """Of a usual day at the end; it began with fewer."""
    cached: float
    """Share of the prompt that is read from the cache."""


def residents(count: int) -> Iterator[Resident]:
    """Yield residents: most of them small and new, a few large, some gone."""
    names = [f"{quality}-{thing}" for thing in THINGS for quality in QUALITIES]
    random.Random("names").shuffle(names)
    for number in range(count):
        rng = random.Random(f"resident {number}")
        name = names[number % len(names)] + ("" if number < len(names) else f"-{number // len(names)}")
        since = min(MONTHS * 30, int(25 + rng.expovariate(1 / 210)))
        agents = tuple(dict.fromkeys(rng.choices(list(POPULARITY), list(POPULARITY.values()), k=3)))
        yield Resident(
            id=FIRST_ID + number,
            login=f"demo-{name}",
            display_name=ELSEWHERE[number // 12 % 12] if number % 12 == 5 else name.replace("-", " ").title(),
            agents=agents[: rng.choice((1, 2, 2, 3))],
            since=since,
            until=rng.randrange(since // 2) if rng.random() < 0.15 else 0,
            weekdays=rng.uniform(0.3, 0.95),
            weekends=rng.choice((0.02, 0.15, 0.15, 0.6)),
            tokens=rng.lognormvariate(math.log(6e6), 1.3),
            cached=rng.uniform(0.84, 0.965),
        )


def usage_of(resident: Resident, today: dt.date) -> list[Usage]:
    """Return everything a resident used up to yesterday, in whole tokens."""
    rng = random.Random(resident.login)
    away = {rng.randrange(MONTHS * 5) for _ in range(MONTHS // 3)}
    rows: list[Usage] = []
    for back in range(resident.since, max(resident.until, 1) - 1, -1):
        day = today - dt.timedelta(days=back)
        likely = resident.weekends if day.weekday() >= 5 else resident.weekdays
        if back // 7 not in away and (back == resident.since or rng.random() < likely):
            rows += _day(resident, day, back, rng)
    return rows


def _day(resident: Resident, day: dt.date, back: int, rng: random.Random) -> Iterator[Usage]:
    practice = 0.35 + 0.65 * (resident.since - back) / resident.since
    tokens = resident.tokens * practice * rng.lognormvariate(0, 0.55)
    for place, agent in enumerate(resident.agents):
        if place and (back > resident.since * 0.6 or rng.random() < 0.6):
            continue
        for weight, models in enumerate(AGENTS[agent]):
            if weight and rng.random() < 0.55:
                continue
            _, provider, model = next(each for each in reversed(models) if each[0] >= back)
            share = tokens / (1 + 2 * place) / (1 + 2.5 * weight)
            counts = _counts(share, resident.cached, provider, rng)
            yield Usage(day=day, source=agent, provider=provider, model=model, **counts)


def _counts(tokens: float, cached: float, provider: str, rng: random.Random) -> dict[str, int]:
    messages = max(1, round(tokens / (PROMPT + ANSWER)))
    prompt = max(1, round(messages * PROMPT * rng.uniform(0.85, 1.15)))
    answer = max(1, round(messages * ANSWER * rng.uniform(0.7, 1.4)))
    read = int(prompt * cached * rng.uniform(0.93, 1.0))
    return {
        "input_tokens": prompt,
        "output_tokens": answer,
        "cache_read_tokens": read,
        "cache_creation_tokens": (prompt - read) // 2 if provider == "anthropic" else 0,
        "reasoning_tokens": answer // 3 if provider in {"openai", "google"} else 0,
        "messages": messages,
    }
