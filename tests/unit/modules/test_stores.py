# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""P6 for the store in a file: what a user reads when it, or what it holds, is not as it should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import USER

Module = Callable[..., dict[str, Any]]
CI: dict[str, Any] = {"name": "CI", "scope": ["demo:first"], "expires_in": "90d"}
STORED_ID, STORED_SECRET = "570ced1d" * 4, "570ced5e" * 8
NO_CONNECTION = {"client_id": None, "client_secret": None}

each_mode = pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])


def at(path: Path | str) -> dict[str, Any]:
    """Return the store in the file at a path."""
    return {"file": {"path": str(path)}}


def credentials(simulator: SimulatorClient, **values: str) -> str:
    """Return the content of a file that holds the stored token's credentials."""
    known = {"base_url": simulator.base_url, "client_id": STORED_ID, "client_secret": STORED_SECRET}
    return json.dumps({**known, **values})


@pytest.fixture
def stored(simulator: SimulatorClient, tmp_path: Path) -> str:
    """The path of a store that holds a token's credentials, which work."""
    fields = {"secret": STORED_SECRET, "owner": USER.identity_id, "name": "CI", "scope": ["sp:scopes:all"]}
    simulator.put_token(STORED_ID, **fields, created="-10d", lastUsed="-2d", expirationDate="+100d")
    path = tmp_path / "isc.json"
    path.write_text(credentials(simulator), encoding="utf-8")
    return str(path)


def kill(simulator: SimulatorClient) -> None:
    """Make what is stored dead: the token has another secret."""
    simulator.put_token(STORED_ID, secret="another-fake-secret")


def calls(simulator: SimulatorClient) -> list[str]:
    return ["OAUTH" if one["path"] == "/oauth/token" else one["method"] for one in simulator.log()]


def fails(simulator: SimulatorClient, result: dict[str, Any], *told: str) -> None:
    """See that a result is a failure that tells these things and no secret, and that nothing was written."""
    assert result["failed"] is True
    assert "unexpected" not in result["msg"]
    for text in told:
        assert text in result["msg"]
    for secret in (STORED_SECRET, *simulator.secret_texts()):
        assert secret not in str(result)
    assert not {"POST", "PATCH", "DELETE"} & set(calls(simulator))


# The file


@each_mode
@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("isc.json", '{"client_secret": "fake-secret-cut-o', "it cannot be read as json"),
        ("isc.yaml", "base_url: [fake-secret", "it cannot be read as yaml"),
        ("isc.env", "SAIL_CLIENT_SECRET=$(fake-secret)\n", "it cannot be read as env"),
        ("isc.json", "", "it is empty"),
        (
            "isc.json",
            '{"password": "fake-secret"}',
            "it must hold base_url, client_id, client_secret and nothing else",
        ),
        ("isc.json", None, "it holds credentials for another base_url than http://127.0.0.1:"),
    ],
    ids=["json", "yaml", "env", "empty", "others", "tenant"],
)
def test_a_file_that_is_not_ours_is_told_and_left_alone(
    simulator: SimulatorClient,
    module: Module,
    tmp_path: Path,
    name: str,
    content: str | None,
    told: str,
    check_mode: bool,
) -> None:
    path = tmp_path / name
    text = credentials(simulator, base_url="https://other.api.identitynow.com") if content is None else content
    path.write_text(text, encoding="utf-8")
    result = module(**CI, store=at(path), check_mode=check_mode)
    fails(simulator, result, f"file {path}: ", told, "it was not changed: move it away, or name another entry")
    assert "fake-secret" not in str(result)
    assert not simulator.log(), "it asked the API before it looked at the store"
    assert path.read_text(encoding="utf-8") == text


@each_mode
def test_a_folder_that_is_missing_is_made(
    simulator: SimulatorClient, module: Module, tmp_path: Path, check_mode: bool
) -> None:
    path = tmp_path / "missing" / "isc.json"
    result = module(**CI, store=at(path), check_mode=check_mode)
    assert result["changed"]
    assert path.exists() is not check_mode
    assert check_mode or path.parent.stat().st_mode & 0o777 == 0o700


