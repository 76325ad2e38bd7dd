"""The way of one pull request past the bot, from opening to the page, over a real API and real Git."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from validator.git import Repository
from validator.reviews import parse_reviews
from validator.store import reviews_path
from validator.submission import render_submission
from validator.trailers import parse_message

if TYPE_CHECKING:
    from tests.bot.conftest import Scene
    from tests.validator.conftest import Contributor


def test_a_flagged_pull_request_from_opening_to_the_page(
    scene: "Scene", ada: "Contributor", flagged: Callable[[], int]
) -> None:
    mallory = scene.person(666, "mallory-demo")
    start, number = scene.main, flagged()
    head = scene.pull(number).head_sha

    outputs = scene.deliver()
    assert outputs == {
        "count": "1",
        "outcome": "flagged",
        "codes": "daily-tokens",
        "head": head,
        "base": start,
        "number": str(number),
    }
    assert "flagged" in scene.act()
    assert scene.labels(number) == {"needs-review", "rule: daily-tokens"}
    (comment,) = scene.bot_comments(number)
    assert "**Flagged.**" in comment
    assert f"/approve {head}" in comment
    assert scene.main == start

    scene.say(mallory.id, number, "/approve")
    assert scene.deliver() == {"count": "0"}
    assert scene.act() == "There is nothing to do.\n"
    scene.bot(number)
    assert scene.main == start, "a stranger's approval is none, however the bot is woken"
    assert scene.bot_comments(number) == [comment]

    scene.say(1, number, "/approve")
    assert scene.deliver()["outcome"] == "flagged"
    told = scene.act()
    assert told == f"#{number}  merged  {scene.main}\n"
    pull = scene.pull(number)
    assert (pull.state, pull.merged_at is not None) == ("closed", True)
    assert scene.labels(number) == set()
    (comment,) = scene.bot_comments(number)
    assert "**Merged.**" in comment
    assert scene.dispatched() == ["publish.yml"] * 2, "for the page of what waits, and for the merge"

    with Repository(scene.folder / "board.git") as repository:
        merge = repository.commit(scene.main)
        assert merge.parents == (start, head)
        record = parse_message(merge.message)
        assert record is not None
        assert (record.outcome, record.reviewer, record.pull_request) == ("flagged", "grace-demo", number)
        entry = repository.entry(merge.tree, reviews_path(ada.id))
        assert entry is not None
        approvals = parse_reviews(repository.blob(entry.oid, 10_000)).approvals
    assert {(each.rule, each.reviewer, each.pull_request) for each in approvals} >= {
        ("daily-tokens", "grace-demo", number)
    }
    assert scene.run("verify", "--repository", "board.git")[0] == 0
    assert scene.run("build", "--repository", "board.git", "--output", "site")[0] == 0
    page = (scene.folder / "site/profile/ada-demo/index.html").read_text(encoding="utf-8")
    assert "ada-demo" in page
    shown = json.loads((scene.folder / "site/api/users/ada-demo.json").read_bytes())
    assert shown["stats"]["totalTokens"] == ada.submission({"2026-11-02": 100_000_001}).data.summary.total_tokens

    first = ada.submission({"2026-11-02": 100_000_001})
    grown = ada.submission({"2026-11-02": 120_000_001}, previous=first)
    later = scene.submit(ada, {ada.path(): render_submission(grown)}, "again")
    assert scene.deliver()["outcome"] == "verified", "what was approved passes up to half as much again"
    assert "merged" in scene.act()
    assert scene.labels(later) == set()
    assert scene.comments(later) == [], "what passes is merged without a word"


def test_a_verified_pull_request_is_merged_without_a_word(scene: "Scene", ada: "Contributor") -> None:
    number = scene.submit(ada, ada.files())
    assert scene.deliver()["outcome"] == "verified"
    assert "merged" in scene.act()
    assert ada.path() in scene.files()
    assert (scene.comments(number), scene.labels(number)) == ([], set())


def test_a_rejected_one_is_told_what_to_do_mends_it_and_is_merged(scene: "Scene", ada: "Contributor") -> None:
    broken = ada.files()
    broken[ada.path()] = broken[ada.path()].replace(b'"totalTokens"', b'"totalTokenz"')
    number = scene.submit(ada, broken)
    assert scene.deliver()["outcome"] == "rejected"
    scene.act()
    assert scene.labels(number) >= {"needs-changes", "rule: schema"}
    (comment,) = scene.bot_comments(number)
    assert "**Rejected.**" in comment
    assert "totalTokenz" not in comment, "nothing that the pull request holds is in the comment"
    summary = scene.folder / "summary.md"
    scene.monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    scene.judge("--pull", str(number))
    assert "What has to be mended" in summary.read_text(encoding="utf-8")

    scene.push(ada, ada.files())
    assert scene.deliver()["outcome"] == "verified"
    assert "merged" in scene.act()
    assert scene.labels(number) == set()
    (comment,) = scene.bot_comments(number)
    assert "**Merged.**" in comment


def test_work_on_the_board_itself_is_left_alone(scene: "Scene", ada: "Contributor") -> None:
    start, number = scene.main, scene.submit(ada, {"README.md": b"A better board.\n"})
    assert scene.deliver()["outcome"] == "left-alone"
    scene.act()
    assert (scene.main, scene.comments(number), scene.labels(number)) == (start, [], set())
