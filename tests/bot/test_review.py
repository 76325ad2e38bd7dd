"""The review command: the queue, and answers that are the same comments as a maintainer writes by hand."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.bot.conftest import Scene


@pytest.fixture
def waiting(scene: "Scene", flagged: Callable[[], int]) -> int:
    """Return the number of a pull request that waits."""
    number = flagged()
    scene.bot(number)
    return number


def grace(scene: "Scene", *arguments: str) -> tuple[int, str, str]:
    return scene.run("review", *arguments, token=scene.tokens[1])


def test_the_queue_for_people_and_for_the_site(scene: "Scene", waiting: int) -> None:
    assert grace(scene, "list")[1] == f"#{waiting}  ada-demo  400M  daily-tokens\n"
    (row,) = json.loads(grace(scene, "list", "--json")[1])["submissions"]
    assert row.pop("user")["username"] == "ada-demo"
    assert row == {
        "pullRequest": waiting,
        "totalTokens": row["totalTokens"],
        "flaggedReason": "daily-tokens",
        "createdAt": "2026-11-20T12:00:00Z",
    }
    assert row["totalTokens"] == 400_000_004


def test_the_queue_gets_into_the_site(scene: "Scene", waiting: int) -> None:
    queue = grace(scene, "list", "--json")[1]
    (scene.folder / "flagged.json").write_text(queue)
    assert scene.run("build", "--repository", "board.git", "--flagged", "flagged.json")[0] == 0
    assert json.loads((scene.folder / "site/api/flagged.json").read_bytes()) == json.loads(queue)


def test_show_says_which_rules_and_what_they_look_at(scene: "Scene", waiting: int) -> None:
    _, out, _ = grace(scene, "show", str(waiting))
    assert scene.pull(waiting).head_sha in out
    assert "daily-tokens:" in out


def test_approve_merges(scene: "Scene", waiting: int) -> None:
    assert grace(scene, "approve", str(waiting))[0] == 0
    assert scene.comments(waiting)[-1] == (scene.grace, f"/approve {scene.pull(waiting).head_sha}")
    assert scene.deliver()["outcome"] == "flagged"
    assert "merged" in scene.act()
    assert grace(scene, "list")[1] == "Nothing waits for a maintainer.\n"


def test_reject_closes(scene: "Scene", waiting: int) -> None:
    assert grace(scene, "reject", str(waiting), "--why", "another  tool's\nnumbers")[0] == 0
    assert scene.comments(waiting)[-1][1] == "/reject another tool's numbers"
    scene.deliver()
    assert "declined" in scene.act()


def test_what_was_not_looked_at_is_not_approved(scene: "Scene", waiting: int, huge: dict[str, int]) -> None:
    seen, ada = scene.pull(waiting).head_sha, scene.person()
    scene.push(ada, ada.files(ada.submission({day: 2 * tokens for day, tokens in huge.items()})))
    code, _, err = grace(scene, "approve", str(waiting))
    assert (code, "does not wait" in err) == (1, True)
    scene.bot(waiting)
    code, _, err = grace(scene, "approve", str(waiting), "--head", seen)
    assert (code, "now" in err) == (1, True)
    assert len(scene.comments(waiting)) == 1


def test_who_may_not_write_is_told_so(scene: "Scene", waiting: int) -> None:
    code, _, err = scene.run("review", "approve", str(waiting), token=scene.tokens[4242])
    assert (code, "may not write" in err) == (1, True)
    assert len(scene.comments(waiting)) == 1


def test_a_number_that_is_none_and_a_token_that_is_none(scene: "Scene", waiting: int) -> None:
    assert "GitHub knows nothing of pull request 999" in grace(scene, "show", "999")[2]
    code, _, err = scene.run("review", "show", str(waiting), token="ghp_nonsense")
    assert (code, "401" in err, "nonsense" in err) == (1, True, False)


def test_help_needs_no_token(scene: "Scene") -> None:
    scene.monkeypatch.setenv("PATH", "")
    assert scene.run("review", "approve", "--help", token=" ")[0] == 0
