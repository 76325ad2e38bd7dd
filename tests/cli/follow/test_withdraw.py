"""`withdraw` as somebody runs it who leaves, wholly or in part, and what the bot makes of it."""

import json
from typing import TYPE_CHECKING

import pytest

from validator.store import profile_path, reviews_path, submission_path
from validator.submission import parse_profile, parse_submission

if TYPE_CHECKING:
    from tests.cli.submit.conftest import Machine, Scene

BOARD = ("--to", "grace-demo/board")
PROFILE = profile_path(4242)


@pytest.fixture
def desktop(scene: "Scene", ada: "Machine") -> "Machine":
    """Publish October and November from the laptop `ada` and October from this second machine, without the bot."""
    ada.use({"2026-10-03": 7})
    machine = scene.machine(name="desktop")
    machine.use({"2026-10-04": 9}, "claude-sonnet-4-5")
    for each in (ada, machine):
        offered = json.loads(scene.run(each, "submit", "--dry-run", "--json", *BOARD)[1])["contents"]
        for path, content in offered.items():
            scene.write(path, content.encode())
    return machine


def _withdraw(scene: "Scene", machine: "Machine", *arguments: str) -> int:
    """Withdraw without being asked, and return the number of the pull request."""
    code, out, err = scene.run(machine, "withdraw", "--yes", *BOARD, *arguments)
    assert code == 0, err
    return int(out.rstrip().rpartition("/")[2])


def _month(machine: "Machine", period: str) -> str:
    return submission_path(4242, machine.device, period)


def _devices(scene: "Scene") -> set[str]:
    return {each.id for each in parse_profile(scene.files()[PROFILE]).devices}


def test_everything_leaves_with_the_word_typed(scene: "Scene", ada: "Machine", desktop: "Machine") -> None:
    ada.use({"2026-11-21": 5})
    scene.submit(ada)
    scene.bot()
    before = scene.files()
    assert reviews_path(4242) in before
    code, out, err = scene.run(ada, "withdraw", *BOARD)
    assert (code, out) == (1, "")
    assert "Use --yes" in err
    code, out, _ = scene.run(ada, "withdraw", *BOARD, answer="yes\n")
    assert (code, len(scene.pulls())) == (1, 1), "only the login itself will do"
    code, out, err = scene.run(ada, "withdraw", *BOARD, answer="ada-demo\n")
    said = " ".join(err.split())
    assert (code, out) == (0, f"{scene.github.web}/grace-demo/board/pull/2\n")
    assert "Git remembers" in said
    assert "delete it at GitHub" in said
    assert f"device {ada.device}: 2 months (2026-10, 2026-11)" in said
    assert (scene.pull(2).title, scene.files()) == ("Withdraw everything of ada-demo", before)

    head = scene.pull(2).head_sha
    code, out, err = scene.run(desktop, "withdraw", *BOARD)
    assert (code, scene.pull(2).head_sha) == (0, head)
    assert "offered already" in err
    assert "merged" in scene.bot()
    assert scene.files() == {}, "the bot's own record goes, too"
    assert "There is nothing to take back: " in scene.run(ada, "withdraw", *BOARD)[2]
    assert "Nothing of @ada-demo" in scene.run(ada, "history", *BOARD)[1]

    scene.submit(ada)
    assert "merged" in scene.bot()
    assert parse_submission(scene.files()[_month(ada, "2026-11")]).revision == 1, "who left can come back"


def test_a_device_leaves_with_its_key(scene: "Scene", ada: "Machine", desktop: "Machine") -> None:
    assert scene.run(ada, "withdraw", "--device", desktop.device, *BOARD, answer="n\n")[0] == 1
    assert scene.pulls() == []
    tablet = scene.machine(name="tablet")
    assert scene.run(tablet, "devices", "add", "--yes", *BOARD)[0] == 0
    number = _withdraw(scene, ada, "--device", desktop.device)
    assert "merged" in scene.bot(number)
    assert _devices(scene) == {ada.device, tablet.device}, "a machine that is being added is not lost"
    assert scene.files().keys() == {PROFILE, reviews_path(4242), _month(ada, "2026-10"), _month(ada, "2026-11")}
    assert "nothing to take back" in scene.run(ada, "withdraw", "--device", desktop.device, *BOARD)[2]
    assert scene.run(desktop, "devices", "revoke", ada.device, "--yes", *BOARD)[0] == 0
    scene.bot()
    assert "merged" in scene.bot(_withdraw(scene, desktop, "--device", ada.device))
    assert scene.files().keys() == {PROFILE, reviews_path(4242)}
    assert ada.device in _devices(scene), "a revocation outlives what is taken back"


