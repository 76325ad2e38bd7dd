"""The bench: all attacks, how one is played through the public commands, and the table that documents them."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from cli.main import run
from tests.validator.attacks import files, folders, histories, masses, people
from tests.validator.attacks.attack import Attack
from tests.validator.attacks.scene import CAROL, Pull, Scene
from tests.validator.conftest import NOW
from validator import handover
from validator.config import Policy
from validator.judge import Author, judge

FAMILIES = {
    "Paths and kinds of files": folders,
    "Histories": histories,
    "Other people's names, keys and numbers": people,
    "What files hold": files,
    "Masses": masses,
}
"""Heading → the module whose attacks stand under it."""
MAINTAINER = "grace-demo"
ATTACKER, BYSTANDER = 1, 2
"""Numbers of the two pull requests in the queue."""
FAILED = 1
"""Exit code of a command that could not do its work."""


def of_family(family: object) -> list[Attack]:
    """Return the attacks of a module, in its order."""
    return [each for each in vars(family).values() if isinstance(each, Attack)]


ATTACKS = tuple(each for family in FAMILIES.values() for each in of_family(family))


@dataclass(frozen=True)
class Played:
    """What became of an attack."""

    verdict: str
    rules: tuple[str, ...]
    handed_over: str
    """The outcome that arrives in the job that may write."""
    merge: str
    bystander: str
    """What became of the honest pull request in the same queue."""
    comment: str
    """What would be posted."""
    report: str
    """What programs read."""
    line: tuple[str, ...]
    """The command that judged it."""


def play(attack: Attack, scene: Scene) -> Played:
    """Open the attack's pull request, judge it as a person and as a program would, then merge the whole queue."""
    opened = attack.open_pull(scene)
    pull = opened if isinstance(opened, Pull) else Pull(opened)
    line = arguments(scene, pull)
    code, report = command(scene, *line, "--json")
    _, comment = command(scene, *line)
    judged: dict[str, Any] = json.loads(report) if code != FAILED else {"outcome": "failed"}
    rules = tuple(sorted({finding["code"] for finding in judged.get("findings", [])}))
    handed_over = _hand_over(scene, pull) if code != FAILED else "failed"
    is_flagged = judged["outcome"] == "flagged"
    honest = Pull(scene.commit(CAROL.files()), CAROL, CAROL.id)
    statuses = _merge(scene, {ATTACKER: pull, BYSTANDER: honest}, approved=not is_flagged)
    merge = statuses[ATTACKER]
    if is_flagged:
        merge += ", then " + _merge(scene, {ATTACKER: pull}, approved=True)[ATTACKER]
    return Played(judged["outcome"], rules, handed_over, merge, statuses[BYSTANDER], comment, report, tuple(line))


def arguments(scene: Scene, pull: Pull) -> list[str]:
    """Return the command line that judges a pull request."""
    line = ["validate", "--repository", str(scene.board.path), "--base", "main", "--head", pull.judged or pull.head]
    line += ["--author-id", str(pull.author.id), "--author-login", pull.author.login]
    return [*line, "--head-owner-id", str(pull.head_owner)] if pull.head_owner is not None else line


def command(scene: Scene, *line: str) -> tuple[int, str]:
    """Run token-tracker in this process at NOW and return its exit code and what it printed."""
    output = io.StringIO()
    environment = {"SOURCE_DATE_EPOCH": str(int(NOW.timestamp()))}
    with patch.dict("os.environ", environment), redirect_stdout(output), redirect_stderr(io.StringIO()):
        code = run(list(line))
    return code, output.getvalue()


def _merge(scene: Scene, pulls: Mapping[int, Pull], *, approved: bool) -> dict[int, str]:
    """Merge pull requests by number, all of them approved by a maintainer or none; return what became of each."""
    for number, pull in pulls.items():
        _point(scene, number, pull.head)
    reviewer = MAINTAINER if approved else None
    queue = scene.board.path / "pulls.json"
    queue.write_text(json.dumps([_request(number, pull) | {"approvedBy": reviewer} for number, pull in pulls.items()]))
    code, printed = command(scene, "merge", "--repository", str(scene.board.path), "--pulls", str(queue), "--json")
    if code == FAILED:
        return dict.fromkeys(pulls, "failed")
    return {each["number"]: each["status"] for each in json.loads(printed)}


def _hand_over(scene: Scene, pull: Pull) -> str:
    """Judge, write the verdict as the judging job does, and return the outcome that the writing job reads."""
    head, base = scene.board.repository.resolve(pull.judged or pull.head), scene.board.main
    author = Author(pull.author.id, pull.author.login, pull.head_owner)
    verdict = judge(scene.board.repository, base=base, head=head, author=author, policy=Policy(), now=NOW)
    (read,) = handover.parse(handover.render([handover.Judged(ATTACKER, head, base, author.id, verdict)]))
    return read.outcome


def _point(scene: Scene, number: int, oid: str) -> None:
    """Let a pull request's reference name any object, as a file: Git refuses to name some of them."""
    path = scene.board.path / f"refs/pull/{number}/head"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{oid}\n")


def _request(number: int, pull: Pull) -> dict[str, object]:
    facts = {"authorId": pull.author.id, "authorLogin": pull.author.login, "headOwnerId": pull.head_owner}
    return {"number": number, "head": pull.judged or pull.head, **facts}


def table(attacks: Sequence[Attack]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| attack | verdict | rule |"
    yield "|---|---|---|"
    for each in attacks:
        said = each.verdict if each.merge != "moved" else f"{each.verdict}; merge refuses: head moved"
        yield f"| {each.title} | {said} | {', '.join(f'`{code}`' for code in each.rules) or 'none'} |"


def markdown() -> str:
    """Return all attacks as Markdown, a table for each family."""
    parts = ["\n".join([f"### {heading}", "", *table(of_family(family)), ""]) for heading, family in FAMILIES.items()]
    return "\n".join(parts)
