# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scene over a store that is no file: its bench of tests/stores holds what the runs keep."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.sailpoint_community.isc.tests.crash.scene import ROLE, Scene
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.stores.benches.bench import SharedBench


class SharedScene(Scene):
    """One token whose entry is the place of a bench."""

    def __init__(self, simulator: SimulatorClient, folder: Path, bench: SharedBench) -> None:
        super().__init__(simulator, folder, ROLE)
        self._bench = bench

    def _store(self) -> dict[str, Any]:
        return self._bench.option()

    def _environment(self) -> Mapping[str, str]:
        return {**self._bench.environment(), "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1"}

    def secret_texts(self) -> list[str]:
        """Return what no file may hold but the store: what the runs log in to the store with, too."""
        return [*super().secret_texts(), *self._bench.own_secrets]

    def _keep(self, values: Mapping[str, str]) -> None:
        self._bench.plant(values)

    def stored(self) -> tuple[str, str] | None:
        """Return the pair that a consumer finds at the place."""
        try:
            held = self._bench.peek()
        except subprocess.CalledProcessError:
            held = self._bench.peek()  # pass writes in place: who reads at that moment is refused, and reads again
        return None if held is None else (str(held["client_id"]), str(held["client_secret"]))

    def run_again(self) -> bool:
        """Run to the end, for real: the store's library looks for its settings in the environment of a process."""
        return "changed=0 " not in self.run().stdout

    def check_ended(self) -> None:
        """See that the store holds what works, and that nothing was written beside it."""
        self.check(had_any=True)
        assert not list((self.folder / "store").rglob("*"))
