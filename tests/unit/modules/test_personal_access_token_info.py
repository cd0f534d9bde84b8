# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""personal_access_token_info in one process: what it refuses before anything is sent, and the owners' state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import API_VERSIONS
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_info import (
    PERSONAL_ACCESS_TOKEN_INFO,
)
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import ADMIN, ADMIN_RIGHTS, USER, default

Module = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"name": ""}, "name is empty"),
        ({"name_pattern": " "}, "name_pattern is blank"),
        ({"owner": ""}, "owner is blank"),
        *[
            ({"owner": owner}, "owner is neither me, nor all, nor the id of an identity")
            for owner in ("ALL", "Me", "me\n", " all", "fake.user", "../me", "fa4e" * 16)
        ],
        ({"unused_for": "long"}, "unused_for: 'long' is not a duration"),
        ({"expires_within": "-1d"}, "expires_within: '-1d' is not a duration"),
    ],
)
def test_what_a_mistake_in_an_option_would_hide_is_refused(
    simulator: SimulatorClient, module: Module, options: dict[str, Any], says: str
) -> None:
    result = module(PERSONAL_ACCESS_TOKEN_INFO, **options)
    assert result["failed"]
    assert says in result["msg"]
    assert simulator.log() == []


def test_the_end_of_the_own_token_is_told_where_it_is_listed(simulator: SimulatorClient, module: Module) -> None:
    simulator.freeze()  # The warning counts whole days: a second later it says 9 instead of 10.
    assert "warnings" not in module(PERSONAL_ACCESS_TOKEN_INFO)
    simulator.put_token(USER.client_id, expirationDate="+10d")
    (warning,) = module(PERSONAL_ACCESS_TOKEN_INFO, name="another")["warnings"]
    assert warning.startswith(f"the token that this run authenticates with, 'bootstrap' ({USER.client_id}), expires on")
    reported = module(PERSONAL_ACCESS_TOKEN_INFO, on_warning="report")
    assert "warnings" not in reported
    assert reported["warning_texts"] == [warning]
    simulator.put_token(USER.client_id, lastUsed="-1d")
    assert "warnings" not in module(PERSONAL_ACCESS_TOKEN_INFO, never_used=True)


def test_an_owner_without_tokens_is_told_apart_from_one_whose_tokens_are_not_selected(
    simulator: SimulatorClient, module: Module
) -> None:
    with_leavers(simulator)
    (warning,) = module(PERSONAL_ACCESS_TOKEN_INFO, owner="fa4e0000" * 4)["warnings"]
    assert warning.startswith(f"owner {'fa4e0000' * 4} has no personal access tokens")
    for options in ({"name": "another"}, {"never_used": True}):
        assert "warnings" not in module(PERSONAL_ACCESS_TOKEN_INFO, owner=ADMIN.identity_id, **options)


@pytest.mark.parametrize(("days", "calls"), [(0, 1), (40, 2)])
def test_a_local_clock_that_is_late_leaves_no_unused_token_out(
    simulator: SimulatorClient, module: Module, days: int, calls: int
) -> None:
    seed = default()
    seed["tokens"] += [{"owner": USER.identity_id, "name": "Fake Idle", "lastUsed": "-20d"}]
    simulator.reset(seed)
    simulator.advance(days=days)
    result = module(PERSONAL_ACCESS_TOKEN_INFO, unused_for=f"{days + 15}d", never_used=False)
    assert [token["name"] for token in result["personal_access_tokens"]] == ["Fake Idle"]
    assert len(simulator.log(method="GET")) == calls


def owners(result: dict[str, Any]) -> dict[str, Any]:
    """Return the state and the manager's name of the owner of each token, by the token's name."""
    return {
        token["name"]: (token["owner"]["state"], token["owner"]["manager"] and token["owner"]["manager"]["name"])
        for token in result["personal_access_tokens"]
    }


def with_leavers(simulator: SimulatorClient, **switches: Any) -> None:
    """Begin with owners of each kind, all of whose tokens the Fake User may list."""
    seed = default()
    rights = ADMIN_RIGHTS
    boss = {"id": "b055" * 8, "name": "Fake Boss"}
    gone = {"id": "90fe" * 8, "name": "Fake Gone", "public": False}
    left = {"id": "1ef7" * 8, "name": "Fake Leaver", "identityState": "INACTIVE_LONG_TERM", "manager": boss["id"]}
    seed["identities"] = [{**each, "rights": rights} for each in seed["identities"]] + [boss, gone, left]
    seed["tokens"] += [{"owner": owner["id"], "name": owner["name"]} for owner in (boss, gone, left)]
    simulator.reset({**seed, "switches": switches})


