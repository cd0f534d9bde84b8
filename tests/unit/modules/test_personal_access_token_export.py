# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""personal_access_token_export in one process: what is exported changes nothing, and what is left out says why."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from jsonschema import Draft202012Validator

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import API_VERSIONS
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_export import (
    PERSONAL_ACCESS_TOKEN_EXPORT,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.variables import read_variables
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import READER, USER, default

Module = Callable[..., dict[str, Any]]

OLD = [name for name, version in API_VERSIONS.items() if not version.patches_expiry]
each_version = pytest.mark.parametrize("version", list(API_VERSIONS))

KINDS: list[dict[str, Any]] = [
    {"name": "Dated", "scope": ["demo:second", "demo:first"], "expirationDate": "+80d", "lastUsed": "-1d"},
    {"name": "Soon", "scope": ["demo:first"], "expirationDate": "+5d"},
    {"name": "Never", "scope": ["sp:scopes:all"], "userAwareTokenNeverExpires": True},
    {"name": "No scope", "expirationDate": "+80d"},
    {"name": "Short", "scope": ["demo:first"], "accessTokenValiditySeconds": 60, "expirationDate": "+80d"},
    {"name": "Too short", "scope": ["demo:first"], "accessTokenValiditySeconds": 5, "expirationDate": "+80d"},
    {"name": "Empty scope", "scope": [], "expirationDate": "+80d"},
    {"name": "{{ fake }}: \"quoted\" # 'name'", "scope": ["{{fake}}"], "expirationDate": "+80d"},
    {"name": "R\u00e9seau\n---\nx", "scope": ["demo:first"], "expirationDate": "+80d"},
    {"id": "01d0fa4e" * 4, "name": "Dated (previous 01d0fa4e)", "scope": ["demo:first"], "lastUsed": "-1d"},
]
LEFT_OUT: list[dict[str, Any]] = [
    {"name": " blanks", "scope": ["demo:first"], "expirationDate": "+80d"},
    {"name": "Copy (previous 12345678)", "scope": ["demo:first"], "expirationDate": "+80d"},
    {"name": "Twice", "scope": ["demo:first"], "expirationDate": "+80d"},
    {"name": "Twice", "scope": ["demo:second"], "expirationDate": "+80d"},
    {"name": "Odd scope", "scope": ["demo:first demo:second"], "expirationDate": "+80d"},
    {"name": "Expired", "scope": ["demo:first"], "expirationDate": "-1d"},
    {"name": "Workflow", "scope": ["demo:first"], "managed": True},
]


def read(path: Path) -> dict[str, Any]:
    """Return the variables of a file."""
    return read_variables(path.read_text(encoding="utf-8"))


def seeded(simulator: SimulatorClient, *tokens: dict[str, Any], **switches: Any) -> None:
    """Begin with tokens of the Fake User, who may see managed ones too."""
    seed = default()
    (user,) = (each for each in seed["identities"] if each["id"] == USER.identity_id)
    user["rights"] = [*user["rights"], "idn:managed-personal-access-tokens:read"]
    seed["tokens"] += [{"owner": USER.identity_id, "created": "-60d", **token} for token in tokens]
    simulator.reset({**seed, "frozen": True, "switches": {"max_tokens": 40, **switches}})


@each_version
@pytest.mark.parametrize("switches", [{}, {"default_scope_returned": "null"}, {"no_expiry_shown": "null"}], ids=str)
def test_export_then_plan_shows_no_change(
    simulator: SimulatorClient, module: Module, tmp_path: Path, version: str, switches: dict[str, Any]
) -> None:
    seeded(simulator, *KINDS, *LEFT_OUT, **switches)
    path = tmp_path / "host.yml"
    result = module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(path), api_version=version)
    assert result["changed"]
    variables = read(path)
    declared = variables["tokens_declared"]
    assert sorted(one["name"] for one in declared) == sorted(token["name"] for token in KINDS[:-1])

    simulator.clear_log()
    plan = module(
        PERSONAL_ACCESS_TOKEN_SET,
        check_mode=True,
        api_version=version,
        personal_access_tokens=declared,
        max_tokens=variables.get("tokens_max_tokens", 10),
    )
    assert not plan.get("failed"), plan
    assert plan["actions"] == []
    assert not plan["changed"]
    assert {one["method"] for one in simulator.log()} == {"POST", "GET"}  # a grant, and the list


