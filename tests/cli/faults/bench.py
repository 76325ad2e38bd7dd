"""The fault bench: every step of a proposal, every way it can go wrong, what the user sees, and what is there after.

A cell is played in two runs. In the first the fault happens at the step; what the first run does not finish, the second
does. Time passes only for whoever is told to wait, so nothing here sleeps.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias

from cli import CliError
from cli.api import PAUSES
from cli.github import BRANCH_PREFIX, GitHub
from cli.proposal import Proposal, propose
from tests.github import stand_in
from tests.github.board import Clock
from tests.github.comparing import commits_between
from tests.github.faults import Fault
from tests.github.objects import read_blob
from tests.github.state import User
from validator.store import profile_path

SECONDS = 7
"""How long GitHub asks to wait."""
LASTING = len(PAUSES) + 1
"""So often a request is tried."""
BOARD = "grace-demo/board"
FIRST_ID = 1_000
Situation: TypeAlias = Literal["new", "forked", "offered"]


@dataclass(frozen=True)
class Step:
    """One request of a proposal. `what` is how messages call it, `situation` what must be there for it to be made."""

    name: str
    method: str
    path: str
    what: str
    situation: Situation = "forked"


STEPS = (
    Step("who am I", "GET", "/user", "the token's owner"),
    Step("find the fork", "GET", "/repos/user-*/board", "your fork", "new"),
    Step("fork", "POST", "*/forks", "your fork", "new"),
    Step("wait for the fork", "GET", "/repos/user-*/git/ref/*", "your fork", "new"),
    Step("compare", "GET", "*/compare/*", "your branch"),
    Step("blob", "POST", "*/git/blobs", "your files"),
    Step("tree", "POST", "*/git/trees", "your files"),
    Step("commit", "POST", "*/git/commits", "your commit"),
    Step("create the branch", "POST", "*/git/refs", "your branch"),
    Step("move the branch", "PATCH", "*/git/refs/*", "your branch", "offered"),
    Step("list pull requests", "GET", "*/pulls", "your pull requests"),
    Step("open the pull request", "POST", "*/pulls", "your pull request"),
    Step("edit the pull request", "PATCH", "*/pulls/*", "your pull request", "offered"),
)


@dataclass(frozen=True)
class Trouble:
    """A column: the fault, how often in a row, and whether it ends the process."""

    name: str
    fault: Fault
    times: int = 1
    kills: bool = False


TROUBLES = (
    Trouble("dropped before", "drop before"),
    Trouble("dropped after", "drop after"),
    Trouble("500", "500"),
    Trouble("502", "502"),
    Trouble("403 retry-after", "403 retry-after"),
    Trouble("429", "429"),
    Trouble("401", "401"),
    Trouble("killed", "drop after", kills=True),
    Trouble("502, and again", "502", LASTING),
)


class Killed(BaseException):
    """Ends a run as a signal would: nothing that handles errors gets to see it."""


@dataclass
class Run:
    """What one run came to. `told` is what the user reads when it does not get through."""

    done: bool = False
    told: str = ""
    waits: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        waited = f"waits {sum(self.waits):.0f} s, " if self.waits and self.done else ""
        return f"{waited}done" if self.done else self.told or "killed"


@dataclass(frozen=True)
class Played:
    """What became of a cell; `again` is None when the first run got through. The rest is counted at GitHub after it."""

    first: Run
    again: Run | None
    forks: int
    branches: int
    pulls: int
    commits: int
    """Of the branch, that the board has not."""
    as_proposed: bool
    """Whether title and content are those of the proposal."""

    @property
    def right(self) -> bool:
        """Whether there is one of each, as proposed."""
        return self.as_proposed and (self.forks, self.branches, self.pulls, self.commits) == (1, 1, 1, 1)


class Bench:
    """A board at a stand-in GitHub, and as many users as there are situations to begin from."""

    def __init__(self, folder: Path) -> None:
        """Keep the repositories in a folder. Use as a context manager."""
        self.github = stand_in.GitHub(folder, now=Clock(), content_per_minute=100_000)
        grace = self.github.user(1, "grace-demo")
        self.board = self.github.repository(grace, "board", {"submissions/README.md": b"The store.\n"})
        self.tokens: dict[int, str] = {}
        self._users: dict[str, User] = {}
        self._proposed = 0

    def __enter__(self) -> Self:
        self.github.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.github.__exit__(kind, error, trace)

    def play(self, step: Step, trouble: Trouble) -> Played:
        """Let a step go wrong, run again if that ended the run, and count what there is at GitHub."""
        user, proposal = self.begin(step)
        self.github.fail(step.method, step.path, trouble.fault, trouble.times, seconds=SECONDS)
        first = self.run(user, proposal, kills=trouble.kills)
        assert self.github.pending_faults == [], f"nobody came to: {step.name}"
        return self.counted(user, proposal, first, None if first.done else self.run(user, proposal))

    def begin(self, step: Step) -> tuple[User, Proposal]:
        """Return somebody for whom a step is still to come, and what they propose."""
        if step.situation == "new":
            return self._user(f"new {self._proposed}"), self._proposal("first")
        is_new = step.situation not in self._users
        user = self._user(step.situation)
        if is_new:
            assert self.run(user, self._proposal("begun")).done
        return user, self._proposal("begun" if step.situation == "offered" else f"branch-{self._proposed}")

    def run(self, user: User, proposal: Proposal, *, kills: bool = False) -> Run:
        """Propose as a user, in this process; `kills`: the first wait is the end of it."""
        run = Run()

        def wait(seconds: float) -> None:
            if kills:
                raise Killed
            run.waits.append(seconds)

        hub = GitHub(BOARD, self.tokens[user.id], self.github.url, lambda _: None, wait)
        try:
            propose(hub, hub.viewer(), self.filled(user, proposal), lambda _: None)
            run.done = True
        except CliError as error:
            run.told = f"exit {error.exit_code}: {error}"
        except Killed:
            pass
        return run

    def filled(self, user: User, proposal: Proposal) -> Proposal:
        """Return a proposal with a user's paths in place of its own."""
        return replace(proposal, files={profile_path(user.id): content for content in proposal.files.values()})

    def counted(self, user: User, proposal: Proposal, first: Run, again: Run | None) -> Played:
        """Count what a user has at GitHub for a proposal."""
        forks = [each for each in self.github.state.owned(user) if each.parent is self.board]
        refs = [ref for fork in forks for ref in fork.git.refs() if ref == f"refs/heads/{proposal.branch}"]
        pulls = [
            each
            for each in self.board.pulls.values()
            if each.author is user and each.head_ref == proposal.branch and each.state == "open"
        ]
        head = pulls[0].head_sha
        blob = self.board.git.ref(f"{head}:{profile_path(user.id)}")
        content = read_blob(self.board.git, blob) if blob else None
        return Played(
            first,
            again,
            forks=len(forks),
            branches=len(refs),
            pulls=len(pulls),
            commits=len(commits_between(self.board.git, "main", head)),
            as_proposed=(pulls[0].title, content) == (proposal.title, proposal.files[""]),
        )

    def _proposal(self, name: str) -> Proposal:
        """Return a proposal that is another one each time, even upon the same branch."""
        self._proposed += 1
        content, when = b'{"proposed": %d}\n' % self._proposed, datetime.fromtimestamp(self.github.state.now(), UTC)
        title = f"Usage {self._proposed}"
        return Proposal(BRANCH_PREFIX + name, title, "Signed.\n", title, {"": content}, when)

    def _user(self, name: str) -> User:
        if name not in self._users:
            number = FIRST_ID + len(self._users)
            self._users[name] = self.github.user(number, f"user-{number}")
            self.tokens[number] = self.github.token(self._users[name])
        return self._users[name]


def markdown(bench: Bench) -> str:
    """Return the whole matrix as Markdown: rows are steps, columns faults, below them what the user is told."""
    notes: dict[str, str] = {}
    lines = [f"| step | {' | '.join(each.name for each in TROUBLES)} |", f"|---|{'---|' * len(TROUBLES)}"]
    for step in STEPS:
        cells = [_cell(bench.play(step, trouble), step, notes) for trouble in TROUBLES]
        lines.append(f"| {step.name} | {' | '.join(cells)} |")
    told = [f"- **{letter}**: {text}" for text, letter in notes.items()]
    return "\n".join([*lines, "", *told, ""])


def _cell(played: Played, step: Step, notes: dict[str, str]) -> str:
    first = str(played.first)
    if played.first.told:
        letter = notes.setdefault(first.replace(step.what, "…"), chr(ord("A") + len(notes)))
        first = f"exit 1 ({letter})"
    if not played.right:
        return "WRONG"
    return f"{first}; again: {played.again}" if played.again else first
