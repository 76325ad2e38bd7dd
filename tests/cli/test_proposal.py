"""Offering a change to a board at the stand-in GitHub, as old, renamed, slow or missing as forks may be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli import CliError
from cli.github import GitHub, PullRequest
from cli.proposal import Proposal, propose
from tests.github.bare import Bare
from tests.github.board import WORKFLOW, Board, Clock
from tests.github.comparing import changed_files, commits_between, merge_base
from tests.github.objects import Entry, Person, read_blob, read_commits, write_blob, write_commit, write_tree
from tests.github.stand_in import GitHub as StandIn
from tests.github.state import Pull, Repository

PROFILE = "submissions/92/4242/profile.json"
MONTH = "submissions/92/4242/abcdefgh/2026-11.json"
BRANCH = "token-tracker/abcdefgh"
PROPOSAL = Proposal(
    branch=BRANCH,
    title="Usage of ada-demo",
    body="Signed.\n",
    message="Publish a month\n",
    files={PROFILE: b'{"devices": 1}\n', MONTH: b"{}\n"},
    when=datetime(2026, 11, 22, 12, tzinfo=UTC),
)


@dataclass
class Scene:
    """A board, ada-demo who proposes, and what she was told."""

    board: Board
    clock: Clock
    told: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def upstream(self) -> Repository:
        return self.board.repository

    @property
    def forks(self) -> list[Repository]:
        return [each for each in self.board.github.state.owned(self.board.ada) if each.parent is self.upstream]

    @property
    def pulls(self) -> list[Pull]:
        return list(self.upstream.pulls.values())

    def hub(self, token: str | None = None, name: str = "grace-demo/board") -> GitHub:
        return GitHub(name, token or self.board.ada_token, self.board.github.url, self.told.append, self.wait)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.seconds += seconds

    def propose(self, proposal: Proposal = PROPOSAL, token: str | None = None) -> PullRequest:
        hub = self.hub(token)
        return propose(hub, hub.viewer(), proposal, self.told.append)

    def refused(self, token: str | None = None) -> str:
        with pytest.raises(CliError) as error:
            self.propose(token=token)
        assert error.value.hint
        return str(error.value)

    def fork(self) -> Repository:
        """Let ada-demo fork by hand."""
        self.board.client(self.board.ada_token).get_repo("grace-demo/board").create_fork()
        return self.forks[0]

    def merge(self, number: int) -> None:
        """Merge a pull request as the bot does: main's tree with its files, a commit with two parents."""
        pull, git = self.upstream.pulls[number], self.upstream.git
        base = git.ref("refs/heads/main") or ""
        start = merge_base(git, base, pull.head_sha) or ""
        changed = changed_files(git, start, pull.head_sha)
        entries = [Entry("100644", each.path, None if each.status == "removed" else each.sha) for each in changed]
        tree = write_tree(git, entries, base)
        made = write_commit(git, tree, [base, pull.head_sha], "Merge", (GRACE, GRACE))
        head = self.board.http(self.board.grace_token).patch(
            "/repos/grace-demo/board/git/refs/heads/main", json={"sha": made}
        )
        assert head.status_code == 200
        assert pull.merged_at

    def content(self, pull: PullRequest, path: str) -> bytes | None:
        blob = self.upstream.git.ref(f"{pull.head}:{path}")
        return read_blob(self.upstream.git, blob) if blob else None

    def changes(self, pull: PullRequest) -> dict[str, str]:
        """Return what a pull request changes: path → status."""
        git = self.upstream.git
        start = merge_base(git, "main", pull.head) or ""
        return {each.path: each.status for each in changed_files(git, start, pull.head)}


GRACE = Person("grace-demo", "1+grace-demo@users.noreply.github.com", 1_795_000_000)


def commit(git: Bare, branch: str, path: str, content: bytes) -> None:
    """Add a commit to a branch of a repository."""
    tip = git.ref(f"refs/heads/{branch}") or ""
    tree = write_tree(git, [Entry("100644", path, write_blob(git, content))], tip)
    git.move(f"refs/heads/{branch}", write_commit(git, tree, [tip], "Go on", (GRACE, GRACE)))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    clock = Clock()
    with StandIn(tmp_path / "github", now=clock, content_per_minute=10_000) as github:
        board = Board(github)
        yield Scene(board, clock)
        board.close()


