"""What will be lost: Claude Code deletes its logs some days after their last change."""

import json
from dataclasses import dataclass
from pathlib import Path

DEFAULT_DAYS = 30
"""What Claude Code keeps when its settings say nothing (its documentation, `cleanupPeriodDays`)."""

_LONGEST_SETTINGS = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the logs below one configuration folder of Claude Code are kept."""

    settings: Path
    """Where it is set, or would be."""
    days: int
    is_set: bool


def retention(root: Path) -> Retention:
    """Read the retention from the settings in a configuration folder.

    Settings that are missing, unreadable or not what they should be say nothing: the default holds.
    """
    path = root / "settings.json"
    try:
        with path.open("rb") as file:
            settings = json.loads(file.read(_LONGEST_SETTINGS))
        days = settings["cleanupPeriodDays"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return Retention(path, DEFAULT_DAYS, is_set=False)
    if not isinstance(days, int) or isinstance(days, bool) or days < 0:
        return Retention(path, DEFAULT_DAYS, is_set=False)
    return Retention(path, days, is_set=True)
