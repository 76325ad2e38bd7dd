"""What tests of the command share: a machine of its own, a source whose logs are easily written, running a command."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from cli.ledger import Ledger
from cli.main import run
from cli.processes import Processes
from cli.scan import ScanReport, scan
from cli.settings import Settings
from cli.sources.base import Batch, Checkpoint, Found, LogFile, Source, Tally, UsageEvent
from cli.sources.folders import files_below
from cli.sources.lines import blocks
from cli.usage import Usage

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
VARIABLES = (
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "GEMINI_CLI_HOME",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "OPENCODE_DATA_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
)


class Diary:
    """A source of one JSON event a line; `made` is what its parser makes of an event."""

    caveats: tuple[str, ...] = ()

    def __init__(self, name: str = "diary", parser: int = 1, batch: int = 2) -> None:
        self.name = name
        self.title = name.title()
        self.parser = parser
        self.batch = batch
        self.factor = 1
        self.appends = True
        self.skipped: frozenset[str] = frozenset()
        self.opened: list[tuple[str, int]] = []
        """The files that were read, and from which offset."""

    def roots(self, environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
        return (home / self.name,)

    def find(self, root: Path) -> Found:
        found = files_below(root, lambda path: path.suffix == ".log")
        found.files = [LogFile(file.path, appends=self.appends) for file in found.files]
        return found

    def read(self, file: LogFile, resume: Checkpoint) -> Iterator[Batch]:
        self.opened.append((file.path.name, resume.offset))
        events: list[UsageEvent] = []
        tally = Tally()
        end = resume.offset
        for block in blocks(file.path, resume.offset, size=64):
            for line in block.lines():
                fields = json.loads(line)
                if fields["key"] in self.skipped:
                    tally.silent += 1
                    continue
                fields["input_tokens"] *= self.factor
                events.append(UsageEvent(**fields))
                tally.events += 1
            end = block.end
            if len(events) >= self.batch:
                yield Batch(events, Checkpoint(end), tally)
                events, tally = [], Tally()
        yield Batch(events, Checkpoint(end), tally)


class Machine:
    """A home folder with logs, and a ledger beside it."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(folder / "data", folder / "config", folder / "home", {})
        self.now = NOW

    def log(self, name: str, *events: UsageEvent, source: str = "diary", mode: str = "ab") -> Path:
        """Write events to a log, at its end unless the mode is `wb`."""
        path = self.settings.home / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode) as file:
            file.writelines(_line(event) for event in events)
        return path

    def ledger(self) -> AbstractContextManager[Ledger]:
        return Ledger.open(self.settings, self.now, lambda: None)

    def scan(self, *sources: Source, processes: Processes | None = None) -> ScanReport:
        with self.ledger() as ledger:
            return scan(ledger, sources, self.settings.environment, self.settings.home, processes=processes)

    def usage(self) -> list[Usage]:
        with self.ledger() as ledger:
            return ledger.usage()

    def tokens(self) -> int:
        """Return all input tokens in the ledger."""
        return sum(row.input_tokens for row in self.usage())


def _line(event: UsageEvent) -> bytes:
    return json.dumps(msgspec.to_builtins(event)).encode() + b"\n"


@pytest.fixture(scope="session")
def new_machine(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Machine]:
    """Return a function that returns a fresh machine."""
    return lambda: Machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def machine(new_machine: Callable[[], Machine]) -> Machine:
    """Return a fresh machine."""
    return new_machine()


@pytest.fixture(scope="session")
def diary() -> Callable[..., Diary]:
    """Return the constructor of sources whose logs `Machine.log` writes."""
    return Diary


@pytest.fixture(scope="session")
def event() -> Callable[..., UsageEvent]:
    """Return a function that makes an event of 2026-11-20, of one input token unless told otherwise."""

    def make(key: str, tokens: int = 1, **fields: object) -> UsageEvent:
        values = {
            "session": "s",
            "time_ms": 1_795_132_800_000,
            "provider": "anthropic",
            "model": "m",
            "output_tokens": 0,
        }
        return UsageEvent(key=key, input_tokens=tokens, **{**values, **fields})  # type: ignore[arg-type]

    return make


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the command an empty home folder and state of its own, and return the home."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("TOKEN_TRACKER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TOKEN_TRACKER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))
    not_the_first_scan(monkeypatch)
    return folder


def not_the_first_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no processes start beside a first scan, which would have nothing to read of the few logs that tests have.

    The demo's commands do start them.
    """
    monkeypatch.setattr("cli.counting.ledger_path", lambda settings: Path(__file__))


@pytest.fixture
def command(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs the command in that home: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run([str(argument) for argument in arguments])
        output = capsys.readouterr()
        return code, output.out, output.err

    return call
