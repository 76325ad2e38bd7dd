"""The files for systemd, launchd and the Task Scheduler, read back by what was made to read them."""

import plistlib
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import CliError
from cli.autosubmit import launchd, systemd, task_scheduler
from cli.autosubmit.job import Job, job_of, load, minute_of_day, save
from cli.autosubmit.scheduler import scheduler_of
from cli.settings import Settings

VERIFY = shutil.which("systemd-analyze")


@given(st.integers(1, 2**53))
def test_the_minute_is_of_the_day_and_always_the_same(user_id: int) -> None:
    assert 0 <= minute_of_day(user_id) == minute_of_day(user_id) < 1_440


def test_users_are_spread_over_the_day() -> None:
    hours = [minute_of_day(user_id) // 60 for user_id in range(1, 2_401)]
    assert all(60 < hours.count(hour) < 140 for hour in range(24))


def test_the_next_run_is_ahead_and_within_a_day(job: Callable[..., Job]) -> None:
    at = job(minute=197)
    assert at.next_run(datetime(2026, 11, 22, 3, 16, 59, tzinfo=UTC)) == datetime(2026, 11, 22, 3, 17, tzinfo=UTC)
    assert at.next_run(datetime(2026, 12, 31, 3, 17, tzinfo=UTC)) == datetime(2027, 1, 1, 3, 17, tzinfo=UTC)


def test_a_job_comes_back_from_its_file(home: Path, tools: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "gho_secretsecretsecret")
    monkeypatch.setenv("CODEX_HOME", "/some where")
    made = job_of(Settings.load(), 4242)
    save(made)
    assert load(made.file) == made
    assert (made.program, made.minute) == (tools.folder / "token-tracker", minute_of_day(4242))
    assert made.environment["CODEX_HOME"] == "/some where"
    assert "gho_secret" not in made.file.read_text()
    assert made.file.stat().st_mode & 0o777 == 0o600
    made.file.write_text(made.file.read_text().replace('"CODEX_HOME"', '"LD_PRELOAD"'))
    found = load(made.file)
    assert found is not None
    assert "LD_PRELOAD" not in found.environment


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 10_000, b"\xff", b'{"version": 2}'])
def test_a_damaged_job_is_an_error_that_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "job").write_bytes(content)
    with pytest.raises(CliError, match="autosubmit enable"):
        load(tmp_path / "job")


def test_folders_no_scheduler_takes_are_refused(
    home: Path, tools: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_TRACKER_CONFIG_DIR", str(tmp_path / "a\nExecStart=b"))
    with pytest.raises(CliError, match="control characters"):
        job_of(Settings.load(), 1)


def test_systems_without_a_known_scheduler_are_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "plan9")
    with pytest.raises(CliError, match="plan9"):
        scheduler_of(Settings.load())


def test_the_timer_makes_up_for_what_was_missed(home: Path, job: Callable[..., Job]) -> None:
    scheduler = systemd.scheduler(Settings.load())
    service, timer = scheduler.places
    files = scheduler.files(job(name="plain"))
    assert list(files) == [service, timer]
    assert service == home / ".config" / "systemd" / "user" / "token-tracker.service"
    assert b"OnCalendar=*-*-* 03:17:00 UTC\nPersistent=true\n" in files[timer]


@pytest.mark.skipif(VERIFY is None, reason="there is no systemd-analyze")
@pytest.mark.parametrize("name", ["plain", "with space", "100%", "$HOME", "ü", "semi;colon"])
def test_systemd_itself_understands_the_units(home: Path, job: Callable[..., Job], tmp_path: Path, name: str) -> None:
    scheduler = systemd.scheduler(Settings.load())
    it = replace(job(name=name), file=tmp_path / name / "back\\slash" / "a'b\"c")
    for path, content in scheduler.files(it).items():
        (tmp_path / path.name).write_bytes(content)
    told = subprocess.run(
        [VERIFY or "", "--user", "--man=no", "verify", *(tmp_path / path.name for path in scheduler.places)],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(home), "XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("name", ["back\\slash", "a'b", 'a"b'])
def test_programs_systemd_does_not_start_are_refused(home: Path, job: Callable[..., Job], name: str) -> None:
    with pytest.raises(CliError, match="quotes or backslashes"):
        systemd.scheduler(Settings.load()).files(job(name=name))


def test_launchd_reads_back_what_was_meant(
    home: Path, job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = launchd.scheduler(Settings.load())
    it = job()
    [(path, content)] = scheduler.files(it).items()
    read = plistlib.loads(content)
    assert path == home / "Library" / "LaunchAgents" / f"{read['Label']}.plist"
    assert read["ProgramArguments"] == list(it.command)
    local = datetime(2026, 11, 22, 3, 17, tzinfo=UTC).astimezone()
    assert read["StartCalendarInterval"] == {"Hour": local.hour, "Minute": local.minute}


def test_the_task_scheduler_reads_back_what_was_meant(home: Path, job: Callable[..., Job]) -> None:
    it = job(name="a b & <c> ü")
    [content] = task_scheduler.scheduler(Settings.load()).files(it).values()
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    found = {each.tag.removeprefix(space): each.text for each in ElementTree.fromstring(content).iter()}
    assert found["Command"] == str(it.program)
    assert found["Arguments"] == f'"autosubmit" "run" "{it.file}"'
    assert (found["StartBoundary"], found["StartWhenAvailable"]) == ("2026-01-01T03:17:00Z", "true")
