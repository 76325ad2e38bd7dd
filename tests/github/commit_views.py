"""How commits and changed files look in the API."""

from urllib.parse import quote

from tests.github.comparing import Changed
from tests.github.exchange import Json, Urls
from tests.github.objects import CommitObject, Person, read_commits
from tests.github.state import Repository, State, User
from tests.github.views import node_id, user_view

UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def git_commit_view(repository: Repository, commit: CommitObject, urls: Urls) -> Json:
    """Return a commit as the Git data API shows it."""
    api, web = f"{urls.api}/repos/{repository.full_name}/git", f"{urls.web}/{repository.full_name}"
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": f"{api}/commits/{commit.sha}",
        "html_url": f"{web}/commit/{commit.sha}",
        "author": _person_view(commit.author),
        "committer": _person_view(commit.committer),
        "tree": {"sha": commit.tree, "url": f"{api}/trees/{commit.tree}"},
        "message": commit.message,
        "parents": [
            {"sha": sha, "url": f"{api}/commits/{sha}", "html_url": f"{web}/commit/{sha}"} for sha in commit.parents
        ],
        "verification": UNSIGNED,
    }


def commit_view(state: State, repository: Repository, sha: str, urls: Urls) -> Json:
    """Return a commit as it appears everywhere else, with the accounts that its noreply addresses name."""
    commit = read_commits(repository.git, [sha])[0]
    api, web = f"{urls.api}/repos/{repository.full_name}", f"{urls.web}/{repository.full_name}"
    inner = git_commit_view(repository, commit, urls)
    author, committer = _account(state, commit.author), _account(state, commit.committer)
    return {
        "sha": sha,
        "node_id": node_id("Commit", sha),
        "commit": {
            **{name: inner[name] for name in ("author", "committer", "message", "tree", "verification")},
            "url": inner["url"],
            "comment_count": 0,
        },
        "url": f"{api}/commits/{sha}",
        "html_url": inner["html_url"],
        "comments_url": f"{api}/commits/{sha}/comments",
        "author": user_view(state, author, urls) if author else None,
        "committer": user_view(state, committer, urls) if committer else None,
        "parents": [
            {"sha": parent, "url": f"{api}/commits/{parent}", "html_url": f"{web}/commit/{parent}"}
            for parent in commit.parents
        ],
    }


def file_view(repository: Repository, file: Changed, head: str, urls: Urls) -> Json:
    """Return a file of a comparison; without its patch, as GitHub leaves it out of large ones."""
    api, web = f"{urls.api}/repos/{repository.full_name}", f"{urls.web}/{repository.full_name}"
    path = quote(file.path)
    return {
        "sha": file.sha,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{web}/blob/{head}/{path}",
        "raw_url": f"{web}/raw/{head}/{path}",
        "contents_url": f"{api}/contents/{path}?ref={head}",
        **({"previous_filename": file.previous} if file.previous else {}),
    }


def _person_view(person: Person) -> Json:
    return {"name": person.name, "email": person.email, "date": person.iso}


def _account(state: State, person: Person) -> User | None:
    number, plus, _ = person.email.removesuffix("@users.noreply.github.com").partition("+")
    return state.users.get(int(number)) if plus and number.isdecimal() else None