@each_version
def test_each_option_is_as_the_token_has_it(
    simulator: SimulatorClient, module: Module, tmp_path: Path, version: str
) -> None:
    seeded(simulator, *KINDS)
    module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(tmp_path / "host.yml"), api_version=version)
    declared = {one["name"]: one for one in read(tmp_path / "host.yml")["tokens_declared"]}
    dates = {token["name"]: token["expirationDate"] for token in simulator.state()["tokens"]}
    assert declared["Dated"] == {
        "name": "Dated",
        "scope": ["demo:first", "demo:second"],
        "access_token_validity_seconds": 43200,
        "expiration_date": dates["Dated"].partition(".")[0] + "Z",
    }
    assert declared["Never"]["scope"] == ["sp:scopes:all"]
    assert declared["Never"].get("never_expires", False) is (version not in OLD)
    assert declared["Short"]["access_token_validity_seconds"] == 60
    assert "access_token_validity_seconds" not in declared["Too short"]
    assert "scope" not in declared["Empty scope"]
    text = (tmp_path / "host.yml").read_text(encoding="utf-8")
    assert "# its access_token_validity_seconds 5 is not allowed for a new token; none is declared\n" in text
    assert ("which cannot be declared with api_version" in text) is (version in OLD)


@pytest.mark.parametrize("adopted", [False, True])
def test_the_file_is_one_that_the_schema_accepts(
    simulator: SimulatorClient, module: Module, tmp_path: Path, adopted: bool
) -> None:
    seeded(simulator, *KINDS, *LEFT_OUT)
    path = tmp_path / "host.yml"
    result = adopt(module, path) if adopted else module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(path))
    assert result["changed"]
    schema = Path(__file__).resolve().parents[3] / "docs" / "tokens.schema.json"
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    assert not [error.message for error in validator.iter_errors(read(path))]
    assert path.read_text(encoding="utf-8").splitlines()[0].endswith("/docs/tokens.schema.json")


def test_what_is_left_out_says_why(simulator: SimulatorClient, module: Module, tmp_path: Path) -> None:
    seeded(simulator, *KINDS, *LEFT_OUT)
    result = module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(tmp_path / "host.yml"))
    reasons = {one["name"]: one["reason"] for one in result["left_out"]}
    for name, reason in {
        "bootstrap": "this run authenticates with it",
        "Workflow": "the platform manages it",
        "Dated (previous 01d0fa4e)": "a rotation has replaced it",
        "Twice": "another token of this owner has the same name",
        " blanks": "begins or ends with white space",
        "Copy (previous 12345678)": "ends like the name of a token that has been replaced",
        "Odd scope": "several scopes in one string",
        "Expired": "it expired on",
    }.items():
        assert reason in reasons.pop(name)
    assert not reasons
    end = (tmp_path / "host.yml").read_text(encoding="utf-8").partition("# Left out:\n")[2]
    assert len(end.splitlines()) == 9
    assert all(line.startswith('# - "') for line in end.splitlines())


def test_a_replaced_token_that_the_next_run_deletes_is_remarked(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    old = {"id": "01d0fa4e" * 4, "name": "Dated (previous 01d0fa4e)", "created": "-90d", "lastUsed": "-50d"}
    seeded(simulator, KINDS[0], old)
    module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(tmp_path / "host.yml"))
    assert "  # the next run deletes 'Dated (previous 01d0fa4e)': replaced by" in (tmp_path / "host.yml").read_text()


