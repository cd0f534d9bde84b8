# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""P4 for real: ansible-playbook is killed at every request of its run, and the next run finishes what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from ansible_collections.sailpoint_community.isc.tests.crash.scene import (
    ALWAYS,
    STORED_ID,
    WAYS,
    Scene,
    Way,
    changes_nothing,
)
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient


@dataclass(frozen=True)
class Killed:
    """A run to be killed: when what the store holds was made, and how it is called.

    ``most`` is how many tokens may be alive after the next run, ``settles`` how long it takes until what is left goes.
    """

    created: str | None
    most: int
    settles: tuple[timedelta, ...]
    arguments: tuple[str, ...] = ()


OVERLAPPED = timedelta(days=8, minutes=1)
"""The overlap, and the day that lastUsed may lag behind."""

KILLED = {
    "create": Killed(None, 2, (OVERLAPPED,)),
    # Due for the next run too, which makes another one: what the killed one made counts as replaced.
    "rotation that is due": Killed("-100d", 3, (OVERLAPPED,)),
    # Not due for the next run, which keeps to the old one: what the killed one made goes after the hour, or, if that
    # had proved it already, after the overlap.
    "rotation asked for once": Killed("-10d", 2, (timedelta(hours=1, minutes=1), OVERLAPPED), ALWAYS),
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("killed", KILLED.values(), ids=list(KILLED))
@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_what_a_killed_run_leaves_the_next_one_finishes(
    simulator: SimulatorClient, short_path: Path, way: Way, killed: Killed, when: str
) -> None:
    undisturbed = Scene(simulator, short_path / "0", way)
    undisturbed.begin(killed.created)
    undisturbed.start(*killed.arguments).end()
    requests = undisturbed.calls()
    assert requests.count("POST") == 1, "it made no token"
    for number, request in enumerate(requests, 1):
        print(f"killed {when} request {number}, {request}, took effect")  # shown with a failure
        scene = Scene(simulator, short_path / str(number), way)
        scene.begin(killed.created)
        kill(scene, killed, number, when)
        finish(scene, killed)


def kill(scene: Scene, killed: Killed, number: int, when: str) -> None:
    """Kill a run at a request: the last one is the proof, so that up to there the store is as it was."""
    simulator, stored = scene.simulator, scene.stored()
    simulator.fault(nth=number, when=when, kind="hold")
    attempt = scene.start(*killed.arguments)
    simulator.held(wait=60)
    scene.check(stored is not None)
    attempt.kill()
    simulator.release(then="drop")
    simulator.clear_faults()
    assert len(simulator.log()) == number
    assert scene.stored() == stored
    scene.check(stored is not None)


def finish(scene: Scene, killed: Killed) -> None:
    """Run again: once to converge, once to see that it has, and once whenever something left over may go."""
    simulator = scene.simulator
    scene.run()
    scene.check(had_any=True)
    assert len(scene.tokens()) <= killed.most
    assert killed.created is None or STORED_ID in scene.tokens(), "it was deleted while its consumers may still use it"
    assert_converged(scene)
    stored = scene.stored()
    assert stored is not None
    for pause in killed.settles:
        if len(scene.tokens()) == 1:
            break
        simulator.advance(seconds=pause.total_seconds())
        scene.run()
        scene.check(had_any=True)
        unused = {one["id"] for one in scene.tokens().values() if one["lastUsed"] is None}
        assert not unused - {stored[0]}
    assert list(scene.tokens()) == [stored[0]]


def assert_converged(scene: Scene) -> None:
    """See that another run changes nothing, and costs one OAuth call and one list."""
    scene.simulator.clear_log()
    before = scene.tokens(), scene.stored()
    unchanged = scene.run()
    assert changes_nothing(unchanged), unchanged.stdout + unchanged.stderr
    assert scene.calls() == ["OAUTH", "GET"]
    assert (scene.tokens(), scene.stored()) == before
    scene.check(had_any=True)
