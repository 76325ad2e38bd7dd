"""Git over HTTP: `git http-backend` answers, and a push is followed like any other move of a branch."""

import re
import subprocess

from tests.github.access import may_see
from tests.github.bare import ISOLATED, Bare
from tests.github.exchange import Request, Response
from tests.github.happenings import Cause, branch_moved
from tests.github.state import Repository, State, Token

PATH = re.compile(r"/(?P<owner>[^/]+)/(?P<repo>[^/]+?)(?:\.git)?/(?P<rest>info/refs|git-upload-pack|git-receive-pack)")
CHALLENGE = {"WWW-Authenticate": 'Basic realm="GitHub"', "Content-Type": "text/plain"}


def answer(state: State, request: Request) -> Response:
    """Answer a Git client: reading for who may see the repository, pushing for who may write it."""
    match = PATH.fullmatch(request.target)
    repository = _find(state, match["owner"], match["repo"]) if match else None
    if match is None or repository is None or not may_see(request, repository):
        return _refused(request, 404, "Repository not found.")
    if "git-receive-pack" not in (match["rest"], request.query.get("service")):
        return _backend(repository.git, request, match["rest"])
    if request.token is None or not _may_push(repository, request.token):
        who = request.viewer.login if request.viewer else "anonymous"
        return _refused(request, 403, f"Permission to {repository.full_name}.git denied to {who}.")
    with repository.lock:
        return _push(state, repository, request, match["rest"])


def _refused(request: Request, status: int, message: str) -> Response:
    """Refuse; the anonymous are asked who they are instead."""
    if request.token is None:
        return Response(401, message.encode(), CHALLENGE)
    return Response(status, message.encode(), {"Content-Type": "text/plain"})


def _find(state: State, owner: str, name: str) -> Repository | None:
    found = state.repository(owner, name)
    former = state.repositories.get(state.former.get(f"{owner}/{name}".lower(), 0))
    return found or (None if former is None or former.deleted else former)


def _may_push(repository: Repository, token: Token) -> bool:
    if token.kind in ("actions", "fine-grained"):
        return repository.id in token.repositories and token.permissions.get("contents") in ("write", "admin")
    scoped = {"repo", "public_repo"} & set(token.scopes)
    return bool(scoped) and repository.role(token.user) in ("admin", "write")


def _push(state: State, repository: Repository, request: Request, rest: str) -> Response:
    before = repository.git.refs("refs/heads/")
    response = _backend(repository.git, request, rest)
    after = repository.git.refs("refs/heads/")
    for ref in sorted(before.keys() | after.keys()):
        branch_moved(Cause.of(state, request), repository, ref, before.get(ref), after.get(ref))
    return response


def _backend(git: Bare, request: Request, rest: str) -> Response:
    environment = {
        **ISOLATED,
        "GIT_PROJECT_ROOT": str(git.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{git.path.name}/{rest}",
        "QUERY_STRING": "&".join(f"{name}={value}" for name, value in request.query.items()),
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_USER": request.viewer.login if request.viewer else "",
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(["git", "http-backend"], input=request.body, capture_output=True, env=environment, check=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    status = int(headers.pop("Status", "200").split()[0])
    return Response(status, body, headers)
