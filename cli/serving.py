"""A built site on localhost, for looking at it before anybody else does."""

import http.server
import io
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from cli import CliError


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files of one folder; `404.html` where there is none; nothing is logged, nothing is cached."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, below: str, **options: Any) -> None:
        self._below = below
        super().__init__(*arguments, **options)

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        if self.path == "/" != self._below:
            self.send_response(http.HTTPStatus.FOUND)
            self.send_header("Location", self._below)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        if not self.path.startswith(self._below):
            self.send_error(http.HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def translate_path(self, path: str) -> str:
        return super().translate_path("/" + path.removeprefix(self._below))

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != http.HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _Server(http.server.ThreadingHTTPServer):
    """A browser that goes away in the middle of an answer is nothing to tell."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def serve(folder: Path, port: int, ready: Callable[[str], None], below: str = "/") -> None:
    """Serve a folder at `http://localhost:<port>` and the path `below`, to this machine alone, until interrupted.

    `below` begins and ends with a slash. A site whose address has a path needs the same one here: its page for what is
    missing, shown under any address, has links that start with it. `ready` is called with the address once it answers;
    port 0 takes any free one. Raises CliError when the port is taken.
    """
    try:
        server = _Server(("127.0.0.1", port), partial(_Handler, directory=str(folder), below=below))
    except OSError as error:
        raise CliError(f"Port {port} cannot be used: {error.strerror}.", "Choose another with --port.") from None
    with server:
        ready(f"http://localhost:{server.server_port}{below}")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
