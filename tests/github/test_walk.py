"""The way of a submission through the stand-in, walked by PyGithub, which is not ours."""

import pytest
from github import GithubException

from tests.github.board import Board

PROFILE = {"submissions/92/4242/profile.json": b"{}\n"}


def test_from_fork_to_merge(board: Board) -> None:
    number = board.submit(PROFILE)
    repository = board.client(board.grace_token).get_repo("grace-demo/board")
    pull = repository.get_pull(number)
    assert (pull.user.id, pull.head.repo.owner.id, pull.changed_files, pull.commits) == (4242, 4242, 1, 1)
    assert pull.mergeable is None
    assert repository.get_pull(number).mergeable is True
    assert [each.filename for each in pull.get_files()] == list(PROFILE)
    assert [each.commit.message for each in pull.get_commits()] == ["Submit"]
    assert repository.compare("main", "ada-demo:submit").ahead_by == 1
    assert [each.number for each in repository.get_pulls(state="open", head="ada-demo:submit")] == [number]
    with pytest.raises(GithubException) as moved:
        pull.merge(sha="0" * 40)
    assert moved.value.status == 409
    assert pull.merge(sha=pull.head.sha).merged
    with pytest.raises(GithubException) as again:
        pull.merge()
    assert again.value.status == 405
    assert (repository.get_pull(number).merged, repository.get_pull(number).merged_by.login) == (True, "grace-demo")
    assert repository.get_git_tree("main", recursive=True).tree[-1].path == "submissions/92/4242/profile.json"
    assert [each.number for each in repository.get_pulls(state="closed")] == [number]


def test_comments_and_labels(board: Board) -> None:
    number = board.submit(PROFILE)
    repository = board.client(board.grace_token).get_repo("grace-demo/board")
    pull = repository.get_pull(number)
    comment = pull.create_issue_comment("Verified.")
    comment.edit("Verified, merging.")
    assert [each.body for each in pull.get_issue_comments()] == ["Verified, merging."]
    repository.create_label("needs-review", "d93f0b")
    pull.add_to_labels("needs-review", "daily-tokens")
    assert [[each.description for each in listed.labels] for listed in repository.get_pulls()] == [[None, None]]
    assert [each.name for each in repository.get_pull(number).labels] == ["needs-review", "daily-tokens"]
    assert [
        each.number for each in repository.get_issues(labels=["needs-review"], creator=repository.get_pull(number).user)
    ] == [number]
    pull.remove_from_labels("needs-review")
    assert [each.name for each in pull.as_issue().get_labels()] == ["daily-tokens"]
    theirs = board.client(board.ada_token).get_repo("grace-demo/board").get_pull(number)
    with pytest.raises(GithubException) as refused:
        theirs.get_issue_comment(comment.id).edit("All fine.")
    assert refused.value.status == 403
    with pytest.raises(GithubException) as hidden:
        theirs.add_to_labels("approved")
    assert hidden.value.status == 404
    comment.delete()
    assert list(pull.get_issue_comments()) == []


def test_a_moved_branch_moves_its_pull_request(board: Board) -> None:
    number = board.submit(PROFILE)
    fork = board.client(board.ada_token).get_repo("ada-demo/board")
    reference = fork.get_git_ref("heads/submit")
    first = fork.get_git_commit(reference.object.sha)
    other = fork.create_git_commit("Submit again", first.tree, first.parents)
    with pytest.raises(GithubException) as refused:
        reference.edit(other.sha)
    assert (refused.value.status, refused.value.message) == (422, "Update is not a fast forward")
    reference.edit(other.sha, force=True)
    base = board.client(board.grace_token).get_repo("grace-demo/board")
    assert base.get_pull(number).head.sha == other.sha
    assert base.get_git_ref(f"pull/{number}/head").object.sha == other.sha
    assert base.get_git_commit(first.sha).message == "Submit"
    reference.delete()
    assert base.get_pull(number).state == "closed"


def test_a_second_pull_request_for_a_branch_is_refused(board: Board) -> None:
    board.submit(PROFILE)
    base = board.client(board.ada_token).get_repo("grace-demo/board")
    with pytest.raises(GithubException) as duplicate:
        base.create_pull(base="main", head="ada-demo:submit", title="Submit", body="")
    assert duplicate.value.status == 422
    assert duplicate.value.data["errors"][0]["message"] == "A pull request already exists for ada-demo:submit."
    with pytest.raises(GithubException) as empty:
        base.create_pull(base="main", head="ada-demo:main", title="Submit", body="")
    assert empty.value.data["errors"][0]["message"] == "No commits between main and ada-demo:main"
    with pytest.raises(GithubException) as unknown:
        base.create_pull(base="main", head="ada-demo:nowhere", title="Submit", body="")
    assert unknown.value.data["errors"][0]["field"] == "head"


def test_conflicts_do_not_merge(board: Board) -> None:
    number = board.submit({"README.md": b"Mine.\n"})
    owner = board.client(board.grace_token).get_repo("grace-demo/board")
    tip = owner.get_git_commit(owner.get_branch("main").commit.sha)
    blob = owner.create_git_blob("Ours.\n", "utf-8")
    element = {"path": "README.md", "mode": "100644", "type": "blob", "sha": blob.sha}
    answer = board.http(board.grace_token).post(
        "/repos/grace-demo/board/git/trees", json={"base_tree": tip.tree.sha, "tree": [element]}
    )
    tree = owner.get_git_tree(answer.json()["sha"])
    owner.get_git_ref("heads/main").edit(owner.create_git_commit("Ours", tree, [tip]).sha)
    assert owner.get_pull(number).mergeable is None
    assert (owner.get_pull(number).mergeable, owner.get_pull(number).mergeable_state) == (False, "dirty")
    with pytest.raises(GithubException) as refused:
        owner.get_pull(number).merge()
    assert refused.value.status == 405


def test_files_and_their_commits(board: Board) -> None:
    number = board.submit(PROFILE)
    repository = board.client(board.grace_token).get_repo("grace-demo/board")
    merged = repository.get_pull(number).merge()
    file = repository.get_contents("submissions/92/4242/profile.json")
    assert not isinstance(file, list)
    assert (file.decoded_content, file.sha) == (
        b"{}\n",
        repository.get_git_tree(merged.sha, recursive=True).tree[-1].sha,
    )
    folder = repository.get_contents("submissions/92")
    assert isinstance(folder, list)
    assert [(each.type, each.path) for each in folder] == [("dir", "submissions/92/4242")]
    with pytest.raises(GithubException) as missing:
        repository.get_contents("submissions/93")
    assert missing.value.status == 404
    touched = [each.commit.message for each in repository.get_commits(path="submissions/92/4242/profile.json")]
    assert touched == ["Submit"]
    assert repository.get_commits()[0].sha == merged.sha
    assert [each.number for each in repository.get_commit(merged.sha).get_pulls()] == [number]
