"""What lies between two commits: merge base, commits, files; and what comes out of merging them."""

from dataclasses import dataclass

from tests.github.bare import NOBODY, Bare

STATUSES = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}


@dataclass(frozen=True)
class Changed:
    """One file between two commits, in the words of the API. `sha` is the blob's id, the old one of a removed file."""

    path: str
    status: str
    sha: str
    additions: int
    deletions: int
    previous: str | None = None


def merge_base(git: Bare, base: str, head: str) -> str | None:
    """Return the best common ancestor of two commits, or None when they share no history."""
    answer = git.attempt("merge-base", base, head)
    return answer.stdout.decode().strip() if answer.returncode == 0 else None


def reaches(git: Bare, descendant: str, ancestor: str) -> bool:
    """Say whether one commit is reachable from another."""
    return git.attempt("merge-base", "--is-ancestor", ancestor, descendant).returncode == 0


def commits_between(git: Bare, base: str, head: str) -> list[str]:
    """Return the ids of the commits of `head` that `base` has not, the oldest first."""
    return git.run("rev-list", "--reverse", "--topo-order", head, f"^{base}").decode().split()


def changed_files(git: Bare, base: str, head: str) -> list[Changed]:
    """Return the files that differ between two commits, sorted by path; renames are found as GitHub finds them."""
    counted = git.run("diff-tree", "-r", "-z", "-M", "--raw", "--numstat", "--no-abbrev", base, head)
    parts = counted.decode(errors="surrogateescape").split("\0")[:-1]
    raw: dict[str, tuple[str, str, str | None]] = {}
    while parts and parts[0].startswith(":"):
        _, _, old, new, letter = parts.pop(0).split(" ")
        previous = parts.pop(0) if letter[0] in "RC" else None
        raw[parts.pop(0)] = (STATUSES[letter[0]], old if new == NOBODY else new, previous)
    changed = []
    while parts:
        added, deleted, path = parts.pop(0).split("\t", 2)
        if not path:
            _, path = parts.pop(0), parts.pop(0)
        status, sha, previous = raw[path]
        additions, deletions = (0 if number == "-" else int(number) for number in (added, deleted))
        changed.append(Changed(_text(path), status, sha, additions, deletions, _text(previous) if previous else None))
    return sorted(changed, key=lambda each: each.path)


def merged_tree(git: Bare, base: str, head: str) -> str | None:
    """Return the tree that merging `head` into `base` makes, or None when they conflict."""
    answer = git.attempt("merge-tree", "--write-tree", base, head)
    return answer.stdout.decode().splitlines()[0] if answer.returncode == 0 else None


def changes_workflows(git: Bare, new: str) -> str | None:
    """Return the path of a workflow that a commit unknown to every branch of this repository changes, or None.

    GitHub refuses to move a branch over such a commit for a token without the `workflow` scope, even when the commit is
    long public in the repository this one was forked from.
    """
    known = [f"^{sha}" for sha in git.refs("refs/heads/").values()]
    for sha in git.run("rev-list", new, *known).decode().split():
        listed = git.run(
            "diff-tree", "--root", "-r", "-z", "--name-only", "--no-commit-id", sha, "--", ".github/workflows"
        )
        if listed:
            return listed.decode(errors="replace").split("\0")[0]
    return None


def _text(path: str) -> str:
    return path.encode(errors="surrogateescape").decode(errors="replace")
