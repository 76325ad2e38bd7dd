"""What the board has of a user, and what the user's open pull requests offer: read file by file through GitHub's API.

Everything read is untrusted. What is on the board must be what its path promises; what a pull request holds counts only
where it is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from cli import CliError, answers
from cli.blobs import Blobs
from cli.github import BRANCH_PREFIX, GitHub, PullRequest, Viewer
from cli.publish import Offered, Plan, Published
from validator import ValidatorError, config
from validator.board import MAX_SETTINGS_BYTES
from validator.config import Policy
from validator.git_objects import object_id
from validator.store import parse_path, profile_path, submission_path, user_folder
from validator.submission import (
    MAX_PROFILE_BYTES,
    MAX_SUBMISSION_BYTES,
    Malformed,
    Profile,
    Submission,
    parse_profile,
    parse_submission,
)

MAX_OFFERED_FILES = 1000
"""Files of one pull request that are looked at; a board allows far fewer."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a user and one device of theirs stand."""

    published: Published
    months: tuple[str, ...]
    """The periods of all submissions of the device on the board, in order; `published` holds those asked for."""
    offered: Offered
    pull: PullRequest | None
    """The device's open pull request."""
    changes: Mapping[str, str | None]
    """What that changes: store path → blob id, or None for what it removes."""

    def offers(self, plan: Plan) -> bool:
        """Tell whether the open pull request is just this plan: every byte of it, and nothing else."""
        return self.pull is not None and changes_just(self.changes, plan.files)


def is_blob(blob: str | None, content: bytes | None) -> bool:
    """Tell whether a blob id is that of a content; None stands for no file."""
    if blob is None or content is None:
        return blob is None and content is None
    return object_id("blob", content, like=blob) == blob


def changes_just(changes: Mapping[str, str | None], files: Mapping[str, bytes | None]) -> bool:
    """Tell whether what a pull request changes (path → blob id, None: removed) is just these files, every byte."""
    return changes.keys() == files.keys() and all(is_blob(changes[path], content) for path, content in files.items())


def branch_of(device: str) -> str:
    """Return the branch of a device's submissions."""
    return f"{BRANCH_PREFIX}{device}"


def read_policy(hub: GitHub, tip: str, blobs: Blobs) -> Policy:
    """Return the numbers that the board judges by at a commit; this installation's when it says nothing we know."""
    blob = hub.root_file("leaderboard.toml", tip)
    if blob is None:
        return config.installed().policy
    try:
        text = blobs.read(blob, MAX_SETTINGS_BYTES).decode("utf-8")
        return config.parse(text, "leaderboard.toml").policy
    except (ValidatorError, UnicodeDecodeError):  # a newer board may say more than this version knows
        return config.installed().policy


def read_standing(
    hub: GitHub, viewer: Viewer, device: str, *, tip: str, periods: Collection[str], blobs: Blobs
) -> Standing:
    """Read what a commit of the board has of a user: the profile, and a device's submissions of these months.

    And what the user's open pull requests offer; of months that the device offers, what is published is read, too.

    Raises CliError when GitHub cannot be asked, or a file on the board is not what it must be.
    """
    pulls = sorted(hub.pulls(viewer, state="open"), key=lambda pull: (pull.branch != branch_of(device), pull.number))
    changes = [changed_files(hub, pull.number) for pull in pulls]
    own = pulls[0] if pulls and pulls[0].branch == branch_of(device) else None
    reader = Reader(viewer.id, device, blobs)
    offered = Offered(
        reader.offered_submissions(changes[0]) if own else {},
        [profile for each in changes if (profile := reader.offered_profile(each))],
    )
    files = hub.files(user_folder(viewer.id), tip)
    found = {place.period for path in files if (place := parse_path(path)) and place.device == device}
    wanted = sorted(found & (set(periods) | offered.submissions.keys()))
    published = Published(reader.profile(files), {period: reader.submission(files, period) for period in wanted})
    return Standing(published, tuple(sorted(found)), offered, own, changes[0] if own else {})


def changed_files(hub: GitHub, number: int) -> dict[str, str | None]:
    """Return what a pull request changes: path → blob id, or None for what it removes."""
    changes: dict[str, str | None] = {}
    path = hub.place(f"/pulls/{number}/files")
    for each in hub.api.pages(f"the files of pull request {number}", path, answers.ChangedFile, MAX_OFFERED_FILES):
        if each.previous_filename and each.status == "renamed":
            changes[each.previous_filename] = None
        changes[each.filename] = None if each.status == "removed" else each.sha
    return changes


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads files of one user and device."""

    user_id: int
    device: str
    blobs: Blobs

    def profile(self, files: Mapping[str, str]) -> Profile | None:
        """Return the profile on the board, or None when there is none."""
        path = profile_path(self.user_id)
        return _sound(path, lambda: self._profile(files[path])) if path in files else None

    def submission(self, files: Mapping[str, str], period: str) -> Submission:
        """Return a submission on the board."""
        path = submission_path(self.user_id, self.device, period)
        return _sound(path, lambda: self._submission(files[path], period))

    def offered_profile(self, changes: Mapping[str, str | None]) -> Profile | None:
        """Return the profile that a pull request brings, or None when it brings none that can be read."""
        blob = changes.get(profile_path(self.user_id))
        try:
            return self._profile(blob) if blob else None
        except (Malformed, CliError):
            return None

    def offered_submissions(self, changes: Mapping[str, str | None]) -> dict[str, Submission]:
        """Return the device's submissions that a pull request brings, by period, as far as they can be read."""
        found = {}
        for path, blob in sorted(changes.items()):
            place = parse_path(path)
            if blob and place and (place.user_id, place.device) == (self.user_id, self.device):
                try:
                    found[place.period] = self._submission(blob, place.period)
                except (Malformed, CliError):
                    continue
        return found

    def _profile(self, blob: str) -> Profile:
        found = parse_profile(self.blobs.read(blob, MAX_PROFILE_BYTES))
        if found.user.id != self.user_id:
            raise Malformed([f"it is of the user id {found.user.id}"])
        return found

    def _submission(self, blob: str, period: str) -> Submission:
        found = parse_submission(self.blobs.read(blob, MAX_SUBMISSION_BYTES))
        if (found.user.id, found.device, found.period) != (self.user_id, self.device, period):
            raise Malformed([f"it is of user id {found.user.id}, device {found.device}, month {found.period}"])
        return found


def _sound(path: str, read: Callable[[], _T]) -> _T:
    try:
        return read()
    except Malformed as error:
        raise CliError(
            f"{path} on the board cannot be read: {error.problems[0]}.",
            "If a newer token-tracker wrote it, upgrade; otherwise tell whoever runs the board.",
        ) from None
