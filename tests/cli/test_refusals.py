"""What refusals mean, whatever they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import CliError
from cli.refusals import Forbidden, Missing, Refusal, Unfit, explained, pause_after, require_scope, spoken

HEADERS = ("date", "retry-after", "x-github-sso", "x-ratelimit-remaining", "x-ratelimit-reset")


@given(st.integers(300, 599), st.text(), st.dictionaries(st.sampled_from(HEADERS), st.text() | st.just("0")))
def test_any_refusal_is_one_line_with_something_to_do(status: int, said: str, headers: dict[str, str]) -> None:
    refusal = Refusal(status, said, headers)
    pause, error = pause_after(refusal), explained("your fork", refusal)
    assert pause is None or pause >= 1
    assert error.hint
    assert str(error).isprintable()
    assert len(str(error)) < 900


@pytest.mark.parametrize(
    ("refusal", "seconds"),
    [
        (Refusal(403, "", {"retry-after": "7"}), 7),
        (Refusal(429, "", {"retry-after": "0"}), 1),
        (Refusal(429, ""), 60),
        (Refusal(403, "You have exceeded a secondary rate limit."), 60),
        (Refusal(403, "", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "x"}), 1),
        (Refusal(403, "No.", {"x-ratelimit-remaining": "1"}), None),
        (Refusal(500, "", {"retry-after": "7"}), None),
    ],
)
def test_how_long_to_wait(refusal: Refusal, seconds: float | None) -> None:
    assert pause_after(refusal) == seconds


@pytest.mark.parametrize(
    ("refusal", "kind", "words"),
    [
        (Refusal(404, "Not Found"), Missing, "GitHub shows this token nothing of your fork."),
        (Refusal(403, "Nope."), Forbidden, "GitHub refused your fork (403: Nope)."),
        (Refusal(422, "Invalid"), Unfit, "GitHub refused your fork (422: Invalid)."),
        (Refusal(403, "", {"x-github-sso": "partial-results"}), CliError, "github.com/settings/tokens (Configure SSO)"),
        (Refusal(403, "", {"x-github-sso": "required; url=http://x.example"}), CliError, "(Configure SSO)"),
        (Refusal(403, "Resource not accessible by personal access token"), CliError, "This fine-grained token"),
    ],
)
def test_what_to_say(refusal: Refusal, kind: type[CliError], words: str) -> None:
    error = explained("your fork", refusal)
    assert type(error) is kind
    assert words in str(error)


def test_scopes_that_do() -> None:
    for scopes in (None, frozenset({"repo"}), frozenset({"public_repo", "gist"})):
        require_scope(scopes)
    with pytest.raises(CliError, match=r"lacks the scope public_repo \(it has: none\)"):
        require_scope(frozenset())


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (60, "60 s"), (120, "120 s"), (121, "3 minutes"), (3600, "60 minutes")]
)
def test_durations(seconds: float, text: str) -> None:
    assert spoken(seconds) == text
