# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what became of a token to what the user gets: plain values, no secret but in ``secret``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ._apply import Outcome
from ._family import is_previous
from ._model import NewToken, Token
from ._plan import Create, Delete, Previous, Step
from ._time import format_moment


def _moment(moment: datetime | None) -> str | None:
    return format_moment(moment) if moment else None


def token_view(token: Token) -> dict[str, Any]:
    """Return the fields of a token in snake_case, only those that are known to be harmless."""
    return {
        "id": token.id,
        "name": token.name,
        "scope": None if token.scope is None else sorted(token.scope),
        "owner": {"type": "IDENTITY", "id": token.owner.id, "name": token.owner.name},
        "created": format_moment(token.created),
        "last_used": _moment(token.last_used),
        "expiration_date": _moment(token.expiration_date),
        "access_token_validity_seconds": token.access_token_validity_seconds,
        "managed": token.managed,
    }


def _new_token_view(new: NewToken) -> dict[str, Any]:
    return {
        "name": new.name,
        "scope": None if new.scope is None else sorted(new.scope),
        "expiration_date": _moment(new.expiration_date),
        "access_token_validity_seconds": new.access_token_validity_seconds,
    }


def token_info(token: Token, now: datetime) -> dict[str, Any]:
    """Return a token as the info module shows it: its fields, its state and its ages in whole days."""
    state = "expired" if token.is_expired(now) else "previous" if is_previous(token) else "active"
    return {
        **token_view(token),
        "state": state,
        "age_days": max(0, (now - token.created).days),
        "unused_days": max(0, (now - (token.last_used or token.created)).days),
        "expires_in_days": _days_left(token.expiration_date, now),
    }


def _days_left(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else (moment - now).days


def token_result(outcome: Outcome, now: datetime) -> dict[str, Any]:
    """Return the result for one declared token; ``secret`` is in it only where one was made and nothing failed."""
    new = next((step.new for step in outcome.done if isinstance(step, Create)), None)
    result: dict[str, Any] = {
        "changed": bool(outcome.done),
        "credentials_changed": new is not None,
        "actions": [_action_view(step, outcome) for step in outcome.done],
        "previous": [_previous_view(previous) for previous in outcome.plan.previous],
        "diff": _diff(outcome),
    }
    if outcome.plan.deferred:
        result["deferred"] = outcome.plan.deferred
    if outcome.live is not None:
        result["personal_access_token"] = token_view(outcome.live)
        result["client_id"] = outcome.live.id
        result["expires_in_days"] = _days_left(outcome.live.expiration_date, now)
    elif new is not None:
        result["personal_access_token"] = _new_token_view(new)
        result["expires_in_days"] = _days_left(new.expiration_date, now)
    if outcome.created is not None and outcome.failure is None:
        result["secret"] = outcome.created.secret.reveal()
    return result


def _action_view(step: Step, outcome: Outcome) -> dict[str, Any]:
    if isinstance(step, Create):
        view = {"action": "create", "name": step.new.name, "reason": step.reason}
        return {**view, "id": outcome.created.token.id} if outcome.created else view
    view = {"name": step.token.name, "id": step.token.id, "reason": step.reason}
    if isinstance(step, Delete):
        return {"action": "delete", **view}
    changes: dict[str, Any] = {}
    if step.changes.name is not None:
        changes["name"] = step.changes.name
    if step.changes.scope is not None:
        changes["scope"] = sorted(step.changes.scope)
    if step.changes.expiration_date is not None or step.changes.never_expires:
        changes["expiration_date"] = _moment(step.changes.expiration_date)
    return {"action": "rename" if set(changes) == {"name"} else "patch", **view, "changes": changes}


def _previous_view(previous: Previous) -> dict[str, Any]:
    return {
        "id": previous.token.id,
        "name": previous.name,
        "last_used": _moment(previous.token.last_used),
        "in_use": previous.in_use,
        "may_go_at": None if previous.is_own else format_moment(previous.may_go_at),
    }


def _diff(outcome: Outcome) -> dict[str, Any]:
    """Return the family before and after, by name; what only the server knows of a new token is left out."""
    before = {token.id: _diff_view(token) for token in outcome.before}
    after = dict(before)
    for step in outcome.done:
        if isinstance(step, Create):
            after[""] = _new_token_view(step.new)
            continue
        view = after.pop(step.token.id, None) or _diff_view(step.token)
        if not isinstance(step, Delete):
            after[step.token.id] = {**view, **_action_view(step, outcome)["changes"]}
    header = outcome.declared.label
    return {"before": _by_name(before), "after": _by_name(after), "before_header": header, "after_header": header}


def _diff_view(token: Token) -> dict[str, Any]:
    view = token_view(token)
    return {key: view[key] for key in ("id", "name", "scope", "expiration_date", "access_token_validity_seconds")}


def _by_name(views: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the views under their tokens' names, whose order is the same on every run."""
    ordered: Sequence[dict[str, Any]] = sorted(views.values(), key=lambda view: str(view["name"]))
    return {view["name"]: {key: value for key, value in view.items() if key != "name"} for view in ordered}
