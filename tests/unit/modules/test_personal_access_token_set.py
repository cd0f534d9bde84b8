# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""personal_access_token_set end to end, in one process: its cost, its defaults, its failures, and what it prunes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._api.transport import Transport
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.moments import parse_moment
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run import session
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.claims import Claims
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores import file, kinds
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Held
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import ADMIN, USER

Module = Callable[..., dict[str, Any]]
DEFAULTS: dict[str, Any] = {"scope": ["demo:first"], "expires_in": "90d", "rotate_before": "14d"}


def at(path: Path | str) -> dict[str, Any]:
    """Return the store in the file at a path."""
    return {"file": {"path": str(path)}}


@pytest.fixture
def token_set(module: Module) -> Module:
    """Run personal_access_token_set with these defaults; the tokens come by position."""

    def run(*tokens: dict[str, Any], check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given = {**DEFAULTS, **options, "personal_access_tokens": list(tokens)}
        return module(PERSONAL_ACCESS_TOKEN_SET, check_mode=check_mode, **given)

    return run


def calls(simulator: SimulatorClient) -> list[str]:
    """The requests since the log was cleared, the OAuth call as such; clears the log."""
    made = ["OAUTH" if one["path"] == "/oauth/token" else one["method"] for one in simulator.log()]
    simulator.clear_log()
    return made


def names(simulator: SimulatorClient) -> list[str]:
    return sorted(one["name"] for one in simulator.state()["tokens"] if one["owner"] == USER.identity_id)


def declared(*numbers: int) -> list[dict[str, Any]]:
    return [{"name": f"CI {number}"} for number in numbers]


# What it costs, and what comes of it.


def test_ten_tokens_cost_one_oauth_call_and_one_list(simulator: SimulatorClient, token_set: Module) -> None:
    tokens = declared(*range(9))
    planned = token_set(*tokens, check_mode=True)
    assert calls(simulator) == ["OAUTH", "GET"]
    created = token_set(*tokens)
    assert calls(simulator) == ["OAUTH", "GET"] + ["POST"] * 9
    assert [one["action"] for one in planned["actions"]] == [one["action"] for one in created["actions"]]
    assert planned["diff"] == created["diff"]
    assert created["diff"]["prepared"].count("+ create") == 9
    again = token_set(*tokens)
    assert calls(simulator) == ["OAUTH", "GET"]
    assert not again["changed"]
    assert again["created"] == []
    assert again["diff"] == {"prepared": ""}


def test_new_credentials_are_in_created_alone_and_work(simulator: SimulatorClient, token_set: Module) -> None:
    result = token_set(*declared(1, 2))
    assert [one["name"] for one in result["created"]] == ["CI 1", "CI 2"]
    for one in result["created"]:
        assert simulator.works(one["client_id"], one["client_secret"])
        assert one["expires_at"]
    elsewhere = json.dumps({key: value for key, value in result.items() if key != "created"})
    assert not [secret for secret in simulator.secret_texts() if secret in elsewhere]


def test_a_tokens_own_options_beat_those_at_the_top(simulator: SimulatorClient, token_set: Module) -> None:
    token_set({"name": "CI 1"}, {"name": "CI 2", "scope": ["demo:second"]}, {"name": "CI 3", "never_expires": True})
    made = {one["name"]: one for one in simulator.state()["tokens"]}
    assert made["CI 1"]["scope"] == ["demo:first"]
    assert made["CI 2"]["scope"] == ["demo:second"]
    assert made["CI 1"]["expirationDate"] is not None
    assert made["CI 3"]["expirationDate"] is None


def test_a_default_of_true_can_be_taken_back(simulator: SimulatorClient, token_set: Module) -> None:
    lost = {"name": "CI", "owner": USER.identity_id, "created": "-20d", "lastUsed": "-1d", "scope": ["demo:first"]}
    simulator.put_token("ab" * 16, **lost, expirationDate="+70d")
    result = token_set({"name": "CI", "adopt": False}, adopt=True, stored_credentials={"CI": {}}, on_error="report")
    assert "adopt: true" in result["failures"][0]["msg"]
    result = token_set({"name": "CI"}, adopt=True, stored_credentials={"CI": {}})
    assert result["credentials_changed"]


# A silent server.


def test_ten_tokens_do_not_wait_ten_times_for_a_silent_server(simulator: SimulatorClient, token_set: Module) -> None:
    simulator.fault(path="/personal-access-tokens", nth=2, times=None, kind="hold")
    result = token_set(*declared(*range(9)), timeout=1)
    assert calls(simulator) == ["OAUTH", "GET", "POST", "GET"]
    lost, *others = [failure["msg"] for failure in result["failures"]]
    assert "the token may have been created" in lost
    assert "it sent nothing for 1 s" in lost
    assert len(others) == 8
    for text in others:
        assert "was not sent, since the server did not answer an earlier request of this run" in text


def test_the_spare_key_shares_the_patience_of_the_run(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Transport] = []

    class Noting(Transport):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            opened.append(self)

    own = {"name": "Ansible", "scope": ["sp:scopes:all"], "store": at(tmp_path / "own.json"), "authenticates": True}
    client_id = token_set(own)["personal_access_tokens"][0]["client_id"]
    simulator.put_token(client_id, expirationDate="-1d")
    monkeypatch.setattr(session, "Transport", Noting)
    assert token_set(own)["changed"]
    one, other = opened
    assert one.patience is other.patience


# The token that the run authenticates with.

OWN = f"the token that this run authenticates with, 'bootstrap' ({USER.client_id}), expires on "


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_end_of_the_runs_own_token_is_told_once(
    simulator: SimulatorClient, token_set: Module, check_mode: bool
) -> None:
    simulator.put_token(USER.client_id, expirationDate="+10d")
    result = token_set(*declared(1, 2), check_mode=check_mode)
    assert [warning.startswith(OWN) for warning in result["warnings"]].count(True) == 1


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_end_of_an_own_token_that_the_run_rotates_is_not_warned_of(
    simulator: SimulatorClient, token_set: Module, check_mode: bool
) -> None:
    simulator.put_token(USER.client_id, expirationDate="+10d")
    own = {"name": "bootstrap", "scope": ["sp:scopes:all"]}
    stored = {"bootstrap": {"client_id": USER.client_id}}
    result = token_set(own, stored_credentials=stored, check_mode=check_mode)
    assert [action["action"] for action in result["actions"]] == ["rename", "create"]
    assert result["warnings"] == []


# One that fails does not stop the others.


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": "BAD ", "scope": ["demo:first"]}, "white space"),
    ({"name": "BAD", "expires_in": "soon"}, "not a duration"),
    ({"name": "BAD", "scope": []}, "scope is empty"),
    ({"name": "BAD", "rotate_before": "100d"}, "a fresh token would be due at once"),
    ({"name": "BAD", "id": "ab" * 16, "rotate_before": "0"}, "none of the caller's"),
]


