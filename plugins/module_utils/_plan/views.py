# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: a step as plain values, as results and plan files have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Union

from .._base.model import Changes, NewToken, Token
from .._base.moments import format_moment
from .steps import Create, Delete, Forget, Move, Step

AnyStep = Union[Step, Forget, Move]


def step_view(step: AnyStep) -> dict[str, Any]:
    """Return what a step does to which token, why, and the old and new values; nothing of it is secret."""
    if isinstance(step, (Forget, Move)):
        action = "forget" if isinstance(step, Forget) else "move"
        return {"action": action, "name": step.name, "id": step.client_id, "reason": step.reason}
    if isinstance(step, Create):
        changes = {field: {"before": None, "after": value} for field, value in _new_values(step.new)}
        view = {"action": "create", "name": step.new.name, "reason": step.reason, "changes": changes}
        return {**view, "id": step.made} if step.made else view
    view = {"name": step.token.name, "id": step.token.id, "reason": step.reason}
    if isinstance(step, Delete):
        return {"action": "delete", **view}
    changes = {field: {"before": before, "after": after} for field, before, after in _patched(step.token, step.changes)}
    return {"action": "rename" if set(changes) == {"name"} else "patch", **view, "changes": changes}


def step_text(step: AnyStep, steps: Sequence[AnyStep]) -> str:
    """Return what one of the steps does, for a message: of a patch each change, of a rotation's rename the rotation."""
    view = step_view(step)
    created = next((one for one in steps if isinstance(one, Create)), None)
    if view["action"] == "rename" and created is not None and created.new.name == view["name"]:
        return f"rotate {view['name']!r} ({created.reason})"
    changed = f", {changes_text(view['changes'])}" if view["action"] == "patch" else ""
    return f"{view['action']} {view['name']!r}{changed} ({view['reason']})"


def changes_text(changes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return each change, with the old and the new value; for scopes, what is added and what goes."""
    return ", ".join(f"{field}: {_change(change['before'], change['after'])}" for field, change in changes.items())


def _change(before: Any, after: Any) -> str:
    if isinstance(after, list):
        known = before if isinstance(before, list) else []
        added = [f"+{one}" for one in after if one not in known]
        return " ".join([*added, *(f"-{one}" for one in known if one not in after)])
    return f"{_value(before)} -> {_value(after)}"


def _value(value: Any) -> str:
    return "none" if value is None else repr(value)


def moment_view(moment: datetime | None) -> str | None:
    """Return a moment as text, None for none."""
    return format_moment(moment) if moment else None


def scope_view(scope: frozenset[str] | None) -> list[str] | None:
    """Return a scope as a sorted list, None where it is unknown."""
    return None if scope is None else sorted(scope)


def _new_values(new: NewToken) -> Iterator[tuple[str, Any]]:
    """Yield the fields that a create sets, but the name."""
    if new.scope is not None:
        yield "scope", scope_view(new.scope)
    if new.access_token_validity_seconds is not None:
        yield "access_token_validity_seconds", new.access_token_validity_seconds
    if new.expiration_date is not None:
        yield "expiration_date", moment_view(new.expiration_date)


def _patched(token: Token, wanted: Changes) -> Iterator[tuple[str, Any, Any]]:
    """Yield the fields that a patch changes, with their old and new values."""
    if wanted.name is not None:
        yield "name", token.name, wanted.name
    if wanted.scope is not None:
        yield "scope", scope_view(token.scope), scope_view(wanted.scope)
    if wanted.expiration_date is not None or wanted.never_expires:
        yield "expiration_date", moment_view(token.expiration_date), moment_view(wanted.expiration_date)
