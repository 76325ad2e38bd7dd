"""Merging: exactly the judged bytes, all or nothing, once, whatever happens meanwhile."""

import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cli.main import run
from validator import ValidatorError, handover
from validator import merge as merging
from validator.audit import audit
from validator.change import Author
from validator.config import Policy
from validator.contributions import INDEX, contributions_hash, parse_entry
from validator.findings import JudgedFile, Verdict
from validator.git import REGULAR, Draft, Identity, RefMoved, Repository
from validator.handover import Judged
from validator.judge import judge
from validator.merge import PullRequest, Result, Status, merge
from validator.reviews import Reviews, parse_reviews
from validator.store import reviews_path, user_folder
from validator.submission import Submission, render_submission
from validator.trailers import parse_message

if TYPE_CHECKING:
    from tests.validator.conftest import Board, Contributor

POLICY = Policy()
HUGE = {"2026-11-02": 100_000_001}
"""Four times as many tokens in all: more than a day of one user may have unseen."""
LARGE = {"2026-11-02": 300_000}
"""Four times as many tokens in all: enough that others are not expected to have the very same."""


def ask(number: int, head: str, author: "Contributor", approved_by: str | None = None) -> PullRequest:
    return PullRequest(
        number=number,
        head=head,
        author_id=author.id,
        author_login=author.login,
        head_owner_id=author.id,
        approved_by=approved_by,
    )


def index_of(board: "Board") -> dict[tuple[str, str], bytes]:
    """The content of every entry of the index, by its hash and the path of its submission."""
    found = {}
    for path, mode, oid in board.repository.walk(board.tree, INDEX):
        entry = parse_entry(path)
        assert entry is not None
        assert mode == REGULAR
        found[entry] = board.repository.blob(oid, 1)
    return found


def statuses(results: list[Result]) -> dict[int, Status]:
    return {result.request.number: result.status for result in results}


def reviews_of(board: "Board", user: "Contributor") -> Reviews:
    entry = board.repository.entry(board.tree, reviews_path(user.id))
    assert entry is not None
    return parse_reviews(board.repository.blob(entry.oid, 1_000_000))


def contents(board: "Board") -> dict[str, bytes]:
    return {path: board.repository.blob(oid, 1_000_000) for path, _, oid in board.repository.walk(board.tree)}


