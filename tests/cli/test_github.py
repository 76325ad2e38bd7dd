"""The board as a user's token sees it, at the stand-in GitHub and at servers that answer anything."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cli import CliError, api
from cli.api import Api
from cli.github import ForkState, GitHub, Viewer, connect
from cli.settings import Settings
from tests.github.board import Board, Clock
from tests.github.stand_in import GitHub as StandIn
from validator.reply import Mark, comment_text

PROFILE = "submissions/92/4242/profile.json"
MONTH = "submissions/92/4242/abcdefgh/2026-11.json"
ADA = Viewer(4242, "ada-demo", "ada-demo", frozenset({"public_repo"}))
TOKEN = "ghp_" + "s3cret" * 6


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    with StandIn(tmp_path / "github", now=Clock()) as github:
        board = Board(github)
        yield board
        board.close()


def hub_of(board: Board, token: str | None = None) -> GitHub:
    return GitHub("grace-demo/board", token or board.ada_token, board.github.url, lambda _: None, lambda _: None)


class Anything:
    """A server that answers every request with what it is given: status, headers, body."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.heard: list[tuple[str, str]] = []
        """Path and `Authorization` of each request."""
        owner = self

        class Connection(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner.heard.append((self.path, self.headers.get("Authorization", "")))
                status, headers, body = owner.answers[min(len(owner.heard), len(owner.answers)) - 1]
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Connection)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, body: object, status: int = 200, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, content))

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def anything() -> Iterator[Anything]:
    server = Anything()
    yield server
    server.close()


@pytest.fixture
def elsewhere() -> Iterator[Anything]:
    server = Anything()
    yield server
    server.close()


def asked(server: Anything, ask: Callable[[GitHub], object] = GitHub.viewer) -> tuple[str, list[float]]:
    """Return what is told when the server is asked, and how long was waited."""
    waits: list[float] = []
    with pytest.raises(CliError) as error:
        ask(GitHub("grace-demo/board", TOKEN, server.url, lambda _: None, waits.append))
    assert error.value.hint
    assert TOKEN not in str(error.value)
    assert error.value.__suppress_context__ or error.value.__context__ is None
    return str(error.value), waits


def test_the_viewer_and_the_scopes(board: Board) -> None:
    assert hub_of(board).viewer() == ADA
    grace = hub_of(board, board.grace_token).viewer()
    assert (grace.name, grace.scopes) == ("Grace Demo", frozenset({"repo", "workflow"}))
    assert hub_of(board, board.github.token(board.ada, ())).viewer().scopes == frozenset()
    assert hub_of(board, board.github.token(board.ada, kind="fine-grained")).viewer().scopes is None


def test_the_clock(board: Board) -> None:
    now = datetime.fromtimestamp(board.github.state.now(), UTC)
    assert hub_of(board).clock_skew(now - timedelta(minutes=7)) == timedelta(minutes=7)
    assert hub_of(board).clock_skew(now + timedelta(minutes=7)) == timedelta(minutes=-7)


def test_files_and_contents_of_any_commit(board: Board) -> None:
    hub = hub_of(board)
    number = board.submit({PROFILE: b"{}\n", MONTH: b'{"a": 1}\n'})
    head = hub.pull(number).head
    files = hub.files("submissions/92/4242", head)
    assert list(files) == [MONTH, PROFILE]
    assert [hub.content(blob, 9) for blob in files.values()] == [b'{"a": 1}\n', b"{}\n"]
    with pytest.raises(CliError, match="9 bytes, more than 8"):
        hub.content(files[MONTH], 8)
    assert hub.files("submissions/92/4242", hub.tip()) == {}
    assert hub.files(".github", hub.tip()).keys() == {".github/workflows/publish.yml"}


def test_pull_requests_of_this_command_are_told_newest_first(board: Board) -> None:
    board.submit({PROFILE: b"1\n"}, "by-hand")
    first = board.submit({PROFILE: b"2\n"}, "token-tracker/abcdefgh")
    second = board.submit({PROFILE: b"3\n"}, "token-tracker/withdraw")
    hub = hub_of(board)
    assert [pull.number for pull in hub.pulls(ADA, state="all")] == [second, first]
    assert [pull.number for pull in hub.pulls(ADA, state="all", most=1)] == [second]
    board.client(board.grace_token).get_repo("grace-demo/board").get_pull(first).edit(state="closed")
    assert [pull.number for pull in hub.pulls(ADA, state="open")] == [second]
    assert [(pull.state, pull.branch) for pull in hub.pulls(ADA, state="closed")] == [
        ("closed", "token-tracker/abcdefgh")
    ]
    assert hub.pulls(Viewer(4243, "ada-demo", "", None), state="all") == [], "a login that is somebody else's by now"


