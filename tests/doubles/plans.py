# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Declarations and facts for tests, the plan for them, and its steps in short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    API_VERSIONS,
    Changes,
    Declared,
    Token,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import (
    Create,
    Delete,
    Facts,
    Forget,
    Move,
    Plan,
    Step,
    TokenPlan,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW, V1, days

OLD_VERSIONS = [name for name, version in API_VERSIONS.items() if not version.patches_expiry]
NEW_VERSIONS = [name for name, version in API_VERSIONS.items() if version.patches_expiry]
ROTATION = ["patch 1 name=NAME (previous 00000001)", "create NAME"]
"""The steps, in short, that replace token number 1."""


def declare(name: str | None = "NAME", **options: Any) -> Declared:
    """Return a declaration; unless told otherwise its tokens expire in 180 days, since v1 demands an expiry."""
    if not {"expires_in", "expiration_date", "never_expires"} & set(options):
        options["expires_in"] = days(180)
    return Declared(name=name, **options)


def facts(**values: Any) -> Facts:
    return Facts(**{"version": V1, "now": NOW, **values})


def plan_of(declared: Declared, *present: Token, **values: Any) -> TokenPlan:
    """Return the plan of a single declaration."""
    return make_plan([declared], present, facts(**values)).tokens[0]


def show(step: Step | Forget | Move) -> str:
    """Return a step in short: ``delete 1``, ``patch 1 name=NAME``, ``create NAME``."""
    assert not isinstance(step, (Forget, Move)), "it is of the store, not of a token"
    if isinstance(step, Create):
        return f"create {step.new.name}"
    number = int(step.token.id[:8], 16)
    if isinstance(step, Delete):
        return f"delete {number}"
    return f"patch {number} {show_changes(step.changes)}"


def show_changes(changes: Changes) -> str:
    parts = []
    if changes.name is not None:
        parts.append(f"name={changes.name}")
    if changes.scope is not None:
        parts.append(f"scope={','.join(sorted(changes.scope))}")
    if changes.expiration_date is not None:
        parts.append(f"expires={changes.expiration_date:%Y-%m-%d}")
    if changes.never_expires:
        parts.append("never_expires")
    return " ".join(parts)


def shown(steps: Iterable[Step | Forget | Move]) -> list[str]:
    return [show(step) for step in steps]


def created(plan: TokenPlan) -> Create:
    """Return the one creation of a token's plan."""
    (step,) = [step for step in plan.steps if isinstance(step, Create)]
    return step


def all_steps(plan: Plan) -> list[str]:
    """Return the steps of all tokens in short, in the order in which they are carried out."""
    return shown(step for _index, step in plan.steps())
