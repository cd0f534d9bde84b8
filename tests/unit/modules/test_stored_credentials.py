# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module stored_credentials, with a cipher that hides nothing in place of ansible-vault."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import execute
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.stored_credentials import (
    STORED_CREDENTIALS,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.context import Context

TENANT = "https://fake.api.identitynow.invalid"
PAIR: dict[str, Any] = {"client_id": "fa4e1d00" * 4, "client_secret": "fake-5ec4e7-in-a-test"}
OTHER: dict[str, Any] = {"client_id": "fa4e1d01" * 4, "client_secret": "fake-0ther-in-a-test"}
ABSENT: dict[str, Any] = {"state": "absent"}

each_mode = pytest.mark.parametrize("check_mode", [True, False], ids=["check mode", "run"])


class Marked:
    """A cipher that only marks what it made, and for which vault id; what replaces a content keeps its mark."""

    def __init__(self, vault_id: str | None) -> None:
        self._mark = f"marked {vault_id}: ".encode()

    def encrypt(self, text: str, replaced: bytes | None = None) -> bytes:
        return (replaced.split(b": ", 1)[0] + b": " if replaced else self._mark) + text.encode()

    def decrypt(self, content: bytes) -> str:
        return content.split(b": ", 1)[1].decode()


def validation_of(**options: Any) -> Any:
    """Return what Ansible says to options."""
    return ArgumentSpecValidator(dict(STORED_CREDENTIALS.argument_spec)).validate({"base_url": TENANT, **options})


def run(
    path: Path | str, check_mode: bool = False, has_vault: bool = True, kind: str = "file", **options: Any
) -> dict[str, Any]:
    """Run the module and return its result, in which a secret is only where it has been asked for."""
    place = {name: options.pop(name) for name in ("format", "vault_id") if name in options}
    given: dict[str, Any] = {"store": {kind: {"path": str(path), **place}}, **options}
    validation = validation_of(**given)
    assert not validation.error_messages
    context = Context(check_mode=check_mode, environ={}, cipher_for=Marked if has_vault else None)
    result = execute(STORED_CREDENTIALS, validation.validated_parameters, context)
    told = {key: value for key, value in result.items() if key != "client_secret"}
    assert not any(pair["client_secret"] in str(told) for pair in (PAIR, OTHER))
    return result


def changed(where: str, before: str, after: str) -> dict[str, Any]:
    """Return the result of a change."""
    verb = "+ write " if after else "- forget"
    plan = f"{verb}  '{where}'  client_id: {before or 'none'} -> {after or 'none'}\n"
    return {"changed": True, "client_id": after, "diff": {"prepared": plan}}


@pytest.mark.parametrize("name", ["isc.json", "isc.yml", "isc.env"])
@pytest.mark.parametrize("kind", ["file", "vault_file"])
def test_an_entry_through_its_whole_life(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    where, one, two = f"{kind} {path}", PAIR["client_id"], OTHER["client_id"]
    steps: list[tuple[dict[str, Any], dict[str, Any] | None]] = [
        (ABSENT, None),
        ({"credentials": PAIR}, changed(where, "", one)),
        ({"credentials": PAIR}, None),
        ({"credentials": OTHER}, changed(where, one, two)),
        (ABSENT, changed(where, two, "")),
        (ABSENT, None),
    ]
    for options, expected in steps:
        before = path.read_bytes() if path.exists() else None
        planned = run(path, check_mode=True, kind=kind, **options)
        assert (path.read_bytes() if path.exists() else None) == before
        assert run(path, kind=kind, **options) == planned
        nothing = {"changed": False, "client_id": planned["client_id"], "diff": {"prepared": ""}}
        assert planned == (nothing if expected is None else expected)
        assert not path.exists() or path.read_bytes().startswith(b"marked None: ") is (kind == "vault_file")
    assert not list(tmp_path.iterdir())


@each_mode
def test_reading_tells_the_secret_on_request_alone(tmp_path: Path, check_mode: bool) -> None:
    path = tmp_path / "isc.json"
    assert run(path, check_mode, return_secret=True) == {"changed": False, "client_id": ""}
    run(path, credentials=PAIR)
    assert run(path, check_mode) == {"changed": False, "client_id": PAIR["client_id"]}
    assert run(path, check_mode, return_secret=True) == {"changed": False, **PAIR}
    assert STORED_CREDENTIALS.secret_keys == ("client_secret",)


def test_the_diff_of_another_secret_for_the_same_token_tells_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "isc.json"
    run(path, credentials=PAIR)
    result = run(path, credentials={**PAIR, "client_secret": OTHER["client_secret"]})
    why = f"client_id: {PAIR['client_id']}, another client_secret"
    assert result["diff"] == {"prepared": f"+ write   'file {path}'  {why}\n"}


def test_a_vault_id_is_handed_on(tmp_path: Path) -> None:
    run(tmp_path / "isc", kind="vault_file", vault_id="fake", credentials=PAIR)
    assert (tmp_path / "isc").read_bytes().startswith(b"marked fake: base_url:")
    run(tmp_path / "isc", kind="vault_file", credentials=OTHER)
    assert (tmp_path / "isc").read_bytes().startswith(b"marked fake: base_url:")


@each_mode
def test_what_would_fail_is_told_and_nothing_is_made(folder: Path, check_mode: bool) -> None:
    folder.chmod(0o500)
    result = run(folder / "missing" / "isc.json", check_mode, credentials=PAIR)
    folder.chmod(0o700)
    assert result["failed"]
    told = f"its folder {folder} is not writable" if check_mode else "could not be written (Permission denied)"
    assert result["msg"].startswith(f"file {folder}/missing/isc.json: ")
    assert told in result["msg"]
    assert not list(folder.iterdir())


@each_mode
@pytest.mark.parametrize("kind", ["file", "vault_file"])
def test_an_entry_that_cannot_be_removed_is_told_in_check_mode_too(folder: Path, check_mode: bool, kind: str) -> None:
    path = folder / "isc.json"
    run(path, kind=kind, credentials=PAIR)
    folder.chmod(0o500)
    result = run(path, check_mode, kind=kind, **ABSENT)
    folder.chmod(0o700)
    assert result["failed"]
    assert result["msg"].startswith(f"{kind} {path}: its folder {folder} is not writable")
    assert path.exists()


@each_mode
def test_an_entry_that_could_not_be_replaced_can_be_removed_in_check_mode_too(folder: Path, check_mode: bool) -> None:
    path = folder / "isc.json"
    run(path, credentials=PAIR)
    os.link(path, folder / "link")
    assert run(path, check_mode, **ABSENT)["changed"]
    assert path.exists() is check_mode


@each_mode
def test_a_missing_folder_is_made(tmp_path: Path, check_mode: bool) -> None:
    path = tmp_path / "missing" / "isc.json"
    assert run(path, check_mode, credentials=PAIR)["changed"]
    assert path.exists() is not check_mode
    assert list(tmp_path.iterdir()) == ([] if check_mode else [path.parent])


@each_mode
@pytest.mark.parametrize("options", [{}, ABSENT, {"credentials": PAIR}])
def test_what_is_not_ours_is_left_alone(tmp_path: Path, check_mode: bool, options: dict[str, Any]) -> None:
    path = tmp_path / "isc.json"
    path.write_text(f'{{"password": "{PAIR["client_secret"]}"}}', encoding="utf-8")
    result = run(path, check_mode, **options)
    assert result["failed"]
    assert result["msg"].startswith(f"file {path}: it must hold base_url, client_id, client_secret and nothing else")
    assert path.read_text(encoding="utf-8") == f'{{"password": "{PAIR["client_secret"]}"}}'


def test_the_key_stands_in_the_path_as_it_is(tmp_path: Path) -> None:
    run(tmp_path / "{key}.json", key="team/Crm", credentials=PAIR)
    assert run(tmp_path / "team" / "Crm.json")["client_id"] == PAIR["client_id"]
    run(tmp_path / "{key}-{key}.json", key="a", credentials=OTHER)
    assert run(tmp_path / "a-a.json")["client_id"] == OTHER["client_id"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"credentials": {"client_id": PAIR["client_id"]}}, "go together"),
        ({"credentials": {"client_secret": PAIR["client_secret"]}}, "go together"),
        ({"credentials": {**PAIR, "client_secret": ""}}, "go together"),
        ({"credentials": {"client_id": "", "client_secret": ""}}, "go together"),
        ({"credentials": {}}, "go together"),
        ({"credentials": {**PAIR, "client_id": "a b"}}, "client_id of credentials is not a token id"),
        (
            {"credentials": {**PAIR, "client_secret": f"{PAIR['client_secret']}\n"}},
            "client_secret of credentials contains white space",
        ),
        ({"credentials": PAIR, "state": "absent"}, "state is absent"),
        ({"base_url": "http://fake.api.identitynow.invalid"}, "unencrypted"),
        ({"base_url": ""}, "base_url is missing"),
        ({"path": ""}, "path of the store file is blank"),
        ({"path": "/tmp/isc"}, "or give format"),
        ({"path": "isc.json"}, "is relative"),
        ({"kind": "vault_file", "has_vault": False}, "delegate_to: localhost"),
        ({"store": {"file": None}}, "store has no options: give those of one of file, vault_file"),
        ({"path": "/tmp/fake-{key}.json"}, "key is missing: it replaces {key} in the store's path or name"),
        ({"store": {"command": {"argv": ["fake"]}}}, "key is missing: it replaces {key} in the store's path or name"),
        ({"key": "crm"}, "key is given, and there is no {key} in the store's path or name"),
        ({"path": "/tmp/fake-{key}.json", "key": ""}, "is not a valid key"),
        ({"path": "/tmp/fake-{key}.json", "key": ".."}, "is not a valid key"),
        ({"path": "/tmp/fake-{key}.json", "key": "a//b"}, "is not a valid key"),
        ({"path": "/tmp/fake-{key}-{name}.json", "key": "crm"}, "has the placeholder {name} in it"),
        ({"path": "/tmp/fake-{}.json"}, "path '/tmp/fake-{}.json' of the store file has the placeholder {} in it"),
        ({"path": "/tmp/fake-{key.json"}, "path '/tmp/fake-{key.json' of the store file has a brace in it"),
        ({"path": "/tmp/fake-key}.json"}, "has a brace in it that is not part of {key}; correct it"),
        ({"path": "/tmp/fake-{{key}}.json", "key": "crm"}, "has a brace in it that is not part of {key}"),
        ({"path": "/tmp/fake-{a{key}b}.json", "key": "crm"}, "has a brace in it that is not part of {key}"),
        ({"store": {"command": {"argv": ["fake"], "name": "-x"}}}, "name '-x' of the store command may not start"),
    ],
)
@each_mode
def test_what_cannot_be_meant_is_refused(
    tmp_path: Path, options: dict[str, Any], message: str, check_mode: bool
) -> None:
    given = {"path": tmp_path / "isc.json", "check_mode": check_mode, **options}
    result = run(**given)
    assert result["failed"]
    assert message in result["msg"]
    assert "unexpected" not in result["msg"]
    assert not list(tmp_path.iterdir())


