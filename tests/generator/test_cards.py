"""What other places show of a user: badges and cards that are sound whatever is in them, and pictures drawn once."""

import base64
import dataclasses
import datetime as dt
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import Browser

from generator.build import build_entries
from generator.graphs import badge, card, card_png, heatmap, intensity, lettering
from generator.people import Account, People, keys_path, picture_path
from tests.generator.conftest import Store, usage
from validator.config import Leaderboard
from validator.signature import fingerprint, public_key_text
from validator.store import profile_path
from validator.submission import Device, Profile, User, render_profile

TODAY = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
ATTACK = '"><script>alert(1)</script><image href="https://evil.example/x"/>&amp;]]>{{ 6*7 }}'
NAMES = (
    "Ada Demo",
    "محمد بن عبد الله (مطوّر)",
    "👩‍💻 山田 太郎 🇯🇵",
    "Z̷̡̛͔͓̈́̓a̶͖̓l̴͙̿g̵̰͝o",
    "a" * 39,
    "Ж" * 100,
    ATTACK,
)


def made(days: Mapping[dt.date, int] | None = None, **other: object) -> card.Card:
    """A card of somebody who used more every day for a year."""
    days = days if days is not None else {TODAY - dt.timedelta(days=back): 10**6 * (400 - back) for back in range(365)}
    usual = card.Card(
        board="Test board",
        name="Ada Demo",
        login="ada-demo",
        rank=3,
        tokens=sum(days.values()),
        cost="$1,234",
        active_days=len(days),
        streak=12,
        longest_streak=41,
        models=(("claude-opus-4-5", "62.5%"), ("gpt-5.1", "21.0%")),
        days=days,
        levels=intensity.levels(days),
    )
    return dataclasses.replace(usual, **other)  # type: ignore[arg-type]


@given(st.text(max_size=60), st.integers(20, 400))
def test_what_is_cut_fits_and_ends_where_a_character_does(text: str, room: int) -> None:
    fitted = lettering.fit(text, 12, room)
    assert lettering.width(fitted, 12) <= room
    assert "".join(lettering.clusters(text)) == text
    if fitted != text:
        pieces = list(lettering.clusters(text))
        starts = {"".join(pieces[:end]).rstrip() for end in range(len(pieces) + 1)}
        assert fitted.removesuffix("…") in starts


def test_joined_emoji_marks_and_flags_stay_whole() -> None:
    assert list(lettering.clusters("e\u0301👩‍💻🇯🇵🇫🇷👍🏽x")) == ["e\u0301", "👩‍💻", "🇯🇵", "🇫🇷", "👍🏽", "x"]


def test_a_badge_says_all_and_is_as_wide_as_its_words() -> None:
    drawing = ET.fromstring(badge.svg("tokens", "1.23 B · #3", "Ada: 1.23 B tokens"))
    assert drawing.findtext("{*}title") == "Ada: 1.23 B tokens"
    texts = list(drawing.iter("{http://www.w3.org/2000/svg}text"))
    assert [each.text for each in texts] == ["tokens", "1.23 B · #3"]
    last = texts[-1]
    assert float(last.attrib["x"]) + float(last.attrib["textLength"]) < float(drawing.attrib["width"])


@pytest.mark.parametrize("name", NAMES)
def test_cards_are_sound_light_and_ask_for_nothing(name: str) -> None:
    given_ = made(name=name, board=name, models=((name, "1%"), (name, "<0.1%"), (name, "50%")))
    for svg in (card.flat(given_, TODAY), card.solid(given_, TODAY)):
        drawing = ET.fromstring(svg)
        tags = {each.tag.rpartition("}")[2] for each in drawing.iter()}
        assert not tags & {"script", "image", "foreignObject", "use", "a", "link"}
        assert not re.findall(r"url\((?!#)|@import|@font-face", svg)
        for each in drawing.iter():
            assert not [key for key in each.attrib if key.startswith("on") or key.endswith("href")]
        assert name in (drawing.findtext("{*}title") or "")
        assert len(svg.encode()) < 14_000


def test_a_year_is_drawn_and_no_day_to_come() -> None:
    shown = made()
    drawing = ET.fromstring(card.flat(shown, TODAY))
    lines = drawing.iter("{http://www.w3.org/2000/svg}polyline")
    points = Counter[tuple[int, int]]()
    for line in lines:
        numbers = [int(each) for each in line.attrib["points"].split()]
        points.update(zip(numbers[::2], numbers[1::2], strict=True))
    first = heatmap.first_day(TODAY)
    assert points == Counter(divmod((day - first).days, 7) for day in shown.days if first <= day <= TODAY)
    assert [path.attrib["d"] for path in drawing.findall(".//{*}path")] == [heatmap.area(first, first, TODAY)]


def test_long_ago_and_not_at_all_can_be_drawn() -> None:
    for days in ({dt.date(2020, 1, 1): 5}, {TODAY: 10**15}):
        for draw in (card.flat, card.solid):
            ET.fromstring(draw(made(days), TODAY))
        assert card_png.png(made(days), TODAY)


def test_a_picture_is_of_the_right_size_and_weight() -> None:
    for name in NAMES:
        content = card_png.png(made(name=name, board=name), TODAY)
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.format, picture.size) == ("PNG", (1200, 630))
        assert len(content) < 20_000
    with Image.open(io.BytesIO(card_png.board_png("山田", "A sentence"))) as picture:
        assert picture.size == (1200, 630)


