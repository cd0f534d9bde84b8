# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant whose people have awkward secrets, and a folder to run playbooks in."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.sailpoint_community.isc.tests.leak.harness import Playground
from ansible_collections.sailpoint_community.isc.tests.leak.people import seed
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient


@pytest.fixture
def simulator(simulator_process: SimulatorClient) -> SimulatorClient:
    """The session's simulator with these people."""
    simulator_process.reset(seed())
    return simulator_process


@pytest.fixture
def playground(short_path: Path, simulator: SimulatorClient) -> Playground:
    """An empty folder for one run."""
    return Playground(short_path, simulator.base_url)
