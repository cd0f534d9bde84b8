# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's variables are what its modules can take, and are documented as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.connection import CONNECTION_SPEC
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.token_set import SET_SPEC

ROLE = Path(__file__).resolve().parents[2] / "roles" / "tokens"
NOT_OF_THE_ROLE = {"id", "credentials_file", "credentials_format", "authenticates", "return_secret"}
"""What speaks of a store of another kind, or of a token that cannot be rotated."""


def load(name: str) -> dict[str, Any]:
    """Return a YAML file of the role."""
    document = yaml.safe_load((ROLE / name).read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


SPECS = load("meta/argument_specs.yml")["argument_specs"]
OPTIONS = SPECS["main"]["options"]
TOKEN = SET_SPEC["personal_access_tokens"]["options"]


def kinds(options: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return what has to be the same of an option wherever it is declared."""
    return {
        name: (option["type"], option.get("elements"), tuple(option.get("choices", ())))
        for name, option in options.items()
    }


def test_a_token_has_the_keys_of_the_set() -> None:
    assert kinds(OPTIONS["tokens_declared"]["options"]) == kinds(
        {name: option for name, option in TOKEN.items() if name not in NOT_OF_THE_ROLE}
    )


def test_the_defaults_are_those_of_the_set() -> None:
    of_the_set = {name: option for name, option in TOKEN.items() if name in PERSONAL_ACCESS_TOKEN_SET.argument_spec}
    assert kinds(OPTIONS["tokens_defaults"]["options"]) == kinds(
        {name: option for name, option in of_the_set.items() if name not in NOT_OF_THE_ROLE}
    )


def test_the_connection_is_that_of_the_modules() -> None:
    assert kinds(OPTIONS["tokens_connection"]["options"]) == kinds(CONNECTION_SPEC)
    secret = [name for name, option in CONNECTION_SPEC.items() if option.get("no_log")]
    assert [name for name, option in OPTIONS["tokens_connection"]["options"].items() if option.get("no_log")] == secret


@pytest.mark.parametrize("option", ["prune", "prune_exclude", "prune_unused_for", "max_tokens"])
def test_an_option_of_the_set_is_a_variable_with_its_default(option: str) -> None:
    spec = PERSONAL_ACCESS_TOKEN_SET.argument_spec[option]
    assert OPTIONS[f"tokens_{option}"]["default"] == spec["default"] == load("defaults/main.yml")[f"tokens_{option}"]
    assert kinds({option: OPTIONS[f"tokens_{option}"]}) == kinds({option: spec})


def test_the_defaults_are_told_where_users_look() -> None:
    defaults = load("defaults/main.yml")
    # Core would template it, in the check of the arguments, before there is a name.
    assert set(OPTIONS) == {*defaults, "tokens_declared", "tokens_store"} - {"tokens_key"}
    assert all(OPTIONS[name]["default"] == default for name, default in defaults.items() if name != "tokens_key")
    assert set(SPECS["revoke"]["options"]) == {*OPTIONS, "revoke_name", "revoke_confirm"}
    readme = (ROLE / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(tokens_\w+)` \|([^|]*)\|", readme, re.MULTILINE))
    assert rows.pop("tokens_key").strip("` ") == defaults.pop("tokens_key")
    told = {name: yaml.safe_load(default.strip("` ")) for name, default in rows.items()}
    assert told == {**defaults, "tokens_declared": None, "tokens_store": None}


def test_every_store_is_whole_documented_and_held_to_the_contract() -> None:
    stores = sorted(path for path in (ROLE / "tasks" / "stores").iterdir() if path.is_dir())
    assert stores
    collection = ROLE.parents[1]
    page = (collection / "docs" / "stores.md").read_text(encoding="utf-8")
    contract = collection / "tests" / "integration" / "targets" / "tokens_stores" / "playbook.yml"
    held = contract.read_text(encoding="utf-8")
    for store in stores:
        assert {path.name for path in store.iterdir()} == {"read.yml", "write.yml", "delete.yml"}, store.name
        assert f"\n## {store.name}\n" in page, store.name
        assert f'"{{{{ built_in }}}}/{store.name}"' in held, store.name
