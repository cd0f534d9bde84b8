# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every switch, both ways: the default first, then the others."""

from __future__ import annotations

import re
from dataclasses import fields
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.sailpoint_community.isc.tests import simulator as package
from ansible_collections.sailpoint_community.isc.tests.simulator import seeds
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient, SimulatorError
from ansible_collections.sailpoint_community.isc.tests.simulator.switches import Switches
from ansible_collections.sailpoint_community.isc.tests.simulator.versions import VERSIONS

if TYPE_CHECKING:
    from .conftest import Caller

PATHS = {version.name: version.path for version in VERSIONS}

NEVER: dict[str, Any] = {"userAwareTokenNeverExpires": True}
PAST = "2001-01-01T00:00:00Z"


@pytest.fixture
def user(nobody: Caller) -> Caller:
    """Fake User, logged in."""
    return nobody.log_in(seeds.USER)


def expire(simulator: SimulatorClient, number: int = 0, **given: Any) -> str:
    """Put an expired token of Fake User's there; return its id."""
    token_id = f"{number:032x}"
    simulator.put_token(
        token_id, owner=seeds.USER.identity_id, name=f"expired {number}", **{"expirationDate": "-1d", **given}
    )
    return token_id


def test_the_readme_lists_every_switch_with_its_default() -> None:
    text = Path(str(package.__file__)).with_name("README.md").read_text(encoding="utf-8")
    table = text.partition("## Switches")[2].partition("## Faults")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", table, re.MULTILINE))
    as_json = {None: "null", True: "true", False: "false"}
    actual = {}
    for each in fields(Switches):
        default: Any = each.default
        is_word = default is None or isinstance(default, bool)
        actual[each.name] = (
            as_json[default] if is_word else str(default) if isinstance(default, int) else f'"{default}"'
        )
    assert documented == actual


@pytest.mark.parametrize(
    "wanted",
    [
        {"no_such_switch": 1},
        {"duplicate_name": 418},
        {"duplicate_name": "400"},
        {"expired_count": 1},
        {"max_tokens": -1},
        {"max_tokens": True},
        {"max_tokens": None},
        {"name_limit": "long"},
        {"date_header": "omit", "secret_case": "title"},
    ],
)
def test_an_unknown_switch_or_value_changes_nothing(simulator: SimulatorClient, wanted: dict[str, Any]) -> None:
    before = simulator.state()["switches"]
    with pytest.raises(SimulatorError, match="switch"):
        simulator.switch(**wanted)
    assert simulator.state()["switches"] == before


@pytest.mark.parametrize("status", [400, 409, 500])
def test_duplicate_name(simulator: SimulatorClient, user: Caller, status: int) -> None:
    simulator.switch(duplicate_name=status)
    other = user.made("other")
    for answer in (user.create(name="bootstrap", **NEVER), user.patch(other["id"], name="bootstrap")):
        assert answer.status_code == status
        assert ("internal error" in answer.json()["messages"][0]["text"]) == (status == 500)


@pytest.mark.parametrize("status", [400, 409, 500])
def test_token_limit_and_max_tokens(simulator: SimulatorClient, user: Caller, status: int) -> None:
    simulator.switch(token_limit=status, max_tokens=2)
    user.made("second")
    assert user.create(name="third", **NEVER).status_code == status


@pytest.mark.parametrize(("counts", "status"), [(True, 400), (False, 200)])
def test_expired_count(simulator: SimulatorClient, user: Caller, counts: bool, status: int) -> None:
    simulator.switch(expired_count=counts, max_tokens=2)
    expire(simulator)
    assert user.create(name="one more", **NEVER).status_code == status


@pytest.mark.parametrize(("counts", "status"), [(True, 400), (False, 200)])
def test_managed_count(simulator: SimulatorClient, user: Caller, counts: bool, status: int) -> None:
    simulator.switch(managed_count=counts, max_tokens=2)
    simulator.put_token("0" * 32, owner=seeds.USER.identity_id, name="workflow", managed=True)
    assert user.create(name="one more", **NEVER).status_code == status


