"""A key of one's own signs through the real ssh-keygen and a real agent, and whatever goes wrong has its sentence."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

from cli import CliError, own_key
from cli.own_key import OwnKey, read_own_key
from validator.signature import verify

NAMESPACE = "token-tracker/submission/v1"
SIGN = (
    "import sys, pathlib; from cli.own_key import read_own_key; "
    "print(*read_own_key(pathlib.Path(sys.argv[1])).sign([b'a', b'b', b'c'], 'n'))"
)


@pytest.fixture(autouse=True)
def _nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr(sys, "stdin", StringIO())


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    def made(*kind: str, passphrase: str = "") -> Path:
        path = tmp_path / "id"
        path.unlink(missing_ok=True)
        arguments = ["-t", *(kind or ("ed25519",)), "-N", passphrase, "-C", "me@there", "-f", str(path)]
        subprocess.run(["ssh-keygen", "-q", *arguments], check=True)
        return path

    return made


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Start an agent; the fixture hands keys to it."""
    socket = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))

        def add(path: Path) -> None:
            subprocess.run(["ssh-add", "-q", str(path)], check=True)

        yield add
        process.terminate()


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put another ssh-keygen into the place of the real one."""
    (folder / "bin").mkdir()
    (folder / "bin" / "ssh-keygen").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bin" / "ssh-keygen").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")


@pytest.mark.parametrize("kind", [("ed25519",), ("ecdsa",), ("ecdsa", "-b", "521"), ("rsa", "-b", "2048")])
def test_every_kind_that_a_board_accepts(make: Callable[..., Path], kind: tuple[str, ...]) -> None:
    path = make(*kind)
    key = read_own_key(path)
    assert f"{key.public_key} me@there\n" == path.with_suffix(".pub").read_text()
    messages = [b"one", b"two", b""]
    for message, signature in zip(messages, key.sign(messages, NAMESPACE), strict=True):
        verify(message, signature, key.public_key, NAMESPACE)


def test_a_kind_that_none_accepts_is_refused(make: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(CliError, match="cannot sign submissions: an RSA key must have 2048"):
        read_own_key(make("rsa", "-b", "1024"))
    make_certificate = ["-s", str(make()), "-I", "me", str(tmp_path / "id.pub")]
    subprocess.run(["ssh-keygen", "-q", *make_certificate], check=True)
    with pytest.raises(CliError, match=r"keys of type .*cert.* are not accepted"):
        read_own_key(tmp_path / "id-cert.pub")


def test_a_private_key_alone_is_enough(make: Callable[..., Path]) -> None:
    path = make()
    public = path.with_suffix(".pub")
    expected = public.read_text().rsplit(" ", 1)[0]
    public.unlink()
    assert read_own_key(path).public_key == expected


def test_an_agent_signs_for_a_public_key(make: Callable[..., Path], agent: Callable[[Path], None]) -> None:
    path = make()
    public = path.with_suffix(".pub")
    agent(path)
    path.unlink()
    key = read_own_key(public)
    (signature,) = key.sign([b"x"], NAMESPACE)
    verify(b"x", signature, key.public_key, NAMESPACE)
    key.require_unattended()


def test_without_its_agent_a_public_key_is_none(make: Callable[..., Path]) -> None:
    path = make()
    path.unlink()
    with pytest.raises(CliError, match="Neither a file nor an agent"):
        read_own_key(path.with_suffix(".pub")).sign([b"x"], NAMESPACE)


def test_nobody_is_asked_for_a_passphrase_where_nobody_is(
    make: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked"
    (tmp_path / "ask").write_text(f"#!/bin/sh\ntouch '{asked}'\necho secret\n")
    (tmp_path / "ask").chmod(0o755)
    monkeypatch.setenv("SSH_ASKPASS", str(tmp_path / "ask"))
    monkeypatch.setenv("DISPLAY", ":0")
    key = read_own_key(make(passphrase="secret"))
    with pytest.raises(CliError, match=r"has a passphrase.*ssh-add"):
        key.sign([b"x"], NAMESPACE)
    with pytest.raises(CliError, match="has a passphrase"):
        key.require_unattended()
    assert not asked.exists()


@pytest.mark.parametrize(("typed", "prompts", "code"), [("secret", 1, 0), ("wrong", 1, 1)])
def test_a_terminal_is_asked_once_for_many(make: Callable[..., Path], typed: str, prompts: int, code: int) -> None:
    said, status = in_terminal([sys.executable, "-c", SIGN, str(make(passphrase="secret"))], typed)
    assert said.count("Enter passphrase") == prompts
    assert status == code
    assert said.count("BEGIN SSH SIGNATURE") == (3 if code == 0 else 0)
    assert ("was not the passphrase" in said) == (code == 1)


def in_terminal(command: list[str], typed: str) -> tuple[str, int]:
    """Run a command in a terminal of its own and type a line once it asks; return what was shown and the exit code."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(command[0], command)
    said = b""
    try:
        while part := os.read(terminal, 65536):
            said += part
            if part.rstrip().endswith(b":"):
                os.write(terminal, f"{typed}\n".encode())
    except OSError:
        pass  # the terminal is gone with the process
    finally:
        os.close(terminal)
    return said.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_key_that_others_can_read_is_refused(make: Callable[..., Path]) -> None:
    path = make()
    path.chmod(0o644)
    with pytest.raises(CliError, match=r"Others have access.*chmod 600"):
        read_own_key(path).sign([b"x"], NAMESPACE)


