"""Verifying a store: what the bot merged holds, and whatever is changed afterwards is named."""

import datetime as dt
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cli.main import run
from validator import ValidatorError, signature
from validator import audit as auditing
from validator import merge as merging
from validator.audit import audit
from validator.config import Policy
from validator.contributions import INDEX, entry_path, parse_entry
from validator.findings import JudgedFile, Outcome, Verdict
from validator.git import Draft, Repository
from validator.merge import BOT, PullRequest, Status, merge
from validator.store import parse_path, reviews_path
from validator.submission import Malformed, Submission, parse_submission, render_profile, render_submission
from validator.trailers import parse_message, render_message

if TYPE_CHECKING:
    from tests.validator.conftest import Board, Contributor

Files = Mapping[str, bytes | None]
POLICY = Policy()


@pytest.fixture
def send(board: "Board", now: dt.datetime) -> "Callable[[int, Contributor, Files], str]":
    """Return a function that opens a pull request and merges it."""

    def send_files(number: int, author: "Contributor", files: Files) -> str:
        head = board.pull(number, files)
        request = PullRequest(
            number=number, head=head, author_id=author.id, author_login=author.login, head_owner_id=author.id
        )
        (result,) = merge(board.repository, [request], POLICY, now)
        assert result.status is Status.MERGED, result.verdict
        return result.commit

    return send_files


@pytest.fixture
def wave_through(
    send: "Callable[[int, Contributor, Files], str]", monkeypatch: pytest.MonkeyPatch
) -> "Callable[[int, Contributor, Mapping[str, Submission]], str]":
    """Return a function that merges submissions as if the judge had verified them."""

    def merge_unseen(number: int, author: "Contributor", submissions: Mapping[str, Submission]) -> str:
        key = signature.fingerprint(author.public_key)

        def judge(repository: Repository, *, base: str, head: str, **_: object) -> Verdict:
            tree = repository.commit(head).tree
            files = []
            for path, submission in submissions.items():
                entry = repository.entry(tree, path)
                assert entry is not None
                files.append(JudgedFile(path, entry.oid, submission.hash, key))
            return Verdict(base, head, author.id, author.login, files=tuple(files))

        with monkeypatch.context() as patch:
            patch.setattr(merging, "judge", judge)
            return send(number, author, {path: render_submission(each) for path, each in submissions.items()})

    return merge_unseen


def problems(board: "Board") -> dict[str, str]:
    """All reasons by path."""
    found: dict[str, str] = {}
    for problem in audit(board.repository, "main").problems:
        found[problem.path] = f"{found.get(problem.path, '')} {problem.reason}".strip()
    return found


