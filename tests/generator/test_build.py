import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from cli.main import run
from generator import GeneratorError, build, pages
from generator.history import Entry
from generator.output import Page
from validator import TokenTrackerError
from validator.config import Leaderboard

if TYPE_CHECKING:
    from tests.generator.conftest import Store

GOLDEN = Path(__file__).parent / "site"
NOW = dt.datetime(2026, 6, 20, 15, 30, tzinfo=dt.UTC)
Row = Callable[..., Any]


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def _golden_store() -> list[Entry]:
    merged = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    return [
        Entry(path, content, "", merged, merged.date()) for path, content in _tree(GOLDEN).items() if path[0] == "s"
    ]


def test_a_miniature_store_makes_the_expected_api(tmp_path: Path, leaderboard: Leaderboard, bless: bool) -> None:
    report = build.build_entries(_golden_store(), tmp_path / "site", leaderboard, NOW)
    assert [skipped.path for skipped in report.skipped] == ["submissions/12/1042/device01/2026-05.json"]
    made = {
        path: msgspec.json.format(content, indent=2) + b"\n"
        for path, content in _tree(tmp_path / "site").items()
        if path.startswith("api/")
    }
    if bless:
        _write(GOLDEN / "expected", made)
    assert made == _tree(GOLDEN / "expected")


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for path in _tree(folder):
        (folder / path).unlink()
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


@pytest.fixture
def repository(store: "Store", row: Row, tmp_path: Path) -> Path:
    for user_id in range(1, 6):
        models = [row(user_id * 1000, model=f"model-{number}") for number in range(user_id)] + [row(999)]
        store.use(user_id, {f"2026-{month:02}-{user_id:02}": models for month in range(1, 7)})
    return store.commit(tmp_path / "store.git")


