"""The stand-in GitHub's socket: HTTP on 127.0.0.1, directly or as the proxy through which `gh` is sent."""

import socket
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from tests.github.exchange import Request, Urls
from tests.github.service import Service

PROXIED = Urls("http://api.github.localhost", "http://github.localhost")
"""Where `gh` believes to be with `GH_HOST=github.localhost`."""
MAX_BODY_BYTES = 512 * 1024 * 1024


class Server(ThreadingHTTPServer):
    """Listens on a free port of 127.0.0.1."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: Service) -> None:
        """Bind; nothing is answered before `serve_forever`."""
        super().__init__(("127.0.0.1", 0), Connection)
        self.service = service

    @property
    def address(self) -> str:
        """The address of API and site alike."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Connection(BaseHTTPRequestHandler):
    """One client's connection, kept open between requests."""

    protocol_version = "HTTP/1.1"
    server_version = "GitHub.com"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout: ClassVar[float] = 60
    server: Server

    def handle_one_request(self) -> None:
        """Answer; a client that hangs up in the middle is none of our business."""
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
        """Say nothing: the service keeps the log."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Write `Date` by the stand-in's own clock."""
        return formatdate(self.server.service.state.now() if timestamp is None else timestamp, usegmt=True)

    def do_GET(self) -> None:
        """Answer any method alike."""
        place = urlsplit(self.path)
        own = Urls(self.server.address, self.server.address)
        request = Request(
            self.command,
            place.path,
            dict(parse_qsl(place.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self._body(),
            PROXIED if place.hostname and place.hostname.endswith("github.localhost") else own,
        )
        reply = self.server.service.reply(request)
        if reply is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status not in (204, 304):
            self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self.wfile.write(reply.content)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - named by the base class

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MAX_BODY_BYTES))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)
