"""`status` as somebody runs it after submitting."""

import json
from typing import TYPE_CHECKING

import pytest

from cli import following

if TYPE_CHECKING:
    from tests.cli.submit.conftest import Machine, Scene

BOARD = ("--to", "grace-demo/board")


def test_from_nothing_to_merged(scene: "Scene", ada: "Machine") -> None:
    code, out, _ = scene.run(ada, "status", *BOARD)
    assert (code, out.split()[:5]) == (0, ["@ada-demo", "has", "no", "pull", "request"])
    pull = scene.submit(ada)
    code, out, _ = scene.run(ada, "status", *BOARD)
    assert code == 5
    assert out.startswith("#1  open  Usage of ada-demo: 2026-11  (this device)\n    http://")
    assert "Not judged yet." in out
    scene.bot()
    code, out, _ = scene.run(ada, "status", *BOARD)
    assert code == 0
    assert out.splitlines()[0] == "#1  merged  Usage of ada-demo: 2026-11  (this device)"
    assert "Merged." in out
    scene.repository.pulls[pull.number].title = "\x1b[2JUsage \u202eof"
    assert scene.run(ada, "status", *BOARD)[1].startswith("#1  merged  ?[2JUsage ?of  (this device)\n")


def test_reasons_and_what_to_do_of_every_device(scene: "Scene", ada: "Machine") -> None:
    other = scene.machine(name="desktop")
    other.use({"2026-11-20": 300_000_000}, "claude-sonnet-4-5")
    flagged, mine = scene.submit(other), scene.submit(ada)
    files = scene.files(mine.head_sha)
    scene.overwrite(mine, {path: text.replace(b'Tokens": 1010', b'Tokens": 9') for path, text in files.items()})
    scene.bot()
    code, out, _ = scene.run(ada, "status", *BOARD)
    assert code == 4, "what its author can mend comes before what a maintainer looks at"
    assert f"(device {other.device})" in out
    assert "daily-tokens: " in out
    assert "token-sum: " in out
    assert out.count("What to do: ") >= 2
    code, out, _ = scene.run(ada, "status", "--json", *BOARD)
    told = json.loads(out)
    assert code == 4
    assert [(it["number"], it["verdict"]["state"], it["isThisDevice"]) for it in told["pullRequests"]] == [
        (mine.number, "rejected", True),
        (flagged.number, "flagged", False),
    ]
    assert "`token-tracker submit` mends it." in told["pullRequests"][0]["said"][0]

    scene.close(mine)
    assert scene.run(ada, "status", *BOARD)[0] == 3, "only open ones count"
    scene.say(1, flagged.number, "/reject This cannot be.")
    scene.bot()
    code, out, _ = scene.run(other, "status", "--json", *BOARD)
    first, second = json.loads(out)["pullRequests"]
    assert (code, first["verdict"]["state"], second["verdict"]["state"]) == (0, "closed", "declined")
    assert "`token-tracker submit` on that machine opens another." in first["said"][0]


def test_only_one_s_own_and_few_settled_ones_are_told(
    scene: "Scene", ada: "Machine", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "RECENT", 1)
    hopper = scene.machine(77, "hopper-demo")
    hopper.use()
    scene.submit(hopper)
    for _ in range(2):
        scene.close(scene.submit(ada))
    scene.submit(ada)
    told = json.loads(scene.run(ada, "status", "--json", *BOARD)[1])["pullRequests"]
    assert [(it["number"], it["state"]) for it in told] == [(4, "open"), (3, "closed")]
    assert told[1]["said"] == ["It was closed without being merged; #4 came after it."]
