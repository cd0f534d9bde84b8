# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner against the design's section "Lifecycle", sentence by sentence."""

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
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import (
    Create,
    Delete,
    Patch,
    Plan,
    TokenPlan,
)
from ansible_collections.sailpoint_community.isc.tests.unit.module_utils.builders import (
    NOW,
    SECOND,
    V3,
    days,
    declare,
    facts,
    hours,
    id_of,
    plan_of,
    previous,
    shown,
    token,
)

OLD_VERSIONS = [name for name, version in API_VERSIONS.items() if not version.patches_expiry]
NEW_VERSIONS = [name for name, version in API_VERSIONS.items() if version.patches_expiry]
ROTATION = ["patch 1 name=NAME (previous 00000001)", "create NAME"]


def created(plan: TokenPlan) -> Create:
    (step,) = [step for step in plan.steps if isinstance(step, Create)]
    return step


def all_steps(plan: Plan) -> list[str]:
    return shown(step for _index, step in plan.steps())


# The planner is a pure function.


def test_the_plan_is_a_function_of_its_facts() -> None:
    declared = [declare(rotate_after=days(20)), declare("B")]
    present = [token(1), token(2, previous(2), age=days(60)), token(3, "B", scope=["x:y"])]
    assert make_plan(declared, present, facts()) == make_plan(declared, present, facts())


@pytest.mark.parametrize("stored", [None, "", id_of(1), id_of(9)])
def test_the_order_of_the_list_decides_nothing(stored: str | None) -> None:
    declared = declare(stored_client_id=stored, adopt=True, rotate_after=days(20))
    present = [token(1, age=days(300)), token(2, previous(2), age=days(400)), token(3, "B")]
    assert shown(plan_of(declared, *present).steps) == shown(plan_of(declared, *reversed(present)).steps)


# Nothing to do.


@pytest.mark.parametrize("stored", [None, id_of(1)])
@pytest.mark.parametrize("rotate", ["when_due", "never"])
def test_a_token_as_declared_needs_no_step(stored: str | None, rotate: str) -> None:
    declared = declare(
        scope=frozenset(["b:y", "a:x"]),
        access_token_validity_seconds=600,
        stored_client_id=stored,
        rotate=rotate,
        rotate_after=days(31),
        rotate_before=days(29),
    )
    plan = plan_of(declared, token(1, scope=["a:x", "b:y"], validity=600, expires=days(31)))
    assert plan.steps == ()
    assert plan.failure is None
    assert plan.warnings == ()
    assert plan.live == token(1, scope=["a:x", "b:y"], validity=600, expires=days(31))


def test_an_option_left_out_is_not_managed() -> None:
    assert plan_of(declare(), token(1, scope=["a:x"], validity=15, expires=days(1))).steps == ()


def test_expires_in_is_applied_when_a_token_is_created_only() -> None:
    assert plan_of(declare(expires_in=days(10)), token(1, expires=days(100))).steps == ()
    assert created(plan_of(declare(expires_in=days(10)))).new.expiration_date == NOW + days(10)


# No live, or live due for rotation.


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


def test_a_successor_is_never_asked_for_with_an_empty_scope() -> None:
    assert created(plan_of(declare(rotate_after=days(20)), token(1, scope=[]))).new.scope is None


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


def test_the_name_is_freed_by_deleting_its_bearer_where_p5_allows_that() -> None:
    plan = plan_of(declare(stored_client_id=id_of(1)), token(1, previous(1)), token(2, age=hours(2)))
    assert shown(plan.steps) == ["delete 2", "patch 1 name=NAME"]


def test_other_family_members_are_deleted_once_p5_allows() -> None:
    present = [token(1), token(2, previous(2), age=days(90), used=days(9)), token(3, previous(3), used=days(7))]
    plan = plan_of(declare(), *present)
    assert shown(plan.steps) == ["delete 2"]
    assert [(gone.token.id, gone.name, gone.in_use, gone.may_go_at) for gone in plan.previous] == [
        (id_of(3), previous(3), True, NOW + days(1))
    ]


def test_a_clean_up_goes_along_with_a_rotation() -> None:
    plan = plan_of(declare(rotate_after=days(20)), token(1), token(2, previous(2), age=days(90)))
    assert shown(plan.steps) == ["delete 2", *ROTATION]


# Due.


