"""The README's pictures of the terminal, from the real commands in a real one: `python -m tests.demo.captures`.

Needs tmux. The commands speak to the demo's GitHub, whose workflows judge and merge what is submitted.
"""

import datetime as dt
import io
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from tests.demo.community import COMMUNITY, write_logs
from tests.demo.loop import TOKEN_TRACKER
from tests.demo.stage import Stage

PICTURES = Path("docs") / "screenshots"
COLUMNS, LINES = 100, 60
SECONDS = 90
"""How long one command may take."""
PROMPT = "$"
HOME = Path(tempfile.gettempdir()) / "otter"


class Terminal:
    """A tmux of its own with one shell."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._tmux = ["tmux", "-S", str(folder / "tmux")]
        shell = [
            "env",
            "-i",
            *(f"{key}={value}" for key, value in environment.items()),
            "bash",
            "--norc",
            "--noprofile",
        ]
        self._run("-f", "/dev/null", "new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES), *shell)

    def _run(self, *arguments: str) -> str:
        return subprocess.run([*self._tmux, *arguments], check=True, stdout=subprocess.PIPE).stdout.decode()

    def type(self, text: str) -> None:
        """Type a line."""
        self._run("send-keys", "-l", text)
        self._run("send-keys", "Enter")

    def screen(self, *, styled: bool = False) -> str:
        """Return what is seen, without the empty rest."""
        return self._run("capture-pane", "-p", *(["-e"] if styled else [])).rstrip()

    def wait(self, shown: str) -> None:
        """Wait until a pattern is seen. Raises TimeoutError when it is not."""
        end = time.monotonic() + SECONDS
        while not re.search(shown, self.screen(), re.MULTILINE):
            if time.monotonic() > end:
                raise TimeoutError(f"{shown} is not to be seen:\n{self.screen()}")
            time.sleep(0.1)

    def clear(self) -> None:
        """Begin with an empty screen."""
        self.type("clear")
        time.sleep(0.3)

    def close(self) -> None:
        """End the shell."""
        self._run("kill-server")


@contextmanager
def _terminal(stage: Stage, home: Path) -> Iterator[Terminal]:
    environment = stage.environment(home)
    for folder in ("DATA", "CONFIG"):
        del environment[f"TOKEN_TRACKER_{folder}_DIR"]
    path = f"{TOKEN_TRACKER.parent}:{environment['PATH']}"
    environment |= {
        "PATH": path,
        "PS1": f"{PROMPT} ",
        "TERM": "tmux-256color",
        "LANG": "C.UTF-8",
        "SSH_TTY": "/dev/null",
    }
    terminal = Terminal(home, environment)
    try:
        terminal.wait(rf"^\{PROMPT}$")
        yield terminal
    finally:
        terminal.close()


def _save(terminal: Terminal, name: str) -> None:
    """Save what is seen as a picture that asks no other site for a font; the home folder is `~` in it."""
    lines = terminal.screen(styled=True).replace(str(HOME), "~").splitlines()
    while lines and not Text.from_ansi(lines[-1]).plain.rstrip().removeprefix(PROMPT):
        lines.pop()
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi("\n".join(lines)))
    code = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    picture = console.export_svg(title="", code_format=code, unique_id=name)
    (PICTURES / f"{name}.svg").write_text(picture, encoding="utf-8")


def _play(stage: Stage, terminal: Terminal) -> None:
    who = COMMUNITY[0]
    user = stage.account(who.id, who.login, who.display_name)
    done = rf"^\{PROMPT}\s*\Z"
    terminal.clear()
    terminal.type("token-tracker login")
    terminal.wait("Enter this code")
    stage.github.authorize(user)
    terminal.wait(done)
    _save(terminal, "login")
    terminal.clear()
    terminal.type("token-tracker submit --dry-run | head -n 14")
    terminal.wait(done)
    _save(terminal, "dry-run")
    terminal.clear()
    terminal.type("token-tracker submit --wait")
    terminal.wait(r"\[y/N\]")
    terminal.type("y")
    terminal.wait(done)
    _save(terminal, "submit")
    terminal.clear()
    terminal.type("token-tracker status")
    terminal.wait(done)
    _save(terminal, "status")


def main() -> None:
    """Take every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(mode=0o700)
    write_logs(HOME, COMMUNITY[0], COMMUNITY[0].machines[0], now)
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder), now, 0) as stage, _terminal(stage, HOME) as one:
        _play(stage, one)
    shutil.rmtree(HOME)


if __name__ == "__main__":
    main()
