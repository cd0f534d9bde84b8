# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-runner, as AWX starts it: slices over two workers give the plan of one run."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.sailpoint_community.isc.tests.pipelines.slices import (
    inventory_of,
    run,
    run_sliced,
)
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import many, many_people

HOSTS = 7
"""Not even, so that the slices differ in length."""


def test_two_slices_give_the_plan_of_one_run(simulator: SimulatorClient, short_path: Path) -> None:
    simulator.reset({**many(HOSTS), "frozen": True})
    inventory = inventory_of(many_people(HOSTS), simulator.base_url, short_path / "stores")

    whole = run(short_path, inventory)
    first, second = run_sliced(short_path, inventory, 2)

    assert (len(first["hosts"]), len(second["hosts"])) == (4, 3)
    assert {**first["hosts"], **second["hosts"]} == whole["hosts"]
    assert {key: first["sum"][key] + second["sum"][key] for key in whole["sum"]} == whole["sum"]
    assert whole["sum"]["create"] == HOSTS
    assert not simulator.log(method="POST", path="/personal-access-tokens")
