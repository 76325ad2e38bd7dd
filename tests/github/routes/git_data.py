"""The Git data API: blobs, trees and commits."""

import base64
import binascii
from datetime import datetime

from tests.github.access import require_write
from tests.github.bare import GitFailed
from tests.github.commit_views import commit_view, git_commit_view
from tests.github.exchange import Json, Refusal, Request, Response
from tests.github.objects import (
    Entry,
    Person,
    kind,
    read_blob,
    read_commits,
    read_tree,
    write_blob,
    write_commit,
    write_tree,
)
from tests.github.routing import route
from tests.github.state import State
from tests.github.views import node_id

GIT = "/repos/{owner}/{repo}/git"
MAX_BLOB_BYTES = 100 * 1024 * 1024
TREE_ENTRIES = 100_000
"""A recursive listing is cut off after so many."""


@route("POST", GIT + "/blobs", alone=False)
def create_blob(state: State, request: Request) -> Response:
    """Store a blob given as UTF-8 text or Base64."""
    require_write(request, request.repository, "contents")
    text = request.data["content"]
    try:
        content = base64.b64decode(text) if request.data.get("encoding") == "base64" else text.encode()
    except binascii.Error as error:
        raise Refusal(422, "content is not valid Base64") from error
    if len(content) > MAX_BLOB_BYTES:
        raise Refusal(422, "Sorry, your input was too large to process.")
    sha = write_blob(request.repository.git, content)
    return Response(201, {"sha": sha, "url": _url(request, "blobs", sha)})


@route("GET", GIT + "/blobs/{file_sha}", alone=False)
def get_blob(state: State, request: Request) -> Response:
    """Return a blob as Base64, broken into lines as GitHub does."""
    sha = request.path["file_sha"]
    if kind(request.repository.git, sha) != "blob":
        raise Refusal(404, "Not Found")
    content = read_blob(request.repository.git, sha)
    body: Json = {"sha": sha, "node_id": node_id("Blob", sha), "size": len(content), "encoding": "base64"}
    lines = base64.encodebytes(content).decode()
    return Response(body=body | {"url": _url(request, "blobs", sha), "content": lines})


@route("POST", GIT + "/trees", alone=False)
def create_tree(state: State, request: Request) -> Response:
    """Store a tree: `base_tree`, which may name a commit, with entries set, or removed where `sha` is null."""
    require_write(request, request.repository, "contents")
    git, data = request.repository.git, request.data
    base = data.get("base_tree")
    if base and kind(git, base) not in ("tree", "commit"):
        raise Refusal(404, "Not Found")
    entries = []
    for each in data["tree"]:
        sha = each.get("sha") if "content" not in each else write_blob(git, each["content"].encode())
        entry = Entry(each.get("mode", "100644"), each.get("path", ""), sha)
        if sha and entry.kind != "commit" and kind(git, sha) != entry.kind:
            raise Refusal(422, "tree.sha " + sha + " is not a valid " + entry.kind)
        entries.append(entry)
    try:
        sha = write_tree(git, entries, base)
    except GitFailed as error:
        raise Refusal(422, "tree contains a malformed path component") from error
    return Response(201, _tree_view(request, sha, sha, recursive=False))


@route("GET", GIT + "/trees/{tree_sha}", alone=False)
def get_tree(state: State, request: Request) -> Response:
    """Return a tree by its id, or that of a commit or branch; with everything below it when `recursive` is given."""
    git, name = request.repository.git, request.path["tree_sha"]
    tree = git.ref(f"{git.commit_id(name) or name}^{{tree}}")
    if tree is None or name.startswith("-"):
        raise Refusal(404, "Not Found")
    return Response(body=_tree_view(request, tree, tree, recursive="recursive" in request.query))


@route("POST", GIT + "/commits", alone=False)
def create_commit(state: State, request: Request) -> Response:
    """Store a commit. Without an author it carries the account's public data; without a committer, the author's."""
    require_write(request, request.repository, "contents")
    git, data, user = request.repository.git, request.data, request.actor.user
    default = Person(user.name or user.login, f"{user.id}+{user.login}@users.noreply.github.com", int(state.now()))
    author = _person(data.get("author"), default)
    committer = _person(data.get("committer"), author)
    try:
        sha = write_commit(git, data["tree"], data.get("parents", []), data["message"], (author, committer))
    except GitFailed as error:
        raise Refusal(
            422, "Tree SHA does not exist" if data["tree"] in str(error) else "Parent SHA does not exist"
        ) from error
    return Response(201, git_commit_view(request.repository, read_commits(git, [sha])[0], request.urls))


@route("GET", GIT + "/commits/{commit_sha}", alone=False)
def get_commit(state: State, request: Request) -> Response:
    """Return a commit as Git has it."""
    sha = request.path["commit_sha"]
    if kind(request.repository.git, sha) != "commit":
        raise Refusal(404, "Not Found")
    commit = read_commits(request.repository.git, [sha])[0]
    return Response(body=git_commit_view(request.repository, commit, request.urls))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}", alone=False)
def resolve(state: State, request: Request) -> Response:
    """Return the commit that a branch, tag or id names."""
    sha = request.repository.git.commit_id(request.path["ref"])
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {request.path['ref']}")
    return Response(body=commit_view(state, request.repository, sha, request.urls))


def _tree_view(request: Request, sha: str, revision: str, *, recursive: bool) -> Json:
    entries = read_tree(request.repository.git, revision, recursive=recursive)
    shown = []
    for each in entries[:TREE_ENTRIES]:
        row: Json = {"path": each.path, "mode": each.mode, "type": each.kind, "sha": each.sha}
        if each.size is not None:
            row["size"] = each.size
        if each.kind != "commit":
            row["url"] = _url(request, f"{each.kind}s", str(each.sha))
        shown.append(row)
    return {"sha": sha, "url": _url(request, "trees", sha), "tree": shown, "truncated": len(entries) > TREE_ENTRIES}


def _person(data: Json | None, default: Person) -> Person:
    if data is None:
        return default
    date = int(datetime.fromisoformat(data["date"]).timestamp()) if "date" in data else default.date
    return Person(data.get("name", default.name), data.get("email", default.email), date)


def _url(request: Request, what: str, sha: str) -> str:
    return f"{request.urls.api}/repos/{request.repository.full_name}/git/{what}/{sha}"
