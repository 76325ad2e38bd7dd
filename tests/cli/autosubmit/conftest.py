"""A machine whose schedulers are small programs that write down how they were called."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.autosubmit.job import Job


class Tools:
    """The only programs on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"

    def put(self, name: str, script: str = "") -> None:
        """Add a program that records its arguments, one call a line, and then runs a script of sh."""
        (self.folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.calls}"\n{script}\n')
        (self.folder / name).chmod(0o755)

    def take(self) -> list[str]:
        """Return the calls since the last time."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return lines


@pytest.fixture
def tools(home: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    folder = home.parent / "some tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sys.argv", [str(folder / "token-tracker")])
    made = Tools(folder)
    made.put("token-tracker")
    return made


@pytest.fixture
def job(home: Path) -> Callable[..., Job]:
    """Return a function that makes a job whose paths are as bad as paths may be."""

    def make(minute: int = 197, name: str = "100% a'b\"c $HOME & <x> \\ ü") -> Job:
        folder = home.parent / name
        folder.mkdir(exist_ok=True)
        program = folder / "token-tracker"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        return Job(program, folder / "autosubmit.json", minute, {})

    return make
