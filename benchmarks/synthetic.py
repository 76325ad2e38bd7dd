"""A store of any size with made-up users, written as Git objects; the same arguments give the same commits.

A month has 21 active days with 3 usage rows each, so twelve of them make some 246 days and 740 rows a user: somebody
who works with three models on every working day.
"""

import datetime as dt
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from validator.store import profile_path, submission_path, user_folder
from validator.submission import (
    Claim,
    Contribution,
    Data,
    DateRange,
    Device,
    Profile,
    Summary,
    UsageRow,
    User,
    render_profile,
    render_submission,
    seal,
)

NOW = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
SERIES = (
    ("claude", "anthropic", "claude-opus-4-5"),
    ("claude", "anthropic", "claude-haiku-4-5"),
    ("codex", "openai", "gpt-5.1-codex"),
    ("gemini", "google", "gemini-2.5-pro"),
    ("opencode", "local", "llama-of-my-own"),
)
PATTERNS = 25
"""Users that differ in more than their id: making text is slower than all that is measured."""
_FIRST_ID = 1000
KEY = "ssh-ed25519 " + "A" * 68
SIGNATURE = "-----BEGIN SSH SIGNATURE-----\n" + "U" * 300 + "\n-----END SSH SIGNATURE-----\n"
"""As long as a real one; nothing here verifies it."""


def make(folder: Path, users: int, months: int) -> None:
    """Write a bare repository whose main holds `users` users with `months` months each, merged user by user."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    importer = subprocess.Popen(["git", f"--git-dir={folder}", "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert importer.stdin is not None
    patterns = [list(files(pattern, months)) for pattern in range(_FIRST_ID, _FIRST_ID + PATTERNS)]
    for number in range(users):
        importer.stdin.write(_commit(number, patterns[number % PATTERNS]))
    importer.stdin.close()
    assert importer.wait() == 0


def _commit(number: int, pattern: list[tuple[str, bytes]]) -> bytes:
    """Write one user's merge: a pattern's files under an id of their own."""
    time = int(NOW.timestamp()) - 86_400 * 30 + number
    lines = b"commit refs/heads/main\ncommitter bench <bench@example.org> %d +0000\ndata 5\nmerge\n" % time
    user_id = _FIRST_ID + number
    was, now = (f'{{"id": {one}, "login": "user-{one}"}}'.encode() for one in (_FIRST_ID + number % PATTERNS, user_id))
    for path, content in pattern:
        target = f"{user_folder(user_id)}/{path.split('/', 3)[3]}"
        mine = content.replace(was, now)
        lines += b"M 100644 inline %s\ndata %d\n%s\n" % (target.encode(), len(mine), mine)
    return lines + b"\n"


def files(user_id: int, months: int) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of one made-up user's files: about 20 active days a month, 3 usage rows a day."""
    chance = random.Random(user_id)
    user = User(id=user_id, login=f"user-{user_id}")
    device = Device(id="bench001", public_key=KEY, created_at="2020-01-01T00:00:00Z")
    yield (
        profile_path(user_id),
        render_profile(Profile(schema_version=1, user=user, display_name=f"User {user_id}", devices=(device,))),
    )
    for back in range(months):
        year, month = divmod(NOW.year * 12 + NOW.month - 1 - back, 12)
        claim = _claim(user, year, month + 1, chance)
        yield submission_path(user_id, claim.device, claim.period), render_submission(seal(claim, SIGNATURE))


def _claim(user: User, year: int, month: int, chance: random.Random) -> Claim:
    last = NOW.day if (year, month) == (NOW.year, NOW.month) else 28
    days = tuple(
        Contribution(date=f"{year}-{month:02d}-{day:02d}", usage=tuple(_row(series, chance) for series in some))
        for day in range(1, last + 1)
        if chance.random() < 0.75
        for some in [sorted(chance.sample(SERIES, 3))]
    ) or (Contribution(date=f"{year}-{month:02d}-01", usage=(_row(SERIES[0], chance),)),)
    return Claim(
        schema_version=1,
        user=user,
        device="bench001",
        period=f"{year}-{month:02d}",
        revision=1,
        previous=None,
        created_at=f"{days[-1].date}T20:00:00Z",
        cli_version="0.1.0",
        parsers={"claude": 1},
        data=Data(
            date_range=DateRange(start=days[0].date, end=days[-1].date),
            summary=Summary.of(days),
            contributions=days,
        ),
    )


def _row(series: tuple[str, str, str], chance: random.Random) -> UsageRow:
    source, provider, model = series
    messages = int(chance.lognormvariate(4, 1)) + 1
    prompt, output = messages * int(chance.lognormvariate(10, 1)), messages * int(chance.lognormvariate(6, 1))
    return UsageRow(
        source=source,
        provider=provider,
        model=model,
        input_tokens=prompt,
        output_tokens=output,
        cache_read_tokens=prompt * 9 // 10,
        cache_creation_tokens=prompt // 20,
        reasoning_tokens=output // 3,
        messages=messages,
        cost_micros=None,
    )
