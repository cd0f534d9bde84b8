# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pytest fixtures, for a conftest.py to import."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .client import SimulatorClient, running


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[SimulatorClient]:
    """One simulator for the whole session."""
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(simulator_process: SimulatorClient) -> SimulatorClient:
    """The session's simulator, as new."""
    simulator_process.reset()
    return simulator_process
