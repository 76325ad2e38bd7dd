"""What became of a user's pull requests: the open ones, and those that were settled last."""

from dataclasses import dataclass

from cli.github import GitHub, PullRequest, Viewer
from cli.verdicts import Answer, answer

RECENT = 5
"""Settled pull requests that are told of, the newest."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A pull request, and what the board says to it."""

    pull: PullRequest
    answer: Answer
    later: int | None
    """The number of a newer one from the same branch, which took its place."""

    @property
    def is_open(self) -> bool:
        """Whether something can still become of it."""
        return self.pull.state == "open"


def follow_all(hub: GitHub, viewer: Viewer) -> list[Followed]:
    """Return the user's open pull requests and the RECENT ones that were settled, each the newest first.

    Raises CliError when GitHub cannot be asked.
    """
    pulls = [*hub.pulls(viewer, state="open"), *hub.pulls(viewer, state="closed", most=RECENT)]
    newest = {pull.branch: pull.number for pull in sorted(pulls, key=lambda pull: pull.number)}
    return [
        Followed(pull, answer(hub, pull), None if newest[pull.branch] == pull.number else newest[pull.branch])
        for pull in pulls
    ]
