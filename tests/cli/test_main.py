"""The one entry and the one exit."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

import cli.main
from cli import CliError
from cli.main import COMMANDS
from validator import __version__

Command = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]


def _process(*arguments: str, **options: object) -> "subprocess.Popen[str]":
    program = "from cli.main import main; main()"
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", program, *arguments], cwd=ROOT, text=True, stdout=-1, stderr=-1, **options
    )


def test_help_lists_every_command_and_imports_none(command: Command) -> None:
    code, out, err = command("--help")
    assert (code, err) == (0, "")
    assert all(f"  {name} " in out and text in out for name, (_, text) in COMMANDS.items())
    program = "import sys; from cli.main import run; run(['--help']); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, text=True, capture_output=True, check=True)
    heavy = {"duckdb", "rich", "jinja2", "matplotlib", "httpx", "genai_prices", "msgspec", "pydantic", "cli.commands"}
    assert heavy.isdisjoint(loaded.stdout.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_table_says(command: Command, name: str) -> None:
    module = COMMANDS[name][0].partition(":")[0]
    if find_spec(module) is None:
        pytest.fail(f"{module} is missing")
    code, out, err = command(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: token-tracker {name}")


def test_version(command: Command) -> None:
    assert command("--version") == (0, f"token-tracker {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["nonsense"], ["scan", "--nonsense"], ["scan", "surplus"]])
def test_wrong_usage_ends_with_2(command: Command, arguments: list[str]) -> None:
    code, out, err = command(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: token-tracker")


@pytest.fixture
def failing(command: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], tuple[int, str, str]]:
    """Return a function that runs a command which raises."""

    def call(error: BaseException) -> tuple[int, str, str]:
        @click.command()
        def fail() -> None:
            raise error

        monkeypatch.setattr(cli.main, "COMMANDS", {"fail": ("tests:fail", "Fails.")})
        monkeypatch.setattr(cli.main, "import_module", lambda name: type("module", (), {"fail": fail}))
        return command("fail")

    return call


def test_our_errors_are_one_line_and_their_own_exit_code(failing: Callable[..., tuple[int, str, str]]) -> None:
    class Special(CliError):
        exit_code = 4

    assert failing(Special("It\nis \x1b[31mbroken.", "Mend it.")) == (
        4,
        "",
        "token-tracker: It is ?[31mbroken. Mend it.\n",
    )


def test_other_errors_are_one_line_too_and_leave_their_traceback_in_a_file(
    failing: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    log = tmp_path / "data" / "failure.log"
    code, out, err = failing(ZeroDivisionError("by\nzero"))
    assert (code, out) == (1, "")
    assert err == f"token-tracker: This is a bug: ZeroDivisionError. Please report it with {log}.\n"
    assert "ZeroDivisionError: by\nzero" in log.read_text()


def test_other_errors_are_told_even_where_no_file_can_be_written(
    failing: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("in the way")
    assert failing(ZeroDivisionError("by zero"))[2].startswith(
        "token-tracker: This is a bug: ZeroDivisionError: by zero"
    )


def test_a_prompt_that_is_declined_ends_with_1(failing: Callable[..., tuple[int, str, str]]) -> None:
    assert failing(click.Abort())[0] == 1


def test_ctrl_c_ends_with_130_and_no_traceback(home: Path) -> None:
    pipe = home / ".claude" / "projects" / "p" / "a.jsonl"
    pipe.parent.mkdir(parents=True)
    pipe.write_bytes(b"{}\n" * 20_000_000)
    with _process("scan") as process:
        assert process.stderr is not None
        while not (home.parent / "data" / "ledger.spool").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
    assert process.returncode == 130
    assert err.strip() == ""


def test_a_reader_that_goes_away_is_no_error(home: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    program = "from cli.main import main; main(['--help'])"
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert result.stderr == ""
