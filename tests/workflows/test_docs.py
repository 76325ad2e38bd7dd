"""The operator's pages name only what there is: commands, options, files, workflows."""

import re
from pathlib import Path

import click
import pytest

from cli.main import command

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "docs" / name for name in ("run-your-own.md", "maintaining.md")]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@each_page
def test_commands_and_their_options_exist(page: Path) -> None:
    lines = re.findall(r"token-tracker ((?:[a-z]+)(?: [^`\n]*)?)", page.read_text(encoding="utf-8"))
    assert lines
    for line in lines:
        words = line.split()
        found: click.Command | None = command
        context = click.Context(command)
        while isinstance(found, click.Group):
            name = words.pop(0)
            found = found.get_command(context, name)
            assert found, f"{name} in {line!r}"
        assert found
        known = {option for parameter in found.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


@each_page
def test_files_that_are_named_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"(?<![\w/])(\.(?:ci|github)/[\w./-]+|leaderboard\.toml|pyproject\.toml)", text):
        assert (ROOT / path.rstrip(".")).exists(), path
    for name in re.findall(r"gh workflow run ([\w.]+)", text):
        assert (ROOT / ".github/workflows" / name).exists(), name


def test_the_lock_was_made_by_the_command_that_is_documented() -> None:
    header = (ROOT / ".github/requirements/runtime.txt").read_text(encoding="utf-8").splitlines()[1]
    made_by = header.removeprefix("#").strip()
    told = (ROOT / "docs/maintaining.md").read_text(encoding="utf-8")
    assert made_by.replace("uv pip compile", "uv pip compile --upgrade") in told
