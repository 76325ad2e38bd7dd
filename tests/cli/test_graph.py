"""The contribution graph in the terminal and as a file."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def days(home: Path) -> None:
    """Let the command find four days of rising usage and one of last year."""
    path = home / ".claude" / "projects" / "p" / "a.jsonl"
    path.parent.mkdir(parents=True)
    used = {"2026-11-16": 1, "2026-11-17": 10, "2026-11-18": 100, "2026-11-19": 1000, "2025-01-01": 5}
    with path.open("w") as file:
        for day, tokens in used.items():
            message = {"id": day, "model": "m", "usage": {"input_tokens": tokens, "output_tokens": 0}}
            row = {"type": "assistant", "timestamp": f"{day}T12:00:00Z", "sessionId": "s", "message": message}
            file.write(json.dumps(row) + "\n")


def test_shows_the_last_53_weeks_in_80_columns(command: Command, days: None) -> None:
    code, out, err = command("graph")
    assert (code, err) == (0, "")
    months, monday, tuesday, wednesday, thursday, *_, sunday, legend, total = out.splitlines()
    assert months.split()[-3:] == ["Sep", "Oct", "Nov"]
    assert [row[-1] for row in (monday, tuesday, wednesday, thursday, sunday)] == ["░", "▒", "▓", "█", "·"]
    assert [len(row) for row in (monday, sunday)] == [57, 57]
    assert legend.split() == ["Less", "·░▒▓█", "More"]
    assert total == "1.11k tokens on 4 days, 2025-11-17 to 2026-11-22 (UTC)"


def test_shows_a_year(command: Command, days: None) -> None:
    code, out, _ = command("graph", "--year", "2025")
    lines = out.splitlines()
    assert (code, lines[0].split()[0], lines[0].split()[-1]) == (0, "Jan", "Dec")
    assert lines[1][4] == " ", "the Monday of that week is in 2024"
    assert lines[3][4] == "█", "1 January 2025 is a Wednesday"
    assert lines[-1] == "5 tokens on 1 day, 2025-01-01 to 2025-12-31 (UTC)"


@pytest.mark.parametrize(
    ("terminal", "code"),
    [
        ({"COLORTERM": "truecolor"}, "\x1b[38;2;"),
        ({"TERM": "xterm-256color"}, "\x1b[38;5;"),
        ({"TERM": "xterm"}, "█"),
        ({"COLORTERM": "truecolor", "NO_COLOR": "1"}, "█"),
    ],
)
def test_colours_where_the_terminal_has_them_unless_told_not_to(
    days: None, terminal: dict[str, str], code: str
) -> None:
    bare = {name: value for name, value in os.environ.items() if name not in {"COLORTERM", "TERM", "NO_COLOR"}}
    program = "from cli.main import main; main(['graph'])"
    out = subprocess.run(
        [sys.executable, "-c", program],
        env={**bare, **terminal, "FORCE_COLOR": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert code in out
    assert ("\x1b[38" in out) == code.startswith("\x1b")


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_writes_a_file(command: Command, days: None, tmp_path: Path, suffix: str, start: bytes) -> None:
    target = tmp_path / f"graph.{suffix}"
    assert command("graph", "--output", target)[0] == 0
    assert target.read_bytes().startswith(start)
    first = target.read_bytes()
    assert command("graph", "--output", target)[0] == 0
    assert target.read_bytes() == first
    assert command("graph", "--output", target, "--year", "2025")[0] == 0
    assert target.read_bytes() != first
    assert [path.name for path in tmp_path.glob("*graph*")] == [target.name]


def test_refuses_what_it_cannot_draw_or_write(command: Command, tmp_path: Path) -> None:
    assert command("graph", "--output", tmp_path / "graph.gif")[0] == 2
    assert command("graph", "--year", "2027")[0] == 2
    code, _, err = command("graph", "--output", tmp_path / "nowhere" / "graph.svg")
    assert (code, err.count("\n")) == (1, 1)
    assert "cannot be written" in err


def test_an_empty_machine_has_an_empty_graph(command: Command) -> None:
    assert command("graph")[1].splitlines()[-1].startswith("0 tokens on 0 days")