@pytest.mark.parametrize(("bad", "says"), BAD, ids=[says for _bad, says in BAD])
@pytest.mark.parametrize("on_error", ["fail", "report"])
def test_one_bad_token_does_not_stop_the_others(
    simulator: SimulatorClient, token_set: Module, bad: dict[str, Any], says: str, on_error: str
) -> None:
    result = token_set({"name": "CI 1"}, bad, {"name": "CI 2"}, on_error=on_error)
    assert names(simulator) == ["CI 1", "CI 2", "bootstrap"]
    assert [one["failed"] for one in result["personal_access_tokens"]] == [False, True, False]
    assert [one["name"] for one in result["created"]] == ["CI 1", "CI 2"]
    (failure,) = result["failures"]
    assert says in failure["msg"]
    assert result.get("failed", False) == (on_error == "fail")
    assert on_error == "report" or "1 of 3 personal access tokens failed" in result["msg"]


def test_each_failure_of_a_set_is_a_line_of_its_own(token_set: Module) -> None:
    bad: dict[str, Any] = {"scope": []}
    result = token_set({"name": "CI 1", **bad}, {"name": "CI 2"}, {"name": "CI 3", **bad})
    assert result["msg"].splitlines() == [
        "2 of 3 personal access tokens failed:",
        *(failure["msg"] for failure in result["failures"]),
    ]


def test_a_refusal_of_the_server_stops_its_token_alone(simulator: SimulatorClient, token_set: Module) -> None:
    simulator.fault(method="POST", path="/personal-access-tokens", kind="answer", status=403)
    result = token_set(*declared(1, 2), on_error="report")
    assert [one["name"] for one in result["failures"]] == ["CI 1"]
    assert names(simulator) == ["CI 2", "bootstrap"]


@pytest.mark.parametrize(
    ("tokens", "says"),
    [
        ([{"name": "CI"}, {"name": "CI"}], "the name 'CI' is declared more than once"),
        ([{"id": "ab" * 16}, {"id": "ab" * 16}], "is declared more than once"),
        ([{"name": "A", "store": at("/x.json")}, {"name": "B", "store": at("/x.json")}], "'A' and 'B' share one"),
        ([{"name": "CI"}, {"scope": ["demo:first"]}], "item 2 of the declared tokens has neither name nor id"),
        (
            [{"name": name, "store": at(f"/{name}.json"), "authenticates": True} for name in ("A", "B")],
            "authenticates is for one",
        ),
        (
            [{"name": name, "store": at(file)} for name, file in (("A", "/x.json"), ("B", "/./x.json"))],
            "share one store entry, file /./x.json: give each its own",
        ),
        ([{"name": "A", "store": at("/x.json")}, {"name": "B", "store": at("/X.json")}], "share one store"),
        ([{"name": "C I", "store": at("/{key}.json")}, {"name": "c-i", "store": at("/{key}.json")}], "share one store"),
        (
            [{"name": "A", "store": at("/{key}.json")}, {"name": "B", "key": "a", "store": at("/{key}.json")}],
            "share one store entry, file /a.json",
        ),
    ],
)
def test_what_makes_no_sense_as_a_set_is_refused_before_anything_is_sent(
    simulator: SimulatorClient, token_set: Module, tokens: list[dict[str, Any]], says: str
) -> None:
    result = token_set(*tokens)
    assert result["failed"]
    assert says in result["msg"]
    assert calls(simulator) == []


