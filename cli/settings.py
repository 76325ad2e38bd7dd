"""Where this machine's state lives, and what the environment says."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli import CliError

APPLICATION = "token-tracker"


@dataclass(frozen=True, slots=True)
class Settings:
    """The folders of one run and the environment it sees."""

    data_dir: Path
    """Ledger and logs of failures: `$TOKEN_TRACKER_DATA_DIR`, else where the platform keeps user data."""
    config_dir: Path
    """Credentials and device keys: `$TOKEN_TRACKER_CONFIG_DIR`, else `~/.config/token-tracker`."""
    home: Path
    environment: Mapping[str, str]

    @classmethod
    def load(cls) -> "Settings":
        """Take the settings from this process's environment; nothing is created yet.

        Empty variables count as unset, `~` is expanded, relative folders are taken from the current one.
        Raises CliError when there is no home folder to be found.
        """
        try:
            home = Path.home()
        except RuntimeError:
            raise CliError("Your home folder cannot be found.", "Set the variable HOME.") from None
        environment = dict(os.environ)
        return cls(
            data_dir=_folder(environment, "TOKEN_TRACKER_DATA_DIR") or _platform_data_dir(),
            config_dir=_folder(environment, "TOKEN_TRACKER_CONFIG_DIR") or _platform_config_dir(),
            home=home,
            environment=environment,
        )

    def now(self) -> datetime:
        """Return the current time in UTC, or `$SOURCE_DATE_EPOCH` (whole seconds since 1970) when it is set.

        Raises CliError when that variable is not such a number.
        """
        given = self.environment.get("SOURCE_DATE_EPOCH", "")
        try:
            return datetime.fromtimestamp(int(given) if given else time.time(), UTC)
        except (ValueError, OverflowError, OSError):
            raise CliError(
                f"SOURCE_DATE_EPOCH is {given[:40]!r}.", "Set it to seconds since 1970, or unset it."
            ) from None


def ledger_path(settings: Settings) -> Path:
    """Return where the ledger is, or will be."""
    return settings.data_dir / "ledger.duckdb"


def private_folder(path: Path) -> Path:
    """Make sure a folder of ours exists and return it; a new one is for its owner alone (mode 0700).

    Raises CliError when it cannot be made, or is not a folder.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CliError(
            f"The folder {path} cannot be made: {error.strerror}.",
            "Free that path, or set TOKEN_TRACKER_DATA_DIR and TOKEN_TRACKER_CONFIG_DIR to folders of yours.",
        ) from None
    return path


def _folder(environment: Mapping[str, str], variable: str) -> Path | None:
    given = environment.get(variable, "")
    return Path(given).expanduser().absolute() if given else None


def _platform_data_dir() -> Path:
    from platformdirs import user_data_path

    return user_data_path(APPLICATION, appauthor=False)


def _platform_config_dir() -> Path:
    """Return `~/.config/token-tracker` on macOS too, where people look for a command's files."""
    from platformdirs import user_config_path

    if sys.platform == "darwin":
        return Path.home() / ".config" / APPLICATION
    return user_config_path(APPLICATION, appauthor=False)