@each_mode
def test_a_folder_that_cannot_be_made_is_told_before_the_create(
    simulator: SimulatorClient, module: Module, folder: Path, check_mode: bool
) -> None:
    path = folder / "missing" / "isc.json"
    folder.chmod(0o500)
    try:
        result = module(**CI, store=at(path), check_mode=check_mode)
    finally:
        folder.chmod(0o700)
    told = "is not writable for the user with the uid" if check_mode else "could not be written (Permission denied)"
    fails(simulator, result, f"'CI': file {path}: ", told, "nothing was done to the token")


@each_mode
def test_a_folder_that_is_not_writable_is_told_before_the_create(
    simulator: SimulatorClient, module: Module, folder: Path, check_mode: bool
) -> None:
    folder.chmod(0o500)
    try:
        result = module(**CI, store=at(folder / "isc.json"), check_mode=check_mode)
    finally:
        folder.chmod(0o700)
    told = "is not writable for the user with the uid" if check_mode else "could not be written (Permission denied)"
    fails(simulator, result, "'CI'", str(folder / "isc.json"), told, "nothing was done to the token")


def test_a_file_that_may_not_be_read_is_told(simulator: SimulatorClient, module: Module, folder: Path) -> None:
    path = folder / "isc.json"
    path.write_text(credentials(simulator), encoding="utf-8")
    path.chmod(0)
    result = module(**CI, store=at(path))
    path.chmod(0o600)
    fails(simulator, result, f"file {path}: it could not be read (Permission denied)", "check the file")


def test_a_file_of_another_token_is_told(simulator: SimulatorClient, module: Module, stored: str) -> None:
    result = module(**{**CI, "name": "Other"}, store=at(stored))
    fails(simulator, result, "'Other'", "holds the credentials of 'CI'", STORED_ID, "correct the store's path")


# verify: always


def test_dead_stored_credentials_are_replaced(simulator: SimulatorClient, module: Module, stored: str) -> None:
    kill(simulator)
    planned = module(**CI, store=at(stored), verify="always", check_mode=True)
    result = module(**CI, store=at(stored), verify="always")
    brought = "scope: +demo:first -sp:scopes:all"
    reasons = ["frees the name for its successor", f"the credentials in the store no longer authenticate; {brought}"]
    assert [one["reason"] for one in planned["actions"]] == [one["reason"] for one in result["actions"]] == reasons
    values = json.loads(Path(stored).read_text(encoding="utf-8"))
    assert simulator.works(values["client_id"], values["client_secret"])
    assert "secret" not in result


def test_without_verify_they_are_not_noticed(simulator: SimulatorClient, module: Module, stored: str) -> None:
    kill(simulator)
    simulator.put_token(STORED_ID, scope=CI["scope"])
    assert not module(**CI, store=at(stored))["changed"]
    assert calls(simulator) == ["OAUTH", "GET"]


def test_one_refusal_alone_is_no_death(simulator: SimulatorClient, module: Module, stored: str) -> None:
    simulator.put_token(STORED_ID, scope=CI["scope"])
    simulator.fault(path="/oauth/token", client_id=STORED_ID, kind="answer", status=401)
    assert not module(**CI, store=at(stored), verify="always")["changed"]


@each_mode
@pytest.mark.parametrize("fault", [{"kind": "answer", "status": 503}, {"kind": "html"}, {"kind": "drop"}])
def test_where_death_cannot_be_told_nothing_is_done(
    simulator: SimulatorClient, module: Module, stored: str, fault: dict[str, Any], check_mode: bool
) -> None:
    kill(simulator)
    simulator.fault(path="/oauth/token", client_id=STORED_ID, times=None, **fault)
    result = module(**CI, store=at(stored), verify="always", retries=0, check_mode=check_mode)
    told = (
        f"file {stored} holds {STORED_ID}, and it is unknown whether these credentials still work: could not exchange "
        "the credentials of client"
    )
    fails(simulator, result, "'CI'", told, STORED_ID, "nothing was done to the token")


def test_refusals_while_the_run_itself_is_refused_are_no_death(
    simulator: SimulatorClient, module: Module, stored: str
) -> None:
    simulator.fault(path="/oauth/token", nth=2, times=2, kind="answer", status=401)
    result = module(**CI, store=at(stored), verify="always")
    told = (
        f"file {stored} holds {STORED_ID}, and it is unknown whether these credentials still work: could not exchange "
        "the credentials of client"
    )
    fails(simulator, result, "'CI'", told, USER.client_id, "401")