@pytest.mark.parametrize(("age", "is_due"), [(days(20) - SECOND, False), (days(20) + SECOND, True)])
def test_due_is_older_than_rotate_after(age: timedelta, is_due: bool) -> None:
    plan = plan_of(declare(rotate_after=days(20)), token(1, age=age))
    assert shown(plan.steps) == (ROTATION if is_due else [])


@pytest.mark.parametrize(("expires", "is_due"), [(days(14) + SECOND, False), (days(14) - SECOND, True), (None, False)])
def test_due_is_expiring_within_rotate_before(expires: timedelta | None, is_due: bool) -> None:
    plan = plan_of(declare(rotate_before=days(14)), token(1, expires=expires))
    assert shown(plan.steps) == (ROTATION if is_due else [])


@pytest.mark.parametrize("expires", [-SECOND, -days(20)])
def test_due_is_expired(expires: timedelta) -> None:
    plan = plan_of(declare(), token(1, expires=expires))
    assert shown(plan.steps) == ROTATION
    assert "expired" in created(plan).reason


def test_due_is_a_differing_validity() -> None:
    plan = plan_of(declare(access_token_validity_seconds=600), token(1, validity=601))
    assert shown(plan.steps) == ROTATION
    assert created(plan).new.access_token_validity_seconds == 600


@pytest.mark.parametrize("version", OLD_VERSIONS)
@pytest.mark.parametrize("expires", [days(50) + SECOND, None])
def test_due_is_a_differing_expiration_date_before_v2025(version: str, expires: timedelta | None) -> None:
    declared = declare(expiration_date=NOW + days(50))
    plan = plan_of(declared, token(1, expires=expires), version=API_VERSIONS[version])
    assert shown(plan.steps) == ROTATION
    assert created(plan).new.expiration_date == NOW + days(50)


@pytest.mark.parametrize("version", API_VERSIONS.values(), ids=API_VERSIONS)
def test_dates_compare_to_the_second(version: ApiVersion) -> None:
    declared = declare(expiration_date=NOW + days(50))
    same = token(1, expires=days(50) + timedelta(milliseconds=999))
    assert plan_of(declared, same, version=version).steps == ()


def test_due_is_rotate_always() -> None:
    assert shown(plan_of(declare(rotate="always"), token(1, age=hours(0))).steps) == ROTATION


def test_every_reason_is_told() -> None:
    declared = declare(rotate="always", rotate_after=days(20), rotate_before=days(14), access_token_validity_seconds=60)
    reason = created(plan_of(declared, token(1, expires=days(3)))).reason
    for part in ("rotate is always", "rotate_after is 20d", "rotate_before is 14d", "access_token_validity_seconds"):
        assert part in reason


@pytest.mark.parametrize(
    ("options", "live", "told"),
    [
        ({"rotate_after": days(20)}, token(1), "rotate_after"),
        ({"rotate_before": days(14)}, token(1, expires=days(3)), "rotate_before"),
        ({"access_token_validity_seconds": 600}, token(1), "access_token_validity_seconds"),
    ],
)
def test_rotate_never_turns_a_needed_rotation_into_a_clear_failure(
    options: dict[str, Any], live: Token, told: str
) -> None:
    plan = plan_of(declare(rotate="never", scope=frozenset(["a:x"]), **options), live)
    assert plan.steps == ()
    assert plan.failure is not None
    for part in ("'NAME'", told, "rotate is never"):
        assert part in plan.failure


def test_rotate_never_turns_a_differing_date_before_v2025_into_a_clear_failure() -> None:
    declared = declare(rotate="never", expiration_date=NOW + days(50))
    plan = plan_of(declared, token(1, expires=days(9)), version=V3)
    assert plan.steps == ()
    assert "expiration_date" in (plan.failure or "")


def test_rotate_never_turns_an_expired_token_into_a_warning() -> None:
    plan = plan_of(declare(rotate="never"), token(1, expires=-days(2)))
    assert plan.failure is None
    assert plan.steps == ()
    (warning,) = plan.warnings
    assert "'NAME'" in warning
    assert "expired" in warning


def test_an_expired_token_is_not_also_one_that_expires_soon() -> None:
    plan = plan_of(declare(rotate="never", rotate_before=days(14)), token(1, expires=-days(2)))
    assert plan.failure is None
    assert len(plan.warnings) == 1


