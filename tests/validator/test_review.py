"""Whose words count, which, and for what: exactly the verdict that the bot stated before they were said."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.pulls import Comment
from validator.reply import Mark, comment_text, read_mark
from validator.review import Command, Decision, Word, decide, read_command, verdict_comment

BOT, GRACE, HEIDI, MALLORY = 41898282, 1, 2, 666
START = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
MARK = Mark("a" * 40, "flagged", ("cost", "daily-tokens"), 123)


def said(number: int, author: int, body: str, *, edited: int = 0) -> Comment:
    """A comment made `number` minutes after the start, with that id, and edited some minutes later."""
    time = START + dt.timedelta(minutes=number)
    return Comment(number, author, f"user-{author}", body, time, time + dt.timedelta(minutes=edited))


def is_bot(comment: Comment) -> bool:
    return comment.author_id == BOT


def may_write(comment: Comment) -> bool:
    return comment.author_id in {GRACE, HEIDI}


def decided(*comments: Comment, mark: Mark = MARK) -> Decision | None:
    return decide(comments, mark, is_bot, may_write)


VERDICT = said(1, BOT, comment_text(MARK))


class TestCommands:
    @pytest.mark.parametrize(
        ("body", "command"),
        [
            ("/approve", Command(Word.APPROVE)),
            ("/approve  ", Command(Word.APPROVE)),
            ("/approve\r\nLooks right to me.", Command(Word.APPROVE)),
            ("/approve 0123abc", Command(Word.APPROVE, "0123abc")),
            ("/approve " + "f" * 64, Command(Word.APPROVE, "f" * 64)),
            ("/reject not yours", Command(Word.REJECT)),
            ("/reject", Command(Word.REJECT)),
            ("/recheck", Command(Word.RECHECK)),
            ("/approve 0123ab", None),
            ("/approve 0123ABC", None),
            ("/approve this", None),
            ("/approved", None),
            ("/rejected", None),
            ("/recheck now", None),
            (" /approve", None),
            ("> /approve", None),
            ("`/approve`", None),
            ("Please:\n/approve", None),
            ("/Approve", None),
            ("/approve\v", Command(Word.APPROVE)),
            ("\n/approve", None),
            ("/approve\u2028/reject", None),
            ("", None),
        ],
    )
    def test_only_a_whole_first_line_is_one(self, body: str, command: Command | None) -> None:
        assert read_command(body) == command

    @given(st.text())
    def test_any_text_may_be_given(self, body: str) -> None:
        command = read_command(body)
        assert command is None or body.startswith(f"/{command.word}")
        assert read_mark(body) is None


class TestMarks:
    @given(
        st.builds(
            Mark,
            st.from_regex(r"[0-9a-f]{40}", fullmatch=True),
            st.sampled_from(["verified", "flagged", "rejected", "merged", "left-alone"]),
            st.sampled_from([(), ("cost",), ("cost", "daily-tokens")]),
            st.integers(0, 2**60),
        )
    )
    def test_a_comment_says_what_it_was_made_of_and_fits(self, mark: Mark) -> None:
        text = comment_text(mark, "https://github.example/run/1")
        assert read_mark(text) == mark
        assert len(text) < 65_536

    def test_every_rule_is_explained(self) -> None:
        text = comment_text(MARK)
        for code in MARK.codes:
            assert re.search(rf"\*\*{code}\*\* \(.+\)\. What to do: \w", text)

    @pytest.mark.parametrize("body", ["", "x" * 10_000, "\n" + comment_text(MARK), "> " + comment_text(MARK)])
    def test_what_is_none(self, body: str) -> None:
        assert read_mark(body) is None


class TestDecisions:
    def test_a_maintainer_approves(self) -> None:
        assert decided(VERDICT, said(2, GRACE, "/approve")) == Decision(Word.APPROVE, "user-1")

    def test_the_last_word_counts(self) -> None:
        talk = (VERDICT, said(2, GRACE, "/approve"), said(3, HEIDI, "/reject no"), said(4, GRACE, "/recheck"))
        assert decided(*talk) == Decision(Word.REJECT, "user-2")
        assert decided(*talk, said(5, GRACE, "/approve")) == Decision(Word.APPROVE, "user-1")

    def test_strangers_decide_nothing(self) -> None:
        assert decided(VERDICT, said(2, MALLORY, "/approve")) is None
        talk = (VERDICT, said(2, GRACE, "/approve"), said(3, MALLORY, "/reject no"))
        assert decided(*talk) == Decision(Word.APPROVE, "user-1")

    def test_what_was_said_before_the_verdict_or_within_its_second_does_not_count(self) -> None:
        answer = said(2, GRACE, "/approve")
        assert decided(said(0, GRACE, "/approve"), VERDICT) is None
        assert decided(replace(VERDICT, updated_at=answer.created_at), answer) is None
        just_before = answer.created_at - dt.timedelta(seconds=1)
        assert decided(replace(VERDICT, updated_at=just_before), answer) is not None

    def test_an_older_comment_that_is_edited_into_an_approval_does_not_count(self) -> None:
        assert decided(said(0, GRACE, "/approve", edited=9), VERDICT) is None

    @pytest.mark.parametrize(
        "change",
        [{"head": "b" * 40}, {"codes": ("cost",)}, {"codes": ("cost", "daily-tokens", "lowered")}, {"total_tokens": 9}],
    )
    def test_an_answer_to_another_verdict_does_not_count(self, change: dict[str, object]) -> None:
        other = replace(MARK, **change)  # type: ignore[arg-type]
        assert decided(VERDICT, said(2, GRACE, "/approve"), mark=other) is None

    def test_an_approval_may_name_its_commit(self) -> None:
        assert decided(VERDICT, said(2, GRACE, "/approve " + "a" * 40)) is not None
        assert decided(VERDICT, said(2, GRACE, "/approve " + "a" * 7)) is not None
        assert decided(VERDICT, said(2, GRACE, "/approve " + "a" * 39 + "b")) is None

    def test_without_a_verdict_there_is_nothing_to_decide(self) -> None:
        assert decided(said(2, GRACE, "/approve")) is None
        assert decided() is None

    def test_a_strangers_copy_of_the_verdict_is_none(self) -> None:
        copy = said(0, MALLORY, comment_text(MARK))
        assert decided(copy, said(2, GRACE, "/approve")) is None
        found = verdict_comment([copy, VERDICT], is_bot)
        assert found is not None
        assert found[0] == VERDICT
