"""What must be true of every workflow, read from the files: their permissions, their actions, and what a shell gets."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.workflows.runner import triggers

ROOT = Path(__file__).parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github/actions").glob("*/action.yml"))
LOCK = ROOT / ".github/requirements/runtime.txt"
PINNED = re.compile(r"uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
OURS = "$/.github/actions/install"
STORE = ("validate.yml", "sweep.yml", "publish.yml")
WRITES = {
    "validate.yml": {"act": {"contents", "pull-requests", "issues", "actions"}},
    "sweep.yml": {"act": {"contents", "pull-requests", "issues", "actions"}},
    "publish.yml": {"deploy": {"pages", "id-token"}},
    "ci.yml": {},
}
"""Workflow → job → what its token may write; every other job's may write nothing."""

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def _read(path: Path) -> dict[Any, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def _steps(path: Path) -> Iterator[dict[str, Any]]:
    read = _read(path)
    jobs = read["jobs"].values() if "jobs" in read else [read["runs"]]
    for job in jobs:
        yield from job["steps"]


def test_all_are_here() -> None:
    assert [path.name for path in WORKFLOWS] == sorted(WRITES)


@each_workflow
def test_only_the_jobs_that_write_may_write(path: Path) -> None:
    workflow = _read(path)
    assert workflow["permissions"] == {}
    writes = {
        name: {area for area, level in job["permissions"].items() if level == "write"}
        for name, job in workflow["jobs"].items()
    }
    assert {name: areas for name, areas in writes.items() if areas} == WRITES[path.name]
    assert all(set(job["permissions"].values()) <= {"read", "write"} for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.name)
def test_every_action_is_githubs_own_and_pinned(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        if "uses:" in line:
            assert PINNED.fullmatch(line.strip().removeprefix("- ")) or line.endswith(f"uses: {OURS}"), line


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.name)
def test_no_shell_sees_an_expression(path: Path) -> None:
    for step in _steps(path):
        assert "${{" not in step.get("run", ""), step
        for text in step.get("env", {}).values():
            assert "github.event" not in str(text), step


@each_workflow
def test_nothing_but_the_default_branch_is_checked_out(path: Path) -> None:
    for step in _steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            allowed = {"persist-credentials", "fetch-depth", "sparse-checkout", "sparse-checkout-cone-mode"}
            assert set(step["with"]) <= allowed, "neither ref nor repository: " + str(step)
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", STORE)
def test_each_step_runs_one_command_of_ours(name: str) -> None:
    commands = [step["run"] for step in _steps(ROOT / ".github/workflows" / name) if "run" in step]
    assert commands
    for command in commands:
        assert re.fullmatch(r'token-tracker [a-z]+( --[a-z-]+| [A-Za-z.]+| "\$[A-Z_]+")*( > [a-z.]+)?', command), (
            command
        )


@each_workflow
def test_jobs_end_and_run_on_a_named_machine(path: Path) -> None:
    for job in _read(path)["jobs"].values():
        assert job["runs-on"] == "ubuntu-24.04"
        assert 0 < job["timeout-minutes"] <= 90


def test_strangers_start_only_what_is_built_for_them() -> None:
    for path in WORKFLOWS:
        dangerous = {"pull_request_target", "issue_comment", "workflow_run"} & set(triggers(_read(path)))
        assert not dangerous or path.name == "validate.yml"


def test_no_run_of_one_pull_request_waits_for_another() -> None:
    group = _read(ROOT / ".github/workflows/validate.yml")["concurrency"]["group"]
    assert "github.event.pull_request.number" in group
    assert not re.search(r"head_ref|github\.ref|\.ref\b|branch", group)


def test_the_lock_has_all_that_the_project_asks_for_with_hashes() -> None:
    lock = LOCK.read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    builders = (ROOT / ".github/requirements/build.in").read_text(encoding="utf-8")
    for wanted in project["build-system"]["requires"]:
        assert wanted in builders.splitlines()
    for wanted in (*project["project"]["dependencies"], *project["build-system"]["requires"]):
        assert f"\n{re.split('[<>=!~ ]', wanted)[0]}==" in lock, f"{wanted} is new: refresh the lock"
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"^ *#.*\n", "", lock, flags=re.MULTILINE))
    assert all("==" in entry.split()[0] and " --hash=sha256:" in entry for entry in entries)
    assert "://" not in lock
    assert "--index" not in lock
    install = _read(ACTIONS[0])["runs"]["steps"][1]["run"]
    assert "--require-hashes" in install
    assert str(LOCK.relative_to(ROOT)) in install
