"""`submit` as somebody runs it, from the logs to the board and again."""

import json
import threading
from typing import TYPE_CHECKING

import pytest

from cli.locks import alone
from validator.store import profile_path, submission_path
from validator.submission import MAX_PROFILE_BYTES, MAX_SUBMISSION_BYTES, parse_profile, parse_submission

if TYPE_CHECKING:
    from tests.cli.submit.conftest import Machine, Scene

BOARD = ("--to", "grace-demo/board")
PROFILE = profile_path(4242)


def _month(machine: "Machine", period: str = "2026-11") -> str:
    return submission_path(4242, machine.device, period)


def test_from_the_logs_to_the_board(scene: "Scene", ada: "Machine") -> None:
    pull = scene.submit(ada)
    assert pull.author.id == 4242
    assert pull.head_ref == f"token-tracker/{ada.device}"
    assert pull.title == "Usage of ada-demo: 2026-11"
    assert scene.bot() == f"#{pull.number}  merged  {scene.repository.git.ref('refs/heads/main')}\n"
    submission = parse_submission(scene.files()[_month(ada)])
    assert (submission.revision, submission.data.summary.total_tokens) == (1, 1010)
    assert [each.id for each in parse_profile(scene.files()[PROFILE]).devices] == [ada.device]

    requests = len(scene.github.log)
    code, out, err = scene.run(ada, "submit", "--yes", *BOARD)
    assert (code, out) == (0, "")
    assert "all is published already" in err
    assert {each[0] for each in scene.github.log[requests:]} == {"GET"}
    assert not [each for each in scene.github.log[requests:] if "/git/blobs/" in each[1]][2:]

    ada.use({"2026-11-21": 5})
    second = scene.submit(ada)
    assert second.number != pull.number
    assert "merged" in scene.bot()
    again = parse_submission(scene.files()[_month(ada)])
    assert (again.revision, again.previous) == (2, submission.hash)
    assert scene.forks() == ["ada-demo/board"]


def test_a_second_run_sends_nothing(scene: "Scene", ada: "Machine") -> None:
    pull = scene.submit(ada)
    head, before = pull.head_sha, len(scene.github.log)
    code, out, err = scene.run(ada, "submit", *BOARD)
    assert code == 0, "there is nothing to be asked, so no terminal is needed"
    assert out.endswith(f"/pull/{pull.number}\n")
    assert f"Already offered in {out.strip()}; nothing was sent." in err
    assert {each[0] for each in scene.github.log[before:]} == {"GET"}
    assert (scene.pulls(), pull.head_sha) == ([(pull.number, "open")], head)


def test_a_pull_request_that_says_something_else_is_mended(scene: "Scene", ada: "Machine") -> None:
    pull = scene.submit(ada)
    head, body = pull.head_sha, pull.body
    pull.body = "What it held before."
    assert scene.submit(ada) is pull
    assert (pull.head_sha, pull.body) == (head, body)
    pull.title = "Usage of ada-demo: 2026-10"
    scene.submit(ada)
    assert (pull.head_sha, pull.title) == (head, "Usage of ada-demo: 2026-11")


def test_more_usage_updates_the_open_pull_request(scene: "Scene", ada: "Machine") -> None:
    pull = scene.submit(ada)
    first = scene.files(pull.head_sha)
    ada.use({"2026-10-03": 7, "2026-11-21": 5})
    assert scene.submit(ada) is pull
    files = scene.files(pull.head_sha)
    assert files.keys() == {_month(ada), _month(ada, "2026-10"), PROFILE}
    assert files[PROFILE] == first[PROFILE], "what says the same keeps its bytes"
    assert parse_submission(files[_month(ada)]).revision == 1, "nothing is published yet"
    assert "2026-10 to 2026-11" in pull.title
    assert "merged" in scene.bot()
    assert len(scene.repository.pulls) == 1


def test_a_dry_run_shows_the_exact_bytes_and_sends_nothing(scene: "Scene", ada: "Machine") -> None:
    ada.use({"2026-10-03": 7})
    code, out, err = scene.run(ada, "submit", "--dry-run", *BOARD)
    assert code == 0
    assert "2026-10" in err
    assert scene.pulls() == []
    assert {each[0] for each in scene.github.log} == {"GET"}
    scene.clock.seconds -= 10
    pull = scene.submit(ada)
    assert out == "".join(
        f"==> {path} <==\n{content.decode()}" for path, content in sorted(scene.files(pull.head_sha).items())
    )
    scene.clock.seconds -= 10
    shown = json.loads(scene.run(ada, "submit", "--dry-run", "--json", *BOARD)[1])
    assert shown["contents"] == {path: text.decode() for path, text in scene.files(pull.head_sha).items()}
    assert shown["new"] is False


