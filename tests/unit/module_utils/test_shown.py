# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What callbacks see of options: nothing that stands where the specification knows no option."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import MASK
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.shown import without_unknown

SECRET = "fake-secret-in-a-wrong-place"
VAULT = {"path": "isc/{key}", "url": "https://vault.example"}


@pytest.mark.parametrize(
    "given",
    [
        {"clientsecret": SECRET},
        {"store": {"token": SECRET}},
        {"store": {"hashi_vault": {**VAULT, "password": SECRET}}},
        {"store": f'{{"hashi_vault": {{"path": "isc", "vault_token": "{SECRET}"}}}}'},
        {"personal_access_tokens": [{"name": "One", "client_secret": SECRET}]},
        {"personal_access_tokens": [{"name": "One", "stored_credentials": {"client_secret": SECRET}}]},
        {"personal_access_tokens": [{"name": "One", "store": {"hashi_vault": {**VAULT, "tokken": SECRET}}}]},
        {"stored_credentials": {"One": {"client_id": "0" * 32, "secret": SECRET}}},
        {"store": f"vault_token={SECRET}"},
        {"store": {"hashi_vault": f"path=isc vault_token={SECRET}"}},
        {"store": [SECRET]},
        {"store": f"path=isc {SECRET}"},
        {"store": f"{{'hashi_vault': fake.call('{SECRET}')}}"},
        {"personal_access_tokens": [f'{{"name": "One", "client_secret": "{SECRET}"}}']},
        {"stored_credentials": {"One": f"client_id=0 secret={SECRET}"}},
    ],
    ids=str,
)
def test_nothing_in_a_wrong_place_is_shown(given: dict[str, Any]) -> None:
    shown = without_unknown(given, PERSONAL_ACCESS_TOKEN_SET.argument_spec)
    assert SECRET not in str(shown)
    assert MASK in str(shown)


def test_what_is_known_is_shown() -> None:
    given = {
        "name": "One",
        "scope": ["idn:accounts:read"],
        "store": {"file": {"path": "/etc/isc/{key}.env"}},
        "personal_access_tokens": [{"name": "One", "store": {"hashi_vault": VAULT}}],
        "stored_credentials": {"One": {"client_id": "0" * 32}},
        "prune_exclude": ["[PROD] *"],
    }
    spec = {**PERSONAL_ACCESS_TOKEN_SET.argument_spec, "name": {"type": "str"}}
    assert without_unknown(given, spec) == given
