"""Every attack ends as the bench says: the judge, the merge, what is printed, the others in the queue, the memory."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.validator.attacks.attack import Attack
from tests.validator.attacks.bench import ATTACKS, Played, markdown, play
from tests.validator.attacks.scene import Scene, new_board
from validator.audit import audit

ROOT = Path(__file__).parents[3]
MAX_MEGABYTES = 200
"""What judging any change may take, Python itself included."""
COMMENT_CHARACTERS = 65_536
REJECTED = 4

HOLES: dict[str, str] = {}
"""Attacks that succeed for now → what is missing. Strict: whoever mends it takes the line out."""


def _case(attack: Attack) -> object:
    reason = HOLES.get(attack.name)
    marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
    return pytest.param(attack, id=attack.name, marks=marks)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The board that every attack begins upon."""
    path = tmp_path_factory.mktemp("attacks") / "board.git"
    new_board(path).repository.close()
    return path


@pytest.fixture
def scene(template: Path, tmp_path: Path) -> Iterator[Scene]:
    made = Scene.copied(template, tmp_path / "board.git")
    yield made
    made.board.repository.close()


@pytest.mark.parametrize("attack", [_case(each) for each in ATTACKS])
def test_an_attack_ends_as_the_bench_says(attack: Attack, scene: Scene) -> None:
    played = play(attack, scene)
    assert (played.verdict, played.rules) == (attack.verdict, attack.rules)
    assert (played.handed_over, played.merge) == (attack.verdict, attack.merge)
    assert played.bystander == "merged", "an attack must not hold up other people's pull requests"
    assert audit(scene.board.repository, "main").problems == ()
    _assert_harmless(played)
    if attack.heavy:
        assert _peak_megabytes(played.line) < MAX_MEGABYTES


def _assert_harmless(played: Played) -> None:
    """Insist that nothing printed mentions, links, breaks a line or speaks to GitHub's runner.

    The runner (actions/runner, ActionCommand.cs) takes `::` at the start of a line, and `##[` anywhere, as a command.
    """
    assert len(played.comment) <= COMMENT_CHARACTERS
    for line in [*played.comment.split("\n"), *played.report.split("\n")]:
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert line.replace("\u200b", "").isprintable()
    assert played.report.isascii()
    text = re.sub(r"`[^`\n]*`", "", played.comment)
    assert not re.search(r"@\w|(?<!\\)<|(?<!\\)\]\(|://", text)


_MEASURED = (
    "import resource, subprocess, sys; "
    "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode; "
    "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
)


def _peak_megabytes(line: tuple[str, ...]) -> int:
    """Judge in a process of its own; return the most memory that it or a Git below it had.

    A small process starts it, since Linux counts what the starting process had as the child's.
    """
    judge = [sys.executable, "-c", "import sys; from cli.main import run; sys.exit(run(sys.argv[1:]))", *line]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _MEASURED, *judge]
    printed = subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout
    code, megabytes = map(int, printed.split())
    assert code == REJECTED
    return megabytes


def test_the_documentation_shows_the_bench_as_it_is() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    assert text.endswith(markdown()), "put the output of `python -m tests.validator.attacks` into docs/threat-model.md"


def test_titles_are_one_line_and_unlike() -> None:
    titles = [attack.title for attack in ATTACKS]
    assert all(title and "\n" not in title and "|" not in title for title in titles)
    assert len(set(titles)) == len(titles)