class TestOnePullRequest:
    def test_the_merge_has_two_parents_and_mains_tree_with_the_judged_files(
        self, board: "Board", ada: "Contributor", now: dt.datetime
    ) -> None:
        old_fork = board.main
        main = board.push({"README.md": b"A newer board.\n", "new.txt": b"new"})
        before = contents(board)
        head = board.pull(7, ada.files(), parent=old_fork)
        (result,) = merge(board.repository, [ask(7, head, ada)], POLICY, now)
        assert (result.status, result.commit) == (Status.MERGED, board.main)
        assert board.repository.commit(board.main).parents == (main, head)
        assert board.repository.commit(board.main).time == now
        after = contents(board)
        assert after.pop(reviews_path(ada.id))
        assert after == before | ada.files()
        board.git("fsck", "--strict", "--no-dangling")

    def test_the_trailers_say_what_was_merged(self, board: "Board", ada: "Contributor", now: dt.datetime) -> None:
        submission = ada.submission()
        head = board.pull(7, ada.files(submission))
        merge(board.repository, [ask(7, head, ada)], POLICY, now)
        record = parse_message(board.repository.commit(board.main).message)
        assert record is not None
        assert (record.outcome, record.pull_request, record.user_id, record.login) == ("verified", 7, ada.id, ada.login)
        paths = {path: oid for path, _, oid in board.repository.walk(board.tree, user_folder(ada.id))}
        assert {file.path: file.blob for file in record.files} == paths
        (month,) = [file for file in record.files if file.hash]
        assert (month.path, month.hash) == (ada.path(), submission.hash)
        listed = subprocess.run(
            ["ssh-keygen", "-lf", "-"], input=ada.public_key.encode(), capture_output=True, check=True
        ).stdout.decode()
        assert month.key == listed.split()[1]

    def test_running_again_changes_nothing(self, board: "Board", ada: "Contributor", now: dt.datetime) -> None:
        request = ask(7, board.pull(7, ada.files()), ada)
        merge(board.repository, [request], POLICY, now)
        tip = board.main
        (result,) = merge(board.repository, [request], POLICY, now + dt.timedelta(days=1))
        assert (result.status, board.main) == (Status.ALREADY_MERGED, tip)

    def test_a_head_that_is_not_the_one_asked_for_waits(
        self, board: "Board", ada: "Contributor", now: dt.datetime
    ) -> None:
        judged = board.pull(7, ada.files())
        board.pull(7, ada.files(ada.submission({"2026-11-03": 7})))
        unknown = ask(8, judged, ada)
        tip = board.main
        results = merge(board.repository, [ask(7, judged, ada), unknown], POLICY, now)
        assert statuses(results) == {7: Status.MOVED, 8: Status.MOVED}
        assert board.main == tip

    def test_somebody_elses_folder_is_rejected(
        self, board: "Board", ada: "Contributor", contributor: "Callable[[int], Contributor]", now: dt.datetime
    ) -> None:
        tip = board.main
        mallory = contributor(666)
        (result,) = merge(board.repository, [ask(7, board.pull(7, ada.files()), mallory)], POLICY, now)
        assert (result.status, board.main) == (Status.REJECTED, tip)
        assert result.verdict is not None
        assert "own-folder" in {finding.code for finding in result.verdict.findings}

    def test_work_on_the_board_itself_is_left_alone(self, board: "Board", ada: "Contributor", now: dt.datetime) -> None:
        tip = board.main
        (result,) = merge(board.repository, [ask(7, board.pull(7, {"README.md": b"!"}), ada)], POLICY, now)
        assert (result.status, result.verdict, board.main) == (Status.LEFT_ALONE, None, tip)

    def test_leaving_takes_the_whole_folder_along(self, board: "Board", ada: "Contributor", now: dt.datetime) -> None:
        before = contents(board)
        merge(board.repository, [ask(7, board.pull(7, ada.files()), ada)], POLICY, now)
        head = board.pull(8, dict.fromkeys(ada.files()))
        (result,) = merge(board.repository, [ask(8, head, ada)], POLICY, now)
        assert result.status is Status.MERGED
        assert contents(board) == before

    def test_a_verdict_about_another_folder_is_never_merged(
        self,
        board: "Board",
        ada: "Contributor",
        contributor: "Callable[[int], Contributor]",
        now: dt.datetime,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        tip, head = board.main, board.pull(7, ada.files())
        bob = contributor(77)
        for path in (bob.path(), reviews_path(ada.id), "README.md"):
            wrong = Verdict(tip, head, ada.id, ada.login, files=(JudgedFile(path, ""),))
            monkeypatch.setattr(merging, "judge", lambda repository, wrong=wrong, **_: wrong)
            with pytest.raises(ValidatorError, match="not about its author"):
                merge(board.repository, [ask(7, head, ada)], POLICY, now)
        assert board.main == tip


class TestIndex:
    """What the index of contributions has after each merge, and what a copy meets."""

    def test_an_entry_comes_with_a_submission_follows_its_revisions_and_goes_with_it(
        self, board: "Board", ada: "Contributor", now: dt.datetime
    ) -> None:
        first = ada.submission(LARGE)
        second = ada.submission({**LARGE, "2026-11-03": 7}, previous=first)
        small = ada.submission(previous=second)
        steps: list[tuple[Mapping[str, bytes | None], list[Submission]]] = [
            (ada.files(first), [first]),
            ({ada.path("2026-10"): render_submission(ada.submission({"2026-10-02": 5}))}, [first]),
            ({ada.path(): render_submission(second)}, [second]),
            ({ada.path(): render_submission(small)}, []),
            ({ada.path(): render_submission(ada.submission(LARGE, previous=small))}, [first]),
            ({ada.path(): None}, []),
        ]
        for number, (files, listed) in enumerate(steps, 1):
            (result,) = merge(board.repository, [ask(number, board.pull(number, files), ada, "m")], POLICY, now)
            assert result.status is Status.MERGED
            assert index_of(board) == {(contributions_hash(each), ada.path()): b"" for each in listed}, (
                f"after pull request {number}"
            )
            assert audit(board.repository, "main").problems == ()

    def test_a_copy_of_what_another_user_published_waits_for_a_maintainer(
        self, board: "Board", ada: "Contributor", contributor: "Callable[[int], Contributor]", now: dt.datetime
    ) -> None:
        bob = contributor(77)
        merge(board.repository, [ask(1, board.pull(1, ada.files(ada.submission(LARGE))), ada)], POLICY, now)
        head = board.pull(2, bob.files(bob.submission(LARGE)))
        (result,) = merge(board.repository, [ask(2, head, bob)], POLICY, now)
        assert result.status is Status.FLAGGED
        assert result.verdict is not None
        assert [(each.code, each.numbers[0]) for each in result.verdict.findings] == [
            ("copied-month", ("tokens", 4 * 300_000))
        ]
        merge(board.repository, [ask(2, head, bob, "m")], POLICY, now)
        assert sorted(path for _, path in index_of(board)) == sorted([ada.path(), bob.path()])
        leaving = board.pull(3, dict.fromkeys(ada.files()))
        merge(board.repository, [ask(3, leaving, ada)], POLICY, now)
        assert [path for _, path in index_of(board)] == [bob.path()]
        assert audit(board.repository, "main").problems == ()

    def test_of_two_copies_in_one_batch_the_second_is_judged_once_the_first_is_merged(
        self, board: "Board", ada: "Contributor", contributor: "Callable[[int], Contributor]", now: dt.datetime
    ) -> None:
        users = [ada, contributor(77), contributor(78)]
        files = [users[0].files(users[0].submission(LARGE)), users[1].files(users[1].submission(LARGE))]
        heads = [board.pull(number, each) for number, each in enumerate([*files, users[2].files()], 1)]
        requests = [ask(number, head, user) for number, (head, user) in enumerate(zip(heads, users, strict=True), 1)]
        results = merge(board.repository, requests, POLICY, now)
        assert statuses(results) == {1: Status.MERGED, 2: Status.FLAGGED, 3: Status.MERGED}

    def test_a_verdict_does_not_outlive_the_merge_of_a_copy(
        self, board: "Board", ada: "Contributor", contributor: "Callable[[int], Contributor]", now: dt.datetime
    ) -> None:
        users = [ada, contributor(77), contributor(78)]
        heads = [
            board.pull(1, ada.files(ada.submission(LARGE))),
            board.pull(2, users[1].files(users[1].submission(LARGE))),
            board.pull(3, users[2].files(users[2].submission({**LARGE, "2026-11-03": 7}))),
        ]
        requests = [ask(number, head, user) for number, (head, user) in enumerate(zip(heads, users, strict=True), 1)]
        verdicts = {
            each.number: judge(
                board.repository,
                base="main",
                head=each.head,
                author=Author(each.author_id, each.author_login, each.head_owner_id),
                policy=POLICY,
                now=now,
            )
            for each in requests
        }
        handed = {
            each.number: each.verdict and replace(each.verdict, author_login="user-demo")
            for each in handover.parse(
                handover.render(
                    Judged(each.number, each.head, board.main, each.author_id, verdicts[each.number])
                    for each in requests
                )
            )
        }
        results = merge(board.repository, requests, None, now, verdicts=handed)
        assert statuses(results) == {1: Status.MERGED, 2: Status.STALE, 3: Status.MERGED}
        assert sorted(path for _, path in index_of(board)) == sorted([ada.path(), users[2].path()])


class TestReview:
    def test_a_flagged_change_waits_for_a_maintainer(
        self, board: "Board", ada: "Contributor", now: dt.datetime
    ) -> None:
        tip = board.main
        head = board.pull(7, ada.files(ada.submission(HUGE)))
        (result,) = merge(board.repository, [ask(7, head, ada)], POLICY, now)
        assert (result.status, board.main) == (Status.FLAGGED, tip)

    def test_what_a_maintainer_approved_is_merged_and_remembered(
        self, board: "Board", ada: "Contributor", now: dt.datetime
    ) -> None:
        first = ada.submission(HUGE)
        head = board.pull(7, ada.files(first))
        (result,) = merge(board.repository, [ask(7, head, ada, "maintainer-demo")], POLICY, now)
        assert result.status is Status.MERGED
        record = parse_message(board.repository.commit(board.main).message)
        assert record is not None
        assert (record.outcome, record.reviewer) == ("flagged", "maintainer-demo")
        reviews = reviews_of(board, ada)
        assert {(each.rule, each.pull_request, each.reviewer) for each in reviews.approvals} >= {
            ("daily-tokens", 7, "maintainer-demo")
        }
        assert {file.verdict for file in reviews.files} == {"flagged"}
        grown = {day: tokens + tokens // 4 for day, tokens in HUGE.items()}
        later = board.pull(8, {ada.path(): render_submission(ada.submission(grown, previous=first))})
        (result,) = merge(board.repository, [ask(8, later, ada)], POLICY, now)
        assert result.status is Status.MERGED

    def test_an_approval_does_not_help_what_is_rejected(
        self, board: "Board", ada: "Contributor", contributor: "Callable[[int], Contributor]", now: dt.datetime
    ) -> None:
        head = board.pull(7, ada.files())
        (result,) = merge(board.repository, [ask(7, head, contributor(666), "maintainer-demo")], POLICY, now)
        assert result.status is Status.REJECTED

    def test_an_approval_of_a_verified_change_is_not_recorded(
        self, board: "Board", ada: "Contributor", now: dt.datetime
    ) -> None:
        merge(board.repository, [ask(7, board.pull(7, ada.files()), ada, "maintainer-demo")], POLICY, now)
        assert {file.reviewer for file in reviews_of(board, ada).files} == {None}


class TestManyPullRequests:
    def test_they_reach_main_in_one_update(
        self, board: "Board", contributor: "Callable[[int], Contributor]", now: dt.datetime
    ) -> None:
        board.git("config", "core.logAllRefUpdates", "always")
        users = [contributor(number) for number in (1, 2, 256, 257, 99_999)]
        heads = [board.pull(number, user.files()) for number, user in enumerate(users, 1)]
        rejected = board.pull(9, users[0].files(), parent=board.main)
        requests = [ask(number, head, user) for number, (head, user) in enumerate(zip(heads, users, strict=True), 1)]
        start = board.main
        results = merge(board.repository, [ask(9, rejected, contributor(666)), *reversed(requests)], POLICY, now)
        assert statuses(results) == dict.fromkeys(range(1, 6), Status.MERGED) | {9: Status.REJECTED}
        assert [result.request.number for result in results] == [1, 2, 3, 4, 5, 9]
        line = board.git("rev-list", "--reverse", "--first-parent", f"{start}..main").split()
        assert line == [result.commit for result in results if result.commit]
        assert len(board.git("reflog", "show", "main").splitlines()) == 1
        assert board.repository.unmerged(heads, board.main) == frozenset()

    def test_the_second_of_one_user_is_judged_after_the_first_was_merged(
        self, board: "Board", ada: "Contributor", now: dt.datetime
    ) -> None:
        start, first = board.main, ada.submission()
        heads = {
            1: board.pull(1, ada.files(first)),
            2: board.pull(2, ada.files(ada.submission({"2026-11-02": 1201, "2026-11-03": 5}, previous=first)), start),
            3: board.pull(3, ada.files(ada.submission({"2026-11-09": 5})), start),
        }
        results = merge(board.repository, [ask(number, head, ada) for number, head in heads.items()], POLICY, now)
        assert statuses(results) == {1: Status.MERGED, 2: Status.MERGED, 3: Status.REJECTED}
        reviews = reviews_of(board, ada)
        assert reviews.changes_on(now.date()) == 2
        assert {file.path: file.pull_request for file in reviews.files} == {
            "profile.json": 1,
            f"{ada.device}/2026-11.json": 2,
        }
        record = parse_message(board.repository.commit(board.main).message)
        assert record is not None
        assert ada.profile_path not in {file.path for file in record.files}

    def test_one_damaged_folder_keeps_nobody_else_waiting(
        self, board: "Board", ada: "Contributor", contributor: "Callable[[int], Contributor]", now: dt.datetime
    ) -> None:
        bob = contributor(77)
        board.push({reviews_path(ada.id): b"{}"})
        requests = [ask(1, board.pull(1, ada.files()), ada), ask(2, board.pull(2, bob.files()), bob)]
        results = merge(board.repository, requests, POLICY, now)
        assert statuses(results) == {1: Status.UNJUDGED, 2: Status.MERGED}
        assert reviews_path(ada.id) in results[0].trouble

    def test_a_number_that_stands_twice_is_an_error(self, board: "Board", ada: "Contributor", now: dt.datetime) -> None:
        request = ask(7, board.pull(7, ada.files()), ada)
        with pytest.raises(ValidatorError, match="twice"):
            merge(board.repository, [request, request], POLICY, now)


class Busy(Repository):
    """A repository in which somebody else acts after commits were written and before the branch moves."""

    meanwhile: Callable[[], object] | None = None
    again = False

    def write(self, parent: str | None, drafts: Sequence[Draft]) -> list[str]:
        written = super().write(parent, drafts)
        act, self.meanwhile = self.meanwhile, self.meanwhile if self.again else None
        if act is not None:
            act()
        return written


class TestMainMovesMeanwhile:
    def test_everything_is_merged_upon_the_new_tip_and_not_judged_again(
        self, board: "Board", ada: "Contributor", now: dt.datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        judged: list[str] = []

        def counting(repository: Repository, *, base: str, head: str, **others: Any) -> Verdict | None:
            judged.append(head)
            return judge(repository, base=base, head=head, **others)

        monkeypatch.setattr(merging, "judge", counting)
        head = board.pull(7, ada.files())
        with Busy(board.path) as repository:
            repository.meanwhile = lambda: board.push({"new.txt": b"new"})
            (result,) = merge(repository, [ask(7, head, ada)], POLICY, now)
        assert result.status is Status.MERGED
        assert {"new.txt", ada.path(), reviews_path(ada.id)} <= contents(board).keys()
        assert judged == [head]

    def test_a_change_of_the_same_folder_is_judged_again(
        self, board: "Board", ada: "Contributor", now: dt.datetime
    ) -> None:
        one, two = board.pull(7, ada.files()), board.pull(8, ada.files(ada.submission({"2026-11-09": 5})))
        with Busy(board.path) as repository:
            repository.meanwhile = lambda: merge(board.repository, [ask(8, two, ada)], POLICY, now)
            (result,) = merge(repository, [ask(7, one, ada)], POLICY, now)
        assert result.status is Status.REJECTED
        assert board.repository.unmerged([one, two], board.main) == {one}

    def test_two_that_merge_the_same_merge_it_once(self, board: "Board", ada: "Contributor", now: dt.datetime) -> None:
        request = ask(7, board.pull(7, ada.files()), ada)
        with Busy(board.path) as repository:
            repository.meanwhile = lambda: merge(board.repository, [request], POLICY, now)
            (result,) = merge(repository, [request], POLICY, now)
        assert result.status in {Status.MERGED, Status.ALREADY_MERGED}
        assert len(board.git("rev-list", "--merges", "main").split()) == 1

    def test_a_branch_that_never_stands_still_is_an_error(
        self, board: "Board", ada: "Contributor", now: dt.datetime
    ) -> None:
        request = ask(7, board.pull(7, ada.files()), ada)
        with Busy(board.path) as repository:
            numbers = iter(range(100))
            repository.again = True
            repository.meanwhile = lambda: board.push({"new.txt": b"%d" % next(numbers)})
            with pytest.raises(RefMoved):
                merge(repository, [request], POLICY, now)
        assert ada.path() not in contents(board)


class TestCommand:
    def write_list(self, folder: Path, requests: list[PullRequest]) -> str:
        path = folder / "pulls.json"
        path.write_text(json.dumps([each.model_dump(by_alias=True) for each in requests]), encoding="utf-8")
        return str(path)

    def test_it_tells_what_became_of_each_and_ends_with_a_documented_code(
        self,
        board: "Board",
        ada: "Contributor",
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795176000")
        requests = [ask(1, board.pull(1, ada.files()), ada)]
        call = ["merge", "--repository", str(board.path), "--pulls", self.write_list(tmp_path, requests)]
        assert run(call) == 0
        assert capsys.readouterr().out == f"#1  {ada.login}  merged  {board.main}\n"
        assert board.repository.commit(board.main).time.timestamp() == 1795176000
        bob = replace(ada, id=77, login="bob-demo")
        requests.append(ask(2, board.pull(2, bob.files(bob.submission(HUGE))), bob))
        self.write_list(tmp_path, requests)
        assert run([*call, "--json"]) == 3
        told = json.loads(capsys.readouterr().out)
        assert [(each["number"], each["status"], each["verdict"]) for each in told] == [
            (1, "already-merged", None),
            (2, "flagged", "flagged"),
        ]
        assert "daily-tokens" in told[1]["findings"]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{}",
            '[{"number": 1}]',
            '[{"number": 1, "head": "main", "authorId": 1, "authorLogin": "a"}]',
            '[{"number": "1", "head": "' + "1" * 40 + '", "authorId": 1, "authorLogin": "a"}]',
            '[{"number": 1, "head": "' + "1" * 40 + '", "authorId": 1, "authorLogin": "a\\nToken-Tracker-Verdict: b"}]',
            '[{"number": 1, "head": "' + "1" * 40 + '", "authorId": 1, "authorLogin": "a", "more": 1}]',
        ],
    )
    def test_a_list_that_is_none_is_refused(
        self, board: "Board", tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "pulls.json").write_text(text, encoding="utf-8")
        assert run(["merge", "--repository", str(board.path), "--pulls", str(tmp_path / "pulls.json")]) == 1
        assert "--pulls" in capsys.readouterr().err

    def test_killed_at_any_moment_and_run_again_it_ends_the_same(
        self, board: "Board", contributor: "Callable[[int], Contributor]", tmp_path: Path
    ) -> None:
        requests = [
            ask(number, board.pull(number, user.files(user.submission({"2026-11-02": 300_000 + number}))), user)
            for number, user in enumerate(map(contributor, range(1, 13)), 1)
        ]
        command = [sys.executable, "-c", "from cli.main import main; main()", "merge"]
        call = [*command, "--pulls", self.write_list(tmp_path, requests), "--repository"]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1795176000", "PYTHONPATH": os.getcwd()}  # noqa: PTH109
        whole = tmp_path / "whole.git"
        board.git("clone", "--quiet", "--mirror", str(board.path), str(whole))
        start = time.monotonic()
        subprocess.run([*call, str(whole)], env=environment, check=True, capture_output=True)
        length = time.monotonic() - start
        with Repository(whole) as repository:
            expected = repository.resolve("refs/heads/main")
        begin, dice = board.main, random.Random(7)
        for _ in range(4):
            running = subprocess.Popen(
                [*call, str(board.path)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(length * dice.uniform(0.5, 1.0))
            running.send_signal(signal.SIGKILL)
            running.wait()
            assert board.main in {begin, expected}
        subprocess.run([*call, str(board.path)], env=environment, check=True, capture_output=True)
        assert board.main == expected
        assert board.repository.refs("refs/token-tracker/") == {}
        assert len(index_of(board)) == len(requests)


def test_the_bot_is_named_by_whoever_runs_the_board(board: "Board", ada: "Contributor", now: dt.datetime) -> None:
    bot = Identity("Demo bot", "bot@example.invalid")
    head = board.pull(7, ada.files())
    merge(board.repository, [ask(7, head, ada)], POLICY, now, bot=bot)
    assert board.git("log", "-1", "--format=%an <%ae> %cn <%ce>", "main") == (
        "Demo bot <bot@example.invalid> Demo bot <bot@example.invalid>"
    )
