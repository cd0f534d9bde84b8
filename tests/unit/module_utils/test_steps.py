# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a plan: what a new token is asked for with, and how the live one is patched towards what is declared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    API_VERSIONS,
    ApiVersion,
    Declared,
    Token,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import (
    NEW_VERSIONS,
    OLD_VERSIONS,
    ROTATION,
    created,
    declare,
    plan_of,
    shown,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import (
    NOW,
    V3,
    days,
    hours,
    id_of,
    previous,
    token,
)

# No live, or live due for rotation: the name is created.


def test_expires_in_is_applied_when_a_token_is_created_only() -> None:
    assert plan_of(declare(expires_in=days(10)), token(1, expires=days(100))).steps == ()
    assert created(plan_of(declare(expires_in=days(10)))).new.expiration_date == NOW + days(10)


@pytest.mark.parametrize("stored", [None, "", id_of(9)])
def test_no_live_and_no_bearer_then_the_name_is_created(stored: str | None) -> None:
    plan = plan_of(declare(stored_client_id=stored), token(2, "OTHER"), token(3, previous(3)))
    assert shown(plan.steps) == ["create NAME"]


def test_a_new_token_is_asked_for_as_declared() -> None:
    declared = declare(scope=frozenset(["a:x"]), access_token_validity_seconds=600, expires_in=days(90))
    new = created(plan_of(declared)).new
    assert (new.name, new.scope, new.access_token_validity_seconds) == ("NAME", frozenset(["a:x"]), 600)
    assert (new.expiration_date, new.never_expires) == (NOW + days(90), False)


def test_a_new_token_that_never_expires_is_asked_for_without_a_date() -> None:
    new = created(plan_of(declare(never_expires=True))).new
    assert (new.expiration_date, new.never_expires) == (None, True)


@pytest.mark.parametrize("stored", [None, id_of(1)])
def test_live_due_then_every_bearer_is_renamed_to_its_previous_name_and_the_name_is_created(
    stored: str | None,
) -> None:
    plan = plan_of(declare(rotate_after=days(20), stored_client_id=stored), token(1))
    assert shown(plan.steps) == ROTATION


def test_live_due_under_its_previous_name_then_the_bearer_alone_is_renamed() -> None:
    declared = declare(rotate_after=days(20), stored_client_id=id_of(1))
    plan = plan_of(declared, token(1, previous(1)), token(2, age=hours(0.5)))
    assert shown(plan.steps) == ["patch 2 name=NAME (previous 00000002)", "create NAME"]


def test_live_due_under_a_former_name_gets_the_previous_name_of_the_new_name() -> None:
    declared = declare(rotate_after=days(20), renamed_from=("OLD",))
    assert shown(plan_of(declared, token(1, "OLD")).steps) == ROTATION


def test_what_is_not_declared_is_carried_over_to_the_successor() -> None:
    new = created(plan_of(declare(rotate_after=days(20)), token(1, scope=["a:x"], validity=600))).new
    assert (new.scope, new.access_token_validity_seconds) == (frozenset(["a:x"]), 600)


def test_what_is_not_declared_is_carried_over_from_the_token_that_a_stopped_run_renamed() -> None:
    """A run that stopped between the rename and the create leaves NAME without bearer; all rights would be too many."""
    new = created(plan_of(declare(), token(1, previous(1), scope=["a:x"], validity=600))).new
    assert (new.scope, new.access_token_validity_seconds) == (frozenset(["a:x"]), 600)


def test_a_listed_empty_scope_never_becomes_all_rights() -> None:
    plan = plan_of(declare(rotate_after=days(20)), token(1, scope=[]))
    assert plan.steps == ()
    assert "declare scope" in (plan.failure or "")
    assert created(plan_of(declare(rotate_after=days(20), scope=frozenset(["a:x"])), token(1, scope=[]))).new.scope


def test_a_create_without_scope_is_done_with_a_warning() -> None:
    plan = plan_of(declare())
    assert shown(plan.steps) == ["create NAME"]
    (warning,) = plan.warnings
    assert "'NAME'" in warning
    assert "all the rights" in warning


def test_a_create_with_scope_has_no_warning() -> None:
    assert plan_of(declare(scope=frozenset(["a:x"]))).warnings == ()


# Otherwise: live is patched towards what is declared.


def test_otherwise_live_is_patched_with_nothing_but_what_differs() -> None:
    declared = declare(scope=frozenset(["a:x"]), never_expires=True)
    plan = plan_of(declared, token(1, scope=["a:x", "b:y"], expires=days(9)))
    assert shown(plan.steps) == ["patch 1 scope=a:x never_expires"]


@pytest.mark.parametrize("version", NEW_VERSIONS)
def test_a_differing_expiration_date_is_patched_since_v2025(version: str) -> None:
    declared = declare(expiration_date=NOW + days(50))
    plan = plan_of(declared, token(1, expires=days(9)), version=API_VERSIONS[version])
    assert shown(plan.steps) == ["patch 1 expires=2026-10-21"]


@pytest.mark.parametrize("live_expires", [None, days(9)])
def test_a_date_is_patched_also_where_live_never_expires(live_expires: timedelta | None) -> None:
    plan = plan_of(declare(expiration_date=NOW + days(50)), token(1, expires=live_expires))
    assert shown(plan.steps) == ["patch 1 expires=2026-10-21"]


def test_live_under_its_previous_name_is_patched_back_to_the_name() -> None:
    plan = plan_of(declare(stored_client_id=id_of(1)), token(1, previous(1)))
    assert shown(plan.steps) == ["patch 1 name=NAME"]


@pytest.mark.parametrize("stored", [None, id_of(1)])
def test_live_under_a_name_in_renamed_from_is_patched_to_the_name(stored: str | None) -> None:
    plan = plan_of(declare(stored_client_id=stored, renamed_from=("OLD",)), token(1, "OLD"))
    assert shown(plan.steps) == ["patch 1 name=NAME"]


@pytest.mark.parametrize("name", [previous(1), "OLD"])
def test_live_is_patched_to_the_name_after_freeing_the_name(name: str) -> None:
    declared = declare(stored_client_id=id_of(1), renamed_from=("OLD",))
    plan = plan_of(declared, token(1, name), token(2, age=hours(0.5)))
    assert shown(plan.steps) == ["patch 2 name=NAME (previous 00000002)", "patch 1 name=NAME"]


def test_a_bearer_loses_its_name_in_one_run_and_goes_in_a_later_one() -> None:
    plan = plan_of(declare(stored_client_id=id_of(1)), token(1, previous(1)), token(2, age=hours(26)))
    assert shown(plan.steps) == ["patch 2 name=NAME (previous 00000002)", "patch 1 name=NAME"]
    plan = plan_of(declare(stored_client_id=id_of(1)), token(1), token(2, previous(2), age=hours(26)))
    assert shown(plan.steps) == ["delete 2"]


# The expiry of a new token.


@pytest.mark.parametrize("version", API_VERSIONS.values(), ids=API_VERSIONS)
@pytest.mark.parametrize("present", [[], [token(1, expires=-days(1))], [token(1, expires=days(9))]])
def test_a_date_in_the_past_is_a_failure_without_a_step(version: ApiVersion, present: list[Token]) -> None:
    plan = plan_of(declare(expiration_date=NOW - days(1)), *present, version=version)
    assert plan.steps == ()
    assert "in the past" in (plan.failure or "")


@pytest.mark.parametrize("version", NEW_VERSIONS)
@pytest.mark.parametrize("present", [[], [token(1)]])
def test_a_create_without_expiry_is_refused_with_the_three_choices_where_the_api_demands_one(
    version: str, present: list[Token]
) -> None:
    declared = Declared(name="NAME", rotate="always")
    plan = plan_of(declared, *present, version=API_VERSIONS[version])
    assert plan.steps == ()
    for choice in ("expires_in", "expiration_date", "never_expires"):
        assert choice in (plan.failure or "")


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_a_create_without_expiry_is_left_to_the_6_months_before_v2025(version: str) -> None:
    new = created(plan_of(Declared(name="NAME"), version=API_VERSIONS[version])).new
    assert (new.expiration_date, new.never_expires) == (None, False)


@pytest.mark.parametrize("expiry", [{"expires_in": days(185)}, {"expiration_date": NOW + days(185)}])
def test_an_expiry_beyond_the_6_months_is_refused_before_v2025(expiry: dict[str, Any]) -> None:
    plan = plan_of(Declared(name="NAME", **expiry), version=V3)
    assert plan.steps == ()
    assert "6 months" in (plan.failure or "")