def test_nothing_is_sent_without_a_yes(scene: "Scene", ada: "Machine") -> None:
    code, out, err = scene.run(ada, "submit", *BOARD)
    assert (code, out) == (1, "")
    assert "there is no terminal. Use --yes" in err
    for answer in ("\n", "n\n"):
        code, _, err = scene.run(ada, "submit", *BOARD, answer=answer)
        assert code == 1
        assert "Submit this to grace-demo/board as @ada-demo? [y/N]" in err
        assert "Nothing was sent." in err
    assert {each[0] for each in scene.github.log} == {"GET"}
    code, out, err = scene.run(ada, "submit", *BOARD, answer="y\n")
    assert (code, out.endswith("/pull/1\n")) == (0, True)
    assert "Sending 2 files to ada-demo/board …" in err
    assert f"{ada.device}/2026-11.json" in err
    assert len(scene.pulls()) == 1


def test_published_days_go_down_only_by_force(scene: "Scene", ada: "Machine") -> None:
    ada.use({"2026-11-19": 300})
    scene.submit(ada)
    scene.bot()
    ada.forget()
    ada.use({"2026-11-20": 1100, "2026-11-19": 3})
    code, _, err = scene.run(ada, "submit", "--yes", *BOARD)
    assert code == 1
    assert "1 published day would go down, the first 2026-11-19: nothing was sent." in err
    assert "--force" in err
    around = scene.submit(ada, "--since", "2026-11-20")
    assert _tokens(scene.files(around.head_sha)[_month(ada)]) == {"2026-11-19": 310, "2026-11-20": 1110}
    forced = scene.submit(ada, "--force")
    assert forced is around
    assert _tokens(scene.files(forced.head_sha)[_month(ada)]) == {"2026-11-19": 13, "2026-11-20": 1110}
    assert "flagged" in scene.bot()
    assert "2026-11-19" in (forced.body or "")
    code, out, err = scene.run(ada, "submit", "--wait", *BOARD)
    assert (code, out.endswith(f"/pull/{forced.number}\n")) == (3, True)
    assert "Flagged: nothing is wrong so far" in err
    assert "lowered: Look at published days that go down." in err


def _tokens(content: bytes) -> dict[str, int]:
    return {day.date: day.total_tokens for day in parse_submission(content).data.contributions}


def test_what_is_not_selected_is_neither_published_nor_lowered(scene: "Scene", ada: "Machine") -> None:
    ada.use({"2026-09-01": 1, "2026-10-03": 2, "2026-10-20": 3})
    pull = scene.submit(ada, "--since", "2026-10-01", "--until", "2026-10-10")
    assert scene.files(pull.head_sha).keys() == {_month(ada, "2026-10"), PROFILE}
    assert _tokens(scene.files(pull.head_sha)[_month(ada, "2026-10")]) == {"2026-10-03": 12}
    code, out, _ = scene.run(ada, "submit", "--yes", "--source", "codex", "--json", *BOARD)
    assert (code, json.loads(out)["new"]) == (0, False), "what is offered stays offered"
    scene.submit(ada)
    assert scene.files(pull.head_sha).keys() == {
        *(_month(ada, period) for period in ("2026-09", "2026-10", "2026-11")),
        PROFILE,
    }


def test_a_first_submission_covers_a_year_at_most(scene: "Scene", ada: "Machine") -> None:
    ada.use({"2024-12-24": 1, "2025-11-30": 2, "2025-12-01": 3})
    code, out, err = scene.run(ada, "submit", "--yes", *BOARD)
    assert code == 0
    assert "Usage before 2025-12-01 stays out, since one pull request covers 365 days at most." in err
    assert "token-tracker submit --since 2024-12-01 --until 2025-11-30" in err
    assert "merged" in scene.bot()
    older = scene.submit(ada, "--since", "2024-12-01", "--until", "2025-11-30")
    assert "merged" in scene.bot(), out
    assert older.merged_at
    _, _, err = scene.run(ada, "submit", "--yes", *BOARD)
    assert "stays out" not in err
    assert {path.rpartition("/")[2] for path in scene.files()} >= {
        "2024-12.json",
        "2025-11.json",
        "2025-12.json",
        "2026-11.json",
    }


def test_the_board_says_how_many_days_a_pull_request_covers(scene: "Scene", ada: "Machine") -> None:
    scene.write("leaderboard.toml", scene.leaderboard + b"[policy]\ndays_per_change = 40\n")
    ada.use({"2026-09-30": 5, "2026-10-14": 6})
    pull = scene.submit(ada)
    assert scene.files(pull.head_sha).keys() == {_month(ada), PROFILE}
    assert "merged" in scene.bot()


