"""leaderboard.toml: everything a fork changes, as a checked value.

The file is read in three places that must agree: in a checkout, from a commit of the board (the bot trusts only
what main says), and from the wheel (so that an installed command knows its board).
"""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from validator import ValidatorError

Tokens = Annotated[int, Field(ge=0, le=2**53 - 1)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(gt=1, le=1_000_000)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Policy(_Table):
    """The numbers that rules compare with; every key of `[policy]` is one of these fields."""

    daily_tokens: Tokens = 250_000_000
    """Tokens of one user and day above which a human looks."""
    daily_cost_usd: Tokens = 5_000
    """US dollars of one user and day above which a human looks."""
    mean_factor: Factor = 10.0
    """A day above this many times the user's mean is looked at …"""
    mean_floor_tokens: Tokens = 20_000_000
    """… unless it has fewer tokens than this."""
    cache_read_notice: Share = 0.95
    """Cache reads above this share of a month's input are mentioned …"""
    cache_read_flag: Share = 0.998
    """… and above this share looked at."""
    round_total: Tokens = 1_000_000
    """A month's total that is a multiple of this is looked at (0: never)."""
    cost_factor: Factor = 2.0
    """A month's cost this many times above or below the price table's is looked at."""
    output_tokens_per_second: Tokens = 2_000
    """Output per second of a full day above which no person with agents can be (parallel agents included)."""
    unknown_model_tokens: Tokens = 50_000_000
    """Tokens of a month with a model the price table does not know, above which a human looks."""
    copied_day_tokens: Tokens = 1_000_000
    """Tokens from which a day that two devices of one user have alike is looked at, and a month that two users have."""
    approval_factor: Factor = 1.5
    """Growth over an approved size that needs no second approval."""
    days_per_change: Count = 365
    """Days from the first to the last of one change, at most."""
    changes_per_day: Count = 24
    """Merged changes of one user in one UTC day, at most."""
    files_per_change: Count = 200
    """Files in one change, at most (a year of several devices fits)."""
    devices_per_user: Count = 32
    """Devices in one profile, at most."""


class Leaderboard(_Table):
    """The whole of leaderboard.toml."""

    title: Annotated[str, Field(min_length=1, max_length=60)]
    site_url: Annotated[str, Field(pattern=r"^https?://[^\s?#<>\"']+/$", max_length=200)]
    """Where the site is served, with its final slash."""
    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$")]
    """`owner/name` of the board's repository on GitHub."""
    oauth_client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""
    """Client id of the OAuth app used by `login`; it is public. Empty: no device flow."""
    policy: Policy = Policy()


def parse(text: str, origin: str) -> Leaderboard:
    """Read leaderboard.toml from its text; `origin` names it in the error.

    Raises ValidatorError naming the first wrong key or value and what was expected.
    """
    try:
        return Leaderboard.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ValidatorError(f"{origin} is not valid TOML: {error}.", "Mend that line.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise ValidatorError(f"{origin}: unknown key {key}.", "Remove it, or mend its spelling.") from None
        given = "" if first["type"] == "missing" else f" (given: {str(first['input'])[:60]!r})"
        raise ValidatorError(f"{origin}: {key}: {first['msg']}{given}.", "Mend that value.") from None


def load(path: Path) -> Leaderboard:
    """Read a leaderboard.toml file. Raises ValidatorError when it is missing, not UTF-8, or wrong."""
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ValidatorError(f"{path} cannot be read: {error}.", "Give the path of a leaderboard.toml.") from None


def installed() -> Leaderboard:
    """Return the board this installation belongs to: the file in the wheel, or in the checkout it runs from."""
    packaged = Path(str(files("validator") / "leaderboard.toml"))
    return load(packaged if packaged.exists() else packaged.parent.parent / "leaderboard.toml")
