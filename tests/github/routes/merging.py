"""Merging a pull request through the API."""

from tests.github.access import require_write
from tests.github.comparing import merged_tree
from tests.github.exchange import Refusal, Request, Response
from tests.github.happenings import Cause, branch_moved, close
from tests.github.objects import Person, write_commit
from tests.github.routes.pulls import pull_of
from tests.github.routing import route
from tests.github.state import Pull, State

MERGE = "/repos/{owner}/{repo}/pulls/{pull_number}/merge"


@route("GET", MERGE)
def merged(state: State, request: Request) -> Response:
    """Say whether a pull request was merged."""
    if pull_of(request).merged_at is None:
        raise Refusal(404, "Not Found")
    return Response(204)


@route("PUT", MERGE)
def merge(state: State, request: Request) -> Response:
    """Merge with a merge commit or squashed, if the head still is at `sha`; rebasing is switched off."""
    repository, pull, data = request.repository, pull_of(request), request.data
    require_write(request, repository, "contents")
    method = data.get("merge_method", "merge")
    if method == "rebase":
        raise Refusal(405, "Rebase merges are not allowed on this repository.")
    if pull.state == "closed" or pull.draft:
        raise Refusal(405, "Pull Request is not mergeable")
    if data.get("sha", pull.head_sha) != pull.head_sha:
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")
    ref = f"refs/heads/{pull.base_ref}"
    base = repository.git.ref(ref)
    tree = merged_tree(repository.git, base, pull.head_sha) if base else None
    if base is None or tree is None:
        raise Refusal(405, "Pull Request is not mergeable")
    sha = _commit(state, request, pull, base, tree)
    repository.git.move(ref, sha, base)
    if method == "squash":
        close(Cause.of(state, request), repository, pull, merge_commit=sha)
    branch_moved(Cause.of(state, request), repository, ref, base, sha)
    return Response(body={"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


def _commit(state: State, request: Request, pull: Pull, base: str, tree: str) -> str:
    data, user = request.data, request.actor.user
    person = Person(user.name or user.login, f"{user.id}+{user.login}@users.noreply.github.com", int(state.now()))
    squashed = data.get("merge_method") == "squash"
    head = f"{pull.head_owner.login}/{pull.head_ref}"
    title = data.get("commit_title") or (
        f"{pull.title} (#{pull.number})" if squashed else f"Merge pull request #{pull.number} from {head}"
    )
    message = f"{title}\n\n{data.get('commit_message', pull.title)}".strip()
    parents = [base] if squashed else [base, pull.head_sha]
    return write_commit(request.repository.git, tree, parents, message, (person, person))