def test_a_trial_takes_a_second_key_and_leaves_both_entries_empty(tmp_path: Path) -> None:
    given: dict[str, Any] = {"key": "check", "state": "tried"}
    assert run(tmp_path / "{key}.json", **given)["seen"][-1] == "removing nothing is no error"
    assert not list(tmp_path.iterdir())
    run(tmp_path / "check-2.json", credentials=PAIR)
    message = run(tmp_path / "{key}.json", **given)["msg"]
    assert message.startswith(f"file {tmp_path}/check-2.json: it holds credentials; try the store out with a key that")
    assert [path.name for path in tmp_path.iterdir()] == ["check-2.json"]


@pytest.mark.parametrize(
    ("path", "check_mode", "told"),
    [
        ("isc.json", False, "state: tried writes two entries: put {key} into the path or name, and give key"),
        ("{key}.json", True, "state: tried writes to the store, which check mode does not"),
    ],
)
def test_a_trial_that_cannot_be_one_is_refused(tmp_path: Path, path: str, check_mode: bool, told: str) -> None:
    key: dict[str, Any] = {"key": "check"} if "{key}" in path else {}
    assert run(tmp_path / path, check_mode, state="tried", **key)["msg"] == told
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ({"vault_file": {"path": "/tmp/fake.yml"}}, "it needs Ansible's vault passwords"),
        ({"hashi_vault": {"path": "isc", "auth_method": "approle"}}, "role_id is missing"),
        ({"aws_secretsmanager": {"name": "isc", "recovery_window": 1}}, "recovery_window must be 0"),
        ({"azure_key_vault": {"name": "isc", "vault_url": "http://fake"}}, "vault_url must be the https address"),
        ({"kubernetes": {"name": "isc", "namespace": "Fake"}}, "namespace is not a DNS label"),
        ({"command": {"name": "isc", "argv": []}}, "argv needs a program"),
        ({"command": {"name": "isc", "argv": ["./fake"]}}, "./fake in argv is a relative path"),
        ({"command": {"name": "isc", "argv": ["fake"], "timeout": 0}}, "timeout must be from 1"),
    ],
)
def test_an_option_that_opens_no_store_is_told_with_its_store(store: dict[str, Any], told: str) -> None:
    message = run("", has_vault=False, store=store)["msg"]
    (kind,) = store
    assert message.startswith(f"store {kind}: {told}")
    assert message.count(f"store {kind}") == message.count(told) == 1


