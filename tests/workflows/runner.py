"""Runs the workflows' jobs as GitHub would: reads the YAML, runs the steps' own commands, in order, in a shell.

Actions of others are replaced by what they come to on one machine: a checkout is a clone, an artifact a copy, a
deployment a folder. Everything else is taken as written, and what is not known here raises Unknown.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.github.bare import ISOLATED
from tests.github.events import Event
from tests.github.stand_in import GitHub
from tests.github.state import Repository
from tests.workflows.expressions import Unknown, Value, as_text, evaluate, fill_in, is_true

SHELL = ["bash", "-e", "-c"]
"""What GitHub runs a step with that names no shell."""


@dataclass
class Job:
    """What became of one job: `result` is success, failure or skipped."""

    result: str
    outputs: dict[str, str] = field(default_factory=dict)
    token: str = ""
    said: str = ""
    """Everything its steps printed."""
    summary: str = ""


@dataclass
class Run:
    """One run of one workflow."""

    workflow: str
    event: Event
    group: str
    jobs: dict[str, Job] = field(default_factory=dict)

    @property
    def results(self) -> dict[str, str]:
        """Job → result, in order."""
        return {name: job.result for name, job in self.jobs.items()}


@dataclass
class Runner:
    """A repository's Actions. `runs` is what ran, in order; `pages` the folder that is published."""

    github: GitHub
    repository: Repository
    folder: Path
    pages: Path
    clock: Callable[[], float]
    variables: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    between: Callable[[Run, str], None] = lambda run, job: None
    """Called before each job but the first of a run: what else happens in the world meanwhile."""

    def __call__(self, event: Event) -> None:
        """Run every workflow of the default branch that an event starts."""
        for name, workflow in self._workflows().items():
            if _starts(workflow, name, event):
                self._run(name, workflow, event)

    def schedule(self, name: str) -> Run:
        """Run a workflow as its schedule would."""
        workflow = self._workflows()[name]
        assert "schedule" in triggers(workflow)
        return self._run(name, workflow, Event("schedule", None, self.repository.full_name, {"schedule": "0 0 * * *"}))

    def last(self, workflow: str) -> Run:
        """Return the newest run of a workflow, when all that has begun has ended."""
        self.github.settle()
        return [run for run in self.runs if run.workflow == workflow][-1]

    def _workflows(self) -> dict[str, dict[Any, Any]]:
        git, folder = self.repository.git, ".github/workflows"
        names = git.run("ls-tree", "--name-only", f"main:{folder}").decode().split()
        return {name: yaml.safe_load(git.run("show", f"main:{folder}/{name}")) for name in names}

    def _run(self, name: str, workflow: dict[Any, Any], event: Event) -> Run:
        assert workflow["permissions"] == {}
        number = len(self.runs) + 1
        tip = self.repository.git.ref("refs/heads/main")
        github: dict[str, Value] = {"event": event.payload, "event_name": event.name, "run_id": str(number)}
        github |= {"sha": tip, "ref": "refs/heads/main", "repository": self.repository.full_name}
        contexts: dict[str, Value] = {"github": github, "vars": self.variables}
        contexts["inputs"] = event.payload.get("inputs") or {}
        run = Run(name, event, fill_in(workflow["concurrency"]["group"], contexts))
        self.runs.append(run)
        for job_name, job in workflow["jobs"].items():
            if run.jobs:
                self.between(run, job_name)
            run.jobs[job_name] = _JobRunner(
                self, run, self.folder / f"run{number}", name=job_name, job=job, contexts=contexts
            ).run()
        return run


def triggers(workflow: Mapping[Any, Any]) -> dict[str, Any]:
    """Return event → filters of a workflow. (YAML 1.1 reads the key `on` as true.)"""
    given = workflow[True]
    return given if isinstance(given, dict) else dict.fromkeys([given] if isinstance(given, str) else given)


def _starts(workflow: Mapping[Any, Any], name: str, event: Event) -> bool:
    if event.name not in triggers(workflow):
        return False
    if event.name == "workflow_dispatch":
        return bool(event.payload["workflow"] == f".github/workflows/{name}")
    filters = triggers(workflow)[event.name] or {}
    if set(filters) - {"types", "branches", "paths-ignore"}:
        raise Unknown(f"{name}: {filters}")
    if "paths-ignore" in filters:
        return False  # the check of the code itself: it would run this test
    branch = str(event.payload.get("ref", "")).removeprefix("refs/heads/")
    return event.action in filters.get("types", [event.action]) and branch in filters.get("branches", [branch])


