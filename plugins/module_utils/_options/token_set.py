# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared of many tokens at once: each with the defaults of the set, and which others may be pruned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

from .._base.errors import DeclarationError
from .._base.model import OnError, OnWarning, PruneRules
from .declaration import EXPIRY_OPTIONS, IDENTITY_SPEC, LIFECYCLE_SPEC, STORED_CREDENTIALS_SPEC, TOKEN_SPEC
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
            # Checked by the spec of the option at the top, when it is known that the token has one of its own.
            "store": {"type": "dict"},
            **{
                name: {key: value for key, value in spec.items() if key != "default"}
                for name, spec in LIFECYCLE_SPEC.items()
            },
        },
    },
    # Its secrets are learned when it is read: no_log would mask the client ids in it too.
    "stored_credentials": {"type": "dict", "no_log": False},
    "prune": {"type": "bool", "default": False},
    "prune_exclude": {"type": "list", "elements": "str", "default": []},
    "prune_unused_for": {"type": "str", "default": "30d"},
    "revoke": {"type": "str"},
    "on_error": {"type": "str", "default": "fail", "choices": list(get_args(OnError))},
    "on_warning": {"type": "str", "default": "show", "choices": list(get_args(OnWarning))},
}


def items_from(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the options of every token of a set; what a token leaves out is taken from the options at the top.

    A token's own expiry replaces all three expiry options at the top. Raises DeclarationError.
    """
    items = []
    stored: Mapping[str, Any] | None = options["stored_credentials"]
    if stored is not None and options["store"] is not None:
        raise DeclarationError("store and stored_credentials exclude each other: a token has one store")
    for number, own in enumerate(options["personal_access_tokens"], start=1):
        given = {name: value for name, value in own.items() if value is not None}
        top = {name: options[name] for name in LIFECYCLE_SPEC}
        if any(given.get(name) for name in EXPIRY_OPTIONS):
            top.update(expiration_date=None, expires_in=None, never_expires=False)
        item = {**dict.fromkeys((*TOKEN_SPEC, "store")), **top, **given}
        name = item["name"]
        if name is None and item["id"] is None:
            raise DeclarationError(
                f"item {number} of the declared tokens has neither name nor id: give the name of each"
            )
        if item["store"] is None and item["id"] is None:
            item["store"] = options["store"]
            item["stored_credentials"] = None if stored is None else _stored_of(name, stored)
        items.append({**item, "revoke": options["revoke"]})
    _refuse_twice(items)
    _refuse_unknown(items, options["revoke"])
    kept_elsewhere = {item["name"] for item in items if item["stored_credentials"] is not None}
    for name in stored or ():
        if name not in kept_elsewhere:
            raise DeclarationError(
                f"stored_credentials names {name!r}, but none of the personal_access_tokens without a store of its own "
                "has this name"
            )
    return items


def _stored_of(name: str, stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the user's own store holds for a token; a name that is missing there may be a misspelled one."""
    if name not in stored:
        raise DeclarationError(
            f"stored_credentials does not name {name!r}: give {{}} if the store holds nothing for it"
        )
    credentials = stored[name]
    if not isinstance(credentials, Mapping) or not set(credentials) <= set(STORED_CREDENTIALS_SPEC):
        raise DeclarationError(
            f"stored_credentials of {name!r} must be a dictionary with client_id and client_secret, or an empty one"
        )
    return {key: str(value) for key, value in credentials.items() if value is not None}


def _refuse_twice(items: Sequence[Mapping[str, Any]]) -> None:
    """Refuse two declarations of one token: in each run, they would undo each other's work."""
    for option in ("name", "id"):
        values = [item[option] for item in items if item[option] is not None]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise DeclarationError(f"the {option} {twice[0]!r} is declared more than once")
    if sum(bool(item["authenticates"]) for item in items) > 1:
        raise DeclarationError("authenticates is for one of the declared tokens: a run authenticates with one")


def _refuse_unknown(items: Sequence[Mapping[str, Any]], revoke: str | None) -> None:
    """Refuse to revoke a token that is not declared with a store, or that shares a name with another declaration.

    Without a store, the secret of its successor would be lost. With a shared name, tokens would go that have not
    leaked.
    """
    if revoke is None:
        return
    names = [name for item in items for name in {item["name"], *item["renamed_from"]}]
    claimed = {name for item in items if item["name"] == revoke for name in (revoke, *item["renamed_from"])}
    shared = sorted(name for name in claimed if names.count(name) > 1)
    if shared:
        raise DeclarationError(
            f"revoke would delete what another token has replaced: {shared[0]!r} is the name, or in renamed_from, of "
            "more than one declared token; finish one rename before the next one reuses its name"
        )
    kept = [item["name"] for item in items if item["state"] != "absent" and item["store"] is not None]
    if revoke not in kept:
        why = "declared absent or without a store" if revoke in names else "not declared"
        raise DeclarationError(
            f"revoke names {revoke!r}, which is {why}; declared present with a store: "
            f"{', '.join(map(repr, kept)) or 'there is none'}"
        )


def prune_from(options: Mapping[str, Any], own_id: str | None) -> PruneRules | None:
    """Return the rules by which undeclared tokens go, None where they stay. Raises DeclarationError.

    With only_due they stay: somebody has to look at a plan of that first, and until then nothing has failed.
    """
    if not options["prune"] or options["revoke"] or options["only_due"]:
        return None
    if not options["personal_access_tokens"]:
        raise DeclarationError(
            "prune needs personal_access_tokens: with none declared, every unused token would be deleted"
        )
    if own_id is None:
        raise DeclarationError(
            "prune needs client_id and client_secret: with an access_token, the run does not know its own token, which "
            "it must not delete"
        )
    unused_for = duration_from("prune_unused_for", options["prune_unused_for"]) or timedelta()
    return PruneRules(tuple(options["prune_exclude"]), unused_for)
