"""`history` as somebody runs it once something is published."""

import json
from typing import TYPE_CHECKING

import pytest

from cli import publication
from validator.store import reviews_path, submission_path
from validator.submission import parse_submission

if TYPE_CHECKING:
    from tests.cli.submit.conftest import Machine, Scene

BOARD = ("--to", "grace-demo/board")


def test_every_month_with_its_file_verdict_and_commit(
    scene: "Scene", ada: "Machine", monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scene.run(ada, "history", *BOARD)[:2] == (
        0,
        "Nothing of @ada-demo is published on grace-demo/board.\n",
    )
    ada.use({"2026-10-03": 7})
    scene.submit(ada)
    scene.bot()
    first = scene.repository.git.ref("refs/heads/main") or ""
    ada.use({"2026-11-21": 300_000_000})
    pull = scene.submit(ada)
    scene.bot()
    scene.say(1, pull.number, "/approve")
    scene.bot()
    second = scene.repository.git.ref("refs/heads/main")
    scene.write("README.md", b"Something else.\n")
    tip = scene.repository.git.ref("refs/heads/main")

    before = len(scene.github.log)
    code, out, _ = scene.run(ada, "history", "--json", *BOARD)
    assert code == 0
    assert len([each for each in scene.github.log[before:] if "/commits" in each[1]]) == 1
    told = json.loads(out)
    assert (told["revision"], told["thisDevice"], told["olderSubmissions"]) == (tip, ada.device, 0)
    october, november = told["submissions"]
    web = f"{scene.github.web}/grace-demo/board"
    path = submission_path(4242, ada.device, "2026-10")
    assert october["file"] == {"path": path, "url": f"{web}/blob/{tip}/{path}"}
    assert october["commit"] == {"id": first, "url": f"{web}/commit/{first}"}
    assert (october["month"], october["revision"], october["verdict"], october["reviewer"]) == (
        "2026-10",
        1,
        "verified",
        None,
    )
    assert (november["revision"], november["verdict"], november["reviewer"]) == (2, "flagged", "grace-demo")
    assert november["commit"]["id"] == second
    assert november["pullRequest"] == {"number": pull.number, "url": f"{web}/pull/{pull.number}"}
    published = parse_submission(scene.files()[submission_path(4242, ada.device, "2026-11")])
    assert november["totalTokens"] == published.data.summary.total_tokens
    assert november["hash"] == published.hash

    code, out, _ = scene.run(ada, "history", *BOARD)
    assert code == 0
    assert f"Device {ada.device} (this machine)" in out
    assert "approved by" in out
    assert f"{first[:10]}" in out
    assert f"Files: {web}/tree/HEAD/submissions/92/4242\n" in out
    before = len(scene.github.log)
    scene.run(ada, "history", *BOARD)
    assert not [each for each in scene.github.log[before:] if "/git/blobs/" in each[1]], "contents are read once"
    monkeypatch.setattr(publication, "MOST", 1)
    out = scene.run(ada, "history", *BOARD)[1]
    assert ("2026-10" in out, "2026-11" in out) == (False, True)
    assert "Not shown: 1 older submission.\n" in out


def test_records_that_cannot_be_read_leave_the_rest(scene: "Scene", ada: "Machine") -> None:
    scene.submit(ada)
    scene.bot()
    scene.write(reviews_path(4242), b'{"schemaVersion": 99}')
    (entry,) = json.loads(scene.run(ada, "history", "--json", *BOARD)[1])["submissions"]
    assert (entry["verdict"], entry["pullRequest"], entry["totalTokens"]) == (None, None, 1010)
    assert "unknown" in scene.run(ada, "history", *BOARD)[1]
    scene.write(submission_path(4242, ada.device, "2026-11"), b"[")
    code, out, err = scene.run(ada, "history", *BOARD)
    assert (code, out) == (1, "")
    assert "on the board cannot be read" in err


def test_a_message_of_one_s_own_proves_nothing_of_others(scene: "Scene", ada: "Machine") -> None:
    """What did not come by a merge of the bot has no commit."""
    scene.submit(ada)
    scene.bot()
    path = submission_path(4242, ada.device, "2026-11")
    scene.write(path, scene.files()[path] + b"\n")
    (entry,) = json.loads(scene.run(ada, "history", "--json", *BOARD)[1])["submissions"]
    assert entry["commit"] is None