def test_one_fork_one_branch_one_commit_one_pull_request(scene: Scene) -> None:
    pull = scene.propose()
    assert (pull.number, pull.state, pull.branch, pull.title) == (1, "open", BRANCH, PROPOSAL.title)
    assert scene.changes(pull) == {PROFILE: "added", MONTH: "added"}
    assert len(commits_between(scene.upstream.git, "main", pull.head)) == 1
    assert scene.told == ["Asking GitHub for your fork of grace-demo/board …", "Sending 2 files to ada-demo/board …"]
    made = read_commits(scene.upstream.git, [pull.head])[0]
    assert {made.author.email, made.committer.email} == {"4242+ada-demo@users.noreply.github.com"}
    assert (made.author.name, made.author.date) == ("ada-demo", int(PROPOSAL.when.timestamp()))
    assert not scene.pulls[0].maintainer_can_modify


def test_the_same_again_writes_nothing(scene: Scene) -> None:
    first = scene.propose()
    done = len(scene.board.github.log)
    assert scene.propose(replace(PROPOSAL, when=datetime(2027, 1, 1, tzinfo=UTC))) == first
    assert {method for method, _, _ in scene.board.github.log[done:]} == {"GET"}


def test_something_else_updates_the_same_pull_request(scene: Scene) -> None:
    first = scene.propose()
    files = {PROFILE: b'{"devices": 2}\n'}
    second = scene.propose(replace(PROPOSAL, title="More", body="", files=files))
    assert (second.number, second.title, scene.pulls[0].body) == (first.number, "More", "")
    assert second.head != first.head
    assert scene.pulls[0].head_sha == second.head
    assert scene.changes(second) == {PROFILE: "added"}
    assert len(commits_between(scene.upstream.git, "main", second.head)) == 1


def test_devices_have_branches_of_their_own(scene: Scene) -> None:
    first, second = scene.propose(), scene.propose(replace(PROPOSAL, branch="token-tracker/devices"))
    assert (first.number, second.number, len(scene.forks)) == (1, 2, 1)


def test_an_old_fork_is_never_synchronized(scene: Scene) -> None:
    fork = scene.fork()
    begun = fork.git.ref("refs/heads/main")
    commit(scene.upstream.git, "main", WORKFLOW, b"on: push\n")
    pull = scene.propose()
    assert read_commits(fork.git, [pull.head])[0].parents == (begun,)
    assert fork.git.ref("refs/heads/main") == begun


def test_commits_of_the_forks_owner_are_not_offered(scene: Scene) -> None:
    fork = scene.fork()
    commit(fork.git, "main", "mine.txt", b"mine\n")
    assert scene.changes(scene.propose()) == {PROFILE: "added", MONTH: "added"}


def test_a_renamed_fork_is_found_by_its_parent(scene: Scene) -> None:
    scene.board.github.rename_repository(scene.fork(), "elsewhere")
    scene.board.github.repository(scene.board.ada, "board", {"README.md": b"Mine.\n"})
    pull = scene.propose()
    assert [fork.name for fork in scene.forks] == ["elsewhere"]
    assert scene.pulls[0].head is scene.forks[0]
    assert pull.state == "open"


def test_a_foreign_repository_of_the_same_name_is_left_alone(scene: Scene) -> None:
    mine = scene.board.github.repository(scene.board.ada, "board", {"README.md": b"Mine.\n"})
    scene.propose()
    assert [fork.name for fork in scene.forks] == ["board-1"]
    assert list(mine.git.refs()) == ["refs/heads/main"]


def test_one_fork_serves_two_boards_of_a_network(scene: Scene) -> None:
    first = scene.propose()
    heidi = scene.board.github.user(7, "heidi-demo")
    scene.board.client(scene.board.github.token(heidi)).get_repo("grace-demo/board").create_fork(name="team")
    hub = scene.hub(name="heidi-demo/team")
    second = propose(hub, hub.viewer(), PROPOSAL, scene.told.append)
    assert second.url.endswith("/heidi-demo/team/pull/1")
    assert first.branch == second.branch == hub.pulls(hub.viewer(), state="open")[0].branch == BRANCH
    (team,) = scene.board.github.state.owned(heidi)
    assert scene.forks[0].git.refs("refs/heads/token-tracker").keys() == {
        f"refs/heads/{BRANCH}",
        f"refs/heads/token-tracker/{team.id}/abcdefgh",
    }
    assert len(scene.board.github.state.owned(scene.board.ada)) == 1


def test_a_slow_fork_is_waited_for(scene: Scene) -> None:
    scene.board.github.state.fork_delay = 10
    assert scene.propose().number == 1
    assert scene.waits == [1, 2, 3, 5]