def test_rotate_never_still_makes_a_missing_token() -> None:
    assert shown(plan_of(declare(rotate="never")).steps) == ["create NAME"]


@pytest.mark.parametrize("version", API_VERSIONS.values(), ids=API_VERSIONS)
def test_a_fixed_expiration_date_is_never_a_reason_to_rotate_onto_the_same_date_but_a_warning(
    version: ApiVersion,
) -> None:
    declared = declare(expiration_date=NOW + days(10), rotate_before=days(14))
    plan = plan_of(declared, token(1, expires=days(10)), version=version)
    assert plan.steps == ()
    (warning,) = plan.warnings
    assert "'NAME'" in warning
    assert "expiration_date" in warning


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


# P5. (When exactly a member may go: test_family.py.)


def test_p5_its_id_is_not_the_stores() -> None:
    declared = declare(stored_client_id=id_of(1), overlap=days(0))
    plan = plan_of(declared, token(1, previous(1), age=days(300)), token(2, age=hours(0.5)))
    assert not [step for step in plan.steps if isinstance(step, Delete)]


@pytest.mark.parametrize(
    ("member", "live_age", "goes"),
    [
        (token(2, previous(2), age=days(90)), days(30), True),
        (token(2, previous(2), age=days(90)), days(7) - SECOND, False),
        (token(2, previous(2), age=days(90), used=days(8) - SECOND), days(30), False),
        (token(2, previous(2), age=days(90), used=days(8)), days(30), True),
        (token(2, previous(2), age=hours(2)), days(30), True),
        (token(2, previous(2), age=hours(2), used=hours(1)), days(30), False),
        (token(2, previous(2), age=hours(1) - SECOND), days(30), False),
    ],
)
def test_p5_a_member_goes_when_all_hold(member: Token, live_age: timedelta, goes: bool) -> None:
    assert shown(plan_of(declare(), token(1, age=live_age), member).steps) == (["delete 2"] if goes else [])


def test_p5_overlap_0_deletes_what_is_in_use_and_says_so() -> None:
    plan = plan_of(declare(overlap=days(0)), token(1, age=hours(2)), token(2, previous(2), used=hours(1)))
    assert shown(plan.steps) == ["delete 2"]
    (warning,) = plan.warnings
    assert "overlap is 0" in warning
    assert id_of(2) in warning


def test_p5_overlap_0_keeps_the_rule_of_the_hour() -> None:
    plan = plan_of(declare(overlap=days(0)), token(1, age=days(9)), token(2, previous(2), age=hours(1) - SECOND))
    assert plan.steps == ()


def test_p5_never_a_managed_token() -> None:
    assert plan_of(declare(), token(1), token(2, previous(2), age=days(300), managed=True)).steps == ()


def test_p5_the_token_that_the_run_authenticates_with_does_not_go() -> None:
    plan = plan_of(declare(), token(1), token(2, previous(2), age=days(300)), own_id=id_of(2))
    assert plan.steps == ()
    assert [gone.is_own for gone in plan.previous] == [True]


def test_p5_the_token_that_the_run_authenticates_with_may_be_renamed() -> None:
    assert shown(plan_of(declare(rotate_after=days(20)), token(1), own_id=id_of(1)).steps) == ROTATION


def test_without_the_servers_clock_nothing_is_deleted_and_that_is_said() -> None:
    plan = plan_of(declare(), token(1), token(2, previous(2), age=days(300)), clock_is_servers=False)
    assert plan.steps == ()
    (warning,) = plan.warnings
    assert id_of(2) in warning
    assert "time" in warning


def test_without_the_servers_clock_the_rest_goes_on() -> None:
    plan = plan_of(declare(rotate_after=days(20)), token(1), clock_is_servers=False)
    assert shown(plan.steps) == ROTATION


def test_previous_tells_of_the_replaced_token_when_it_may_go_and_that_it_is_in_use() -> None:
    (gone,) = plan_of(declare(rotate_after=days(20)), token(1, used=hours(1))).previous
    assert (gone.name, gone.in_use, gone.may_go_at) == (previous(1), True, NOW + days(8) - hours(1))


# state: absent.


def test_absent_removes_the_name_and_its_family() -> None:
    present = [token(1), token(2, previous(2), age=hours(0), used=hours(0)), token(3, "OTHER"), token(4, previous(5))]
    plan = plan_of(declare(state="absent"), *present)
    assert sorted(shown(plan.steps)) == ["delete 1", "delete 2"]