class _JobRunner:
    """One job on a machine of its own: a workspace, and a token with the job's permissions and no more."""

    def __init__(
        self, runner: Runner, run: Run, folder: Path, *, name: str, job: dict[str, Any], contexts: Mapping[str, Value]
    ) -> None:
        known = {"name", "needs", "if", "runs-on", "timeout-minutes", "permissions", "outputs", "environment", "steps"}
        if set(job) - known:
            raise Unknown(f"{name}: {sorted(set(job) - known)}")
        self.runner, self.run_of, self.job = runner, run, job
        self.artifacts = folder / "artifacts"
        self.machine = folder / name
        self.workspace = self.machine / "workspace"
        self.result = Job("success")
        self.result.token = runner.github.actions_token(runner.repository, job["permissions"])
        needed: dict[str, Value] = {
            key: {"result": each.result, "outputs": each.outputs} for key, each in run.jobs.items()
        }
        github = contexts["github"]
        assert isinstance(github, Mapping)
        self.github = {**github, "token": self.result.token, "job": name, "workspace": str(self.workspace)}
        self.steps: dict[str, Value] = {}
        self.contexts: dict[str, Value] = {**contexts, "github": self.github, "needs": needed, "steps": self.steps}
        self.installed = False

    def run(self) -> Job:
        needs = self.job.get("needs", [])
        before = [self.run_of.jobs[name].result for name in ([needs] if isinstance(needs, str) else needs)]
        wanted = is_true(evaluate(str(self.job.get("if", "true")), self.contexts))
        if not wanted or any(result != "success" for result in before):
            return Job("skipped")
        self.workspace.mkdir(parents=True)
        for step in self.job["steps"]:
            if not self._step(step):
                self.result.result = "failure"
                break
        outputs = self.job.get("outputs", {})
        self.result.outputs = {name: fill_in(text, self.contexts) for name, text in outputs.items()}
        return self.result

    def _step(self, step: dict[str, Any]) -> bool:
        if set(step) - {"name", "id", "uses", "with", "run", "env"}:
            raise Unknown(f"{sorted(step)}")
        if "uses" in step:
            given = {key: fill_in(as_text(value), self.contexts) for key, value in step.get("with", {}).items()}
            self._use(step["uses"].partition("@")[0], given)
            return True
        env = {key: fill_in(as_text(value), self.contexts) for key, value in step.get("env", {}).items()}
        return self._shell(step, env)

    def _shell(self, step: dict[str, Any], env: Mapping[str, str]) -> bool:
        output, summary = self.machine / "output", self.machine / "summary"
        output.write_text("")
        summary.touch()
        done = subprocess.run(
            [*SHELL, step["run"]],
            cwd=self.workspace,
            env={**self._environment(output, summary), **env},
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        self.result.said += done.stdout
        self.result.summary = summary.read_text()
        lines = output.read_text().splitlines()
        self.steps[step.get("id", "")] = {"outputs": dict(line.split("=", 1) for line in lines)}
        return done.returncode == 0

    def _environment(self, output: Path, summary: Path) -> dict[str, str]:
        """Return what GitHub sets for every step, and the machine's clock, which is the stand-in's. No token."""
        event = self.machine / "event.json"
        event.write_text(json.dumps(self.run_of.event.payload))
        tools = f"{Path(sys.executable).parent}{os.pathsep}" if self.installed else ""
        variables = ("event_name", "run_id", "sha", "ref", "repository", "job", "workspace")
        return {
            **{key: value for key, value in ISOLATED.items() if key != "PATH"},
            "PATH": f"{tools}/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.machine),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.runner.github.url,
            "GITHUB_SERVER_URL": self.runner.github.web,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            **{f"GITHUB_{name.upper()}": as_text(self.github[name]) for name in variables},
            "SOURCE_DATE_EPOCH": str(int(self.runner.clock())),
        }

    def _use(self, action: str, given: Mapping[str, str]) -> None:
        match action:
            case "actions/checkout":
                self._check_out(given)
            case "actions/cache":
                assert given["key"].startswith(given["restore-keys"]), "it finds what an earlier run left"
            case "$/.github/actions/install":
                assert (self.workspace / "leaderboard.toml").exists(), "it installs what was checked out"
                self.installed = True
            case "actions/upload-artifact" | "actions/upload-pages-artifact":
                source = self.workspace / given["path"]
                target = self.artifacts / given.get("name", "github-pages")
                copy = shutil.copytree if source.is_dir() else shutil.copy
                target.mkdir(parents=True)
                copy(source, target / source.name)
            case "actions/download-artifact":
                shutil.copytree(self.artifacts / given["name"], self.workspace, dirs_exist_ok=True)
            case "actions/deploy-pages":
                shutil.rmtree(self.runner.pages)
                shutil.copytree(self.artifacts / "github-pages" / "site", self.runner.pages)
            case _:
                raise Unknown(action)

    def _check_out(self, given: Mapping[str, str]) -> None:
        """Clone the commit the run is of, never another, as deep and as wide as is asked for."""
        if set(given) - {"persist-credentials", "fetch-depth", "sparse-checkout", "sparse-checkout-cone-mode"}:
            raise Unknown(f"checkout with {dict(given)}")
        address = f"{self.runner.github.web}/{self.runner.repository.full_name}.git"
        depth = [] if given.get("fetch-depth") == "0" else ["--depth=1"]
        part = ["--filter=blob:none"] if "sparse-checkout" in given else []
        self._git("clone", "--quiet", "--no-checkout", *depth, *part, "--branch=main", address, ".")
        if part:
            assert given["sparse-checkout-cone-mode"] == "false"
            self._git("sparse-checkout", "set", "--no-cone", *given["sparse-checkout"].split())
        self._git("checkout", "--quiet", as_text(self.github["sha"]))

    def _git(self, *arguments: str) -> None:
        subprocess.run(
            ["git", "-C", str(self.workspace), *arguments], check=True, env={**ISOLATED, "HOME": str(self.machine)}
        )
