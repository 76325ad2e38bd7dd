"""A submit that is killed, and run again, ends the same: one fork, one branch, one pull request."""

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from validator.submission import parse_submission

if TYPE_CHECKING:
    from tests.cli.submit.conftest import Machine, Scene

STEPS = [
    ("POST", "*/forks", "drop after"),
    ("POST", "*/git/trees", "drop after"),
    ("POST", "*/git/refs", "drop after"),
    ("POST", "*/pulls", "drop after"),
]


def _start(machine: "Machine", seconds: float) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "cli", "submit", "--yes", "--to", "grace-demo/board"]
    command[1:3] = ["-c", "from cli.main import main; main()"]
    environment = {**machine.environment, "PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": str(int(seconds))}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
def test_killed_at_any_step_it_ends_the_same(scene: "Scene", ada: "Machine", step: tuple[str, str, str]) -> None:
    method, path, fault = step
    running: list[subprocess.Popen[bytes]] = []
    scene.github.fail(method, path, fault, action=lambda: running[0].send_signal(signal.SIGKILL))  # type: ignore[arg-type]
    running.append(_start(ada, scene.clock.seconds))
    _, said = running[0].communicate(timeout=60)
    assert running[0].returncode == -signal.SIGKILL, said
    assert scene.github.pending_faults == []

    pull = scene.submit(ada)
    assert scene.submit(ada) is pull
    assert scene.pulls() == [(pull.number, "open")]
    assert scene.forks() == ["ada-demo/board"]
    assert pull.head
    assert sorted(pull.head.git.refs("refs/heads/token-tracker/")) == [f"refs/heads/token-tracker/{ada.device}"]
    assert "merged" in scene.bot()
    (months,) = [content for path, content in scene.files().items() if path.endswith("2026-11.json")]
    assert parse_submission(months).revision == 1
