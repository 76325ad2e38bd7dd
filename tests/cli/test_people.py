"""What GitHub shows of people: asked for once a week, kept, and never trusted."""

import io
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cli import CliError
from cli.people import DAYS, FAILURES, THREADS, fingerprints, gather
from cli.settings import Settings
from generator.avatar import MOST, SIZE, webp
from generator.people import Account, keys_path, picture_path
from tests.github.faults import Fault
from tests.github.stand_in import GitHub
from validator.signature import fingerprint

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43
ADA, GRACE = Account(4242, "ada-demo"), Account(300, "grace-demo~300")


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub(tmp_path / "github") as github:
        yield github


def settings(url: str, folder: Path) -> Settings:
    return Settings(folder, folder, folder, {"GITHUB_API_URL": url, "GITHUB_SERVER_URL": url})


def picture(kind: str = "PNG", size: tuple[int, int] = (460, 460), frames: int = 1) -> bytes:
    """A colourful picture."""
    made = [Image.linear_gradient("L").resize(size).convert("RGB") for _ in range(frames)]
    target = io.BytesIO()
    made[0].save(target, kind, **({"save_all": True, "append_images": made[1:]} if frames > 1 else {}))
    return target.getvalue()


def test_pictures_and_keys_are_asked_for_once_a_week(github: GitHub, tmp_path: Path) -> None:
    ada = github.user(ADA.user_id, ADA.login)
    ada.picture = picture()
    github.signing_key(ada, f"{KEY} ada@laptop")
    folder, here = tmp_path / "people", settings(github.url, tmp_path)
    people = gather(folder, [GRACE, ADA], here)
    assert people.pictured == {ADA.user_id}
    assert keys_path(folder, ADA.user_id).read_text() == fingerprint(KEY) + "\n"
    assert picture_path(folder, GRACE.user_id).read_bytes() == b"", "nobody has the number, which is known now"
    asked = {target for _, target, _ in github.log}
    assert asked == {"/avatars/u/4242", "/avatars/u/300", "/users/ada-demo/ssh_signing_keys"}
    assert gather(folder, [GRACE, ADA], here) == people
    assert len(github.log) == 3, "what was answered is not asked again"
    for path in folder.iterdir():
        long_ago = path.stat().st_mtime - DAYS * 86_400
        os.utime(path, (long_ago, long_ago))
    ada.signing_keys.clear()
    gather(folder, [ADA], here)
    assert len(github.log) == 5, "but after a week"
    assert keys_path(folder, ADA.user_id).read_bytes() == b""


@pytest.mark.parametrize("fault", ["500", "403 retry-after", "drop before"])
def test_what_cannot_be_had_is_left_as_it_was_and_asked_for_again(github: GitHub, tmp_path: Path, fault: Fault) -> None:
    github.user(ADA.user_id, ADA.login).picture = picture()
    folder, here = tmp_path / "people", settings(github.url, tmp_path)
    github.fail("GET", "*", fault, times=2)
    assert gather(folder, [ADA], here).pictured == set()
    assert list(folder.iterdir()) == []
    assert gather(folder, [ADA], here).pictured == {ADA.user_id}


def test_who_never_answers_is_not_asked_for_everybody(github: GitHub, tmp_path: Path) -> None:
    everybody = [Account(number, f"user{number}") for number in range(1, 500)]
    github.fail("GET", "*", "502", times=2_000)
    assert gather(tmp_path / "people", everybody, settings(github.url, tmp_path)).pictured == set()
    assert len(github.log) < 2 * (FAILURES + THREADS), "some of each kind, and what was under way"


def test_a_network_that_is_not_there_breaks_nothing(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        here = settings(f"http://127.0.0.1:{nobody.getsockname()[1]}", tmp_path)
        assert gather(tmp_path / "people", [ADA], here).pictured == set()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CliError, match="--people"):
        gather(tmp_path / "file" / "people", [ADA], settings("http://127.0.0.1:1", tmp_path))


@pytest.mark.parametrize("nonsense", [b"[", b"{}", b'[{"key": 1}]', b"[" * 100_000, b"\xff", b"<html>"])
def test_lists_of_keys_that_make_no_sense_are_empty(nonsense: bytes) -> None:
    assert fingerprints(nonsense) == b""


def test_of_listed_keys_those_count_that_are_keys() -> None:
    listed = [{"key": f"{KEY} a comment"}, {"key": "ssh-ed25519 no"}, {"key": ""}, {"key": "\u0000"}]
    assert fingerprints(json.dumps(listed).encode()).decode() == fingerprint(KEY) + "\n"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_becomes_a_small_one(kind: str) -> None:
    made = webp(picture(kind, (300, 200)))
    with Image.open(io.BytesIO(made)) as small:
        assert (small.format, small.size) == ("WEBP", (SIZE, SIZE))
    assert len(made) <= MOST
    noise = Image.effect_noise((460, 460), 120).convert("RGB")
    target = io.BytesIO()
    noise.save(target, "PNG")
    assert 0 < len(webp(target.getvalue())) <= MOST


def test_a_moving_picture_stands_still() -> None:
    with Image.open(io.BytesIO(webp(picture("GIF", frames=3)))) as small:
        assert getattr(small, "n_frames", 1) == 1


def test_what_is_no_picture_is_none() -> None:
    whole = picture()
    tiff, bomb = picture("TIFF"), picture("PNG", (1400, 1400))
    for content in (b"", b"<svg/>", b"\x89PNG\r\n\x1a\n", whole[:-800], whole[:40] + b"\0" * 400, tiff, bomb):
        assert webp(content) == b""


@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_bytes_break_the_reader_of_pictures(damage: bytes, place: int) -> None:
    whole = picture("GIF", (40, 40))
    made = webp(whole[:place] + damage + whole[place + len(damage) :])
    assert made == b"" or made.startswith(b"RIFF")