def test_with_a_bearer_token_the_file_says_that_its_own_token_may_be_in_it(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    form = {"grant_type": "client_credentials", "client_id": USER.client_id, "client_secret": USER.client_secret}
    with urlopen(f"{simulator.base_url}/oauth/token", urlencode(form).encode()) as answer:
        bearer = json.loads(answer.read())["access_token"]
    result = module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(tmp_path / "host.yml"), access_token=bearer)
    assert [one["name"] for one in result["exported"]] == ["bootstrap"]
    assert "It does not know which token that came from" in (tmp_path / "host.yml").read_text()


# The file.


def test_the_file_is_whole_with_the_rights_of_the_umask_and_in_folders_that_are_made(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "folder" / "host.yml"
    before = os.umask(0o027)
    try:
        result = module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(path))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [each.name for each in path.parent.iterdir()] == ["host.yml"]
    assert result["diff"] == {
        "before": "",
        "after": path.read_text(encoding="utf-8"),
        "before_header": str(path),
        "after_header": str(path),
    }


def test_check_mode_shows_what_would_be_written_and_writes_nothing(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "host.yml"
    foretold = module(PERSONAL_ACCESS_TOKEN_EXPORT, check_mode=True, path=str(path))
    assert not path.parent.exists()
    assert module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(path)) == foretold
    assert path.read_text(encoding="utf-8") == foretold["diff"]["after"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_file_that_declares_something_else_is_replaced_with_force_alone(
    simulator: SimulatorClient, module: Module, tmp_path: Path, check_mode: bool
) -> None:
    seeded(simulator, KINDS[0])
    path = tmp_path / "host.yml"
    module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(path))
    assert not module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(path))["changed"]
    edited = path.read_text(encoding="utf-8").replace("demo:second", "demo:third") + "# mine\n"
    path.write_text(edited, encoding="utf-8")
    refused = module(PERSONAL_ACCESS_TOKEN_EXPORT, check_mode=check_mode, path=str(path))
    assert refused["failed"]
    assert "set force: true to replace it" in refused["msg"]
    assert path.read_text(encoding="utf-8") == edited
    forced = module(PERSONAL_ACCESS_TOKEN_EXPORT, check_mode=check_mode, path=str(path), force=True)
    assert forced["changed"]
    assert forced["diff"]["before"] == edited
    assert ("demo:third" in path.read_text(encoding="utf-8")) is check_mode


def test_what_differs_in_remarks_alone_is_left_as_it_is(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    seeded(simulator, KINDS[0])
    path = tmp_path / "host.yml"
    module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(path))
    before = path.read_text(encoding="utf-8")
    (token,) = (one for one in simulator.state()["tokens"] if one["name"] == "Dated")
    simulator.put_token(token["id"], lastUsed="-1h")
    assert not module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(path), force=True)["changed"]
    assert path.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_path_that_cannot_be_written_is_refused(
    simulator: SimulatorClient, module: Module, tmp_path: Path, check_mode: bool
) -> None:
    (tmp_path / "file").write_text("fake", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    in_file = module(PERSONAL_ACCESS_TOKEN_EXPORT, check_mode=check_mode, path=str(tmp_path / "file" / "host.yml"))
    assert "in the way" in in_file["msg"]
    folder = module(PERSONAL_ACCESS_TOKEN_EXPORT, check_mode=check_mode, path=str(tmp_path / "folder"))
    assert "is in the way, and could not be read" in folder["msg"]
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    binary = module(PERSONAL_ACCESS_TOKEN_EXPORT, check_mode=check_mode, path=str(tmp_path / "bytes"), force=True)
    assert "it is not UTF-8" in binary["msg"]


# Into a store.


def adopt(module: Module, path: Path, **options: Any) -> dict[str, Any]:
    store = {"file": {"path": f"{path.parent}/stores/{{key}}.json"}}
    return module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(path), adopt_into_store=True, **{"store": store, **options})


