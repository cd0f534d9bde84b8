# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""personal_access_token end to end, in one process: what it costs, what it says, and what no server makes it do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import API_VERSIONS
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.access_token import ACCESS_TOKEN
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient

Module = Callable[..., dict[str, Any]]
VERSIONS = list(API_VERSIONS)
CI: dict[str, Any] = {"name": "CI", "scope": ["demo:first"], "expires_in": "90d"}


def calls(simulator: SimulatorClient) -> list[str]:
    """The requests since the log was cleared, the OAuth call as such."""
    return ["OAUTH" if one["path"] == "/oauth/token" else one["method"] for one in simulator.log()]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_run_costs(simulator: SimulatorClient, module: Module, version: str) -> None:
    options = {**CI, "api_version": version}
    planned = module(check_mode=True, **options)
    assert calls(simulator) == ["OAUTH", "GET"]
    simulator.clear_log()
    created = module(**options)
    assert calls(simulator) == ["OAUTH", "GET", "POST"]
    assert created["changed"]
    assert planned["changed"]
    simulator.clear_log()
    assert not module(**options)["changed"]
    assert calls(simulator) == ["OAUTH", "GET"]
    simulator.clear_log()
    changed = module(**{**options, "scope": ["demo:second"]})
    assert calls(simulator) == ["OAUTH", "GET", "PATCH"]
    assert simulator.log(method="PATCH")[0]["body"] == [{"op": "replace", "path": "/scope", "value": ["demo:second"]}]
    assert changed["client_id"] == created["client_id"]
    simulator.clear_log()
    bearer = module(ACCESS_TOKEN)["access_token"]
    simulator.clear_log()
    assert not module(**{**options, "scope": ["demo:second"], "access_token": bearer})["changed"]
    assert calls(simulator) == ["GET"]


@pytest.mark.parametrize("version", [name for name, version in API_VERSIONS.items() if version.patches_expiry])
def test_an_expiry_is_patched_where_the_version_can(simulator: SimulatorClient, module: Module, version: str) -> None:
    options = {"name": "CI", "scope": ["demo:first"], "api_version": version}
    created = module(**options, expires_in="90d")
    forever = module(**options, never_expires=True)
    assert forever["client_id"] == created["client_id"]
    assert forever["personal_access_token"]["expiration_date"] is None
    assert {one["path"] for one in simulator.log(method="PATCH")[0]["body"]} == {
        "/expirationDate",
        "/userAwareTokenNeverExpires",
    }
    assert not module(**options, never_expires=True)["changed"]
    fixed = module(**options, expiration_date="2098-01-01T00:00:00Z")
    assert [one["path"] for one in simulator.log(method="PATCH")[1]["body"]] == ["/expirationDate"]
    assert fixed["personal_access_token"]["expiration_date"] == "2098-01-01T00:00:00.000Z"
    assert not module(**options, expiration_date="2098-01-01T00:00:00Z")["changed"]


@pytest.mark.parametrize(
    "steps",
    [
        [CI],
        [CI, {**CI, "scope": ["demo:second"]}],
        [CI, {**CI, "rotate": "always"}],
        [CI, {**CI, "access_token_validity_seconds": 600}],
        [CI, {**CI, "name": "Renamed", "renamed_from": ["CI"]}],
        [CI, {**CI, "stored_client_id": ""}],
        [CI, {"name": "CI", "state": "absent"}],
    ],
)
def test_the_plan_of_check_mode_is_the_plan_that_is_applied(
    simulator: SimulatorClient, module: Module, steps: list[dict[str, Any]]
) -> None:
    """P2. The clock stands still, since a lifetime begins when the token is made."""
    simulator.freeze()
    for options in steps[:-1]:
        module(**options)
    simulator.clear_log()
    planned = module(check_mode=True, **steps[-1])
    assert calls(simulator) == ["OAUTH", "GET"], "check mode sent a write"
    applied = module(**steps[-1])
    assert planned["changed"] is applied["changed"] is True
    assert planned["diff"] == applied["diff"]
    assert planned["credentials_changed"] == applied["credentials_changed"]
    # The id of a token that is yet to be made is the one thing that no plan can tell.
    made = [{**action, "id": applied.get("client_id")} for action in planned["actions"] if action["action"] == "create"]
    others = [action for action in planned["actions"] if action["action"] != "create"]
    assert others + made == applied["actions"]


