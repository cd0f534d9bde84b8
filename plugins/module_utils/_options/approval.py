# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was approved: the tenant and the declaration that a plan was made for, and its actions; or what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._base.errors import DeclarationError
from .._base.model import Approved

APPROVED_SPEC: dict[str, Any] = {
    "approved": {
        "type": "dict",
        "options": {
            "base_url": {"type": "str", "required": True},
            "declaration": {"type": "str", "required": True},
            "owner_id": {"type": "str"},
            "actions": {"type": "list", "elements": "dict", "required": True},
            "refusal": {"type": "str"},
        },
    },
    "only_due": {"type": "bool", "default": False},
}


def approved_from(options: Mapping[str, Any], base_url: str, declaration: str) -> Approved | None:
    """Return what is approved, None where anything may be done.

    ``base_url`` and ``declaration`` (its digest) are those of this run. Raises DeclarationError where the plan was made
    for others, or is none.
    """
    approved: Mapping[str, Any] | None = options["approved"]
    if approved is None:
        return Approved(only_due=True) if options["only_due"] else None
    if options["only_due"]:
        raise DeclarationError("approved and only_due exclude each other: a plan says itself what is to be done")
    if approved["refusal"] is not None:
        raise DeclarationError(approved["refusal"])
    if approved["base_url"] != base_url:
        raise DeclarationError(
            f"the plan is for {approved['base_url']}, and this run is for {base_url}; nothing was done; plan again"
        )
    if approved["declaration"] != declaration:
        raise DeclarationError("what is declared is not what the plan was approved for; nothing was done; plan again")
    actions: Sequence[Mapping[str, Any]] = approved["actions"]
    if not all(map(is_action, actions)):
        raise DeclarationError(
            "approved holds something other than the actions of a plan; nothing was done; plan again"
        )
    return Approved(tuple(actions), approved["owner_id"])


def is_action(action: object) -> bool:
    """Return whether something has the shape of an action of a plan."""
    if not isinstance(action, Mapping):
        return False
    changes = action.get("changes") or {}
    return (
        isinstance(action.get("action"), str)
        and isinstance(action.get("name"), str)
        and isinstance(changes, Mapping)
        and all(isinstance(change, Mapping) and {"before", "after"} <= set(change) for change in changes.values())
    )