def test_json_tells_what_was_done(scene: "Scene", ada: "Machine") -> None:
    code, out, _ = scene.run(ada, "submit", "--yes", "--json", *BOARD)
    told = json.loads(out)
    assert code == 0
    assert (told["user"], told["device"], told["new"]) == ({"id": 4242, "login": "ada-demo"}, ada.device, True)
    (month,) = told["months"]
    assert (month["month"], month["revision"], month["totalTokens"], month["publishedTokens"]) == (
        "2026-11",
        1,
        1010,
        None,
    )
    assert told["pullRequest"]["number"] == 1
    assert told["verdict"] is None
    scene.bot()


def test_waiting_ends_with_the_verdict(scene: "Scene", ada: "Machine") -> None:
    pull = scene.submit(ada)
    scene.repository.git.run("cat-file", "-e", pull.head_sha)
    ada.use({"2026-11-21": 1})
    scene.github.settle()
    assert scene.follow(ada, pull.number, lambda seconds: scene.bot()) == ("merged", ())
    assert scene.follow(ada, pull.number, lambda seconds: pytest.fail("it is merged")) == ("merged", ())


def test_a_clock_that_is_ahead_is_told(scene: "Scene", ada: "Machine") -> None:
    ada.environment["SOURCE_DATE_EPOCH"] = str(int(scene.clock.seconds) + 2 * 3600)
    code, _, err = scene.run(ada, "submit", "--yes", *BOARD)
    assert code == 1
    assert "2.0 hours ahead of GitHub's" in err
    assert scene.pulls() == []


def test_a_machine_without_usage_offers_nothing(scene: "Scene") -> None:
    code, out, err = scene.run(scene.machine(), "submit", "--yes", *BOARD)
    assert (code, out) == (0, "")
    assert "No usage was found to submit." in err
    assert scene.pulls() == []


def test_a_damaged_board_is_told_and_a_damaged_offer_is_replaced(scene: "Scene", ada: "Machine") -> None:
    pull = scene.submit(ada)
    scene.overwrite(pull, {_month(ada): b"{}", PROFILE: b"\xff"})
    assert scene.submit(ada) is pull
    assert "merged" in scene.bot()
    scene.write(PROFILE, b"{}")
    ada.use({"2026-11-21": 5})
    code, _, err = scene.run(ada, "submit", "--yes", *BOARD)
    assert code == 1
    assert f"{PROFILE} on the board cannot be read" in err


def test_the_wrong_way_round_is_a_usage_error(scene: "Scene", ada: "Machine") -> None:
    code, _, err = scene.run(ada, "submit", "--since", "2026-11-02", "--until", "2026-11-01")
    assert (code, scene.github.log) == (2, [])
    assert "2026-11-02 is later than 2026-11-01" in err


def test_a_file_too_large_to_be_ours_is_replaced(scene: "Scene", ada: "Machine") -> None:
    pull = scene.submit(ada)
    scene.overwrite(pull, {_month(ada): b" " * (MAX_SUBMISSION_BYTES + 1), PROFILE: b" " * (MAX_PROFILE_BYTES + 1)})
    scene.submit(ada)
    assert parse_submission(scene.files(pull.head_sha)[_month(ada)]).data.summary.total_tokens == 1010


def test_rules_of_the_board_that_are_newer_than_this_command_do_not_stop_it(scene: "Scene", ada: "Machine") -> None:
    scene.write("leaderboard.toml", scene.leaderboard + b"[policy]\nof_tomorrow = 1\n")
    assert scene.submit(ada).state == "open"


def test_two_submits_of_one_machine_follow_one_another(scene: "Scene", ada: "Machine") -> None:
    waiting, order = threading.Event(), []

    def second() -> None:
        with alone(ada.settings.data_dir / "submit.lock", waiting.set):
            order.append("second")

    with alone(ada.settings.data_dir / "submit.lock", lambda: pytest.fail("nobody else is there")):
        other = threading.Thread(target=second)
        other.start()
        assert waiting.wait(10)
        order.append("first")
    other.join()
    assert order == ["first", "second"]


def test_a_data_folder_that_cannot_be_locked_is_told(scene: "Scene", ada: "Machine") -> None:
    (ada.settings.data_dir / "submit.lock").mkdir(parents=True)
    code, _, err = scene.run(ada, "submit", "--yes", *BOARD)
    assert code == 1
    assert "submit.lock cannot be locked" in err
