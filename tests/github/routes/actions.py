"""Actions: repository variables and the two ways to start a workflow by hand."""

from tests.github.access import require_write
from tests.github.exchange import Json, Refusal, Request, Response
from tests.github.happenings import Cause, announce
from tests.github.routing import route
from tests.github.state import State, stamp

ACTIONS = "/repos/{owner}/{repo}/actions"


@route("GET", ACTIONS + "/variables/{name}")
def variable(state: State, request: Request) -> Response:
    """Return a repository variable, whatever the case of its name."""
    require_write(request, request.repository, "variables")
    name = request.path["name"].upper()
    value = request.repository.variables.get(name)
    if value is None:
        raise Refusal(404, "Not Found")
    since = stamp(request.repository.created_at)
    return Response(body={"name": name, "value": value, "created_at": since, "updated_at": since})


@route("POST", ACTIONS + "/workflows/{workflow_id}/dispatches")
def dispatch_workflow(state: State, request: Request) -> Response:
    """Start a workflow, named by its file, which must be on the branch."""
    require_write(request, request.repository, "actions")
    repository, data = request.repository, request.data
    path = f".github/workflows/{request.path['workflow_id']}"
    tip = repository.git.commit_id(data["ref"].removeprefix("refs/heads/"))
    if tip is None:
        raise Refusal(422, f"No ref found for: {data['ref']}")
    if repository.git.ref(f"{tip}:{path}") is None:
        raise Refusal(404, "Not Found")
    details: Json = {"ref": data["ref"], "inputs": data.get("inputs") or {}, "workflow": path}
    announce(Cause.of(state, request), "workflow_dispatch", repository, None, **details)
    return Response(204)


@route("POST", "/repos/{owner}/{repo}/dispatches")
def dispatch_repository(state: State, request: Request) -> Response:
    """Send an event of one's own."""
    require_write(request, request.repository, "contents")
    data = request.data
    details = {"branch": request.repository.default_branch, "client_payload": data.get("client_payload") or {}}
    announce(Cause.of(state, request), "repository_dispatch", request.repository, data["event_type"], **details)
    return Response(204)
