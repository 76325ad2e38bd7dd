"""Many people submit at the same time, and all of them end up on the board."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from cli.github import connect
from cli.ledger import Ledger
from cli.scan import scan
from cli.selection import Selection
from cli.sources import SOURCES
from cli.submitting import prepare, send
from validator.store import parse_path

if TYPE_CHECKING:
    from tests.cli.submit.conftest import Machine, Scene

PEOPLE = 50
AT_ONCE = 10


def _submit(machine: "Machine", seconds: float) -> int:
    machine.environment["SOURCE_DATE_EPOCH"] = str(int(seconds))
    settings = machine.settings
    with Ledger.open(settings, settings.now(), lambda: None) as ledger:
        scan(ledger, SOURCES, settings.environment, settings.home)
        usage = ledger.usage()
    hub = connect(settings, "grace-demo/board")
    return send(hub, prepare(settings, hub, usage, Selection(), lambda step: None), lambda step: None).number


def test_everybody_who_submits_at_once_is_merged(scene: "Scene") -> None:
    machines = [scene.machine(5000 + number, f"demo-{number}") for number in range(PEOPLE)]
    for number, machine in enumerate(machines):
        machine.use({"2026-11-20": 1000 + number})
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        numbers = list(crowd.map(lambda machine: _submit(machine, scene.clock.seconds), machines))
    assert sorted(numbers) == list(range(1, PEOPLE + 1))
    told = scene.bot()
    assert told.count("  merged  ") == PEOPLE
    places = [place for path in scene.files() if (place := parse_path(path))]
    assert {place.user_id for place in places if place.kind == "submission"} == {5000 + n for n in range(PEOPLE)}
    assert {place.user_id for place in places if place.kind == "profile"} == {5000 + n for n in range(PEOPLE)}
