"""enable, status, disable and the scheduled run, with schedulers that record how they are called."""

import json
import os
import plistlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

import cli.main
from cli import credentials
from cli.autosubmit.job import minute_of_day
from cli.device import Device, remember
from cli.own_key import read_own_key
from cli.settings import Settings
from tests.github.stand_in import GitHub

Command = Callable[..., tuple[int, str, str]]
AT = f"{minute_of_day(4242) // 60:02}:{minute_of_day(4242) % 60:02}"
USER = "systemctl --user"
START = [f"{USER} daemon-reload", f"{USER} enable token-tracker.timer", f"{USER} restart token-tracker.timer"]
STOP = [f"{USER} disable --now token-tracker.timer", f"{USER} clean --what=state token-tracker.timer"]
QUERY = f"{USER} is-active --quiet token-tracker.timer"
WITHOUT_BUS = 'echo "Failed to connect to bus: No medium found" >&2; exit 1'


@pytest.fixture
def github(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """A GitHub at which ada-demo is logged in."""
    with GitHub(tmp_path / "github") as github:
        monkeypatch.setenv("GITHUB_API_URL", github.url)
        token = github.token(github.user(4242, "ada-demo"))
        credentials.save(Settings.load().config_dir, credentials.Credential(github.url, token))
        yield github


@pytest.fixture
def units(home: Path) -> Callable[[], list[str]]:
    """Return a function that returns the names of systemd's units."""
    return lambda: sorted(path.name for path in (home / ".config" / "systemd" / "user").glob("*"))


def test_on_and_off_again(command: Command, github: Any, tools: Any, home: Path, units: Any) -> None:
    tools.put("systemctl")
    before = sorted(home.parent.rglob("*"))
    code, out, err = command("autosubmit", "enable")
    assert (code, err) == (0, "")
    assert out.startswith(f"On: a timer of systemd submits as @ada-demo every day at {AT} UTC.\n")
    assert tools.take() == STOP + START
    assert units() == ["token-tracker.service", "token-tracker.timer"]
    assert command("autosubmit", "enable")[0] == 0, "it may be renewed"
    tools.take()
    code, out, _ = command("autosubmit", "status")
    assert (code, out.splitlines()[0], "Last run: none yet." in out) == (
        0,
        f"On: a timer of systemd, every day at {AT} UTC.",
        True,
    )
    assert tools.take() == [QUERY]
    tools.put("systemctl", 'case "$*" in *is-active*) exit 3;; esac')
    code, out, _ = command("autosubmit", "disable")
    assert (code, out.splitlines()[0], units()) == (0, "Off.", [])
    assert tools.take() == [*STOP, f"{USER} daemon-reload", QUERY]
    left = [path for path in home.parent.rglob("*") if path not in before and not path.is_dir()]
    assert left == []
    assert command("autosubmit", "disable")[1] == "It was off already.\n"
    code, out, _ = command("autosubmit", "status")
    assert (code, out.splitlines()[0]) == (3, "Off.")


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (WITHOUT_BUS, "Failed to connect to bus"),
        (None, "systemctl is not on this machine."),
        ("kill -9 $$", "failed: -9"),
    ],
)
def test_without_a_session_of_systemd_nothing_is_left(
    command: Command, github: Any, tools: Any, script: str | None, sentence: str
) -> None:
    if script is not None:
        tools.put("systemctl", script)
    code, out, err = command("autosubmit", "enable")
    assert (code, out) == (1, "")
    assert sentence in err
    assert "have cron run `token-tracker submit --yes`" in err
    assert not [path for path in Settings.load().home.rglob("*") if path.is_file()]
    assert command("autosubmit", "status")[0] == 3


