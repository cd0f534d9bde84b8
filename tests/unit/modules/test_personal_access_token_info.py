# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""personal_access_token_info in one process: what it refuses before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_info import (
    PERSONAL_ACCESS_TOKEN_INFO,
)
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import USER

Module = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"name": ""}, "name is empty"),
        ({"name_pattern": " "}, "name_pattern is blank"),
        ({"owner": ""}, "owner is blank"),
        ({"unused_for": "long"}, "unused_for: 'long' is not a duration"),
        ({"expires_within": "-1d"}, "expires_within: '-1d' is not a duration"),
    ],
)
def test_what_a_variable_that_came_out_empty_would_hide_is_refused(
    simulator: SimulatorClient, module: Module, options: dict[str, Any], says: str
) -> None:
    result = module(PERSONAL_ACCESS_TOKEN_INFO, **options)
    assert result["failed"]
    assert says in result["msg"]
    assert simulator.log() == []


def test_the_end_of_the_own_token_is_told_where_it_is_listed(simulator: SimulatorClient, module: Module) -> None:
    assert "warnings" not in module(PERSONAL_ACCESS_TOKEN_INFO)
    simulator.put_token(USER.client_id, expirationDate="+10d")
    (warning,) = module(PERSONAL_ACCESS_TOKEN_INFO, name="another")["warnings"]
    assert warning.startswith(f"the token that this run authenticates with, 'bootstrap' ({USER.client_id}), expires on")
    simulator.put_token(USER.client_id, lastUsed="-1d")
    assert "warnings" not in module(PERSONAL_ACCESS_TOKEN_INFO, never_used=True)
