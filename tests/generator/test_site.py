"""A whole site, read as a browser and a search engine would: links and anchors resolve, HTML and XML are sound."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import html5lib
import pytest

from generator import achievements, pages
from generator.build import build_entries
from generator.flagged import FlaggedSubmission, Submitter
from tests.generator.conftest import Store, usage
from validator.config import Leaderboard
from validator.rules import RULES

NOW = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
BOARD = Leaderboard(title="A & <b>", site_url="https://board.example/team/", repository="board/store")
ATTACK = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}&amp;"
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
Tree = dict[str, bytes]


def _flagged(number: int, reason: str, username: str = "ada-demo") -> FlaggedSubmission:
    return FlaggedSubmission(number, Submitter(username, "https://pictures.example/1"), 912_345_678, reason, NOW)


QUEUE = (_flagged(21, "daily-tokens, round-total"), _flagged(19, "a-rule-of-tomorrow", "robot[bot]"))


def _crowd() -> Store:
    """More than a page of people: one is an attack, one uses 60 models, one has used ten years, one was renamed."""
    store = Store()
    for user in range(1, 54):
        store.use(user, {"2026-06-18": [usage(1000 * user)], "2026-05-02": [usage(10)]})
    store.profile(1, "ada", ATTACK)
    store.profile(2, "Ada", "عبد 👩‍👩‍👧 例え")
    store.use(3, {"2026-06-19": [usage(10**12 // 60, model=f"model-{number}") for number in range(60)]}, "device02")
    store.use(4, {f"{year}-03-0{day}": [usage(50 * year)] for year in range(2017, 2026) for day in (1, 2)}, "device02")
    return store


def _built(store: Store, folder: Path, queue: tuple[FlaggedSubmission, ...]) -> Tree:
    build_entries(store.entries(), folder, BOARD, NOW, flagged=queue, processes=1)
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".token-tracker-site")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return _built(_crowd(), tmp_path_factory.mktemp("crowded") / "site", QUEUE)


@pytest.fixture(scope="module")
def deserted(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return _built(Store(), tmp_path_factory.mktemp("deserted") / "site", ())


@pytest.fixture(params=["crowded", "deserted"])
def tree(request: pytest.FixtureRequest) -> Tree:
    found: Tree = request.getfixturevalue(request.param)
    return found


def _parsed(path: str, content: bytes) -> ElementTree.Element:
    """Parse a page as the HTML standard says, and insist that it says not one parse error happened."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    document: ElementTree.Element = parser.parse(content, transport_encoding="utf-8")
    assert [(code, data) for _, code, data in parser.errors] == [], path
    return document


def _pages(tree: Tree) -> Iterator[tuple[str, ElementTree.Element]]:
    """Yield every page of a kind only once or twice: what fifty profiles have in common is read for three."""
    kept = [path for path in sorted(tree) if path.endswith(".html") and not re.search(r"profile/user(?!3/|4/)", path)]
    for path in kept:
        yield path, _parsed(path, tree[path])


def _file(address: str) -> str:
    """Return the file below the site that an address of it leads to."""
    path = unquote(urlsplit(address).path).removeprefix("/team/")
    return f"{path}index.html" if path == "" or path.endswith("/") else path


def test_every_link_picture_and_anchor_of_the_site_leads_somewhere(tree: Tree) -> None:
    read = dict(_pages(tree))
    anchors = {path: {each.get("id") for each in page.iter()} for path, page in read.items()}
    broken = []
    for path, page in read.items():
        here = BOARD.site_url + path.removesuffix("index.html")
        references = [
            value for each in page.iter() for name in ("href", "src") if (value := each.get(name)) is not None
        ]
        for address in (urljoin(here, reference) for reference in references):
            target, anchor = _file(address), urlsplit(address).fragment
            if not address.startswith(BOARD.site_url):
                assert address.startswith("https://"), (path, address)
            elif target not in tree or (anchor and target in anchors and anchor not in anchors[target]):
                broken.append((path, address))
    assert broken == []


def _former(tree: Tree) -> set[str]:
    """Return the pages at addresses that users had before: they lead on and are not for search engines."""
    return {path for path, content in tree.items() if b'<meta name="robots" content="noindex">' in content}


def test_every_page_can_be_reached_from_the_front_page(crowded: Tree) -> None:
    reached, waiting = {"index.html"}, ["index.html"]
    while waiting:
        path = waiting.pop()
        here = BOARD.site_url + path.removesuffix("index.html")
        for reference in re.findall(rb'<a\b[^>]* href="([^"]+)"', crowded[path]):
            target = _file(urljoin(here, reference.decode().replace("&amp;", "&")))
            if target in crowded and target.endswith(".html") and target not in reached:
                reached.add(target)
                waiting.append(target)
    assert {path for path in crowded if path.endswith(".html")} - reached == {"404.html", *_former(crowded)}


def test_pages_are_sound_html_for_everybody(tree: Tree) -> None:
    for path, page in _pages(tree):
        ids = [value for each in page.iter() if (value := each.get("id")) is not None]
        assert len(ids) == len(set(ids)), f"{path} has an id twice"
        assert len(page.findall(".//h1")) == 1, path
        assert not [image for image in page.iter("img") if image.get("alt") is None], path
        named = {name for each in page.iter() for name in (each.get("aria-labelledby") or "").split()}
        assert named <= set(ids), f"{path} is labelled by {named - set(ids)}"