@pytest.mark.parametrize("name", NAMES[1:4])
def test_a_picture_shows_the_login_for_a_name_that_its_font_cannot_write(name: str) -> None:
    assert card_png.png(made(name=name), TODAY) == card_png.png(made(name="ada-demo"), TODAY)


def test_a_picture_is_drawn_only_when_it_would_change(monkeypatch: pytest.MonkeyPatch) -> None:
    old = card_png.png(made(), TODAY)
    assert card_png.png(made(rank=4), TODAY, old) != old
    assert card_png.png(made(), TODAY, b"anything") == old
    other = dict(made().levels) | {TODAY: 1}
    assert card_png.png(made(levels=other), TODAY, old) != old
    monkeypatch.setattr(Image, "fromarray", None)
    assert card_png.png(made(), TODAY, old) == old, "nothing was drawn"


def test_a_picture_is_the_same_in_every_process() -> None:
    script = (
        "import datetime as dt, sys; from tests.generator import test_cards as t;"
        "sys.stdout.buffer.write(t.card_png.png(t.made(), t.TODAY))"
    )
    environment = {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "LC_ALL": "C", "PATH": "", "PYTHONPATH": "."}
    there = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True).stdout
    assert card_png.png(made(), TODAY) == there


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_other_sites_show_cards_in_their_readers_colours(browser: Browser, scheme: Literal["light", "dark"]) -> None:
    """As an image, which runs no script and loads nothing, wherever it stands."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": 800, "height": 500})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url[:5]))
    for draw, tall in ((card.flat, 280), (card.solid, 472)):
        data = base64.b64encode(draw(made(name=ATTACK), TODAY).encode()).decode()
        page.set_content(f'<body style="margin:0"><img src="data:image/svg+xml;base64,{data}">')
        assert page.evaluate("[document.images[0].naturalWidth, document.images[0].naturalHeight]") == [736, tall]
        with Image.open(io.BytesIO(page.screenshot())) as shot:
            colours = shot.convert("RGB").crop((24, 125, 712, tall - 30)).getcolors(1 << 20)
            paper = shot.convert("L").getpixel((20, 70))
        assert len(colours or []) > 20, "there is a graph"
        assert isinstance(paper, int | float)
        assert paper > 240 if scheme == "light" else paper < 40
    assert set(asked) <= {"data:"}
    context.close()


def test_every_page_names_a_picture_that_there_is(tmp_path: Path, leaderboard: Leaderboard) -> None:
    store = Store()
    store.use(7, {"2026-06-19": [usage()]})
    build_entries(store.entries(), tmp_path / "site", leaderboard, NOW)
    pictures = {}
    for path in sorted((tmp_path / "site").rglob("*.html")):
        text = path.read_text()
        (picture,) = re.findall(r'<meta property="og:image" content="https://board\.example/([^"]+)">', text)
        assert (tmp_path / "site" / picture).is_file()
        for name in ("title", "description", "type", "site_name", "image:width", "image:height", "image:alt"):
            assert len(re.findall(rf'<meta property="og:{name}" content="[^"]+">', text)) == 1, (path, name)
        assert '<meta name="twitter:card" content="summary_large_image">' in text
        pictures[path.parent.name] = picture
    assert pictures["user7"] == "card/user7.png"
    assert pictures["about"] == "card.png"


def _joined(store: Store, user_id: int) -> str:
    """Let somebody with a key join, and return the key's fingerprint."""
    key = public_key_text(Ed25519PrivateKey.generate())
    device = Device(id="device01", public_key=key, created_at="2026-01-01T00:00:00Z")
    user = User(id=user_id, login=f"user{user_id}")
    profile = Profile(schema_version=1, user=user, display_name="Somebody", devices=(device,))
    store.put(profile_path(user_id), render_profile(profile))
    store.use(user_id, {"2026-06-19": [usage()]})
    return fingerprint(key)


def test_pictures_and_listed_keys_of_people_are_shown(tmp_path: Path, leaderboard: Leaderboard) -> None:
    store, folder = Store(), tmp_path / "people"
    folder.mkdir()
    listed, _ = _joined(store, 7), _joined(store, 8)
    picture_path(folder, 7).write_bytes(b"RIFF and more")
    picture_path(folder, 8).write_bytes(b"<script>")
    keys_path(folder, 7).write_text(f"SHA256:another\n{listed}\n")
    keys_path(folder, 8).write_text(f"\n{listed}\n")
    asked: list[Account] = []

    def people(accounts: Sequence[Account]) -> People:
        asked.extend(accounts)
        return People.of(folder, accounts)

    build_entries(store.entries(), tmp_path / "site", leaderboard, NOW, people=people)
    site = {path.relative_to(tmp_path / "site").as_posix(): path for path in (tmp_path / "site").rglob("*.*")}
    first, second = (site[f"profile/user{user_id}/index.html"].read_text() for user_id in (7, 8))
    assert asked == [Account(7, "user7"), Account(8, "user8")]
    assert site["avatars/7.webp"].read_bytes() == b"RIFF and more"
    assert "avatars/7.webp" in first
    assert "avatars/8.svg" in second
    assert {"avatars/7.webp", "avatars/8.svg"} <= set(re.findall(r"avatars/[\w.]+", site["index.html"].read_text()))
    assert "avatars/7.webp" in site["api/users/user7.json"].read_text()
    assert "listed at GitHub" in first
    assert "listed at GitHub" not in second, "only the user's own keys count"
