"""Pull requests: opening, listing, reading, changing."""

import itertools

from tests.github.access import require_presence
from tests.github.commit_views import commit_view, file_view
from tests.github.comparing import changed_files, commits_between, merge_base
from tests.github.exchange import Json, Refusal, Request, Response, invalid
from tests.github.happenings import Cause, close, pull_happened
from tests.github.pull_views import full_pull_view, pull_view
from tests.github.routing import route
from tests.github.state import Pull, Repository, State

PULLS = "/repos/{owner}/{repo}/pulls"
LISTED_FILES = 3000
"""More files of a pull request nobody can list."""
LISTED_COMMITS = 250


@route("POST", PULLS)
def create(state: State, request: Request) -> Response:
    """Open a pull request from `branch`, or `owner:branch` of a fork. One open pull request for a pair of branches."""
    repository, data, author = request.repository, request.data, request.actor.user
    require_presence(request, repository, "pull-requests")
    base_ref, (head, head_ref) = data["base"], _head(state, repository, data)
    base_sha = repository.git.ref(f"refs/heads/{base_ref}")
    head_sha = head.git.ref(f"refs/heads/{head_ref}") if head else None
    if base_sha is None:
        raise invalid("PullRequest", "base")
    if head is None or head_sha is None:
        raise invalid("PullRequest", "head")
    _refuse_useless(repository, data, head, head_ref, (base_sha, head_sha))
    number, now = next(n for n in itertools.count(1) if n not in repository.pulls), state.now()
    pull = Pull(
        next(state.ids), number, author, data.get("title", ""), data.get("body"), base_ref, base_sha,
        head, head.owner, head_ref, head_sha, now, now, draft=bool(data.get("draft")),
        maintainer_can_modify=bool(data.get("maintainer_can_modify", head is not repository)),
    )  # fmt: skip
    repository.git.move(f"refs/pull/{number}/head", head_sha)
    repository.pulls[number] = pull
    pull_happened(Cause.of(state, request), repository, pull, "opened")
    view = full_pull_view(state, repository, pull, request.urls, author)
    pull.examined = None
    return Response(201, view, {"Location": view["url"]})


@route("GET", PULLS)
def index(state: State, request: Request) -> Response:
    """Return pull requests by state, head (`owner:branch`) and base; the newest first."""
    repository, query = request.repository, request.query
    wanted = query.get("state", "open")
    found = [each for each in repository.pulls.values() if wanted in ("all", each.state)]
    owner, colon, ref = query.get("head", "").partition(":")
    if colon:
        found = [p for p in found if p.head_owner.login.lower() == owner.lower() and p.head_ref == ref]
    if "base" in query:
        found = [each for each in found if each.base_ref == query["base"]]
    newest_first = query.get("direction", "desc" if query.get("sort", "created") == "created" else "asc") == "desc"
    updated = query.get("sort") == "updated"
    found.sort(key=lambda each: (each.updated_at if updated else 0, each.number), reverse=newest_first)
    views = [pull_view(state, repository, each, request.urls, request.viewer) for each in found]
    return Response(body=views, pages=True)


@route("GET", PULLS + "/{pull_number}")
def get(state: State, request: Request) -> Response:
    """Return a pull request; whether it merges is not known yet when it is asked for the first time."""
    return Response(body=_full(state, request, pull_of(request)))


@route("PATCH", PULLS + "/{pull_number}")
def update(state: State, request: Request) -> Response:
    """Change title or body, close or reopen."""
    pull = pull_of(request)
    change(state, request, pull)
    return Response(body=_full(state, request, pull))


@route("GET", PULLS + "/{pull_number}/files")
def files(state: State, request: Request) -> Response:
    """Return the changed files, sorted by path, the first 3,000 of them."""
    repository, pull = request.repository, pull_of(request)
    start = merge_base(repository.git, pull.base_sha, pull.head_sha) or pull.base_sha
    changed = changed_files(repository.git, start, pull.head_sha)
    views = [file_view(repository, each, pull.head_sha, request.urls) for each in changed[:LISTED_FILES]]
    return Response(body=views, pages=True)