WORLDS = (
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": "1781913600"},
    {"TZ": "Pacific/Niue", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4242", "SOURCE_DATE_EPOCH": "1781999999"},
)
"""Far apart in place, language and hashing; first and last second of one UTC day."""


def _start(repository: Path, site: Path, world: dict[str, str]) -> subprocess.Popen[bytes]:
    script = "from cli.main import main; main()"
    command = [sys.executable, "-c", script, "build", "--repository", str(repository), "--output", str(site)]
    return subprocess.Popen(command, env=os.environ | world, stdout=subprocess.DEVNULL)


def test_every_machine_builds_the_same_bytes(repository: Path, tmp_path: Path) -> None:
    sites = []
    for number, world in enumerate(WORLDS):
        site = tmp_path / str(number)
        assert _start(repository, site, world).wait() == 0
        sites.append(_tree(site))
    assert sites[0] == sites[1]
    assert {f"api/users/user{user_id}.json" for user_id in range(1, 6)} < set(sites[0])


def test_a_build_that_is_killed_leaves_a_whole_site(repository: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    assert _start(repository, site, WORLDS[0]).wait() == 0
    whole = _tree(site)
    for seconds in (0.6, 0.9, 1.2):
        with _start(repository, site, WORLDS[0]) as process:
            time.sleep(seconds)
            process.kill()
        assert not site.exists() or _tree(site) == whole
    assert _start(repository, site, WORLDS[0]).wait() == 0
    assert _tree(site) == whole
    assert {path.name for path in (tmp_path / ".site.build").iterdir()} == {"lock", ".gitignore"}


def test_any_number_of_processes_builds_the_same_bytes(
    store: "Store", repository: Path, tmp_path: Path, leaderboard: Leaderboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.build.CHUNK", 2)
    trees: list[dict[str, bytes]] = []
    seen: list[tuple[str, int, int]] = []
    for processes in (1, 2):
        site = tmp_path / f"site{processes}"
        report = build.build_entries(
            store.entries(),
            site,
            leaderboard,
            NOW,
            progress=lambda *step: seen.append(step),
            processes=processes,
        )
        assert seen[-1] == ("Writing profiles", 5, 5)
        trees.append(_tree(site))
        assert report.pages == len(trees[-1]) - 1
    assert trees[0] == trees[1]


def test_two_builds_on_one_day_are_equal_and_the_next_day_is_not(
    store: "Store", row: Row, tmp_path: Path, leaderboard: Leaderboard
) -> None:
    store.use(7, {"2026-06-19": [row()], "2026-06-20": [row()]})
    trees = []
    for moment in (NOW, NOW.replace(hour=0, minute=0), NOW + dt.timedelta(2)):
        build.build_entries(store.entries(), tmp_path / "site", leaderboard, moment)
        trees.append(_tree(tmp_path / "site"))
    assert trees[0] == trees[1] != trees[2]
    streaks = [json.loads(tree["api/users/user7.json"])["stats"]["currentStreak"] for tree in trees]
    assert streaks == [2, 2, 0]


def test_a_store_without_users_has_a_site(tmp_path: Path, leaderboard: Leaderboard) -> None:
    report = build.build_entries([], tmp_path / "site", leaderboard, NOW)
    tree = _tree(tmp_path / "site")
    assert (report.users, report.pages, report.skipped) == (0, len(tree) - 1, ())
    assert json.loads(tree["api/leaderboard/all/tokens/1.json"])["users"] == []
    assert {"index.html", "404.html", "api/flagged.json"} <= set(tree)
    assert not any(path.startswith("profile/") for path in tree)


def test_every_user_has_a_page_cards_and_data(
    store: "Store", row: Row, tmp_path: Path, leaderboard: Leaderboard
) -> None:
    store.profile(9, "ukasz", name="Łukasz 山田")
    for user_id in (7, 9):
        store.use(user_id, {"2026-06-20": [row()]})
    tree = _tree(_built(store, tmp_path / "site", leaderboard))
    for login in ("user7", "ukasz"):
        cards = (f"card/{login}{kind}" for kind in (".svg", ".3d.svg", ".png"))
        assert {f"api/users/{login}.json", f"profile/{login}/index.html", f"badge/{login}.svg", *cards} <= set(tree)
    assert "Łukasz 山田" in tree["profile/ukasz/index.html"].decode()


def _built(store: "Store", site: Path, leaderboard: Leaderboard) -> Path:
    build.build_entries(store.entries(), site, leaderboard, NOW)
    return site


def test_users_whose_logins_differ_in_case_alone_get_folders_of_their_own(
    store: "Store", row: Row, tmp_path: Path, leaderboard: Leaderboard
) -> None:
    for user_id, login in ((7, "ada"), (8, "Ada")):
        store.profile(user_id, login)
        store.use(user_id, {"2026-06-20": [row()]})
    names = [path.stem for path in (_built(store, tmp_path / "site", leaderboard)).glob("card/*.png")]
    assert sorted(names) == ["Ada", "ada~7"]


def test_a_former_address_leads_to_the_present_one(
    store: "Store", row: Row, tmp_path: Path, leaderboard: Leaderboard
) -> None:
    """The files are signed as user7 and user8; the second's name is somebody else's by now."""
    for user_id, login in ((7, "ada-demo"), (8, "grace-demo"), (9, "User8")):
        store.profile(user_id, login)
        store.use(user_id, {"2026-06-20": [row()]})
    tree = _tree(_built(store, tmp_path / "site", leaderboard))
    former = tree["profile/user7/index.html"].decode()
    assert '<meta http-equiv="refresh" content="0; url=../../profile/ada-demo/">' in former
    assert '<link rel="canonical" href="https://board.example/profile/ada-demo/">' in former
    assert '<a href="../../profile/ada-demo/">@ada-demo</a>' in former
    assert "profile/user8/index.html" not in tree
    assert "refresh" not in tree["profile/User8/index.html"].decode()


def test_ten_years_and_sixty_models_fit(store: "Store", row: Row, tmp_path: Path, leaderboard: Leaderboard) -> None:
    models = [row(10**12 // 60, model=f"model-{number}", messages=number) for number in range(60)]
    store.use(7, {f"{year}-{month:02}-15": models for year in range(2016, 2026) for month in range(1, 13)})
    user = json.loads(_tree(_built(store, tmp_path / "site", leaderboard))["api/users/user7.json"])
    assert user["stats"]["totalTokens"] == 10**12 // 60 * 60 * 120
    assert len(user["breakdown"]["byModel"]) == 60


def test_a_failure_leaves_what_was_published(
    store: "Store", row: Row, tmp_path: Path, leaderboard: Leaderboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.use(7, {"2026-06-20": [row()]})
    site = _built(store, tmp_path / "site", leaderboard)
    before = _tree(site)
    store.use(8, {"2026-06-20": [row()]})
    monkeypatch.setattr(pages, "profile_pages", lambda *_: [Page("index.html", b"")])
    with pytest.raises(GeneratorError, match=r"Two pages want the path index\.html"):
        build.build_entries(store.entries(), site, leaderboard, NOW)
    assert _tree(site) == before


def test_paths_that_differ_in_case_alone_stop_the_build(
    tmp_path: Path, leaderboard: Leaderboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "asset_pages", lambda: [Page("API/flagged.json", b"")])
    with pytest.raises(GeneratorError, match=r"Two pages want the path api/flagged\.json"):
        build.build_entries([], tmp_path / "site", leaderboard, NOW)
    assert not (tmp_path / "site").exists()


def test_the_board_of_a_revision_has_its_own_settings(store: "Store", tmp_path: Path) -> None:
    ours = b'title = "Ours"\nsite_url = "https://ours.example/"\nrepository = "our/board"\n'
    repository = store.commit(tmp_path / "store.git", {"leaderboard.toml": ours})
    build.build(repository, "main", tmp_path / "site", NOW)
    assert "<title>Leaderboard · Ours</title>" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("raw", "reason"), [(b"title = 1", "title"), (b"\xff", "not UTF-8"), (b"[", "not valid TOML")])
def test_wrong_settings_stop_the_build(store: "Store", tmp_path: Path, raw: bytes, reason: str) -> None:
    repository = store.commit(tmp_path / "store.git", {"leaderboard.toml": raw})
    with pytest.raises(TokenTrackerError, match=f"leaderboard.toml at main.*{reason}"):
        build.build(repository, "main", tmp_path / "site", NOW)
    assert not (tmp_path / "site").exists()


def test_a_shallow_clone_is_refused(repository: Path, tmp_path: Path, leaderboard: Leaderboard) -> None:
    clone = ["git", "clone", "-q", "--bare", "--depth=1", f"file://{repository}", str(tmp_path / "shallow.git")]
    subprocess.run(clone, check=True)
    with pytest.raises(GeneratorError, match="only the end of its history"):
        build.build(tmp_path / "shallow.git", "main", tmp_path / "site", NOW)
    assert not (tmp_path / "site").exists()


def test_the_command_says_what_it_built_and_what_it_left_out(
    store: "Store", row: Row, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.use(7, {"2026-06-20": [row()]})
    store.put("submissions/07/7/device01/2026-05.json", b"broken \x1b[2J")
    repository, site = str(store.commit(tmp_path / "store.git")), str(tmp_path / "site")
    assert run(["build", "--repository", repository, "--output", site]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"{site}: 1 users, ")
    assert said.err.startswith("Not counted: submissions/07/7/device01/2026-05.json cannot be read")
    assert "\x1b" not in said.err
    assert run(["build", "--repository", repository, "--output", site, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["users"], answer["output"]) == (1, site)
    assert [skipped["path"] for skipped in answer["skipped"]] == ["submissions/07/7/device01/2026-05.json"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--repository", "nowhere"], 1, "nowhere is not a Git repository"),
        (["--revision", "no-such-branch"], 1, "names no commit"),
        (["--revision", "--help"], 1, "names no commit"),
        (["--output", "."], 1, "holds something that no build made"),
        (["--colour"], 2, "No such option"),
    ],
)
def test_the_command_fails_in_one_sentence(
    store: "Store",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    store.commit(tmp_path / "store.git")
    monkeypatch.chdir(tmp_path)
    assert run(["build", "--repository", "store.git", *arguments]) == code
    assert message in capsys.readouterr().err
    assert not (tmp_path / "site").exists()
