"""The device of a machine: made once, private, and never silently another."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from cli import CliError, device
from cli.device import Device, load_or_create
from cli.own_key import OwnKey, read_own_key
from validator.signature import verify

MAKE = "import sys, pathlib; from cli.device import load_or_create; print(load_or_create(pathlib.Path(sys.argv[1])).id)"


def the_file(folder: Path) -> Path:
    (path,) = folder.glob("device-*")
    return path


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "device.lock"}


def test_the_first_use_makes_it_and_later_uses_find_it(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "token-tracker"
    first = load_or_create(folder)
    assert re.fullmatch("[a-z0-9]{8}", first.id)
    again = load_or_create(folder)
    assert (again.id, again.public_key) == (first.id, first.public_key)
    (signature,) = again.sign([b"x"], "n")
    verify(b"x", signature, first.public_key, "n")


def test_folders_do_not_share_a_device(tmp_path: Path) -> None:
    one, other = load_or_create(tmp_path / "a"), load_or_create(tmp_path / "b")
    assert one.id != other.id
    assert one.public_key != other.public_key


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_it_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_or_create(tmp_path / "config")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "config").stat().st_mode) == 0o700
    assert stat.S_IMODE(the_file(tmp_path / "config").stat().st_mode) == 0o600


def test_ssh_keygen_can_use_the_file(tmp_path: Path) -> None:
    made = load_or_create(tmp_path)
    read = subprocess.run(["ssh-keygen", "-y", "-f", the_file(tmp_path)], capture_output=True, check=True)
    assert read.stdout.decode().split()[:2] == made.public_key.split()


def test_processes_that_start_together_get_one_device(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKE, str(tmp_path / "config")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    ids = {process.communicate()[0].strip() for process in running}
    assert ids == {the_file(tmp_path / "config").name.removeprefix("device-")}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_a_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    load_or_create(tmp_path)
    the_file(tmp_path).chmod(mode)
    with pytest.raises(CliError, match="chmod 600"):
        load_or_create(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a key", b"\xff" * 99_999, b"-----BEGIN OPENSSH PRIVATE KEY-----\n"])
def test_a_damaged_key_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    load_or_create(tmp_path)
    the_file(tmp_path).write_bytes(content)
    before = snapshot(tmp_path)
    with pytest.raises(CliError, match="damaged"):
        load_or_create(tmp_path)
    assert snapshot(tmp_path) == before


def test_every_truncation_is_noticed(tmp_path: Path) -> None:
    load_or_create(tmp_path)
    path = the_file(tmp_path)
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        with pytest.raises(CliError, match="damaged"):
            load_or_create(tmp_path)


@pytest.mark.parametrize(
    ("kind", "passphrase", "reason"), [("ecdsa", "", "not an Ed25519 key"), ("ed25519", "secret", "has a passphrase")]
)
def test_another_kind_of_key_is_refused(tmp_path: Path, kind: str, passphrase: str, reason: str) -> None:
    arguments = ["-t", kind, "-N", passphrase, "-f", str(tmp_path / "device-abcd1234")]
    subprocess.run(["ssh-keygen", "-q", *arguments], check=True)
    with pytest.raises(CliError, match=reason):
        load_or_create(tmp_path)


def test_two_devices_in_one_folder_are_refused_by_name(tmp_path: Path) -> None:
    load_or_create(tmp_path)
    (tmp_path / "device-00000000").write_bytes(the_file(tmp_path).read_bytes())
    with pytest.raises(CliError, match="device-00000000"):
        load_or_create(tmp_path)


def test_a_write_that_fails_leaves_no_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(CliError, match="No space left"):
            load_or_create(tmp_path)
    assert not list(tmp_path.glob("device-*"))
    load_or_create(tmp_path)
    assert set(snapshot(tmp_path)) == {the_file(tmp_path).name}


def test_a_lock_that_is_never_given_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "LOCK_SECONDS", 0)
    with FileLock(tmp_path / "device.lock"), pytest.raises(CliError, match="held by another process"):
        load_or_create(tmp_path)


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CliError, match="cannot be made"):
        load_or_create(tmp_path / "file")
    (tmp_path / "device-abcd1234").mkdir()
    with pytest.raises(CliError, match="cannot be read or written"):
        load_or_create(tmp_path)


def test_asking_for_the_id_makes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    assert device.device_id(folder) == ""
    assert not folder.exists()
    made = load_or_create(folder)
    the_file(folder).chmod(0o644)
    assert device.device_id(folder) == made.id, "the key itself is not looked at"


@pytest.fixture
def own(tmp_path: Path) -> OwnKey:
    path = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return read_own_key(path)


def test_a_device_with_a_key_of_ones_own_comes_back_and_sets_the_other_aside(tmp_path: Path, own: OwnKey) -> None:
    folder = tmp_path / "config"
    made = load_or_create(folder)
    before = the_file(folder).read_bytes()
    named = Device("abcd1234", own)
    device.remember(folder, named)
    assert (load_or_create(folder), device.existing(folder), device.device_id(folder)) == (named, named, "abcd1234")
    assert stat.S_IMODE(the_file(folder).stat().st_mode) == 0o600
    assert (folder / f"earlier-device-{made.id}").read_bytes() == before
    moved = Device("abcd1234", OwnKey(own.public_key, tmp_path / "elsewhere"))
    device.remember(folder, moved)
    assert load_or_create(folder) == moved
    assert len(list(folder.glob("*device-*"))) == 2
    assert device.existing(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"version": 1', '"version": 2'),
        ('"path": "/', '"path": "'),
        ("AAAA", "AAAB"),
        ("ssh-ed25519", "ssh-dss"),
        ("}", ""),
        ("{", "{" * 9_999),
        ('"version"', '"more": 1, "version"'),
        ("AAAA", "\\u0000"),
    ],
)
def test_a_file_that_names_no_key_is_refused(tmp_path: Path, own: OwnKey, before: str, after: str) -> None:
    folder = tmp_path / "config"
    device.remember(folder, Device("abcd1234", own))
    the_file(folder).write_text(the_file(folder).read_text().replace(before, after))
    with pytest.raises(CliError, match="names the key of this device, is damaged"):
        load_or_create(folder)
