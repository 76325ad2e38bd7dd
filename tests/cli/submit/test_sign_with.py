"""Submitting with a key of one's own: chosen once, kept from then on, and never a second count of the same usage."""

import json
import subprocess
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from validator.signature import fingerprint
from validator.store import profile_path, submission_path
from validator.submission import NAMESPACE, canonical, parse_profile, parse_submission

if TYPE_CHECKING:
    from tests.cli.submit.conftest import Machine, Scene

BOARD = ("--to", "grace-demo/board")


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return make_key(tmp_path / "id_ed25519")


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "me@there", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


def public(key: Path) -> str:
    return key.with_suffix(".pub").read_text().removesuffix(" me@there\n")


def keys_on_the_board(scene: "Scene") -> dict[str, str]:
    return {each.id: each.public_key for each in parse_profile(scene.files()[profile_path(4242)]).devices}


def refusal(scene: "Scene", machine: "Machine", *arguments: str) -> str:
    """Submit in vain and return why; nothing is written, at GitHub or here."""
    known, folder = len(scene.requests("POST")), machine.folder / "config"
    before = sorted(path.name for path in folder.glob("*device-*"))
    code, out, err = scene.run(machine, "submit", "--yes", *BOARD, *arguments)
    assert (code, out, len(scene.requests("POST"))) == (1, "", known), err
    assert sorted(path.name for path in folder.glob("*device-*")) == before
    return err


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_what_it_signs_is_merged_and_ssh_keygen_agrees(
    scene: "Scene", ada: "Machine", tmp_path: Path, kind: str
) -> None:
    key = make_key(tmp_path / "id", kind)
    pull = scene.submit(ada, "--sign-with", str(key))
    assert "merged" in scene.bot()
    assert pull.head_ref == f"token-tracker/{ada.device}"
    assert keys_on_the_board(scene) == {ada.device: public(key)}
    submission = parse_submission(scene.files()[submission_path(4242, ada.device, "2026-11")])
    (tmp_path / "signers").write_text(f"ada-demo {public(key)}\n")
    (tmp_path / "signature").write_text(submission.signature)
    who = ["-n", NAMESPACE, "-f", "signers", "-I", "ada-demo", "-s", "signature"]
    subprocess.run(["ssh-keygen", "-Y", "verify", *who], input=canonical(submission), cwd=tmp_path, check=True)


def test_it_is_used_from_then_on_and_never_copied(scene: "Scene", ada: "Machine", key: Path) -> None:
    scene.submit(ada, "--sign-with", str(key))
    scene.bot()
    (kept,) = (ada.folder / "config").glob("*device-*")
    assert json.loads(kept.read_text()) == {"version": 1, "publicKey": public(key), "path": str(key)}
    code, out, _ = scene.run(ada, "submit", "--sign-with", str(key), *BOARD)
    assert (code, out) == (0, ""), "nothing is new"

    ada.use({"2026-10-03": 7, "2026-11-21": 5})
    device = ada.device
    scene.submit(ada)
    assert "merged" in scene.bot()
    assert parse_submission(scene.files()[submission_path(4242, device, "2026-11")]).revision == 2
    assert keys_on_the_board(scene) == {device: public(key)}


def test_a_dry_run_shows_the_bytes_that_are_sent(scene: "Scene", ada: "Machine", key: Path) -> None:
    code, out, _ = scene.run(ada, "submit", "--dry-run", "--json", "--sign-with", str(key), *BOARD)
    assert code == 0
    pull = scene.submit(ada)
    shown = {path: content.encode() for path, content in json.loads(out)["contents"].items()}
    sent = {path: content for path, content in scene.files(pull.head_sha).items() if path in shown}
    profile = profile_path(4242)
    assert (
        parse_profile(shown.pop(profile)).devices[0].public_key
        == parse_profile(sent.pop(profile)).devices[0].public_key
    )
    assert {parse_submission(each).device for each in (*shown.values(), *sent.values())} == {ada.device}
    assert shown.keys() == sent.keys()


def test_a_device_that_published_nothing_makes_room(scene: "Scene", ada: "Machine", key: Path) -> None:
    scene.run(ada, "submit", "--dry-run", *BOARD)
    made = ada.device
    scene.submit(ada, "--sign-with", str(key))
    assert ada.device != made
    assert (ada.folder / "config" / f"earlier-device-{made}").read_bytes().startswith(b"-----BEGIN OPENSSH")
    assert "merged" in scene.bot()
    assert keys_on_the_board(scene) == {ada.device: public(key)}


@pytest.mark.parametrize("is_merged", [False, True])
def test_a_device_that_published_cannot_change_its_key(
    scene: "Scene", ada: "Machine", key: Path, is_merged: bool
) -> None:
    scene.submit(ada)
    if is_merged:
        scene.bot()
    said = refusal(scene, ada, "--sign-with", str(key))
    assert f"`token-tracker withdraw --device {ada.device}`" in said
    assert "count twice" in said


