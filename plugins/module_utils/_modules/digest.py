# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The digest of what is declared, by which an approved plan is known to be for the same declaration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from .._options.connection import CONNECTION_SPEC
from .._stores.kinds import STORE_SPEC, dictionary_of

NOT_DECLARED = {*CONNECTION_SPEC, "approved", "only_due", "on_error", "on_warning", "stored_credentials"}
"""The options that say how a run goes about, and what a store holds at the moment."""

SETS = ("scope", "prune_exclude")
"""The options whose order means nothing; a filter such as union returns another order in each process."""


def declaration_digest(options: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    """Return the digest of what the options declare; ``spec`` is that of the module.

    No secret goes into it: a digest of one could be guessed, and a new secret is not another declaration.
    """
    declared = {name: value for name, value in _declared(options, spec).items() if name not in NOT_DECLARED}
    text = json.dumps(declared, sort_keys=True, default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _declared(options: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are given, without what their spec says is secret."""
    declared = {}
    for name, value in options.items():
        # A token's own store has no spec of its own: it is checked by that of the option.
        option = STORE_SPEC if name == "store" else spec.get(name, {})
        if value is None or option.get("no_log"):
            continue
        inner = option.get("options")
        if inner:
            value = [_inner(each, inner) for each in value] if isinstance(value, list) else _inner(value, inner)
        elif name in SETS and isinstance(value, list):
            value = sorted(value, key=str)
        declared[name] = value
    return declared


def _inner(value: Any, spec: Mapping[str, Any]) -> dict[str, Any] | None:
    given = dictionary_of(value)
    return None if given is None else _declared(given, spec)
