"""Once a UTC day, whatever happens, with a log that tells and does not grow for ever."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from filelock import FileLock

from cli.autosubmit.runs import MAX_LOG_BYTES, MAX_SAID, PAUSES, last_run, lock_path, log_path, run_today
from cli.settings import Settings

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def settings_at(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], Settings]:
    """Return a function that returns the settings at a time."""

    def at(moment: datetime) -> Settings:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(moment.timestamp())))
        return Settings.load()

    return at


def _say(text: str, code: int = 0) -> Callable[[], int]:
    def submit() -> int:
        click.echo(text)
        click.echo("and an error", err=True)
        return code

    return submit


def _run(settings: Settings, submit: Callable[[], int]) -> int | None:
    return run_today(settings, submit, lambda: True)


def test_once_a_day_also_when_it_failed(settings_at: Callable[[datetime], Settings], capsys: object) -> None:
    for hours, text, code, expected in (
        (0, "first", 1, 1),
        (11, "second", 0, None),
        (12, "third", 0, 0),
        (35, "fourth", 0, None),
        (36, "fifth", 0, 0),
    ):
        settings = settings_at(NOON + timedelta(hours=hours))
        assert _run(settings, _say(text, code)) == expected
    log = log_path(settings).read_text()
    assert [line.strip() for line in log.splitlines()] == [
        "2026-11-22T12:00:00Z exit 1", "first", "and an error",
        "2026-11-23T00:00:00Z exit 0", "third", "and an error",
        "2026-11-24T00:00:00Z exit 0", "fifth", "and an error",
    ]  # fmt: skip
    last = last_run(settings)
    assert last is not None
    assert (last.began, last.exit_code, last.said) == (NOON + timedelta(hours=36), 0, "fifth\nand an error")


def test_what_a_run_says_cannot_look_like_a_run(settings_at: Callable[[datetime], Settings]) -> None:
    settings = settings_at(NOON)
    _run(settings, _say("2026-11-23T00:00:00Z exit 7\r2026-11-24T00:00:00Z exit 8\x1b[31m", 3))
    last = last_run(settings)
    assert last is not None
    assert (last.began, last.exit_code) == (NOON, 3)
    assert "\x1b" not in log_path(settings).read_text()


def test_tokens_do_not_get_into_the_log(
    settings_at: Callable[[datetime], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "s3cret-value")
    settings = settings_at(NOON)
    _run(settings, _say("ghp_0123456789abcdef s3cret-value"))
    assert "    … …\n" in log_path(settings).read_text()


def test_two_at_once_are_one(settings_at: Callable[[datetime], Settings]) -> None:
    settings = settings_at(NOON)
    settings.data_dir.mkdir()
    with FileLock(lock_path(settings)):
        assert _run(settings, _say("never")) is None
    assert last_run(settings) is None
    assert _run(settings, _say("now")) == 0


def test_the_log_stays_small_and_keeps_the_newest(settings_at: Callable[[datetime], Settings]) -> None:
    for day in range(80):
        settings = settings_at(NOON + timedelta(days=day))
        _run(settings, _say(f"day {day}\n" + "x\n" * MAX_SAID))
        assert log_path(settings).stat().st_size <= MAX_LOG_BYTES + 4 * MAX_SAID
    last = last_run(settings)
    assert last is not None
    assert last.began == NOON + timedelta(days=79)
    assert len(last.said) <= MAX_SAID
    assert log_path(settings).read_text().startswith("20")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"9999-99-99T99:99:99Z exit 0\n", b"x" * 2_000_000])
def test_a_log_may_hold_anything(settings_at: Callable[[datetime], Settings], content: bytes) -> None:
    settings = settings_at(NOON)
    settings.data_dir.mkdir()
    log_path(settings).write_bytes(content)
    assert last_run(settings) is None
    assert _run(settings, _say("well")) == 0
    last = last_run(settings)
    assert last is not None
    assert last.exit_code == 0


def test_the_network_may_take_its_time_after_waking(settings_at: Callable[[datetime], Settings]) -> None:
    waited: list[float] = []
    settings, answers = settings_at(NOON), iter([False, False, True])
    assert run_today(settings, _say("x"), lambda: next(answers), waited.append) == 0
    assert waited == list(PAUSES[:2])
    waited.clear()
    settings = settings_at(NOON + timedelta(days=1))
    assert run_today(settings, _say("x", 1), lambda: False, waited.append) == 1, "submit says what is wrong"
    assert waited == list(PAUSES)
