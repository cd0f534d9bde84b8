# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of tokens.yml: it is made from the documentation, and refuses what the role and its module refuse."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

COLLECTION = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((COLLECTION / "docs" / "tokens.schema.json").read_text(encoding="utf-8"))
PAGE = (COLLECTION / "docs" / "plan-and-apply.md").read_text(encoding="utf-8")


def complaints(document: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def test_it_is_as_the_documentation_makes_it() -> None:
    made = runpy.run_path(str(COLLECTION / "tests" / "tools" / "schema.py"))["schema"]()
    assert made == SCHEMA, "run python tests/tools/schema.py"


def test_it_is_a_schema_and_the_example_names_it() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert f"# yaml-language-server: $schema={SCHEMA['$id']}" in PAGE


def test_the_example_of_the_page_is_valid() -> None:
    (example,) = re.findall(r"```yml\n(# yaml-language-server.*?)```", PAGE, re.DOTALL)
    assert not complaints(yaml.safe_load(example))


VALID: dict[str, Any] = {
    "tokens_store": {"file": {"path": "/etc/isc/{key}.env"}},
    "tokens_declared": [{"name": "CRM Sync", "scope": ["idn:accounts:read"]}],
}


@pytest.mark.parametrize(
    "change",
    [
        {"tokens_declared": "{{ tokens_of_a_team }}"},
        {"tokens_declared": [{"name": "A", "access_token_validity_seconds": "{{ ten_minutes }}"}]},
        {"tokens_prune": True, "another_variable": [1, 2]},
        {"tokens_connection": {"base_url": "{{ address }}", "api_version": "v3"}},
        {"tokens_declared": [{"name": "A", "store": {"command": {"argv": ["pass-store"], "name": "{key}"}}}]},
    ],
    ids=str,
)
def test_what_the_role_takes_is_valid(change: dict[str, Any]) -> None:
    assert not complaints({**VALID, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"tokens_declared": {"name": "A"}},
        {"tokens_declared": [{"named": "A"}]},
        {"tokens_declared": [{"name": "A", "state": "gone"}]},
        {"tokens_declared": [{"name": "A", "access_token_validity_seconds": "600"}]},
        {"tokens_prune": "yes"},
        {"tokens_proon": True},
        {"tokens_store": {"file": {"path": "/a"}, "command": {"argv": ["a"]}}},
        {"tokens_store": {}},
        {"tokens_store": {"vault": {"path": "a"}}},
        {"tokens_store": {"file": {}}},
        {"tokens_connection": {"api_version": "v4"}},
        {"tokens_defaults": {"prune_exclude": ["Keep*"]}},
    ],
    ids=str,
)
def test_a_mistake_is_refused(change: dict[str, Any]) -> None:
    assert complaints({**VALID, **change})
