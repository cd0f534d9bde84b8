# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the variables of the role tokens become: options of the module, whoever has set them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.connection import CONNECTION_SPEC
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.declaration import LIFECYCLE_SPEC
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils import _role
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._role import role_options

SECRET = "fa4e-secret-of-a-test"
NEEDED = {"tokens_declared": [{"name": "one"}], "tokens_store": {"file": {"path": "/fake/{key}.json"}}}
OMITTED = "__omit_place_holder__fa4e"


def options_from(**variables: Any) -> dict[str, Any]:
    """Return the options of a host whose variables have no templates."""
    return role_options({"inventory_hostname": "fake-host", **NEEDED, **variables}, lambda value: value)


def refusal_of(**variables: Any) -> str:
    """Return why the variables are refused."""
    with pytest.raises(DeclarationError) as refused:
        options_from(**variables)
    return str(refused.value)


def test_every_option_of_the_module_has_its_place_in_the_role() -> None:
    """Only stored_credentials has none: it is for those who keep a store in tasks of their own."""
    placed = {*_role.SET_BY_THE_ROLE, *CONNECTION_SPEC, *LIFECYCLE_SPEC}
    assert placed - {_role.PLAN_FILE} == set(PERSONAL_ACCESS_TOKEN_SET.argument_spec) - {"stored_credentials"}


def test_each_variable_is_its_option_and_what_is_not_set_is_left_out() -> None:
    assert options_from(tokens_prune=True, tokens_max_tokens=None) == {
        "personal_access_tokens": [{"name": "one"}],
        "store": {"file": {"path": "/fake/{key}.json"}},
        "prune": True,
        "on_error": "report",
    }


def test_the_connection_overrides_the_defaults() -> None:
    shared = {"tokens_defaults": {"expires_in": "90d", "timeout": 10}, "tokens_connection": {"timeout": 20}}
    options = options_from(**shared)
    assert (options["expires_in"], options["timeout"]) == ("90d", 20)


def test_a_dictionary_may_be_given_as_text() -> None:
    """The check of the arguments takes such a text too."""
    assert options_from(tokens_connection=json.dumps({"timeout": 20}))["timeout"] == 20


@pytest.mark.parametrize(
    ("variable", "of_the_inventory", "of_the_run"),
    [("tokens_only_due", True, False), ("tokens_plan_file", "/fake/plan.json", "")],
)
def test_what_the_run_decides_holds_whatever_the_inventory_says(
    variable: str, of_the_inventory: Any, of_the_run: Any
) -> None:
    options = options_from(**{variable: of_the_inventory, f"_{variable}": of_the_run}, _tokens_revoke="one")
    assert options["revoke"] == "one"
    assert options.get("only_due", False) is False
    assert "approved" not in options


def test_what_the_run_leaves_null_is_as_the_inventory_says() -> None:
    assert options_from(tokens_only_due=True, _tokens_only_due=None, _tokens_revoke=None) == {
        **options_from(),
        "only_due": True,
    }


def test_a_plan_that_cannot_be_read_is_told_once_and_plainly(tmp_path: Path) -> None:
    missing = tmp_path / "plan.json"
    told = refusal_of(tokens_plan_file=str(missing))
    assert told == f"plan_file {missing} cannot be read: No such file or directory"


def test_templates_are_resolved_at_once_and_only_those_that_count() -> None:
    asked: list[Mapping[str, Any]] = []

    def template(value: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append(value)
        return {**value, "only_due": False}

    variables = {**NEEDED, "tokens_only_due": "{{ broken }}", "_tokens_only_due": "{{ whole }}", "other": "{{ any }}"}
    assert role_options({"inventory_hostname": "fake-host", **variables}, template)["only_due"] is False
    assert [{**value}["only_due"] for value in asked] == ["{{ whole }}"]
    assert "other" not in asked[0]


def test_an_option_that_its_template_omits_is_left_out_at_any_depth() -> None:
    """Before ansible-core 2.19, a text stands for it."""
    options = options_from(
        omit=OMITTED,
        tokens_connection={"timeout": 20, "access_token": OMITTED},
        tokens_declared=[{"name": "one", "scope": OMITTED}],
        tokens_max_tokens=OMITTED,
    )
    assert options == {**options_from(), "timeout": 20}


@pytest.mark.parametrize("needed", NEEDED)
@pytest.mark.parametrize("given", [None, OMITTED])
def test_tokens_and_their_store_are_needed(needed: str, given: Any) -> None:
    """Ansible's check of them can be switched off, and without a store, a secret would be in the result alone."""
    assert refusal_of(**{needed: given}, omit=OMITTED) == f"{needed} is not set; the role needs it"


def test_a_plan_needs_no_store() -> None:
    assert "store" not in options_from(tokens_store=None, _tokens_store_is_optional=True)
    told = refusal_of(tokens_declared=None, _tokens_store_is_optional=True)
    assert told == "tokens_declared is not set; the role needs it"


@pytest.mark.parametrize("variable", _role.SHARED)
def test_an_option_of_the_role_is_no_default_of_its_tokens(variable: str) -> None:
    assert refusal_of(**{variable: {"prune": True}}) == f"{variable} has prune: give it as tokens_prune"
    for option in ("on_error", "approved", "revoke", "on_warning"):
        told = refusal_of(**{variable: {option: SECRET}})
        assert told == f"{variable} has {option}, which the role sets itself; leave it out"


@pytest.mark.parametrize("value", [SECRET, f"{SECRET}==", [SECRET], 7, {True: SECRET}, {1: SECRET}])
def test_what_is_no_dictionary_is_refused_without_being_shown(value: Any) -> None:
    assert refusal_of(tokens_connection=value) == "tokens_connection is not a dictionary of options"
