"""When a browser is opened, and when it would only be in the way."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cli.browser import has_screen, open_page


@pytest.mark.parametrize(
    ("platform", "environment", "seen"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"DISPLAY": "localhost:10", "SSH_CONNECTION": "a b"}, False),
        ("linux", {"DISPLAY": ":0", "CI": "true"}, False),
        ("darwin", {}, True),
        ("darwin", {"SSH_TTY": "/dev/ttys1"}, False),
        ("win32", {}, True),
    ],
)
def test_only_where_somebody_sees_it(
    monkeypatch: pytest.MonkeyPatch, platform: str, environment: Mapping[str, str], seen: bool
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert has_screen(environment) is seen


def test_a_browser_of_the_terminal_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "lynx"
    browser.write_text(f"#!/bin/sh\necho started > {tmp_path}/started\n")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setattr("webbrowser._tryorder", None)
    assert open_page("http://127.0.0.1/", {"DISPLAY": ":0"}) is False
    assert not (tmp_path / "started").exists()