@pytest.mark.parametrize(
    "store",
    [
        {"command": {"argv": ["/bin/sh", "-c", "{ true; }"], "name": "{key}"}},
        {"command": {"argv": ["/bin/sh", "-c", "echo '{}' >&2; true {name}"], "name": "isc/{key}"}},
    ],
)
def test_a_brace_that_is_in_no_place_is_not_refused(store: dict[str, Any]) -> None:
    assert run("", store=store, key="crm") == {"changed": False, "client_id": ""}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"store": {}},
        {"store": {"file": {"path": "/tmp/fake.json"}, "vault_file": {"path": "/tmp/fake.yml"}}},
        {"store": {"file": {}}},
        {"store": {"nowhere": {"path": "/tmp/fake.json"}}},
        {"store": {"vault_file": {"path": "/tmp/fake.yml", "format": "json"}}},
        {"store": {"file": {"path": "/tmp/fake.json", "vault_id": "fake"}}},
        {"store": {"file": {"path": "/tmp/fake.json"}}, "client_secret_to_store": PAIR["client_secret"]},
    ],
)
def test_what_ansible_itself_refuses(options: dict[str, Any]) -> None:
    assert validation_of(**options).error_messages


def test_the_connection_of_the_groups_defaults_is_no_credentials_to_write(tmp_path: Path) -> None:
    result = run(tmp_path / "isc.json", **PAIR)
    assert result == {"changed": False, "client_id": ""}
    assert not list(tmp_path.iterdir())
