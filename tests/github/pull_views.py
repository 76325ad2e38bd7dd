"""How pull requests, their comments and their issues look in the API."""

from tests.github.comparing import changed_files, commits_between, merge_base, merged_tree
from tests.github.exchange import Json, Urls
from tests.github.state import Comment, Pull, Repository, State, User, stamp
from tests.github.views import label_view, node_id, repository_view, user_view


def pull_view(state: State, repository: Repository, pull: Pull, urls: Urls, viewer: User | None) -> Json:
    """Return a pull request as it appears in a list."""
    api = f"{urls.api}/repos/{repository.full_name}"
    url, issue = f"{api}/pulls/{pull.number}", f"{api}/issues/{pull.number}"
    web = f"{urls.web}/{repository.full_name}/pull/{pull.number}"
    links = {
        "html": web,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{api}/statuses/{pull.head_sha}",
    }
    base_side = (
        f"{repository.owner.login}:{pull.base_ref}",
        pull.base_ref,
        pull.base_sha,
        repository.owner,
        repository,
    )
    head_side = (f"{pull.head_owner.login}:{pull.head_ref}", pull.head_ref, pull.head_sha, pull.head_owner, pull.head)
    sides = [
        {
            "label": label,
            "ref": ref,
            "sha": sha,
            "user": user_view(state, owner, urls),
            "repo": repository_view(state, of, urls, viewer) if of else None,
        }
        for label, ref, sha, owner, of in (base_side, head_side)
    ]
    return {
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "number": pull.number,
        "url": url,
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "issue_url": issue,
        **{f"{name}_url": link for name, link in links.items() if name not in ("html", "issue")},
        "_links": {name: {"href": link} for name, link in {"self": url, **links}.items()},
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "body": pull.body,
        "user": user_view(state, pull.author, urls),
        "labels": [label_view(repository, repository.labels[name], urls) for name in pull.labels],
        "milestone": None,
        "created_at": stamp(pull.created_at),
        "updated_at": stamp(pull.updated_at),
        "closed_at": stamp(pull.closed_at) if pull.closed_at else None,
        "merged_at": stamp(pull.merged_at) if pull.merged_at else None,
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": sides[1],
        "base": sides[0],
        "author_association": association(repository, pull.author),
        "auto_merge": None,
        "draft": pull.draft,
    }


def full_pull_view(state: State, repository: Repository, pull: Pull, urls: Urls, viewer: User | None) -> Json:
    """Return a pull request as it appears when asked for itself: with counts, and whether it merges."""
    git = repository.git
    start = merge_base(git, pull.base_sha, pull.head_sha) or pull.base_sha
    files = changed_files(git, start, pull.head_sha)
    mergeable, mergeable_state = _mergeable(repository, pull)
    return pull_view(state, repository, pull, urls, viewer) | {
        "merged": pull.merged_at is not None,
        "mergeable": mergeable,
        "mergeable_state": mergeable_state,
        "rebaseable": mergeable,
        "merged_by": user_view(state, pull.merged_by, urls) if pull.merged_by else None,
        "comments": sum(comment.number == pull.number for comment in list(repository.comments.values())),
        "review_comments": 0,
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": len(commits_between(git, start, pull.head_sha)),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def _mergeable(repository: Repository, pull: Pull) -> tuple[bool | None, str]:
    """Answer as GitHub does: nobody knows at first; asking starts the work, asking again brings the answer."""
    base = repository.git.ref(f"refs/heads/{pull.base_ref}")
    if pull.state == "closed" or base is None:
        return None, "unknown"
    if pull.examined != (base, pull.head_sha):
        pull.examined = (base, pull.head_sha)
        return None, "unknown"
    merges = merged_tree(repository.git, base, pull.head_sha) is not None
    return merges, "clean" if merges else "dirty"


def association(repository: Repository, user: User) -> str:
    """Return what an author is to the repository."""
    if user is repository.owner:
        return "OWNER"
    if user.id in repository.collaborators:
        return "COLLABORATOR"
    merged = any(pull.author is user and pull.merged_at for pull in list(repository.pulls.values()))
    return "CONTRIBUTOR" if merged else "NONE"


def issue_view(state: State, repository: Repository, pull: Pull, urls: Urls) -> Json:
    """Return a pull request as the issue it also is."""
    api = f"{urls.api}/repos/{repository.full_name}"
    url = f"{api}/issues/{pull.number}"
    web = f"{urls.web}/{repository.full_name}/pull/{pull.number}"
    return {
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "number": pull.number,
        "url": url,
        "repository_url": api,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": web,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "body": pull.body,
        "user": user_view(state, pull.author, urls),
        "labels": [label_view(repository, repository.labels[name], urls) for name in pull.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": sum(comment.number == pull.number for comment in list(repository.comments.values())),
        "created_at": stamp(pull.created_at),
        "updated_at": stamp(pull.updated_at),
        "closed_at": stamp(pull.closed_at) if pull.closed_at else None,
        "author_association": association(repository, pull.author),
        "draft": pull.draft,
        "pull_request": {
            "url": f"{api}/pulls/{pull.number}",
            "html_url": web,
            "diff_url": f"{web}.diff",
            "patch_url": f"{web}.patch",
            "merged_at": stamp(pull.merged_at) if pull.merged_at else None,
        },
    }


def comment_view(state: State, repository: Repository, comment: Comment, urls: Urls) -> Json:
    """Return a comment."""
    api = f"{urls.api}/repos/{repository.full_name}/issues"
    return {
        "id": comment.id,
        "node_id": node_id("IssueComment", comment.id),
        "url": f"{api}/comments/{comment.id}",
        "html_url": f"{urls.web}/{repository.full_name}/pull/{comment.number}#issuecomment-{comment.id}",
        "issue_url": f"{api}/{comment.number}",
        "body": comment.body,
        "user": user_view(state, comment.author, urls),
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "author_association": association(repository, comment.author),
    }
