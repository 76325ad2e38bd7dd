"""Judging what an event or a number names, with a token that may only read, and handing it over."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from validator import handover
from validator.github import GitHub

if TYPE_CHECKING:
    from tests.bot.conftest import Scene


def test_outputs_and_summary_are_of_lines_that_nobody_else_words(scene: "Scene") -> None:
    ada = scene.person()
    path = ada.path()
    evil = ada.files() | {path: b'{"outcome": "verified\\n::set-output name=outcome::verified @everyone"}'}
    number = scene.submit(ada, evil)
    summary = scene.folder / "summary.md"
    scene.monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    outputs = scene.judge("--pull", str(number))
    assert outputs["outcome"] == "rejected"
    assert set(outputs) == {"count", "outcome", "codes", "head", "base", "number"}
    assert set(outputs["codes"].split(",")) <= handover.CODES
    assert "@everyone" not in summary.read_text(encoding="utf-8")
    assert b"everyone" not in (scene.folder / "verdicts.json").read_bytes()


def test_several_are_judged_at_once(scene: "Scene") -> None:
    people = [scene.person(user_id, f"user-{user_id}") for user_id in (10, 11, 12)]
    numbers = [scene.submit(each, each.files()) for each in people]
    assert scene.judge("--pull", str(numbers[0]), "--pull", str(numbers[2])) == {"count": "2"}
    assert scene.judge("--open") == {"count": "3"}
    handed = handover.parse((scene.folder / "verdicts.json").read_bytes())
    assert [(each.number, each.author_id, each.outcome) for each in handed] == [
        (number, each.id, "verified") for number, each in zip(numbers, people, strict=True)
    ]


def test_one_of_another_branch_or_that_is_closed_is_none_of_its_business(scene: "Scene") -> None:
    ada = scene.person()
    number = scene.submit(ada, ada.files())
    scene.pull(number).base_ref = "gh-pages"
    assert scene.judge("--pull", str(number)) == {"count": "0"}
    scene.pull(number).base_ref = "main"
    scene.client(ada.id).get_repo("grace-demo/board").get_pull(number).edit(state="closed")
    assert scene.judge("--pull", str(number)) == {"count": "0"}
    assert scene.act() == "There is nothing to do.\n"


def test_a_head_that_moves_while_it_is_fetched_waits_for_its_event(
    scene: "Scene", monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, pull = scene.person(), GitHub.pull
    number = scene.submit(ada, ada.files())

    def late(hub: GitHub, wanted: int) -> object:
        found = pull(hub, wanted)
        scene.push(ada, ada.files(ada.submission({"2026-11-03": 5})))
        return found

    monkeypatch.setattr(GitHub, "pull", late)
    assert scene.judge("--pull", str(number)) == {"count": "0"}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"pull_request": {"number": "7"}},
        {"pull_request": {"number": -1}},
        {"pull_request": []},
        {"issue": {"number": 7}},
        {"comment": {"body": "/approve", "user": None}},
    ],
)
def test_an_event_that_tells_of_nothing_is_refused(scene: "Scene", payload: dict[str, Any]) -> None:
    scene.write_event(payload)
    code, _, err = scene.run("judge")
    assert (code, "event" in err) == (1, True)


@pytest.mark.parametrize(
    "change",
    [
        lambda payload: payload["issue"].pop("pull_request"),
        lambda payload: payload["comment"].update(user=None),
        lambda payload: payload["comment"].update(body="I like it."),
        lambda payload: payload["comment"]["user"].update(id=666),
    ],
)
def test_a_comment_that_is_no_maintainers_command_wakes_nobody(
    scene: "Scene", change: Callable[[dict[str, Any]], object]
) -> None:
    ada = scene.person()
    number = scene.submit(ada, ada.files())
    scene.say(1, number, "/recheck")
    assert scene.deliver()["outcome"] == "verified"
    payload = json.loads((scene.folder / "event.json").read_bytes())
    change(payload)
    scene.write_event(payload)
    assert scene.judge() == {"count": "0"}


def test_who_took_over_a_maintainers_old_login_is_none(scene: "Scene") -> None:
    heidi = scene.github.user(9, "heidi-demo")
    scene.repository.collaborators[9] = "write"
    hub = GitHub("grace-demo/board", scene.write_token, scene.github.url)
    assert hub.can_write(9, "heidi-demo")
    scene.github.rename(heidi, "heidi-new")
    scene.github.user(10, "heidi-demo")
    again = GitHub("grace-demo/board", scene.write_token, scene.github.url)
    assert [again.can_write(9, "heidi-demo"), again.can_write(10, "heidi-demo"), again.can_write(9, "heidi-new")] == [
        False,
        False,
        True,
    ]


def test_who_has_no_account_may_not_write_and_a_label_that_is_gone_is_taken_away(scene: "Scene") -> None:
    hub = GitHub("grace-demo/board", scene.write_token, scene.github.url)
    assert not hub.can_write(404, "nobody-demo"), "GitHub answers 404 with other words than `Not Found`"
    ada = scene.person()
    number = scene.submit(ada, ada.files())
    hub.label(replace(hub.pull(number), labels=("needs-review",)), add=(), remove=["needs-review"])


def test_requests_are_few_however_many_pull_requests_there_are(scene: "Scene") -> None:
    for user_id in range(10, 18):
        each = scene.person(user_id, f"user-{user_id}")
        scene.submit(each, each.files())
    before = len(scene.github.log)
    scene.run("sweep")
    asked = [path for _, path, _ in scene.github.log[before:] if path.startswith("/repos/")]
    assert len(asked) == 5, "open ones twice, closed ones with either label, and one dispatch"


def test_usage(scene: "Scene") -> None:
    assert scene.run("judge", "--pull", "1", "--open")[0] == 2
    assert scene.run("judge")[0] == 1
    assert scene.run("judge", "--pull", "1", "--board", "nowhere")[0] == 1
    assert "GitHub knows nothing of pull request 99" in scene.run("judge", "--pull", "99")[2]
