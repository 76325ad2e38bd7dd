"""Where GitHub is: a token goes nowhere else, and never readable through a network."""

from pathlib import Path

import pytest

from cli import CliError
from cli.boards import api_url, board_of, server_url
from cli.settings import Settings
from validator import config


def settings(**environment: str) -> Settings:
    return Settings(Path(), Path(), Path(), environment)


def test_github_unless_said_otherwise() -> None:
    assert api_url(settings(GITHUB_API_URL="")) == "https://api.github.com"
    assert server_url(settings()) == "https://github.com"
    assert board_of(None) == board_of("") == config.installed().repository


@pytest.mark.parametrize(
    "url", ["https://github.example/api/v3", "http://127.0.0.1:8080", "http://127.9.9.9", "http://localhost:1/x"]
)
def test_other_places(url: str) -> None:
    assert api_url(settings(GITHUB_API_URL=f"{url}/")) == server_url(settings(GITHUB_SERVER_URL=url)) == url


@pytest.mark.parametrize(
    "url",
    ["http://github.example", "http://10.0.0.1", "http://localhost.example", "http://127.0.0.1.example"],
)
def test_http_stays_on_this_machine(url: str) -> None:
    with pytest.raises(CliError, match=r"GITHUB_API_URL is http: .* https address"):
        api_url(settings(GITHUB_API_URL=url))


@pytest.mark.parametrize(
    "url",
    ["ftp://x", "file:///etc", "github.com", "https://", "https://u:p@x", "https://x?y", "https://x#y", "https://x:y",
     "https://x y", "https://é", "https://x\n", "http://[::1", "//x"],
)  # fmt: skip
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(CliError, match="GITHUB_API_URL is no address of a GitHub"):
        api_url(settings(GITHUB_API_URL=url))
