"""Many people submit at the same time, and all of them end up on the board."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from cli.github import connect
from cli.selection import Selection
from cli.submitting import prepare, send
from cli.usage import Usage
from tests.github import service
from validator.store import parse_path

if TYPE_CHECKING:
    from tests.cli.submit.conftest import Machine, Scene

PEOPLE = 50
AT_ONCE = 10


def _submit(machine: "Machine", tokens: int) -> int:
    usage = [Usage(dt.date(2026, 11, 20), "claude", "anthropic", "claude-opus-4-8", tokens, 10, 0, 0, 0, 1)]
    hub = connect(machine.settings, "grace-demo/board")
    offer = prepare(machine.settings, hub, usage, Selection(), lambda step: None)
    return send(hub, offer, lambda step: None).number


def test_everybody_who_submits_at_once_is_merged(scene: "Scene", monkeypatch: pytest.MonkeyPatch) -> None:
    machines = [scene.machine(5000 + number, f"demo-{number}") for number in range(PEOPLE)]
    for machine in machines:
        machine.environment["SOURCE_DATE_EPOCH"] = str(int(scene.clock.seconds))
    for complaint in ("request_complaint", "response_complaint"):  # the other tests hold the same requests to it
        monkeypatch.setattr(service, complaint, lambda *exchange: None)
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        numbers = list(crowd.map(_submit, machines, range(1000, 1000 + PEOPLE)))
    assert sorted(numbers) == list(range(1, PEOPLE + 1))
    assert scene.bot().count("  merged  ") == PEOPLE
    places = [place for path in scene.files() if (place := parse_path(path))]
    assert {place.user_id for place in places if place.kind == "submission"} == {5000 + n for n in range(PEOPLE)}
    assert {place.user_id for place in places if place.kind == "profile"} == {5000 + n for n in range(PEOPLE)}
