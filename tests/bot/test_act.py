"""Acting when things moved meanwhile, when somebody tries to be somebody else, and when a run is killed anywhere."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from validator.git import Repository
from validator.github import GitHub
from validator.remote import Remote
from validator.submission import render_submission

if TYPE_CHECKING:
    from tests.bot.conftest import Scene
    from tests.validator.conftest import Contributor

PUBLISH, SWEEP = "publish.yml", "sweep.yml"


class TestTheHeadMoves:
    def test_between_judge_and_act_nothing_is_done(self, scene: "Scene", ada: "Contributor") -> None:
        start, number = scene.main, scene.submit(ada, ada.files())
        scene.judge("--pull", str(number))
        scene.push(ada, ada.files(ada.submission({"2026-11-03": 5})))
        assert scene.act() == f"#{number}  moved\n"
        assert (scene.main, scene.comments(number), scene.labels(number)) == (start, [], set())
        assert "merged" in scene.bot(number)

    def test_an_approval_is_of_no_use_to_what_is_pushed_after_it(
        self, scene: "Scene", ada: "Contributor", flagged: Callable[[], int], huge: dict[str, int]
    ) -> None:
        number = flagged()
        scene.bot(number)
        scene.say(1, number, "/approve")
        worse = ada.submission({day: tokens * 9 for day, tokens in huge.items()})
        head = scene.push(ada, ada.files(worse))
        for _ in range(2):
            assert "flagged" in scene.bot(number)
        (comment,) = scene.bot_comments(number)
        assert head in comment
        assert scene.pull(number).state == "open"
        scene.say(1, number, "/approve")
        assert "merged" in scene.bot(number)

    def test_an_approval_written_before_the_verdict_is_none(self, scene: "Scene", flagged: Callable[[], int]) -> None:
        number = flagged()
        scene.say(1, number, "/approve")
        for _ in range(2):
            assert "flagged" in scene.bot(number)

    def test_an_approval_that_names_another_commit_is_none(self, scene: "Scene", flagged: Callable[[], int]) -> None:
        number = flagged()
        scene.bot(number)
        scene.say(1, number, f"/approve {'0' * 40}")
        assert "flagged" in scene.bot(number)
        scene.say(1, number, f"/approve {scene.pull(number).head_sha[:9]}")
        assert "merged" in scene.bot(number)


class TestPeople:
    def test_a_copied_mark_is_passed_over(self, scene: "Scene", ada: "Contributor", flagged: Callable[[], int]) -> None:
        number = flagged()
        scene.bot(number)
        (comment,) = scene.bot_comments(number)
        other = scene.submit(ada, ada.files(ada.submission({"2026-11-03": 100_000_001})), "other")
        forged = comment.replace(scene.pull(number).head_sha, scene.pull(other).head_sha)
        scene.say(ada.id, other, forged)
        scene.say(1, other, "/approve")
        assert "flagged" in scene.bot(other)
        assert scene.comments(other)[0][1] == forged
        assert len(scene.bot_comments(other)) == 1

    def test_a_maintainer_rejects(self, scene: "Scene", flagged: Callable[[], int]) -> None:
        number = flagged()
        scene.bot(number)
        scene.say(1, number, "/approve")
        scene.say(1, number, "/reject these are another tool's numbers")
        assert "declined" in scene.bot(number)
        assert (scene.pull(number).state, scene.pull(number).merged_at) == ("closed", None)
        assert scene.labels(number) == {"rejected"}

    def test_labels_of_people_stay(self, scene: "Scene", flagged: Callable[[], int]) -> None:
        number = flagged()
        scene.client(1).get_repo("grace-demo/board").get_issue(number).add_to_labels("friends", "rule: lowered")
        scene.bot(number)
        assert scene.labels(number) == {"friends", "needs-review", "rule: daily-tokens"}
        scene.say(1, number, "/approve")
        scene.bot(number)
        assert scene.labels(number) == {"friends"}

    def test_a_collaborator_with_write_permission_may_approve_and_one_without_not(
        self, scene: "Scene", flagged: Callable[[], int]
    ) -> None:
        reader, writer = scene.person(5, "reader-demo"), scene.person(6, "writer-demo")
        scene.repository.collaborators |= {reader.id: "read", writer.id: "write"}
        number = flagged()
        scene.bot(number)
        scene.say(reader.id, number, "/approve")
        assert scene.deliver() == {"count": "0"}
        scene.say(writer.id, number, "/approve")
        assert scene.deliver()["count"] == "1"
        assert "merged" in scene.act()

    def test_talk_is_no_command(self, scene: "Scene", flagged: Callable[[], int]) -> None:
        number = flagged()
        scene.bot(number)
        for body in ("please /approve", "> /approve", "Thanks!\n/approve", "/approve me", "/approved"):
            scene.say(1, number, body)
            assert scene.deliver() == {"count": "0"}
        assert "flagged" in scene.bot(number)


class TestPause:
    def test_everything_is_judged_and_nothing_merged(self, scene: "Scene", ada: "Contributor") -> None:
        start, number = scene.main, scene.submit(ada, ada.files())
        for value in ("true", "yes", "1"):
            scene.monkeypatch.setenv("TOKEN_TRACKER_PAUSED", value)
            assert scene.judge("--pull", str(number))["outcome"] == "verified"
            assert "Merging is paused" in scene.act()
            assert scene.main == start
        scene.monkeypatch.setenv("TOKEN_TRACKER_PAUSED", "false")
        assert "merged" in scene.act()

    def test_outside_of_a_workflow_github_is_asked(self, scene: "Scene", ada: "Contributor") -> None:
        number = scene.submit(ada, ada.files())
        scene.monkeypatch.delenv("TOKEN_TRACKER_PAUSED")
        scene.repository.variables["TOKEN_TRACKER_PAUSED"] = "true"
        scene.judge("--pull", str(number))
        assert "Merging is paused" in scene.run("act", token=scene.tokens[1])[1]
        del scene.repository.variables["TOKEN_TRACKER_PAUSED"]
        assert "TOKEN_TRACKER_PAUSED" in scene.run("act")[2], "a workflow's token may not ask"
        assert "merged" in scene.run("act", token=scene.tokens[1])[1]


class TestVerdictsThatAreNone:
    def change(self, scene: "Scene", edit: Callable[[dict[str, Any]], object]) -> tuple[int, str, str]:
        path = scene.folder / "verdicts.json"
        handed = json.loads(path.read_bytes())
        edit(handed["verdicts"][0])
        path.write_text(json.dumps(handed))
        return scene.run("act")

    @pytest.mark.parametrize(
        "edit",
        [
            lambda verdict: verdict["files"][0].update(blob="1" * 40),
            lambda verdict: verdict["files"].pop(),
            lambda verdict: verdict["files"][0].update(blob=None),
            lambda verdict: verdict.update(base="1" * 40),
        ],
    )
    def test_other_files_than_the_heads_are_not_merged(
        self, scene: "Scene", ada: "Contributor", edit: Callable[[dict[str, Any]], object]
    ) -> None:
        start, number = scene.main, scene.submit(ada, ada.files())
        scene.judge("--pull", str(number))
        code, out, err = self.change(scene, edit)
        assert (code, out) == (3, f"#{number}  unjudged\n")
        assert err
        assert scene.main == start

    def test_somebody_elses_files_are_not_merged(self, scene: "Scene", ada: "Contributor") -> None:
        """Even when the judge was fooled entirely: the pull request is Mallory's, its files are Ada's."""
        mallory = scene.person(666, "mallory-demo")
        start, number = scene.main, scene.submit(mallory, ada.files())
        scene.judge("--pull", str(number))
        files = {path: blob for path, _, blob in _tree(scene, number)}
        forged = [
            {"path": path, "blob": files[path], "hash": None, "key": None, "totalTokens": 0, "contributions": None}
            for path in ada.files()
        ]
        code, _, err = self.change(scene, lambda verdict: verdict.update(outcome="verified", findings=[], files=forged))
        assert (code, scene.main) == (1, start)
        assert "not about its author" in err

    @pytest.mark.parametrize(
        "edit",
        [
            lambda verdict: verdict.update(outcome="flagged"),
            lambda verdict: verdict["files"][0].update(path="README.md"),
            lambda verdict: verdict["files"][0].update(path="submissions/92/4242/../../../README.md"),
            lambda verdict: verdict.update(findings=[{"code": "@all", "level": "notice", "path": None, "size": None}]),
            lambda verdict: verdict.update(head="main"),
            lambda verdict: verdict.update(more=1),
        ],
    )
    def test_what_has_no_words_is_refused(
        self, scene: "Scene", ada: "Contributor", edit: Callable[[dict[str, Any]], object]
    ) -> None:
        start, number = scene.main, scene.submit(ada, ada.files())
        scene.judge("--pull", str(number))
        code, _, err = self.change(scene, edit)
        assert (code, scene.main) == (1, start)
        assert "damaged" in err


def _tree(scene: "Scene", number: int) -> Iterator[tuple[str, str, str]]:
    listed = scene.repository.git.run("ls-tree", "-r", scene.pull(number).head_sha).decode()
    for line in listed.splitlines():
        facts, path = line.split("\t")
        yield path, facts.split()[0], facts.split()[2]


class TestTheBoardMoves:
    def test_a_push_that_comes_too_late_is_made_upon_the_new_tip(
        self, scene: "Scene", ada: "Contributor", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number, push = scene.submit(ada, ada.files()), Remote.push
        scene.judge("--pull", str(number))

        def busy(remote: Remote, branch: str, new: str, old: str) -> None:
            monkeypatch.setattr(Remote, "push", push)
            scene.repository.git.move("refs/heads/main", scene.commit({"new.txt": b"new"}, scene.main))
            push(remote, branch, new, old)

        monkeypatch.setattr(Remote, "push", busy)
        assert "merged" in scene.act()
        assert {"new.txt", ada.path()} <= scene.files()

    def test_the_second_of_one_user_is_judged_again(self, scene: "Scene", ada: "Contributor") -> None:
        first = ada.submission()
        more = ada.submission({"2026-11-02": 1201, "2026-11-03": 5}, previous=first)
        one = scene.submit(ada, ada.files(first), "one")
        two = scene.submit(ada, ada.files(ada.submission({"2026-10-09": 5})), "two")
        three = scene.submit(ada, {ada.path(): render_submission(more)}, "three")
        scene.judge("--open")
        out = scene.run("act")[1]
        assert [f"#{one}  merged" in out, f"#{two}  stale" in out, f"#{three}  rejected" in out] == [True] * 3
        assert sorted(scene.dispatched()) == [PUBLISH, SWEEP]
        for _ in range(2):
            scene.run("sweep")
        assert {scene.pull(number).state for number in (one, two, three)} == {"closed"}
        assert scene.labels(three) == set()


class Killed:
    """Ends the run at the nth time that it changes anything, before or after it does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, place: int, *, after: bool) -> None:
        self.left, self.after, self.monkeypatch = place, after, monkeypatch
        for owner, names in ((GitHub, ("comment", "edit_comment", "label", "close", "dispatch")), (Remote, ("push",))):
            for name in names:
                self.watch(owner, name)

    def watch(self, owner: type, name: str) -> None:
        original = getattr(owner, name)

        def watched(*arguments: object, **more: object) -> object:
            self.left -= 1
            if self.left == 0 and not self.after:
                raise KeyboardInterrupt
            found = original(*arguments, **more)
            if self.left == 0:
                raise KeyboardInterrupt
            return found

        self.monkeypatch.setattr(owner, name, watched)