def test_launchd(command: Command, github: Any, tools: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    tools.put("launchctl")
    assert command("autosubmit", "enable")[0] == 0
    [path] = (home / "Library" / "LaunchAgents").iterdir()
    calls = tools.take()
    assert [call.split()[1] for call in calls] == ["bootout", "enable", "bootstrap"]
    assert calls[-1].endswith(f" {path}")
    assert plistlib.loads(path.read_bytes())["ProgramArguments"][1:3] == ["autosubmit", "run"]
    tools.put("launchctl", "exit 113")
    assert command("autosubmit", "disable")[0] == 0
    assert not path.exists()


def test_the_task_scheduler(
    command: Command, github: Any, tools: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.autosubmit.scheduler.sys", type("sys", (), {"platform": "win32"}))
    tools.put("schtasks")
    assert command("autosubmit", "enable")[0] == 0
    file = home.parent / "config" / "autosubmit.xml"
    name = "token-tracker autosubmit"
    assert tools.take() == [f"schtasks /Delete /TN {name} /F", f"schtasks /Create /TN {name} /XML {file} /F"]
    code, _, err = command("autosubmit", "disable")
    assert (code, file.exists()) == (1, False)
    assert "The job is still there" in err


def test_a_token_only_this_shell_knows_is_not_enough(
    command: Command, github: Any, tools: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools.put("systemctl")
    credentials.remove(Settings.load().config_dir)
    assert "A scheduled run would find no token. Run `token-tracker login` first." in command("autosubmit", "enable")[2]
    monkeypatch.setenv("GITHUB_TOKEN", github.token(github.state.users[4242]))
    code, _, err = command("autosubmit", "enable")
    assert (code, tools.take()) == (1, [])
    assert "GITHUB_TOKEN is set in this shell only. Run `env -u GITHUB_TOKEN -u GH_TOKEN token-tracker login`" in err


def test_a_token_that_does_not_do_is_not_enough(command: Command, github: Any, tools: Any) -> None:
    token = github.token(github.state.users[4242], scopes=())
    credentials.save(Settings.load().config_dir, credentials.Credential(github.url, token))
    code, _, err = command("autosubmit", "enable")
    assert code == 1
    assert "lacks the scope public_repo" in err


def test_a_key_that_somebody_must_unlock_is_refused_before_anything_is_switched_on(
    command: Command, github: Any, tools: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools.put("systemctl")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    real = shutil.which("ssh-keygen", path=os.defpath)
    assert real
    (tools.folder / "ssh-keygen").symlink_to(real)
    for passphrase, expected in [("secret", 1), ("", 0)]:
        key = tmp_path / f"id{passphrase}"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(key)], check=True)
        remember(Settings.load().config_dir, Device("abcd1234", read_own_key(key)))
        code, _, err = command("autosubmit", "enable")
        assert (code, "has a passphrase" in err) == (expected, bool(expected))
        assert bool(tools.take()) is not bool(expected)


def test_a_run_prefers_the_agent_of_its_own_session(
    command: Command, github: Any, tools: Any, submissions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tools.put("systemctl")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/when-enabled")
    command("autosubmit", "enable")
    file = Settings.load().config_dir / "autosubmit.json"
    for own, used in [("/run/now", "/run/now"), ("", "/run/when-enabled")]:
        monkeypatch.setenv("SSH_AUTH_SOCK", own)
        command("autosubmit", "run", file)
        assert os.environ["SSH_AUTH_SOCK"] == used


@pytest.fixture
def submissions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Put a command in submit's place that ends with the codes in this list, and then with 0."""
    codes: list[int] = []

    @click.command()
    @click.option("--yes", is_flag=True)
    def submit(*, yes: bool) -> int:
        assert yes
        click.echo("https://github.com/grace-demo/board/pull/7")
        return codes.pop(0) if codes else 0

    monkeypatch.setitem(cli.main.COMMANDS, "submit", ("tests.submit:submit", ""))
    module = type("module", (), {"submit": submit})
    monkeypatch.setattr(
        cli.main, "import_module", lambda name: module if name == "tests.submit" else import_module(name)
    )
    return codes


def test_the_scheduled_run_is_logged_and_happens_once_a_day(
    command: Command, github: Any, tools: Any, submissions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tools.put("systemctl")
    command("autosubmit", "enable")
    file = Settings.load().config_dir / "autosubmit.json"
    submissions[:] = [4]
    data = Settings.load().data_dir
    for name in ("TOKEN_TRACKER_DATA_DIR", "TOKEN_TRACKER_CONFIG_DIR", "GITHUB_API_URL"):
        monkeypatch.delenv(name)  # the scheduler's environment knows none of them
    assert command("autosubmit", "run", file) == (4, "", "")
    assert command("autosubmit", "run", file) == (0, "", "")
    assert "exit 4\n    https://github.com/grace-demo/board/pull/7\n" in (data / "autosubmit.log").read_text()
    code, out, err = command("autosubmit", "status")
    assert code == 4
    assert "Last run: 2026-11-22T12:00:00Z, failed with exit code 4" in out
    assert "The last run failed with exit code 4; the log says why." in err
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(Settings.load().now().timestamp()) + 86_400))
    assert command("autosubmit", "run", file)[0] == 0
    answer = json.loads(command("autosubmit", "status", "--json")[1])
    assert (answer["lastRun"]["exitCode"], answer["lastRun"]["began"]) == (0, "2026-11-23T12:00:00Z")
    assert answer["needsAttention"] == []


def test_a_program_that_moved_and_a_scheduler_that_forgot(command: Command, github: Any, tools: Any) -> None:
    tools.put("systemctl")
    command("autosubmit", "enable")
    (tools.folder / "token-tracker").unlink()
    tools.put("systemctl", "exit 3")
    code, _, err = command("autosubmit", "status")
    assert code == 4
    assert f"The program is no longer at {tools.folder}/token-tracker." in err
    assert "The scheduler does not have the job." in err


def test_a_run_without_a_job_says_what_to_do(command: Command, tmp_path: Path) -> None:
    code, _, err = command("autosubmit", "run", tmp_path / "none")
    assert (code, "autosubmit enable" in err) == (1, True)
