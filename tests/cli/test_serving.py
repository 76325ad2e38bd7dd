"""A site on localhost: what it answers, to whom, and what it says when it cannot."""

import threading
from http import HTTPStatus
from pathlib import Path
from queue import Queue

import httpx
import pytest

from cli import CliError
from cli.serving import serve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profile" / "you").mkdir(parents=True)
    (tmp_path / "profile" / "you" / "index.html").write_text("<h1>you</h1>")
    (tmp_path / "404.html").write_text("<h1>lost</h1>")
    return tmp_path


def _served(folder: Path, below: str) -> str:
    addresses: Queue[str] = Queue()
    threading.Thread(target=serve, args=(folder, 0, addresses.put, below), daemon=True).start()
    return addresses.get(timeout=10)


@pytest.fixture
def address(folder: Path) -> str:
    return _served(folder, "/")


def test_a_folder_is_its_index(address: str) -> None:
    assert address.startswith("http://localhost:")
    assert httpx.get(f"{address}profile/you/").text == "<h1>you</h1>"


def test_what_is_missing_gets_the_site_s_own_page(address: str) -> None:
    answer = httpx.get(f"{address}profile/nobody/")
    assert (answer.status_code, answer.text) == (HTTPStatus.NOT_FOUND, "<h1>lost</h1>")
    assert httpx.head(f"{address}nothing").status_code == HTTPStatus.NOT_FOUND


def test_nothing_outside_the_folder_is_served(address: str) -> None:
    for path in ("..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"):
        assert httpx.get(address + path).status_code == HTTPStatus.NOT_FOUND


def test_a_site_below_a_path_is_served_there_and_nowhere_else(folder: Path) -> None:
    address = _served(folder, "/board/")
    assert address.endswith("/board/")
    root = address.removesuffix("board/")
    assert httpx.get(f"{address}profile/you/").text == "<h1>you</h1>"
    assert httpx.get(f"{address}profile/you").headers["location"] == "/board/profile/you/"
    assert httpx.get(root).headers["location"] == "/board/"
    for missing in (f"{address}profile/nobody/", f"{root}profile/you/", f"{root}boar"):
        answer = httpx.get(missing)
        assert (answer.status_code, answer.text) == (HTTPStatus.NOT_FOUND, "<h1>lost</h1>")


def test_a_taken_port_is_told(address: str, tmp_path: Path) -> None:
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    with pytest.raises(CliError, match=f"Port {port} cannot be used"):
        serve(tmp_path, port, print)