class Snapshot:
    """Everything at the stand-in that the bot may change, to be put back."""

    def __init__(self, scene: "Scene") -> None:
        self.scene, self.main = scene, scene.main
        self.pulls = {number: replace(pull, labels=[*pull.labels]) for number, pull in scene.repository.pulls.items()}
        self.comments = {number: replace(comment) for number, comment in scene.repository.comments.items()}

    def restore(self) -> None:
        repository = self.scene.repository
        repository.git.move("refs/heads/main", self.main)
        repository.pulls = {number: replace(pull, labels=[*pull.labels]) for number, pull in self.pulls.items()}
        repository.comments = {number: replace(comment) for number, comment in self.comments.items()}
        self.scene.github.settle()
        self.scene.heard.clear()


def _own(days: dict[str, int], user_id: int) -> dict[str, int]:
    """Numbers of nobody else's: two users with the very same are another matter."""
    return {day: tokens + user_id for day, tokens in days.items()}


@pytest.mark.parametrize(("command", "after"), [("act", False), ("act", True), ("sweep", True)])
def test_killed_anywhere_and_run_again_it_ends_the_same(
    scene: "Scene", huge: dict[str, int], command: str, *, after: bool
) -> None:
    """Four pull requests: one to merge, one to flag, one approved, one rejected by a maintainer."""
    people = [scene.person(user_id, f"user-{user_id}") for user_id in range(10, 14)]
    new, flag, approved, declined = numbers = [
        scene.submit(each, each.files(each.submission(_own(huge, each.id) if each.id > 10 else None)))
        for each in people
    ]
    scene.judge("--pull", str(approved), "--pull", str(declined))
    scene.act()
    scene.say(1, approved, "/approve")
    scene.say(1, declined, "/reject no")
    scene.judge("--open")
    snapshot, killed, code = Snapshot(scene), 0, 1
    while code:
        snapshot.restore()
        with pytest.MonkeyPatch.context() as patch:
            Killed(patch, killed + 1, after=after)
            code, _, _ = scene.run(command)
        killed += 1 if code else 0
        assert scene.run(command)[0] == 0
        if command == "act":
            assert "publish.yml" in scene.dispatched()
            assert scene.run("sweep")[0] == 0
        states = {number: (scene.pull(number).state, scene.labels(number)) for number in numbers}
        assert states == {
            new: ("closed", set()),
            flag: ("open", {"needs-review", "rule: daily-tokens"}),
            approved: ("closed", set()),
            declined: ("closed", {"rejected"}),
        }
        assert [len(scene.bot_comments(number)) for number in numbers] == [0, 1, 1, 1]
        assert "**Merged.**" in scene.bot_comments(approved)[0]
        assert {people[0].path(), people[2].path()} <= scene.files()
    assert killed >= 8, "each of the changes was a place to be killed at"