def test_a_takeover_is_declared_with_an_expiry(simulator: SimulatorClient, module: Module, tmp_path: Path) -> None:
    seeded(simulator, KINDS[0], KINDS[2])
    result = adopt(module, tmp_path / "host.yml", expires_in="60d", overlap="2d")
    variables = read(tmp_path / "host.yml")
    lifecycle = {"expires_in": "60d", "rotate_before": "14d", "overlap": "2d", "adopt": True}
    assert variables["tokens_declared"] == [
        {
            "name": "Dated",
            "scope": ["demo:first", "demo:second"],
            "access_token_validity_seconds": 43200,
            **lifecycle,
        },
        {"name": "Never", "scope": ["sp:scopes:all"], "access_token_validity_seconds": 43200, **lifecycle},
    ]
    assert result["adoption"]["free_slots"] == 7
    assert [one["night"] for one in result["adoption"]["takeovers"]] == [1, 1]
    text = (tmp_path / "host.yml").read_text(encoding="utf-8")
    for line in result["adoption_plan"]:
        assert f"# {line}\n" in text
    assert not (tmp_path / "stores").exists()


def test_names_that_make_no_key_or_the_same_one_get_keys(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    names = {"CRM Sync": "1", "crm-sync": "2", "\u65e5\u672c": "3", "Alone": "4"}
    seeded(
        simulator,
        *({"name": name, "id": digit * 32, "scope": ["demo:first"]} for name, digit in names.items()),
    )
    result = adopt(module, tmp_path / "host.yml")
    keys = {one["name"]: one.get("key") for one in read(tmp_path / "host.yml")["tokens_declared"]}
    assert keys["Alone"] is None
    for name, start in (("CRM Sync", "crm-sync-"), ("crm-sync", "crm-sync-"), ("\u65e5\u672c", "token-")):
        assert re.fullmatch(f"{start}[0-9a-f]{{8}}", keys[name] or "")
    assert keys["CRM Sync"] != keys["crm-sync"]
    seeded(
        simulator,
        *({"name": name, "id": f"a{digit}" * 16, "scope": ["demo:first"]} for name, digit in names.items()),
    )
    adopt(module, tmp_path / "again.yml")
    again = {one["name"]: one.get("key") for one in read(tmp_path / "again.yml")["tokens_declared"]}
    assert again == keys, "a rotation must not move an entry"
    assert not result["adoption"]["problems"]


def test_what_the_store_holds_already_is_not_adopted_again(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    held: dict[str, Any] = {"id": "4e1dfa4e" * 4, "secret": "4e1dfa4e" * 8, "scope": ["demo:first"], "name": "Held"}
    seeded(simulator, KINDS[0], held)
    (tmp_path / "stores").mkdir()
    entry = {"base_url": simulator.base_url, "client_id": held["id"], "client_secret": held["secret"]}
    (tmp_path / "stores" / "held.json").write_text(json.dumps(entry), encoding="utf-8")
    result = adopt(module, tmp_path / "host.yml")
    declared = {one["name"]: one for one in read(tmp_path / "host.yml")["tokens_declared"]}
    assert "adopt" not in declared["Held"]
    assert declared["Held"]["never_expires"]
    assert [one["name"] for one in result["adoption"]["takeovers"]] == ["Dated"]
    assert held["secret"] not in (tmp_path / "host.yml").read_text(encoding="utf-8")


def test_an_entry_that_cannot_be_read_is_a_problem_of_its_token_alone(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    seeded(simulator, KINDS[0], KINDS[2])
    (tmp_path / "stores" / "dated.json").mkdir(parents=True)
    result = adopt(module, tmp_path / "host.yml")
    (problem,) = result["adoption"]["problems"]
    assert problem["name"] == "Dated"
    assert "dated.json" in problem["msg"]
    assert [one["name"] for one in result["adoption"]["takeovers"]] == ["Never"]


def test_the_store_is_not_frozen_to_the_home_of_the_machine_that_exports(
    simulator: SimulatorClient, module: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables of a host override those of its group: a path in which ~ is filled in would hold on every machine."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    seeded(simulator, KINDS[0])
    assert not adopt(module, tmp_path / "host.yml", store={"file": {"path": "~/isc/{key}.env"}}).get("failed")
    text = (tmp_path / "host.yml").read_text(encoding="utf-8")
    assert "tokens_store" not in read(tmp_path / "host.yml")
    assert "# tokens_store is not repeated here. Keep that variable where it is.\n" in text
    assert "home" not in text


def test_a_store_with_a_secret_is_not_repeated(simulator: SimulatorClient, module: Module, tmp_path: Path) -> None:
    pytest.importorskip("hvac")
    secret = "fake-vault-token-5ec4e7"
    store = {"hashi_vault": {"url": "http://127.0.0.1:9", "token": secret, "path": "isc/{key}"}}
    result = adopt(module, tmp_path / "host.yml", store=store)
    assert not result.get("failed"), result
    text = (tmp_path / "host.yml").read_text(encoding="utf-8")
    assert secret not in text + str(result)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"store": None}, "adopt_into_store needs store"),
        ({"store": {"file": {"path": "/fake/one.json"}}}, "has no {key} in its path or name, so 2 tokens"),
        ({"overlap": "long"}, "overlap: 'long' is not a duration"),
        ({"rotate_before": "1d"}, "rotate_before must not be shorter than overlap"),
    ],
    ids=str,
)
def test_a_takeover_that_cannot_be_declared_is_refused(
    simulator: SimulatorClient, module: Module, tmp_path: Path, options: dict[str, Any], says: str
) -> None:
    seeded(simulator, KINDS[0], KINDS[2])
    result = adopt(module, tmp_path / "host.yml", **options)
    assert result.get("failed"), result
    assert says in result["msg"]
    assert not (tmp_path / "host.yml").exists()


