"""What doctor and scan say of good, bad and hostile folders, with the real sources."""

import json
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., tuple[int, str, str]]
SAMPLES = Path(__file__).parents[1] / "samples"


def _row(key: str, time: str = "2026-11-20T00:00:00Z") -> bytes:
    usage = {"input_tokens": 10, "output_tokens": 1}
    message = {"id": key, "model": "claude-opus-4-8", "usage": usage}
    row = {"type": "assistant", "timestamp": time, "sessionId": "s", "message": message}
    return json.dumps(row).encode() + b"\n"


@pytest.fixture
def project(home: Path) -> Path:
    """Return a folder of Claude Code's logs."""
    folder = home / ".claude" / "projects" / "p"
    folder.mkdir(parents=True)
    return folder


def _diagnose(command: Command, code: int) -> dict[str, Any]:
    found, out, err = command("doctor", "--json")
    assert (found, err) == (code, "")
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_healthy(command: Command, project: Path, home: Path) -> None:
    log = project / "a.jsonl"
    log.write_bytes(_row("1"))
    os.utime(log, (0, datetime(2026, 11, 1, tzinfo=UTC).timestamp()))
    answer = _diagnose(command, 0)
    claude = answer["sources"][0]
    assert claude["rootsFound"] == [str(home / ".claude")]
    assert claude["oldestLogChanged"] == "2026-11-01"
    assert claude["counted"] == {
        "messages": 1, "futureMessages": 0, "firstDay": "2026-11-20", "lastDay": "2026-11-20"
    }  # fmt: skip
    assert claude["retention"] == [{"settings": str(home / ".claude/settings.json"), "days": 30, "isSet": False}]
    assert answer["needsAttention"] == []
    assert answer["ledger"]["bytes"] > 0
    code, out, _ = command("doctor")
    assert code == 0
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "due on 2026-12-01" in " ".join(out.split())
    assert "Nothing needs attention." in out


@pytest.mark.parametrize(
    ("settings", "days"),
    [
        ('{"cleanupPeriodDays": 365}', 365),
        ('{"cleanupPeriodDays": 99999999999999999999}', 99999999999999999999),
        ('{"cleanupPeriodDays": "365"}', 30),
        ('{"cleanupPeriodDays": true}', 30),
        ('{"cleanupPeriodDays": -1}', 30),
        ("[]", 30),
        ("{", 30),
        ("[" * 100_000, 30),
    ],
)
def test_retention_is_what_the_settings_say(
    command: Command, project: Path, home: Path, settings: str, days: int
) -> None:
    (project / "a.jsonl").write_bytes(_row("1"))
    (home / ".claude" / "settings.json").write_text(settings)
    assert _diagnose(command, 0)["sources"][0]["retention"][0]["days"] == days
    assert command("doctor")[0] == 0


def test_what_is_gone_stays_counted_and_is_said(command: Command, project: Path) -> None:
    log = project / "a.jsonl"
    log.write_bytes(_row("1"))
    command("scan")
    log.unlink()
    answer = _diagnose(command, 1)
    assert answer["sources"][0]["counted"]["messages"] == 1
    assert answer["needsAttention"][0].startswith("No logs were found.")


def test_messages_of_the_future_need_attention(command: Command, project: Path) -> None:
    (project / "a.jsonl").write_bytes(_row("1") + _row("2", "2027-01-01T00:00:00Z"))
    answer = _diagnose(command, 1)
    assert answer["sources"][0]["counted"]["futureMessages"] == 1
    assert "Check this machine's clock" in answer["needsAttention"][0]
    rows = json.loads(command("report", "usage", "--json")[1])
    assert [row["messages"] for row in rows] == [1]


def test_bad_input_is_skipped_counted_and_reported(command: Command, project: Path) -> None:
    (project / "a.jsonl").write_bytes(
        b'{"type":"assistant","message":{"usage":\xff\xfe}}\n'
         b'{"type":"assistant","message":{"usage":' + b"x" * 100_000_000 + b"\n"
        + _row("1")
        + b'{"type":"novelty","usage":1}\n'
        + _row("2")[:-20]
    )  # fmt: skip
    (project / "folder.jsonl").mkdir()
    (project / "loop.jsonl").symlink_to("loop.jsonl")
    answer = _diagnose(command, 1)
    claude = answer["sources"][0]
    assert (claude["countedRows"], claude["unknownRows"], claude["badRows"]) == (1, 1, 2)
    assert claude["doubtfulFiles"] == [{"path": str(project / "a.jsonl"), "unknownRows": 1, "badRows": 2}]
    assert [problem["path"] for problem in claude["problems"]] == [str(project / "loop.jsonl")]
    code, out, _ = command("scan")
    assert code == 0
    assert "Not read: " in out
    assert command("doctor")[0] == 1


def test_broken_and_locked_databases_are_reported_and_read_when_they_are_whole(
    command: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = SAMPLES / "opencode" / "mock-1.2.27-db-and-json"
    folder = home / ".local" / "share" / "opencode"
    folder.mkdir(parents=True)
    whole = (sample / "opencode.db").read_bytes()
    (folder / "opencode.db").write_bytes(whole[: len(whole) // 2])
    answer = _diagnose(command, 1)
    assert [problem["path"] for problem in answer["sources"][3]["problems"]] == [str(folder / "opencode.db")]
    for name in ("opencode.db", "opencode.db-wal"):
        (folder / name).write_bytes((sample / name).read_bytes())
    holder = sqlite3.connect(folder / "opencode.db")
    holder.execute("begin immediate")
    try:
        assert _diagnose(command, 0)["sources"][3]["counted"]["messages"] > 0
    finally:
        holder.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_unreadable_files_and_folders_are_reported(command: Command, project: Path) -> None:
    (project / "a.jsonl").write_bytes(_row("1"))
    (project / "b.jsonl").write_bytes(_row("2"))
    (project / "a.jsonl").chmod(0)
    (project / "shut").mkdir(mode=0)
    problems = _diagnose(command, 1)["sources"][0]["problems"]
    assert [problem["reason"] for problem in problems] == ["Permission denied"] * 2


def test_names_from_outside_cannot_write_to_the_terminal(command: Command, project: Path) -> None:
    (project / "\x1b[31m\udcff.jsonl").symlink_to("\x1b[31m\udcff.jsonl")
    for arguments in (["scan"], ["doctor"], ["scan", "--json"], ["doctor", "--json"]):
        _, out, _ = command(*arguments)
        assert "\x1b[31m" not in out
        out.encode()


def test_scan_says_what_it_found(command: Command, project: Path) -> None:
    (project / "a.jsonl").write_bytes(_row("1") + _row("1") + _row("2"))
    code, out, err = command("scan", "--json")
    assert (code, err) == (0, "")
    claude, *others = json.loads(out)
    assert (claude["files"], claude["filesRead"], claude["newEvents"], claude["countedRows"]) == (1, 1, 2, 3)
    assert [other["source"] for other in others] == ["codex", "gemini", "opencode"]
    code, out, _ = command("scan")
    assert [line.split() for line in out.splitlines() if "Claude" in line] == [
        ["Claude", "Code", "1", "0", "0", "3", "0", "0", "0"]
    ]
