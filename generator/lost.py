"""Who a new site would lose: people whom the published one shows, who are not on the new one and did not leave."""

from collections.abc import Collection, Iterable

from generator import GeneratorError
from validator.git import Repository
from validator.store import ROOT, parse_path

NAMED = 5
"""Users whom the error names, at most."""


def check_nobody_lost(repository: Repository, commit: str, published: Collection[int], shown: Collection[int]) -> None:
    """Raise GeneratorError when somebody who is `published` is neither `shown` nor left. All are GitHub's user ids.

    Somebody left when the commit has no submission of theirs and the newest change of their folder touched no other:
    a withdrawal that was merged, or a maintainer's removal of one user. What removes several people at once is taken
    for an accident, and so is a history that knows nothing of them.
    """
    missing = frozenset(published) - frozenset(shown)
    lost = sorted(missing - _left(repository, commit, missing)) if missing else []
    if lost:
        named = ", ".join(map(str, lost[:NAMED])) + (", …" if lost[NAMED:] else "")
        raise GeneratorError(
            f"{len(lost):,} of the published site's users would vanish (ids {named}).",
            "Look what happened to their folders; --check-published false builds all the same.",
        )


def _left(repository: Repository, commit: str, users: frozenset[int]) -> set[int]:
    """Return those of some users who have no submission at a commit because a change of theirs alone removed them."""
    kept = _users(path for path, _, _ in repository.walk(repository.commit(commit).tree, ROOT))
    waiting, left = set(users - kept), set[int]()
    for step in repository.history(commit, ROOT):
        if not waiting:
            break
        touched = _users(difference.path.decode("utf-8", "backslashreplace") for difference in step.differences)
        left |= waiting & touched if len(touched) == 1 else set()
        waiting -= touched
    return left


def _users(paths: Iterable[str]) -> frozenset[int]:
    places = map(parse_path, paths)
    return frozenset(place.user_id for place in places if place is not None and place.kind == "submission")