def test_a_month_leaves_and_more_is_added_to_the_open_withdrawal(
    scene: "Scene", ada: "Machine", desktop: "Machine"
) -> None:
    code, out, _ = scene.run(ada, "withdraw", "--month", "2026-10", "--device", ada.device, "--dry-run", *BOARD)
    assert (code, out) == (0, f"remove {_month(ada, '2026-10')}\n")
    assert {each[0] for each in scene.github.log[-5:]} == {"GET"}
    first = _withdraw(scene, ada, "--month", "2026-10", "--device", ada.device)
    assert scene.pull(first).title == "Withdraw 1 month of ada-demo"
    assert _withdraw(scene, ada, "--month", "2026-11") == first
    assert scene.pull(first).title == "Withdraw 2 months of ada-demo"
    code, out, _ = scene.run(ada, "withdraw", "--month", "2026-11", "--json", *BOARD)
    told = json.loads(out)
    assert (told["new"], told["pullRequest"]["number"]) == (False, first)
    assert told["removes"] == [_month(ada, "2026-10"), _month(ada, "2026-11")]
    assert told["writes"].keys() == {PROFILE}, "nothing of the laptop is left"
    assert "merged" in scene.bot()
    assert scene.files().keys() == {PROFILE, reviews_path(4242), _month(desktop, "2026-10")}
    assert _devices(scene) == {desktop.device}
    scene.submit(ada)
    assert "merged" in scene.bot()
    assert _devices(scene) == {ada.device, desktop.device}


def test_what_would_bring_it_back_is_closed(scene: "Scene", ada: "Machine", desktop: "Machine") -> None:
    ada.use({"2026-11-21": 5})
    desktop.use({"2026-09-21": 5})
    laptop, other = scene.submit(ada), scene.submit(desktop)
    assert "merged" in scene.bot(_withdraw(scene, desktop, "--month", "2026-11"))
    assert (laptop.state, other.state) == ("closed", "open"), "the other has nothing of November"
    code, out, err = scene.run(desktop, "withdraw", "--month", "2026-09", "--yes", *BOARD)
    assert (code, out, other.state) == (0, "", "closed")
    assert "The board has nothing of it." in err
    again, count = scene.submit(ada), len(scene.pulls())
    scene.github.fail("POST", "*/pulls", "401")
    assert scene.run(ada, "withdraw", "--yes", *BOARD)[0] == 1
    assert (again.state, len(scene.pulls())) == ("closed", count)
    assert "merged" in scene.bot(_withdraw(scene, ada)), "it is run again where it was interrupted"
    assert (again.merged_at, scene.files(), len(scene.pulls())) == (None, {}, count + 1)


def test_more_than_fits_goes_in_parts(scene: "Scene", ada: "Machine", desktop: "Machine") -> None:
    scene.write("leaderboard.toml", scene.leaderboard + b"[policy]\nfiles_per_change = 3\n")
    code, _, err = scene.run(ada, "withdraw", "--yes", *BOARD)
    assert (code, "1 file more must wait until this is merged" in " ".join(err.split())) == (0, True)
    assert scene.pull(1).title == "Withdraw 2 months of ada-demo"
    assert "offered already" in scene.run(ada, "withdraw", *BOARD)[2]
    assert "merged" in scene.bot()
    assert PROFILE in scene.files()
    assert "merged" in scene.bot(_withdraw(scene, ada))
    assert scene.files() == {}


def test_even_what_is_damaged_can_leave(scene: "Scene", ada: "Machine", desktop: "Machine") -> None:
    scene.write(PROFILE, b"\xff")
    scene.write(_month(ada, "2026-10"), b"[")
    code, _, err = scene.run(ada, "withdraw", "--month", "2026-10", "--yes", *BOARD)
    assert code == 1
    assert "cannot be read" in err
    told = json.loads(scene.run(ada, "withdraw", "--dry-run", "--json", *BOARD)[1])
    assert PROFILE in told["removes"]
    assert _withdraw(scene, ada) == 1


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "\u0662\u0660\u0662\u0666-01", "../../x"])
def test_what_is_no_month_is_a_usage_error(scene: "Scene", ada: "Machine", month: str) -> None:
    assert scene.run(ada, "withdraw", "--month", month, *BOARD)[0] == 2
    assert scene.github.log == []
