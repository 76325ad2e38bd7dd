"""Every rule against its samples: `<code>/bad*.toml` must make it speak, `<code>/good*.toml` must not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from validator.findings import Verdict
from validator.rules import RULES

HERE = Path(__file__).parent
BY_CODE = {rule.code: rule for rule in RULES}
SAMPLES = sorted(HERE.glob("*/*.toml"))
Judge = Callable[[Path], tuple[dict[str, Any], Verdict | None]]


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_every_rule_has_a_bad_and_a_good_sample(code: str) -> None:
    names = [path.name for path in (HERE / code).glob("*.toml")]
    assert any(name.startswith("bad") for name in names)
    assert any(name.startswith("good") for name in names)


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_every_level_of_a_rule_has_a_bad_sample(code: str, judge_sample: Judge) -> None:
    rule = BY_CODE[code]
    if len(rule.levels) > 1:
        judged = [judge_sample(path)[1] for path in sorted((HERE / code).glob("bad*.toml"))]
        found = {finding.level for verdict in judged if verdict for finding in verdict.findings if finding.code == code}
        assert found == set(rule.levels)


def test_every_sample_belongs_to_a_rule() -> None:
    assert {path.parent.name for path in SAMPLES} <= BY_CODE.keys()
    assert all(path.name.startswith(("bad", "good")) for path in SAMPLES)


@pytest.mark.parametrize("path", [path for path in SAMPLES if path.name.startswith("bad")], ids=_name)
def test_a_bad_sample_makes_the_rule_speak_and_no_other(path: Path, judge_sample: Judge) -> None:
    sample, verdict = judge_sample(path)
    assert verdict is not None
    code = path.parent.name
    spoke = [finding for finding in verdict.findings if finding.code == code]
    assert [finding.level for finding in spoke] == [sample.get("level", BY_CODE[code].levels[0])]
    assert sample["says"] in spoke[0].message
    assert {finding.code for finding in verdict.findings} == {code, *sample.get("also", [])}
    assert all(finding.numbers for finding in verdict.findings if finding.level == "flag")


@pytest.mark.parametrize("path", [path for path in SAMPLES if path.name.startswith("good")], ids=_name)
def test_a_good_sample_passes_all_rules(path: Path, judge_sample: Judge) -> None:
    sample, verdict = judge_sample(path)
    assert verdict is not None
    assert {finding.code for finding in verdict.findings} == set(sample.get("also", []))
