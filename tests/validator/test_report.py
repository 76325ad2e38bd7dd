"""Renderings: right for people and programs, and harmless whatever a change holds."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.findings import Finding, JudgedFile, Level, Verdict
from validator.report import MAX_CHARACTERS, as_json, as_markdown, harmless
from validator.rules import RULES

BASE, HEAD = "a" * 40, "b" * 40
MONTH = JudgedFile("submissions/92/4242/ab12cd34/2026-11.json", "1" * 40, "sha256:" + "2" * 64, "SHA256:abc", 1234567)


def verdict(*findings: Finding) -> Verdict:
    return Verdict(BASE, HEAD, 4242, "ada-demo", findings, (MONTH,))


def test_a_verified_change_says_so_in_its_first_sentence() -> None:
    text = as_markdown(verdict())
    assert text.startswith("**Verified.** 1 file with 1,234,567 tokens can be merged.\n")
    assert HEAD in text
    assert BASE in text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_finding_comes_with_its_rules_remedy(rule: object) -> None:
    assert hasattr(rule, "code")
    assert hasattr(rule, "sections")
    text = as_markdown(verdict(Finding(rule.code, Level.REJECT, "It is wrong.", MONTH.path)))
    assert text.startswith("**Rejected.**")
    assert f"- `{MONTH.path}`: It is wrong." in text
    assert dict(rule.sections)["What to do"] in text


def test_levels_come_under_their_own_headings_in_order_of_gravity() -> None:
    found = [Finding(level, level, f"A {level}.", "", (("n", 1),)) for level in Level]
    text = as_markdown(verdict(*found))
    places = [text.index(heading) for heading in ("has to be mended", "a maintainer looks at", "Good to know")]
    assert places == sorted(places)
    assert as_markdown(verdict(*found[1:])).startswith("**Flagged.**")
    assert as_markdown(verdict(found[2])).startswith("**Verified.**")


def test_many_findings_of_one_rule_are_counted() -> None:
    text = as_markdown(verdict(*(Finding("size", Level.REJECT, f"Number {number}.") for number in range(25))))
    assert "Number 9." in text
    assert "Number 10." not in text
    assert "and 15 more of this kind" in text


def test_a_comment_never_holds_more_than_github_takes() -> None:
    found = [Finding(f"rule-{number}", Level.REJECT, "*" * 5000, "`" * 5000) for number in range(300)]
    text = as_markdown(verdict(*found))
    assert len(text) <= MAX_CHARACTERS
    assert "There is more" in text
    assert HEAD in text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("@octocat", "@\u200boctocat"),
        ("see #123", "see #\u200b123"),
        ("GH-12", "GH\u200b-12"),
        ("https://evil.example", "https:\u200b//evil.example"),
        ("www.evil.example", "www\u200b.evil.example"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("a\n\n# b", "a??#\u200b b"),
        ("[x](y)", "\\[x\\](y)"),
        ("\u202egnp.exe", "?gnp.exe"),
        ("\x1b[31mred", "?\\[31mred"),
        ("`code` **bold** $x$", "\\`code\\` \\*\\*bold\\*\\* \\$x\\$"),
    ],
)
def test_foreign_text_shows_as_it_is_and_does_nothing(raw: str, shown: str) -> None:
    assert harmless(raw) == shown


@given(text=st.text(alphabet=st.sampled_from("@#:/w.ghGH-<>&`*_[]()!|\\\n\r\x1b\u2028\u202ea1 "), max_size=80))
def test_no_text_brings_mentions_links_references_html_or_lines(text: str) -> None:
    said = as_markdown(verdict(Finding("schema", Level.REJECT, text, text)))
    line = next(line for line in said.split("\n") if line.startswith("- "))
    path, message = re.fullmatch(r"- (?:`([^`]*)`: )?(.*)", line, re.DOTALL).groups()  # type: ignore[union-attr]
    # an invisible space parts what a runner or a page would take for something
    assert line.replace("\u200b", "").isprintable()
    assert not re.search(r"@\w|#\d|://|\bwww\.|\bgh-", message, re.IGNORECASE)
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>`\[\]*_|&]", message)
    assert path is None or path.replace("\u200b", "").isprintable()


def test_json_holds_everything_as_it_is() -> None:
    finding = Finding("schema", Level.REJECT, "@octocat <b>\n\ud7ff", "a\nb", (("tokens", 5), ("limit", 4)))
    fields = json.loads(as_json(verdict(finding)))
    assert fields == {
        "outcome": "rejected",
        "base": BASE,
        "head": HEAD,
        "author": {"id": 4242, "login": "ada-demo"},
        "findings": [
            {
                "code": "schema",
                "level": "reject",
                "path": "a\nb",
                "message": "@octocat <b>\n\ud7ff",
                "numbers": {"tokens": 5, "limit": 4},
            }
        ],
        "files": [
            {"path": MONTH.path, "blob": MONTH.blob, "hash": MONTH.hash, "key": "SHA256:abc", "totalTokens": 1234567}
        ],
    }
