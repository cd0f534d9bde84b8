# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What callbacks may see of a task's options. A value whose name is unknown is masked: it may be a misplaced secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._base.secret import MASK, structure_of
from .._options.declaration import STORED_CREDENTIALS_SPEC
from .._stores.kinds import STORE_SPEC, dictionary_of


def without_unknown(given: Any, spec: Mapping[str, Any]) -> Any:
    """Return options with the value masked of each whose name the specification does not know.

    Options that are given as a text are read as the validator reads them; what it refuses is masked whole.
    """
    listed = structure_of(given)
    if isinstance(listed, list):
        return [without_unknown(each, spec) for each in listed]
    options = dictionary_of(given)
    if options is None:
        return MASK
    return {name: _known(name, value, spec[name]) if name in spec else MASK for name, value in options.items()}


def _known(name: str, value: Any, option: Mapping[str, Any]) -> Any:
    """Return the value of an option, without what its own specification does not know.

    A set cannot have one for the store of a single token, nor for credentials by the names of tokens.
    """
    if value is None:
        return None
    if "options" in option or name == "store":
        return without_unknown(value, option.get("options", STORE_SPEC["options"]))
    if name != "stored_credentials":
        return value
    by_token = dictionary_of(value)
    return by_token and {each: without_unknown(pair, STORED_CREDENTIALS_SPEC) for each, pair in by_token.items()}
