"""The way of a submission through the stand-in, walked by PyGithub, which is not ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from github import Auth, Github, GithubException, InputGitAuthor, InputGitTreeElement

from tests.github.events import Event
from tests.github.stand_in import GitHub
from tests.github.state import Repository, User


class Board:
    """A board, its owner, and somebody who submits."""

    def __init__(self, github: GitHub) -> None:
        self.github = github
        self.owner: User = github.user(1, "grace-demo", "Grace Demo")
        self.ada: User = github.user(4242, "ada-demo")
        files = {"README.md": b"A board.\n", ".github/workflows/publish.yml": b"on: workflow_dispatch\n"}
        self.repository: Repository = github.repository(self.owner, "board", files)
        self.ada_token = github.token(self.ada)
        self.owner_token = github.token(self.owner, ("repo", "workflow"))

    def client(self, token: str) -> Github:
        return Github(
            base_url=self.github.url,
            auth=Auth.Token(token),
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
        )

    def submit(self, paths: list[str], branch: str = "submit") -> int:
        """Fork, commit files, open a pull request; return its number."""
        ada = self.client(self.ada_token)
        base = ada.get_repo("grace-demo/board")
        fork = ada.get_repo(base.create_fork().full_name)
        parent = base.get_branch("main").commit
        elements = [
            InputGitTreeElement(path, "100644", "blob", sha=fork.create_git_blob(path, "utf-8").sha) for path in paths
        ]
        tree = fork.create_git_tree(elements, fork.get_git_tree(parent.commit.tree.sha))
        me = InputGitAuthor("ada-demo", "4242+ada-demo@users.noreply.github.com", "2026-11-22T12:00:00Z")
        commit = fork.create_git_commit("Submit", tree, [fork.get_git_commit(parent.sha)], me, me)
        fork.create_git_ref(f"refs/heads/{branch}", commit.sha)
        return base.create_pull(base="main", head=f"ada-demo:{branch}", title="Submit", body="").number


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    with GitHub(tmp_path / "github") as github:
        yield Board(github)


def test_fork_commit_pull_files_comment_merge(board: Board) -> None:
    heard: list[Event] = []
    board.github.listen(heard.append)
    number = board.submit(["submissions/92/4242/profile.json"])
    owner = board.client(board.owner_token)
    repository = owner.get_repo("grace-demo/board")
    pull = repository.get_pull(number)
    assert (pull.user.id, pull.head.repo.owner.id, pull.changed_files, pull.commits) == (4242, 4242, 1, 1)
    assert pull.mergeable is None
    assert repository.get_pull(number).mergeable is True
    assert [each.filename for each in pull.get_files()] == ["submissions/92/4242/profile.json"]
    assert repository.compare("main", "ada-demo:submit").ahead_by == 1
    assert [each.number for each in repository.get_pulls(state="open", head="ada-demo:submit")] == [number]
    comment = pull.create_issue_comment("Verified.")
    comment.edit("Verified, merging.")
    assert [each.body for each in pull.get_issue_comments()] == ["Verified, merging."]
    pull.add_to_labels("needs-review")
    assert [each.name for each in pull.labels] == []
    assert [each.name for each in repository.get_pull(number).labels] == ["needs-review"]
    pull.remove_from_labels("needs-review")
    with pytest.raises(GithubException) as refused:
        pull.merge(sha="0" * 40)
    assert refused.value.status == 409
    assert pull.merge(sha=pull.head.sha).merged
    assert repository.get_pull(number).merged
    comment.delete()
    assert list(pull.get_issue_comments()) == []
    board.github.settle()
    assert ("pull_request_target", "opened") in [(each.name, each.action) for each in heard]
