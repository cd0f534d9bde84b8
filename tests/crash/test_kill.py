# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""P4 for real: ansible-playbook is killed at every request of its run, and around each operation of its store.

The next run finishes what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.tests.crash.scene import (
    ALWAYS,
    DECLARED,
    RENAMED,
    ROLE,
    STORED_ID,
    WAYS,
    Scene,
    Way,
)
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient


@dataclass(frozen=True)
class Killed:
    """A run to be killed: when what the store holds was made, how it is called, and what is declared.

    ``makes`` is how many tokens it makes, ``most`` how many may be alive after the next run, and ``settles`` how long
    it takes until what is left goes.
    """

    created: str | None
    makes: int
    most: int
    settles: tuple[timedelta, ...]
    declared: Mapping[str, Any]
    arguments: tuple[str, ...] = ()


OVERLAPPED = timedelta(days=8, minutes=1)
"""The overlap, and the day that lastUsed may lag behind."""

PROVED_OR_NOT = (timedelta(hours=25, minutes=1), OVERLAPPED)

KILLED = {
    "create": Killed(None, 1, 2, (OVERLAPPED,), DECLARED),
    # Due for the next run too, which makes another one: what the killed one made counts as replaced.
    "rotation that is due": Killed("-100d", 1, 3, (OVERLAPPED,), DECLARED),
    # Not due for the next run, which keeps to the old one: what the killed one made goes once a use of it would show,
    # or, if that had proved it already, after the overlap.
    "rotation asked for once": Killed("-10d", 1, 2, PROVED_OR_NOT, DECLARED, ALWAYS),
    "move": Killed("-10d", 0, 1, (), RENAMED),
    "move and rotation": Killed("-100d", 1, 3, (OVERLAPPED,), RENAMED),
}


@pytest.mark.parametrize("killed", KILLED.values(), ids=list(KILLED))
@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_what_a_killed_run_leaves_the_next_one_finishes(
    simulator: SimulatorClient, short_path: Path, way: Way, killed: Killed
) -> None:
    """Only the first request is killed before it, too.

    For any other, that is the moment after the request or the operation of the store before it, at which this test or
    the next one kills.
    """
    requests = run_undisturbed(simulator, short_path, way, killed).calls()
    assert requests.count("POST") == killed.makes
    for number, when in [(1, "before"), *((number, "after") for number in range(1, len(requests) + 1))]:
        print(f"killed {when} request {number}, {requests[number - 1]}, took effect")  # shown with a failure
        scene = Scene(simulator, short_path / f"{number}-{when}", way, killed.declared)
        scene.begin(killed.created)
        kill(scene, killed, number, when)
        finish(scene, killed, way)


@pytest.mark.parametrize("killed", KILLED.values(), ids=list(KILLED))
@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_what_a_run_leaves_that_is_killed_at_its_store_the_next_one_finishes(
    simulator: SimulatorClient, short_path: Path, way: Way, killed: Killed
) -> None:
    moments = run_undisturbed(simulator, short_path, way, killed).moments()
    assert moments.count("after put") == killed.makes + len(killed.declared["renamed_from"])
    assert moments.count("after delete") == len(killed.declared["renamed_from"])
    assert moments.count("after prepare") == 1
    for number, moment in enumerate(moments, 1):
        # The moment before another operation is that after the one before, or after a request, where it is killed too.
        if number > 1 and moment.startswith(("before", "within")):
            continue
        print(f"killed at moment {number}, {moment}")  # shown with a failure
        scene = Scene(simulator, short_path / str(number), way, killed.declared)
        scene.begin(killed.created)
        kill_at_store(scene, killed, number)
        finish(scene, killed, way)


@pytest.mark.parametrize("name", ["create", "rotation that is due", "rotation asked for once"])
@pytest.mark.parametrize("kind", ["file", "vault_file"])
def test_a_write_that_is_killed_half_way_leaves_nothing_that_others_can_read(
    simulator: SimulatorClient, short_path: Path, kind: str, name: str
) -> None:
    """The new credentials lie in a temporary file. A run that writes removes it, and one that does not ignores it."""
    way, killed = Way("module.yml", kind), KILLED[name]
    number = run_undisturbed(simulator, short_path, way, killed).moments().index("within put") + 1
    scene = Scene(simulator, short_path / "1", way, killed.declared)
    scene.begin(killed.created)
    before = scene.stored()
    kill_at_store(scene, killed, number)
    (left,) = scene.leftovers()
    assert left.stat().st_size > 0
    assert scene.stored() == before
    scene.run()
    scene.check(had_any=True)
    if killed.arguments:
        assert scene.leftovers() == [left]
        scene.start(*killed.arguments).end()
    assert not scene.leftovers()
    scene.check_ended()


def run_undisturbed(simulator: SimulatorClient, folder: Path, way: Way, killed: Killed) -> Scene:
    """Run to the end, to learn at which moments it can be killed."""
    scene = Scene(simulator, folder / "0", way, killed.declared)
    scene.begin(killed.created)
    scene.start(*killed.arguments).end()
    scene.check_ended()
    return scene


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


def kill_at_store(scene: Scene, killed: Killed, number: int) -> None:
    """Kill a run before or after an operation of its store."""
    had_any = scene.stored() is not None
    attempt = scene.start(*killed.arguments, hold=number)
    attempt.wait_for(scene.held())
    scene.check(had_any)
    attempt.kill()
    scene.check(had_any)


def finish(scene: Scene, killed: Killed, way: Way) -> None:
    """Run again: once to converge, once to see that it has, and once whenever something left over may go."""
    simulator = scene.simulator
    if way is ROLE:
        scene.run()
    else:
        scene.run_again()
    scene.check_ended()
    assert len(scene.tokens()) <= killed.most
    assert killed.created is None or STORED_ID in scene.tokens(), "it was deleted while its consumers may still use it"
    assert_converged(scene)
    stored = scene.stored()
    assert stored is not None
    for pause in killed.settles:
        if len(scene.tokens()) == 1:
            break
        simulator.advance(seconds=pause.total_seconds())
        scene.run_again()
        scene.check_ended()
        unused = {one["id"] for one in scene.tokens().values() if one["lastUsed"] is None}
        assert not unused - {stored[0]}
    assert list(scene.tokens()) == [stored[0]]


def assert_converged(scene: Scene) -> None:
    """See that a later run changes nothing, and costs one OAuth call and one list."""
    scene.simulator.clear_log()
    before = scene.tokens(), scene.stored()
    assert not scene.run_again()
    assert scene.calls() == ["OAUTH", "GET"]
    assert (scene.tokens(), scene.stored()) == before
    scene.check_ended()
