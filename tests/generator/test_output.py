from collections.abc import Iterator
from pathlib import Path

import pytest

from generator import GeneratorError, output
from generator.output import MARKER, Page


def _publish(site: Path, **pages: str) -> None:
    with output.workspace(site) as place:
        output.write(place.new, (Page(f"{name}.html", text.encode()) for name, text in pages.items()))
        output.swap(place, site)


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_site_replaces_the_one_before_it(tmp_path: Path) -> None:
    site = tmp_path / "deep" / "site"
    _publish(site, index="one", gone="x")
    _publish(site, index="two")
    assert set(_tree(site)) == {"index.html", MARKER}
    assert (site / "index.html").read_text() == "two"
    assert {path.name for path in (site.parent / ".site.build").iterdir()} == {"lock", ".gitignore"}


def test_the_folders_own_gitignore_stays(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / ".gitignore").write_text("*\n!.gitignore\n")
    for _ in range(2):
        _publish(site, index="x")
        assert (site / ".gitignore").read_text() == "*\n!.gitignore\n"


@pytest.mark.parametrize("name", ["thesis.tex", ".gitignore.swp", "index.html"])
def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path, name: str) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / ".gitignore").write_text("*")
    (site / name).write_text("years of work")
    before = _tree(site)
    with pytest.raises(GeneratorError, match=f"holds something that no build made \\({name}"):
        _publish(site, index="x")
    assert _tree(site) == before


def test_a_file_where_the_site_should_be(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("mine")
    with pytest.raises(GeneratorError, match="is not a folder"):
        _publish(tmp_path / "site", index="x")
    assert (tmp_path / "site").read_text() == "mine"


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    _publish(tmp_path / "link", index="x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "index.html").exists()


def test_a_failure_leaves_the_old_site(tmp_path: Path) -> None:
    site = tmp_path / "site"
    _publish(site, index="one")
    before = _tree(site)

    def pages() -> Iterator[Page]:
        yield Page("index.html", b"two")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), output.workspace(site) as place:
        output.write(place.new, pages())
    assert _tree(site) == before
    assert {path.name for path in (tmp_path / ".site.build").iterdir()} == {"lock", ".gitignore"}


def test_a_crash_between_the_renames_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    _publish(site, index="one")
    before = _tree(site)
    rename = Path.rename

    def crash(path: Path, target: Path) -> Path:
        if path.name.startswith("new"):
            raise MemoryError
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", crash)
        with pytest.raises(MemoryError):
            _publish(site, index="two")
    assert _tree(site) == before


def test_what_a_killed_build_left_is_swept_up(tmp_path: Path) -> None:
    site = tmp_path / "site"
    _publish(site, index="one")
    before = _tree(site)
    left = tmp_path / ".site.build"
    (left / "new-1" / "half").mkdir(parents=True)
    (left / "warehouse.duckdb").write_bytes(b"x")
    site.rename(left / "old")  # killed between the two renames
    with output.workspace(site) as place:
        assert _tree(site) == before
        assert list(place.new.iterdir()) == []
        assert not place.old.exists()
        assert not (left / "new-1").exists()
        assert not (left / "warehouse.duckdb").exists()


def test_what_outlives_a_killed_build_does_not_write_into_the_next(tmp_path: Path) -> None:
    with output.workspace(tmp_path / "site") as killed:
        pass
    with output.workspace(tmp_path / "site") as place:
        output.write(killed.new, iter([Page("late.html", b"x")]))
        output.swap(place, tmp_path / "site")
    assert set(_tree(tmp_path / "site")) == {MARKER}


def test_two_builds_do_not_mix(tmp_path: Path) -> None:
    with output.workspace(tmp_path / "site"), pytest.raises(GeneratorError, match="Another build"):
        _publish(tmp_path / "site", index="x")
    _publish(tmp_path / "site", index="x")


def test_a_path_may_not_be_written_twice(tmp_path: Path) -> None:
    pages = [Page("a/b.html", b""), Page("a/b.html", b"")]
    with pytest.raises(GeneratorError, match=r"Two pages want the path a/b\.html"):
        output.write(tmp_path, iter(pages))


@pytest.mark.parametrize("paths", [["a", "a/b"], ["a/b", "a"]])
def test_a_page_cannot_be_a_folder_too(tmp_path: Path, paths: list[str]) -> None:
    with pytest.raises(GeneratorError, match="Two pages want the path"):
        output.write(tmp_path, (Page(path, b"") for path in paths))


def test_case_alone_does_not_tell_paths_apart() -> None:
    output.check_distinct(["profile/ada/index.html", "profile/bob/index.html"])
    with pytest.raises(GeneratorError, match="Two pages want the path profile/Ada"):
        output.check_distinct(["profile/ada/index.html", "profile/Ada/index.html"])


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", "a\\..\\b", "a\nb", "a\0b"]
)
def test_no_page_leads_out_of_the_site(tmp_path: Path, path: str) -> None:
    with pytest.raises(GeneratorError, match="no path of a page"):
        output.write(tmp_path / "new", iter([Page(path, b"x")]))


def test_a_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(GeneratorError, match="cannot be written beside"):
        _publish(tmp_path / "file" / "site", index="x")