def test_the_names_of_a_declaration_that_failed_are_not_free_for_others(
    simulator: SimulatorClient, token_set: Module
) -> None:
    result = token_set({"name": "NEW", "renamed_from": ["OLD"], "scope": []}, {"name": "OLD"}, on_error="report")
    assert len(result["failures"]) == 2
    assert names(simulator) == ["bootstrap"]


# Stores.


def test_stored_credentials_give_every_name_a_store(simulator: SimulatorClient, token_set: Module) -> None:
    ids = {one["name"]: one["client_id"] for one in token_set(*declared(1, 2))["created"]}
    simulator.clear_log()
    stored = {"CI 1": {"client_id": ids["CI 1"]}, "CI 2": {"client_id": "", "client_secret": None}, "CI 3": {}}
    result = token_set(*declared(1, 2, 3), stored_credentials=stored)
    by_name = {one["name"]: one for one in result["personal_access_tokens"]}
    assert not by_name["CI 1"]["changed"]
    assert [one["action"] for one in by_name["CI 2"]["actions"]] == ["rename", "create"]
    assert [one["action"] for one in by_name["CI 3"]["actions"]] == ["create"]
    # Those that go to a store are proved first. The one that a run has made before, for nothing, comes last.
    assert calls(simulator) == ["OAUTH", "GET", "POST", "OAUTH", "PATCH", "POST", "OAUTH"]
    assert by_name["CI 2"]["granted_scope"] == ["demo:first"]


STORED_ID, STORED_SECRET = "570ced1d" * 4, "570ced5e" * 8


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        ({}, "stored_credentials does not name 'CI 1': give {} if the store holds nothing for it"),
        ({"CI 1": {}}, "stored_credentials does not name 'CI 2'"),
        ({"CI 1": {}, "ci 2": {}}, "stored_credentials does not name 'CI 2'"),
        ({"CI 1": {}, "CI 2": {}, "CI 3": {}}, "stored_credentials names 'CI 3', but none of the"),
        ({"CI 1": {}, "CI 2": {}, "OWN": {}}, "stored_credentials names 'OWN', but none of the"),
        ({"CI 1": {}, "CI 2": {}, "BY ID": {}}, "stored_credentials names 'BY ID', but none of the"),
        ({"CI 1": {}, "CI 2": None}, "of 'CI 2' must be a dictionary with client_id and client_secret"),
        ({"CI 1": {}, "CI 2": STORED_SECRET}, "of 'CI 2' must be a dictionary with client_id and client_secret"),
        ({"CI 1": {}, "CI 2": [STORED_SECRET]}, "of 'CI 2' must be a dictionary with client_id and client_secret"),
        ({"CI 1": {}, "CI 2": {"secret": STORED_SECRET}}, "of 'CI 2' must be a dictionary with client_id and"),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])
def test_stored_credentials_name_every_declared_token_and_no_other(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path, stored: Any, says: str, check_mode: bool
) -> None:
    """A name that is left out or misspelled would have a token made anew every night."""
    tokens = [*declared(1, 2), {"name": "OWN", "store": at(tmp_path / "own.json")}, {"name": "BY ID", "id": "ab" * 16}]
    result = token_set(*tokens, stored_credentials=stored, on_error="report", check_mode=check_mode)
    assert result["failed"]
    assert says in result["msg"]
    assert STORED_SECRET not in str(result)
    assert calls(simulator) == []


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ({"client_secret": STORED_SECRET}, "client_secret without its client_id"),
        ({"client_id": "a b", "client_secret": STORED_SECRET}, "client_id in stored_credentials is not a token id"),
        ({"client_id": STORED_SECRET}, "client_id in stored_credentials is not a token id"),
    ],
)
def test_stored_credentials_that_are_none_fail_their_token_alone(
    simulator: SimulatorClient, token_set: Module, held: dict[str, str], says: str
) -> None:
    result = token_set(*declared(1, 2), stored_credentials={"CI 1": held, "CI 2": {}}, on_error="report")
    (failure,) = result["failures"]
    assert failure["name"] == "CI 1"
    assert says in failure["msg"]
    assert STORED_SECRET not in str(result)
    assert names(simulator) == ["CI 2", "bootstrap"]


def test_a_token_has_one_store_in_a_set_too(simulator: SimulatorClient, token_set: Module, tmp_path: Path) -> None:
    result = token_set({"name": "CI"}, store=at(tmp_path / "{key}.json"), stored_credentials={"CI": {}})
    assert "store and stored_credentials exclude each other" in result["msg"]
    assert calls(simulator) == []


def test_the_store_at_the_top_is_every_tokens_and_one_of_its_own_beats_it(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path
) -> None:
    tokens = [
        {"name": "CI 1"},
        {"name": "CI 2", "key": "second"},
        {"name": "CI 3", "store": at(tmp_path / "own.env")},
        {"name": "CI 4", "store": {"file": {"path": str(tmp_path / "{key}"), "format": "yaml"}}},
    ]
    result = token_set(*tokens, store=at(tmp_path / "all" / "{key}.json"))
    assert result["created"] == []
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["all/ci-1.json", "all/second.json", "ci-4", "own.env"]
    simulator.clear_log()
    assert not token_set(*tokens, store=at(tmp_path / "all" / "{key}.json"))["changed"]
    assert calls(simulator) == ["OAUTH", "GET"]


