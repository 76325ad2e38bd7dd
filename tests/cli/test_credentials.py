"""The file that keeps a token: private, whole, and for one GitHub only."""

import os
import stat
from pathlib import Path

import pytest

from cli import CliError
from cli.credentials import Credential, load, path_of, remove, save

API = "https://api.github.com"
SECRET = "gho_secretsecretsecret"


def test_what_is_saved_is_loaded_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "config"
    old_mask = os.umask(0)
    try:
        path = save(folder, Credential(API, "first"))
        save(folder, Credential(API, SECRET))
    finally:
        os.umask(old_mask)
    assert load(folder) == Credential(API, SECRET)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [each.name for each in folder.iterdir()] == ["credentials.json"]
    assert SECRET not in repr(load(folder))


def test_nothing_there_is_no_error(tmp_path: Path) -> None:
    assert load(tmp_path / "none") is None
    assert remove(tmp_path / "none") is False
    save(tmp_path, Credential(API, SECRET))
    assert remove(tmp_path) is True
    assert load(tmp_path) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    save(tmp_path, Credential(API, SECRET)).chmod(mode)
    with pytest.raises(CliError, match="chmod 600") as error:
        load(tmp_path)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"gho_secretsecretsecret",
        b'["gho_secretsecretsecret"]',
        b'{"token": "gho_secretsecretsecret"}',
        b'{"version": 1, "apiUrl": "x", "token": 7}',
        b'{"version": 1, "apiUrl": "x", "token": "gho_secretsecretsecret", "more": 1}',
        b'{"version": 2, "apiUrl": "x", "token": "gho_secretsecretsecret"}',
        b'{"version": 1, "apiUrl": "\xff", "token": "gho_secretsecretsecret"}',
        b"[" * 100_000,
        b" " * 10_000_000,
    ],
)
def test_damaged_and_foreign_content_is_an_error_that_does_not_tell_it(tmp_path: Path, content: bytes) -> None:
    path = path_of(tmp_path)
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(CliError, match="token-tracker logout") as error:
        load(tmp_path)
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None
    assert remove(tmp_path)


def test_a_folder_or_pipe_in_its_place_is_an_error_and_waits_for_nobody(tmp_path: Path) -> None:
    os.mkfifo(path_of(tmp_path), 0o600)
    with pytest.raises(CliError, match="not a file"):
        load(tmp_path)
    path_of(tmp_path).unlink()
    path_of(tmp_path).mkdir()
    for attempt in (load, remove, lambda folder: save(folder, Credential(API, SECRET))):
        with pytest.raises(CliError):
            attempt(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["credentials.json"]