def test_a_pull_request_whose_fork_is_gone(board: Board) -> None:
    number = board.submit({PROFILE: b"1\n"}, "token-tracker/abcdefgh")
    board.github.delete(board.github.state.owned(board.ada)[0])
    assert hub_of(board).pull(number).branch == "token-tracker/abcdefgh"
    with pytest.raises(CliError, match="nothing of pull request 99"):
        hub_of(board).pull(99)


def test_the_verdict_is_the_newest_comment_of_who_may_speak(board: Board) -> None:
    hub, number = hub_of(board), board.submit({PROFILE: b"1\n"})
    verdicts = [comment_text(Mark("a" * 40, outcome)) for outcome in ("flagged", "rejected", "verified")]
    grace = board.client(board.grace_token).get_repo("grace-demo/board").get_pull(number)
    grace.create_issue_comment("Thank you!")
    assert hub.verdict_comment(number) is None
    for body in verdicts[:2]:
        grace.create_issue_comment(body)
    mallory = board.github.token(board.github.user(666, "mallory-demo"))
    board.client(mallory).get_repo("grace-demo/board").get_pull(number).create_issue_comment(verdicts[2])
    assert hub.verdict_comment(number) == verdicts[1]
    actions = board.http(board.github.actions_token(board.repository))
    actions.post(f"/repos/grace-demo/board/issues/{number}/comments", json={"body": verdicts[2]})
    assert hub.verdict_comment(number) == verdicts[2]


def test_the_fork_is_looked_for_and_not_made(board: Board) -> None:
    assert hub_of(board).fork_state(ADA) == ForkState("none", "")
    assert board.github.state.owned(board.ada) == []
    board.github.repository(board.ada, "other", {"README.md": b"Mine.\n"})
    board.client(board.ada_token).get_repo("grace-demo/board").create_fork()
    assert hub_of(board).fork_state(ADA) == ForkState("fork", "ada-demo/board")
    board.github.rename_repository(board.github.state.owned(board.ada)[1], "elsewhere")
    board.github.repository(board.ada, "board", {"README.md": b"Mine.\n"})
    assert hub_of(board).fork_state(ADA) == ForkState("fork", "ada-demo/elsewhere")
    grace = hub_of(board, board.grace_token)
    assert grace.fork_state(grace.viewer()) == ForkState("board", "grace-demo/board")


def test_a_limit_of_some_seconds_is_waited_out_and_told(board: Board) -> None:
    told: list[str] = []
    waits: list[float] = []
    hub = GitHub("grace-demo/board", board.ada_token, board.github.url, told.append, waits.append)
    board.github.fail("GET", "/user", "429", 2, seconds=30)
    assert hub.viewer() == ADA
    assert waits == [30, 30]
    assert told == ["GitHub asks to wait 30 s before it goes on with the token's owner."] * 2


