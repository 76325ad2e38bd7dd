"""The rules' documentation: complete, and the same in `docs/rules.md`."""

import json
from pathlib import Path

import pytest

from validator.config import Policy
from validator.explain import as_json, as_markdown
from validator.rules import RULES
from validator.rules.rule import SECTIONS, Rule

ROOT = Path(__file__).parent.parent.parent
by_code = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def test_codes_are_unique_and_fit_for_labels() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert all(code.replace("-", "").isalpha() and code == code.lower() and len(code) <= 30 for code in codes)


@by_code
def test_every_rule_explains_itself_in_all_sections(rule: Rule) -> None:
    assert [name for name, _ in rule.sections] == list(SECTIONS)
    assert all(text.endswith(".") for _, text in rule.sections)
    assert rule.title
    assert rule.levels == tuple(sorted(rule.levels, key=["reject", "flag", "notice"].index))


def test_every_number_of_the_policy_is_explained_by_a_rule_but_the_one_of_approvals() -> None:
    text = as_markdown(RULES)
    assert {name for name in Policy.model_fields if f"`{name}`" not in text} == {"approval_factor"}


def test_the_page_in_docs_is_what_the_command_prints() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert page == as_markdown(RULES), "Run: token-tracker rules > docs/rules.md"


def test_json_lists_all_rules() -> None:
    listed = json.loads(as_json(RULES))
    assert [each["code"] for each in listed] == [rule.code for rule in RULES]
    assert all({"title", "levels", "looksAt", "why", "whatToDo", "bad", "good"} <= each.keys() for each in listed)