def test_a_fork_that_never_comes_is_told_and_continues_later(scene: Scene) -> None:
    scene.board.github.state.fork_delay = 1_000
    assert "GitHub is still making your fork ada-demo/board. Run this again" in scene.refused()
    scene.clock.seconds += 1_000
    assert scene.propose().number == 1
    assert len(scene.forks) == 1


def test_whoever_may_write_has_a_branch_in_the_board(scene: Scene) -> None:
    pull = scene.propose(token=scene.board.grace_token)
    assert pull.branch == BRANCH
    assert scene.upstream.git.ref("refs/heads/token-tracker/1/abcdefgh") == pull.head
    heidi = scene.board.github.user(7, "heidi-demo")
    scene.upstream.collaborators[7] = "write"
    other = scene.propose(token=scene.board.github.token(heidi))
    assert (other.number, other.branch) == (2, BRANCH)
    assert scene.propose(token=scene.board.grace_token) == pull
    assert len(scene.board.github.state.repositories) == 1


def test_after_a_merge_the_branch_goes_on_from_there(scene: Scene) -> None:
    first = scene.propose()
    scene.merge(first.number)
    second = scene.propose(replace(PROPOSAL, files={**PROPOSAL.files, MONTH: b'{"revision": 2}\n'}))
    assert (second.number, scene.changes(second)) == (2, {MONTH: "modified"})
    with pytest.raises(CliError, match="The board has all of this already"):
        scene.propose()


def test_what_an_old_fork_lacks_can_be_removed(scene: Scene) -> None:
    first = scene.propose()
    scene.merge(first.number)
    away = scene.propose(replace(PROPOSAL, branch="token-tracker/withdraw", files={PROFILE: None, MONTH: None}))
    assert scene.changes(away) == {PROFILE: "removed", MONTH: "removed"}
    assert scene.propose(replace(PROPOSAL, branch="token-tracker/withdraw", files={PROFILE: None, MONTH: None})) == away


def test_a_fork_too_old_for_a_removal_is_told(scene: Scene) -> None:
    scene.fork()
    commit(scene.upstream.git, "main", PROFILE, b"{}\n")
    commit(scene.upstream.git, "main", WORKFLOW, b"on: push\n")
    with pytest.raises(CliError, match=r"too old for this change.*/ada-demo/board, press “Sync fork”"):
        scene.propose(replace(PROPOSAL, files={PROFILE: None}))


def test_a_file_set_back_to_what_the_fork_has_is_a_change(scene: Scene) -> None:
    commit(scene.upstream.git, "main", PROFILE, b"old\n")
    scene.fork()
    commit(scene.upstream.git, "main", PROFILE, b"new\n")
    pull = scene.propose(replace(PROPOSAL, files={PROFILE: b"old\n"}))
    assert scene.changes(pull) == {PROFILE: "modified"}


def test_a_closed_pull_request_stays_closed_and_another_is_opened(scene: Scene) -> None:
    scene.propose()
    scene.board.client(scene.board.grace_token).get_repo("grace-demo/board").get_pull(1).edit(state="closed")
    assert scene.propose().number == 2
    assert [pull.state for pull in scene.pulls] == ["closed", "open"]


@pytest.mark.parametrize(
    ("path", "content"), [("mine.txt", b"mine\n"), (PROFILE, PROPOSAL.files[PROFILE])], ids=["a file", "nothing"]
)
def test_a_head_that_somebody_moved_is_put_right(scene: Scene, path: str, content: bytes) -> None:
    first = scene.propose()
    commit(scene.forks[0].git, BRANCH, path, content)
    second = scene.propose()
    assert scene.forks[0].git.ref(f"refs/heads/{BRANCH}") == scene.pulls[0].head_sha == second.head
    assert (second.number, scene.changes(second)) == (first.number, {PROFILE: "added", MONTH: "added"})


def test_a_head_that_moves_in_between_is_put_right(scene: Scene) -> None:
    scene.propose()
    scene.board.github.fail("PATCH", "*/git/refs/*", "head moved")
    second = scene.propose(replace(PROPOSAL, files={PROFILE: b"2\n"}))
    assert scene.changes(second) == {PROFILE: "added"}


def test_a_deleted_fork_is_made_again(scene: Scene) -> None:
    scene.propose()
    scene.board.github.delete(scene.forks[0])
    assert scene.propose().number == 2
    assert len(scene.forks) == 1


