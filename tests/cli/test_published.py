"""What the published site says, whatever answers."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cli import CliError, published
from cli.published import published_users

Serve = Callable[[int, bytes], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that makes a site answer everything with a status and a body, and returns its address."""
    answer: list[tuple[int, bytes]] = []
    asked: list[str] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer[-1]
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
            """Say nothing."""

    def start(status: int, body: bytes) -> str:
        answer.append((status, body))
        return f"http://127.0.0.1:{server.server_address[1]}/board/"

    with HTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield start
        server.shutdown()
    assert set(asked) <= {"/board/api/build.json"}


def test_users_are_those_of_the_site(serve: Serve) -> None:
    body = b'{"revision": null, "day": "2026-11-22", "users": [7, 300], "later": {}}'
    assert published_users(serve(200, body)) == [7, 300]


def test_where_there_is_no_site_there_is_nobody(serve: Serve) -> None:
    assert published_users(serve(404, b"<h1>404</h1>")) == []


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (403, b""), (200, b"<html>"), (200, b"{}"), (200, b'{"users": ["7"]}'), (200, b'{"users": [-1]}')],
)
def test_any_other_answer_is_none(serve: Serve, status: int, body: bytes) -> None:
    with pytest.raises(CliError, match=r"api/build\.json cannot be read .*site_url"):
        published_users(serve(status, body))


def test_an_endless_answer_is_cut_off(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "MAX_BYTES", 10)
    with pytest.raises(CliError, match="larger than 10 bytes"):
        published_users(serve(200, b'{"users": [1, 2, 3]}'))


def test_a_site_that_cannot_be_reached_is_no_empty_one() -> None:
    with pytest.raises(CliError, match="ConnectError"):
        published_users("http://127.0.0.1:9/")
