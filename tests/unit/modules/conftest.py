# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules, run in this process against the simulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import EntryPoint
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token import (
    PERSONAL_ACCESS_TOKEN,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.claims import Claims
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.context import Context
from ansible_collections.sailpoint_community.isc.tests.doubles.in_process import run_in_process
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import USER

Module = Callable[..., dict[str, Any]]


@pytest.fixture
def module(simulator: SimulatorClient) -> Module:
    """Run a module as the Fake User, by default personal_access_token, and return its result."""

    def run(
        entry: EntryPoint = PERSONAL_ACCESS_TOKEN,
        check_mode: bool = False,
        registers: bool = True,
        claims: Claims | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        connection = {"base_url": simulator.base_url, "client_id": USER.client_id, "client_secret": USER.client_secret}
        if "access_token" in options:
            connection = {"base_url": simulator.base_url}
        context = Context(
            check_mode=check_mode, environ={}, sleep=lambda seconds: None, registers=registers, claims=claims
        )
        return run_in_process(entry, {**connection, **options}, context)

    return run