@route("GET", PULLS + "/{pull_number}/commits")
def commits(state: State, request: Request) -> Response:
    """Return the commits, the oldest first, the first 250 of them."""
    repository, pull = request.repository, pull_of(request)
    between = commits_between(repository.git, pull.base_sha, pull.head_sha)
    views = [commit_view(state, repository, sha, request.urls) for sha in between[:LISTED_COMMITS]]
    return Response(body=views, pages=True)


def change(state: State, request: Request, pull: Pull) -> None:
    """Change a pull request as its author or who may write. Raises Refusal 403 for everybody else."""
    repository, data = request.repository, request.data
    require_presence(request, repository, "pull-requests")
    may = repository.role(request.viewer) in ("admin", "write") or request.actor.kind == "actions"
    if not may and request.viewer is not pull.author:
        raise Refusal(403, "You must be the author or have write access to change this pull request.")
    pull.title, pull.body = data.get("title", pull.title), data.get("body", pull.body)
    pull.updated_at = state.now()
    if data.get("state") == "closed" and pull.state == "open":
        close(Cause.of(state, request), repository, pull)
    elif data.get("state") == "open" and pull.state == "closed":
        _reopen(state, request, pull)


def pull_of(request: Request) -> Pull:
    """Return the pull request that the path names. Raises Refusal 404."""
    number = request.path.get("pull_number") or request.path["issue_number"]
    pull = request.repository.pulls.get(int(number)) if number.isdecimal() else None
    if pull is None:
        raise Refusal(404, "Not Found")
    return pull


def _full(state: State, request: Request, pull: Pull) -> Json:
    return full_pull_view(state, request.repository, pull, request.urls, request.viewer)


def _head(state: State, repository: Repository, data: Json) -> tuple[Repository | None, str]:
    """Find the repository of the head among those sharing objects with the base."""
    owner, colon, ref = data["head"].partition(":")
    if not colon:
        return repository, data["head"]
    user = state.user(owner)
    owned = [each for each in (state.owned(user) if user else []) if each.lock is repository.lock]
    named = [each for each in owned if each.ready_at <= state.now() and data.get("head_repo") in (None, each.name)]
    return (named[0] if named else None), ref


def _refuse_useless(repository: Repository, data: Json, head: Repository, head_ref: str, shas: tuple[str, str]) -> None:
    if not data.get("title"):
        raise Refusal(422, "Validation Failed", {"resource": "PullRequest", "field": "title", "code": "missing_field"})
    for each in repository.pulls.values():
        if each.state == "open" and (each.head, each.head_ref, each.base_ref) == (head, head_ref, data["base"]):
            label = f"{head.owner.login}:{head_ref}"
            error = {
                "resource": "PullRequest",
                "code": "custom",
                "message": f"A pull request already exists for {label}.",
            }
            raise Refusal(422, "Validation Failed", error)
    base_sha, head_sha = shas
    if not commits_between(repository.git, base_sha, head_sha):
        message = f"No commits between {data['base']} and {data['head']}"
        raise Refusal(422, "Validation Failed", {"resource": "PullRequest", "code": "custom", "message": message})


def _reopen(state: State, request: Request, pull: Pull) -> None:
    tip = pull.head.git.ref(f"refs/heads/{pull.head_ref}") if pull.head else None
    if pull.merged_at or tip is None:
        raise invalid("PullRequest", "state", "state cannot be changed. The head was deleted or merged.")
    pull.state, pull.closed_at, pull.head_sha = "open", None, tip
    request.repository.git.move(f"refs/pull/{pull.number}/head", tip)
    pull_happened(Cause.of(state, request), request.repository, pull, "reopened")
