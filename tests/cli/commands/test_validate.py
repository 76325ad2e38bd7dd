"""`validate` and `rules` as a user runs them: output and exit codes."""

import datetime as dt
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.claims import Claimant, claims, profile_with_device, sign_claims
from cli.device import load_or_create
from cli.main import run
from cli.usage import Usage
from validator.submission import User, parse_profile, render_profile, render_submission

ROOT = Path(__file__).parent.parent.parent.parent
USER = ("--author-id", "4242", "--author-login", "ada-demo")
IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.invalid")
Commit = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose main holds leaderboard.toml, at noon of 2026-11-20."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795176000")
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(tmp_path)], check=True)
    _commit(tmp_path, {"leaderboard.toml": (ROOT / "leaderboard.toml").read_text(encoding="utf-8")})
    return tmp_path


def _commit(repository: Path, files: dict[str, str]) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    for path, text in files.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text(text, encoding="utf-8")
    for command in (["add", "--all"], ["commit", "--quiet", "-m", "x"]):
        subprocess.run(["git", "-C", str(repository), *IDENTITY, *command], check=True, env=environment)
    done = subprocess.run(["git", "-C", str(repository), "rev-parse", "HEAD"], check=True, capture_output=True)
    return done.stdout.decode().strip()


def judge(repository: Path, *options: str, base: str = "main~1", head: str = "main") -> int:
    return run(["validate", "--repository", str(repository), "--base", base, "--head", head, *USER, *options])


def profile(**others: object) -> str:
    fields = {"schemaVersion": 1, "user": {"id": 4242, "login": "ada-demo"}, "displayName": "Ada", "devices": []}
    return render_profile(parse_profile(json.dumps(fields | others).encode())).decode()


def test_a_verified_change_ends_with_0(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _commit(repository, {"submissions/92/4242/profile.json": profile()})
    assert judge(repository, "--head-owner-id", "4242") == 0
    assert capsys.readouterr().out.startswith("**Verified.** 1 file")
    assert judge(repository, "--json") == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "verified"


def test_a_flagged_change_ends_with_3(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the command itself counts and signs is right, and so much that a maintainer looks at it."""
    now, user = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC), User(id=4242, login="ada-demo")
    device = load_or_create(tmp_path_factory.mktemp("config") / "token-tracker")
    models = ("claude-sonnet-4-5", "claude-opus-4-1")
    usage = [
        Usage(dt.date(2026, month, 5), "claude", "anthropic", model, 400_000_001, 9, 300_000_000, 0, 0, 4000)
        for month in (10, 11)
        for model in models
    ]
    made = claims(usage, Claimant(user, device.id, {"claude": 1}, "0.1.0"), {}, now)
    files = {f"{device.id}/{it.period}.json": render_submission(it) for it in sign_claims(made, device)}
    files["profile.json"] = render_profile(profile_with_device(None, user, "Ada", device, now))
    _commit(repository, {f"submissions/92/4242/{name}": content.decode() for name, content in files.items()})
    assert judge(repository, "--json") == 3
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert {(finding["code"], finding["level"]) for finding in findings} == {("daily-tokens", "flag")}
    assert len(findings) == 2
    assert judge(repository) == 3
    assert capsys.readouterr().out.startswith("**Flagged.**")


def test_a_rejected_change_ends_with_4(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _commit(repository, {"submissions/92/4242/profile.json": "{}"})
    assert judge(repository) == 4
    assert "**schema**" in capsys.readouterr().out
    assert judge(repository, "--head-owner-id", "7", "--json") == 4
    assert {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]} == {"schema", "own-fork"}


def test_work_on_the_board_ends_with_5(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _commit(repository, {"docs/x.md": "x"})
    assert judge(repository) == 5
    assert capsys.readouterr().out.startswith("**Left alone.**")
    assert judge(repository, "--json") == 5
    assert json.loads(capsys.readouterr().out) == {"outcome": "left-alone"}


def test_the_policy_is_that_of_the_base(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toml = (repository / "leaderboard.toml").read_text(encoding="utf-8")
    _commit(repository, {"leaderboard.toml": toml.replace("devices_per_user = 32", "devices_per_user = 1")})
    devices = [
        {
            "id": name,
            "publicKey": "ssh-ed25519 AAAAAAAAAAAAAAAA",
            "createdAt": "2026-01-01T00:00:00Z",
            "revokedAt": None,
        }
        for name in ("ab12cd34", "zz99zz99")
    ]
    _commit(repository, {"submissions/92/4242/profile.json": profile(devices=devices)})
    assert judge(repository) == 4
    assert "2 devices; 1 are allowed" in capsys.readouterr().out


def test_what_is_no_verdict_ends_with_1(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _commit(repository, {"leaderboard.toml": "title = 5"})
    _commit(repository, {"submissions/92/4242/profile.json": profile()})
    assert judge(repository) == 1
    assert "leaderboard.toml at main~1" in capsys.readouterr().err
    assert judge(repository, head="no-such-branch", base="main~2") == 1
    assert "no-such-branch" in capsys.readouterr().err
    assert judge(repository / "nowhere") == 1


def test_wrong_usage_ends_with_2(repository: Path) -> None:
    assert run(["validate", "--repository", str(repository), "--base", "main"]) == 2
    assert judge(repository, "--head-owner-id", "-1") == 2


def test_rules_are_explained_all_or_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules"]) == 0
    assert capsys.readouterr().out == (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert run(["rules", "cache-reads"]) == 0
    assert capsys.readouterr().out.startswith("## cache-reads: Look at a high share of cache reads\n\n*flag, notice*\n")
    assert run(["rules", "--json", "cost"]) == 0
    assert [rule["code"] for rule in json.loads(capsys.readouterr().out)] == ["cost"]
    assert run(["rules", "nonsense"]) == 1
    assert "nonsense" in capsys.readouterr().err
