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

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.connection import CONNECTION_SPEC
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.declaration import LIFECYCLE_SPEC
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.token_set import SET_SPEC
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.context import Context
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.kinds import (
    KINDS,
    STORE_SPEC,
    store_from,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.in_process import run_in_process
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import ADMIN

ROLE = Path(__file__).resolve().parents[2] / "roles" / "tokens"


def load(name: str) -> dict[str, Any]:
    """Return a YAML file of the role."""
    document = yaml.safe_load((ROLE / name).read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


SPECS = load("meta/argument_specs.yml")["argument_specs"]
OPTIONS = SPECS["main"]["options"]


def kinds(options: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return what has to be the same of an option wherever it is declared."""
    return {
        name: (option["type"], option.get("elements"), tuple(option.get("choices", ())))
        for name, option in options.items()
    }


def test_its_tasks_have_60_lines_in_all_and_decide_nothing_about_tokens() -> None:
    """Comments and empty lines are not counted. What a template may ask is how old core is."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROLE / "tasks").glob("*.yml")))
    lines = [line for line in text.splitlines() if re.match(r"\s*[^\s#]", line) and line != "---"]
    assert 30 < len(lines) <= 60
    assert re.findall(r"\bif (.+?) else\b", text) == ["_tokens_core_ends_roles"]
    assert "loop:" not in text
    assert "set_fact" not in text


def test_what_the_module_checks_is_named_and_not_checked_twice() -> None:
    """Ansible sends the specification back from every host, so that what is in it makes the whole play slow."""
    assert kinds({"it": OPTIONS["tokens_declared"]}) == kinds({"it": SET_SPEC["personal_access_tokens"]})
    assert kinds({"it": OPTIONS["tokens_store"]}) == kinds({"it": STORE_SPEC})
    assert not [name for name, option in OPTIONS.items() if "options" in option]
    for name, spec in {"tokens_defaults": LIFECYCLE_SPEC, "tokens_connection": CONNECTION_SPEC}.items():
        assert set(re.findall(r"C\((\w+)\)", OPTIONS[name]["description"])) == set(spec)


@pytest.mark.parametrize("option", ["prune", "prune_exclude", "prune_unused_for", "max_tokens"])
def test_an_option_of_the_set_is_a_variable_with_its_default(option: str) -> None:
    spec = PERSONAL_ACCESS_TOKEN_SET.argument_spec[option]
    assert OPTIONS[f"tokens_{option}"]["default"] == spec["default"] == load("defaults/main.yml")[f"tokens_{option}"]
    assert kinds({option: OPTIONS[f"tokens_{option}"]}) == kinds({option: spec})


def test_the_defaults_are_told_where_users_look() -> None:
    defaults = load("defaults/main.yml")
    assert set(OPTIONS) == {*defaults, "tokens_declared", "tokens_store"}
    assert all(OPTIONS[name]["default"] == default for name, default in defaults.items())
    assert set(SPECS["revoke"]["options"]) == {*OPTIONS, "revoke_name", "revoke_confirm"}
    readme = (ROLE / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(tokens_\w+)` \|([^|]*)\|", readme, re.MULTILINE))
    told = {name: yaml.safe_load(default.strip("` ")) for name, default in rows.items()}
    assert told == {**defaults, "tokens_declared": None, "tokens_store": None}


def test_the_result_that_is_told_is_that_of_the_set(simulator: SimulatorClient) -> None:
    readme = (ROLE / "README.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(\w+)` \|", readme.partition("## The result")[2].partition("\n## ")[0], re.MULTILINE))
    options = {
        "base_url": simulator.base_url,
        "client_id": ADMIN.client_id,
        "client_secret": ADMIN.client_secret,
        "personal_access_tokens": [],
    }
    result = run_in_process(PERSONAL_ACCESS_TOKEN_SET, options, Context(True, {}, Secrets()))
    assert told == set(result) - {"diff", "created"}


def test_every_store_is_documented_and_held_to_the_contract() -> None:
    collection = ROLE.parents[1]
    page = (collection / "docs" / "stores.md").read_text(encoding="utf-8")
    contract = (collection / "tests" / "stores" / "conftest.py").read_text(encoding="utf-8")
    held = re.findall(r'"(\w+)"', contract.partition("STORES = (")[2].partition(")")[0])
    assert set(KINDS) <= set(held)
    sections = {part.partition("\n")[0]: part for part in page.split("\n## ")}
    for kind in KINDS:
        section = sections[kind]
        examples = [yaml.safe_load(block) for block in re.findall(r"```yml\n(.*?)```", section, re.DOTALL)]
        stores = [example["store"] for example in examples if "store" in example]
        assert [list(store) for store in stores] == [[kind]]
        assert store_from(stores[0], Secrets())
        rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section, re.MULTILINE)
        assert {name for row in rows for name in re.findall(r"\w+", row)} == set(KINDS[kind].spec)
        for told in ("**Install.**", "**Permissions.**", "**Nothing**", "**An error**"):
            assert told in section, f"{kind}: {told}"
