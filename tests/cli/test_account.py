"""Where the token for GitHub comes from."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cli import CliError
from cli.account import github_token
from cli.settings import Settings


def token(**environment: str) -> str:
    return github_token(Settings(Path(), Path(), Path(), environment))


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a `gh` of our own first on the path and return its script."""
    script = tmp_path / "gh"
    monkeypatch.setenv("PATH", str(tmp_path))
    return script


def test_variables_come_first_and_empty_ones_count_as_unset(gh: Path) -> None:
    assert token(GITHUB_TOKEN="one", GH_TOKEN="two") == "one"
    assert token(GITHUB_TOKEN="", GH_TOKEN="two") == "two"


def test_gh_is_asked_last(gh: Path) -> None:
    gh.write_text('#!/bin/sh\n[ "$1 $2" = "auth token" ] && echo three\n')
    gh.chmod(0o755)
    assert token() == "three"


@pytest.mark.parametrize("script", [None, "#!/bin/sh\nexit 1\n", "#!/bin/sh\necho\n"])
def test_without_any_the_user_is_told(gh: Path, script: str | None) -> None:
    if script is not None:
        gh.write_text(script)
        gh.chmod(0o755)
    with pytest.raises(CliError, match="no token"):
        token()


@pytest.mark.parametrize("environment", [{"GITHUB_TOKEN": "a b"}, {"GH_TOKEN": "secret\nHost: x"}, {"GH_TOKEN": "é"}])
def test_what_is_none_by_its_looks_is_refused_and_not_told(gh: Path, environment: Mapping[str, str]) -> None:
    with pytest.raises(CliError) as error:
        token(**environment)
    assert not any(value in str(error.value) for value in environment.values())
