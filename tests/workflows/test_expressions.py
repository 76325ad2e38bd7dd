"""The interpreter itself: a wrong one would prove nothing."""

import pytest

from tests.workflows.expressions import Unknown, Value, evaluate, fill_in

CONTEXTS: dict[str, Value] = {
    "github": {"event_name": "issue_comment", "event": {"comment": {"body": "/approve"}, "number": 7}},
    "inputs": {},
    "vars": {"PAUSED": "true"},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.event_name == 'Issue_Comment'", True),
        ("github.event_name != 'push' && github.event.number", 7),
        ("github.event.pull_request.number || startsWith(github.event.comment.body, '/') && 'yes' || 'no'", "yes"),
        ("github.event.pull_request || (github.event.issue && true)", None),
        ("!inputs.missing", True),
        ("!(vars.PAUSED == 'true') || false", False),
        ("'it''s'", "it's"),
        ("${{ -3 }}", -3.0),
    ],
)
def test_values(text: str, value: Value) -> None:
    assert evaluate(text, CONTEXTS) == value


def test_texts() -> None:
    told = fill_in("${{ github.event.number }}-${{ inputs.none }}-${{ !inputs.none }}-$PLAIN", CONTEXTS)
    assert told == "7--true-$PLAIN"


@pytest.mark.parametrize(
    "text", ["secrets.TOKEN", "contains(github.ref, 'x')", "1 ==", "(1", "github.event.number == 'x'", "1 2", "a ? b"]
)
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(Unknown):
        evaluate(text, CONTEXTS)
