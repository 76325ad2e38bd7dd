"""What is told of a pull request: what the board says to it now, why, and what to do."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import pytest

from cli.github import GitHub, PullRequest
from cli.verdicts import PATIENCE, Answer, State, follow, sentences
from validator.rules import RULES

if TYPE_CHECKING:
    from tests.cli.submit.conftest import Machine, Scene

BOARD = ("--to", "grace-demo/board")


class Unfinished(Exception):
    """There is no verdict yet."""


def _interrupt(seconds: float) -> None:
    raise Unfinished


def _never(seconds: float) -> None:
    pytest.fail("there is a verdict")


def test_a_verdict_on_what_it_held_before_does_not_count(scene: "Scene", ada: "Machine") -> None:
    ada.use({"2026-11-20": 300_000_000})
    pull = scene.submit(ada)
    assert "flagged" in scene.bot()
    state, codes = scene.follow(ada, pull.number, _never)
    assert (state, "daily-tokens" in codes) == ("flagged", True)
    ada.use({"2026-11-21": 1})
    scene.submit(ada)
    with pytest.raises(Unfinished):
        scene.follow(ada, pull.number, _interrupt)


def test_rejected_and_mended(scene: "Scene", ada: "Machine") -> None:
    pull = scene.submit(ada)
    files = scene.files(pull.head_sha)
    scene.overwrite(
        pull, {path: content.replace(b'"totalTokens": 1010', b'"totalTokens": 9') for path, content in files.items()}
    )
    assert "rejected" in scene.bot()
    state, codes = scene.follow(ada, pull.number, _never)
    assert (state, "token-sum" in codes) == ("rejected", True)
    assert scene.submit(ada) is pull, "submitting again puts back what is right"
    assert "merged" in scene.bot()
    assert scene.follow(ada, pull.number, _never) == ("merged", ())


def test_closed_by_a_maintainer_or_by_oneself(scene: "Scene", ada: "Machine") -> None:
    ada.use({"2026-11-20": 300_000_000})
    pull = scene.submit(ada)
    scene.bot()
    scene.say(1, pull.number, "/reject This cannot be.")
    scene.bot()
    assert scene.follow(ada, pull.number, _never) == ("declined", ())
    other = scene.submit(ada)
    assert other is not pull
    scene.close(other)
    assert scene.follow(ada, other.number, _never) == ("closed", ())


class Silent:
    """A board that says nothing."""

    def pull(self, number: int) -> PullRequest:
        when = datetime(2026, 11, 22, tzinfo=UTC)
        return PullRequest(number, "", "", "open", "token-tracker/ab12cd34", "0" * 40, (), when, when)

    def verdict_comment(self, number: int) -> None:
        return None


def test_nobody_waits_for_ever() -> None:
    waited: list[float] = []
    assert follow(cast("GitHub", Silent()), 1, waited.append).state is State.WAITING
    assert waited == sorted(waited)
    assert PATIENCE <= sum(waited) < PATIENCE + waited[-1]


@pytest.mark.parametrize("state", State)
def test_every_state_is_one_sentence_at_least(state: State) -> None:
    (said,) = sentences(Answer(state))
    assert said.endswith(".")


def test_every_rule_is_explained_with_what_to_do() -> None:
    _, *reasons = sentences(Answer(State.FLAGGED, (*(rule.code for rule in RULES), "of-tomorrow")))
    assert all("What to do: " in reason for reason in reasons[:-1])
    assert "`token-tracker rules`" in reasons[-1]
