"""Every step of a proposal meets every fault: it ends right or says what to do, and what is there is there once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.cli.faults.bench import BOARD, SECONDS, STEPS, TROUBLES, Bench, Step, Trouble
from tests.github.faults import Fault

WAITED = {
    "dropped before": 1,
    "dropped after": 1,
    "500": 1,
    "502": 1,
    "403 retry-after": SECONDS,
    "429": SECONDS,
}
TOLD = {
    "401": "Log in anew: `token-tracker login`",
    "502, and again": "Run this again later: it continues.",
    "killed": "",
}
PROCESS = """
import sys
from datetime import UTC, datetime
from cli.github import GitHub
from cli.proposal import Proposal, propose

url, token, board, branch, path, content, title = sys.argv[1:]
hub = GitHub(board, token, url, print)
proposal = Proposal(branch, title, "Signed.\\n", title, {path: content.encode()}, datetime(2026, 11, 22, tzinfo=UTC))
propose(hub, hub.viewer(), proposal, print)
"""
MOMENTS: dict[str, Fault] = {
    "fork": "none",
    "commit": "drop after",
    "create the branch": "drop after",
    "open the pull request": "drop after",
}
"""Steps at which a process is really killed: before the request is answered (`none`), or when all was done."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("bench")) as bench:
        yield bench


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each.name)
@pytest.mark.parametrize("step", STEPS, ids=lambda each: each.name)
def test_a_fault_at_a_step(bench: Bench, step: Step, trouble: Trouble) -> None:
    played = bench.play(step, trouble)
    assert played.right
    if trouble.name in WAITED:
        assert (played.first.done, played.first.waits) == (True, [WAITED[trouble.name]])
        return
    assert not played.first.done
    assert TOLD[trouble.name] in played.first.told
    assert played.again is not None
    assert (played.again.done, played.again.waits) == (True, [])


@pytest.mark.parametrize("name", MOMENTS)
def test_a_process_is_killed(bench: Bench, name: str) -> None:
    step = next(each for each in STEPS if each.name == name)
    user, proposal = bench.begin(step)
    ((path, content),) = bench.filled(user, proposal).files.items()
    assert content is not None
    given = [bench.github.url, bench.tokens[user.id], BOARD, proposal.branch, path, content.decode(), proposal.title]
    killed: list[int] = []

    def kill() -> None:
        killed.append(process.pid)
        os.kill(process.pid, signal.SIGKILL)

    bench.github.fail(step.method, step.path, MOMENTS[name], action=kill)
    with subprocess.Popen([sys.executable, "-c", PROCESS, *given], stdout=subprocess.DEVNULL) as process:
        assert process.wait(60) == -signal.SIGKILL
    assert killed
    again = bench.run(user, proposal)
    assert bench.counted(user, proposal, again, None).right
    assert again.done


def test_a_limit_that_lasts_is_told_with_its_time(bench: Bench) -> None:
    step = next(each for each in STEPS if each.name == "blob")
    user, proposal = bench.begin(step)
    bench.github.fail(step.method, step.path, "403 retry-after", 2, seconds=100)
    run = bench.run(user, proposal)
    assert run.waits == [100.0]
    assert "Run this again in 100 s." in run.told
    assert bench.run(user, proposal).done