def test_an_address_where_nobody_listens_is_told(simulator: SimulatorClient, module: Module, stored: str) -> None:
    address = {"token_url": "http://127.0.0.1:9/oauth/token", "retries": 0}
    result = module(**CI, store=at(stored), verify="always", **address)
    fails(simulator, result, "127.0.0.1:9", "the connection was refused", "check base_url and token_url")


# authenticates: true


OWN: dict[str, Any] = {**CI, "scope": ["sp:scopes:all"], "authenticates": True}


def test_it_authenticates_from_its_file_alone(simulator: SimulatorClient, module: Module, stored: str) -> None:
    assert not module(**OWN, **NO_CONNECTION, store=at(stored))["changed"]
    assert calls(simulator) == ["OAUTH", "GET"]
    assert {one["client_id"] for one in simulator.log()} == {STORED_ID}


def test_what_has_just_authenticated_needs_no_further_proof(
    simulator: SimulatorClient, module: Module, stored: str
) -> None:
    result = module(**{**OWN, "store": at(stored), "verify": "always"})
    assert calls(simulator) == ["OAUTH", "GET"]
    assert result["granted_scope"]


@each_mode
@pytest.mark.parametrize("end", ["killed", "expired", "deleted"])
def test_without_others_its_refused_credentials_are_told(
    simulator: SimulatorClient, module: Module, stored: str, end: str, check_mode: bool
) -> None:
    die(simulator, end)
    result = module(**OWN, **NO_CONNECTION, store=at(stored), check_mode=check_mode)
    told = f"the run authenticates with it, and the credentials in file {stored} are refused"
    fails(simulator, result, "'CI'", told, STORED_ID, "give client_id and client_secret of another token")


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("killed", "the credentials in the store no longer authenticate"),
        ("expired", "the credentials in the store no longer authenticate, expired 2 days ago"),
        ("deleted", f"the store names {STORED_ID}, which no longer exists"),
    ],
)
def test_with_others_it_is_replaced_and_goes_on_alone(
    simulator: SimulatorClient, module: Module, stored: str, end: str, reason: str
) -> None:
    die(simulator, end)
    result = module(**OWN, store=at(stored))
    assert result["actions"][-1]["reason"] == reason
    assert not module(**OWN, **NO_CONNECTION, store=at(stored))["changed"]


def die(simulator: SimulatorClient, end: str) -> None:
    """Let the stored token come to one of its ends."""
    if end == "expired":
        simulator.put_token(STORED_ID, expirationDate="-60h")
    elif end == "deleted":
        tokens = [token for token in simulator.state()["tokens"] if token["id"] != STORED_ID]
        secrets = {each["client_id"]: each["secret"] for each in simulator.secrets()["secrets"]}
        simulator.reset({"tokens": [{**token, "secret": secrets[token["id"]]} for token in tokens]})
    else:
        kill(simulator)


@each_mode
def test_while_its_own_exchange_fails_no_others_take_over(
    simulator: SimulatorClient, module: Module, stored: str, check_mode: bool
) -> None:
    simulator.fault(path="/oauth/token", client_id=STORED_ID, times=None, kind="answer", status=503)
    result = module(**OWN, store=at(stored), retries=0, check_mode=check_mode)
    fails(simulator, result, STORED_ID, "503")
    assert {one["client_id"] for one in simulator.log()} == {STORED_ID}


def test_a_store_that_holds_nothing_yet_needs_others(
    simulator: SimulatorClient, module: Module, tmp_path: Path
) -> None:
    path = str(tmp_path / "isc.json")
    result = module(**OWN, **NO_CONNECTION, store=at(path))
    told = "the run authenticates with it, but its store holds nothing yet; and the run cannot connect without it"
    fails(simulator, result, "'CI'", told, "SAIL_CLIENT_ID")
    assert module(**OWN, store=at(path))["changed"]
    assert not module(**OWN, **NO_CONNECTION, store=at(path))["changed"]


def test_in_a_set_a_broken_file_of_its_own_is_told(simulator: SimulatorClient, module: Module, tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    path.write_text("broken", encoding="utf-8")
    tokens = [{**OWN, "store": at(path)}]
    result = module(PERSONAL_ACCESS_TOKEN_SET, **NO_CONNECTION, personal_access_tokens=tokens)
    fails(simulator, result, "'CI'", f"file {path}: it cannot be read as json", "credentials are missing")
