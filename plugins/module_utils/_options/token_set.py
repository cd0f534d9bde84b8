# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared of many tokens at once: each with the defaults of the set, and which others may be pruned."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

from .._base.errors import DeclarationError
from .._base.model import OnError, PruneRules
from .declaration import EXPIRY_OPTIONS, IDENTITY_SPEC, LIFECYCLE_SPEC, TOKEN_SPEC
from .values import duration_from

SET_SPEC: dict[str, Any] = {
    **LIFECYCLE_SPEC,
    "personal_access_tokens": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "no_log": False,
        # No defaults: what an item leaves out is taken from the options at the top.
        "options": {
            **IDENTITY_SPEC,
            **{
                name: {key: value for key, value in spec.items() if key != "default"}
                for name, spec in LIFECYCLE_SPEC.items()
            },
        },
    },
    "stored_client_ids": {"type": "dict", "no_log": False},
    "stored_client_secrets": {"type": "dict", "no_log": True},
    "store_errors": {"type": "dict"},
    "prune": {"type": "bool", "default": False},
    "prune_exclude": {"type": "list", "elements": "str", "default": []},
    "prune_unused_for": {"type": "str", "default": "30d"},
    "on_error": {"type": "str", "default": "fail", "choices": list(get_args(OnError))},
}


def items_from(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the options of every token of a set, those at the top filled in where it has none of its own.

    A token's own expiry takes the place of all three at the top. Raises DeclarationError.
    """
    items = []
    ids, secrets = options["stored_client_ids"], options["stored_client_secrets"] or {}
    errors = options["store_errors"] or {}
    for own in options["personal_access_tokens"]:
        given = {name: value for name, value in own.items() if value is not None}
        top = {name: options[name] for name in LIFECYCLE_SPEC}
        if any(given.get(name) for name in EXPIRY_OPTIONS):
            top.update(expiration_date=None, expires_in=None, never_expires=False)
        item = {**dict.fromkeys(TOKEN_SPEC), **top, **given}
        name = item["name"]
        if name is None and item["id"] is None:
            raise DeclarationError("personal_access_tokens contains a token without name and id: give the name of each")
        if item["credentials_file"] is None:
            item["stored_client_id"] = None if ids is None else str(ids.get(name) or "")
            item["credentials_format"] = given.get("credentials_format")
        items.append({**item, "stored_client_secret": secrets.get(name), "store_error": errors.get(name)})
    _refuse_twice(items)
    return items


def _refuse_twice(items: Sequence[Mapping[str, Any]]) -> None:
    """Refuse two declarations of one token, or with one file: each run, they would undo each other's work."""
    for option in ("name", "id", "credentials_file"):
        values = [item[option] for item in items if item[option] is not None]
        if option == "credentials_file":
            values = [os.path.realpath(value) for value in values]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise DeclarationError(f"personal_access_tokens declares the {option} {twice[0]!r} more than once")
    if sum(bool(item["authenticates"]) for item in items) > 1:
        raise DeclarationError("authenticates is for one of the personal_access_tokens: a run authenticates with one")


def prune_from(options: Mapping[str, Any], own_id: str | None) -> PruneRules | None:
    """Return the rules by which undeclared tokens go, None where they stay. Raises DeclarationError."""
    if not options["prune"]:
        return None
    if not options["personal_access_tokens"]:
        raise DeclarationError("prune needs personal_access_tokens: with none declared, all that is unused would go")
    if own_id is None:
        raise DeclarationError(
            "prune needs client_id and client_secret: which token an access_token came from is unknown, and it must "
            "not be deleted"
        )
    unused_for = duration_from("prune_unused_for", options["prune_unused_for"]) or timedelta()
    return PruneRules(tuple(options["prune_exclude"]), unused_for)
