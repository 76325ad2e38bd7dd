"""GitHub's own command line as a client, sent to the stand-in by a proxy setting."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.github.board import Board

pytestmark = pytest.mark.skipif(
    shutil.which("gh") is None and "CI" not in os.environ, reason="GitHub's command line is not installed"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def gh(board: Board, home: Path, token: str, *arguments: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GH_HOST": "github.localhost",
        "GH_ENTERPRISE_TOKEN": token,
        "GH_TOKEN": token,
        "GH_NO_UPDATE_NOTIFIER": "1",
        "HTTP_PROXY": board.github.url,
    }
    done = subprocess.run(["gh", "api", *arguments], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_from_pull_request_to_merge(board: Board, home: Path) -> None:
    number = board.submit({"submissions/92/4242/profile.json": b"{}\n"})
    ada, grace = board.ada_token, board.grace_token
    assert gh(board, home, ada, "user", "--jq", ".login") == "ada-demo\n"
    place = "repos/grace-demo/board"
    gh(board, home, ada, f"{place}/pulls/{number}", "-X", "PATCH", "-f", "state=closed")
    fields = ("-f", "head=ada-demo:submit", "-f", "base=main", "-f", "title=Again", "-f", "body=Once more.")
    made = json.loads(gh(board, home, ada, f"{place}/pulls", *fields))
    assert made["number"] == number + 1
    assert made["html_url"] == f"http://github.localhost/grace-demo/board/pull/{number + 1}"
    merged = gh(
        board, home, grace, f"{place}/pulls/{number + 1}/merge", "-X", "PUT", "-f", f"sha={made['head']['sha']}"
    )
    assert json.loads(merged)["merged"] is True
    assert gh(board, home, ada, f"{place}/pulls/{number + 1}", "--jq", ".merged") == "true\n"


def test_pages_are_followed(board: Board, home: Path) -> None:
    board.submit({f"submissions/92/4242/{number}.json": b"{}\n" for number in range(31)})
    place = "repos/grace-demo/board/pulls/1/files"
    names = gh(board, home, board.ada_token, place, "--paginate", "--jq", ".[].filename").splitlines()
    assert sorted(names) == sorted(f"submissions/92/4242/{number}.json" for number in range(31))
