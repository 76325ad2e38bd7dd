"""Repositories: looking, forking, deleting, who may write."""

import re

from tests.github.access import PUBLIC_SCOPES, require_admin, require_person, require_presence, require_scope
from tests.github.commit_views import commit_view, file_view
from tests.github.comparing import changed_files, commits_between, merge_base
from tests.github.exchange import Json, Refusal, Request, Response
from tests.github.routing import route
from tests.github.state import Repository, State, User
from tests.github.views import full_repository_view, repository_view, role_flags, user_view

REPOSITORY = "/repos/{owner}/{repo}"
NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
COMPARED_FILES = 300
"""More files a comparison never lists."""


@route("GET", REPOSITORY)
def get(state: State, request: Request) -> Response:
    """Return a repository, with its parent and source when it is a fork."""
    return Response(body=full_repository_view(state, request.repository, request.urls, request.viewer))


@route("DELETE", REPOSITORY)
def delete(state: State, request: Request) -> Response:
    """Delete a repository; pull requests from it stay, without a head repository."""
    require_admin(request, request.repository)
    require_scope(request, "delete_repo")
    forget(state, request.repository)
    return Response(204)


@route("GET", REPOSITORY + "/forks")
def forks(state: State, request: Request) -> Response:
    """Return the direct forks, the newest first."""
    found = state.forks(request.repository)
    return Response(body=[repository_view(state, each, request.urls, request.viewer) for each in found], pages=True)


@route("POST", REPOSITORY + "/forks")
def fork(state: State, request: Request) -> Response:
    """Accept a fork at once; it appears after the delay. Asked for again, the one there is is returned."""
    user, parent, data = request.actor.user, request.repository, request.data
    require_person(request)
    require_scope(request, *PUBLIC_SCOPES)
    require_presence(request, parent, "administration")
    if data.get("organization"):
        raise Refusal(403, "The stand-in knows no organizations to fork into.")
    if parent.owner is user:
        raise Refusal(403, "A repository cannot be forked into the account that owns it.")
    if not parent.allow_forking:
        raise Refusal(403, "The repository exists, but forking is disabled.")
    name = data.get("name") or parent.name
    if not NAME.fullmatch(name):
        raise Refusal(422, "Validation Failed", "name is invalid")
    present = next((each for each in state.owned(user) if each.source is parent.source), None)
    made = present or _make_fork(state, parent, user, name, only_default=bool(data.get("default_branch_only")))
    return Response(202, full_repository_view(state, made, request.urls, user))


@route("GET", REPOSITORY + "/collaborators/{username}/permission")
def permission(state: State, request: Request) -> Response:
    """Return what a user may do here; only who may write gets to know."""
    repository = request.repository
    user = state.user(request.path["username"])
    bot = request.token is not None and request.token.kind == "actions" and repository.id in request.token.repositories
    if repository.role(request.actor.user) not in ("admin", "write") and not bot:
        raise Refusal(403, "Must have push access to view collaborator permission.")
    if user is None or user.kind == "Bot":
        raise Refusal(404, f"{request.path['username']} is not a user")
    role = repository.role(user)
    shown: Json = user_view(state, user, request.urls) | {"permissions": role_flags(role), "role_name": role}
    return Response(body={"permission": role, "role_name": role, "user": shown})


@route("GET", REPOSITORY + "/branches/{branch}")
def branch(state: State, request: Request) -> Response:
    """Return a branch and its tip."""
    repository, name = request.repository, request.path["branch"]
    sha = repository.git.ref(f"refs/heads/{name}")
    if sha is None:
        raise Refusal(404, "Branch not found")
    url = f"{request.urls.api}/repos/{repository.full_name}/branches/{name}"
    html = f"{request.urls.web}/{repository.full_name}/tree/{name}"
    body: Json = {
        "name": name,
        "commit": commit_view(state, repository, sha, request.urls),
        "_links": {"self": url, "html": html},
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{url}/protection",
    }
    return Response(body=body)


@route("GET", REPOSITORY + "/compare/{basehead}")
def compare(state: State, request: Request) -> Response:
    """Compare `base...head`; either side may name a branch of a fork as `owner:branch` or `owner:repository:branch`."""
    repository, git, urls = request.repository, request.repository.git, request.urls
    base_name, dots, head_name = request.path["basehead"].partition("...")
    base, head = _side(state, repository, base_name), _side(state, repository, head_name)
    start = merge_base(git, base, head) if dots and base and head else None
    if base is None or head is None or start is None:
        raise Refusal(404, "Not Found")
    ahead, behind = commits_between(git, base, head), commits_between(git, head, base)
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind", (False, False): "identical"}
    place = f"{urls.web}/{repository.full_name}/compare/{base}...{head}"
    body: Json = {
        "url": f"{urls.api}/repos/{repository.full_name}/compare/{base}...{head}",
        "html_url": place,
        "permalink_url": place,
        "diff_url": f"{place}.diff",
        "patch_url": f"{place}.patch",
        "base_commit": commit_view(state, repository, base, urls),
        "merge_base_commit": commit_view(state, repository, start, urls),
        "status": status[bool(ahead), bool(behind)],
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [commit_view(state, repository, sha, urls) for sha in ahead[:250]],
        "files": [file_view(repository, each, head, urls) for each in changed_files(git, start, head)[:COMPARED_FILES]],
    }
    return Response(body=body)


def forget(state: State, repository: Repository) -> None:
    """Delete a repository from the state; its objects stay, as its network shares them."""
    repository.deleted = True
    for other in list(state.repositories.values()):
        for pull in list(other.pulls.values()):
            if pull.head is repository:
                pull.head = None


def _make_fork(state: State, parent: Repository, user: User, name: str, *, only_default: bool) -> Repository:
    taken = {each.name.lower() for each in state.owned(user)}
    name = next(each for each in (name, *(f"{name}-{n}" for n in range(1, 1000))) if each.lower() not in taken)
    number, now = next(state.ids), state.now()
    git = parent.git.fork(
        parent.git.path.parent / f"{number}.git", parent.default_branch, default_branch_only=only_default
    )
    made = Repository(
        number, user, name, git, now, parent.lock, default_branch=parent.default_branch, parent=parent,
        ready_at=now + state.fork_delay, pushed_at=parent.pushed_at,
    )  # fmt: skip
    state.repositories[number] = made
    return made


def _side(state: State, repository: Repository, text: str) -> str | None:
    *owners, revision = text.split(":")
    if not owners:
        return repository.git.commit_id(revision)
    owner = state.user(owners[0])
    name = owners[1] if len(owners) > 1 else None
    for each in state.owned(owner) if owner else []:
        if each.lock is repository.lock and each.ready_at <= state.now() and name in (None, each.name):
            return each.git.commit_id(revision)
    return None
