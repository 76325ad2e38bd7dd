"""All that the board has of a user, and what the user's open pull requests would change there."""

from collections.abc import Mapping
from dataclasses import dataclass

from cli.blobs import Blobs
from cli.github import GitHub, PullRequest, Viewer
from cli.settings import Settings, private_folder
from cli.standing import Reader, changed_files
from validator.store import StorePath, parse_path, reviews_path, user_folder
from validator.submission import Profile, Submission


@dataclass(frozen=True, slots=True)
class Coming:
    """An open pull request, and what it changes: store path → blob id, or None for what it removes."""

    pull: PullRequest
    changes: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a commit of the board has of a user. Contents are read when asked for, and may be anything until then."""

    user_id: int
    tip: str
    files: Mapping[str, str]
    """Store path → blob id of the profile and the submissions."""
    reviews: str | None
    """Blob id of reviews.json, the bot's file, or None when there is none."""
    blobs: Blobs

    def submissions(self) -> dict[str, StorePath]:
        """Return every submission by its path, sorted by device and month."""
        places = ((path, parse_path(path)) for path in sorted(self.files))
        return {path: place for path, place in places if place and place.kind == "submission"}

    def profile(self) -> Profile | None:
        """Return the profile, or None when there is none. Raises CliError when it cannot be read."""
        return self._reader("").profile(self.files)

    def offered_profile(self, coming: Coming) -> Profile | None:
        """Return the profile that a pull request brings, or None when it brings none that can be read."""
        return self._reader("").offered_profile(coming.changes)

    def submission(self, place: StorePath) -> Submission:
        """Return a submission. Raises CliError when it cannot be read."""
        return self._reader(place.device).submission(self.files, place.period)

    def _reader(self, device: str) -> Reader:
        return Reader(self.user_id, device, self.blobs)


def read_holdings(settings: Settings, hub: GitHub, viewer: Viewer) -> Holdings:
    """Return what the board has of a user now. Raises CliError when GitHub cannot be asked."""
    tip = hub.tip()
    listed = hub.files(user_folder(viewer.id), tip)
    own = {path: blob for path, blob in listed.items() if (place := parse_path(path)) and place.kind != "reviews"}
    blobs = Blobs(private_folder(settings.data_dir) / "blobs", hub.content)
    return Holdings(viewer.id, tip, own, listed.get(reviews_path(viewer.id)), blobs)


def read_coming(hub: GitHub, viewer: Viewer) -> list[Coming]:
    """Return what the user's open pull requests change, the oldest first. Raises CliError as GitHub refuses."""
    pulls = sorted(hub.pulls(viewer, state="open"), key=lambda pull: pull.number)
    return [Coming(pull, changed_files(hub, pull.number)) for pull in pulls]
