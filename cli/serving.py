"""A built site on localhost, for looking at it before anybody else does."""

import http.server
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cli import CliError


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files of one folder; `404.html` where there is none; nothing is logged, nothing is cached."""

    protocol_version = "HTTP/1.1"

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


def serve(folder: Path, port: int, ready: Callable[[str], None]) -> None:
    """Serve a folder at `http://localhost:<port>/`, to this machine alone, until interrupted.

    `ready` is called with the address once it answers; port 0 takes any free one. Raises CliError when the port is
    taken.
    """
    try:
        server = _Server(("127.0.0.1", port), partial(_Handler, directory=str(folder)))
    except OSError as error:
        raise CliError(f"Port {port} cannot be used: {error.strerror}.", "Choose another with --port.") from None
    with server:
        ready(f"http://localhost:{server.server_port}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