class TestWhatTheBotMerged:
    def test_it_holds(
        self,
        board: "Board",
        ada: "Contributor",
        contributor: "Callable[[int], Contributor]",
        send: "Callable[[int, Contributor, Files], str]",
    ) -> None:
        first, october = ada.submission(), ada.submission({"2026-10-01": 7, "2026-10-31": 9})
        second = ada.submission({"2026-11-02": 1201, "2026-11-03": 7}, previous=first)
        third = ada.submission({"2026-11-02": 1201, "2026-11-03": 7, "2026-11-04": 7}, previous=second)
        bob = contributor(77)
        send(1, ada, ada.files(first))
        send(2, bob, bob.files())
        send(3, ada, {ada.path(): render_submission(second), ada.path("2026-10"): render_submission(october)})
        send(4, ada, {ada.path(): render_submission(third)})
        send(5, bob, dict.fromkeys(bob.files()))
        send(6, bob, bob.files())
        board.push({"README.md": b"Work on the board itself\n", "submissions/.gitkeep": b""})
        report = audit(board.repository, "main")
        assert report.problems == ()
        assert (report.files, report.merges, report.revision) == (8, 6, board.main)

    def test_a_revoked_key_still_proves_what_it_signed_before(
        self, board: "Board", ada: "Contributor", send: "Callable[[int, Contributor, Files], str]"
    ) -> None:
        send(1, ada, ada.files())
        send(2, ada, {ada.profile_path: render_profile(ada.profile(revoked_at="2026-11-20T11:00:00Z"))})
        assert problems(board) == {}

    def test_removal_by_a_maintainer_is_no_problem(
        self,
        board: "Board",
        ada: "Contributor",
        contributor: "Callable[[int], Contributor]",
        send: "Callable[[int, Contributor, Files], str]",
    ) -> None:
        bob, large = contributor(77), ada.files(ada.submission({"2026-11-02": 300_000}))
        send(1, ada, large)
        send(2, bob, bob.files())
        ((entry, _, _),) = board.repository.walk(board.tree, INDEX)
        board.push(dict.fromkeys([*large, reviews_path(ada.id), entry]))
        assert problems(board) == {}
        send(3, ada, large)
        assert problems(board) == {}

    def test_several_processes_find_what_one_finds(
        self,
        board: "Board",
        ada: "Contributor",
        contributor: "Callable[[int], Contributor]",
        send: "Callable[[int, Contributor, Files], str]",
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for number, user in enumerate([ada, *map(contributor, range(1, 6))], 1):
            send(number, user, user.files())
        board.push({ada.path(): b"{}"})
        alone = audit(board.repository, "main")
        assert alone.problems
        monkeypatch.setattr(auditing, "WORTH_PROCESSES", 1)
        monkeypatch.setattr(auditing, "BATCH", 2)
        steps: list[tuple[int, int]] = []
        assert audit(board.repository, "main", lambda done, total: steps.append((done, total))) == alone
        assert steps == [(done, 18) for done in range(3, 19, 3)]


STYLES = ["on top", "rewritten", "forged"]


class TestTampering:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_no_byte_of_the_store_can_change_unnoticed(
        self, board: "Board", ada: "Contributor", now: dt.datetime, data: st.DataObject
    ) -> None:
        submission = ada.submission({"2026-11-02": 1201, "2026-11-03": 7})
        honest = _honest(board, ada, submission, now)
        path = data.draw(st.sampled_from([ada.path(), ada.profile_path, reviews_path(ada.id)]))
        # Whoever rewrites trailers too can only be caught by what the user's key signed.
        style = data.draw(st.sampled_from(STYLES if path == ada.path() else STYLES[:2]))
        entry = board.repository.entry(board.repository.commit(honest).tree, path)
        assert entry is not None
        content = bytearray(board.repository.blob(entry.oid, 100_000))
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= data.draw(st.integers(1, 255))
        assume(style != "forged" or not _says(bytes(content), submission))
        board.repository.update_ref("refs/heads/main", _tampered(board, honest, path, bytes(content), style), honest)
        try:
            assert path in problems(board)
        finally:
            board.repository.update_ref("refs/heads/main", honest, board.main)

    @pytest.mark.parametrize(
        ("old", "new"), [(b"{\n", b"{\t"), (b"}\n", b"}\n\n"), (b'"claude"', b'"\\u0063laude"'), (b'", "', b'","')]
    )
    def test_what_nothing_signs_between_the_values_may_differ_but_not_change(
        self, board: "Board", ada: "Contributor", now: dt.datetime, old: bytes, new: bytes
    ) -> None:
        submission = ada.submission()
        honest = _honest(board, ada, submission, now)
        other = render_submission(submission).replace(old, new, 1)
        for style in STYLES[:2]:
            tampered = _tampered(board, honest, ada.path(), other, style)
            board.repository.update_ref("refs/heads/main", tampered, honest)
            assert ada.path() in problems(board)
            board.repository.update_ref("refs/heads/main", honest, tampered)
        # A client of one's own may lay out its files otherwise: what is signed is what they say.
        board.repository.update_ref("refs/heads/main", _tampered(board, honest, ada.path(), other, "forged"), honest)
        assert problems(board) == {}

    def test_a_file_whose_object_was_changed_on_disk_is_named(
        self, board: "Board", ada: "Contributor", send: "Callable[[int, Contributor, Files], str]"
    ) -> None:
        send(1, ada, ada.files())
        entry = board.repository.entry(board.tree, ada.path())
        assert entry is not None
        file = board.path / "objects" / entry.oid[:2] / entry.oid[2:]
        raw = zlib.decompress(file.read_bytes())
        file.chmod(0o644)
        file.write_bytes(zlib.compress(raw.replace(b'"claude"', b'"claudf"', 1)))
        with Repository(board.path) as repository:
            assert [problem.path for problem in audit(repository, "main").problems] == [ada.path()]
        file.unlink()
        with Repository(board.path) as repository:
            assert "missing" in audit(repository, "main").problems[0].reason

    @pytest.mark.parametrize(
        ("files", "reason"),
        [
            ({"submissions/93/4242/profile.json": b"{}"}, "no such path"),
            ({"submissions/92/4242/ab12cd34/2026-11.json.bak": b"{}"}, "no such path"),
            ({"submissions/92/4242/ab12cd34/2026-11.json": bytes(5_000_000)}, "5000000 bytes"),
            ({"submissions/92/4242/ab12cd34/2026-11.json": b"[" * 10_000}, "malformed"),
            ({"submissions/92/4242/ab12cd34/2026-12.json": b"\xff"}, "malformed"),
            ({"submissions/92/4242/reviews.json": b"{}"}, "malformed"),
            ({"submissions/92/4242/reviews.json": None}, ""),
            ({"submissions/92/4242/profile.json": None}, ""),
            ({"submissions/92/4242/ab12cd34/2026-11.json": None}, ""),
        ],
    )
    def test_a_commit_past_the_bot_is_named(
        self,
        board: "Board",
        ada: "Contributor",
        send: "Callable[[int, Contributor, Files], str]",
        files: Files,
        reason: str,
    ) -> None:
        send(1, ada, ada.files())
        board.push(files)
        found = problems(board)
        assert found
        for path, content in files.items():
            assert content is None or reason in found[path]
            assert content is None or "records no verdict" in found[path]

    def test_a_link_is_named(
        self, board: "Board", ada: "Contributor", send: "Callable[[int, Contributor, Files], str]"
    ) -> None:
        send(1, ada, ada.files())
        script = f"commit refs/heads/main\ncommitter a <> 1 +0000\ndata 0\n\nfrom {board.main}\n"
        board.git("fast-import", "--quiet", given=f"{script}M 120000 inline {ada.path()}\ndata 1\nx\n".encode())
        assert "mode 120000" in problems(board)[ada.path()]

    def test_names_that_are_no_text_are_named_too(self, board: "Board") -> None:
        script = f"commit refs/heads/main\ncommitter a <> 1 +0000\ndata 0\n\nfrom {board.main}\n".encode()
        board.git("fast-import", "--quiet", given=script + b'M 100644 inline "submissions/\\377\\n"\ndata 1\nx\n')
        assert list(problems(board)) == ["submissions/\\xff\n"]


def _honest(board: "Board", ada: "Contributor", submission: Submission, now: dt.datetime) -> str:
    """Merge one submission unless that was done already, and return the tip."""
    if board.repository.entry(board.tree, ada.path()) is None:
        head = board.pull(1, ada.files(submission))
        merge(
            board.repository,
            [PullRequest(number=1, head=head, author_id=ada.id, author_login=ada.login, head_owner_id=ada.id)],
            POLICY,
            now,
        )
    return board.main


def _says(content: bytes, submission: Submission) -> bool:
    """Tell whether bytes say the same as a submission, however they are laid out."""
    try:
        return parse_submission(content) == submission
    except Malformed:
        return False


def _tampered(board: "Board", honest: str, path: str, content: bytes, style: str) -> str:
    """Return a commit in which one file has other content: after the merge, instead of it, or with its trailers."""
    commit = board.repository.commit(honest)
    if style == "on top":
        return board.commit({path: content}, honest)
    blob = board.git("hash-object", "-w", "--stdin", given=content)
    record = parse_message(commit.message)
    assert record is not None
    files = [replace(file, blob=blob) if file.path == path else file for file in record.files]
    message = render_message(replace(record, files=tuple(files))) if style == "forged" else commit.message
    written: tuple[tuple[str, bytes | str | None], ...] = tuple((file.path, file.blob) for file in files)
    draft = Draft(message, BOT, commit.time, written, merged=commit.parents[1:])
    return board.repository.write(commit.parents[0], [draft])[0]


class TestIndex:
    """The index of contributions must say what follows from the submissions, and nothing else."""

    @pytest.fixture
    def entry(self, board: "Board", ada: "Contributor", send: "Callable[[int, Contributor, Files], str]") -> str:
        """Merge a month that is large enough for the index and return the path of its entry."""
        send(1, ada, ada.files(ada.submission({"2026-11-02": 300_000})))
        ((path, _, _),) = board.repository.walk(board.tree, INDEX)
        return path

    def test_an_entry_that_was_taken_away_is_missed(self, board: "Board", ada: "Contributor", entry: str) -> None:
        assert problems(board) == {}
        board.push({entry: None})
        assert "does not list it" in problems(board)[ada.path()]

    def test_entries_that_nothing_calls_for_are_named(self, board: "Board", ada: "Contributor", entry: str) -> None:
        gone, place = entry.replace("-4242-", "-7-"), parse_path(ada.path())
        assert place is not None
        board.push(
            {
                entry_path("sha256:" + "0" * 64, place): b"",
                gone: b"",
                f"{INDEX}/notes.txt": b"",
                f"{INDEX}/aa/bb/x": b"text",
            }
        )
        found = problems(board)
        assert "does not list it where" in found.pop(ada.path())
        assert "which is not there" in found.pop(gone)
        assert found == dict.fromkeys(
            [f"{INDEX}/notes.txt", f"{INDEX}/aa/bb/x"], "the index of contributions has no such entry"
        )

    def test_an_entry_that_holds_something_is_named(self, board: "Board", entry: str) -> None:
        board.push({entry: b"hidden"})
        assert "no such entry" in problems(board)[entry]

    def test_an_entry_and_a_note_that_agree_on_something_else_are_named(
        self, board: "Board", ada: "Contributor", entry: str
    ) -> None:
        notes = board.repository.entry(board.tree, reviews_path(ada.id))
        assert notes is not None
        right, place, wrong = parse_entry(entry), parse_path(ada.path()), "sha256:" + "0" * 64
        assert right is not None
        assert place is not None
        text = board.repository.blob(notes.oid, 10_000).decode().replace(right[0], wrong)
        board.push({entry: None, entry_path(wrong, place): b"", reviews_path(ada.id): text.encode()})
        assert "under other contributions than it has" in problems(board)[ada.path()]


class TestWhatNobodyMayMerge:
    """As if the judge had slept: the audit finds on its own what the rules would have."""

    def test_numbers_that_do_not_add_up(
        self,
        board: "Board",
        ada: "Contributor",
        send: "Callable[[int, Contributor, Files], str]",
        wave_through: "Callable[[int, Contributor, Mapping[str, Submission]], str]",
    ) -> None:
        send(1, ada, ada.files())
        claim = ada.claim({"2026-10-02": 5})
        row = claim.data.contributions[0].usage[0]
        for number, (field, value, code) in enumerate(
            [("output_tokens", -5, "negative"), ("reasoning_tokens", 6, "parts"), ("input_tokens", 999, "summary")], 2
        ):
            day = claim.data.contributions[0].model_copy(update={"usage": (row.model_copy(update={field: value}),)})
            data = claim.data.model_copy(update={"contributions": (day,)})
            wrong = ada.sign(claim.model_copy(update={"data": data}))
            commit = wave_through(number, ada, {ada.path("2026-10"): wrong})
            assert f"{code}: " in problems(board)[ada.path("2026-10")]
            board.repository.update_ref("refs/heads/main", board.repository.commit(commit).parents[0], commit)

    def test_another_place_another_key_another_hash(
        self,
        board: "Board",
        ada: "Contributor",
        contributor: "Callable[[int], Contributor]",
        send: "Callable[[int, Contributor, Files], str]",
        wave_through: "Callable[[int, Contributor, Mapping[str, Submission]], str]",
    ) -> None:
        send(1, ada, ada.files())
        october = ada.claim({"2026-10-02": 5})
        good, strange = ada.sign(october), contributor(77).sign(october)
        unknown = replace(ada, device="zz99zz99")
        cases: list[tuple[str, Submission, str]] = [
            (ada.path("2026-09"), good, "own-file"),
            (ada.path("2026-10"), strange, "made with another key"),
            (unknown.path("2026-10"), unknown.submission({"2026-10-02": 5}), "lists no device zz99zz99"),
            (ada.path("2026-10"), good.model_copy(update={"hash": "sha256:" + "0" * 64}), "hash is not that"),
            (ada.path("2026-10"), ada.sign(october.model_copy(update={"cli_version": "9"})), ""),
        ]
        for number, (path, submission, reason) in enumerate(cases, 2):
            commit = wave_through(number, ada, {path: submission})
            found = problems(board)
            assert (reason in found[path]) if reason else not found
            board.repository.update_ref("refs/heads/main", board.repository.commit(commit).parents[0], commit)

    def test_a_chain_that_was_broken(
        self,
        board: "Board",
        ada: "Contributor",
        send: "Callable[[int, Contributor, Files], str]",
        wave_through: "Callable[[int, Contributor, Mapping[str, Submission]], str]",
    ) -> None:
        first = ada.submission()
        second = ada.submission({"2026-11-02": 1201, "2026-11-03": 7}, previous=first)
        send(1, ada, ada.files(first))
        send(2, ada, {ada.path(): render_submission(second)})
        for number, replayed in enumerate([first, ada.submission({"2026-11-05": 5}, previous=first)], 3):
            commit = wave_through(number, ada, {ada.path(): replayed})
            assert "`previous` does not name" in problems(board)[ada.path()]
            assert "but version 3" in problems(board)[ada.path()]
            board.repository.update_ref("refs/heads/main", board.repository.commit(commit).parents[0], commit)

    def test_a_key_that_was_revoked_before(
        self,
        board: "Board",
        ada: "Contributor",
        send: "Callable[[int, Contributor, Files], str]",
        wave_through: "Callable[[int, Contributor, Mapping[str, Submission]], str]",
    ) -> None:
        send(1, ada, ada.files())
        send(2, ada, {ada.profile_path: render_profile(ada.profile(revoked_at="2026-11-20T11:00:00Z"))})
        late = ada.sign(ada.claim({"2026-10-02": 5}, created_at="2026-11-20T11:00:01Z"))
        wave_through(3, ada, {ada.path("2026-10"): late})
        found = problems(board)
        assert list(found) == [ada.path("2026-10")]
        assert "after its device was revoked" in found[ada.path("2026-10")]


class TestTrailers:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lambda text: text.replace("Verdict: verified", "Verdict: excellent"), "malformed"),
            (lambda text: text.replace("Verdict: verified", "Verdict: rejected"), "although rejected"),
            (lambda text: text.replace("Verdict: verified", "Verdict: flagged"), "although flagged"),
            (lambda text: text.replace("Pull-Request: 1\n", ""), "stands 0 times"),
            (lambda text: text.replace("User: 4242", "User: 4243"), "for user 4243"),
            (lambda text: text.replace("sha256:", "sha256:0")[:-1], "malformed"),
            (lambda text: text.replace("SHA256:", "SHA256:x", 1), "malformed"),
            (lambda text: text.partition("\n")[0], "records no verdict"),
            (lambda text: "\n".join(line for line in text.split("\n") if "2026-11" not in line), "is not what"),
        ],
    )
    def test_every_merge_must_record_what_it_did(
        self,
        board: "Board",
        ada: "Contributor",
        send: "Callable[[int, Contributor, Files], str]",
        change: Callable[[str], str],
        reason: str,
    ) -> None:
        commit = board.repository.commit(send(1, ada, ada.files()))
        record = parse_message(commit.message)
        assert record is not None
        files: tuple[tuple[str, bytes | str | None], ...] = tuple((file.path, file.blob) for file in record.files)
        draft = Draft(change(commit.message), BOT, commit.time, files, merged=commit.parents[1:])
        (wrong,) = board.repository.write(commit.parents[0], [draft])
        board.repository.update_ref("refs/heads/main", wrong, commit.oid)
        report = audit(board.repository, "main")
        assert any(reason in problem.reason and problem.commit == wrong for problem in report.problems)

    def test_they_are_read_back_as_written(self, board: "Board", ada: "Contributor") -> None:
        message = "Merge\n\nToken-Tracker-Verdict: verified\n"
        assert parse_message("Nothing of the bot\n\nSigned-off-by: a\n") is None
        assert parse_message(message.replace("Token-Tracker", "token-tracker")) is None
        with pytest.raises(ValueError, match="User stands 0 times"):
            parse_message(message)

    @given(st.text(max_size=300))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        for message in (text, f"Merge\n\nToken-Tracker-{text}", f"Merge\n\nToken-Tracker-File: {text}"):
            try:
                record = parse_message(message)
            except ValueError:
                continue
            assert record is None or record.outcome in set(Outcome)