def test_name_limit_is_none_by_default(user: Caller) -> None:
    assert user.made("x" * 5000)["name"] == "x" * 5000


@pytest.mark.parametrize("status", [400, 500])
def test_name_limit_and_long_name(simulator: SimulatorClient, user: Caller, status: int) -> None:
    simulator.switch(name_limit=10, long_name=status)
    token = user.made("x" * 10)
    assert user.create(name="y" * 11, **NEVER).status_code == status
    assert user.patch(token["id"], name="y" * 11).status_code == status


@pytest.mark.parametrize(("switch", "status"), [(400, 400), (500, 500), ("accept", 200)])
def test_past_expiry(simulator: SimulatorClient, nobody: Caller, user: Caller, switch: int | str, status: int) -> None:
    simulator.switch(past_expiry=switch)
    token = user.made("alive")
    assert user.patch(token["id"], expirationDate=PAST).status_code == status
    created = user.create(name="dead", expirationDate=PAST)
    assert created.status_code == status
    if status == 200:
        assert nobody.grant(created.json()["id"], created.json()["secret"]).status_code == 401
        assert nobody.grant(token["id"], token["secret"]).status_code == 401


@pytest.mark.parametrize(("switch", "status"), [("accept", 200), (400, 400), (404, 404)])
def test_patch_expired(simulator: SimulatorClient, user: Caller, switch: int | str, status: int) -> None:
    simulator.switch(patch_expired=switch)
    token_id = expire(simulator)
    assert user.patch(token_id, name="renamed").status_code == status
    assert user.patch(seeds.USER.client_id, name="still alive").status_code == 200
    assert user.delete(token_id).status_code == 204


@pytest.mark.parametrize("listed", [True, False])
def test_expired_listed(simulator: SimulatorClient, user: Caller, listed: bool) -> None:
    simulator.switch(expired_listed=listed)
    expire(simulator)
    assert ("expired 0" in user.names()) is listed
    assert "bootstrap" in user.names()


@pytest.mark.parametrize("status", [401, 400])
@pytest.mark.parametrize("style", ["oauth", "dto", "html", "empty"])
def test_oauth_error(simulator: SimulatorClient, nobody: Caller, status: int, style: str) -> None:
    simulator.switch(oauth_error_status=status, oauth_error_body=style)
    answer = nobody.grant(seeds.USER.client_id, "fa4e" * 16)
    assert answer.status_code == status
    if style == "oauth":
        assert answer.json()["error"] == "invalid_client"
    elif style == "dto":
        assert answer.json()["detailCode"]
    elif style == "html":
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "<html>" in answer.text
    else:
        assert answer.content == b""


@pytest.mark.parametrize(("kills", "status"), [(False, 200), (True, 401)])
def test_delete_kills_bearers(simulator: SimulatorClient, user: Caller, kills: bool, status: int) -> None:
    simulator.switch(delete_kills_bearers=kills)
    assert user.delete(seeds.USER.client_id).status_code == 204
    assert user.list().status_code == status


def test_lists_do_not_lag_by_default(user: Caller) -> None:
    user.made("new")
    assert "new" in user.names()


def test_list_lag_calls(simulator: SimulatorClient, nobody: Caller, user: Caller) -> None:
    simulator.switch(list_lag_calls=1)
    token = user.made("new")
    assert nobody.log_in(seeds.ADMIN).names() == {"bootstrap"}
    assert user.names() == {"bootstrap"}
    assert user.names() == {"bootstrap", "new"}
    user.patch(token["id"], name="newer")
    assert user.names() == {"bootstrap", "new"}
    assert user.names() == {"bootstrap", "newer"}
    user.delete(token["id"])
    assert user.names() == {"bootstrap", "newer"}
    assert user.names() == {"bootstrap"}
    assert user.delete(token["id"]).status_code == 404


