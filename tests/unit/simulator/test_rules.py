# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The published rules: authentication, rights, versions, fields, expiry, limits, error bodies."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.sailpoint_community.isc.tests.simulator import seeds
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.versions import VERSIONS

if TYPE_CHECKING:
    import requests

    from .conftest import Caller

ALL = [version.name for version in VERSIONS]
SIX_MONTHS = ["v3", "v2024", "beta"]
CHOOSING = ["v1", "v2025", "v2026"]
PATHS = {version.name: version.path for version in VERSIONS}
FORM = {
    "grant_type": "client_credentials",
    "client_id": seeds.USER.client_id,
    "client_secret": seeds.USER.client_secret,
}


@pytest.fixture
def user(nobody: Caller) -> Caller:
    """Fake User, logged in."""
    return nobody.log_in(seeds.USER)


@pytest.fixture
def admin(nobody: Caller) -> Caller:
    """Fake Admin, logged in."""
    return nobody.log_in(seeds.ADMIN)


def assert_error_object(answer: requests.Response, status: int) -> None:
    """The answer has that status and the documented error object."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"detailCode", "trackingId", "messages", "causes"}
    assert body["detailCode"].startswith(str(status))
    assert set(body["messages"][0]) == {"locale", "localeOrigin", "text"}


def assert_unauthorized(answer: requests.Response, text: str = "JWT validation failed") -> None:
    """The answer is a 401 with the documented body."""
    assert answer.status_code == 401
    assert set(answer.json()) == {"error"}
    assert text in answer.json()["error"]


# -- authentication ----------------------------------------------------------------------------------------------


def test_grant_answers_what_the_api_promises(nobody: Caller) -> None:
    answer = nobody.grant(seeds.USER.client_id, seeds.USER.client_secret).json()
    assert answer["token_type"] == "bearer"
    assert answer["expires_in"] == 43200
    assert answer["scope"] == "sp:scopes:all"
    assert answer["identity_id"] == seeds.USER.identity_id
    assert answer["user_name"] == "fake.user"
    assert answer["access_token"].count(".") == 2
    assert "refresh_token" not in answer


def test_plain_api_client_has_no_user_and_no_tokens(nobody: Caller) -> None:
    assert "identity_id" not in nobody.grant(seeds.CLIENT.client_id, seeds.CLIENT.client_secret).json()
    client = nobody.log_in(seeds.CLIENT)
    assert_error_object(client.list(), 403)
    assert_error_object(client.create(name="x", userAwareTokenNeverExpires=True), 403)
    assert_error_object(client.patch(seeds.USER.client_id, name="x"), 403)
    everybody = client.send("GET", PATHS["v1"])
    assert len(everybody.json()) == 3


def test_info_names_the_token_endpoint(nobody: Caller) -> None:
    assert nobody.send("GET", "/oauth/info").json()["tokenEndpoint"] == f"{nobody.base_url}/oauth/token"
    assert_error_object(nobody.send("POST", "/oauth/info"), 405)


@pytest.mark.parametrize(
    "request_options",
    [
        {"json": FORM},
        {"params": FORM},
        {"data": FORM, "params": {"client_id": "x"}},
        {"data": {**FORM, "scope": "sp:scopes:all"}},
        {"data": {key: value for key, value in FORM.items() if key != "client_secret"}},
        {"data": {**FORM, "grant_type": "password"}},
        {"data": [*FORM.items(), ("client_id", seeds.USER.client_id)]},
        {"data": b"\xff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"data": {"grant_type": "client_credentials"}, "auth": (seeds.USER.client_id, seeds.USER.client_secret)},
    ],
)
def test_grant_takes_a_form_only_and_nothing_unknown(nobody: Caller, request_options: dict[str, Any]) -> None:
    answer = nobody.send("POST", "/oauth/token", **request_options)
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_request", "unsupported_grant_type")


def test_wrong_credentials_are_refused(nobody: Caller) -> None:
    for client_id, secret in [(seeds.USER.client_id, "fa4e" * 16), ("fa4e" * 8, seeds.USER.client_secret)]:
        answer = nobody.grant(client_id, secret)
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"


def test_expired_token_gets_no_bearer(simulator: SimulatorClient, nobody: Caller) -> None:
    simulator.put_token(seeds.USER.client_id, expirationDate="+1h")
    assert nobody.grant(seeds.USER.client_id, seeds.USER.client_secret).status_code == 200
    simulator.advance(hours=1, seconds=1)
    assert nobody.grant(seeds.USER.client_id, seeds.USER.client_secret).status_code == 401


def test_bearer_lives_as_long_as_the_token_says(simulator: SimulatorClient, nobody: Caller, user: Caller) -> None:
    token = user.made("short", accessTokenValiditySeconds=15)
    assert nobody.grant(token["id"], token["secret"]).json()["expires_in"] == 15
    short = nobody.with_credentials(token["id"], token["secret"])
    assert short.list().status_code == 200
    simulator.advance(seconds=16)
    assert_unauthorized(short.list(), "JWT is expired")
    assert user.list().status_code == 200


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic eDp5", "Bearer"])
def test_no_valid_bearer_is_a_401(nobody: Caller, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for version in ALL:
        assert_unauthorized(nobody.send("GET", PATHS[version], headers=headers))


def test_granted_scope_is_what_the_owner_has_of_the_asked(nobody: Caller, user: Caller) -> None:
    asked = ["demo:first", "idn:all-personal-access-tokens:read", "demo:unheard-of"]
    token = user.made("greedy", scope=asked)
    assert token["scope"] == asked
    assert nobody.grant(token["id"], token["secret"]).json()["scope"] == "demo:first"
    assert_error_object(nobody.with_credentials(token["id"], token["secret"]).list(), 403)


def test_scope_change_reaches_new_bearers_only(nobody: Caller, user: Caller) -> None:
    token = user.made("narrow", scope=["demo:first"])
    before = nobody.with_credentials(token["id"], token["secret"])
    assert user.patch(token["id"], scope=["idn:my-personal-access-tokens:read"]).status_code == 200
    assert before.list().status_code == 403
    assert nobody.with_credentials(token["id"], token["secret"]).list().status_code == 200


def test_last_used_is_written_once_a_day(simulator: SimulatorClient, nobody: Caller, user: Caller) -> None:
    token = user.made("used")

    def last_used() -> str | None:
        listed: list[dict[str, str | None]] = nobody.log_in(seeds.USER).list().json()
        return next(each["lastUsed"] for each in listed if each["id"] == token["id"])

    assert last_used() is None
    simulator.freeze()
    first = simulator.now()
    nobody.grant(token["id"], token["secret"])
    assert last_used() == first
    simulator.advance(hours=23)
    nobody.grant(token["id"], token["secret"])
    assert last_used() == first
    simulator.advance(hours=1)
    nobody.grant(token["id"], token["secret"])
    assert last_used() == simulator.now()


# -- rights ------------------------------------------------------------------------------------------------------


def test_reader_reads_and_changes_nothing(nobody: Caller) -> None:
    reader = nobody.log_in(seeds.READER)
    assert reader.names() == {"bootstrap"}
    assert_error_object(reader.create(name="x", userAwareTokenNeverExpires=True), 403)
    assert_error_object(reader.patch(seeds.READER.client_id, name="x"), 403)
    assert_error_object(reader.delete(seeds.READER.client_id), 403)


def test_other_owners_need_the_right_to_all(user: Caller, admin: Caller) -> None:
    assert_error_object(user.send("GET", PATHS["v1"]), 403)
    assert_error_object(user.list(**{"owner-id": seeds.ADMIN.identity_id}), 403)
    assert [each["id"] for each in admin.list(**{"owner-id": seeds.USER.identity_id}).json()] == [seeds.USER.client_id]
    assert len(admin.send("GET", PATHS["v1"]).json()) == 3
    assert admin.list(**{"owner-id": "1d1d1d1d1d1d1d1d1d1d1d1d1d1d1dff"}).json() == []


def test_deleting_somebody_elses_needs_the_right_to_all_and_patching_is_for_owners(user: Caller, admin: Caller) -> None:
    token = user.made("mine")
    assert_error_object(user.delete(seeds.ADMIN.client_id), 403)
    assert_error_object(user.patch(seeds.ADMIN.client_id, name="x"), 403)
    assert_error_object(admin.patch(token["id"], name="x"), 403)
    assert admin.delete(token["id"]).status_code == 204
    assert user.names() == {"bootstrap"}


def test_managed_tokens_show_with_the_managed_right_only(
    simulator: SimulatorClient, user: Caller, admin: Caller
) -> None:
    for number, person in enumerate((seeds.USER, seeds.ADMIN)):
        simulator.put_token(f"{number:032x}", owner=person.identity_id, name="workflow", managed=True)
    assert user.names() == {"bootstrap"}
    assert_error_object(user.delete(f"{0:032x}"), 404)
    assert [(each["name"], each["managed"]) for each in admin.list().json()] == [
        ("bootstrap", False),
        ("workflow", True),
    ]


# -- fields and shapes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ALL)
def test_a_token_lives_through_create_list_patch_and_delete(user: Caller, version: str) -> None:
    created = user.made("life", version, scope=["demo:second", "demo:first"], **_expiry(version))
    assert set(created) == {
        "id",
        "secret",
        "scope",
        "name",
        "owner",
        "created",
        "accessTokenValiditySeconds",
        "expirationDate",
    }
    assert re.fullmatch(r"[0-9a-f]{32}", created["id"])
    assert re.fullmatch(r"[0-9a-f]{64}", created["secret"])
    assert created["owner"] == {"type": "IDENTITY", "id": seeds.USER.identity_id, "name": "Fake User"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", created["created"])

    listed = next(each for each in user.list(version).json() if each["id"] == created["id"])
    never = {"userAwareTokenNeverExpires": False} if version in CHOOSING else {}
    secretless = {key: value for key, value in created.items() if key != "secret"}
    assert listed == {**secretless, "lastUsed": None, "managed": False, **never}

    patched = user.patch(created["id"], version, name="new life", scope=["demo:first"])
    assert patched.status_code == 200
    assert patched.json() == {**listed, "name": "new life", "scope": ["demo:first"]}

    deleted = user.delete(created["id"], version)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert_error_object(user.delete(created["id"], version), 404)
    assert_error_object(user.patch(created["id"], version, name="x"), 404)
    assert user.names(version) == {"bootstrap"}


def _expiry(version: str) -> dict[str, Any]:
    if version in SIX_MONTHS:
        return {}
    return {"userAwareTokenNeverExpires": None, "expirationDate": "2099-01-01T00:00:00.000Z"}


def test_scope_left_out_is_everything(user: Caller) -> None:
    assert user.made("all")["scope"] == ["sp:scopes:all"]
    assert user.made("seconds")["accessTokenValiditySeconds"] == 43200


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": ""},
        {"name": " "},
        {"name": 7},
        {"name": None},
        {"name": "x", "scope": []},
        {"name": "x", "scope": None},
        {"name": "x", "scope": "demo:first"},
        {"name": "x", "scope": ["demo:first", 7]},
        {"name": "x", "scope": [""]},
        {"name": "x", "accessTokenValiditySeconds": 14},
        {"name": "x", "accessTokenValiditySeconds": 43201},
        {"name": "x", "accessTokenValiditySeconds": "100"},
        {"name": "x", "accessTokenValiditySeconds": True},
        {"name": "x", "expirationDate": "tomorrow"},
        {"name": "x", "expirationDate": 1},
        {"name": "x", "expirationDate": "2099-01-01T00:00:00"},
        {"name": "x", "expirationDate": "2099-02-30T00:00:00Z"},
        {"name": "x", "expirationDate": "0001-01-01T00:00:00+05:00"},
        {"name": "x", "userAwareTokenNeverExpires": "true"},
        {"name": "x", "owner": {"id": seeds.ADMIN.identity_id}},
        {"name": "x", "description": "x"},
    ],
)
@pytest.mark.parametrize("version", ["v1", "v3"])
def test_create_refuses_what_the_definitions_do_not_allow(user: Caller, version: str, fields: dict[str, Any]) -> None:
    never = {"userAwareTokenNeverExpires": True} if version == "v1" else {}
    assert_error_object(user.create(version, **{**never, **fields}), 400)
    assert user.names() == {"bootstrap"}


@pytest.mark.parametrize("seconds", [15, 43200])
def test_validity_bounds_are_allowed(user: Caller, seconds: int) -> None:
    assert user.made("bound", accessTokenValiditySeconds=seconds)["accessTokenValiditySeconds"] == seconds


@pytest.mark.parametrize(
    "options",
    [
        {"data": '{"name": "x"}', "headers": {"Content-Type": "text/plain"}},
        {"data": '{"name": "x"}', "headers": {"Content-Type": "application/json-patch+json"}},
        {"data": '{"name": "x"}'},
        {"data": '{"name": "x"', "headers": {"Content-Type": "application/json"}},
        {"data": "[" * 100000, "headers": {"Content-Type": "application/json"}},
        {"data": b"\xff", "headers": {"Content-Type": "application/json"}},
        {"json": [{"name": "x"}]},
        {"json": {"name": "x"}, "params": {"owner-id": "me"}},
    ],
)
def test_create_takes_a_json_object_only(user: Caller, options: dict[str, Any]) -> None:
    assert_error_object(user.send("POST", PATHS["v3"], **options), 400)
    assert user.names() == {"bootstrap"}


def test_content_type_may_name_a_charset(user: Caller) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert user.send("POST", PATHS["v3"], data='{"name": "x"}', headers=headers).status_code == 200


@pytest.mark.parametrize(
    "operations",
    [
        [],
        {},
        None,
        "x",
        [7],
        [{"op": "add", "path": "/name", "value": "x"}],
        [{"op": "remove", "path": "/scope"}],
        [{"op": "replace", "path": "/name"}],
        [{"op": "replace", "value": "x"}],
        [{"path": "/name", "value": "x"}],
        [{"op": "replace", "path": "name", "value": "x"}],
        [{"op": "replace", "path": ["/name"], "value": "x"}],
        [{"op": "replace", "path": "/name", "value": "x", "from": "/scope"}],
        [{"op": "replace", "path": "/name", "value": "x"}, {"op": "replace", "path": "/name", "value": "y"}],
        [{"op": "replace", "path": "/name", "value": ""}],
        [{"op": "replace", "path": "/name", "value": None}],
        [{"op": "replace", "path": "/scope", "value": []}],
        [{"op": "replace", "path": "/scope", "value": None}],
        [{"op": "replace", "path": "/scope/0", "value": "demo:first"}],
        [{"op": "replace", "path": "/accessTokenValiditySeconds", "value": 100}],
        [{"op": "replace", "path": "/managed", "value": True}],
        [{"op": "replace", "path": "/owner", "value": {}}],
        [{"op": "replace", "path": "/name", "value": "x"}, {"op": "replace", "path": "/managed", "value": True}],
        [{"op": "replace", "path": "/expirationDate", "value": "soon"}],
        [{"op": "replace", "path": "/userAwareTokenNeverExpires", "value": "yes"}],
    ],
)
@pytest.mark.parametrize("version", ["v1", "v3"])
def test_patch_takes_replacements_of_patchable_fields_only(user: Caller, version: str, operations: Any) -> None:
    token = user.made("patched", scope=["demo:second"])
    assert_error_object(user.patch_raw(token["id"], operations, version), 400)
    after = next(each for each in user.list().json() if each["id"] == token["id"])
    assert (after["name"], after["scope"]) == ("patched", ["demo:second"])


@pytest.mark.parametrize("content_type", ["application/json", "application/merge-patch+json", ""])
def test_patch_takes_its_own_content_type_only(user: Caller, content_type: str) -> None:
    body = '[{"op": "replace", "path": "/name", "value": "x"}]'
    path = f"{PATHS['v1']}/{seeds.USER.client_id}"
    assert_error_object(user.send("PATCH", path, data=body, headers={"Content-Type": content_type}), 400)


@pytest.mark.parametrize("version", SIX_MONTHS)
def test_old_versions_do_not_patch_the_expiry(user: Caller, version: str) -> None:
    token = user.made("old", version)
    assert_error_object(user.patch(token["id"], version, expirationDate="2099-01-01T00:00:00Z"), 400)
    assert_error_object(user.patch(token["id"], version, userAwareTokenNeverExpires=True), 400)
    assert_error_object(user.create(version, name="x", userAwareTokenNeverExpires=True), 400)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v3/personal-access-tokens", "GET, POST"),
        ("GET", f"/v3/personal-access-tokens/{seeds.USER.client_id}", "PATCH, DELETE"),
        ("GET", "/oauth/token", "POST"),
        ("POST", "/oauth/info", "GET"),
    ],
)
def test_a_405_never_comes_without_what_is_allowed(user: Caller, method: str, path: str, allowed: str) -> None:
    assert user.send(method, path).headers["Allow"] == allowed


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/personal-access-tokens", 404),
        ("GET", "/v2023/personal-access-tokens", 404),
        ("GET", "/personal-access-tokens", 404),
        ("GET", "/personal-access-tokens/v3", 404),
        ("GET", "/v3/personal-access-tokens/", 404),
        ("GET", "/", 404),
        ("PUT", "/v3/personal-access-tokens", 405),
        ("GET", f"/v3/personal-access-tokens/{seeds.USER.client_id}", 405),
        ("GET", f"/personal-access-tokens/v1/{seeds.USER.client_id}", 405),
        ("GET", "/oauth/token", 405),
    ],
)
def test_other_paths_and_methods_are_not_there(user: Caller, method: str, path: str, status: int) -> None:
    assert_error_object(user.send(method, path), status)


# -- list --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "10"},
        {"owner-id": "me", "offset": "0"},
        {"owner-id": ""},
        {"owner-id": ["me", "me"]},
        {"owner-id": "me", "filters": ""},
        {"owner-id": "me", "filters": 'name eq "x"'},
        {"owner-id": "me", "filters": "lastUsed le yesterday"},
        {"owner-id": "me", "filters": "lastUsed ge 2026-01-01T00:00:00Z"},
    ],
)
def test_list_knows_owner_id_and_its_filters_only(user: Caller, query: dict[str, Any]) -> None:
    assert_error_object(user.send("GET", PATHS["v1"], params=query), 400)


def test_list_takes_no_body(user: Caller) -> None:
    assert_error_object(user.send("GET", PATHS["v1"], params={"owner-id": "me"}, json={}), 400)


def test_filters_over_last_used(simulator: SimulatorClient, user: Caller) -> None:
    simulator.freeze()
    for number, last_used in enumerate(("-40d", "-20d", None)):
        simulator.put_token(f"{number:032x}", owner=seeds.USER.identity_id, name=f"t{number}", lastUsed=last_used)

    def names(filters: str) -> set[str]:
        return {each["name"] for each in user.list(**{"owner-id": "me", "filters": filters}).json()}

    then = (datetime.fromisoformat(simulator.now().replace("Z", "+00:00")) - timedelta(days=20)).isoformat()
    assert names("lastUsed isnull") == {"t2"}
    assert names(f"lastUsed le {then}") == {"t0", "t1"}
    assert names("lastUsed le 2000-01-01T00:00:00.000Z") == set()


# -- names, limits, expiry ---------------------------------------------------------------------------------------


def test_names_are_unique_per_owner(user: Caller, admin: Caller) -> None:
    token = user.made("one")
    user.made("two", "v3")
    assert admin.made("one")
    assert_error_object(user.create("v3", name="one"), 400)
    assert_error_object(user.patch(token["id"], name="two"), 400)
    assert user.patch(token["id"], name="one").status_code == 200
    assert user.made("One")


def test_an_owner_has_ten_tokens_at_most(user: Caller, admin: Caller) -> None:
    tokens = [user.made(f"t{number}") for number in range(9)]
    assert_error_object(user.create(name="eleventh", userAwareTokenNeverExpires=True), 400)
    assert admin.made("t0")
    assert user.delete(tokens[0]["id"]).status_code == 204
    assert user.made("tenth again")


@pytest.mark.parametrize("version", SIX_MONTHS)
@pytest.mark.parametrize(
    ("now", "default"),
    [
        ("2026-01-15T12:00:00.000Z", "2026-07-15T12:00:00.000Z"),
        ("2026-08-31T00:00:00.000Z", "2027-02-28T00:00:00.000Z"),
    ],
)
def test_old_versions_expire_after_six_months_at_most(
    simulator: SimulatorClient, nobody: Caller, version: str, now: str, default: str
) -> None:
    simulator.reset({"now": now, "frozen": True})
    user = nobody.log_in(seeds.USER)
    assert user.made("left out", version)["expirationDate"] == default
    assert user.made("null", version, expirationDate=None)["expirationDate"] == default
    assert user.made("at the limit", version, expirationDate=default)["expirationDate"] == default
    assert_error_object(user.create(version, name="x", expirationDate=default.replace(".000Z", ".001Z")), 400)


@pytest.mark.parametrize("version", CHOOSING)
def test_new_versions_demand_a_choice(user: Caller, version: str) -> None:
    for fields in (
        {},
        {"expirationDate": None},
        {"userAwareTokenNeverExpires": False},
        {"userAwareTokenNeverExpires": None},
    ):
        assert_error_object(user.create(version, name="x", **fields), 400)
    never = user.create(version, name="never", expirationDate=None, userAwareTokenNeverExpires=True).json()
    assert never["expirationDate"] is None
    dated = user.create(version, name="dated", expirationDate="2099-12-31T23:59:59.999+02:00").json()
    assert dated["expirationDate"] == "2099-12-31T21:59:59.999Z"
    shown = {each["name"]: each["userAwareTokenNeverExpires"] for each in user.list(version).json()}
    assert shown == {"bootstrap": True, "never": True, "dated": False}


@pytest.mark.parametrize("version", CHOOSING)
def test_new_versions_patch_the_expiry(user: Caller, version: str) -> None:
    token = user.made("dated", version, expirationDate="2099-01-01T00:00:00Z", userAwareTokenNeverExpires=None)
    later = user.patch(token["id"], version, expirationDate="2199-01-01T00:00:00Z")
    assert later.json()["expirationDate"] == "2199-01-01T00:00:00.000Z"
    assert_error_object(user.patch(token["id"], version, expirationDate=None), 400)
    assert_error_object(user.patch(token["id"], version, expirationDate=None, userAwareTokenNeverExpires=False), 400)
    assert_error_object(user.patch(token["id"], version, userAwareTokenNeverExpires=False), 400)
    never = user.patch(token["id"], version, expirationDate=None, userAwareTokenNeverExpires=True)
    assert (never.json()["expirationDate"], never.json()["userAwareTokenNeverExpires"]) == (None, True)


def test_a_past_expiry_is_refused(user: Caller) -> None:
    assert_error_object(user.create(name="x", expirationDate="2001-01-01T00:00:00Z"), 400)
    assert_error_object(user.patch(seeds.USER.client_id, expirationDate="2001-01-01T00:00:00Z"), 400)