class TestCommand:
    def test_it_names_what_fails_and_ends_with_a_documented_code(
        self,
        board: "Board",
        ada: "Contributor",
        send: "Callable[[int, Contributor, Files], str]",
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        call = ["verify", "--repository", str(board.path)]
        send(1, ada, ada.files())
        assert run(call) == 0
        assert capsys.readouterr().out.startswith("3 files and 1 merges at ")
        board.push({ada.path(): b"{}"})
        assert run(call) == 4
        *named, last = capsys.readouterr().out.splitlines()
        assert all(line.startswith(ada.path()) for line in named)
        assert last.endswith("1 of them fail.")
        assert run([*call, "--json"]) == 4
        told = json.loads(capsys.readouterr().out)
        assert {problem["path"] for problem in told["problems"]} == {ada.path()}
        assert run([*call, "--revision", "main^"]) == 0
        assert run([*call, "--revision", "nothing"]) == 1
        assert run([*call, "--nothing"]) == 2

    def test_a_clone_whose_history_is_cut_off_cannot_tell(
        self, board: "Board", ada: "Contributor", send: "Callable[[int, Contributor, Files], str]", tmp_path: Path
    ) -> None:
        send(1, ada, ada.files())
        board.git("clone", "--quiet", "--depth=1", f"file://{board.path}", str(tmp_path / "shallow"))
        with Repository(tmp_path / "shallow") as repository, pytest.raises(ValidatorError, match="cut off"):
            audit(repository, "HEAD")


def test_an_empty_store_holds(board: "Board") -> None:
    assert audit(board.repository, "main").problems == ()
