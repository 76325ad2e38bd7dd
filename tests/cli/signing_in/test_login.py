"""login, logout and whoami as users run them, against the stand-in GitHub."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
TOKEN = "gho_nobodyknowsthisone"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(command: Command, at_github: Any) -> Command:
    """Return a function that runs the command, and holds it to telling no token whatever happens."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code, out, err = command(*arguments)
        for token in at_github.state.tokens:
            assert token not in out + err
        return code, out, err

    return call


def test_the_device_flow_from_code_to_whoami(run: Command, github: Any, ada: Any, patience: Any, kept: Any) -> None:
    patience.plan[7] = lambda: github.authorize(ada)
    code, out, err = run("login")
    assert (code, out.split(",")[0]) == (0, "Logged in as @ada-demo")
    asked = github._login.codes[0]
    assert asked.scopes == ("public_repo",)
    assert err.splitlines()[0] == f"Open {github.web}/login/device and enter this code: {asked.user_code}"
    assert err.splitlines()[1] == "Waiting for you at GitHub, 15 min left."
    assert asked.device_code not in out + err
    assert kept().token in github.state.tokens
    assert json.loads(run("whoami", "--json")[1])["login"] == "ada-demo"


def test_a_code_that_was_refused_keeps_nothing(run: Command, github: Any, ada: Any, patience: Any, kept: Any) -> None:
    patience.plan[7] = lambda: github.deny(ada)
    code, out, err = run("login")
    assert (code, out, kept()) == (1, "", None)
    assert "refused on GitHub's page" in err


def test_trouble_while_waiting_is_told_and_borne(run: Command, github: Any, ada: Any) -> None:
    github.fail("POST", "/login/oauth/access_token", "502", action=lambda: github.authorize(ada))
    code, _, err = run("login")
    assert code == 0
    assert "127.0.0.1 is out of order (502). Trying again." in err


def test_ctrl_c_ends_the_waiting(run: Command, patience: Any, kept: Any) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    patience.plan[3] = interrupt
    code, out, err = run("login")
    assert (code, out, kept()) == (130, "", None)
    assert "Traceback" not in err


def test_a_kept_token_is_used_again(run: Command, github: Any, ada: Any, keep: Any, kept: Any) -> None:
    keep(github.token(ada))
    before = kept()
    code, out, _ = run("login")
    assert (code, kept()) == (0, before)
    assert "credentials.json" in out
    assert not github._login.codes


def test_a_revoked_token_is_replaced(run: Command, github: Any, ada: Any, keep: Any, patience: Any) -> None:
    old = github.token(ada)
    file = keep(old)
    github.revoke(old)
    code, out, err = run("whoami")
    assert (code, out) == (4, "")
    assert "it has expired, was revoked, or is mistyped. Run `token-tracker login`." in err
    assert json.loads(run("whoami", "--json")[1])["loggedIn"] is False
    patience.plan[7] = lambda: github.authorize(ada)
    assert run("login")[0] == 0
    assert old not in file.read_text()
    assert run("whoami")[0] == 0