def test_who_may_not_list_gets_the_servers_reason(simulator: SimulatorClient, module: Module, tmp_path: Path) -> None:
    simulator.put_token(READER.client_id, scope=["demo:first"])
    pair = {"client_id": READER.client_id, "client_secret": READER.client_secret}
    result = module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(tmp_path / "host.yml"), **pair)
    assert "answered 403" in result["msg"]
    assert not (tmp_path / "host.yml").exists()


def test_the_end_of_the_own_token_is_told_by_the_export_too(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    path = str(tmp_path / "host.yml")
    assert "warnings" not in module(PERSONAL_ACCESS_TOKEN_EXPORT, path=path)
    simulator.put_token(USER.client_id, expirationDate="+5d")
    (warning,) = module(PERSONAL_ACCESS_TOKEN_EXPORT, path=path)["warnings"]
    assert warning.startswith(f"the token that this run authenticates with, 'bootstrap' ({USER.client_id}), expires on")


@pytest.mark.parametrize(
    ("defaults", "warns"),
    [
        ({}, False),
        ({"expires_in": "60d", "rotate_before": "9d", "overlap": "2d"}, False),
        ({"rotate_after": "30d", "overlap": "2d", "adopt": True}, True),
    ],
)
def test_defaults_of_the_host_that_may_change_what_is_exported_are_warned_of(
    simulator: SimulatorClient, module: Module, tmp_path: Path, defaults: dict[str, Any], warns: bool
) -> None:
    seeded(simulator, KINDS[0])
    result = module(PERSONAL_ACCESS_TOKEN_EXPORT, path=str(tmp_path / "host.yml"), defaults=defaults)
    told = [text for text in result.get("warnings", []) if "of tokens_defaults may change" in text]
    assert [text.split(" of ")[0] for text in told] == (["adopt, rotate_after"] if warns else [])