def test_a_fork_deleted_in_between_is_told(scene: Scene) -> None:
    fork = scene.fork()
    scene.board.github.fail("POST", "*/git/trees", "none", action=lambda: scene.board.github.delete(fork))
    assert "Was your fork deleted just now? Then run this again." in scene.refused()
    assert scene.propose().number == 1


def test_a_branch_deleted_in_between_is_made_again(scene: Scene) -> None:
    scene.propose()
    git = scene.forks[0].git
    scene.board.github.fail("PATCH", "*/git/refs/*", "none", action=lambda: git.move(f"refs/heads/{BRANCH}", None))
    second = scene.propose(replace(PROPOSAL, files={PROFILE: b"2\n"}))
    assert git.ref(f"refs/heads/{BRANCH}") == second.head


def test_somebody_elses_pull_request_from_ones_branch_is_told(scene: Scene) -> None:
    scene.propose()
    stranger = scene.board.github.user(666, "mallory-demo")
    scene.pulls[0].author = stranger
    assert "Somebody else opened pull request 1" in scene.refused()


def archived_fork(scene: Scene) -> str:
    scene.fork().archived = True
    return "Your fork ada-demo/board is archived. Unarchive it"


def archived_board(scene: Scene) -> str:
    scene.upstream.archived = True
    return "The board grace-demo/board is archived: it takes no changes."


def vanished_board(scene: Scene) -> str:
    scene.board.github.delete(scene.upstream)
    return "There is no board grace-demo/board that this token can see. Check the name"


def no_forks(scene: Scene) -> str:
    scene.upstream.allow_forking = False
    return "forking is disabled). Without a fork you need write access: ask the board's owner"


def single_sign_on(scene: Scene) -> str:
    scene.board.github.fail("POST", "*/forks", "single sign-on")
    return "Open https://github.com/orgs/board/sso?authorization_request=demo and run this again."


def used_up(scene: Scene) -> str:
    scene.board.github.exhaust(scene.board.ada_token)
    return "GitHub's limit keeps this token from the token's owner. Run this again in 61 minutes."


def revoked(scene: Scene) -> str:
    scene.board.github.revoke(scene.board.ada_token)
    return "GitHub does not accept the token (Bad credentials): it ended or was revoked. Log in anew"


def revoked_in_between(scene: Scene) -> str:
    scene.board.github.fail(
        "POST", "*/git/commits", "none", action=lambda: scene.board.github.revoke(scene.board.ada_token)
    )
    return "GitHub does not accept the token"


@pytest.mark.parametrize(
    "happens",
    [archived_fork, archived_board, vanished_board, no_forks, single_sign_on, used_up, revoked, revoked_in_between],
)
def test_what_cannot_be_waited_out_is_told_with_what_to_do(scene: Scene, happens: Callable[[Scene], str]) -> None:
    expected = happens(scene)
    said = scene.refused()
    assert expected in said
    assert scene.board.ada_token not in said
    assert scene.waits == []


def test_a_token_without_the_scope_is_told_before_anything_is_written(scene: Scene) -> None:
    token = scene.board.github.token(scene.board.ada, ("gist", "read:org"))
    said = scene.refused(token)
    assert "The token lacks the scope public_repo (it has: gist, read:org). Get one: `token-tracker login`" in said
    assert {method for method, _, _ in scene.board.github.log} == {"GET"}


@pytest.mark.parametrize("forked", [False, True])
def test_a_fine_grained_token_cannot_and_is_told(scene: Scene, *, forked: bool) -> None:
    own = (scene.fork(),) if forked else ()
    token = scene.board.github.token(scene.board.ada, kind="fine-grained", repositories=own)
    said = scene.refused(token)
    assert "This fine-grained token may not do that" in said
    assert "Use a classic token with the scope public_repo, or `token-tracker login`." in said


def test_renamed_board_and_user(scene: Scene) -> None:
    scene.propose()
    scene.board.github.rename_repository(scene.upstream, "leaderboard")
    scene.board.github.rename(scene.board.ada, "ada-two")
    second = scene.propose(replace(PROPOSAL, files={PROFILE: b"2\n"}))
    assert (second.number, len(scene.forks)) == (1, 1)
    made = read_commits(scene.upstream.git, [second.head])[0]
    assert made.author.email == "4242+ada-two@users.noreply.github.com"


def test_an_answer_lost_while_opening_is_found(scene: Scene) -> None:
    scene.board.github.fail("POST", "*/pulls", "drop after")
    assert scene.propose().number == 1
    assert [pull.state for pull in scene.pulls] == ["open"]