@pytest.mark.parametrize("content", [b"", b"\xff" * 200_000, b"ssh-ed25519", b"ssh-ed25519 AAAA\n", b"sk-\x1b[31m x"])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "junk").write_bytes(content)
    (tmp_path / "junk").chmod(0o600)
    with pytest.raises(CliError) as caught:
        read_own_key(tmp_path / "junk")
    assert str(tmp_path / "junk") in caught.value.message
    assert str(caught.value).isprintable()


def test_a_key_that_is_not_there(tmp_path: Path, make: Callable[..., Path]) -> None:
    with pytest.raises(CliError, match="There is no key"):
        read_own_key(tmp_path)
    with pytest.raises(CliError, match="home folder"):
        read_own_key(Path("~nobody-of-this-name/id"))
    path = make()
    key = read_own_key(path)
    path.unlink()
    path.with_suffix(".pub").unlink()
    with pytest.raises(CliError, match="no longer there"):
        key.sign([b"x"], NAMESPACE)


def test_a_public_half_of_another_key_is_noticed(make: Callable[..., Path], tmp_path: Path) -> None:
    path = make()
    key = read_own_key(path)
    make()
    with pytest.raises(CliError, match="does not hold: it was made with another key"):
        OwnKey(key.public_key, path).sign([b"x"], NAMESPACE)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 0", "does not hold"),
        ("for last; do :; done; head -c 99999 /dev/zero > $last.sig", "does not hold"),
        ("for last; do :; done; printf '\\377' > $last.sig", "does not hold"),
        ("head -c 9999999 /dev/zero >&2; exit 1", "could not use"),
        ("printf 'bad\\033[31m news.\\n' >&2; exit 1", r"could not use .*bad \[31m news\. "),
        ("echo 'unknown option -- Y' >&2; echo 'usage: ssh-keygen [options]' >&2; exit 1", "OpenSSH 8.1"),
        ("exec sleep 60", "within 1 second"),
    ],
)
def test_an_ssh_keygen_that_does_something_else(
    make: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    key = read_own_key(make())
    monkeypatch.setattr(own_key, "UNATTENDED_SECONDS", 1 if "sleep" in script else 20)
    program(tmp_path, monkeypatch, script)
    with pytest.raises(CliError, match=reason) as caught:
        key.sign([b"x"], NAMESPACE)
    assert str(caught.value).isprintable()


def test_a_machine_without_ssh_keygen(
    make: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = read_own_key(make())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CliError, match="not on this machine"):
        key.sign([b"x"], NAMESPACE)
    assert key.sign([], NAMESPACE) == [], "where there is nothing to sign, nothing is run"


def test_a_security_key_is_not_for_scheduled_runs(tmp_path: Path) -> None:
    key = OwnKey("sk-ssh-ed25519@openssh.com AAAA", tmp_path / "id_sk")
    with pytest.raises(CliError, match="somebody has to touch it"):
        key.require_unattended()