SPOILED_LISTS: dict[str, dict[str, Any]] = {
    "HTML": {"kind": "html"},
    "an empty body": {"kind": "empty"},
    "a truncated body": {"kind": "truncated"},
    "JSON cut off": {"kind": "cut_json"},
    "JSON nested absurdly deep": {"kind": "deep_json"},
    "no list": {"kind": "answer", "status": 200, "json": {"not": "a list"}},
    "a list without objects": {"kind": "answer", "status": 200, "json": [1, None, "x"]},
    "a token without an id": {"kind": "without_field", "field": "id", "when": "after"},
    "a token without a name": {"kind": "without_field", "field": "name", "when": "after"},
    "a token without an owner": {"kind": "without_field", "field": "owner", "when": "after"},
    "a redirect": {"kind": "redirect"},
    "a 401 that stays": {"kind": "answer", "status": 401},
    "a 403": {"kind": "answer", "status": 403},
    "a 429 without Retry-After": {"kind": "answer", "status": 429},
    "a 429 with rubbish": {"kind": "answer", "status": 429, "headers": {"Retry-After": "soon"}},
    "a 500": {"kind": "answer", "status": 500},
    "a 503": {"kind": "answer", "status": 503},
    "no answer": {"kind": "drop"},
}


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("spoiled", SPOILED_LISTS)
def test_nothing_that_a_server_answers_is_a_traceback(
    simulator: SimulatorClient, module: Module, method: str, spoiled: str
) -> None:
    """P6. For good, so that no retry and no fresh list gets around it."""
    options: dict[str, Any] = {**CI, "retries": 1, "timeout": 5}
    if method != "POST":
        module(**options)
    if method == "PATCH":
        options["scope"] = ["demo:second"]
    if method == "DELETE":
        options = {"name": "CI", "state": "absent", "retries": 1, "timeout": 5}
    simulator.fault(method=method, path="/personal-access-tokens", times=None, **SPOILED_LISTS[spoiled])
    result = module(**options)
    if method == "DELETE" and not result.get("failed"):
        return  # a DELETE's body means nothing
    assert result["failed"] is True
    assert "unexpected" not in result["msg"]
    assert "personal" in result["msg"] or "/personal-access-tokens/v1" in result["msg"]
    for secret in simulator.secret_texts():
        assert secret not in str(result)


def test_a_403_names_the_right_that_is_missing(simulator: SimulatorClient, module: Module) -> None:
    simulator.fault(method="GET", path="/personal-access-tokens", kind="answer", status=403)
    assert "idn:my-personal-access-tokens:read" in module(**CI)["msg"]


def test_two_tokens_of_one_name_are_refused_with_their_ids(simulator: SimulatorClient, module: Module) -> None:
    first = module(**CI)["client_id"]
    second = module(**{**CI, "name": "Other"})["client_id"]
    simulator.put_token(second, name="CI")
    result = module(**CI)
    assert result["failed"] is True
    assert first in result["msg"]
    assert second in result["msg"]


@pytest.mark.parametrize("status", [400, 409, 500])
@pytest.mark.parametrize("lag", [0, 1])
@pytest.mark.parametrize("stored", [None, ""])
def test_a_create_whose_answer_was_lost_is_healed(
    simulator: SimulatorClient, module: Module, status: int, lag: int, stored: str | None
) -> None:
    """The unclaimed token becomes a previous one, and a new one is made, whose secret is at hand."""
    simulator.switch(duplicate_name=status, list_lag_calls=lag)
    simulator.fault(method="POST", path="/personal-access-tokens", when="after", kind="drop")
    result = module(**CI, stored_client_id=stored)
    assert not result.get("failed"), result
    assert simulator.works(result["client_id"], result["secret"])
    names = sorted(one["name"] for one in simulator.state()["tokens"])
    assert [name.split(" (")[0] for name in names if name.startswith("CI")] == ["CI", "CI"]


@pytest.mark.parametrize("after", ["before", "after"])
def test_a_rotation_whose_create_was_lost_leaves_the_old_token_working(
    simulator: SimulatorClient, module: Module, after: str
) -> None:
    old = module(**CI)
    simulator.fault(method="POST", path="/personal-access-tokens", when=after, kind="close")
    new = module(**CI, rotate="always", stored_client_id=old["client_id"])
    assert simulator.works(old["client_id"], old["secret"])
    assert simulator.works(new["client_id"], new["secret"])


def test_a_server_without_a_usable_clock_gets_nothing_deleted(simulator: SimulatorClient, module: Module) -> None:
    """P5: a wrong clock here moves nothing."""
    module(**CI)
    module(**CI, rotate="always")
    simulator.advance(days=30)
    simulator.switch(date_header="omit")
    result = module(**CI)
    assert not any(action["action"] == "delete" for action in result["actions"])
    simulator.switch(date_header="follow")
    assert [action["action"] for action in module(**CI)["actions"]] == ["delete"]


@pytest.mark.parametrize("kills", [True, False])
def test_the_own_token_goes_last(simulator: SimulatorClient, module: Module, kills: bool) -> None:
    simulator.switch(delete_kills_bearers=kills)
    module(name="bootstrap", rotate="always", expires_in="90d")
    simulator.clear_log()
    result = module(name="bootstrap", state="absent")
    assert not result.get("failed"), result
    assert [action["name"].split(" (")[0] for action in result["actions"]] == ["bootstrap", "bootstrap"]
    assert simulator.log(method="DELETE")[-1]["path"].endswith(simulator.log()[0]["body"]["client_id"])


@pytest.mark.parametrize("answer", ["accept", 400, 404])
def test_an_expired_token_is_replaced_whatever_a_patch_of_it_gets(
    simulator: SimulatorClient, module: Module, answer: Any
) -> None:
    old = module(**CI)["client_id"]
    simulator.put_token(old, expirationDate="-1d")
    simulator.switch(patch_expired=answer)
    result = module(**CI)
    assert not result.get("failed"), result
    assert simulator.works(result["client_id"], result["secret"])
    assert result["client_id"] != old


@pytest.mark.parametrize("status", [400, 409, 500])
def test_what_the_server_refuses_for_a_reason_of_its_own_is_told(
    simulator: SimulatorClient, module: Module, status: int
) -> None:
    """No duplicate explains the refusal in the fresh list, so it is reported, once, with the server's own words."""
    simulator.switch(max_tokens=1, token_limit=status)
    result = module(**CI)
    assert result["failed"] is True
    assert "'CI'" in result["msg"]
    assert len(simulator.log(method="POST", path="/personal-access-tokens")) == (4 if status == 500 else 1)
