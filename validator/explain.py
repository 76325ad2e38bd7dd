"""The rules as text for people and programs, from their own docstrings."""

import json
from collections.abc import Sequence

from validator.rules.rule import Rule

_INTRODUCTION = """\
# The rules

Every change to the store is judged by these rules. A rule that **rejects** says what to mend; one that **flags** asks a
maintainer to look; a **notice** holds nothing up. The numbers named here stand under `[policy]` in `leaderboard.toml`.
"""


def as_markdown(rules: Sequence[Rule]) -> str:
    """Return the rules as Markdown, with an introduction when there are several."""
    introduction = [_INTRODUCTION] if len(rules) > 1 else []
    return "\n".join([*introduction, *(_section(rule) for rule in rules)])


def _section(rule: Rule) -> str:
    lines = [f"## {rule.code}: {rule.title}", f"*{', '.join(rule.levels)}*"]
    lines += [f"**{name}:** {text}" for name, text in rule.sections]
    return "\n\n".join(lines) + "\n"


def as_json(rules: Sequence[Rule]) -> str:
    """Return the rules as a JSON list of {code, title, levels, and one text for each paragraph}."""
    fields = [
        {
            "code": rule.code,
            "title": rule.title,
            "levels": list(rule.levels),
            **{_camel(name): text for name, text in rule.sections},
        }
        for rule in rules
    ]
    return json.dumps(fields, indent=2, ensure_ascii=False) + "\n"


def _camel(name: str) -> str:
    head, *rest = name.lower().split()
    return head + "".join(word.capitalize() for word in rest)
