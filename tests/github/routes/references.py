"""References: reading, creating, moving and deleting branches."""

from tests.github.access import require_write
from tests.github.bare import GitFailed
from tests.github.comparing import changes_workflows, reaches
from tests.github.exchange import Json, Refusal, Request, Response
from tests.github.happenings import Cause, branch_moved
from tests.github.objects import kind
from tests.github.routing import route
from tests.github.state import State
from tests.github.views import node_id

GIT = "/repos/{owner}/{repo}/git"


@route("GET", GIT + "/ref/{ref}")
def get_ref(state: State, request: Request) -> Response:
    """Return a reference, named as `heads/…`."""
    name = f"refs/{request.path['ref']}"
    sha = request.repository.git.ref(name)
    if sha is None or name.endswith("/"):
        raise Refusal(404, "Not Found")
    return Response(body=_ref_view(request, name, sha))


@route("GET", GIT + "/matching-refs/{ref}")
def matching_refs(state: State, request: Request) -> Response:
    """Return all references that begin so."""
    start = f"refs/{request.path['ref']}"
    found = {name: sha for name, sha in request.repository.git.refs().items() if name.startswith(start)}
    return Response(body=[_ref_view(request, name, sha) for name, sha in found.items()], pages=True)


@route("POST", GIT + "/refs")
def create_ref(state: State, request: Request) -> Response:
    """Create a reference, named as `refs/heads/…`."""
    require_write(request, request.repository, "contents")
    name, sha = request.data["ref"], request.data["sha"]
    if name.count("/") < 2 or not name.startswith("refs/") or name.startswith("refs/pull/"):
        raise Refusal(422, "Reference name must start with 'refs/' and contain at least two slashes.")
    if request.repository.git.ref(name):
        raise Refusal(422, "Reference already exists")
    _move(state, request, name, None, sha)
    return Response(201, _ref_view(request, name, sha))


@route("PATCH", GIT + "/refs/{ref}")
def update_ref(state: State, request: Request) -> Response:
    """Move a reference forward, or anywhere when forced."""
    require_write(request, request.repository, "contents")
    name, sha = f"refs/{request.path['ref']}", request.data["sha"]
    git = request.repository.git
    old = git.ref(name)
    if old is None or name.startswith("refs/pull/"):
        raise Refusal(422, "Reference does not exist")
    if kind(git, sha) == "commit" and not request.data.get("force") and not reaches(git, sha, old):
        raise Refusal(422, "Update is not a fast forward")
    _move(state, request, name, old, sha)
    return Response(200, _ref_view(request, name, sha))


@route("DELETE", GIT + "/refs/{ref}")
def delete_ref(state: State, request: Request) -> Response:
    """Delete a reference; open pull requests from it are closed."""
    require_write(request, request.repository, "contents")
    name = f"refs/{request.path['ref']}"
    old = request.repository.git.ref(name)
    if old is None or name.startswith("refs/pull/"):
        raise Refusal(422, "Reference does not exist")
    request.repository.git.move(name, None, old)
    branch_moved(Cause.of(state, request), request.repository, name, old, None)
    return Response(204)


def _move(state: State, request: Request, name: str, old: str | None, new: str) -> None:
    git, token = request.repository.git, request.actor
    if kind(git, new) != "commit":
        raise Refusal(422, "Object does not exist")
    bound = token.kind != "fine-grained" and "workflow" not in token.scopes
    workflow = changes_workflows(git, new) if bound and name.startswith("refs/heads/") else None
    if workflow:
        raise Refusal(
            422, f"refusing to allow an OAuth App to create or update workflow `{workflow}` without `workflow` scope"
        )
    try:
        git.move(name, new, old)
    except GitFailed as error:
        raise Refusal(422, "Reference name is not valid, or it moved meanwhile") from error
    branch_moved(Cause.of(state, request), request.repository, name, old, new)


def _ref_view(request: Request, name: str, sha: str) -> Json:
    api = f"{request.urls.api}/repos/{request.repository.full_name}/git"
    target: Json = {"type": "commit", "sha": sha, "url": f"{api}/commits/{sha}"}
    return {"ref": name, "node_id": node_id("Ref", name), "url": f"{api}/{name}", "object": target}
