"""Somebody else at work between two requests of the client under test."""

from tests.github.exchange import Request
from tests.github.happenings import Cause, branch_moved
from tests.github.objects import Person, read_commits, write_commit
from tests.github.state import Repository, State, Token


def move_head(state: State, request: Request) -> None:
    """Push a commit without changes to the branch that a request is about: a pull request's head, or a reference."""
    repository: Repository | None = request.repository
    name = f"refs/{request.path.get('ref', '')}"
    number = request.path.get("pull_number") or request.path.get("issue_number")
    if number and repository:
        pull = repository.pulls[int(number)]
        repository, name = pull.head, f"refs/heads/{pull.head_ref}"
    old = repository.git.ref(name) if repository else None
    if repository is None or old is None:
        raise LookupError(f"{request.method} {request.target} is about no branch that could be moved.")
    push_empty(state, repository, name, old, request)


def push_empty(state: State, repository: Repository, name: str, old: str, request: Request) -> None:
    """Add a commit without changes to a branch, in the name of the repository's owner."""
    person = Person(repository.owner.login, f"{repository.owner.id}@users.noreply.github.com", int(state.now()))
    tree = read_commits(repository.git, [old])[0].tree
    owner = Token("", repository.owner, "classic", ("public_repo",), frozenset(), {}, 0)
    with repository.lock:
        new = write_commit(repository.git, tree, [old], "Move on", (person, person))
        repository.git.move(name, new, old)
        branch_moved(Cause(state, owner, request.urls), repository, name, old, new)