def test_an_expired_token_of_the_environment(
    run: Command, github: Any, ada: Any, patience: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GH_TOKEN", github.token(ada, expires_at=patience.now()))
    for name, code in (("login", 1), ("whoami", 4)):
        found, _, err = run(name)
        assert found == code
        assert "token of GH_TOKEN" in err
        assert "Put another token into GH_TOKEN, or unset it" in err


def test_the_environment_comes_first_then_what_is_kept_then_gh(
    run: Command, github: Any, keep: Any, gh: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [github.user(100 + number, f"demo-{number}") for number in range(4)]
    tokens = [github.token(each) for each in people]
    gh(tokens[3])
    assert "@demo-3" in run("login")[1]
    keep(tokens[2])
    assert "@demo-2" in run("login")[1]
    monkeypatch.setenv("GH_TOKEN", tokens[1])
    assert "@demo-1" in run("login")[1]
    monkeypatch.setenv("GITHUB_TOKEN", tokens[0])
    assert "@demo-0" in run("login")[1]
    answer = json.loads(run("whoami", "--json")[1])
    assert (answer["id"], answer["token"]["origin"], answer["token"]["name"]) == (100, "environment", "GITHUB_TOKEN")


def test_a_bad_kept_token_makes_way_for_that_of_gh(run: Command, github: Any, ada: Any, keep: Any, gh: Any) -> None:
    file = keep("gho_nobodyknowsthisone")
    gh(github.token(ada))
    code, out, err = run("login")
    assert (code, out) == (0, "Logged in as @ada-demo, with the token of gh auth token.\n")
    assert "gho_nobody" not in err
    assert not file.exists()
    assert run("whoami")[0] == 0


def test_a_missing_scope(run: Command, github: Any, ada: Any, gh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    token = github.token(ada, scopes=("gist", "read:org"))
    monkeypatch.setenv("GITHUB_TOKEN", token)
    for name in ("login", "whoami"):
        code, out, err = run(name)
        assert (code, "@ada-demo" in out) == (3, True)
        assert err.startswith("This token lacks the scope public_repo (it has: gist, read:org). Tick public_repo")
    monkeypatch.delenv("GITHUB_TOKEN")
    gh(token)
    assert "gh auth refresh --scopes public_repo" in run("whoami")[2]


def test_scopes_that_were_not_granted(run: Command, github: Any, ada: Any, patience: Any) -> None:
    patience.plan[7] = lambda: github.authorize(ada, scopes=())
    code, _, err = run("login")
    assert code == 3
    assert "lacks the scope public_repo (it has: none). Run `token-tracker login` and grant what is asked for." in err


def test_tokens_of_other_kinds(run: Command, github: Any, ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    board = github.repository(ada, "board")
    monkeypatch.setenv("GITHUB_TOKEN", github.token(ada, kind="fine-grained"))
    code, _, err = run("whoami")
    assert (code, err.split(":")[0]) == (3, "This is a fine-grained token")
    assert json.loads(run("whoami", "--json")[1])["token"]["scopes"] is None
    monkeypatch.setenv("GITHUB_TOKEN", github.actions_token(board))
    code, _, err = run("whoami")
    assert code == 1
    assert "belongs to an app, not to a person" in err


def test_single_sign_on_limits_and_trouble(
    run: Command, github: Any, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", github.token(ada))
    sentences: dict[Any, str] = {
        "single sign-on": "Open https://github.com/orgs/board/sso?authorization_request=demo",
        "403 retry-after": "Run this again in 60 s.",
        "429": "Run this again in 60 s.",
        "502": "127.0.0.1 is out of order (502).",
        "drop before": "127.0.0.1 cannot be reached",
    }
    for fault, sentence in sentences.items():
        github.fail("GET", "/user", fault)
        code, out, err = run("whoami")
        assert (code, out) == (1, "")
        assert sentence in err


def test_an_answer_that_does_not_come_is_not_waited_for(
    run: Command, github: Any, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", github.token(ada))
    monkeypatch.setattr("cli.web.SECONDS", 0.05)
    github.fail("GET", "/user", "delay", seconds=0.5)
    code, _, err = run("whoami")
    assert code == 1
    assert "cannot be reached (ReadTimeout)" in err


def test_a_board_without_an_application_points_to_the_other_ways(
    run: Command, github: Any, ada: Any, keep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from validator import config

    board = config.installed().model_copy(update={"oauth_client_id": ""})
    monkeypatch.setattr("validator.config.installed", lambda: board)
    code, _, err = run("login")
    assert code == 1
    assert "`gh auth login`, or set GITHUB_TOKEN" in err
    keep(github.token(ada, scopes=("gist",)))
    assert run("login")[0] == 3, "a token that lacks something is better than none"


def test_a_token_goes_to_no_other_address(
    run: Command, github: Any, ada: Any, keep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(github.token(ada))
    monkeypatch.setenv("GITHUB_API_URL", github.url + "/elsewhere")
    before = len(github.log)
    code, _, err = run("whoami")
    assert (code, len(github.log)) == (4, before)
    assert f"no token for GitHub at {github.url}/elsewhere (you are logged in to {github.url})" in err
    for lure in ("http://elsewhere.example", "ftp://127.0.0.1", "https://u:p@127.0.0.1"):
        monkeypatch.setenv("GITHUB_API_URL", lure)
        assert run("whoami")[0] == 1


def test_nobody_signs_in_at_one_github_for_another(run: Command, github: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "https://api.elsewhere.example")
    code, _, err = run("login")
    assert (code, github._login.codes) == (1, [])
    assert "GITHUB_SERVER_URL is at 127.0.0.1 and GITHUB_API_URL at elsewhere.example" in err


def test_logging_out(run: Command, github: Any, keep: Any, gh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = keep(TOKEN)
    code, out, _ = run("logout")
    assert (code, file.exists()) == (0, False)
    assert f"revoke it at {github.web}/settings/connections/applications/client" in out
    assert run("logout") == (0, "No token was kept by `token-tracker login`.\n", "")
    gh(TOKEN)
    assert "to which nothing was done: `gh auth logout` ends that." in run("logout")[1]
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    assert "to which nothing was done: unset GH_TOKEN to end that." in run("logout")[1]


def test_logging_out_removes_what_is_damaged(run: Command, keep: Any) -> None:
    file = keep("x" * 20)
    file.write_text("{")
    assert run("whoami")[2].endswith("is damaged. Run `token-tracker logout` and `token-tracker login`.\n")
    assert run("logout")[0] == 0
    assert run("whoami")[0] == 4


def test_names_cannot_write_to_the_terminal(run: Command, github: Any, ada: Any, keep: Any) -> None:
    ada.name = "Ada \x1b[31m\nDemo"
    keep(github.token(ada))
    code, out, _ = run("whoami")
    assert (code, out.splitlines()[0]) == (0, "@ada-demo (Ada ?[31m?Demo), GitHub's user 4242")


def test_unforeseen_errors_leave_no_token_behind(
    run: Command, keep: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = [TOKEN, "0123456789abcdef0123456789abcdef01234567"]
    keep(tokens[0])
    monkeypatch.setenv("GH_TOKEN", "")
    monkeypatch.setenv("GITHUB_TOKEN", "")

    def fail(*_: object) -> None:
        raise ZeroDivisionError(f"Bearer {tokens[0]} {tokens[1]}")

    monkeypatch.setattr("cli.identity.identify", fail)
    monkeypatch.setenv("MY_SECRET", tokens[1])
    code, _, err = run("whoami")
    log = (home.parent / "data" / "failure.log").read_text()
    assert (code, "This is a bug" in err) == (1, True)
    assert "Bearer … …" in log
    assert not any(token in log for token in tokens)


def test_in_a_terminal_the_code_stands_alone_and_the_browser_opens(
    run: Command, github: Any, ada: Any, tools: Path, tmp_path: Path
) -> None:
    browser = tools / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    github.fail("POST", "/login/oauth/access_token", "none", action=lambda: github.authorize(ada))
    program = (
        "from types import SimpleNamespace as N; from validator import config; board = config.installed()\n"
        "config.installed = lambda: board.model_copy(update={'oauth_client_id': 'client'})\n"
        "import cli.commands.login as login; from cli.main import main; seconds = [0.0]\n"
        "def pause(some): seconds[0] += some\n"
        "login.time = N(monotonic=lambda: seconds[0], sleep=pause); main(['login'])\n"
    )
    environment = {**os.environ, "BROWSER": str(browser), "DISPLAY": ":0", "TERM": "xterm", "COLUMNS": "80"}
    for name in ("CI", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"):
        environment.pop(name, None)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(ours)
    assert "Logged in as @ada-demo" in out, shown
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).splitlines()
    assert f"│      {github._login.codes[0].user_code}      │" in [line.strip() for line in lines]
    assert any("Waiting for you at GitHub, 14:5" in line for line in lines)
    assert (tmp_path / "opened").read_text().strip() == f"{github.web}/login/device"


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other side was closed
        return b""
