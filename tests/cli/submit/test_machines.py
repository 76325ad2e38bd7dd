"""Two machines of one user: each has its own branch and pull request, and whichever is merged first, all holds."""

from typing import TYPE_CHECKING

import pytest

from validator.store import profile_path
from validator.submission import parse_profile

if TYPE_CHECKING:
    from tests.cli.submit.conftest import Machine, Scene


@pytest.fixture
def desktop(scene: "Scene", ada: "Machine") -> "Machine":
    machine = scene.machine(name="desktop")
    machine.use({"2026-11-19": 70})
    return machine


def _devices(scene: "Scene") -> set[str]:
    return {each.id for each in parse_profile(scene.files()[profile_path(4242)]).devices}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_both_are_merged_in_either_order(
    scene: "Scene", ada: "Machine", desktop: "Machine", order: tuple[int, int]
) -> None:
    pulls = [scene.submit(ada), scene.submit(desktop)]
    assert pulls[0].head_ref != pulls[1].head_ref
    machines = (ada, desktop)
    for place in order:
        scene.bot(pulls[place].number)
        if not pulls[place].merged_at:  # it lists too few devices: submitting again mends that
            assert scene.submit(machines[place]) is pulls[place]
            scene.bot(pulls[place].number)
        assert pulls[place].merged_at
    assert _devices(scene) == {ada.device, desktop.device}
    assert len(scene.files()) == 4, "two months, a profile and what the bot notes"
    for machine in machines:
        code, out, err = scene.run(machine, "submit", "--to", "grace-demo/board")
        assert (code, out) == (0, ""), err


def test_submitting_again_before_the_merge_lists_both(scene: "Scene", ada: "Machine", desktop: "Machine") -> None:
    first, second = scene.submit(ada), scene.submit(desktop)
    scene.submit(ada)
    path = profile_path(4242)
    assert scene.files(first.head_sha)[path] == scene.files(second.head_sha)[path]
    scene.bot(second.number)
    scene.bot(first.number)
    assert first.merged_at
    assert second.merged_at
    assert _devices(scene) == {ada.device, desktop.device}
