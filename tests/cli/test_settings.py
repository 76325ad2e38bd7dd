"""Where state goes, and what the environment may say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli import CliError
from cli.settings import Settings, private_folder


def test_variables_name_the_folders(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN_TRACKER_DATA_DIR", "relative/data")
    monkeypatch.setenv("TOKEN_TRACKER_CONFIG_DIR", "~/configuration")
    settings = Settings.load()
    assert (settings.data_dir, settings.config_dir) == (tmp_path / "relative/data", home / "configuration")
    assert settings.home == home


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_without_variables_the_platform_says_where(home: Path, monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setenv("TOKEN_TRACKER_DATA_DIR", "")
    monkeypatch.delenv("TOKEN_TRACKER_CONFIG_DIR")
    monkeypatch.setattr("sys.platform", platform)
    settings = Settings.load()
    assert settings.config_dir == home / ".config" / "token-tracker"
    assert settings.data_dir.is_relative_to(home)
    assert settings.data_dir.name == "token-tracker"


def test_now_is_what_source_date_epoch_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert Settings.load().now() == datetime(1970, 1, 2, tzinfo=UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    assert Settings.load().now().year >= 2026


@pytest.mark.parametrize("value", ["tomorrow", "1.5", "9" * 30])
def test_nonsense_in_source_date_epoch_is_an_error(home: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(CliError, match="SOURCE_DATE_EPOCH"):
        Settings.load().now()


def test_private_folders_are_private_and_may_exist(tmp_path: Path) -> None:
    made = private_folder(tmp_path / "a" / "b")
    assert private_folder(made).stat().st_mode & 0o777 == 0o700
