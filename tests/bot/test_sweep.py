"""Sweeping: all open pull requests at once, again and again, with the same result."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bot.conftest import Scene


def test_everything_open_is_settled_and_all_that_may_is_merged_in_one_push(
    scene: "Scene", huge: dict[str, int]
) -> None:
    people = [scene.person(user_id, f"user-{user_id}") for user_id in range(10, 16)]
    good = [scene.submit(each, each.files()) for each in people[:3]]
    flag = scene.submit(people[3], people[3].files(people[3].submission(huge)))
    theirs = people[0].submission({"2026-11-03": 5})
    reject = scene.submit(people[4], people[0].files(theirs))
    code = scene.submit(people[5], {"README.md": b"Better.\n"})
    start = scene.main
    scene.repository.git.run("config", "core.logAllRefUpdates", "always")

    status, out, err = scene.run("sweep")
    assert (status, err) == (0, ""), out
    assert [line.split("  ")[1] for line in out.splitlines()] == ["merged"] * 3 + ["flagged", "rejected", "left-alone"]
    updates = scene.repository.git.run("reflog", "show", "main").decode().splitlines()
    assert len(updates) == 1
    assert [scene.pull(number).merged_at is not None for number in good] == [True] * 3
    assert scene.labels(flag) == {"needs-review", "rule: daily-tokens"}
    assert scene.labels(reject) == {"needs-changes", "rule: own-folder"}
    assert (scene.labels(code), scene.comments(code)) == (set(), [])
    assert scene.dispatched() == ["publish.yml"] * 2, "for the merges, and for the page of what waits"

    tip, before = scene.main, [scene.comments(number) for number in (*good, flag, reject, code)]
    writes = len(scene.github.log)
    assert scene.run("sweep")[0] == 0
    assert (scene.main, [scene.comments(number) for number in (*good, flag, reject, code)]) == (tip, before)
    assert {method for method, path, _ in scene.github.log[writes:] if "/repos/" in path} == {"GET"}
    assert tip != start


def test_in_a_workflow_another_job_judges(scene: "Scene") -> None:
    ada = scene.person()
    number = scene.submit(ada, ada.files())
    assert scene.judge("--open")["count"] == "1"
    assert scene.run("sweep", "--verdicts", "verdicts.json")[1] == f"#{number}  merged  {scene.main}\n"


def test_labels_that_closed_pull_requests_kept_are_taken(scene: "Scene", huge: dict[str, int]) -> None:
    ada, bob = scene.person(), scene.person(77, "bob-demo")
    mine, his = (scene.submit(each, each.files(each.submission(huge))) for each in (ada, bob))
    scene.run("sweep")
    scene.client(77).get_repo("grace-demo/board").get_pull(his).edit(state="closed")
    scene.say(1, mine, "/approve")
    scene.judge("--pull", str(mine))
    scene.act()
    scene.pull(mine).labels = ["needs-review"]
    scene.run("sweep")
    assert (scene.labels(mine), scene.labels(his)) == (set(), set())


def test_without_any_pull_request_there_is_nothing_to_say(scene: "Scene") -> None:
    assert scene.run("sweep") == (0, "", "")


def test_what_cannot_be_judged_is_named(scene: "Scene") -> None:
    ada, bob = scene.person(), scene.person(77, "bob-demo")
    damaged = scene.submit(ada, ada.files())
    fine = scene.submit(bob, bob.files())
    broken = scene.commit({"submissions/92/4242/reviews.json": b"{}"}, scene.main)
    scene.repository.git.move("refs/heads/main", broken)
    draft = scene.submit(scene.person(78, "eve-demo"), scene.person(78).files(), "draft")
    scene.pull(draft).draft = True
    _, out, _ = scene.run("sweep")
    assert f"#{damaged}  ada-demo  not judged" in out
    assert f"#{draft}  eve-demo  not judged  It is a draft." in out
    assert f"#{fine}  merged" in out


def test_a_fork_that_is_gone_is_judged_all_the_same(scene: "Scene") -> None:
    ada = scene.person()
    number = scene.submit(ada, ada.files())
    fork = next(each for each in scene.github.state.repositories.values() if each.parent is scene.repository)
    pull = scene.pull(number)
    pull.head = None
    fork.deleted = True
    assert f"#{number}  rejected" in scene.run("sweep")[1]
    assert "rule: own-fork" in scene.labels(number)
