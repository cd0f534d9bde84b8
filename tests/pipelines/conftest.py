# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fixtures of the pipelines: a team's desk, with a Vault and two tenants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.sailpoint_community.isc.tests.pipelines.desk import Desk
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.stores.servers.vault_server import VaultServer


@pytest.fixture
def desk(short_path: Path, simulator_process: SimulatorClient) -> Iterator[Desk]:
    """The example repository, checked out, with its tenants and its Vault as on the first day."""
    vault = VaultServer()
    desk = Desk(short_path, simulator_process, vault)
    desk.prepare()
    try:
        yield desk
    finally:
        vault.stop()
