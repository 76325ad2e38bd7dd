"""`devices`: what the board knows of a user's machines, and what it is told."""

import json
import subprocess
from typing import TYPE_CHECKING

from validator.store import profile_path
from validator.submission import parse_profile

if TYPE_CHECKING:
    from tests.cli.submit.conftest import Machine, Scene
    from validator.submission import Device

BOARD = ("--to", "grace-demo/board")
PROFILE = profile_path(4242)


def _devices(scene: "Scene", revision: str = "main") -> "dict[str, Device]":
    return {each.id: each for each in parse_profile(scene.files(revision)[PROFILE]).devices}


def _listed(scene: "Scene", machine: "Machine") -> dict[str, dict[str, object]]:
    code, out, err = scene.run(machine, "devices", "--json", *BOARD)
    assert code == 0, err
    return {each["id"]: each for each in json.loads(out)["devices"]}


def test_a_key_is_known_before_any_usage(scene: "Scene", ada: "Machine") -> None:
    code, out, _ = scene.run(ada, "devices", *BOARD)
    assert code == 0
    assert "The board does not know this machine yet" in out
    assert not (ada.folder / "config").exists(), "looking makes nothing"

    assert scene.run(ada, "devices", "add", *BOARD)[0] == 1, "nobody can be asked"
    assert scene.run(ada, "devices", "add", *BOARD, answer="n\n")[0] == 1
    assert scene.pulls() == []
    code, out, err = scene.run(ada, "devices", "add", *BOARD, answer="y\n")
    assert (code, out) == (0, f"{scene.github.web}/grace-demo/board/pull/1\n")
    assert f"the device {ada.device}" in " ".join(err.split())
    before = scene.pull(1).head_sha
    code, out, err = scene.run(ada, "devices", "add", *BOARD)
    assert (code, scene.pull(1).head_sha) == (0, before)
    assert "offered already" in err
    assert _listed(scene, ada)[ada.device]["addedBy"] == {"number": 1, "url": out.strip()}
    assert "being added, this machine" in scene.run(ada, "devices", *BOARD)[1]

    assert "merged" in scene.bot()
    listed = _listed(scene, ada)[ada.device]
    assert (listed["months"], listed["addedBy"], listed["isThisDevice"]) == ([], None, True)
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(ada.folder / "config" / f"device-{ada.device}")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed["fingerprint"] in shown.stdout.split()
    assert "already" in scene.run(ada, "devices", "add", "--yes", *BOARD)[2]
    scene.submit(ada)
    assert "merged" in scene.bot()
    assert _listed(scene, ada)[ada.device]["months"] == ["2026-11"]
    assert "in use, this machine" in scene.run(ada, "devices", *BOARD)[1]


def test_a_lost_machine_is_revoked_from_another(scene: "Scene", ada: "Machine") -> None:
    scene.submit(ada)
    scene.bot()
    ada.use({"2026-11-21": 5})
    waiting = scene.submit(ada)
    other = scene.machine(name="desktop")
    code, out, err = scene.run(other, "devices", "revoke", ada.device, "--yes", *BOARD)
    said = " ".join(err.split())
    assert code == 0
    assert "What it published stays as it is: 1 month." in said
    assert f"/pull/{waiting.number} is rejected then" in said
    number = int(out.rstrip().rpartition("/")[2])
    head = scene.pull(number).head_sha
    assert scene.run(other, "devices", "revoke", ada.device, *BOARD)[1] == out
    assert scene.pull(number).head_sha == head
    assert "being revoked" in scene.run(other, "devices", *BOARD)[1]
    assert "merged" in scene.bot(number)
    assert "rejected" in scene.bot(waiting.number)
    revoked = _devices(scene)[ada.device].revoked_at
    assert revoked
    code, _, err = scene.run(other, "devices", "revoke", ada.device, "--yes", *BOARD)
    assert code == 0
    assert f"was revoked at {revoked} already" in err
    assert f"revoked {revoked[:10]}" in scene.run(other, "devices", *BOARD)[1]
    code, _, err = scene.run(ada, "devices", "add", "--yes", *BOARD)
    assert code == 1
    assert "was revoked at" in err
    key = ada.folder / "config" / f"device-{ada.device}"
    assert f"move {key} away" in " ".join(scene.run(ada, "devices", *BOARD)[2].split())
    key.rename(key.with_name("old"))
    ada.forget()
    ada.use({"2026-11-22": 5})
    scene.submit(ada)
    assert "merged" in scene.bot()
    assert [bool(each.revoked_at) for each in _devices(scene).values()] == [True, False]


def test_a_slow_clock_does_not_revoke_what_is_published(scene: "Scene", ada: "Machine") -> None:
    scene.submit(ada)
    scene.bot()
    late = scene.clock.seconds
    ada.environment["SOURCE_DATE_EPOCH"] = str(int(late) - 86_400)
    code, out, err = scene.run(ada, "devices", "revoke", ada.device, "--yes", "--json", *BOARD)
    assert code == 0, err
    assert f"move {ada.folder}" in " ".join(err.split())
    assert "merged" in scene.bot(json.loads(out)["pullRequest"]["number"])
    assert _devices(scene)[ada.device].revoked_at


def test_pull_requests_that_change_the_profile_do_not_undo_one_another(scene: "Scene", ada: "Machine") -> None:
    scene.submit(ada)
    scene.bot()
    desktop, tablet = scene.machine(name="desktop"), scene.machine(name="tablet")
    desktop.use({"2026-11-19": 4}, "claude-sonnet-4-5")
    submitted = scene.submit(desktop)
    assert scene.run(tablet, "devices", "add", "--yes", *BOARD)[0] == 0
    code, out, _ = scene.run(tablet, "devices", "revoke", ada.device, "--yes", *BOARD)
    number = int(out.rstrip().rpartition("/")[2])
    assert (code, scene.pulls()[1:]) == (0, [(submitted.number, "open"), (number, "open")]), "one branch for devices"
    assert "merged" in scene.bot(number)
    devices = _devices(scene)
    assert devices.keys() == {ada.device, desktop.device, tablet.device}
    assert devices[ada.device].revoked_at
    assert scene.submit(desktop) is submitted
    assert "merged" in scene.bot()
    assert _devices(scene) == devices


def test_what_is_no_device_is_told(scene: "Scene", ada: "Machine") -> None:
    code, _, err = scene.run(ada, "devices", "revoke", "zz99\x1b[2J", "--yes", *BOARD)
    assert (code, scene.pulls()) == (1, [])
    assert "No device of yours is called 'zz99" in err
    assert "\x1b" not in err
    scene.write(PROFILE, b"\xff")
    code, out, err = scene.run(ada, "devices", *BOARD)
    assert (code, out) == (1, "")
    assert f"{PROFILE} on the board cannot be read" in err
    assert scene.run(ada, "devices", "--json", "add", *BOARD)[0] == 2
