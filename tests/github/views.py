"""How accounts and repositories look in the API."""

import base64

from tests.github.exchange import Json, Urls
from tests.github.state import Label, Permission, Repository, State, User, stamp

USER_LINKS = (
    "followers", "gists{/gist_id}", "starred{/owner}{/repo}", "subscriptions", "repos", "events{/privacy}",
    "received_events", "following{/other_user}",
)  # fmt: skip
REPOSITORY_LINKS = {
    "archive": "{archive_format}{/ref}", "assignees": "assignees{/user}", "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}", "collaborators": "collaborators{/collaborator}", "comments": "comments{/number}",
    "commits": "commits{/sha}", "compare": "compare/{base}...{head}", "contents": "contents/{+path}",
    "contributors": "contributors", "deployments": "deployments", "downloads": "downloads", "events": "events",
    "forks": "forks", "git_commits": "git/commits{/sha}", "git_refs": "git/refs{/sha}", "git_tags": "git/tags{/sha}",
    "hooks": "hooks", "issue_comment": "issues/comments{/number}", "issue_events": "issues/events{/number}",
    "issues": "issues{/number}", "keys": "keys{/key_id}", "labels": "labels{/name}", "languages": "languages",
    "merges": "merges", "milestones": "milestones{/number}", "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}", "releases": "releases{/id}", "stargazers": "stargazers", "statuses": "statuses/{sha}",
    "subscribers": "subscribers", "subscription": "subscription", "tags": "tags", "teams": "teams",
    "trees": "git/trees{/sha}",
}  # fmt: skip


def node_id(kind: str, number: int | str) -> str:
    """Return an opaque id as GraphQL would know it."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def user_view(state: State, user: User, urls: Urls) -> Json:
    """Return an account as it appears within other answers."""
    user = state.shown(user)
    api = f"{urls.api}/users/{user.login}"
    links = {f"{link.partition('{')[0]}_url": f"{api}/{link}" for link in USER_LINKS}
    return {
        "login": user.login,
        "id": user.id,
        "node_id": node_id("User", user.id),
        "avatar_url": f"{urls.web}/avatars/u/{user.id}",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{urls.web}/{user.login}",
        **links,
        "organizations_url": f"{api}/orgs",
        "type": user.kind,
        "site_admin": False,
        "user_view_type": "public",
    }


def profile_view(state: State, user: User, urls: Urls) -> Json:
    """Return an account as it appears when asked for itself."""
    nothing = ("company", "location", "email", "hireable", "bio", "twitter_username")
    return user_view(state, user, urls) | {
        **dict.fromkeys(nothing),
        "name": user.name,
        "blog": "",
        "public_repos": len(state.owned(user)),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": stamp(user.created_at),
        "updated_at": stamp(user.created_at),
    }


def private_profile_view(state: State, user: User, urls: Urls) -> Json:
    """Return an account as its owner sees it."""
    counts = ("private_gists", "total_private_repos", "owned_private_repos", "disk_usage", "collaborators")
    return (
        profile_view(state, user, urls)
        | dict.fromkeys(counts, 0)
        | {
            "two_factor_authentication": True,
            "user_view_type": "private",
        }
    )


def repository_view(state: State, repository: Repository, urls: Urls, viewer: User | None) -> Json:
    """Return a repository as it appears within other answers."""
    api = f"{urls.api}/repos/{repository.full_name}"
    web = f"{urls.web}/{repository.full_name}"
    host = urls.web.split("://", 1)[1]
    pulls = sum(pull.state == "open" for pull in repository.pulls.values())
    forks = len(state.forks(repository))
    times = {"created_at": stamp(repository.created_at), "updated_at": stamp(repository.pushed_at)}
    features = dict.fromkeys(("has_issues", "has_projects", "has_wiki", "has_downloads"), True)
    absent = dict.fromkeys(("has_pages", "has_discussions", "disabled"), False)
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": user_view(state, repository.owner, urls),
        "html_url": web,
        "description": None,
        "fork": repository.parent is not None,
        "url": api,
        **{f"{name}_url": f"{api}/{suffix}" for name, suffix in REPOSITORY_LINKS.items()},
        "git_url": f"git://{host}/{repository.full_name}.git",
        "ssh_url": f"git@{host}:{repository.full_name}.git",
        "clone_url": f"{web}.git",
        "svn_url": web,
        "homepage": None,
        "language": None,
        "license": None,
        "mirror_url": None,
        "default_branch": repository.default_branch,
        **dict.fromkeys(("forks", "forks_count"), forks),
        **dict.fromkeys(("open_issues", "open_issues_count"), pulls),
        **dict.fromkeys(("stargazers_count", "watchers", "watchers_count", "size"), 0),
        **features,
        **absent,
        **times,
        "pushed_at": stamp(repository.pushed_at),
        "visibility": "private" if repository.private else "public",
        "archived": repository.archived,
        "allow_forking": repository.allow_forking,
        "permissions": role_flags(repository.role(viewer)),
    }


def full_repository_view(state: State, repository: Repository, urls: Urls, viewer: User | None) -> Json:
    """Return a repository as it appears when asked for itself: with where it was forked from."""
    network = len(state.forks(repository.source))
    view = repository_view(state, repository, urls, viewer) | {"network_count": network, "subscribers_count": 0}
    if repository.parent and not repository.parent.deleted:
        view["parent"] = repository_view(state, repository.parent, urls, viewer)
        view["source"] = repository_view(state, repository.source, urls, viewer)
    return view


def role_flags(role: Permission) -> dict[str, bool]:
    """Return a role as the flags a repository shows."""
    writes = role in ("admin", "write")
    return {
        "admin": role == "admin",
        "maintain": role == "admin",
        "push": writes,
        "triage": writes,
        "pull": role != "none",
    }


def label_view(repository: Repository, label: Label, urls: Urls) -> Json:
    """Return a label."""
    return {
        "id": label.id,
        "node_id": node_id("Label", label.id),
        "url": f"{urls.api}/repos/{repository.full_name}/labels/{label.name}",
        "name": label.name,
        "description": label.description,
        "color": label.color,
        "default": False,
    }
