"""Attacks by the commits themselves: their number, their ancestors, what they claim to be."""

from tests.validator.attacks.attack import attack
from tests.validator.attacks.scene import ADA, BOB, CAROL, Pull, Scene, file
from validator.store import user_folder


def _honest_tree(scene: Scene) -> str:
    return scene.board.repository.commit(scene.commit(ADA.files())).tree


@attack("rejected", "one-commit")
def added_and_deleted(scene: Scene) -> str:
    """A blob added in one commit and deleted again in the next."""
    secret = f"{user_folder(ADA.id)}/zz99zz99/2026-10.json"
    first = scene.commit({secret: b"anything at all"})
    return scene.commit({**ADA.files(), secret: None}, first)


@attack("rejected", "one-commit")
def two_commits(scene: Scene) -> str:
    """Two commits, each of them honest."""
    later = ADA.submission({"2026-10-02": 7})
    return scene.commit({ADA.path("2026-10"): ADA.files(later)[ADA.path("2026-10")]}, scene.commit(ADA.files()))


@attack("rejected", "one-commit")
def merge_as_head(scene: Scene) -> str:
    """A merge commit as head, with a second parent from elsewhere."""
    return scene.commit_of(_honest_tree(scene), scene.board.main, scene.commit({"x": b"1"}))


@attack("rejected", "one-commit")
def merge_of_nothing(scene: Scene) -> str:
    """A merge commit as head, whose two parents are both main."""
    return scene.commit_of(_honest_tree(scene), scene.board.main, scene.board.main)


@attack("rejected", "one-commit", "outside")
def unrelated(scene: Scene) -> str:
    """A head with no history in common with the board."""
    return scene.board.commit({**ADA.files(), "README.md": b"Another board.\n"}, None)


@attack("rejected", "one-commit", "outside")
def unrelated_twin(scene: Scene) -> str:
    """A head with no common history, but the board's very files."""
    orphan = scene.object("commit", _root_commit(_honest_tree(scene)))
    return scene.commit_of(_honest_tree(scene), orphan)


def _root_commit(tree: str) -> bytes:
    return f"tree {tree}\nauthor A <a@demo.invalid> 1 +0000\ncommitter A <a@demo.invalid> 1 +0000\n\nroot\n".encode()


@attack("rejected", "empty")
def empty_change(scene: Scene) -> str:
    """A commit that changes nothing."""
    return scene.commit({})


@attack("rejected", "empty", merge="already-merged")
def main_as_head(scene: Scene) -> str:
    """The board's own newest commit as head."""
    return scene.board.main


@attack("rejected", "empty", merge="already-merged")
def merged_again(scene: Scene) -> str:
    """A head that was merged before."""
    scene.merged(ADA.files())
    return scene.board.repository.commit(scene.board.main).parents[1]


@attack("verified")
def old_fork(scene: Scene) -> str:
    """A head far behind main, from a fork never synchronised (honest)."""
    fork = scene.board.main
    for number in range(10):
        scene.board.push({f"docs/{number}.md": b"Meanwhile.\n"})
    return scene.commit(ADA.files(), fork)


@attack("verified", merge="moved")
def head_moved(scene: Scene) -> Pull:
    """A head that is honest when judged, and another when merged."""
    judged = scene.commit(ADA.files())
    return Pull(scene.commit({**ADA.files(), BOB.path(): None}), judged=judged)


@attack("verified", merge="moved")
def tag_as_head(scene: Scene) -> Pull:
    """A tag of an honest commit where the head should be."""
    judged = scene.commit(ADA.files())
    text = f"object {judged}\ntype commit\ntag v1\ntagger A <a@demo.invalid> 1 +0000\n\ntag\n"
    return Pull(scene.object("tag", text.encode()), judged=judged)


@attack("failed", merge="moved")
def tree_as_head(scene: Scene) -> Pull:
    """A tree where the head should be: no commit to judge."""
    return Pull(_honest_tree(scene), judged=scene.object("tree", b""))


@attack("rejected", "unlisted")
def malformed(scene: Scene) -> str:
    """A head that is a malformed commit object."""
    return scene.object("commit", f"tree {scene.board.tree}\nnonsense\n".encode())


@attack("rejected", "unlisted")
def malformed_parent(scene: Scene) -> str:
    """A head whose parent is a malformed commit object."""
    return scene.commit_of(_honest_tree(scene), scene.object("commit", b"nonsense\n"))


@attack("rejected", "unlisted")
def missing_parent(scene: Scene) -> str:
    """A head whose parent does not exist."""
    return scene.commit_of(_honest_tree(scene), "12" * 20)


@attack("rejected", "unlisted")
def missing_grandparent(scene: Scene) -> str:
    """A head whose parent's parent does not exist."""
    return scene.commit_of(_honest_tree(scene), scene.commit_of(_honest_tree(scene), "12" * 20))


@attack("rejected", "unlisted")
def missing_tree(scene: Scene) -> str:
    """A head whose tree does not exist."""
    return scene.commit_of("12" * 20)


@attack("rejected", "unlisted")
def blob_as_tree(scene: Scene) -> str:
    """A head whose tree is a blob."""
    return scene.commit_of(scene.blob())


@attack("rejected", "unlisted")
def lying_object(scene: Scene) -> str:
    """A commit whose tree does not hold what its id says."""
    honest, other = _honest_tree(scene), scene.tree(("100644", b"x", scene.blob()))
    lie = scene.with_entries((b"lie", file(scene.blob())), tree=honest)
    scene.place(lie).write_bytes((scene.board.path / "objects" / other[:2] / other[2:]).read_bytes())
    return scene.commit_of(lie)


@attack("rejected", "own-folder")
def replaced_objects(scene: Scene) -> str:
    """A replace reference that shows the judge another commit than the one merged."""
    hostile = scene.commit({**ADA.files(), BOB.path(): None})
    scene.board.git("update-ref", f"refs/replace/{hostile}", scene.commit(ADA.files()))
    return hostile


@attack("rejected", "one-commit", "outside")
def grafted(scene: Scene) -> str:
    """A graft that gives a head without common history a parent on the board."""
    head = scene.object("commit", _root_commit(_honest_tree(scene)))
    grafts = scene.board.path / "info/grafts"
    grafts.parent.mkdir(exist_ok=True)
    grafts.write_text(f"{head} {scene.board.main}\n")
    return head


@attack("verified")
def hooks(scene: Scene) -> str:
    """Hooks and a file monitor in the repository that the bot works in: they do not run (honest)."""
    head = scene.commit(ADA.files())
    folder = scene.board.path / "hooks"
    folder.mkdir(exist_ok=True)
    for name in ("reference-transaction", "update", "monitor"):
        (folder / name).write_text("#!/bin/sh\nexit 1\n")
        (folder / name).chmod(0o755)
    scene.board.git("config", "core.fsmonitor", str(folder / "monitor"))
    return head


@attack("verified")
def false_author(scene: Scene) -> str:
    """A commit that names somebody else as its author: it proves nothing and is not looked at (honest)."""
    who = f"author {BOB.login} <{BOB.id}+{BOB.login}@users.noreply.github.com> 9999999999 +0000\n"
    text = f"tree {_honest_tree(scene)}\nparent {scene.board.main}\n{who}{who.replace('author', 'committer')}\nx\n"
    return scene.object("commit", text.encode())


@attack("rejected", "one-commit")
def upon_anothers_work(scene: Scene) -> str:
    """A commit upon another user's pull request, which it would merge unseen."""
    return scene.commit(ADA.files(), scene.commit(CAROL.files(CAROL.submission({"2026-11-05": 7}))))