def test_a_run_opens_its_store_once_and_reads_each_entry_once(
    token_set: Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store may be slow, and may ask for money or for a login each time."""
    store = at(tmp_path / "{key}.json")
    token_set(*declared(1, 2, 3), store=store)
    told: list[str] = []

    class Counted(file.FileStore):
        def __init__(self, *settings: Any) -> None:
            super().__init__(*settings)
            told.append("opened")

        def fetch(self, place: str) -> Held:
            told.append(Path(place).name)
            return super().fetch(place)

    monkeypatch.setattr(file, "FileStore", Counted)
    assert not token_set(*declared(1, 2, 3), store=store)["changed"]
    assert told == ["opened", "ci-1.json", "ci-2.json", "ci-3.json"]


def test_a_token_that_is_declared_by_its_id_has_no_part_in_the_store_at_the_top(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path
) -> None:
    simulator.put_token(STORED_ID, name="BY ID", owner=USER.identity_id, scope=["demo:second"], created="-9d")
    result = token_set({"id": STORED_ID, "rotate_before": "0"}, store=at(tmp_path / "{key}.json"), expires_in=None)
    assert result["failures"] == []
    assert [one["action"] for one in result["actions"]] == ["patch"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("store", "says"),
    [
        ({}, "one of the following"),
        ({"nowhere": {"path": "/x.json"}}, "nowhere"),
        ({"file": {}}, "path"),
        ({"file": {"path": "/x.json", "format": "toml"}}, "toml"),
        ({"file": {"path": "/x.json"}, "vault_file": {"path": "/x.yml"}}, "mutually exclusive"),
        ({"file": {"path": "x.json"}}, "is relative"),
        ({"file": {"path": "/{name}.json"}}, "placeholder {name}"),
        ({"file": {"path": "/{key.json"}}, "has a brace in it"),
        ({"kubernetes": {"name": "x", "namespace": "Fake"}}, "'CI 1': store kubernetes: namespace is"),
        ({"file": None}, "store has no options"),
        ({"vault_file": {"path": "/x.yml"}}, "delegate_to: localhost"),
    ],
)
def test_a_store_of_its_own_is_checked_and_fails_its_token_alone(
    simulator: SimulatorClient, token_set: Module, store: dict[str, Any], says: str
) -> None:
    result = token_set({"name": "CI 1", "store": store}, {"name": "CI 2"}, on_error="report", prune=True)
    (failure,) = result["failures"]
    assert failure["name"] == "CI 1"
    assert says in failure["msg"]
    assert "unexpected" not in str(result)
    assert names(simulator) == ["CI 2", "bootstrap"]
    assert "nothing was pruned" in result["warnings"][-1]


def test_the_secrets_of_a_store_of_its_own_are_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible does not know them for secrets, since the option's own suboptions are those of every kind."""
    spec = {"options": {"fake": {"type": "dict", "options": {"token": {"type": "str", "no_log": True}}}}}
    monkeypatch.setattr(kinds, "STORE_SPEC", {"type": "dict", **spec})
    secrets = Secrets()
    assert kinds.store_from({"fake": {"token": STORED_SECRET}}, secrets) == {"fake": {"token": STORED_SECRET}}
    assert secrets.redact(f"here is {STORED_SECRET}") == "here is ********"
    secrets = Secrets()
    with pytest.raises(DeclarationError) as caught:
        kinds.store_from({"fake": {"token": STORED_SECRET}, STORED_SECRET: {}}, secrets)
    assert STORED_SECRET not in str(caught.value)


def test_a_store_that_could_not_be_read_fails_its_token_alone(
    simulator: SimulatorClient, token_set: Module, folder: Path
) -> None:
    store = at(folder / "{key}.json")
    token_set({"name": "CI 1"}, store=store)
    (folder / "ci-1.json").chmod(0)
    result = token_set(*declared(1, 2), store=store, rotate="always", on_error="report")
    (folder / "ci-1.json").chmod(0o600)
    (failure,) = result["failures"]
    assert failure["name"] == "CI 1"
    assert f"file {folder}/ci-1.json: it could not be read (Permission denied)" in failure["msg"]
    assert "nothing was done to the token" in failure["msg"]
    assert names(simulator) == ["CI 1", "CI 2", "bootstrap"]


def test_files_take_the_secrets(simulator: SimulatorClient, token_set: Module, tmp_path: Path) -> None:
    path, other = tmp_path / "one.json", tmp_path / "two.yml"
    tokens = [
        {"name": "CI 1", "store": at(path)},
        {"name": "CI 2", "store": at(other), "return_secret": True},
    ]
    result = token_set(*tokens)
    assert [one["name"] for one in result["created"]] == ["CI 2"]
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert simulator.works(stored["client_id"], stored["client_secret"])
    assert stored["base_url"] == simulator.base_url
    simulator.clear_log()
    assert not token_set(*tokens)["changed"]
    assert calls(simulator) == ["OAUTH", "GET"]


def test_a_broken_file_fails_its_token_alone(simulator: SimulatorClient, token_set: Module, tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text("not ours", encoding="utf-8")
    result = token_set({"name": "CI 1", "store": at(path)}, {"name": "CI 2"}, on_error="report")
    assert [one["name"] for one in result["failures"]] == ["CI 1"]
    assert path.read_text(encoding="utf-8") == "not ours"
    assert names(simulator) == ["CI 2", "bootstrap"]


def test_an_entry_that_another_declared_token_has_does_not_move(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path
) -> None:
    """A name that is used again: its entry is its own, whoever bore the name before."""
    store = at(tmp_path / "{key}.json")
    token_set({"name": "OLD"}, store=store)
    before = (tmp_path / "old.json").read_bytes()
    tokens = [{"name": "NEW", "renamed_from": ["OLD"]}, {"name": "OLD"}]
    for _run in range(2):
        token_set(*tokens, store=store, on_error="report")
        assert (tmp_path / "old.json").read_bytes() == before


def test_verify_always_costs_a_grant_each_and_rotates_what_is_dead(
    simulator: SimulatorClient, token_set: Module
) -> None:
    made = {one["name"]: one for one in token_set(*declared(1, 2))["created"]}
    pairs = {name: {key: one[key] for key in ("client_id", "client_secret")} for name, one in made.items()}
    stored: dict[str, Any] = {"stored_credentials": pairs, "verify": "always"}
    simulator.clear_log()
    assert not token_set(*declared(1, 2), **stored)["changed"]
    assert sorted(calls(simulator)) == ["GET", "OAUTH", "OAUTH", "OAUTH"]
    pairs["CI 2"]["client_secret"] = "fa4e" * 16
    result = token_set(*declared(1, 2), **stored)
    assert [one["name"] for one in result["created"]] == ["CI 2"]
    assert result["created"][0]["client_id"] != made["CI 2"]["client_id"]
    assert not [pair for pair in pairs.values() if pair["client_secret"] in str(result)]


def test_verify_always_without_the_stored_secret_is_a_failure(token_set: Module) -> None:
    (made,) = token_set({"name": "CI"})["created"]
    stored = {"CI": {"client_id": made["client_id"]}}
    result = token_set({"name": "CI"}, verify="always", stored_credentials=stored)
    assert "give client_secret in stored_credentials" in result["msg"]


def test_what_is_to_be_absent_is_not_verified(simulator: SimulatorClient, token_set: Module) -> None:
    (made,) = token_set({"name": "CI"})["created"]
    simulator.clear_log()
    stored = {"stored_credentials": {"CI": {"client_id": made["client_id"]}}}
    result = token_set({"name": "CI", "state": "absent"}, verify="always", **stored)
    assert result["failures"] == []
    assert calls(simulator) == ["OAUTH", "GET", "DELETE"]


# Prune.


def idle(simulator: SimulatorClient, name: str, **fields: Any) -> None:
    fields = {"created": "-90d", "scope": ["demo:first"], **fields}
    simulator.put_token(name.encode().hex().ljust(32, "0")[:32], name=name, owner=USER.identity_id, **fields)


def test_prune_deletes_the_unused_and_check_mode_names_them(simulator: SimulatorClient, token_set: Module) -> None:
    idle(simulator, "IDLE")
    idle(simulator, "BUSY", lastUsed="-3d")
    idle(simulator, "KEPT")
    idle(simulator, "MANAGED", managed=True)
    idle(simulator, "CI 1 (previous 43492031)")
    options = {"prune": True, "prune_exclude": ["K*"]}
    planned = token_set({"name": "CI 1"}, check_mode=True, **options)
    result = token_set({"name": "CI 1"}, **options)
    assert [one["name"] for one in planned["pruned"]] == [one["name"] for one in result["pruned"]] == ["IDLE"]
    assert names(simulator) == ["BUSY", "CI 1", "CI 1 (previous 43492031)", "KEPT", "MANAGED", "bootstrap"]
    assert planned["diff"] == result["diff"]
    assert [line for line in result["diff"]["prepared"].splitlines() if "'IDLE'" in line and "- delete" in line]
    assert not token_set({"name": "CI 1"}, **options)["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_two_hosts_with_one_identity_do_not_prune_each_others_tokens(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path, check_mode: bool
) -> None:
    """The second one authenticates with another token of the same identity, which only the list tells."""
    for name in ("FIRST", "SECOND"):
        idle(simulator, name)
    another = token_set({"name": "another", "scope": ["sp:scopes:all"]})["created"][0]
    pair = {"client_id": another["client_id"], "client_secret": another["client_secret"]}
    first, second = Claims(tmp_path / "claims", "first"), Claims(tmp_path / "claims", "second")
    result = token_set({"name": "FIRST"}, prune=True, prune_exclude=["another"], claims=first, check_mode=True)
    assert [one["name"] for one in result["pruned"]] == ["SECOND"]
    calls(simulator)
    kept = token_set({"name": "SECOND"}, claims=second, check_mode=check_mode, **pair)
    assert "failed" not in kept
    assert sum("prune is on for 'first', and 'second' authenticates" in text for text in kept["warnings"]) == 1
    calls(simulator)
    refused = token_set({"name": "SECOND"}, prune=True, claims=second, check_mode=check_mode, **pair)
    assert refused["failed"]
    for part in ("'first'", "'second'", "one identity", simulator.base_url):
        assert part in refused["msg"]
    assert calls(simulator) == []
    # The first host would now see that it is not alone.
    again = token_set({"name": "FIRST"}, prune=True, claims=first, check_mode=True)
    assert sum("prune is on for 'first', and 'second' authenticates" in text for text in again["warnings"]) == 1


@pytest.mark.parametrize("check_mode", [False, True])
def test_two_hosts_that_keep_one_token_in_two_stores_are_refused(
    token_set: Module, tmp_path: Path, check_mode: bool
) -> None:
    """They would keep replacing each other's token."""
    first, second = Claims(tmp_path / "claims", "first"), Claims(tmp_path / "claims", "second")
    token_set({"name": "CI", "store": at(tmp_path / "one.json")}, claims=first)
    refused = token_set({"name": "CI", "store": at(tmp_path / "two.json")}, claims=second, check_mode=check_mode)
    assert "'first' keeps 'CI' in another store" in refused["msg"]
    assert not (tmp_path / "two.json").exists()


def test_one_host_with_two_stores_for_one_token_is_refused_until_its_entry_has_moved(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path
) -> None:
    one, two = ({"name": "CI", "store": at(tmp_path / f"{name}.json")} for name in ("one", "two"))

    def run(token: dict[str, Any], **options: Any) -> dict[str, Any]:
        return token_set({**token, **options}, claims=Claims(tmp_path / "claims", "host"))

    for _again in range(2):
        assert "failed" not in run(one)
    calls(simulator)
    assert "another task of 'host' keeps 'CI' in another store" in run(two)["msg"]
    assert calls(simulator) == ["OAUTH", "GET"]
    (tmp_path / "one.json").rename(tmp_path / "two.json")
    assert not run(two)["changed"]
    assert "failed" not in run(one, adopt=True)


def test_an_entry_that_has_moved_is_still_the_tokens_own_after_a_lost_answer(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path
) -> None:
    """The list that comes then shows a token that the store does not hold: the run has made it itself."""
    one, two = ({"name": "CI", "store": at(tmp_path / f"{name}.json")} for name in ("one", "two"))

    def run(token: dict[str, Any]) -> dict[str, Any]:
        return token_set(token, claims=Claims(tmp_path / "claims", "host"))

    run(one)
    (tmp_path / "one.json").rename(tmp_path / "two.json")
    run(two)
    simulator.fault(method="POST", path="/personal-access-tokens", kind="drop", when="after")
    result = run({**two, "rotate": "always"})
    assert "another task" not in result.get("msg", "")
    assert "failed" not in result
    assert result["credentials_changed"]


def test_one_host_does_not_prune_what_its_other_task_declares(token_set: Module, tmp_path: Path) -> None:
    for names, is_refused in ((["A", "B"], False), (["B", "A"], False), (["A"], True)):
        claims = Claims(tmp_path / "claims", "host")
        result = token_set(*({"name": name} for name in names), prune=True, claims=claims, check_mode=True)
        assert ("two tasks of 'host'" in result.get("msg", "")) is is_refused


@pytest.mark.parametrize(
    "bad", [{"name": "IDLE "}, {"name": ""}, {"name": "IDLE (previous abcd1234)"}, {"name": "X", "scope": []}]
)
def test_where_a_declaration_is_refused_nothing_is_pruned(
    simulator: SimulatorClient, token_set: Module, bad: dict[str, Any]
) -> None:
    idle(simulator, "IDLE")
    result = token_set({"name": "CI"}, bad, prune=True, on_error="report")
    assert len(result["failures"]) == 1
    assert {"IDLE", "CI"} <= set(names(simulator))
    assert "nothing was pruned" in result["warnings"][-1]


def test_where_a_store_cannot_be_read_nothing_is_pruned(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path
) -> None:
    """It may hold the token of a name that nobody declares any more, which is spared where it can be read."""
    path = tmp_path / "ci.json"
    created = token_set({"name": "FORMER", "store": at(path)})
    simulator.put_token(created["actions"][0]["id"], created="-90d", lastUsed=None)
    tokens = [{"name": "CI", "store": at(path)}, {"name": "OTHER"}]
    assert token_set(*tokens, prune=True, on_error="report")["pruned"] == []
    path.write_text("{", encoding="utf-8")
    result = token_set(*tokens, prune=True, on_error="report")
    assert len(result["failures"]) == 1
    assert "FORMER" in names(simulator)
    assert result["warnings"][-1] == "nothing was pruned, since the store of 'CI' was not read"


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_run_under_a_wrong_identity_prunes_none_of_its_tokens(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path, check_mode: bool
) -> None:
    tokens = [{"name": name, "store": at(tmp_path / f"{name}.json")} for name in ("A", "B")]
    token_set(*tokens)
    report = "ab" * 16
    simulator.put_token(report, name="Monthly report", owner=ADMIN.identity_id, created="-90d", lastUsed="-40d")
    pair = {"client_id": ADMIN.client_id, "client_secret": ADMIN.client_secret}
    result = token_set(*tokens, prune=True, on_error="report", check_mode=check_mode, **pair)
    assert len(result["failures"]) == 2
    assert result["pruned"] == []
    assert report in {one["id"] for one in simulator.state()["tokens"]}
    (warning,) = [text for text in result["warnings"] if "nothing was pruned" in text]
    assert str(tmp_path / "A.json") in warning


def test_a_list_that_misses_a_stored_id_prunes_nothing_where_only_the_id_is_known(
    simulator: SimulatorClient, token_set: Module
) -> None:
    idle(simulator, "IDLE")
    result = token_set({"name": "CI"}, stored_credentials={"CI": {"client_id": "cd" * 16}}, prune=True, adopt=True)
    assert result["pruned"] == []
    assert any("nothing was pruned, since the store holds " in text for text in result["warnings"])


def test_the_spare_key_of_a_token_that_authenticates_is_not_pruned(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path
) -> None:
    own = {"name": "Ansible", "scope": ["sp:scopes:all"], "store": at(tmp_path / "own.json")}
    token_set({**own, "authenticates": True})
    simulator.put_token(USER.client_id, lastUsed="-90d", created="-200d")
    result = token_set({**own, "authenticates": True}, prune=True)
    assert result["pruned"] == []
    assert "bootstrap" in names(simulator)


def test_a_pattern_keeps_the_previous_ones_of_its_names_too(simulator: SimulatorClient, token_set: Module) -> None:
    idle(simulator, "KEPT (previous 4b455054)")
    assert token_set({"name": "CI"}, prune=True, prune_exclude=["KEPT"])["pruned"] == []


def test_without_prune_nothing_undeclared_goes(simulator: SimulatorClient, token_set: Module) -> None:
    idle(simulator, "IDLE")
    token_set({"name": "CI"})
    assert "IDLE" in names(simulator)


def test_a_night_prunes_nothing_and_does_not_fail_for_it(simulator: SimulatorClient, token_set: Module) -> None:
    """Else it would fail every night, until somebody looks at a plan: nobody has declared anything that is undone."""
    token_set({"name": "CI"})
    idle(simulator, "IDLE")
    by_night = token_set({"name": "CI"}, prune=True, only_due=True)
    assert by_night["pruned"] == by_night["failures"] == []
    assert [one["name"] for one in by_night["undeclared"]] == ["IDLE"]
    assert "IDLE" in names(simulator)


@pytest.mark.parametrize(
    ("options", "tokens", "says"),
    [
        ({}, [], "prune needs personal_access_tokens"),
        ({"access_token": "fa4e.fake.bearer"}, [{"name": "CI"}], "prune needs client_id and client_secret"),
        ({"prune_unused_for": "a while"}, [{"name": "CI"}], "prune_unused_for"),
    ],
)
def test_prune_is_refused_where_it_could_delete_too_much(
    simulator: SimulatorClient, token_set: Module, options: dict[str, Any], tokens: list[dict[str, Any]], says: str
) -> None:
    result = token_set(*tokens, prune=True, **options)
    assert says in result["msg"]
    assert calls(simulator) == []


def test_what_nobody_declares_is_told_with_its_last_use(simulator: SimulatorClient, token_set: Module) -> None:
    idle(simulator, "IDLE", lastUsed="-90d")
    idle(simulator, "KEPT")
    token_set({"name": "CI"})
    listed = {one["name"]: one for one in simulator.state()["tokens"]}
    undeclared = {one["name"]: one for one in token_set({"name": "CI"})["undeclared"]}
    assert set(undeclared) == {"IDLE", "KEPT"}
    assert set(undeclared["IDLE"]) == {"id", "name", "created", "last_used", "expiration_date"}
    assert undeclared["IDLE"]["id"] == listed["IDLE"]["id"]
    assert parse_moment(undeclared["IDLE"]["last_used"]) == parse_moment(listed["IDLE"]["lastUsed"])
    pruned = token_set({"name": "CI"}, prune=True, prune_exclude=["KEPT"])
    assert [one["name"] for one in pruned["pruned"]] == ["IDLE"]
    assert [one["name"] for one in pruned["undeclared"]] == ["KEPT"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_declaration_that_an_owner_cannot_have_is_refused_whole(
    simulator: SimulatorClient, token_set: Module, check_mode: bool
) -> None:
    absent = {"name": "GONE", "state": "absent"}
    result = token_set(*declared(1, 2, 3), absent, max_tokens=2, check_mode=check_mode)
    assert "3 tokens are declared, and max_tokens is 2" in result["msg"]
    assert calls(simulator) == []
    assert "failed" not in token_set({"name": "CI 1"}, absent, max_tokens=2, check_mode=check_mode)


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_declaration_that_leaves_no_slot_for_the_runs_own_token_is_refused_whole(
    simulator: SimulatorClient, token_set: Module, check_mode: bool
) -> None:
    result = token_set(*declared(1, 2, 3), max_tokens=3, check_mode=check_mode)
    assert f"'bootstrap' ({USER.client_id})" in result["msg"]
    assert "3 tokens are declared" in result["msg"]
    assert calls(simulator) == ["OAUTH", "GET"]
    assert names(simulator) == ["bootstrap"]


OWN_DECLARED: list[dict[str, Any]] = [
    {"name": "bootstrap", "scope": ["sp:scopes:all"]},
    {"name": "Ansible", "renamed_from": ["bootstrap"], "scope": ["sp:scopes:all"]},
    {"id": USER.client_id, "scope": ["sp:scopes:all"], "rotate_before": "0"},
]


@pytest.mark.parametrize("own", OWN_DECLARED, ids=["name", "renamed_from", "id"])
def test_a_token_that_is_declared_counts_once_though_the_run_authenticates_with_it(
    simulator: SimulatorClient, token_set: Module, own: dict[str, Any]
) -> None:
    result = token_set(*declared(1, 2), own, max_tokens=3)
    assert "failed" not in result
    assert len(names(simulator)) == 3


def test_tokens_that_all_exist_are_kept_though_there_is_no_slot_for_one_more(
    simulator: SimulatorClient, token_set: Module
) -> None:
    token_set(*declared(1, 2, 3))
    assert "failed" not in token_set(*declared(1, 2, 3), max_tokens=3, rotate="never")


def test_an_empty_set_does_nothing(simulator: SimulatorClient, token_set: Module) -> None:
    result = token_set()
    assert not result["changed"]
    assert names(simulator) == ["bootstrap"]


# revoke


def test_revoke_takes_no_other_tokens_family_with_it(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path
) -> None:
    """The two are refused without it; the check of the names must not go with the declaration that is left out."""
    store = at(tmp_path / "{key}.json")
    token_set({"name": "A"}, {"name": "B"}, store=store)
    token_set({"name": "A"}, {"name": "B", "rotate": "always"}, store=store)
    before = names(simulator)
    result = token_set({"name": "A", "renamed_from": ["B"]}, {"name": "B"}, store=store, revoke="A", on_error="report")
    assert "'B' is the name, or in renamed_from, of more than one" in result["msg"]
    assert names(simulator) == before


def test_revoke_of_what_the_server_does_not_find_but_lists_does_not_end_well(
    simulator: SimulatorClient, token_set: Module, tmp_path: Path
) -> None:
    leaked = {"name": "Leaked", "store": at(tmp_path / "leaked.json")}
    client_id = token_set(leaked)["actions"][0]["id"]
    simulator.fault(method="DELETE", path="/personal-access-tokens", kind="answer", status=404)
    result = token_set(leaked, revoke="Leaked")
    assert f"({client_id})" in result["msg"]
    assert "although the list still shows it" in result["msg"]
    assert [one["action"] for one in result["actions"]] == ["rename", "create"]
    assert client_id in {one["id"] for one in simulator.state()["tokens"]}


def test_revoke_prunes_nothing(simulator: SimulatorClient, token_set: Module, tmp_path: Path) -> None:
    tokens, options = [{"name": "A"}, {"name": "B"}], {"store": at(tmp_path / "{key}.json"), "prune": True}
    token_set(*tokens, **options)
    idle(simulator, "IDLE")
    result = token_set(*tokens, **options, revoke="A")
    assert result["pruned"] == []
    assert names(simulator) == ["A", "B", "IDLE", "bootstrap"]
    assert {one["name"].split(" ")[0] for one in result["actions"]} == {"A"}


@pytest.mark.parametrize("token", [{"name": "A"}, {"name": "A", "state": "absent"}])
def test_revoke_of_what_has_no_store_is_refused(
    simulator: SimulatorClient, token_set: Module, token: dict[str, Any]
) -> None:
    assert "revoke names 'Typo'" in token_set(token, revoke="Typo")["msg"]
    assert "revoke names 'A'" in token_set(token, revoke="A")["msg"]
    kept = {"name": "B", "store": at("/{key}.json")}
    assert token_set(token, kept, revoke="Typo")["msg"].endswith(
        "revoke names 'Typo', which is not declared; declared present with a store: 'B'"
    )
    assert token_set(token, kept, revoke="A")["msg"].endswith(
        "revoke names 'A', which is declared absent or without a store; declared present with a store: 'B'"
    )
    assert calls(simulator) == []


def test_revoke_authenticates_with_the_token_that_is_declared_to(module: Module, tmp_path: Path) -> None:
    own = {"name": "Ansible", "scope": ["sp:scopes:all"], "authenticates": True}
    options = {**DEFAULTS, "store": at(tmp_path / "{key}.json"), "personal_access_tokens": [own, {"name": "B"}]}
    module(PERSONAL_ACCESS_TOKEN_SET, **options)
    before = (tmp_path / "ansible.json").read_text(encoding="utf-8")
    result = module(PERSONAL_ACCESS_TOKEN_SET, **options, client_id="", client_secret="", revoke="B")
    assert not result.get("failed"), result["msg"]
    assert [one["name"] for one in result["personal_access_tokens"]] == ["B"]
    assert [one["action"] for one in result["actions"]] == ["rename", "create", "delete"]
    assert (tmp_path / "ansible.json").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("on_error", ["fail", "report"])
@pytest.mark.parametrize("place", ["expires_in", "key"])
def test_a_secret_in_a_wrong_place_is_in_no_message_of_a_token(
    token_set: Module, tmp_path: Path, place: str, on_error: str
) -> None:
    """The failures of a set go on into plans, which everybody reads."""
    secret = f"{USER.client_secret}"
    wrong = {"name": "CI", place: f"{secret}/"}
    result = token_set(wrong, *declared(2), store=at(tmp_path / "{key}.env"), prune=True, on_error=on_error)
    assert [failure["name"] for failure in result["failures"]] == ["CI"]
    assert secret not in json.dumps(result)
