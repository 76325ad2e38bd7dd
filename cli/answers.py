"""GitHub's answers as typed values, as much of each as is read: the border behind which nothing is unknown.

Answers may hold anything; what does not fit raises pydantic's ValidationError, which cli/github.py translates.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\[bot\])?$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}$")]
Sha = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
Branch = Annotated[str, Field(min_length=1, max_length=255)]
Text = Annotated[str, Field(max_length=1_000_000)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Named(_Answer):
    """Anything with an id."""

    id: Id


class Account(_Answer):
    """Whose token it is, or whoever wrote something."""

    id: Id
    login: Login
    name: Text | None = None


class Permissions(_Answer):
    """What the token's owner may do in a repository."""

    push: bool = False


class Repository(_Answer):
    """A repository; `parent` and `source` only of a fork that was asked for itself."""

    id: Id
    full_name: Name
    html_url: Text
    default_branch: Branch
    owner: Account
    fork: bool = False
    archived: bool = False
    disabled: bool = False
    permissions: Permissions = Permissions()
    parent: Named | None = None
    source: Named | None = None

    def is_of(self, board: "Repository") -> bool:
        """Tell whether this is a fork in the board's network: of the board, or of what the board is a fork of."""
        network = {board.id} | ({board.source.id} if board.source else set())
        return any(each is not None and each.id in network for each in (self.parent, self.source))


class Target(_Answer):
    """An object, by its id."""

    sha: Sha


class Ref(_Answer):
    """A branch."""

    object: Target


class CommitBody(_Answer):
    """What a commit says."""

    message: Text
    tree: Target


class Commit(_Answer):
    """A commit as comparisons show it."""

    sha: Sha
    commit: CommitBody


class ChangedFile(_Answer):
    """A file of a comparison; `sha` is None where GitHub tells none."""

    filename: Text
    status: str
    sha: Sha | None = None
    previous_filename: Text | None = None


class Comparison(_Answer):
    """`base...head`: `behind_by` counts the commits that only the base has."""

    merge_base_commit: Commit
    ahead_by: int
    behind_by: int
    commits: list[Commit]
    files: list[ChangedFile] = []


class Entry(_Answer):
    """One entry of a tree."""

    path: Text
    mode: str
    type: str
    sha: Sha


class Tree(_Answer):
    """A tree, with everything below it when that was asked for."""

    sha: Sha
    tree: list[Entry]
    truncated: bool = False


class Blob(_Answer):
    """A file's content."""

    size: int
    encoding: Literal["base64"]
    content: str


class Head(_Answer):
    """Where a pull request comes from; `repo` is None once the fork was deleted."""

    ref: Branch
    sha: Sha
    repo: Named | None = None


class Label(_Answer):
    """A label of a pull request."""

    name: Text


class Pull(_Answer):
    """A pull request."""

    number: Id
    html_url: Text
    title: Text
    body: Text | None = None
    state: Literal["open", "closed"]
    merged_at: datetime | None = None
    user: Account | None = None
    head: Head
    labels: list[Label] = []
    created_at: datetime
    updated_at: datetime


class Issue(_Answer):
    """An issue, or a pull request seen as one."""

    number: Id
    user: Account | None = None
    pull_request: dict[str, object] | None = None


class Comment(_Answer):
    """What somebody said; `author_association` is what they are to the board."""

    id: Id
    user: Account | None = None
    author_association: str = "NONE"
    body: Text | None = None
