# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role tokens, as options of the module personal_access_token_set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..module_utils._base.errors import DeclarationError
from ..module_utils._base.secret import structure_of
from ._summary.plan_file import approved_in

PLAN_FILE = "plan_file"
"""A path, which the module does not take. It takes as ``approved`` what the plan there approves for the host."""

DECLARED = {
    "personal_access_tokens": "tokens_declared",
    "store": "tokens_store",
    "prune": "tokens_prune",
    "prune_exclude": "tokens_prune_exclude",
    "prune_unused_for": "tokens_prune_unused_for",
    "max_tokens": "tokens_max_tokens",
    "only_due": "tokens_only_due",
    PLAN_FILE: "tokens_plan_file",
}
"""The options that users set, and their variables."""

OF_THE_RUN = {
    "only_due": "_tokens_only_due",
    PLAN_FILE: "_tokens_plan_file",
    "revoke": "_tokens_revoke",
    "on_warning": "_tokens_on_warning",
}
"""The options that an entry point or a playbook sets. Null means not set: then a user's variable counts, if any."""

STORE_IS_OPTIONAL = "_tokens_store_is_optional"
"""The variable that an entry point sets if it makes no tokens."""

SHARED = ("tokens_defaults", "tokens_connection")
"""The variables that have options in them; the second one overrides the first."""

ON_ERROR = {"on_error": "report"}
"""The role fails later, when its handlers have run."""

SET_BY_THE_ROLE = frozenset((*DECLARED, *OF_THE_RUN, *ON_ERROR, "approved"))
"""The options that only the role gives. Shared variables with them are refused; module_defaults of them are ignored."""


def role_options(variables: Mapping[str, Any], template: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the options that the variables of a host declare; ``template`` resolves the templates in a value.

    The role has no template for this, because each worker would compile it anew. That takes longer than to find out
    that nothing is to be done. Raises DeclarationError, and what ``template`` raises.
    """
    given = _given(DECLARED, variables)
    given.update(_given(OF_THE_RUN, variables))
    shared = {name: variables[name] for name in SHARED if name in variables}
    resolved = template({**given, **shared})
    omitted = variables.get("omit")
    if isinstance(omitted, str):  # Since ansible-core 2.19, it is no text, and templates leave it out themselves.
        resolved = _without(omitted, resolved)
    for option in ("personal_access_tokens", *([] if variables.get(STORE_IS_OPTIONAL) else ["store"])):
        if resolved.get(option) is None:
            raise DeclarationError(f"{DECLARED[option]} is not set; the role needs it")
    options: dict[str, Any] = {}
    for name in SHARED:
        options.update(_options_in(name, resolved.pop(name, None)))
    options.update(resolved, **ON_ERROR)
    plan_file = options.pop(PLAN_FILE, None)
    if plan_file:
        options["approved"] = approved_in(str(plan_file), variables["inventory_hostname"])
    return options


def _given(names: Mapping[str, str], variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the variables of these options hold, as far as they are set."""
    return {option: variables[name] for option, name in names.items() if variables.get(name) is not None}


def _options_in(variable: str, value: Any) -> dict[str, Any]:
    """Return what a variable has in it. Raises DeclarationError for what the role sets itself."""
    # A text like KEY=VALUE is none: it may be a secret in a wrong place, and KEY would be told as an unknown option.
    options = structure_of(value or {})
    if not isinstance(options, dict) or not all(isinstance(option, str) for option in options):
        raise DeclarationError(f"{variable} is not a dictionary of options")
    for option in sorted(SET_BY_THE_ROLE.intersection(options)):
        if option in DECLARED:
            raise DeclarationError(f"{variable} has {option}: give it as {DECLARED[option]}")
        raise DeclarationError(f"{variable} has {option}, which the role sets itself; leave it out")
    return options


def _without(omitted: str, value: Any) -> Any:
    """Return a value without the options whose template has left them out."""
    if isinstance(value, Mapping):
        return {key: _without(omitted, each) for key, each in value.items() if each != omitted}
    if isinstance(value, list):
        return [_without(omitted, each) for each in value]
    return value
