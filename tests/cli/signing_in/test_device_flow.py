"""The device flow against a GitHub that answers like the real one, and against answers that are none."""

import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cli import CliError, web
from cli.device_flow import Code, await_token, begin

TOKEN = "gho_0123456789abcdef"


@pytest.fixture
def wait(patience: Any) -> Callable[[str, Code], tuple[str, list[tuple[int, str]]]]:
    """Return a function that waits for the token: the token, and what was told meanwhile."""

    def call(site: str, code: Code) -> tuple[str, list[tuple[int, str]]]:
        told: list[tuple[int, str]] = []
        token = await_token(
            site,
            "client",
            code,
            tell=lambda left, trouble: told.append((left, trouble)),
            clock=patience.now,
            pause=patience.pause,
        )
        return token, told

    return call


def _polls(github: Any) -> list[int]:
    return [status for _, path, status in github.log if path.endswith("access_token")]


def test_the_token_comes_once_the_user_agreed(github: Any, ada: Any, patience: Any, wait: Any) -> None:
    code = begin(github.web, "client")
    assert (code.address, code.lifetime, code.interval) == (f"{github.web}/login/device", 900, 5)
    patience.plan[17] = lambda: github.authorize(ada, code.user_code)
    token, told = wait(github.web, code)
    assert github.state.tokens[token].scopes == ("public_repo",)
    assert told == [(left, "") for left in range(900, 880, -1)]
    assert len(_polls(github)) == 4
    assert code.secret not in repr(code)


def test_asking_too_early_slows_down(github: Any, ada: Any, patience: Any, wait: Any) -> None:
    code = begin(github.web, "client")
    hasty = Code(code.user_code, code.address, code.lifetime, 2.0, code.secret)
    patience.plan[30] = lambda: github.authorize(ada)
    assert wait(github.web, hasty)[0] in github.state.tokens
    assert patience.waited == 2 + 2 + 10 + 10 + 10


@pytest.mark.parametrize("fault", ["drop before", "500", "502", "429"])
def test_trouble_on_the_way_is_waited_out(github: Any, ada: Any, wait: Any, fault: Any) -> None:
    code = begin(github.web, "client")
    github.authorize(ada)
    github.fail("POST", "/login/oauth/access_token", fault, times=3)
    token, told = wait(github.web, code)
    assert token in github.state.tokens
    assert any(trouble for _, trouble in told) == (fault != "429")
    assert len(_polls(github)) == 4


def test_an_answer_that_got_lost_is_explained(github: Any, ada: Any, wait: Any) -> None:
    code = begin(github.web, "client")
    github.authorize(ada)
    github.fail("POST", "/login/oauth/access_token", "drop after")
    with pytest.raises(CliError, match=r"got lost on the way\. Run `token-tracker login` again"):
        wait(github.web, code)


def test_refusing_ends_it(github: Any, ada: Any, wait: Any) -> None:
    code = begin(github.web, "client")
    github.deny(ada)
    with pytest.raises(CliError, match="refused on GitHub's page"):
        wait(github.web, code)


def test_codes_expire_here_and_there(github: Any, patience: Any, wait: Any) -> None:
    for lifetime in (900, 3_600):
        code = begin(github.web, "client")
        patience.plan = {int(patience.waited) + 3: lambda: patience.pause(900)}
        with pytest.raises(CliError, match="expired before it was entered"):
            wait(github.web, Code(code.user_code, code.address, lifetime, 5, code.secret))


def test_applications_that_cannot(github: Any) -> None:
    github.application("old", device_flow=False)
    with pytest.raises(CliError, match="no device flow"):
        begin(github.web, "old")
    with pytest.raises(CliError, match="does not know this board's application"):
        begin(github.web, "none")


@pytest.fixture
def site() -> Iterator[tuple[str, list[tuple[int, dict[str, str], bytes]]]]:
    """Serve the answers that are put into the list, the last one for ever; yield address and list."""
    answers: list[tuple[int, dict[str, str], bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", answers
        server.shutdown()


def _begun(address: str, code: str = "WDJB-MJHT") -> bytes:
    return b'{"device_code": "d", "user_code": "%s", "verification_uri": "%s"}' % (code.encode(), address.encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Welcome to the hotel</html>",
        b"device_code=d&user_code=WDJB-MJHT",
        b"[]",
        b'{"device_code": 7}',
        b'{"error": "\xff"}',
        b"[" * 100_000,
        b" " * 1_000_000,
        _begun("https://elsewhere.example/login/device"),
        _begun("SITE.elsewhere.example/login/device"),
        _begun("SITE/login device"),
        _begun("SITE/login/device", "\\u001b[31mABCD"),
        _begun("SITE/login/device", ""),
    ],
)
def test_a_beginning_that_is_none(site: Any, body: bytes) -> None:
    address, answers = site
    answers.append((200, {}, body.replace(b"SITE", address.encode())))
    with pytest.raises(web.Strange, match="is not GitHub as we know it"):
        begin(address, "client")


def test_swollen_and_redirected_answers_are_not_followed(site: Any) -> None:
    address, answers = site
    answers.append((302, {"Location": "https://elsewhere.example/"}, b""))
    with pytest.raises(CliError, match="refused a code for signing in"):
        begin(address, "client")
    answers[:] = [(200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")]
    with pytest.raises(web.Strange):
        begin(address, "client")


def test_unknown_words_are_told_without_what_could_harm(site: Any) -> None:
    address, answers = site
    answers.append((200, {}, b'{"error": "\\u001b[2Jnew_word"}'))
    with pytest.raises(CliError, match=r"refused signing in \(jnew_word\)"):
        begin(address, "client")


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b'{"access_token": "a b"}', b'{"access_token": "\\u001b1234567890"}']
)
def test_strange_answers_while_waiting_are_borne_twice(site: Any, wait: Any, body: bytes) -> None:
    address, answers = site
    good: tuple[int, dict[str, str], bytes] = (200, {}, b'{"access_token": "%s"}' % TOKEN.encode())
    code = Code("WDJB-MJHT", address, 900, 5, "d")
    answers[:] = [(200, {}, body), (200, {}, body), good]
    assert wait(address, code)[0] == TOKEN
    answers[:] = [(200, {}, body)]
    with pytest.raises(web.Strange):
        wait(address, code)


def test_nobody_there_is_told(site: Any) -> None:
    with pytest.raises(web.Unreachable, match=r"127\.0\.0\.1 cannot be reached"):
        begin("http://127.0.0.1:1", "client")
