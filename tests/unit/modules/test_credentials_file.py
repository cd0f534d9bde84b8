# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module credentials_file, with a cipher that hides nothing in place of ansible-vault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.credentials_file import CREDENTIALS_FILE
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import execute
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.context import Context

TENANT = "https://fake.api.identitynow.invalid"
PAIR: dict[str, Any] = {"client_id": "fa4e1d00" * 4, "client_secret": "fake-5ec4e7-in-a-test"}
OTHER: dict[str, Any] = {"client_id": "fa4e1d01" * 4, "client_secret": "fake-0ther-in-a-test"}


class Marked:
    """A cipher that only marks what it made, and for which vault id."""

    def __init__(self, vault_id: str | None) -> None:
        self._mark = f"marked {vault_id}: ".encode()

    def encrypt(self, text: str) -> bytes:
        return self._mark + text.encode()

    def decrypt(self, content: bytes) -> str:
        return content.split(b": ", 1)[1].decode()


def run(path: Path, check_mode: bool = False, has_vault: bool = True, **options: Any) -> dict[str, Any]:
    """Run the module and return its result, in which a secret is only where it has been asked for."""
    given = {"path": str(path), "base_url": TENANT, **options}
    validation = ArgumentSpecValidator(dict(CREDENTIALS_FILE.argument_spec)).validate(given)
    assert not validation.error_messages
    context = Context(check_mode=check_mode, environ={}, cipher_for=Marked if has_vault else None)
    result = execute(CREDENTIALS_FILE, validation.validated_parameters, context)
    told = {key: value for key, value in result.items() if key != "client_secret"}
    assert not any(pair["client_secret"] in str(told) for pair in (PAIR, OTHER))
    return result


def changed(before: str, after: str) -> dict[str, Any]:
    """Return the result of a change."""
    diff = {"before": {"client_id": before}, "after": {"client_id": after}}
    return {"changed": True, "client_id": after, "diff": diff}


@pytest.mark.parametrize("name", ["isc.json", "isc.yml", "isc.env"])
@pytest.mark.parametrize("vault", [True, False])
def test_a_file_through_its_whole_life(tmp_path: Path, name: str, vault: bool) -> None:
    path = tmp_path / name
    one, two = PAIR["client_id"], OTHER["client_id"]
    for options, expected in (
        ({"state": "absent"}, None),
        (PAIR, changed("", one)),
        (PAIR, None),
        (OTHER, changed(one, two)),
        ({"state": "absent"}, changed(two, "")),
        ({"state": "absent"}, None),
    ):
        before = path.read_bytes() if path.exists() else None
        planned = run(path, check_mode=True, vault=vault, **options)
        assert (path.read_bytes() if path.exists() else None) == before
        assert run(path, vault=vault, **options) == planned
        assert planned == expected or (expected is None and not planned["changed"])
        assert not path.exists() or path.read_bytes().startswith(b"marked None: ") is vault
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("check_mode", [True, False])
def test_reading_tells_the_secret_on_request_alone(tmp_path: Path, check_mode: bool) -> None:
    path = tmp_path / "isc.json"
    assert run(path, check_mode, return_secret=True) == {"changed": False, "client_id": ""}
    run(path, **PAIR)
    assert run(path, check_mode) == {"changed": False, "client_id": PAIR["client_id"]}
    assert run(path, check_mode, return_secret=True) == {"changed": False, **PAIR}
    assert CREDENTIALS_FILE.secret_keys == ("client_secret",)


def test_a_vault_id_is_handed_on(tmp_path: Path) -> None:
    run(tmp_path / "isc", vault=True, vault_id="fake", **PAIR)
    assert (tmp_path / "isc").read_bytes().startswith(b"marked fake: base_url:")


def test_check_mode_tells_what_would_fail(tmp_path: Path) -> None:
    result = run(tmp_path / "missing" / "isc.json", check_mode=True, **PAIR)
    assert result["failed"]
    assert "its folder does not exist" in result["msg"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"client_id": PAIR["client_id"]}, "go together"),
        ({"client_secret": PAIR["client_secret"]}, "go together"),
        ({**PAIR, "client_secret": ""}, "go together"),
        ({"client_id": "", "client_secret": ""}, "go together"),
        ({**PAIR, "client_id": "a b"}, "client_id is not a token id"),
        ({**PAIR, "client_secret": f"{PAIR['client_secret']}\n"}, "client_secret contains white space"),
        ({**PAIR, "state": "absent"}, "state is absent"),
        ({"base_url": "http://fake.api.identitynow.invalid"}, "unencrypted"),
        ({"base_url": ""}, "base_url is missing"),
        ({"path": ""}, "path"),
        ({"path": "/tmp/isc"}, "credentials_format"),
        ({"vault_id": "fake"}, "vault is false"),
        ({"vault": True, "format": "env"}, "yaml alone"),
        ({"vault": True, "has_vault": False}, "delegate_to: localhost"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    given = {"path": tmp_path / "isc.json", **options}
    result = run(**given)
    assert result["failed"]
    assert message in result["msg"]
    assert not list(tmp_path.iterdir())
