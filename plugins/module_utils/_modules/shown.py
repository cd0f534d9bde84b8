# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What callbacks may see of the options of a task: what the specification knows. A secret may be in the wrong place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._base.secret import MASK, structure_of
from .._options.declaration import STORED_CREDENTIALS_SPEC
from .._stores.kinds import STORE_SPEC


def without_unknown(given: Any, spec: Mapping[str, Any]) -> Any:
    """Return options with the value masked of each whose name the specification does not know."""
    if isinstance(given, list):
        return [without_unknown(each, spec) for each in given]
    if not isinstance(given, Mapping):
        return given
    return {name: _known(name, value, spec[name]) if name in spec else MASK for name, value in given.items()}


def _known(name: str, value: Any, option: Mapping[str, Any]) -> Any:
    """Return the value of an option, without what its own specification does not know.

    A set cannot have one for the store of a single token, nor for credentials by the names of tokens.
    """
    if "options" in option or name == "store":
        return without_unknown(structure_of(value), option.get("options", STORE_SPEC["options"]))
    by_token = structure_of(value) if name == "stored_credentials" else None
    if isinstance(by_token, Mapping):
        return {each: without_unknown(pair, STORED_CREDENTIALS_SPEC) for each, pair in by_token.items()}
    return value