def test_once_it_is_withdrawn_one_begins_anew(scene: "Scene", ada: "Machine", key: Path) -> None:
    scene.submit(ada)
    scene.bot()
    before = ada.device
    code, _, err = scene.run(ada, "withdraw", "--device", before, "--yes", *BOARD)
    assert code == 0, err
    scene.bot()
    scene.submit(ada, "--sign-with", str(key))
    assert "merged" in scene.bot()
    assert keys_on_the_board(scene) == {ada.device: public(key)}
    assert [path for path in scene.files() if before in path] == []


def test_two_machines_cannot_share_a_key(scene: "Scene", ada: "Machine", key: Path) -> None:
    scene.submit(ada, "--sign-with", str(key))
    desktop = scene.machine(name="desktop")
    desktop.use({"2026-11-19": 70})
    said = refusal(scene, desktop, "--sign-with", str(key))
    assert f"Your device {ada.device} has the key {fingerprint(public(key))}" in said
    scene.submit(desktop)


def test_a_key_that_moved_is_asked_for_and_found_again(
    scene: "Scene", ada: "Machine", key: Path, tmp_path: Path
) -> None:
    scene.submit(ada, "--sign-with", str(key))
    device, new = ada.device, tmp_path / "moved"
    key.rename(new)
    key.with_suffix(".pub").unlink()
    ada.use({"2026-11-21": 5})
    assert "token-tracker submit --sign-with" in refusal(scene, ada)
    scene.submit(ada, "--sign-with", str(new))
    assert "merged" in scene.bot()
    assert ada.device == device
    ada.use({"2026-11-20": 5})
    scene.submit(ada)


def test_a_passphrase_that_nobody_can_type_is_said_and_nothing_kept(
    scene: "Scene", ada: "Machine", key: Path, tmp_path: Path
) -> None:
    assert "ssh-add" in refusal(scene, ada, "--sign-with", str(make_key(tmp_path / "locked", passphrase="secret")))
    assert "There is no key" in refusal(scene, ada, "--sign-with", str(tmp_path / "none"))
    scene.submit(ada, "--sign-with", str(key))


def test_the_machines_own_key_is_what_it_is(scene: "Scene", ada: "Machine") -> None:
    scene.submit(ada)
    file = ada.folder / "config" / f"device-{ada.device}"
    before = file.read_bytes()
    ada.use({"2026-11-21": 5})
    scene.submit(ada, "--sign-with", str(file))
    assert file.read_bytes() == before


def test_it_is_told_where_devices_are_told(scene: "Scene", ada: "Machine", key: Path) -> None:
    out = scene.run(ada, "doctor")[1]
    assert "none yet: the first submit makes it" in out
    scene.submit(ada, "--sign-with", str(key))
    assert scene.run(ada, "devices", *BOARD)[1].endswith(f"This machine signs with a key of yours: {key}\n")
    assert json.loads(scene.run(ada, "devices", "--json", *BOARD)[1])["ownKey"] == str(key)
    answer = json.loads(scene.run(ada, "doctor", "--json")[1])
    assert answer["device"] == {"id": ada.device, "fingerprint": fingerprint(public(key)), "ownKey": str(key)}
    assert str(key) not in str(answer["needsAttention"])
    key.unlink()
    code, out, _ = scene.run(ada, "doctor", "--json")
    assert (code, f"The signing key {key} is gone." in out) == (1, True)


def test_the_profile_says_what_github_lists(scene: "Scene", ada: "Machine", key: Path, tmp_path: Path) -> None:
    scene.submit(ada, "--sign-with", str(key))
    scene.bot()
    scene.github.signing_key(scene.people[4242], f"{public(make_key(tmp_path / 'other'))} another")
    assert "listed at GitHub" not in built_profile(scene, ada, tmp_path / "before")
    scene.github.signing_key(scene.people[4242], f"{public(key)} ada@laptop")
    page = built_profile(scene, ada, tmp_path / "after")
    (line,) = [line for line in page.splitlines() if "listed at GitHub" in line]
    assert ada.device in line
    assert fingerprint(public(key)) in unescape(line)


def built_profile(scene: "Scene", machine: "Machine", folder: Path) -> str:
    """Build the board's site as its workflow does and return ada-demo's page."""
    folders = ["--output", str(folder / "site"), "--people", str(folder / "people")]
    command = ["build", "--repository", str(scene.repository.git.path), *folders]
    code, _, err = scene.run(machine, *command)
    assert code == 0, err
    return (folder / "site" / "profile" / "ada-demo" / "index.html").read_text()


def test_looking_at_ones_page_touches_no_key(scene: "Scene", ada: "Machine", key: Path, tmp_path: Path) -> None:
    scene.submit(ada, "--sign-with", str(key))
    key.unlink()
    code, _, err = scene.run(ada, "preview", "--login", "ada-demo", "--output", str(tmp_path / "site"))
    assert code == 0, err
    assert fingerprint(public(key)) in unescape((tmp_path / "site/profile/ada-demo/index.html").read_text())