def test_list_lag_seconds(simulator: SimulatorClient, user: Caller) -> None:
    simulator.freeze()
    simulator.switch(list_lag_seconds=5)
    user.made("first")
    simulator.advance(seconds=3)
    user.made("second")
    assert user.names() == {"bootstrap"}
    simulator.advance(seconds=2)
    assert user.names() == {"bootstrap", "first"}
    simulator.advance(seconds=3)
    assert user.names() == {"bootstrap", "first", "second"}


def test_scope_lag_seconds(simulator: SimulatorClient, nobody: Caller, user: Caller) -> None:
    token = user.made("lagging", scope=["demo:first"])
    simulator.switch(scope_lag_seconds=1200)
    user.patch(token["id"], scope=["demo:second"])
    assert nobody.grant(token["id"], token["secret"]).json()["scope"] == "demo:first"
    simulator.advance(seconds=1200)
    assert nobody.grant(token["id"], token["secret"]).json()["scope"] == "demo:second"


@pytest.mark.parametrize("returned", [True, False])
def test_never_expires_returned(simulator: SimulatorClient, user: Caller, returned: bool) -> None:
    simulator.switch(never_expires_returned=returned)
    for token in (user.list().json()[0], user.patch(seeds.USER.client_id, name="x").json()):
        assert ("userAwareTokenNeverExpires" in token) is returned


@pytest.mark.parametrize("switch", ["omit", "null"])
@pytest.mark.parametrize(
    ("version", "may_be_null"),
    [("v3", False), ("v2024", False), ("beta", True), ("v2025", True), ("v2026", True), ("v1", True)],
)
def test_no_version_shows_a_null_that_its_definition_rules_out(
    simulator: SimulatorClient, user: Caller, version: str, may_be_null: bool, switch: str
) -> None:
    simulator.switch(no_expiry_shown=switch)
    for token in (user.list(version).json()[0], user.patch(seeds.USER.client_id, version, name="x").json()):
        assert ("expirationDate" in token) is (may_be_null or switch == "null")
        assert token.get("expirationDate") is None
    simulator.put_token(seeds.USER.client_id, expirationDate="+1d")
    assert user.list(version).json()[0]["expirationDate"] is not None


@pytest.mark.parametrize(("switch", "scope"), [("all", ["sp:scopes:all"]), ("null", None)])
def test_default_scope_returned(
    simulator: SimulatorClient, nobody: Caller, user: Caller, switch: str, scope: list[str] | None
) -> None:
    simulator.switch(default_scope_returned=switch)
    token = user.made("unscoped")
    assert token["scope"] == scope
    assert nobody.grant(token["id"], token["secret"]).json()["scope"] == "sp:scopes:all"


@pytest.mark.parametrize(("order", "scope"), [("given", ["b", "a"]), ("reversed", ["a", "b"])])
def test_scope_order(simulator: SimulatorClient, user: Caller, order: str, scope: list[str]) -> None:
    simulator.switch(scope_order=order)
    assert user.made("ordered", scope=["b", "a"])["scope"] == scope


@pytest.mark.parametrize("length", [64, 63])
@pytest.mark.parametrize(("case", "digits"), [("lower", "0-9a-f"), ("upper", "0-9A-F")])
def test_secret_length_and_case(
    simulator: SimulatorClient, nobody: Caller, user: Caller, length: int, case: str, digits: str
) -> None:
    simulator.switch(secret_length=length, secret_case=case)
    token = user.made("secretive")
    assert re.fullmatch(f"[{digits}]{{{length}}}", token["secret"])
    assert nobody.grant(token["id"], token["secret"]).status_code == 200


