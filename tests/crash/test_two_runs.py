# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""P4 and P5 for real: two ansible-playbooks at once keep one token in one store, of each kind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores import kinds
from ansible_collections.sailpoint_community.isc.tests.crash.scene import (
    ALWAYS,
    DECLARED,
    NAME,
    RENAMED,
    WAYS,
    Scene,
    Way,
)
from ansible_collections.sailpoint_community.isc.tests.crash.shared_scene import SharedScene
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import USER
from ansible_collections.sailpoint_community.isc.tests.stores.benches.bench import SharedBench
from ansible_collections.sailpoint_community.isc.tests.stores.benches.shared import SHARED, shared_bench

KINDS = {"vault_file": Way("role.yml", "vault_file"), "command": Way("role.yml", "command")}
RACED = {**WAYS, **KINDS}

ROUNDS = {"module": 2, "role": 5, "vault_file": 2, "command": 2}
"""Of each state: those of the role are twenty, and it does all that the module does."""

PAUSES = (0, 0.005, 0.01, 0.02, 0.04)
"""Between the two, in seconds, one for each round: a request takes about five milliseconds."""

OUTWORN_ID = "01d0" * 8

STATES: dict[str, tuple[str | None, tuple[str, ...], Mapping[str, Any]]] = {
    "nothing": (None, (), DECLARED),
    "stored": ("-10d", (), DECLARED),
    "due": ("-100d", (), DECLARED),
    "asked for by one": ("-10d", ALWAYS, DECLARED),
    "renamed": ("-10d", (), RENAMED),
    "renamed and due": ("-100d", (), RENAMED),
}
"""When what the store holds was made, how one of the two is called, and what is declared."""


@dataclass
class Watch:
    """What a consumer of the store met: the ids that it held, and those that did not work at that moment."""

    named: set[str] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)

    @contextmanager
    def over(self, scene: Scene) -> Iterator[None]:
        """Look again and again."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.01):
                stored = scene.stored()
                if stored is not None:
                    self.named.add(stored[0])
                    if not scene.simulator.works(*stored):
                        self.dead.add(stored[0])

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


@pytest.fixture
def shared(request: pytest.FixtureRequest, short_path: Path) -> Iterator[SharedBench]:
    """A store of the kind that the test names, with nothing in it; skipped where its library is missing."""
    with shared_bench(request.param, short_path / "bench") as bench:
        yield bench


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("way", RACED)
def test_two_runs_at_once_converge_and_delete_nothing_in_use(
    simulator: SimulatorClient, short_path: Path, way: str, state: str
) -> None:
    created, arguments, declared = STATES[state]
    for number in range(ROUNDS[way]):
        print(f"round {number}")  # shown with a failure
        scene = Scene(simulator, short_path / str(number), RACED[way], declared)
        with watched(scene, created):
            race(scene, arguments, first=number % 2, pause=PAUSES[number])
            converge(scene)


def test_every_store_that_is_no_file_is_raced() -> None:
    assert {*SHARED, "file", "vault_file", "command"} - {"pass"} == set(kinds.KINDS)


@pytest.mark.parametrize("state", ["nothing", "due"])
@pytest.mark.parametrize("shared", SHARED, indirect=True)
def test_two_runs_at_once_share_a_store_that_is_no_file(
    simulator: SimulatorClient, short_path: Path, shared: SharedBench, state: str
) -> None:
    """One round each: what two runs do to one another's tokens is tried above, here only what they do to the store."""
    created, arguments, _declared = STATES[state]
    scene = SharedScene(simulator, short_path / "0", shared)
    with watched(scene, created):
        race(scene, arguments, first=0, pause=0.005)
        converge(scene)


@contextmanager
def watched(scene: Scene, created: str | None) -> Iterator[None]:
    """Begin; watch the store meanwhile; see in the end that nothing that anybody used was destroyed."""
    watch = Watch()
    scene.begin(created)
    if created is not None:
        # For both to delete: it was replaced and last used long ago.
        fields = {"owner": USER.identity_id, "name": f"{NAME} (previous {OUTWORN_ID[:8]})"}
        scene.simulator.put_token(OUTWORN_ID, **fields, created="-200d", lastUsed="-60d", expirationDate="+100d")
    with watch.over(scene):
        yield
    assert not watch.dead
    assert_only_idle_ones_deleted(scene, watch, deleted=set() if created is None else {OUTWORN_ID})


def race(scene: Scene, arguments: tuple[str, ...], first: int, pause: float) -> None:
    """Let two runs go from the same moment, or nearly, once both are at their first request; both end well."""
    simulator = scene.simulator
    simulator.fault(path="/oauth/token", times=2, kind="hold")
    places = (first, 1 - first)
    runs = [scene.start(*(arguments if place == 0 else ()), place=place) for place in places]
    deadline = time.monotonic() + 60
    while len(held := simulator.held()) < 2:
        assert time.monotonic() < deadline, "a run did not get to its first request"
        time.sleep(0.01)
    for hold in held:
        simulator.release(hold["hold"])
        time.sleep(pause)
    ended = [run.end_somehow() for run in runs]
    failed = [one for one in ended if one.code != 0]
    for one in failed:
        print(one.stdout)  # shown with a failure
    assert not failed, "a run failed"
    scene.check_ended()


def converge(scene: Scene) -> None:
    """See that two more runs at most have anything left to do, and that the next costs what a converged one costs."""
    for _more in range(3):
        before = scene.tokens(), scene.stored()
        number = len(scene.simulator.log())
        changed = scene.run_again()
        scene.check_ended()
        if not changed:
            assert scene.calls(after=number) == ["OAUTH", "GET"]
            assert (scene.tokens(), scene.stored()) == before
            return
    pytest.fail("the third run after the two still had something to do")


def assert_only_idle_ones_deleted(scene: Scene, watch: Watch, deleted: set[str]) -> None:
    """See that what was deleted is what may go: nothing that the store named, nothing that anybody had just used."""
    log = scene.simulator.log()
    gone = {one["path"].rsplit("/", 1)[1] for one in log if one["method"] == "DELETE"}
    used = {one["client_id"] for one in log if one["path"] == "/oauth/token" and one["status"] == 200}
    assert not gone & (watch.named | used)
    assert gone == deleted
