"""`/rules/`: every rule that judges a change, from its own docstring, with this board's numbers; and achievements."""

import datetime as dt
import re
from dataclasses import dataclass

from generator import achievements
from generator import format as text
from generator.output import Page
from generator.pages.page import page
from validator.config import Leaderboard, Policy
from validator.findings import Level
from validator.rules import RULES
from validator.rules.rule import Rule

_LEVELS = {
    Level.REJECT: ("What is refused", "The bot says what to mend; the next push is judged anew."),
    Level.FLAG: ("What a person looks at", "Nothing is wrong so far; a maintainer looks before it is merged."),
    Level.NOTICE: ("What is only mentioned", "Said on the pull request; it holds nothing up."),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule as the page shows it; `numbers` are those of the policy that its docstring names, as (key, value)."""

    code: str
    title: str
    levels: tuple[str, ...]
    sections: tuple[tuple[str, str], ...]
    numbers: tuple[tuple[str, str], ...]


def rules_page(leaderboard: Leaderboard, now: dt.datetime) -> Page:
    """Return the page: rules by the gravest level they speak at, each under the anchor of its code."""
    families = [
        (level.value, *words, [_explained(rule, leaderboard.policy) for rule in RULES if rule.levels[0] == level])
        for level, words in _LEVELS.items()
    ]
    return page(
        "rules/",
        "rules.html.j2",
        leaderboard,
        now,
        here="rules",
        families=families,
        policy=_policy(leaderboard),
        achievements=achievements.RULES,
    )


def _explained(rule: Rule, policy: Policy) -> Explained:
    levels = tuple(level.value for level in rule.levels)
    numbers = tuple((key, _number(getattr(policy, key))) for key in _keys(rule))
    return Explained(rule.code, rule.title, levels, rule.sections, numbers)


def _keys(rule: Rule) -> list[str]:
    """Return the keys of the policy that a rule's docstring names, each once, in its order."""
    named = re.findall(r"`(\w+)`", " ".join(paragraph for _, paragraph in rule.sections))
    return [key for key in dict.fromkeys(named) if key in Policy.model_fields]


def _policy(leaderboard: Leaderboard) -> list[tuple[str, str, list[str]]]:
    """Return every key of the policy with its value and the codes of the rules that compare with it."""
    return [
        (key, _number(value), [rule.code for rule in RULES if key in _keys(rule)])
        for key, value in leaderboard.policy.model_dump().items()
    ]


def _number(value: float) -> str:
    """Return a number of the policy: whole ones in groups of three, others as short as they are exact."""
    return text.exact(int(value)) if value == int(value) else repr(value)