def test_what_github_refuses_for_one_keeps_no_other_waiting(
    scene: "Scene", ada: "Contributor", flagged: Callable[[], int]
) -> None:
    number, bob = flagged(), scene.person(77, "bob-demo")
    other = scene.submit(bob, bob.files(bob.submission({"2026-11-02": 100_000_001})))
    scene.judge("--pull", str(number), "--pull", str(other))
    scene.github.fail("POST", f"*/issues/{number}/comments", "502", times=20)
    code, _, err = scene.run("act")
    assert code == 3
    assert (f"#{number}" in err, f"#{other}" in err) == (True, False)
    assert len(scene.bot_comments(other)) == 1
    assert scene.run("act")[0] == 0
    assert len(scene.bot_comments(number)) == 1


def test_a_workflow_that_is_missing_is_told_and_stops_nothing(
    scene: "Scene", ada: "Contributor", flagged: Callable[[], int]
) -> None:
    number = flagged()
    scene.bot(number)
    scene.say(1, number, "/approve")
    scene.judge("--pull", str(number))
    scene.monkeypatch.setattr("validator.act.PUBLISH", "gone.yml")
    code, out, err = scene.run("act")
    assert (code, "merged" in out, "gone.yml" in err) == (3, True, True)
    assert scene.labels(number) == set()


def test_a_limit_is_waited_out(scene: "Scene", flagged: Callable[[], int]) -> None:
    number = flagged()
    scene.judge("--pull", str(number))
    scene.github.fail("POST", f"*/issues/{number}/comments", "403 retry-after", seconds=1)
    scene.act()
    assert len(scene.bot_comments(number)) == 1


def test_acting_reads_no_file_of_a_pull_request(
    scene: "Scene", ada: "Contributor", monkeypatch: pytest.MonkeyPatch
) -> None:
    number = scene.submit(ada, ada.files())
    scene.judge("--pull", str(number))
    read: list[str] = []
    blob = Repository.blob

    def watched(repository: Repository, oid: str, limit: int) -> bytes:
        read.append(oid)
        return blob(repository, oid, limit)

    monkeypatch.setattr(Repository, "blob", watched)
    assert "merged" in scene.act()
    assert read == []
    assert Path("verdicts.json").exists()