@pytest.mark.parametrize("stored", [None, "", id_of(1), id_of(9)])
def test_absent_is_explicit_whatever_the_store_holds(stored: str | None) -> None:
    plan = plan_of(declare(state="absent", stored_client_id=stored), token(1, used=hours(0)))
    assert shown(plan.steps) == ["delete 1"]


def test_absent_of_what_is_not_there_needs_no_step() -> None:
    plan = plan_of(declare(state="absent"), token(3, "OTHER"))
    assert (plan.steps, plan.failure) == ((), None)


def test_absent_leaves_alone_what_bears_a_former_name() -> None:
    """It is none of NAME's family; were it deleted once NAME is gone, a second run would not be one without a step."""
    former = [token(3, "OLD"), token(4, previous(4, "OLD"))]
    declared = declare(state="absent", renamed_from=("OLD",))
    assert shown(plan_of(declared, token(1), *former).steps) == ["delete 1"]
    assert plan_of(declared, *former).steps == ()


def test_absent_of_a_managed_token_is_refused() -> None:
    plan = plan_of(declare(state="absent"), token(1, managed=True))
    assert plan.steps == ()
    assert "managed" in (plan.failure or "")


def test_absent_needs_no_servers_clock() -> None:
    assert shown(plan_of(declare(state="absent"), token(1), clock_is_servers=False).steps) == ["delete 1"]


def test_absent_deletes_the_token_that_the_run_authenticates_with_last() -> None:
    declared = [declare("A", state="absent"), declare("B", state="absent"), declare("C")]
    present = [token(1, "A"), token(2, previous(2, "A")), token(3, "B")]
    plan = make_plan(declared, present, facts(own_id=id_of(1)))
    assert all_steps(plan) == ["delete 2", "delete 3", "create C", "delete 1"]


# A token whose secret the store does not hold.


@pytest.mark.parametrize("stored", ["", id_of(9)])
@pytest.mark.parametrize("used", [None, days(30) - hours(1)])
def test_a_token_that_the_store_does_not_hold_and_nobody_used_is_healed(stored: str, used: timedelta | None) -> None:
    assert shown(plan_of(declare(stored_client_id=stored), token(1, used=used)).steps) == ROTATION


@pytest.mark.parametrize("stored", ["", id_of(9)])
def test_a_token_that_the_store_does_not_hold_and_somebody_used_is_a_failure_that_names_adopt(stored: str) -> None:
    plan = plan_of(declare(stored_client_id=stored), token(1, used=days(1)))
    assert plan.steps == ()
    for part in ("'NAME'", id_of(1), "adopt: true", "store"):
        assert part in (plan.failure or "")


@pytest.mark.parametrize("stored", ["", id_of(9)])
def test_adopt_makes_a_new_one_and_lets_p5_retire_the_old(stored: str) -> None:
    plan = plan_of(declare(stored_client_id=stored, adopt=True), token(1, used=days(1)))
    assert shown(plan.steps) == ROTATION
    (old,) = plan.previous
    assert (old.token.id, old.in_use, old.may_go_at) == (id_of(1), True, NOW + days(7))
    later = plan_of(declare(stored_client_id=id_of(2)), token(1, previous(1), used=days(1)), token(2, age=hours(2)))
    assert later.steps == ()


def test_without_a_store_a_used_token_is_live_and_adopt_is_not_needed() -> None:
    assert plan_of(declare(), token(1, used=days(1))).steps == ()


def test_an_unclaimed_token_becomes_a_previous_one_and_a_new_one_is_made() -> None:
    plan = plan_of(declare(), token(1, age=hours(0)), unclaimed=frozenset([id_of(1)]))
    assert shown(plan.steps) == ROTATION


# id.


def test_with_both_id_and_name_the_token_of_the_id_is_renamed() -> None:
    assert shown(plan_of(declare("NEW", id=id_of(1)), token(1)).steps) == ["patch 1 name=NEW"]


def test_id_and_name_of_different_tokens_are_refused() -> None:
    plan = plan_of(declare("OTHER", id=id_of(1)), token(1), token(2, "OTHER"))
    assert plan.steps == ()
    assert id_of(1) in (plan.failure or "")
    assert id_of(2) in (plan.failure or "")


