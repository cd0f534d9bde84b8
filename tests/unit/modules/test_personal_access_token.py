# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""personal_access_token end to end, in one process: what it costs, what it says, and what no server makes it do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import EntryDeletedError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import API_VERSIONS
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.access_token import ACCESS_TOKEN
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.file import FileStore
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Held
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import ADMIN, USER

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
        [CI, {**CI, "stored_credentials": {}}],
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


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("declared", [{"name": "NEW"}, {"rotate": "always"}, {"stored_credentials": {}}])
def test_a_token_whose_secret_nobody_would_get_is_not_made(
    simulator: SimulatorClient, module: Module, declared: dict[str, Any], check_mode: bool
) -> None:
    module(**CI)
    simulator.clear_log()
    refused = module(check_mode=check_mode, registers=False, **{**CI, **declared})
    assert refused["failed"]
    assert not refused["changed"]
    for part in ("its secret would be lost", "ad-hoc", "store", "register", "return_secret"):
        assert part in refused["msg"]
    assert calls(simulator) == ["OAUTH", "GET"]


def test_a_task_without_register_does_all_that_makes_no_secret(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    stored = {**CI, "store": {"file": {"path": str(tmp_path / "ci.env")}}}
    assert module(registers=False, **stored)["changed"]
    assert not module(registers=False, **CI)["changed"]
    assert module(registers=False, **{**CI, "scope": ["demo:second"]})["changed"]
    assert module(registers=False, name="CI", state="absent")["changed"]
    assert [call for call in calls(simulator) if call not in ("OAUTH", "GET")] == ["POST", "PATCH", "DELETE"]


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
@pytest.mark.parametrize("stored", [None, {}])
def test_a_create_whose_answer_was_lost_is_healed(
    simulator: SimulatorClient, module: Module, status: int, lag: int, stored: dict[str, str] | None
) -> None:
    """The unclaimed token becomes a previous one, and a new one is made, whose secret is at hand."""
    simulator.switch(duplicate_name=status, list_lag_calls=lag)
    simulator.fault(method="POST", path="/personal-access-tokens", when="after", kind="drop")
    result = module(**CI, stored_credentials=stored)
    if status == 500 and lag:  # nobody can tell the refusal of a duplicate from another lost answer
        assert "second time" in result["msg"]
        return
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
    new = module(**CI, rotate="always", stored_credentials={"client_id": old["client_id"]})
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
    assert len(simulator.log(method="POST", path="/personal-access-tokens")) == (2 if status == 500 else 1)


# The store.


def at(path: Path | str, kind: str = "file") -> dict[str, Any]:
    """Return the store in the file at a path."""
    return {kind: {"path": str(path)}}


def held(path: Path) -> dict[str, Any]:
    """Return what a file holds."""
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values


def test_the_slug_of_the_name_stands_in_the_path(simulator: SimulatorClient, module: Module, tmp_path: Path) -> None:
    store = at(tmp_path / "{key}" / "isc-{key}.json")
    result = module(**{**CI, "name": "CI / CD (nightly)"}, store=store)
    values = held(tmp_path / "ci-cd-nightly" / "isc-ci-cd-nightly.json")
    assert values == {
        "base_url": simulator.base_url,
        "client_id": result["client_id"],
        "client_secret": values["client_secret"],
    }
    assert simulator.works(values["client_id"], values["client_secret"])
    assert "secret" not in result
    assert not module(**{**CI, "name": "CI / CD (nightly)"}, store=store)["changed"]


def test_a_key_stands_in_the_path_in_place_of_the_slug(module: Module, tmp_path: Path) -> None:
    module(**CI, store=at(tmp_path / "{key}.json"), key="team/Crm")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")] == ["team/Crm.json"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"key": "../up"}, "is not a valid key"),
        ({"key": ".."}, "is not a valid key"),
        ({"key": ""}, "is not a valid key"),
        ({"key": "a//b"}, "is not a valid key"),
        ({"key": "/a"}, "is not a valid key"),
        ({"name": "../..", "path": "/fake/{key}.json"}, "no letter or digit for a key: give key"),
        ({"key": "crm", "path": "/fake/isc.json"}, "key is given, and there is no {key}"),
        ({"path": "/fake/{key}-{name}.json"}, "the placeholder {name} in it; only {key} is replaced"),
        ({"path": "/fake/{ key }.json"}, "the placeholder { key } in it; only {key} is replaced"),
        ({"path": "/fake/{key.json"}, "has a brace in it that is not part of {key}"),
        ({"path": "{key}.json"}, "is relative"),
        ({"path": "/fake/{key}"}, "or give format"),
        ({"path": " "}, "is blank"),
        ({"path": "/fake/{key}.json", "stored_credentials": {}}, "exclude each other"),
        ({"path": "/fake/{key}.json", "id": "ab" * 16}, "id excludes"),
        ({"path": "/fake/{key}.json", "state": "absent", "owner": "0" * 32}, "owner excludes store"),
        ({"path": "/fake/{key}.yml", "kind": "vault_file"}, "delegate_to: localhost"),
        ({"store": {"file": None}}, "store has no options"),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
def test_what_can_be_no_store_is_refused_before_anything_is_sent(
    simulator: SimulatorClient, module: Module, options: dict[str, Any], says: str, check_mode: bool
) -> None:
    options = {"path": "/fake/{key}.json", **options}
    store = at(options.pop("path"), options.pop("kind", "file"))
    result = module(**{**CI, "store": store, **options}, check_mode=check_mode)
    assert result["failed"]
    assert "unexpected" not in result["msg"]
    assert says in result["msg"]
    assert calls(simulator) == []


def test_a_store_that_changed_under_the_run_keeps_what_the_other_wrote(
    simulator: SimulatorClient, module: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other run writes between this one's proof and its write."""
    path = tmp_path / "isc.json"
    store = at(path)
    module(**CI, store=store)
    theirs: list[dict[str, str]] = []
    put = FileStore.put

    def second(self: FileStore, *arguments: Any) -> None:
        if not theirs:
            theirs.append(another(simulator))
            path.write_text(json.dumps({**held(path), **theirs[0]}), encoding="utf-8")
        put(self, *arguments)

    monkeypatch.setattr(FileStore, "put", second)
    before = held(path)
    simulator.put_token(before["client_id"], created="-70d", lastUsed="-1d")
    result = module(**CI, store=store, rotate_after="60d", return_secret=True)
    assert not result.get("failed"), result
    assert theirs
    assert held(path) == {"base_url": simulator.base_url, **theirs[0]}
    assert result["client_id"] == theirs[0]["client_id"]
    assert "secret" not in result
    assert not result["credentials_changed"]
    assert simulator.works(before["client_id"], before["client_secret"])
    assert not module(**CI, store=store, rotate_after="60d")["changed"]


def another(simulator: SimulatorClient) -> dict[str, str]:
    """Return the credentials of a token that another run has made and proved."""
    pair = {"client_id": "570ced1d" * 4, "client_secret": "570ced5e" * 8}
    fields = {"secret": pair["client_secret"], "owner": USER.identity_id, "scope": ["demo:first"]}
    simulator.put_token(
        pair["client_id"], name="CI (previous 570ced1d)", **fields, lastUsed="-0d", created="-0d", expirationDate="+90d"
    )
    return pair


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
def test_the_entry_moves_with_the_name(
    simulator: SimulatorClient, module: Module, tmp_path: Path, check_mode: bool
) -> None:
    store = at(tmp_path / "{key}.json")
    made = module(**CI, store=store)["client_id"]
    before = held(tmp_path / "ci.json")
    renamed = {**CI, "name": "Nightly", "renamed_from": ["CI"], "store": store}
    result = module(**renamed, check_mode=check_mode)
    assert [action["action"] for action in result["actions"]] == ["move", "rename"]
    moved = f"file {tmp_path}/ci.json becomes file {tmp_path}/nightly.json"
    assert result["actions"][0]["reason"] == moved
    assert result["diff"]["prepared"] == f"~ change  'CI'  name: 'CI' -> 'Nightly'; {moved}\n"
    assert result["credentials_changed"]
    assert result["client_id"] == made
    assert "secret" not in result
    assert [path.name for path in tmp_path.iterdir()] == ["ci.json" if check_mode else "nightly.json"]
    assert held(next(iter(tmp_path.iterdir()))) == before
    if not check_mode:
        assert not module(**renamed)["changed"]


def test_a_move_that_was_killed_half_way_is_finished(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    store = at(tmp_path / "{key}.json")
    module(**CI, store=store)
    before = held(tmp_path / "ci.json")
    (tmp_path / "nightly.json").write_text(json.dumps(before), encoding="utf-8")
    result = module(**{**CI, "name": "Nightly", "renamed_from": ["CI"]}, store=store)
    assert [action["action"] for action in result["actions"]] == ["move", "rename"]
    assert [path.name for path in tmp_path.iterdir()] == ["nightly.json"]
    assert held(tmp_path / "nightly.json") == before


def test_a_former_entry_that_could_be_restored_is_not_moved_again(
    monkeypatch: pytest.MonkeyPatch, module: Module, tmp_path: Path
) -> None:
    store = at(tmp_path / "{key}.json")
    module(**{**CI, "name": "Nightly"}, store=store)
    fetch = FileStore.fetch

    def fetch_or_deleted(self: FileStore, place: str) -> Held:
        if place.endswith("ci.json"):
            raise EntryDeletedError("it is deleted, and could be restored")
        return fetch(self, place)

    monkeypatch.setattr(FileStore, "fetch", fetch_or_deleted)
    result = module(**{**CI, "name": "Nightly", "renamed_from": ["CI"]}, store=store)
    assert not result["changed"]


@pytest.mark.parametrize("key", [None, "crm"])
def test_an_entry_whose_place_does_not_depend_on_the_name_stays(
    module: Module, tmp_path: Path, key: str | None
) -> None:
    store = at(tmp_path / ("isc.json" if key is None else "{key}.json"))
    module(**CI, store=store, key=key)
    result = module(**{**CI, "name": "Nightly", "renamed_from": ["CI", "ci"]}, store=store, key=key)
    assert [action["action"] for action in result["actions"]] == ["rename"]


def test_a_former_name_with_the_same_slug_is_no_other_place(module: Module, tmp_path: Path) -> None:
    store = at(tmp_path / "{key}.json")
    module(**CI, store=store)
    result = module(**{**CI, "name": "ci", "renamed_from": ["CI"]}, store=store)
    assert [action["action"] for action in result["actions"]] == ["rename"]
    assert [path.name for path in tmp_path.iterdir()] == ["ci.json"]


def test_what_the_new_place_holds_beats_the_former_one(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    """Somebody else has the old name since: its entry is not this token's any more."""
    store = at(tmp_path / "{key}.json")
    old = {**CI, "name": "Nightly", "renamed_from": ["CI"]}
    module(**old, store=store)
    module(**CI, store=store)
    assert not module(**old, store=store)["changed"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ci.json", "nightly.json"]


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
def test_absent_empties_a_former_place_that_a_killed_move_left(
    simulator: SimulatorClient, module: Module, tmp_path: Path, check_mode: bool
) -> None:
    store = at(tmp_path / "{key}.json")
    module(**CI, store=store)
    (tmp_path / "ci.json").rename(tmp_path / "old.json")
    result = module(name="CI", renamed_from=["OLD"], state="absent", store=store, check_mode=check_mode)
    assert [action["action"] for action in result["actions"]] == ["forget", "delete"]
    assert len(list(tmp_path.iterdir())) == check_mode


def test_absent_removes_the_entry_and_the_token(simulator: SimulatorClient, module: Module, tmp_path: Path) -> None:
    store = at(tmp_path / "{key}.json")
    module(**CI, store=store)
    result = module(name="CI", state="absent", store=store)
    assert [action["action"] for action in result["actions"]] == ["forget", "delete"]
    assert not list(tmp_path.iterdir())
    assert not module(name="CI", state="absent", store=store)["changed"]


# A store that the user keeps.


def test_what_the_users_store_holds_decides_what_is_live(simulator: SimulatorClient, module: Module) -> None:
    made = module(**CI)
    pair = {"client_id": made["client_id"], "client_secret": made["secret"]}
    simulator.clear_log()
    assert not module(**CI, stored_credentials=pair, verify="always")["changed"]
    assert sorted(calls(simulator)) == ["GET", "OAUTH", "OAUTH"]
    dead = module(**CI, stored_credentials={**pair, "client_secret": "fa4e" * 16}, verify="always")
    assert dead["client_id"] != made["client_id"]
    assert simulator.works(dead["client_id"], dead["secret"])
    assert made["secret"] not in str(dead)


def test_verify_always_without_the_stored_secret_is_refused(simulator: SimulatorClient, module: Module) -> None:
    result = module(**CI, stored_credentials={"client_id": "ab" * 16}, verify="always")
    assert "give client_secret in stored_credentials, or use store" in result["msg"]
    assert calls(simulator) == []


def test_the_end_of_the_runs_own_token_is_told_here_too(simulator: SimulatorClient, module: Module) -> None:
    simulator.put_token(USER.client_id, expirationDate="+10d")
    assert "the token that this run authenticates with, 'bootstrap'" in module(**CI)["warnings"][-1]


def test_the_end_of_an_own_token_that_is_declared_is_told_once(simulator: SimulatorClient, module: Module) -> None:
    simulator.put_token(USER.client_id, expirationDate="+10d")
    (warning,) = module(id=USER.client_id)["warnings"]
    assert "nothing rotates it before then" in warning


# The tokens of other owners.


def test_owner_all_deletes_nobodys_token(simulator: SimulatorClient, module: Module) -> None:
    for number, owner in enumerate((ADMIN, USER)):
        simulator.put_token(f"{number:032x}", name="CI", owner=owner.identity_id)
    admin = {"client_id": ADMIN.client_id, "client_secret": ADMIN.client_secret}
    result = module(name="CI", state="absent", owner="all", **admin)
    assert "owner: all is for listing" in result["msg"]
    result = module(name="CI", state="absent", owner="me\n", **admin)
    assert "owner is neither me, nor all, nor the id of an identity" in result["msg"]
    assert calls(simulator) == []
    result = module(**CI, owner=USER.identity_id, **admin)
    assert "owner is only for state: absent" in result["msg"]
    assert calls(simulator) == []


def test_an_owner_who_has_no_such_token_is_told_of(simulator: SimulatorClient, module: Module) -> None:
    simulator.put_token("c1" * 16, name="CI", owner=USER.identity_id)
    admin = {"client_id": ADMIN.client_id, "client_secret": ADMIN.client_secret}
    foreign = {"id": "c1" * 16, "state": "absent", **admin}
    missed = module(**foreign, owner=ADMIN.identity_id)
    assert not missed["changed"]
    assert any("so that nothing was deleted" in warning for warning in missed["warnings"])
    deleted = module(**foreign, owner=USER.identity_id)
    assert deleted["changed"]
    assert not any("nothing was deleted" in warning for warning in deleted["warnings"])


# What a failure and a result tell.


def test_the_failure_names_the_entry_that_was_looked_at(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    simulator.put_token("c1" * 16, name="CI", owner=USER.identity_id, created="-20d", lastUsed="-1d")
    path = tmp_path / "wrong.json"
    result = module(**CI, store={"file": {"path": str(path)}})
    assert f"file {path} holds nothing, yet 'CI'" in result["msg"]


def test_a_previous_token_is_told_with_its_end(simulator: SimulatorClient, module: Module, tmp_path: Path) -> None:
    options = {**CI, "store": {"file": {"path": str(tmp_path / "ci.json")}}}
    first = module(**options)["personal_access_token"]
    (previous,) = module(**options, rotate="always")["previous"]
    assert previous["id"] == first["id"]
    assert previous["expiration_date"] == first["expiration_date"]
