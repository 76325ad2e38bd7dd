"""Attacks by what lies where: modes, names, and places that are not the author's."""

from tests.validator.attacks.attack import attack
from tests.validator.attacks.scene import ADA, BOB, Scene, file, folder
from validator.store import reviews_path, user_folder

OWN = user_folder(ADA.id).encode()
MONTH = ADA.path().encode()


@attack("verified")
def honest(scene: Scene) -> str:
    """Nothing: a first month with the profile (honest)."""
    return scene.commit(ADA.files())


@attack("rejected", "kind")
def symlink(scene: Scene) -> str:
    """A submission as a symbolic link to another user's file."""
    return scene.files_and((MONTH, ("120000", scene.blob(f"../../../{BOB.path()}".encode()))))


@attack("rejected", "kind", "place")
def folder_as_symlink(scene: Scene) -> str:
    """The device folder as a symbolic link to another user's."""
    return scene.head_with((OWN + b"/ab12cd34", ("120000", scene.blob(b"../../07/7/bb22bb22"))))


@attack("rejected", "kind")
def submodule(scene: Scene) -> str:
    """A submission as a submodule (gitlink)."""
    return scene.files_and((MONTH, ("160000", scene.board.main)))


@attack("rejected", "kind")
def executable(scene: Scene) -> str:
    """An executable submission (mode 100755)."""
    oid = scene.board.repository.entry(scene.board.repository.commit(scene.commit(ADA.files())).tree, ADA.path())
    assert oid
    return scene.files_and((MONTH, ("100755", oid.oid)))


@attack("rejected", "kind")
def group_writable(scene: Scene) -> str:
    """A submission of the forgotten mode 100664."""
    return scene.files_and((MONTH, ("100664", scene.blob())))


@attack("rejected", "own-file", "own-folder", "signature")
def rename(scene: Scene) -> str:
    """Another user's submission renamed into one's own folder."""
    scene.merged(ADA.files(ADA.submission({"2026-10-02": 5})))
    month = scene.board.repository.entry(scene.board.tree, BOB.path())
    assert month
    return scene.commit({BOB.path(): None, ADA.path(): month.oid})


@attack("rejected", "own-folder")
def other_folder(scene: Scene) -> str:
    """Another user's folder: a forged later month."""
    return scene.commit({BOB.path("2026-10"): BOB.files()[BOB.path()]})


@attack("rejected", "own-folder")
def other_deleted(scene: Scene) -> str:
    """Another user's submission deleted along with an honest change."""
    return scene.commit({**ADA.files(), BOB.path(): None})


@attack("rejected", "own-folder", "reviews-file")
def store_deleted(scene: Scene) -> str:
    """The whole store deleted."""
    return scene.head_with((b"submissions", None))


@attack("rejected", "kind", "place")
def store_as_link(scene: Scene) -> str:
    """The store itself replaced by a symbolic link."""
    return scene.head_with((b"submissions", ("120000", scene.blob(b"/etc"))))


@attack("rejected", "place")
def wrong_shard(scene: Scene) -> str:
    """One's own id in the shard of another."""
    return scene.commit({path.replace("/92/", "/93/"): text for path, text in ADA.files().items()})


@attack("rejected", "place")
def padded_id(scene: Scene) -> str:
    """One's own id with a leading zero."""
    return scene.commit({path.replace("/4242/", "/04242/"): text for path, text in ADA.files().items()})


@attack("rejected", "unlisted")
def parent_folder(scene: Scene) -> str:
    """`..` as a name in a tree."""
    return scene.files_and((OWN + b"/..", file(scene.blob())))


@attack("rejected", "unlisted")
def git_folder(scene: Scene) -> str:
    """`.git` as a name in a tree."""
    return scene.files_and((OWN + b"/.git", file(scene.blob())))


@attack("rejected", "unlisted")
def slash_in_name(scene: Scene) -> str:
    """A name with a slash in it, `../07/7`."""
    inner = scene.tree(("100644", b"../07/7/profile.json", scene.blob()))
    return scene.head_with((OWN, folder(inner)))


@attack("rejected", "unlisted")
def name_twice(scene: Scene) -> str:
    """The same name twice in one tree, once honest and once not."""
    inner = scene.tree(*(("100644", b"profile.json", scene.blob(text)) for text in (b"1", b"2")))
    return scene.head_with((OWN, folder(inner)))


@attack("rejected", "place")
def case_clash(scene: Scene) -> str:
    """Names that differ in case only, `AB12CD34` beside `ab12cd34`."""
    return scene.files_and((OWN + b"/AB12CD34/2026-11.json", file(scene.blob())))


@attack("rejected", "place")
def profile_in_capitals(scene: Scene) -> str:
    """`PROFILE.JSON` beside `profile.json`."""
    return scene.files_and((OWN + b"/PROFILE.JSON", file(scene.blob())))


@attack("rejected", "place")
def normal_forms(scene: Scene) -> str:
    """One name in both Unicode normal forms."""
    names = ("caf\u00e9", "cafe\u0301")
    return scene.files_and(*((f"{user_folder(ADA.id)}/{name}.json".encode(), file(scene.blob())) for name in names))


@attack("rejected", "place")
def unicode_digits(scene: Scene) -> str:
    """Digits of another script in a path, `2026-1\u0661.json`."""
    return scene.files_and((MONTH.replace(b"2026-11", "2026-1\u0661".encode()), file(scene.blob())))


@attack("rejected", "place")
def turned_around(scene: Scene) -> str:
    """A path that turns the writing direction around."""
    return scene.files_and((OWN + "/nosj\u202e.json".encode(), file(scene.blob())))