def test_an_id_alone_is_patched() -> None:
    plan = plan_of(declare(None, id=id_of(1), scope=frozenset(["a:x"])), token(1))
    assert shown(plan.steps) == ["patch 1 scope=a:x"]


def test_an_id_that_is_not_there_is_a_failure() -> None:
    plan = plan_of(declare(None, id=id_of(9)), token(1))
    assert plan.steps == ()
    assert id_of(9) in (plan.failure or "")


def test_an_id_is_never_rotated_a_needed_rotation_is_a_failure() -> None:
    plan = plan_of(declare(None, id=id_of(1), rotate_after=days(20)), token(1))
    assert plan.steps == ()
    assert "rotate_after" in (plan.failure or "")


def test_an_id_that_has_expired_is_a_warning() -> None:
    plan = plan_of(declare(None, id=id_of(1)), token(1, expires=-days(1)))
    assert (plan.steps, plan.failure) == ((), None)
    assert "expired" in plan.warnings[0]


def test_an_id_cleans_nothing_up() -> None:
    assert plan_of(declare("NAME", id=id_of(1)), token(1), token(2, previous(2), age=days(300))).steps == ()


def test_absent_of_an_id_deletes_that_token_alone() -> None:
    plan = plan_of(declare(None, id=id_of(1), state="absent"), token(1), token(2, previous(2)))
    assert shown(plan.steps) == ["delete 1"]


def test_absent_of_an_id_that_is_not_there_needs_no_step() -> None:
    plan = plan_of(declare(None, id=id_of(9), state="absent"), token(1))
    assert (plan.steps, plan.failure) == ((), None)


def test_an_id_of_a_managed_token_is_refused() -> None:
    for state in ("present", "absent"):
        plan = plan_of(declare("NEW", id=id_of(1), state=state), token(1, managed=True))
        assert plan.steps == ()
        assert "managed" in (plan.failure or "")


# The quota.


def others(*numbers: int, **options: Any) -> list[Token]:
    return [token(number, f"OTHER {number}", **options) for number in numbers]


def test_quota_what_p5_allows_is_deleted_first_and_its_slot_is_used() -> None:
    declared = [declare("A"), declare("B")]
    present = [token(1, "B"), token(2, previous(2, "B"), age=days(300))]
    assert all_steps(make_plan(declared, present, facts(max_tokens=2))) == ["delete 2", "create A"]


def test_quota_then_the_missing_and_the_expired_then_the_rotations() -> None:
    declared = [
        declare("DUE", rotate_after=days(20)),
        declare("EXPIRED"),
        declare("MISSING"),
    ]
    present = [token(1, "DUE"), token(2, "EXPIRED", expires=-days(1))]
    assert all_steps(make_plan(declared, present, facts())) == [
        "create MISSING",
        "patch 2 name=EXPIRED (previous 00000002)",
        "create EXPIRED",
        "patch 1 name=DUE (previous 00000001)",
        "create DUE",
    ]


def test_quota_rotates_most_urgent_first_while_a_slot_is_free() -> None:
    declared = [declare(name, rotate_before=days(14)) for name in ("LATER", "SOON", "MIDDLE")]
    present = [
        token(1, "LATER", expires=days(9)),
        token(2, "SOON", expires=days(1)),
        token(3, "MIDDLE", expires=days(5)),
    ]
    plan = make_plan(declared, present, facts(max_tokens=5))
    assert [step for step in all_steps(plan) if "create" in step] == ["create SOON", "create MIDDLE"]
    later, soon, middle = plan.tokens
    assert (soon.deferred, middle.deferred) == (None, None)
    assert later.steps == ()
    assert later.failure is None


def test_quota_what_has_to_wait_is_deferred_with_its_reason_and_a_warning() -> None:
    plan = plan_of(declare(rotate_after=days(20)), token(1), *others(2, 3), max_tokens=3)
    assert plan.steps == ()
    assert plan.failure is None
    assert "rotate_after" in (plan.deferred or "")
    (warning,) = plan.warnings
    assert "'NAME'" in warning
    assert "waits" in warning


def test_quota_a_deferred_rotation_does_not_hold_back_a_patch() -> None:
    declared = declare(rotate_after=days(20), scope=frozenset(["a:x"]))
    assert shown(plan_of(declared, token(1), max_tokens=1).steps) == ["patch 1 scope=a:x"]


