# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What bad options get: an error that names them, and that shows no secret where one was given in a wrong place."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.ids import is_id
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    API_VERSIONS,
    Connection,
    Declared,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.connection import (
    CONNECTION_SPEC,
    connection_from,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.declaration import (
    TOKEN_SPEC,
    declared_from,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.values import key_from
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.kinds import STORE_SPEC
from ansible_collections.sailpoint_community.isc.plugins.modules.personal_access_token import DOCUMENTATION

CLIENT_ID = "fa4e" * 8
UUID = "fa4efa4e-fa4e-fa4e-fa4e-fa4efa4efa4e"
CLIENT_SECRET = "fa4e5ec4e7" * 6 + "fa4e"
PAIR: dict[str, Any] = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def valid(spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Return the options as Ansible hands them on."""
    validation = ArgumentSpecValidator(spec).validate(options)
    assert not validation.error_messages
    parameters: dict[str, Any] = validation.validated_parameters
    return parameters


def connection(environ: dict[str, str] | None = None, **options: Any) -> Connection:
    """Return the connection to a fake tenant."""
    options = {"base_url": "https://tenant.example.com", **options}
    return connection_from(valid(CONNECTION_SPEC, options), environ or {}, Secrets())


def declared(**options: Any) -> Declared:
    """Return what is declared of a token of v1."""
    return declared_from(
        valid({**TOKEN_SPEC, "store": STORE_SPEC}, options),
        API_VERSIONS["v1"],
        datetime(2026, 8, 1, tzinfo=timezone.utc),
    )


@pytest.mark.parametrize(
    ("option", "least", "most"), [("timeout", 1, 3600), ("retries", 0, 100), ("run_timeout", 1, 1500)]
)
def test_a_number_out_of_its_range_is_refused_with_the_range(option: str, least: int, most: int) -> None:
    for fine in (least, most):
        assert getattr(connection(**{**PAIR, option: fine}), option) == fine
    for absurd in (least - 1, most + 1, -(10**30), 10**30):
        with pytest.raises(DeclarationError) as caught:
            connection(**{**PAIR, option: absurd})
        assert str(caught.value) == f"{option} is {absurd}; it must be from {least} to {most}"


IDS = [CLIENT_ID, UUID, "FA4EFA4E", "fake_api-client", "f" * 62]
NO_IDS = [
    "",
    " ",
    "fa4e",
    f"{CLIENT_ID}\n",
    f" {CLIENT_ID}",
    "../../up",
    "a/b/c/d/e",
    "ünïcödes",
    CLIENT_SECRET,
    "f" * 63,
]


@pytest.mark.parametrize("text", IDS)
def test_an_id_may_be_of_any_kind_that_the_api_has(text: str) -> None:
    assert is_id(text)
    assert declared(id=text).id == text
    assert declared(name="one", stored_credentials={"client_id": text}).stored_client_id == text


@pytest.mark.parametrize("text", NO_IDS)
def test_what_can_be_no_id_is_refused_and_not_shown(text: str) -> None:
    assert not is_id(text)
    stored = {"client_id": text or " "}
    for options, named in (
        ({"id": text}, "id"),
        ({"name": "one", "stored_credentials": stored}, "client_id in stored_credentials"),
    ):
        with pytest.raises(DeclarationError) as caught:
            declared(**options)
        assert str(caught.value).startswith(f"{named} is not a token id")
        assert not text.strip() or text not in str(caught.value)


ROTATING = {"rotate": "always", "stored_credentials": {"client_id": UUID}, "renamed_from": ["two"]}


@pytest.mark.parametrize("option", ROTATING)
def test_an_id_excludes_what_only_a_name_can_have(option: str) -> None:
    options = {"expires_in": "90d", option: ROTATING[option]}
    named = "a store" if option == "stored_credentials" else option
    with pytest.raises(DeclarationError, match=f"id excludes {named}"):
        declared(id=CLIENT_ID, name="one", **options)
    assert declared(id=CLIENT_ID, name="one", state="absent", **options)


@pytest.mark.parametrize("kind", STORE_SPEC["options"])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_an_id_excludes_a_store_always(state: str, kind: str) -> None:
    required = [name for name, spec in STORE_SPEC["options"][kind]["options"].items() if spec.get("required")]
    place = dict.fromkeys(required, "/fake/isc.yml")
    with pytest.raises(DeclarationError, match=r"id excludes (a store|store)"):
        declared(id=CLIENT_ID, expires_in="90d", state=state, store={kind: place})


def test_an_id_excludes_no_more() -> None:
    # Due dates come from module_defaults, and make the task fail only once they are reached.
    assert declared(id=CLIENT_ID, expires_in="90d", rotate_after="60d", rotate_before="14d", rotate="never")


def test_the_documentation_of_id_names_what_it_excludes() -> None:
    (text,) = (text for text in yaml.safe_load(DOCUMENTATION)["options"]["id"]["description"] if "exclusive" in text)
    documented = [name for name in re.findall(r"O\((\w+)", text) if name != "state"]
    assert sorted(documented) == sorted(["store", *ROTATING])


# The store, and what speaks of it.


STORE: dict[str, Any] = {"file": {"path": "/fake/{key}.json"}}
NOT_BOTH = "store and stored_credentials exclude each other"


@pytest.mark.parametrize("held", [{}, {"client_id": CLIENT_ID}])
def test_a_token_has_one_store(held: dict[str, str]) -> None:
    with pytest.raises(DeclarationError, match=NOT_BOTH):
        declared(name="one", store=STORE, stored_credentials=held)


@pytest.mark.parametrize("held", [{}, {"client_id": ""}, {"client_id": None, "client_secret": ""}])
def test_an_empty_dictionary_says_that_the_users_store_holds_nothing(held: dict[str, str]) -> None:
    assert declared(name="one", stored_credentials=held).stored_client_id == ""
    assert declared(name="one").stored_client_id is None


def test_a_stored_secret_without_its_client_id_is_refused_and_not_shown() -> None:
    with pytest.raises(DeclarationError, match="client_secret without its client_id") as caught:
        declared(name="one", stored_credentials={"client_secret": CLIENT_SECRET})
    assert CLIENT_SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"key": "crm"}, "key needs store"),
        ({"authenticates": True}, "authenticates needs store"),
        ({"adopt": True}, "no store is given"),
        ({"verify": "always"}, "no store is given"),
    ],
)
def test_what_speaks_of_a_store_needs_one(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DeclarationError, match=says):
        declared(name="one", expires_in="90d", **options)
    assert declared(name="one", expires_in="90d", store=STORE, **options)


@pytest.mark.parametrize("store", [{}, {**STORE, "vault_file": {"path": "/fake/{key}.yml"}}])
def test_a_store_is_of_exactly_one_kind(store: dict[str, Any]) -> None:
    assert ArgumentSpecValidator({"store": STORE_SPEC}).validate({"store": store}).error_messages


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("CI", "ci"),
        ("CI / CD (nightly)", "ci-cd-nightly"),
        ("--Ünder_score--", "nder-score"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\nb{key}", "a-b-key"),
    ],
)
def test_the_slug_of_a_name_is_its_key(name: str, key: str) -> None:
    assert key_from(name, None) == key


@pytest.mark.parametrize("name", ["", "---", "ü", "../.."])
def test_a_name_of_which_no_key_can_be_made_needs_one(name: str) -> None:
    with pytest.raises(DeclarationError, match="give key"):
        key_from(name, None)
    assert key_from(name, "crm") == "crm"


@pytest.mark.parametrize("key", ["crm", "CRM", "team/crm", "team/.hidden", "a..b", "crm.v2", "ü", " "])
def test_a_key_is_taken_as_it_is(key: str) -> None:
    assert key_from("CI", key) == key


@pytest.mark.parametrize(
    "key",
    ["", "/", "/crm", "crm/", "a//b", ".", "..", "../crm", "crm/..", "a/../b", "a/./b", "a\nb", "a\0", "{key}", "a}"],
)
def test_a_key_leads_nowhere_else(key: str) -> None:
    with pytest.raises(DeclarationError, match="is not a valid key"):
        key_from("CI", key)


@pytest.mark.parametrize(
    ("scope", "lacks"),
    [
        (["idn:accounts:read"], "lacks sp:my-personal-access-tokens:read and sp:my-personal-access-tokens:manage;"),
        (["sp:my-personal-access-tokens:read"], "lacks sp:my-personal-access-tokens:manage;"),
        (["sp:my-personal-access-tokens:read", "sp:my-personal-access-tokens:manage"], None),
        (["idn:my-personal-access-tokens:read", "sp:my-personal-access-tokens:manage", "idn:accounts:read"], None),
        (["sp:scopes:all"], None),
        (None, None),
    ],
)
def test_the_runs_own_token_keeps_the_rights_that_a_run_needs(scope: list[str] | None, lacks: str | None) -> None:
    """Or no later run could list the tokens, nor correct the scope."""
    given = {"name": "Ansible", "authenticates": True, "store": {"file": {"path": "/fake.env"}}, "scope": scope}
    if lacks is None:
        assert declared(**given).scope == (frozenset(scope) if scope else None)
    else:
        with pytest.raises(DeclarationError, match=lacks):
            declared(**given)


def test_an_overlap_that_nobody_declared_is_named_with_its_length() -> None:
    with pytest.raises(
        DeclarationError, match=r"it is 5d, and overlap is 7d \(the default\); raise rotate_before to 7d"
    ):
        declared(name="CI", expires_in="90d", rotate_before="5d")
    with pytest.raises(DeclarationError, match=r"it is 5d, and overlap is 6d; raise rotate_before to 6d"):
        declared(name="CI", expires_in="90d", rotate_before="5d", overlap="6d")


@pytest.mark.parametrize(
    ("scope", "hint"),
    [
        ("demo:read, demo:manage", "; to give several scopes, write a list: [demo:read, demo:manage]"),
        ([" demo:read"], "white space around it"),
        (["demo:read", " "], "white space around it"),
    ],
)
def test_scopes_that_ansible_has_split_at_commas_are_told_as_the_list_that_was_meant(scope: Any, hint: str) -> None:
    with pytest.raises(DeclarationError, match=f"{re.escape(hint)}$"):
        declared(name="CI", scope=scope)


@pytest.mark.parametrize("path", ["/v3", "/v2025/", "/beta", "/gateway/v3"])
def test_the_api_version_in_base_url_is_refused_and_not_asked_for_twice(path: str) -> None:
    says = f"base_url has the path {path.rstrip('/')}: leave the API version out, which is said by api_version$"
    with pytest.raises(DeclarationError, match=says):
        connection(**PAIR, base_url=f"https://tenant.example.com{path}")


@pytest.mark.parametrize("path", ["/gateway", "/v3/gateway", "/vanity", "/betas"])
def test_another_path_in_base_url_may_be_that_of_a_gateway(path: str) -> None:
    assert connection(**PAIR, base_url=f"https://tenant.example.com{path}").base_url.endswith(path)