@attack("rejected", "place")
def no_utf8(scene: Scene) -> str:
    """A path that is not UTF-8."""
    return scene.files_and((OWN + b"/\xff\xfe.json", file(scene.blob())))


@attack("rejected", "place")
def line_break_in_path(scene: Scene) -> str:
    """A path with a line break and a workflow command after it."""
    return scene.files_and((OWN + b"/x\n::set-output name=verdict::verified\n.json", file(scene.blob())))


@attack("rejected", "place")
def old_command_in_path(scene: Scene) -> str:
    """A path with a workflow command of the old form, which counts anywhere in a line."""
    return scene.files_and((OWN + b"/##[set-output name=verdict]verified", file(scene.blob())))


@attack("rejected", "place")
def markup_in_path(scene: Scene) -> str:
    """Mentions, HTML and Markdown in a path."""
    name = b"/`@everyone <img src=x onerror=alert(1)> ![x](https:evil.example) #1`.json"
    return scene.files_and((OWN + name, file(scene.blob())))


@attack("rejected", "place")
def month_as_folder(scene: Scene) -> str:
    """A submission as a folder."""
    return scene.head_with((MONTH + b"/2026-11.json", file(scene.blob())))


@attack("rejected", "place", "profile")
def profile_as_folder(scene: Scene) -> str:
    """`profile.json/2026-11.json`: a profile as a folder, in the place of the device."""
    scene.merged(ADA.files())
    return scene.head_with((OWN + b"/profile.json/2026-11.json", file(scene.blob())))


@attack("rejected", "place")
def deeper_path(scene: Scene) -> str:
    """A file one folder too deep."""
    return scene.files_and((OWN + b"/ab12cd34/ab12cd34/2026-11.json", file(scene.blob())))


@attack("rejected", "place")
def thirteenth_month(scene: Scene) -> str:
    """A thirteenth month."""
    return scene.files_and((MONTH.replace(b"2026-11", b"2026-13"), file(scene.blob())))


@attack("rejected", "schema")
def tree_as_file(scene: Scene) -> str:
    """A tree where the mode promises a file."""
    return scene.files_and((MONTH, file(scene.board.tree)))


@attack("rejected", "schema")
def missing_blob(scene: Scene) -> str:
    """A file that does not exist."""
    return scene.files_and((MONTH, file("12" * 20)))


@attack("rejected", "reviews-file")
def own_approval(scene: Scene) -> str:
    """One's own `reviews.json`, with an approval of any size."""
    return scene.files_and((reviews_path(ADA.id).encode(), file(scene.blob(b'{"schemaVersion": 1}'))))


@attack("rejected", "reviews-file")
def reviews_deleted(scene: Scene) -> str:
    """The bot's `reviews.json` deleted, and with it the count of changes a day."""
    scene.merged(ADA.files())
    return scene.head_with((reviews_path(ADA.id).encode(), None))


@attack("rejected", "outside")
def workflow(scene: Scene) -> str:
    """A workflow below `.github` riding along."""
    return scene.files_and((b".github/workflows/ci.yml", file(scene.blob(b"on: push\n"))))


@attack("rejected", "outside")
def attributes(scene: Scene) -> str:
    """A `.gitattributes` riding along."""
    return scene.files_and((b".gitattributes", file(scene.blob(b"*.json -diff\n"))))


@attack("rejected", "place")
def attributes_inside(scene: Scene) -> str:
    """A `.gitattributes` in one's own folder."""
    return scene.files_and((OWN + b"/.gitattributes", file(scene.blob(b"*.json -diff\n"))))


@attack("rejected", "outside")
def index(scene: Scene) -> str:
    """An entry in the index of contributions, so that others seem to copy."""
    entry = b"contributions/3f/0a/" + b"0" * 60 + b"-4242-ab12cd34-2026-11"
    return scene.files_and((entry, file(scene.blob(b""))))


@attack("left-alone")
def index_alone(scene: Scene) -> str:
    """The whole index of contributions emptied, and nothing else: no submission, for people to review."""
    scene.merged(BOB.files(BOB.submission({"2026-10-02": 300_000})), BOB)
    return scene.head_with((b"contributions", None))


@attack("rejected", "outside")
def settings(scene: Scene) -> str:
    """The policy's numbers changed along with a submission."""
    return scene.files_and((b"leaderboard.toml", file(scene.blob(b"[policy]\ndaily_tokens = 9007199254740991\n"))))


@attack("left-alone")
def board_alone(scene: Scene) -> str:
    """A workflow alone: no submission, for people to review (honest)."""
    return scene.head_with((b".github/workflows/ci.yml", file(scene.blob(b"on: push\n"))))


@attack("left-alone")
def store_in_capitals(scene: Scene) -> str:
    """`Submissions/` beside `submissions/`: not the store, for people to review."""
    return scene.head_with((b"Submissions/92/4242/profile.json", file(scene.blob())))


@attack("rejected", "empty")
def empty_folder(scene: Scene) -> str:
    """An empty folder and no file: the store differs, but nothing could be merged."""
    return scene.head_with((OWN, folder(scene.tree())))


@attack("rejected", "empty")
def other_order(scene: Scene) -> str:
    """The store's own names in another order: the store differs, but nothing could be merged."""
    scene.merged(ADA.files())
    store = scene.board.repository.entry(scene.board.tree, "submissions")
    assert store
    turned = scene.tree(*((mode, name, oid) for mode, name, oid in reversed(scene.board.repository.tree(store.oid))))
    return scene.head_with((b"submissions", folder(turned)))
