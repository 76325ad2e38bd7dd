"""The board's own settings, as a commit of it states them: what main says is what the bot believes."""

from validator import ValidatorError, config
from validator.config import Leaderboard
from validator.git import REGULAR, Repository

MAX_SETTINGS_BYTES = 64 * 1024


def leaderboard_at(repository: Repository, revision: str) -> Leaderboard:
    """Return the settings in a revision's leaderboard.toml, or this installation's if it has none.

    Raises ValidatorError when there is no such revision, or its file is wrong.
    """
    found = repository.entry(repository.commit(repository.resolve(revision)).tree, "leaderboard.toml")
    if found is None or found.mode != REGULAR:
        return config.installed()
    origin = f"leaderboard.toml at {revision}"
    try:
        return config.parse(repository.blob(found.oid, MAX_SETTINGS_BYTES).decode("utf-8"), origin)
    except UnicodeDecodeError:
        raise ValidatorError(f"{origin} is not UTF-8.", "Save it as UTF-8.") from None
