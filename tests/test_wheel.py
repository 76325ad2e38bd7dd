"""What is installed is the wheel: everything the command needs must travel in it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the wheel that hatchling builds from this tree, as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel = next(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"]))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def _run(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    script = "import sys; from cli.main import main; main(sys.argv[1:])"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_holds_the_packages_and_nothing_else(installed: Path) -> None:
    top = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert top == {"cli", "generator", "validator", "templates"}
    assert (installed / "validator" / "leaderboard.toml").read_bytes() == (ROOT / "leaderboard.toml").read_bytes()
    for package in ("cli", "generator", "validator", "templates"):
        tree = {str(path.relative_to(ROOT)) for path in (ROOT / package).rglob("*") if path.is_file()}
        tree = {path for path in tree if "__pycache__" not in path}
        assert {str(p.relative_to(installed)) for p in (installed / package).rglob("*") if p.is_file()} >= tree


def test_the_wheel_builds_a_site(installed: Path, tmp_path: Path) -> None:
    board = tmp_path / "board.git"
    git = ["git", "-c", "user.name=board", "-c", "user.email=board@localhost"]
    subprocess.run([*git, "init", "-q", "-b", "main", str(tmp_path / "board")], check=True)
    subprocess.run([*git, "-C", str(tmp_path / "board"), "commit", "-q", "--allow-empty", "-m", "Begin"], check=True)
    subprocess.run([*git, "clone", "-q", "--bare", str(tmp_path / "board"), str(board)], check=True)
    result = _run(installed, "build", "--repository", str(board), "--output", str(tmp_path / "site"), cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "<html" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert (tmp_path / "site" / "assets").is_dir()