@pytest.mark.parametrize("version", list(API_VERSIONS))
def test_the_state_of_owners_costs_one_call(simulator: SimulatorClient, module: Module, version: str) -> None:
    with_leavers(simulator)
    result = module(PERSONAL_ACCESS_TOKEN_INFO, owner="all", owner_state=True, api_version=version, name_pattern="F*")
    assert owners(result) == {
        "Fake Boss": ("ACTIVE", None),
        "Fake Gone": (None, None),
        "Fake Leaver": ("INACTIVE_LONG_TERM", "Fake Boss"),
    }
    (call,) = simulator.log(path="public-identities")
    assert call["query"]["limit"] == "250"
    assert "warnings" not in result


def test_without_owner_state_nobody_is_asked(simulator: SimulatorClient, module: Module) -> None:
    result = module(PERSONAL_ACCESS_TOKEN_INFO)
    assert set(result["personal_access_tokens"][0]["owner"]) == {"type", "id", "name"}
    assert simulator.log(path="public-identities") == []


@pytest.mark.parametrize("shown", ["null", "omit"])
def test_a_state_that_is_not_shown_is_unknown(simulator: SimulatorClient, module: Module, shown: str) -> None:
    with_leavers(simulator, identity_state=shown)
    result = module(PERSONAL_ACCESS_TOKEN_INFO, owner="all", owner_state=True, name="Fake Leaver")
    assert owners(result) == {"Fake Leaver": (None, "Fake Boss")}


FAULTS = [
    {"kind": "answer", "status": 403},
    {"kind": "answer", "status": 404},
    {"kind": "answer", "status": 500},
    {"kind": "answer", "status": 200, "json": {"not": "a list"}},
    {"kind": "html"},
    {"kind": "cut_json", "when": "after"},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}")
def test_owners_that_cannot_be_read_are_warned_of(
    simulator: SimulatorClient, module: Module, fault: dict[str, Any]
) -> None:
    simulator.fault(**{"path": "/public-identities", "times": None, **fault})
    result = module(PERSONAL_ACCESS_TOKEN_INFO, owner_state=True)
    assert owners(result) == {"bootstrap": (None, None)}
    (warning,) = result["warnings"]
    assert warning.startswith(
        "state and manager of the owners are unknown (owner_state): could not read the identities"
    )
    assert result["reading"]["owners_error"] == warning


def test_odd_identities_are_unknown(simulator: SimulatorClient, module: Module) -> None:
    odd = [7, {"id": 7}, {"id": USER.identity_id, "identityState": 7, "manager": "nobody"}]
    simulator.fault(path="/public-identities", kind="answer", status=200, json=odd)
    assert owners(module(PERSONAL_ACCESS_TOKEN_INFO, owner_state=True)) == {"bootstrap": (None, None)}


def test_a_token_without_the_default_scope_is_told_which_one_it_needs(
    simulator: SimulatorClient, module: Module
) -> None:
    simulator.switch(default_scope="asked")
    simulator.put_token(USER.client_id, scope=["sp:my-personal-access-tokens:read"])
    (warning,) = module(PERSONAL_ACCESS_TOKEN_INFO, owner_state=True)["warnings"]
    assert "answered 403" in warning
    assert "sp:scopes:default" in warning
    simulator.put_token(USER.client_id, scope=["sp:my-personal-access-tokens:read", "sp:scopes:default"])
    assert owners(module(PERSONAL_ACCESS_TOKEN_INFO, owner_state=True)) == {"bootstrap": ("ACTIVE", None)}


def test_many_owners_are_read_some_at_a_time(simulator: SimulatorClient, module: Module) -> None:
    seed = default()
    seed["identities"] = [{**each, "rights": ADMIN_RIGHTS} for each in seed["identities"]]
    crowd = [{"id": f"{number:032x}", "name": f"Fake {number:03}"} for number in range(230)]
    seed["identities"] += crowd
    seed["tokens"] += [{"owner": one["id"], "name": one["name"]} for one in crowd]
    simulator.reset(seed)
    result = module(PERSONAL_ACCESS_TOKEN_INFO, owner="all", owner_state=True, name_pattern="Fake *")
    assert len(result["personal_access_tokens"]) == 230
    assert set(owners(result).values()) == {("ACTIVE", None)}
    calls = simulator.log(path="public-identities")
    assert [call["query"]["filters"].count('"') // 2 for call in calls] == [100, 100, 30]
    assert all(len(quote(call["query"]["filters"])) < 8000 for call in calls)
