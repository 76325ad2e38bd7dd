"""Files and commits of a branch: reading only, as whoever writes uses the Git data API."""

import base64

from tests.github.commit_views import commit_view
from tests.github.exchange import Json, Refusal, Request, Response
from tests.github.objects import Entry, kind, read_blob, read_tree
from tests.github.pull_views import pull_view
from tests.github.routing import route
from tests.github.state import State

REPOSITORY = "/repos/{owner}/{repo}"
EMBEDDED_BYTES = 1024 * 1024
"""A larger file's content must be read as a blob."""


@route("GET", REPOSITORY + "/contents/{path}")
def contents(state: State, request: Request) -> Response:
    """Return a file with its content, or what a folder lists, at `ref` or on the default branch."""
    git, path = request.repository.git, request.path["path"].strip("/")
    ref = request.query.get("ref", request.repository.default_branch)
    commit = git.commit_id(ref)
    if commit is None:
        raise Refusal(404, f"No commit found for the ref {ref}")
    sha = git.ref(f"{commit}:{path}")
    if sha is None:
        raise Refusal(404, "Not Found")
    if kind(git, sha) == "tree":
        entries = read_tree(git, sha, recursive=False)
        return Response(body=[_view(request, ref, f"{path}/{each.path}", each) for each in entries])
    content = read_blob(git, sha)
    embedded = len(content) <= EMBEDDED_BYTES
    body = _view(request, ref, path, Entry("100644", path, sha, len(content)))
    body |= {"encoding": "base64" if embedded else "none"}
    return Response(body=body | {"content": base64.encodebytes(content).decode() if embedded else ""})


@route("GET", REPOSITORY + "/commits")
def commits(state: State, request: Request) -> Response:
    """Return the commits of a branch or commit (`sha`), the newest first, those alone that touched `path` if given."""
    repository, query = request.repository, request.query
    start = repository.git.commit_id(query.get("sha", repository.default_branch))
    if start is None:
        raise Refusal(404, "Not Found")
    paths = ("--", query["path"]) if "path" in query else ()
    listed = repository.git.run("rev-list", start, *paths).decode().split()
    return Response(body=[commit_view(state, repository, sha, request.urls) for sha in listed], pages=True)


@route("GET", REPOSITORY + "/commits/{commit_sha}/pulls")
def pulls(state: State, request: Request) -> Response:
    """Return the pull requests that a commit is the head or the merge of."""
    repository, sha = request.repository, request.path["commit_sha"]
    found = [each for each in repository.pulls.values() if sha in (each.head_sha, each.merge_commit_sha)]
    views = [pull_view(state, repository, each, request.urls, request.viewer) for each in found]
    return Response(body=views, pages=True)


def _view(request: Request, ref: str, path: str, entry: Entry) -> Json:
    full_name, sha = request.repository.full_name, entry.sha
    api, web = f"{request.urls.api}/repos/{full_name}", f"{request.urls.web}/{full_name}"
    url, html, git_url = (
        f"{api}/contents/{path}?ref={ref}",
        f"{web}/blob/{ref}/{path}",
        f"{api}/git/{entry.kind}s/{sha}",
    )
    return {
        "type": {"blob": "file", "tree": "dir", "commit": "submodule"}[entry.kind],
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": sha,
        "size": entry.size or 0,
        "url": url,
        "html_url": html,
        "git_url": git_url,
        "download_url": f"{web}/raw/{ref}/{path}" if entry.kind == "blob" else None,
        "_links": {"self": url, "git": git_url, "html": html},
    }
