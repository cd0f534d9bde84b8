# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what became of a token to what the user gets: plain values, with a secret in ``secret`` alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .._base.model import NewToken, Token
from .._base.moments import format_moment
from .._base.names import is_previous
from .._plan.due import rotates_in_time
from .._plan.steps import Create, Forget, Move, Previous
from .._plan.views import moment_view, scope_view, step_view
from .._run.outcome import Outcome
from .plan_text import Line, plan_lines, plan_text


def token_view(token: Token) -> dict[str, Any]:
    """Return the fields of a token in snake_case; only those that are known to be harmless."""
    return {
        "id": token.id,
        "name": token.name,
        "scope": scope_view(token.scope),
        "owner": {"type": "IDENTITY", "id": token.owner.id, "name": token.owner.name},
        "created": format_moment(token.created),
        "last_used": moment_view(token.last_used),
        "expiration_date": moment_view(token.expiration_date),
        "access_token_validity_seconds": token.access_token_validity_seconds,
        "managed": token.managed,
    }


def undeclared_view(token: Token) -> dict[str, Any]:
    """Return what helps to decide whether a token that nobody declares is still needed."""
    view = token_view(token)
    return {key: view[key] for key in ("id", "name", "created", "last_used", "expiration_date")}


def _new_token_view(new: NewToken) -> dict[str, Any]:
    return {
        "name": new.name,
        "scope": scope_view(new.scope),
        "expiration_date": moment_view(new.expiration_date),
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


def token_result(outcome: Outcome, returns_secret: bool = False) -> dict[str, Any]:
    """Return the result for one token, declared or pruned.

    It has ``secret`` only if a new token was made and is in use now, and if no store took the secret or
    ``returns_secret`` is set.
    """
    new = next((step.new for step in outcome.done if isinstance(step, Create)), None)
    moved = any(isinstance(step, (Forget, Move)) for step in outcome.done)
    result: dict[str, Any] = {
        "changed": bool(outcome.done),
        "credentials_changed": moved or (new is not None and _is_handed_over(outcome)),
        "actions": [step_view(step) for step in outcome.done],
        "previous": [_previous_view(previous) for previous in outcome.previous],
    }
    lines = list(plan_lines(result, [step.cause for step in outcome.done], outcome.now))
    result["plan"] = [line._asdict() for line in lines]
    result["diff"] = {"prepared": plan_text(lines)}
    if outcome.plan.deferred:
        result["deferred"] = outcome.plan.deferred
    if outcome.live is not None:
        result["personal_access_token"] = token_view(outcome.live)
        result["client_id"] = outcome.live.id
        result["expires_in_days"] = _days_left(outcome.live.expiration_date, outcome.now)
        result["rotates_in_time"] = outcome.plan.doomed is None and rotates_in_time(outcome.declared, outcome.live)
    elif new is not None:
        result["personal_access_token"] = _new_token_view(new)
        result["expires_in_days"] = _days_left(new.expiration_date, outcome.now)
    proof = outcome.grant or (outcome.kept.grant if outcome.kept else None)
    if proof is not None and proof.scope is not None:
        result["granted_scope"] = sorted(proof.scope)
    if outcome.created is not None and _is_handed_over(outcome) and (returns_secret or not outcome.is_stored_by_run):
        result["secret"] = outcome.created.secret.reveal()
    return result


def _is_handed_over(outcome: Outcome) -> bool:
    """Return whether the new credentials are in use, proved and stored; in check mode, whether they would be."""
    made, live = outcome.created, outcome.live
    if made is None:
        return outcome.failure is None
    return live is not None and made.token.id == live.id


def set_result(
    outcomes: Sequence[Outcome], declared: Sequence[dict[str, Any]], pruned: Sequence[dict[str, Any]], fails: bool
) -> dict[str, Any]:
    """Return the result for a set, from those of its tokens; secrets are in ``created`` alone."""
    results = [*declared, *pruned]
    failures = [{"name": _name(outcome), "msg": outcome.failure} for outcome in outcomes if outcome.failure is not None]
    created = [
        {
            "name": _name(outcome),
            "client_id": result["client_id"],
            "client_secret": result.pop("secret"),
            "expires_at": result["personal_access_token"]["expiration_date"],
        }
        for outcome, result in zip(outcomes, declared)
        if "secret" in result
    ]
    plan = [line for result in results for line in result.pop("plan")]
    for outcome, result in zip(outcomes, results):
        del result["diff"]
        result.update(name=_name(outcome), failed=outcome.failure is not None)
        if outcome.failure is not None:
            result["msg"] = outcome.failure
    total: dict[str, Any] = {
        "changed": any(result["changed"] for result in results),
        "credentials_changed": any(result["credentials_changed"] for result in results),
        # Not "results": core takes that key for those of a loop, and shows it of a result that is censored.
        "personal_access_tokens": list(declared),
        "pruned": [action for result in pruned for action in result["actions"]],
        "actions": [action for result in results for action in result["actions"]],
        "created": created,
        "failures": failures,
        "warnings": [warning for outcome in outcomes for warning in outcome.plan.warnings],
        "plan": plan,
        "diff": {"prepared": plan_text(Line(**line) for line in plan)},
    }
    if failures and fails:
        head = f"{len(failures)} of {len(outcomes)} personal access tokens failed:"
        total.update(failed=True, msg="\n".join([head, *(str(failure["msg"]) for failure in failures)]))
    return total


def _name(outcome: Outcome) -> str:
    return outcome.declared.name or outcome.declared.id or ""


def _previous_view(previous: Previous) -> dict[str, Any]:
    return {
        "id": previous.token.id,
        "name": previous.token.name,
        "last_used": moment_view(previous.token.last_used),
        "expiration_date": moment_view(previous.token.expiration_date),
        "in_use": previous.in_use,
        "may_go_at": None if previous.is_own else format_moment(previous.may_go_at),
    }
