"""The demo's contributors. None of them is a person.

Ids lie far beyond those GitHub has given out, and names are things.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.demo.logs import WRITERS

FIRST_ID = 9_000_000_001


@dataclass(frozen=True, slots=True)
class Machine:
    """One device of a contributor: how it is used decides what its logs hold."""

    name: str
    sources: tuple[str, ...]
    days: int
    """How far back its logs go."""
    share: float
    """Share of working days with usage."""
    sessions: int
    """Sessions on a usual day."""
    size: int
    """Rows in a usual session."""


@dataclass(frozen=True, slots=True)
class Contributor:
    """Somebody made up, with machines whose logs are made from the samples."""

    id: int
    login: str
    display_name: str
    machines: tuple[Machine, ...]
    new_login: str = ""
    """The login after a rename."""
    burst_rows: int = 0
    """Rows of one session yesterday, out of all proportion."""
    cheats: bool = False
    """Edits a number after signing."""


COMMUNITY = (
    Contributor(
        FIRST_ID,
        "demo-otter",
        "Otter (demo)",
        (
            Machine("laptop", ("claude",), 300, 0.85, 3, 40),
            Machine("server", ("claude", "codex"), 120, 0.5, 2, 30),
        ),
    ),
    Contributor(FIRST_ID + 1, "demo-comet", "Comet (demo)", (Machine("desk", ("codex",), 210, 0.8, 2, 60),)),
    Contributor(
        FIRST_ID + 2,
        "demo-maple",
        "Maple 🍁 (demo)",
        (Machine("laptop", ("claude", "codex", "gemini", "opencode"), 150, 0.7, 3, 25),),
    ),
    Contributor(FIRST_ID + 3, "demo-lantern", "灯籠 (demo)", (Machine("laptop", ("gemini",), 90, 0.6, 2, 12),)),
    Contributor(
        FIRST_ID + 4,
        "demo-caterpillar",
        "Butterfly, once Caterpillar (demo)",
        (Machine("laptop", ("claude", "gemini"), 180, 0.55, 3, 20),),
        new_login="demo-butterfly",
    ),
    Contributor(
        FIRST_ID + 5,
        "demo-walrus",
        "Walrus (demo)",
        (Machine("rack", ("claude",), 60, 0.9, 4, 50),),
        burst_rows=16_000,
    ),
    Contributor(
        FIRST_ID + 6, "demo-magpie", "Magpie (demo)", (Machine("nest", ("codex",), 30, 0.5, 1, 20),), cheats=True
    ),
    Contributor(FIRST_ID + 7, "demo-harbour", "Harbour (demo)", (Machine("laptop", ("opencode",), 100, 0.6, 2, 10),)),
    Contributor(FIRST_ID + 8, "demo-snowflake", "Snowflake (demo)", (Machine("phone", ("claude",), 2, 1.0, 1, 12),)),
)


def write_logs(home: Path, contributor: Contributor, machine: Machine, now: dt.datetime) -> None:
    """Write a machine's logs below a home folder, up to `now`; the same arguments give the same logs.

    Working days are likelier than weekends, and some weeks are holidays.
    """
    rng = random.Random(f"{contributor.login}/{machine.name}/{now:%Y-%m-%d}")
    for day in _active_days(machine, now, rng):
        for _ in range(max(1, round(rng.gauss(machine.sessions, 1)))):
            start = day + dt.timedelta(minutes=rng.randrange(7 * 60, 20 * 60))
            size = max(2, round(rng.lognormvariate(0, 0.6) * machine.size))
            if start < now - dt.timedelta(hours=3):
                WRITERS[rng.choice(machine.sources)](home, start, size, rng)
    if contributor.burst_rows:
        yesterday = now.replace(hour=1, minute=0, second=0, microsecond=0) - dt.timedelta(days=1)
        for number in range(contributor.burst_rows // 400):
            WRITERS["claude"](home, yesterday + dt.timedelta(minutes=20 * number), 400, rng)


def _active_days(machine: Machine, now: dt.datetime, rng: random.Random) -> Iterator[dt.datetime]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    holidays = {rng.randrange(8, 52) for _ in range(3)}
    for back in range(machine.days, -1, -1):
        day = midnight - dt.timedelta(days=back)
        likely = machine.share * (0.35 if day.weekday() >= 5 else 1.0)
        if back // 7 not in holidays and (back <= 2 or rng.random() < likely):
            yield day