def test_an_attack_in_every_string_stays_text(crowded: Tree) -> None:
    for path, page in _pages(crowded):
        scripts = [each for each in page.iter("script") if not (each.get("src") or "").endswith("assets/site.js")]
        assert scripts == [], path
        assert not [name for each in page.iter() for name in each.attrib if name.startswith("on")], path
        assert not page.findall(".//img[@src='x']"), path
    assert not [
        path for path, content in crowded.items() if b"<script>alert" in content and path.endswith(("html", "xml"))
    ]


def test_the_sitemap_has_every_page_and_nothing_else(tree: Tree) -> None:
    root = ElementTree.fromstring(tree["sitemap.xml"])
    addresses = [each.text or "" for each in root.iter(f"{SITEMAP}loc")]
    assert addresses == sorted(addresses)
    assert {_file(address) for address in addresses} == {
        path for path in tree if path.endswith("index.html")
    } - _former(tree)
    assert f"Sitemap: {BOARD.site_url}sitemap.xml" in tree["robots.txt"].decode()


def test_a_sitemap_too_long_for_one_file_is_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.pages.sitemap.MOST", 2)
    logins = [f"a~{number}" for number in range(4)]
    found = pages.sitemap_pages(["index.html", "api/build.json"], logins, BOARD)
    made = {page.path: ElementTree.fromstring(page.content) for page in found}
    listed = [each.text for each in made["sitemap.xml"].iter(f"{SITEMAP}loc")]
    assert listed == [f"{BOARD.site_url}sitemap-{number}.xml" for number in (1, 2, 3)]
    parts = [each.text for number in (1, 2, 3) for each in made[f"sitemap-{number}.xml"].iter(f"{SITEMAP}loc")]
    assert parts == [BOARD.site_url, *(f"{BOARD.site_url}profile/{login}/" for login in logins)]


def test_the_feed_is_sound_and_newest_first(crowded: Tree) -> None:
    feed = ElementTree.fromstring(crowded["feed.xml"])
    assert [feed.findtext(f"{ATOM}{name}") for name in ("title", "updated")] == [BOARD.title, "2026-06-01T00:00:00Z"]
    entries = feed.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in entries]
    assert len(set(ids)) == len(ids) == 50 + 10, "of 53 users, and every month with usage but this one"
    updated = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert updated == sorted(updated, reverse=True)
    titles = {identity: entry.findtext(f"{ATOM}title") for identity, entry in zip(ids, entries, strict=True)}
    assert titles["tag:board.example,2026-06-01:team/user/53"] == "user53 joined"
    assert titles["tag:board.example,2026-06-01:team/month/2026-05"] == f"{ATTACK} (ada~1) led May 2026"
    links = [link.get("href") or "" for link in feed.findall(f"{ATOM}entry/{ATOM}link")]
    assert len(links) == len(ids)
    assert {_file(link) for link in links} <= set(crowded)


def test_an_empty_feed_is_a_feed(deserted: Tree) -> None:
    feed = ElementTree.fromstring(deserted["feed.xml"])
    assert feed.findtext(f"{ATOM}updated") == "2026-06-20T00:00:00Z"
    assert feed.findall(f"{ATOM}entry") == []


def test_the_queue_says_who_waits_for_what_and_leads_to_it(crowded: Tree, deserted: Tree) -> None:
    page = crowded["review/index.html"].decode()
    assert "2 submissions waiting" in page
    assert 'href="https://github.com/board/store/pull/21">#21</a>' in page
    assert 'href="https://github.com/robot">robot[bot]</a>' in page
    assert re.search(r'href="\.\./rules/#round-total" title="[^"]+">round-total</a>', page)
    assert "<li>a-rule-of-tomorrow</li>" in page, "no link to a rule that is not explained here"
    assert "token-tracker review approve 19" in page
    assert "Nothing waiting" in deserted["review/index.html"].decode()


def test_every_rule_is_explained_with_the_numbers_of_this_board() -> None:
    policy = BOARD.policy.model_copy(update={"daily_tokens": 123_456_789, "mean_factor": 7.5})
    made = {page.path: page for page in pages.site_pages(BOARD.model_copy(update={"policy": policy}), NOW)}
    page = _parsed("rules/", made["rules/index.html"].content)
    articles = {article.get("id"): "".join(article.itertext()) for article in page.iter("article")}
    assert set(articles) == {rule.code for rule in RULES}
    for rule in RULES:
        assert all(text.replace("`", "") in articles[rule.code] for _, text in rule.sections), rule.code
    assert "daily_tokens = 123,456,789" in articles["daily-tokens"]
    assert "mean_factor = 7.5" in articles["daily-mean"]
    rows = {"".join(row[0].itertext()): "".join(row[1].itertext()) for row in page.findall(".//tbody/tr")}
    assert rows["daily_tokens"] == "123,456,789"
    assert set(rows) == {*type(policy).model_fields, *(each.name for each in achievements.RULES)}
    assert {each.name: each.rule for each in achievements.RULES}.items() <= rows.items()


@pytest.mark.parametrize("client", ["", "Iv1.abc"])
def test_access_is_ended_where_it_was_given(client: str) -> None:
    board = BOARD.model_copy(update={"oauth_client_id": client})
    made = {page.path: page.content.decode() for page in pages.site_pages(board, NOW)}
    expected = f"connections/applications/{client}" if client else "settings/applications"
    assert f'{expected}">' in made["settings/index.html"]