def test_quota_fails_before_the_first_write_if_a_missing_one_cannot_be_made_and_says_which_could_go() -> None:
    present = [*others(2, used=days(1)), *others(3, used=days(20))]
    plan = plan_of(declare(), *present, max_tokens=2)
    assert plan.steps == ()
    failure = plan.failure or ""
    assert "'NAME'" in failure
    assert "max_tokens" in failure
    assert 0 < failure.index(id_of(3)) < failure.index(id_of(2))


def test_quota_fails_before_the_first_write_if_an_expired_one_cannot_be_made() -> None:
    """The run's own expired token is not deleted for its slot, and what P5 allows does not make enough room."""
    present = [token(1, expires=-days(1)), token(2, previous(2), age=days(300)), *others(3, 4)]
    plan = plan_of(declare(), *present, max_tokens=3, own_id=id_of(1))
    assert plan.failure is not None
    assert plan.steps == ()


def test_quota_never_names_a_live_token_as_one_that_could_go() -> None:
    declared = [declare("MISSING"), declare("LIVE")]
    plan = make_plan(declared, [token(1, "LIVE"), *others(2)], facts(max_tokens=2))
    assert id_of(2) in (plan.tokens[0].failure or "")
    assert id_of(1) not in (plan.tokens[0].failure or "")


def test_quota_the_failure_of_one_leaves_the_plans_of_the_others() -> None:
    declared = [declare("MISSING"), declare("LIVE", scope=frozenset(["a:x"]))]
    plan = make_plan(declared, [token(1, "LIVE")], facts(max_tokens=1))
    assert plan.tokens[0].failure is not None
    assert all_steps(plan) == ["patch 1 scope=a:x"]


def test_quota_expired_tokens_count_and_managed_ones_do_not() -> None:
    expired, managed = others(2, expires=-days(9)), others(3, managed=True)
    assert plan_of(declare(), *expired, *managed, max_tokens=1).failure is not None
    assert shown(plan_of(declare(), *managed, max_tokens=1).steps) == ["create NAME"]


def test_quota_an_expired_token_is_deleted_instead_of_renamed_where_its_slot_is_needed() -> None:
    assert shown(plan_of(declare(), token(1, expires=-days(1)), max_tokens=1).steps) == ["delete 1", "create NAME"]


def test_quota_an_expired_token_is_kept_without_the_servers_clock() -> None:
    plan = plan_of(declare(), token(1, expires=-days(1)), max_tokens=1, clock_is_servers=False)
    assert plan.steps == ()
    assert plan.failure is not None


def test_quota_more_tokens_than_it_allows_leave_no_slot_to_a_deleted_expired_one() -> None:
    """With 3 tokens where 2 are allowed, deleting one makes no room."""
    plan = plan_of(declare(), token(1, expires=-days(1)), *others(2, 3), max_tokens=2)
    assert plan.steps == ()
    assert plan.failure is not None


def test_quota_a_slot_is_counted_only_where_the_deletion_is_really_planned() -> None:
    """B fails for its date in the past and keeps its previous token, so that A has no slot."""
    declared = [declare("A"), declare("B", expiration_date=NOW - days(1))]
    present = [token(1, "B", expires=days(9)), token(2, previous(2, "B"), age=days(300))]
    plan = make_plan(declared, present, facts(max_tokens=2))
    steps = all_steps(plan)
    assert "create A" not in steps or steps.index("delete 2") < steps.index("create A")


def test_quota_a_slot_is_not_counted_where_the_token_that_frees_it_fails_for_lack_of_one() -> None:
    """A is missing and takes the slot that B's clean-up would free; B, expired and the run's own, finds none."""
    declared = [declare("A"), declare("B")]
    present = [token(1, "B", expires=-days(1)), token(2, previous(2, "B"), age=days(300))]
    plan = make_plan(declared, present, facts(max_tokens=2, own_id=id_of(1)))
    assert plan.tokens[1].failure is not None
    steps = all_steps(plan)
    assert "create A" not in steps or "delete 2" in steps


def test_quota_the_slot_of_the_token_that_the_run_authenticates_with_is_not_counted() -> None:
    """It goes last, so that no creation can wait for it."""
    declared = [declare("A"), declare("B", state="absent")]
    plan = make_plan(declared, [token(1, "B")], facts(max_tokens=1, own_id=id_of(1)))
    assert all_steps(plan) == ["delete 1"]
    assert plan.tokens[0].failure is not None


