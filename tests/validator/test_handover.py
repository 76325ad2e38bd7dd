"""Verdicts handed from the job that reads data to the job that writes: nothing else gets through."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator import ValidatorError, handover
from validator.findings import Finding, JudgedFile, Level, Verdict
from validator.handover import Judged, parse, reasons, render

HEAD, BASE, BLOB = "a" * 40, "b" * 40, "c" * 40
PATH = "submissions/92/4242/ab12cd34/2026-11.json"
FILE = JudgedFile(PATH, BLOB, "sha256:" + "d" * 64, "SHA256:" + "E" * 43, 7, "sha256:" + "f" * 64)
GONE = JudgedFile("submissions/92/4242/profile.json", "")


def judged(*findings: Finding, files: tuple[JudgedFile, ...] = (FILE, GONE)) -> Judged:
    return Judged(7, HEAD, BASE, 4242, Verdict(BASE, HEAD, 4242, "ada-demo", findings, files))


FLAG = Finding("daily-tokens", Level.FLAG, "Too many tokens, says @everyone.", PATH, (("tokens", 5), ("limit", 3)))
NOTICE = Finding("cache-reads", Level.NOTICE, "Many.")
REJECT = Finding("schema", Level.REJECT, "<b>", "../../etc/\n::set-output name=outcome::verified")


def test_what_may_be_merged_arrives_without_words() -> None:
    (found,) = parse(render([judged(FLAG, NOTICE)]))
    assert found.verdict is not None
    assert found.verdict.files == (FILE, GONE)
    assert (found.number, found.outcome, found.codes, found.total_tokens) == (7, "flagged", ("daily-tokens",), 7)
    assert [(each.code, each.level, each.path, each.message) for each in found.verdict.findings] == [
        ("daily-tokens", Level.FLAG, PATH, ""),
        ("cache-reads", Level.NOTICE, "", ""),
    ]
    assert found.verdict.findings[0].numbers[0][1] == 5


def test_of_what_is_rejected_only_the_codes_arrive() -> None:
    raw = render([judged(REJECT, FLAG, files=(JudgedFile("../../etc/passwd", "x"),))])
    assert b"etc" not in raw
    (found,) = parse(raw)
    assert (found.outcome, found.codes) == ("rejected", ("schema",))
    assert found.verdict is not None
    assert found.verdict.files == ()


def test_what_is_left_alone_arrives_as_that() -> None:
    (found,) = parse(render([Judged(7, HEAD, BASE, 4242, None)]))
    assert (found.outcome, found.codes, found.total_tokens) == ("left-alone", (), 0)


def test_the_reasons_are_those_of_the_gravest_level() -> None:
    assert [reasons(judged(*found).verdict) for found in ((), (NOTICE,), (FLAG, NOTICE), (FLAG, REJECT))] == [  # type: ignore[arg-type]
        (),
        (),
        ("daily-tokens",),
        ("schema",),
    ]


def test_what_there_are_no_words_for_is_not_written() -> None:
    with pytest.raises(ValidatorError, match="handed over"):
        render([judged(files=(JudgedFile("README.md", BLOB),))])


@pytest.mark.parametrize(
    "edit",
    [
        lambda it: it.update(schemaVersion=2),
        lambda it: it.update(more=1),
        lambda it: it["verdicts"].append(it["verdicts"][0]),
        lambda it: it["verdicts"][0].update(number="7"),
        lambda it: it["verdicts"][0].update(number=0),
        lambda it: it["verdicts"][0].update(head=HEAD[:39]),
        lambda it: it["verdicts"][0].update(head=HEAD + "\n"),
        lambda it: it["verdicts"][0].update(outcome="verified"),
        lambda it: it["verdicts"][0].update(outcome="merged"),
        lambda it: it["verdicts"][0].update(files=[]),
        lambda it: it["verdicts"][0]["files"][0].update(path="submissions/92/4242/ab12cd34/2026-11.json\n"),
        lambda it: it["verdicts"][0]["files"][0].update(path="submissions/93/4242/ab12cd34/2026-11.json"),
        lambda it: it["verdicts"][0]["files"][0].update(blob=""),
        lambda it: it["verdicts"][0]["files"][0].update(hash="sha256:"),
        lambda it: it["verdicts"][0]["files"][0].update(contributions=""),
        lambda it: it["verdicts"][0]["files"][0].update(contributions="sha256:" + "f" * 62 + "/."),
        lambda it: it["verdicts"][0]["files"][0].update(contributions="sha256:" + "f" * 64 + "\n"),
        lambda it: it["verdicts"][0]["files"][0].update(key="SHA256:" + "E" * 42 + "\n"),
        lambda it: it["verdicts"][0]["findings"][0].update(code="no-such-rule"),
        lambda it: it["verdicts"][0]["findings"][0].update(level="hint"),
        lambda it: it["verdicts"][0]["findings"][0].update(message="hello"),
        lambda it: it["verdicts"][0]["findings"][0].update(size=-1),
    ],
)
def test_what_would_not_have_been_written_is_refused(edit: Callable[[dict[str, Any]], object]) -> None:
    handed = json.loads(render([judged(FLAG)]))
    edit(handed)
    with pytest.raises(ValidatorError, match="damaged"):
        parse(json.dumps(handed).encode())


def test_a_file_that_is_too_large_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "MAX_BYTES", 10)
    with pytest.raises(ValidatorError, match="larger"):
        parse(render([judged(FLAG)]))


@given(
    st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda it: json.dumps(it).encode())
)
def test_any_bytes_may_be_given(raw: bytes) -> None:
    with pytest.raises(ValidatorError):
        parse(raw)