@pytest.mark.parametrize("status", [403, 404])
def test_foreign_token(simulator: SimulatorClient, user: Caller, status: int) -> None:
    simulator.switch(foreign_token=status)
    assert user.delete(seeds.ADMIN.client_id).status_code == status
    assert user.patch(seeds.ADMIN.client_id, name="x").status_code == status


@pytest.mark.parametrize("status", [403, 400])
def test_no_user(simulator: SimulatorClient, nobody: Caller, status: int) -> None:
    simulator.switch(no_user=status)
    client = nobody.log_in(seeds.CLIENT)
    assert client.list().status_code == status
    assert client.create(name="x", **NEVER).status_code == status


def test_rate_limit(simulator: SimulatorClient, nobody: Caller, user: Caller) -> None:
    assert {user.list().status_code for _try in range(101)} == {200}
    simulator.switch(rate_limit=True)
    assert {user.list().status_code for _try in range(100)} == {200}
    limited = user.list()
    assert limited.status_code == 429
    assert limited.json() == {"message": " Rate Limit Exceeded "}
    assert 1 <= int(limited.headers["Retry-After"]) <= 11
    assert user.list("v3").status_code == 200
    assert nobody.log_in(seeds.ADMIN).list().status_code == 200


@pytest.mark.parametrize("path", ["/oauth/token", "/personal-access-tokens/v1", "/nowhere"])
def test_date_header(simulator: SimulatorClient, nobody: Caller, path: str) -> None:
    simulator.reset({"now": "2031-02-03T04:05:06.789Z", "frozen": True})
    followed = nobody.send("GET", path).headers["Date"]
    assert followed == "Mon, 03 Feb 2031 04:05:06 GMT"
    simulator.switch(date_header="omit")
    assert "Date" not in nobody.send("GET", path).headers
    simulator.switch(date_header="garble")
    with pytest.raises((TypeError, ValueError)):
        parsedate_to_datetime(nobody.send("GET", path).headers["Date"])


def identities(caller: Caller, version: str = "v1", **query: str) -> Any:
    """Ask for public identities."""
    path = PATHS[version].replace("personal-access-tokens", "public-identities")
    return caller.send("GET", path, params=query)


@pytest.mark.parametrize("version", list(PATHS))
def test_public_identities_are_read_page_by_page(user: Caller, version: str) -> None:
    ids = f'id in ("{seeds.ADMIN.identity_id}","{seeds.USER.identity_id}","nobody")'
    assert [one["name"] for one in identities(user, version, filters=ids).json()] == ["Fake Admin", "Fake User"]
    assert [one["name"] for one in identities(user, version, limit="1", offset="1").json()] == ["Fake User"]
    for wrong in ({"limit": "251"}, {"offset": "-1"}, {"filters": "id in ()"}, {"owner-id": "me"}):
        assert identities(user, version, **wrong).status_code == 400


def test_public_identities_are_for_users_with_a_bearer_token(nobody: Caller) -> None:
    assert identities(nobody).status_code == 401
    assert identities(nobody.log_in(seeds.CLIENT)).status_code == 403
    assert nobody.log_in(seeds.USER).send("POST", "/public-identities/v1").status_code == 405


def test_the_default_scope(simulator: SimulatorClient, nobody: Caller) -> None:
    simulator.put_token(seeds.USER.client_id, scope=["demo:first"])
    assert identities(nobody.log_in(seeds.USER)).status_code == 200
    simulator.switch(default_scope="asked")
    assert identities(nobody.log_in(seeds.USER)).status_code == 403
    simulator.put_token(seeds.USER.client_id, scope=["demo:first", "sp:scopes:default"])
    assert identities(nobody.log_in(seeds.USER)).status_code == 200


def test_identity_state(simulator: SimulatorClient, user: Caller) -> None:
    assert identities(user).json()[0]["identityState"] == "ACTIVE"
    simulator.switch(identity_state="null")
    assert identities(user).json()[0]["identityState"] is None
    simulator.switch(identity_state="omit")
    assert "identityState" not in identities(user).json()[0]
