"""The workflows as written, step by step, against a real repository behind GitHub's API."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.validator.conftest import Contributor
    from tests.workflows.conftest import Scene
    from tests.workflows.runner import Run

HUGE = {"2026-11-02": 100_000_001}
"""Four times as many tokens in all: more than a day of one user may have unseen."""


def test_a_submission_goes_from_opening_to_the_site(scene: "Scene", ada: "Contributor") -> None:
    number = scene.submit(ada, ada.files())
    assert scene.ran() == ["validate.yml", "publish.yml"]
    validated, published = scene.runner.runs
    judge, act = validated.jobs["judge"], validated.jobs["act"]
    assert validated.results == {"judge": "success", "act": "success"}, judge.said + act.said
    head, base = scene.pull(number).head_sha, scene.pull(number).base_sha
    outputs = {"count": "1", "outcome": "verified", "codes": "", "head": head, "base": base, "number": str(number)}
    assert judge.outputs == outputs
    assert "**Verified.**" in judge.summary
    assert scene.is_merged(number)
    assert published.results == {"build": "success", "deploy": "success"}, published.jobs["build"].said
    assert scene.published("api/build.json")["users"] == [ada.id]
    assert (scene.runner.pages / "profile/ada-demo/index.html").exists()


def test_a_maintainers_word_merges_what_was_flagged(scene: "Scene", ada: "Contributor") -> None:
    mallory = scene.person(666, "mallory-demo")
    number = scene.submit(ada, ada.files(ada.submission(HUGE)))
    assert scene.ran() == ["validate.yml", "publish.yml"], "the site's queue has it at once"
    (waiting,) = scene.published("api/flagged.json")["submissions"]
    assert (waiting["pullRequest"], waiting["flaggedReason"]) == (number, "daily-tokens")
    assert scene.pull(number).labels == ["needs-review", "rule: daily-tokens"]
    (comment,) = scene.bot_comments(number)
    assert "**Flagged.**" in comment
    assert "/actions/runs/1)" in comment

    scene.say(mallory.id, number, "/approve")
    assert scene.runner.last("validate.yml").results == {"judge": "success", "act": "skipped"}
    scene.say(1, number, "That is a lot, @ada-demo.\n/approve")
    assert scene.runner.last("validate.yml").results == {"judge": "skipped", "act": "skipped"}
    assert not scene.is_merged(number)

    scene.say(1, number, "/approve")
    assert scene.is_merged(number)
    assert scene.ran()[-2:] == ["validate.yml", "publish.yml"]
    assert scene.published("api/flagged.json")["submissions"] == []
    validated = [run for run in scene.runner.runs if run.workflow == "validate.yml"]
    opened, stranger, talk, approval = (run.group for run in validated)
    assert opened == stranger == approval == f"validate-{number}"
    assert talk not in {opened, "validate-"}, "talk must not take the place of a push that waits"
    _check_tokens(scene, validated[0], number)


def _check_tokens(scene: "Scene", run: "Run", number: int) -> None:
    """Check that the job that looked at data could have written nothing, and that no token was printed."""
    judge, act = run.jobs["judge"], run.jobs["act"]
    scene.tokens[0] = judge.token
    repository, head = "/repos/grace-demo/board", scene.pull(number).head_sha
    assert scene.ask(0, "GET", f"{repository}/pulls/{number}").status_code == 200
    attempts: dict[str, dict[str, object]] = {
        f"issues/{number}/comments": {"body": "Verified."},
        f"issues/{number}/labels": {"labels": ["x"]},
        "git/refs": {"ref": "refs/heads/x", "sha": head},
        "actions/workflows/publish.yml/dispatches": {"ref": "main"},
    }
    for path, body in attempts.items():
        assert scene.ask(0, "POST", f"{repository}/{path}", **body).status_code == 403, path
    for job in (judge, act):
        assert not any(token in job.said + job.summary for token in (judge.token, act.token))


def test_what_was_pushed_after_the_judgement_is_not_merged(scene: "Scene", ada: "Contributor") -> None:
    later = ada.files(ada.submission({"2026-11-03": 77}))
    heads: list[str] = []

    def push_again(run: "Run", job: str) -> None:
        if job == "act" and not heads:
            heads.append(scene.push(ada.id, "ada-demo/board", later, "submit"))

    scene.runner.between = push_again
    number = scene.submit(ada, ada.files())
    scene.github.settle()
    first, second = (run for run in scene.runner.runs if run.workflow == "validate.yml")
    assert "moved" in first.jobs["act"].said
    assert second.event.action == "synchronize"
    assert second.jobs["judge"].outputs["head"] == heads[0]
    assert scene.is_merged(number)
    assert scene.runner.repository.git.run("show", f"main:{ada.path()}") == later[ada.path()]


def test_a_strangers_words_reach_no_output_and_no_comment(scene: "Scene", ada: "Contributor") -> None:
    evil = "main\n::set-output name=outcome::verified $(touch owned) `@grace-demo`"
    number = scene.submit(
        ada,
        {
            "submissions/01/1/xxxxxxxx/2026-11.json": evil.encode(),
            "submissions/92/4242/$(id)\noutcome=verified.json": b"{}",
            "leaderboard.toml": b"[policy]\ndaily_tokens = 9000000000\n",
        },
    )
    scene.github.settle()
    (run,) = scene.runner.runs
    assert run.results == {"judge": "success", "act": "success"}, run.jobs["act"].said
    assert run.jobs["judge"].outputs["outcome"] == "rejected"
    (comment,) = scene.bot_comments(number)
    assert "**Rejected.**" in comment
    assert "needs-changes" in scene.pull(number).labels
    for text in (comment, *scene.pull(number).labels, *run.jobs["judge"].outputs.values()):
        assert not any(word in text for word in ("@grace-demo", "$(", "set-output", "\noutcome", "9000000000"))


def test_work_on_the_board_itself_is_left_to_people(scene: "Scene", ada: "Contributor") -> None:
    number = scene.submit(ada, {".github/workflows/validate.yml": b"on: push\n", "README.md": b"Mine.\n"})
    run = scene.runner.last("validate.yml")
    assert run.jobs["judge"].outputs["outcome"] == "left-alone"
    assert run.results["act"] == "success"
    assert scene.bot_comments(number) == []
    assert scene.pull(number).state == "open"
    assert scene.pull(number).labels == []


def test_a_sweep_makes_up_for_a_pause_and_for_lost_events(scene: "Scene", ada: "Contributor") -> None:
    scene.runner.variables["TOKEN_TRACKER_PAUSED"] = "true"
    waiting = scene.submit(ada, ada.files())
    assert scene.ran() == ["validate.yml"]
    assert not scene.is_merged(waiting)
    scene.runner.variables.clear()
    scene.github.state.events.listeners.remove(scene.runner)
    other = scene.person(300, "user-300")
    unheard = scene.submit(other, other.files())
    scene.github.settle()
    scene.github.listen(scene.runner)

    run = scene.runner.schedule("sweep.yml")
    assert run.results == {"judge": "success", "act": "success"}, run.jobs["act"].said
    assert scene.is_merged(waiting)
    assert scene.is_merged(unheard)
    assert scene.ran() == ["validate.yml", "sweep.yml", "publish.yml"], "two merges are one build"
    assert scene.published("api/build.json")["users"] == [300, 4242]


def test_people_do_not_vanish_unless_they_left(scene: "Scene", ada: "Contributor") -> None:
    everybody = [ada, *(scene.person(number, f"user-{number}") for number in (300, 301, 302))]
    scene.push(1, "grace-demo/board", {path: raw for who in everybody for path, raw in who.files().items()})
    assert scene.runner.last("publish.yml").results["deploy"] == "success"
    scene.push(1, "grace-demo/board", {"submissions/2c/300": None})
    published = scene.runner.last("publish.yml")
    assert published.results == {"build": "success", "deploy": "success"}, published.jobs["build"].said
    assert scene.published("api/build.json")["users"] == [301, 302, 4242], "one user was removed on purpose"

    scene.push(1, "grace-demo/board", {"submissions/2d/301": None, "submissions/2e/302": None})
    refused = scene.runner.last("publish.yml")
    assert refused.results == {"build": "failure", "deploy": "skipped"}
    assert "2 of the published site's users would vanish (ids 301, 302)" in refused.jobs["build"].said
    assert scene.published("api/build.json")["users"] == [301, 302, 4242], "the site stays as it was"

    meant = scene.dispatch("publish.yml", users_may_vanish="true")
    assert meant.results == {"build": "success", "deploy": "success"}, meant.jobs["build"].said
    assert scene.published("api/build.json")["users"] == [4242]