# Several names.


def test_one_token_that_cannot_be_planned_leaves_the_others_theirs() -> None:
    declared = [declare("TWICE"), declare("FINE")]
    plan = make_plan(declared, [token(1, "TWICE"), token(2, "TWICE")], facts())
    assert plan.tokens[0].failure is not None
    assert all_steps(plan) == ["create FINE"]


def test_two_names_on_one_store_do_not_rotate_each_other_away() -> None:
    declared = [declare(name, stored_client_id=id_of(1), rotate="always") for name in ("A", "B")]
    plan = make_plan(declared, [token(1, "A"), token(2, "B")], facts())
    assert plan.tokens[0].failure is None
    assert plan.tokens[1].failure is not None


def test_a_name_that_is_another_ones_former_name_does_not_make_both_act_on_one_token() -> None:
    """Renaming B to C while A becomes B: nobody may patch or delete the token that the other one has as live."""
    declared = [
        declare("B", renamed_from=("A",), scope=frozenset(["a:x"])),
        declare("C", renamed_from=("B",), scope=frozenset(["b:y"])),
    ]
    plan = make_plan(declared, [token(1, "A"), token(2, "B")], facts())
    touched: dict[str, set[int]] = {}
    for index, step in plan.steps():
        if isinstance(step, (Delete, Patch)):
            touched.setdefault(step.token.id, set()).add(index)
    assert all(len(by) == 1 for by in touched.values())


def test_a_stored_token_is_never_deleted_by_the_name_that_it_bears() -> None:
    """B's store holds the token that still bears A; A's own store holds another one."""
    declared = [
        declare("A", stored_client_id=id_of(1), overlap=days(0)),
        declare("B", stored_client_id=id_of(2), renamed_from=("A",)),
    ]
    plan = make_plan(declared, [token(1, previous(1, "A")), token(2, "A")], facts())
    assert "delete 2" not in all_steps(plan)


# What is told.


@pytest.mark.parametrize(
    ("declared", "present"),
    [
        (declare(rotate_after=days(20)), [token(1), token(2, previous(2), age=days(90))]),
        (declare(scope=frozenset(["a:x"]), stored_client_id=id_of(1)), [token(1, previous(1)), token(2)]),
        (declare(state="absent"), [token(1), token(2, previous(2))]),
        (declare(expiration_date=NOW + days(9)), [token(1)]),
        (declare(never_expires=True), [token(1, expires=days(9))]),
        (declare(stored_client_id=id_of(9)), [token(1)]),
    ],
)
def test_every_step_has_its_reason(declared: Declared, present: list[Token]) -> None:
    steps = plan_of(declared, *present).steps
    assert steps
    assert all(step.reason.strip() for step in steps)


# What expires and is not rotated in time.


@pytest.mark.parametrize(
    ("options", "expires", "warned"),
    [
        ({}, days(30), True),
        ({}, days(31), False),
        ({}, None, False),
        ({"rotate_before": days(14)}, days(20), False),
        ({"rotate_after": days(40)}, days(20), False),
        ({"rotate_after": days(60)}, days(20), True),
        ({"rotate_before": days(14), "rotate": "never"}, days(20), True),
        ({"never_expires": True}, days(20), False),
    ],
)
def test_a_token_that_nothing_rotates_before_it_expires_is_warned_of_from_30_days(
    options: dict[str, Any], expires: timedelta | None, warned: bool
) -> None:
    plan = plan_of(declare(**options), token(1, expires=expires))
    assert plan.failure is None
    assert bool(plan.warnings) == warned
    assert not warned or "nothing rotates it before" in plan.warnings[0]


def test_a_token_by_its_id_is_warned_of_too() -> None:
    plan = plan_of(declare(None, id=id_of(1), rotate_before=days(14)), token(1, expires=days(20)))
    assert "nothing rotates it before" in plan.warnings[0]


@pytest.mark.parametrize(("left", "before", "warned"), [(days(29), None, True), (days(31), None, False)])
def test_a_fixed_date_is_warned_of_without_rotate_before_too(
    left: timedelta, before: timedelta | None, warned: bool
) -> None:
    declared = declare(expiration_date=NOW + left, rotate_before=before)
    assert bool(plan_of(declared, token(1, expires=left)).warnings) == warned
