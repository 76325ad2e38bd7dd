"""The demo, step by step, each step by the command that anyone would run."""

import datetime as dt
import json
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

from tests.demo import residence
from tests.demo.community import COMMUNITY, Contributor, Machine, write_logs
from tests.demo.forgery import forge
from tests.demo.stage import Stage
from tests.github.state import Pull
from tests.workflows.runner import Run

TOKEN_TRACKER = Path(sys.executable).parent / "token-tracker"
MARK = ".token-tracker-demo"
"""Says that a folder is ours to delete."""
SUBMITTERS = 4
"""Contributors who submit at the same time."""

Desk = tuple[Contributor, Machine]
"""Somebody at one of their machines."""


class StepFailed(Exception):
    """A step of the demo did not end as it should; the text says which and why."""


class Demo:
    """One play: a folder, a time, and a stage. `residents` more people, made up without logs, join over the months."""

    def __init__(
        self,
        folder: Path,
        now: dt.datetime,
        port: int,
        residents: int = 0,
        community: Sequence[Contributor] = COMMUNITY,
    ) -> None:
        self.folder = folder
        self.now = now
        self.port = port
        self.residents = residents
        self.community = community
        self.board = folder / "board.git"
        self.site = folder / "site"
        self.address = ""

    def play(self) -> None:
        """Play all steps. Raises StepFailed when a step does not end as it should, CliError for a port in use."""
        self._prepare()
        with Stage(self.folder, self.now - dt.timedelta(days=9), self.port) as stage:
            self.address = stage.address
            neighbours = self._settle(stage)
            honest = [who for who in self.community if not who.cheats]
            self._count(stage)
            self._first(stage, honest[0])
            others = [(who, machine) for who in honest for machine in who.machines][1:]
            self._together(stage, "Everybody else submits, and a second device joins", others)
            stage.clock.now = self.now
            if neighbours:
                residence.come(stage, neighbours)
            everyone = [(who, who.machines[0]) for who in self.community]
            self._together(stage, "A week later: new usage, a new login, a burst, and a cheat", everyone)
            self._step("Anyone can clone the board and verify every signature")
            stage.clone(self.board)
            self._show(stage, ["verify", "--repository", self.board.name])

    def _prepare(self) -> None:
        if self.folder.exists() and any(self.folder.iterdir()) and not (self.folder / MARK).exists():
            raise StepFailed(f"{self.folder} is not a demo: choose another folder with --output.")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        (self.folder / MARK).touch()

    def _settle(self, stage: Stage) -> residence.Neighbours:
        if not self.residents:
            return []
        self._step(f"{self.residents} residents join over the months")
        return residence.settle(stage, self.residents, self.now, print)

    def _count(self, stage: Stage) -> None:
        self._step("Contributors' agents leave logs, and token-tracker counts them")
        desks = [(who, machine) for who in self.community for machine in who.machines]
        for who, machine in desks:
            write_logs(self._home(who, machine), who, machine, self.now)
        with ThreadPoolExecutor(2) as pool:
            reports = pool.map(lambda desk: self._run(stage, ["scan", "--json"], desk), desks)
        print("$ token-tracker scan        (on each machine)")
        for (who, machine), report in zip(desks, reports, strict=True):
            found = [f"{each['source']} {each['newEvents']:,}" for each in json.loads(report) if each["newEvents"]]
            print(f"  {who.login:18} {machine.name:8} responses counted: {', '.join(found)}")

    def _first(self, stage: Stage, who: Contributor) -> None:
        """Play one contributor's whole way: log in by the device flow, submit, wait for the merge and the page."""
        desk = (who, who.machines[0])
        self._step(f"{who.login} logs in and submits; the workflows judge, merge and publish")
        before = len(stage.runner.runs)
        self._log_in(stage, desk)
        self._show(stage, ["submit", "--yes", "--wait"], desk)
        stage.github.settle()
        _tell_runs(stage.runner.runs[before:])

    def _log_in(self, stage: Stage, desk: Desk) -> None:
        """Log in by the device flow, with somebody who enters the code on the site as soon as one is asked for."""
        user = stage.account(desk[0].id, desk[0].login, desk[0].display_name)
        print("$ token-tracker login")
        command = subprocess.Popen(
            [str(TOKEN_TRACKER), "login"],
            env=stage.environment(self._home(*desk)),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        with command:
            assert command.stdout is not None
            for text in command.stdout:
                print(f"  {text.rstrip()}", flush=True)
                with suppress(LookupError):  # nobody waits for a code yet, or no more
                    stage.github.authorize(user)
        if command.returncode:
            raise StepFailed(f"login ended with {command.returncode}.")

    def _together(self, stage: Stage, title: str, desks: Sequence[Desk]) -> None:
        """Let several submit at once, in an hour when GitHub starts no workflow, and let the sweep heal that."""
        self._step(title)
        before = len(stage.pulls)
        for contributor, _ in desks:
            stage.account(contributor.id, self._login(stage, contributor), contributor.display_name)
        print("$ token-tracker submit --yes        (on each machine)")
        stage.busy = True
        with ThreadPoolExecutor(SUBMITTERS) as pool:
            list(pool.map(partial(self._submit, stage), desks))
        stage.github.settle()
        stage.busy = False
        runs = stage.sweep()
        for pull in stage.pulls[before:]:
            print(f"  #{pull.number:<3} {pull.author.login:18} {_outcome(pull)}")
        _tell_runs(runs)

    def _submit(self, stage: Stage, desk: Desk) -> None:
        if desk[0].cheats:
            forge(stage, desk[0], self._home(*desk))
        else:
            self._run(stage, ["submit", "--yes"], desk, token=stage.token(desk[0].id))

    def _login(self, stage: Stage, contributor: Contributor) -> str:
        renamed = contributor.new_login and stage.clock.now == self.now
        return contributor.new_login if renamed else contributor.login

    def _home(self, contributor: Contributor, machine: Machine) -> Path:
        return self.folder / "contributors" / contributor.login / machine.name

    def _step(self, title: str) -> None:
        print(f"\n== {title}", flush=True)

    def _show(self, stage: Stage, arguments: list[str], desk: Desk | None = None) -> None:
        """Show a command, and what it prints."""
        print("$ token-tracker " + " ".join(arguments), flush=True)
        print(textwrap.indent(self._run(stage, arguments, desk), "  "))

    def _run(self, stage: Stage, arguments: list[str], desk: Desk | None = None, *, token: str = "") -> str:
        """Run the command, on somebody's machine or as anybody, and return what it said on stderr and stdout."""
        environment = stage.environment(self._home(*desk) if desk else self.folder, token)
        line = [str(TOKEN_TRACKER), *arguments]
        done = subprocess.run(line, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StepFailed(f"token-tracker {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return f"{done.stderr}{done.stdout}".strip()


def _outcome(pull: Pull) -> str:
    if pull.merged_at is not None:
        return "merged"
    return f"waits: {', '.join(sorted(pull.labels))}" if pull.state == "open" else "closed"


def _tell_runs(runs: Iterable[Run]) -> None:
    for run in runs:
        for name, job in run.jobs.items():
            print(f"  workflow {run.workflow:14} job {name:7} {job.result}")
            if job.result == "failure":
                raise StepFailed(job.said)
