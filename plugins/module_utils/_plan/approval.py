# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: whether a step is one that was approved, with a plan or because time brings it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._base.model import Approved
from .views import AnyStep, changes_text, step_text, step_view

MOVES_WITH_TIME = "expiration_date"
"""The field whose new value may be another than the approved one: it is counted from the moment of the run."""


def first_unapproved(steps: Sequence[AnyStep], approved: Approved) -> AnyStep | None:
    """Return the first of a token's steps that is none of the approved ones, None where all of them are."""
    if approved.only_due:
        return next((step for step in steps if not _is_due(step)), None)
    known = [_essence(action) for action in approved.actions]
    return next((step for step in steps if _essence(step_view(step)) not in known), None)


def _is_due(step: AnyStep) -> bool:
    """Return whether time brings a step: a rotation, a clean-up, or a rename that belongs to one of them."""
    return step.cause == "time"


def unapproved_text(strange: AnyStep, steps: Sequence[AnyStep], approved: Approved) -> str:
    """Return that one of the steps was not approved, and what was approved in its place."""
    if approved.only_due:
        return f"{step_text(strange, steps)}: this is more than what is due, and only_due allows nothing else"
    text, view = f"{step_text(strange, steps)}: this was not approved", step_view(strange)
    kind = (view["action"], view["name"])
    similar = next((one for one in approved.actions if (one["action"], one["name"]) == kind), None)
    if similar is None:
        return text
    if view["action"] != "create" and similar.get("id") != view["id"]:
        return f"{text} (approved: for {similar.get('id')}, not for {view['id']})"
    if view["action"] != "create":
        return f"{text} (approved: {changes_text(similar.get('changes') or {}) or 'nothing'})"
    was, becomes = _essence(similar)["changes"], _essence(view)["changes"]
    fields = [field for field in {**was, **becomes} if was.get(field) != becomes.get(field)]
    return f"{text} (approved: {_values(was, fields)}; now: {_values(becomes, fields)})"


def _values(changes: Mapping[str, tuple[Any, Any]], fields: Sequence[str]) -> str:
    """Return what some fields of a new token are."""
    texts = []
    for field in fields:
        value = changes.get(field, (None, None))[1]
        shown = " ".join(map(str, value)) if isinstance(value, list) else "none" if value is None else str(value)
        texts.append(f"{field} {shown}")
    return ", ".join(texts)


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
