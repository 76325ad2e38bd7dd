"""What GitHub shows of people, as a folder: pictures, and fingerprints of the keys they say they sign with.

Whoever may ask GitHub fills it; the generator only reads. A site that is built without it asks nobody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from generator.rows import Board, BoardRow, Profile

MAX_BYTES = 64 * 1024
"""Of a file of the folder; larger ones count as missing."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who is shown: GitHub's id, and what the pages are called."""

    user_id: int
    login: str

    @property
    def has_login(self) -> bool:
        """Whether GitHub knows the account by that name: it holds no `~`, which tells former owners apart."""
        return "~" not in self.login


@dataclass(frozen=True, slots=True)
class People:
    """A folder with `<user id>.webp` and `<user id>.keys`, a fingerprint a line; empty files say that there is none."""

    folder: Path
    pictured: frozenset[int]
    """Users who have a picture there."""

    @classmethod
    def of(cls, folder: Path, accounts: Sequence[Account]) -> "People":
        """Look whose pictures a folder has."""
        found = (each.user_id for each in accounts if _read(picture_path(folder, each.user_id)).startswith(b"RIFF"))
        return cls(folder, frozenset(found))

    def on_boards(self, boards: Sequence[Board]) -> list[Board]:
        """Return boards that say who has a picture."""
        return [replace(board, rows=tuple(map(self._with_picture, board.rows))) for board in boards]

    def on_profile(self, profile: Profile) -> Profile:
        """Return a profile that has the picture, and says which keys GitHub lists."""
        listed = set(_read(keys_path(self.folder, profile.user_id)).decode("ascii", "replace").split())
        keys = tuple(replace(key, is_listed=key.fingerprint in listed) for key in profile.keys)
        return replace(profile, picture=self._picture(profile.user_id), keys=keys)

    def _picture(self, user_id: int) -> bytes:
        return _read(picture_path(self.folder, user_id)) if user_id in self.pictured else b""

    def _with_picture(self, row: BoardRow) -> BoardRow:
        return replace(row, has_picture=True) if row.user_id in self.pictured else row


Asker = Callable[[Sequence[Account]], People | None]
"""Told everyone who is shown; returns what is known of them, None for nothing."""


def ask_nobody(accounts: Sequence[Account]) -> None:
    """Know nothing of anybody."""


def picture_path(folder: Path, user_id: int) -> Path:
    """Return where a user's picture is, or would be."""
    return folder / f"{user_id}.webp"


def keys_path(folder: Path, user_id: int) -> Path:
    """Return where the fingerprints of a user's keys are, or would be."""
    return folder / f"{user_id}.keys"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError:
        return b""
    return content if len(content) <= MAX_BYTES else b""
