# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: whether a step is one that was approved with a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from .views import AnyStep, step_view

MOVES_WITH_TIME = "expiration_date"
"""The field whose new value may be another than the approved one: it is counted from the moment of the run."""


def first_unapproved(steps: Iterable[AnyStep], approved: Collection[Mapping[str, Any]]) -> AnyStep | None:
    """Return the first of the steps that is none of the approved ones, None where all of them are."""
    known = [_essence(action) for action in approved]
    return next((step for step in steps if _essence(step_view(step)) not in known), None)


def not_needed(approved: Iterable[Mapping[str, Any]], done: Sequence[AnyStep]) -> list[Mapping[str, Any]]:
    """Return the approved actions that none of the steps was."""
    known = [_essence(step_view(step)) for step in done]
    return [action for action in approved if _essence(action) not in known]


def _essence(action: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has to be the same in an approved action and a step.

    A new token has no id in a plan. Its expiry and its reason depend on the day; the declaration, which is compared as
    a whole, says what they come from.
    """
    kind = action["action"]
    changes: Mapping[str, Mapping[str, Any]] = action.get("changes") or {}
    return {
        "action": kind,
        "name": action["name"],
        "id": None if kind == "create" else action.get("id"),
        "changes": {
            field: (change["before"], None if field == MOVES_WITH_TIME else change["after"])
            for field, change in changes.items()
        },
    }
