"""Fill the warehouse with the files of a store."""

import datetime as dt
from array import array
from collections.abc import Iterable
from itertools import count
from typing import Any

import numpy as np

from generator import decode
from generator.history import Entry, Skipped
from generator.pricing import load_prices
from generator.warehouse import Warehouse
from validator.store import StorePath, parse_path, profile_path, user_folder
from validator.submission import Malformed, parse_profile

BATCH_ROWS = 200_000
"""Usage rows held in memory before they go to the warehouse: 14 MB."""
_USAGE_COLUMNS = 9
_EPOCH = dt.date(1970, 1, 1).toordinal()


def load(warehouse: Warehouse, entries: Iterable[Entry | Skipped]) -> list[Skipped]:
    """Fill an empty warehouse with the files of a store, price them, and return the files that are not counted.

    Paths and bytes may be anything: what cannot be read is left out as a whole and named, sorted by path.
    """
    loader = _Loader(warehouse)
    for entry in entries:
        loader.add(entry)
    loader.flush()
    load_prices(warehouse)
    warehouse.derive()
    return sorted([*loader.skipped, *loader.nameless()], key=lambda skipped: skipped.path)


class _Loader:
    """Rows on their way into a warehouse."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.skipped: list[Skipped] = []
        self._warehouse = warehouse
        self._usage = array("q")
        tables = ("files", "profiles", "devices", "accounts", "reviews", "series")
        self._rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in tables}
        self._series: dict[tuple[str, str, str], int] = {}
        self._numbers = count()
        self._counted: dict[int, None] = {}
        """Users with a submission, in the order they came."""
        self._named: set[int] = set()
        """Users with a profile.json, whatever it holds."""

    def add(self, entry: Entry | Skipped) -> None:
        if isinstance(entry, Skipped):
            self.skipped.append(entry)
            return
        place = parse_path(entry.path)
        try:
            if place is None:
                raise decode.Unsound("is no path of the store")
            takers = {"submission": self._submission, "profile": self._profile, "reviews": self._reviews}
            takers[place.kind](entry, place)
        except decode.Unsound as error:
            self.skipped.append(Skipped(entry.path, str(error)))
        if len(self._usage) >= BATCH_ROWS * _USAGE_COLUMNS:
            self.flush()

    def nameless(self) -> list[Skipped]:
        """Return the profiles that are missing where there is something counted to show."""
        reason = "is missing, so nothing of its user is shown"
        return [Skipped(profile_path(user_id), reason) for user_id in self._counted if user_id not in self._named]

    def flush(self) -> None:
        """Hand over to the warehouse what has gathered."""
        matrix = np.frombuffer(self._usage, np.int64).reshape(-1, _USAGE_COLUMNS)
        self._warehouse.append("usage", list(matrix.T))
        del matrix
        self._usage = array("q")
        for table, rows in self._rows.items():
            if rows:
                self._warehouse.append(table, list(zip(*rows, strict=True)))
                rows.clear()

    def _submission(self, entry: Entry, place: StorePath) -> None:
        found = decode.submission(entry.content, place)
        number, series = next(self._numbers), self._series
        usage: list[int] = []
        for day in found.data.contributions:
            date = day.date.toordinal() - _EPOCH
            for row in day.usage:
                names = (row.source, row.provider, row.model)
                usage += (
                    number,
                    series[names] if names in series else self._new_series(names),
                    date,
                    row.input_tokens,
                    row.output_tokens,
                    row.cache_read_tokens,
                    row.cache_creation_tokens,
                    row.reasoning_tokens,
                    row.messages,
                )
        self._usage.fromlist(usage)
        what = (place.device, place.period, found.revision, found.hash, _utc(found.created_at), entry.commit)
        self._rows["files"].append((number, entry.path, place.user_id, *what, found.user.login, entry.joined))
        self._counted[place.user_id] = None

    def _new_series(self, names: tuple[str, str, str]) -> int:
        decode.check_names(*names)
        number = self._series[names] = len(self._series)
        self._rows["series"].append((number, *names))
        return number

    def _profile(self, entry: Entry, place: StorePath) -> None:
        self._named.add(place.user_id)
        try:
            profile = parse_profile(entry.content)
        except Malformed as error:
            raise decode.Unsound(f"cannot be read: {error}") from None
        if profile.user.id != place.user_id:
            raise decode.Unsound("speaks of another user than its path")
        devices = profile.devices
        self._rows["profiles"].append(
            (place.user_id, profile.user.login, profile.display_name, len(devices), _utc(entry.merged))
        )
        self._rows["devices"].extend((place.user_id, *decode.device(device)) for device in devices)

    def _reviews(self, entry: Entry, place: StorePath) -> None:
        folder = user_folder(place.user_id)
        found = decode.reviews(entry.content)
        self._rows["accounts"].append((place.user_id, found.login, _utc(entry.merged)))
        latest = {review.path: review for review in found.files}
        self._rows["reviews"].extend(
            (
                f"{folder}/{review.path}",
                review.hash,
                review.verdict,
                review.pull_request,
                review.reviewer,
                _utc(review.time),
            )
            for review in latest.values()
            if review.hash is not None
        )


def _utc(moment: dt.datetime) -> dt.datetime:
    """Return a moment as the warehouse keeps it: UTC, without saying so."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None)