def test_an_hour_used_up_is_waited_for_when_it_ends_soon(board: Board, anything: Anything) -> None:
    date = "Sun, 22 Nov 2026 12:00:00 GMT"
    end = int(datetime(2026, 11, 22, 12, 1, 39, tzinfo=UTC).timestamp())
    limit = {"Date": date, "X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(end)}
    anything.answer({"message": "API rate limit exceeded for user ID 4242."}, 403, **limit)
    anything.answer({"id": 1, "login": "ada-demo"})
    waits: list[float] = []
    assert GitHub("a/b", TOKEN, anything.url, lambda _: None, waits.append).viewer().id == 1
    assert waits == [100.0], "by GitHub's clock, and a second more"


@pytest.mark.parametrize("retry_after", ["-5", "soon", "1e9", "9" * 400, "Sun, 22 Nov 2026 12:00:00 GMT"])
def test_nonsense_for_how_long_to_wait_means_a_minute(anything: Anything, retry_after: str) -> None:
    anything.answer({"message": "Slow down."}, 429, Retry_After=retry_after)
    said, waits = asked(anything)
    assert waits == [60.0, 60.0]
    assert "Run this again in 60 s." in said


def test_trouble_that_stays_is_told_after_four_tries(anything: Anything) -> None:
    anything.answer(b"<html>Bad gateway</html>", 502, Content_Type="text/html")
    said, waits = asked(anything)
    assert (waits, len(anything.heard)) == ([1.0, 2.0, 4.0], 4)
    assert said == "GitHub has trouble with the token's owner (502). Run this again later: it continues."


def test_where_nobody_answers(anything: Anything) -> None:
    anything.close()
    said, waits = asked(anything)
    assert waits == [1.0, 2.0, 4.0]
    assert "GitHub cannot be reached about the token's owner (ConnectionError). Check the network" in said


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"<html>", b"\xff\xfe", {}, {"id": "x", "login": "a"}, {"id": -1, "login": "ada-demo"},
     {"id": 1, "login": "../admin"}, {"id": 2**70, "login": "ada-demo"}, {"id": 1, "login": None}],
)  # fmt: skip
def test_an_answer_that_is_none_is_told(anything: Anything, body: object) -> None:
    anything.answer(body)
    said, _ = asked(anything)
    assert "not GitHub as we know it. Look at GITHUB_API_URL" in said


@pytest.mark.parametrize(
    "body", [{"message": {"a": []}}, {"message": None, "errors": [1, None, {"message": "no"}]}, []]
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 422, 451])
def test_a_refusal_may_say_anything(anything: Anything, status: int, body: object) -> None:
    anything.answer(body, status)
    asked(anything)


def test_a_token_that_is_echoed_is_not_told(anything: Anything) -> None:
    anything.answer({"message": f"No: {TOKEN}", "errors": [{"message": TOKEN}, TOKEN]}, 422)
    said, _ = asked(anything)
    assert said.startswith("GitHub refused the token's owner (422: No")
    anything.answers.clear()
    anything.answer({"message": "No"}, 403, X_GitHub_SSO=f"required; url=https://github.com/sso?{TOKEN}")
    asked(anything)


def test_control_codes_of_a_refusal_are_not_told(anything: Anything) -> None:
    anything.answer({"message": "\x1b[31mred\nred" + "x" * 10_000}, 400)
    said, _ = asked(anything)
    assert said.isprintable()
    assert len(said) < 400


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_elsewhere_never_carries_the_token(
    anything: Anything, elsewhere: Anything, status: int, host: str
) -> None:
    elsewhere.answer({"id": 1, "login": "mallory-demo"})
    anything.answer({}, status, Location=elsewhere.url.replace("127.0.0.1", host) + "/user")
    asked(anything)
    assert elsewhere.heard == []


def test_writes_to_github_keep_a_second_between_them_and_those_to_this_machine_none() -> None:
    for url, seconds in (("https://api.github.com", 1.0), ("http://127.0.0.1:1", 0), ("http://localhost:1", 0)):
        pace = Api(TOKEN, url, lambda _: None)._client.requester.kwargs["seconds_between_writes"]
        assert pace == seconds, url
    assert api.SECONDS_BETWEEN_WRITES == 1.0


def settings(**environment: str) -> Settings:
    return Settings(Path(), Path(), Path(), {"GITHUB_TOKEN": TOKEN, **environment})


def test_connecting(board: Board, capsys: pytest.CaptureFixture[str]) -> None:
    known = settings(GITHUB_API_URL=f"{board.github.url}/")
    known = Settings(
        known.data_dir, known.config_dir, known.home, {**known.environment, "GITHUB_TOKEN": board.ada_token}
    )
    hub = connect(known, "Grace-Demo/Board")
    assert hub.board.full_name == "grace-demo/board"
    hub.api.tell("Wait.")
    assert capsys.readouterr().err == "Wait.\n"


@pytest.mark.parametrize("to", ["board", "a/b/c", "a b/c", "../x", "a/..", "-a/b", "https://github.com/a/b", "a/b\n"])
def test_a_board_that_is_none(to: str) -> None:
    with pytest.raises(CliError, match="Give the board as owner/name"):
        connect(settings(), to)
