"""Pull requests as issues: listing, comments, labels."""

from tests.github.access import require_presence, require_write
from tests.github.exchange import Refusal, Request, Response, invalid
from tests.github.happenings import Cause, comment_happened, pull_happened
from tests.github.pull_views import comment_view, issue_view
from tests.github.routes.pulls import change, pull_of
from tests.github.routing import route
from tests.github.state import Comment, Label, Pull, State
from tests.github.views import label_view

REPOSITORY = "/repos/{owner}/{repo}"
ISSUES = REPOSITORY + "/issues"
COMMENT_LENGTH = 65_536


@route("GET", ISSUES)
def index(state: State, request: Request) -> Response:
    """Return pull requests by state, creator and labels (all of them); the newest first."""
    query, repository = request.query, request.repository
    wanted, creator = query.get("state", "open"), query.get("creator", "").lower()
    labels = {name for name in query.get("labels", "").split(",") if name}
    found = [
        each
        for each in sorted(repository.pulls.values(), key=lambda pull: -pull.number)
        if wanted in ("all", each.state) and creator in ("", each.author.login.lower()) and labels <= set(each.labels)
    ]
    return Response(body=[issue_view(state, repository, each, request.urls) for each in found], pages=True)


@route("GET", ISSUES + "/{issue_number}")
def get(state: State, request: Request) -> Response:
    """Return a pull request as an issue."""
    return Response(body=issue_view(state, request.repository, pull_of(request), request.urls))


@route("PATCH", ISSUES + "/{issue_number}")
def update(state: State, request: Request) -> Response:
    """Change title, body or state of a pull request."""
    repository, pull = request.repository, pull_of(request)
    change(state, request, pull)
    return Response(body=issue_view(state, repository, pull, request.urls))


@route("GET", ISSUES + "/{issue_number}/comments")
def comments(state: State, request: Request) -> Response:
    """Return the comments of a pull request, the oldest first."""
    repository, pull = request.repository, pull_of(request)
    found = [each for each in repository.comments.values() if each.number == pull.number]
    return Response(body=[comment_view(state, repository, each, request.urls) for each in found], pages=True)


@route("POST", ISSUES + "/{issue_number}/comments")
def create_comment(state: State, request: Request) -> Response:
    """Comment."""
    repository, pull = request.repository, pull_of(request)
    require_presence(request, repository, "issues")
    now = state.now()
    comment = Comment(next(state.ids), pull.number, request.actor.user, _body(request), now, now)
    repository.comments[comment.id] = comment
    pull.updated_at = now
    comment_happened(Cause.of(state, request), repository, comment)
    view = comment_view(state, repository, comment, request.urls)
    return Response(201, view, {"Location": view["url"]})


@route("GET", ISSUES + "/comments/{comment_id}")
def get_comment(state: State, request: Request) -> Response:
    """Return a comment."""
    return Response(body=comment_view(state, request.repository, _comment(request), request.urls))


@route("PATCH", ISSUES + "/comments/{comment_id}")
def update_comment(state: State, request: Request) -> Response:
    """Change a comment of one's own, or anybody's in a repository one may write."""
    comment = _own_comment(request)
    comment.body, comment.updated_at = _body(request), state.now()
    return Response(body=comment_view(state, request.repository, comment, request.urls))


@route("DELETE", ISSUES + "/comments/{comment_id}")
def delete_comment(state: State, request: Request) -> Response:
    """Delete a comment of one's own, or anybody's in a repository one may write."""
    del request.repository.comments[_own_comment(request).id]
    return Response(204)


@route("GET", ISSUES + "/{issue_number}/labels")
def labels(state: State, request: Request) -> Response:
    """Return the labels of a pull request."""
    return Response(body=_labels(request, pull_of(request)).body, pages=True)


@route("POST", ISSUES + "/{issue_number}/labels")
def add_labels(state: State, request: Request) -> Response:
    """Add labels; unknown ones are made."""
    pull = pull_of(request)
    return _set_labels(state, request, pull, [*pull.labels, *_names(request)])


@route("PUT", ISSUES + "/{issue_number}/labels")
def set_labels(state: State, request: Request) -> Response:
    """Replace all labels."""
    return _set_labels(state, request, pull_of(request), _names(request))


@route("DELETE", ISSUES + "/{issue_number}/labels")
def clear_labels(state: State, request: Request) -> Response:
    """Remove all labels."""
    _set_labels(state, request, pull_of(request), [])
    return Response(204)


@route("DELETE", ISSUES + "/{issue_number}/labels/{name}")
def remove_label(state: State, request: Request) -> Response:
    """Remove a label."""
    pull, name = pull_of(request), request.path["name"]
    if name not in pull.labels:
        require_write(request, request.repository, "issues")
        raise Refusal(404, "Label does not exist")
    return _set_labels(state, request, pull, [each for each in pull.labels if each != name])


@route("GET", REPOSITORY + "/labels")
def repository_labels(state: State, request: Request) -> Response:
    """Return the labels a repository knows, by name."""
    known = sorted(request.repository.labels.items())
    return Response(body=[label_view(request.repository, each, request.urls) for _, each in known], pages=True)


@route("POST", REPOSITORY + "/labels")
def create_label(state: State, request: Request) -> Response:
    """Make a label."""
    require_write(request, request.repository, "issues")
    repository, data = request.repository, request.data
    if data["name"].lower() in {name.lower() for name in repository.labels}:
        error = {"resource": "Label", "field": "name", "code": "already_exists"}
        raise Refusal(422, "Validation Failed", error)
    label = Label(next(state.ids), data["name"], data.get("color", "ededed").lstrip("#"), data.get("description"))
    repository.labels[label.name] = label
    return Response(201, label_view(repository, label, request.urls))


def _comment(request: Request) -> Comment:
    number = request.path["comment_id"]
    comment = request.repository.comments.get(int(number)) if number.isdecimal() else None
    if comment is None:
        raise Refusal(404, "Not Found")
    return comment


def _own_comment(request: Request) -> Comment:
    comment = _comment(request)
    require_presence(request, request.repository, "issues")
    may = request.repository.role(request.viewer) in ("admin", "write") or request.actor.kind == "actions"
    if not may and comment.author is not request.viewer:
        raise Refusal(403, "Must have admin rights to Repository.")
    return comment


def _body(request: Request) -> str:
    body = str(request.data["body"])
    if not body.strip():
        raise invalid("IssueComment", "body", "body can't be blank")
    if len(body) > COMMENT_LENGTH:
        raise invalid("IssueComment", "body", "body is too long (maximum is 65536 characters)")
    return body


def _names(request: Request) -> list[str]:
    given = request.json if isinstance(request.json, list) else request.data.get("labels", [])
    return [each if isinstance(each, str) else each["name"] for each in given]


def _set_labels(state: State, request: Request, pull: Pull, names: list[str]) -> Response:
    require_write(request, request.repository, "issues")
    repository, names = request.repository, list(dict.fromkeys(names))
    for name in names:
        repository.labels.setdefault(name, Label(next(state.ids), name, "ededed", None))
    changed = {
        "labeled": [n for n in names if n not in pull.labels],
        "unlabeled": [n for n in pull.labels if n not in names],
    }
    pull.labels, pull.updated_at = names, state.now()
    for action, affected in changed.items():
        for name in affected:
            view = label_view(repository, repository.labels[name], request.urls)
            pull_happened(Cause.of(state, request), repository, pull, action, label=view)
    return _labels(request, pull)


def _labels(request: Request, pull: Pull) -> Response:
    known = request.repository.labels
    return Response(body=[label_view(request.repository, known[name], request.urls) for name in pull.labels])
