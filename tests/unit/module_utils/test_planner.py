# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan as a whole: what is done, in which order, what is left alone, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Delete, Patch, Previous
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import (
    GONE,
    ROTATION,
    all_steps,
    declare,
    facts,
    plan_of,
    shown,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import (
    NOW,
    SECOND,
    days,
    hours,
    id_of,
    previous,
    token,
)


def previous_told(declared: Declared, *present: Token, **rules: Any) -> tuple[Previous, ...]:
    """Return what check mode tells of the tokens beside the live one."""
    (outcome,) = reconcile(FakeApi(*present), [declared], run(check_mode=True, **rules))
    return outcome.previous


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


@pytest.mark.parametrize("options", [{}, {"rotate_before": days(14)}], ids=["nothing is due", "a rotation waits"])
def test_a_name_that_a_killed_run_has_lost_is_given_back(options: dict[str, Any]) -> None:
    """It was killed between the rename and the create, so that nobody bears the name."""
    plan = plan_of(declare(stored_client_id=id_of(1), **options), token(1, previous(1), expires=days(9)), max_tokens=1)
    assert shown(plan.steps) == ["patch 1 name=NAME"]


# P5. (When exactly a member may go: test_family.py.)


def test_other_family_members_are_deleted_once_p5_allows() -> None:
    present = [token(1), token(2, previous(2), age=days(90), used=days(9)), token(3, previous(3), used=days(7))]
    plan = plan_of(declare(), *present)
    assert shown(plan.steps) == ["delete 2"]
    told = previous_told(declare(), *present)
    assert [(gone.token.id, gone.token.name, gone.in_use, gone.may_go_at) for gone in told] == [
        (id_of(3), previous(3), True, NOW + days(1))
    ]


def test_a_clean_up_goes_along_with_a_rotation() -> None:
    plan = plan_of(declare(rotate_after=days(20)), token(1), token(2, previous(2), age=days(90)))
    assert shown(plan.steps) == ["delete 2", *ROTATION]


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
        (token(2, previous(2), age=hours(25)), days(30), True),
        (token(2, previous(2), age=hours(2), used=hours(1)), days(30), False),
        (token(2, previous(2), age=hours(25) - SECOND), days(30), False),
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
    present = [token(1), token(2, previous(2), age=days(300))]
    assert plan_of(declare(), *present, own_id=id_of(2)).steps == ()
    assert [gone.is_own for gone in previous_told(declare(), *present, own_id=id_of(2))] == [True]


def test_p5_the_token_that_the_run_authenticates_with_may_be_renamed() -> None:
    assert shown(plan_of(declare(rotate_after=days(20)), token(1), own_id=id_of(1)).steps) == ROTATION


def test_without_the_servers_clock_nothing_is_deleted_and_that_is_said() -> None:
    plan = plan_of(declare(), token(1), token(2, previous(2), age=days(300)), clock_is_servers=False)
    assert plan.steps == ()
    (warning,) = plan.warnings
    assert id_of(2) in warning
    assert "no usable Date header" in warning


def test_without_the_servers_clock_the_rest_goes_on() -> None:
    plan = plan_of(declare(rotate_after=days(20)), token(1), clock_is_servers=False)
    assert shown(plan.steps) == ROTATION


def test_previous_tells_of_the_replaced_token_when_it_may_go_and_that_it_is_in_use() -> None:
    (gone,) = previous_told(declare(rotate_after=days(20)), token(1, used=hours(1)))
    assert (gone.token.name, gone.in_use, gone.may_go_at) == (previous(1), True, NOW + days(8) - hours(1))


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
@pytest.mark.parametrize("used", [None, days(6) - hours(1)])
def test_a_young_token_that_the_store_does_not_hold_and_nobody_used_is_healed(
    stored: str, used: timedelta | None
) -> None:
    assert shown(plan_of(declare(stored_client_id=stored), token(1, age=days(6), used=used)).steps) == ROTATION


@pytest.mark.parametrize("stored", ["", id_of(9)])
@pytest.mark.parametrize("used", [None, days(7) - hours(1)])
def test_a_token_that_is_a_week_old_may_be_somebodys(stored: str, used: timedelta | None) -> None:
    """The store's path may be wrong: fresh tokens of a wrong path would all be replaced."""
    plan = plan_of(declare(stored_client_id=stored, store_at="file /etc/isc/x.env"), token(1, age=days(7), used=used))
    assert plan.steps == ()
    for part in ("file /etc/isc/x.env", "adopt: true", id_of(1)):
        assert part in (plan.failure or "")


@pytest.mark.parametrize("stored", ["", id_of(9)])
def test_a_token_that_the_store_does_not_hold_and_somebody_used_is_a_failure_that_names_adopt(stored: str) -> None:
    plan = plan_of(declare(stored_client_id=stored), token(1, used=days(1)))
    assert plan.steps == ()
    for part in ("'NAME'", id_of(1), "adopt: true", "store"):
        assert part in (plan.failure or "")


@pytest.mark.parametrize("stored", ["", GONE])
def test_a_young_token_that_somebody_uses_is_not_healed(stored: str) -> None:
    """It is younger than a week, but was used after its maker's proof."""
    plan = plan_of(declare(stored_client_id=stored), token(1, age=days(3), used=hours(2)))
    assert plan.steps == ()
    for part in ("was used on 2026-09-01", "somebody else may hold its secret", "adopt: true"):
        assert part in (plan.failure or "")


@pytest.mark.parametrize("stored", ["", id_of(9)])
def test_adopt_makes_a_new_one_and_lets_p5_retire_the_old(stored: str) -> None:
    plan = plan_of(declare(stored_client_id=stored, adopt=True), token(1, used=days(1)))
    assert shown(plan.steps) == ROTATION
    (old,) = previous_told(declare(stored_client_id=stored, adopt=True), token(1, used=days(1)))
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


@pytest.mark.parametrize("quota", [10, 2])
def test_what_is_declared_by_its_id_is_no_leftover_of_another_name(quota: int) -> None:
    kept = token(2, previous(2), age=days(200), expires=days(-1) if quota == 2 else days(90))
    declared = [declare(rotate="always" if quota == 2 else "when_due"), Declared(id=id_of(2))]
    plan = make_plan(declared, [token(1), kept], facts(max_tokens=quota))
    assert "delete 2" not in all_steps(plan)


def test_absent_of_an_id_that_a_store_holds_for_a_declared_token_is_refused() -> None:
    """Both would end well, and what the store holds would be dead."""
    declared = [declare(stored_client_id=id_of(1), store_at="file FAKE"), declare(None, id=id_of(1), state="absent")]
    plan = make_plan(declared, [token(1)], facts())
    assert all_steps(plan) == []
    kept, absent = plan.tokens
    assert kept.failure is None
    assert "file FAKE holds the credentials of this token" in (absent.failure or "")


def test_absent_of_an_id_that_is_not_there_needs_no_step() -> None:
    plan = plan_of(declare(None, id=id_of(9), state="absent"), token(1))
    assert (plan.steps, plan.failure) == ((), None)


def test_an_id_of_a_managed_token_is_refused() -> None:
    for state in ("present", "absent"):
        plan = plan_of(declare("NEW", id=id_of(1), state=state), token(1, managed=True))
        assert plan.steps == ()
        assert "managed" in (plan.failure or "")


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
        (declare(stored_client_id=id_of(9)), [token(1, age=days(1))]),
    ],
)
def test_every_step_has_its_reason(declared: Declared, present: list[Token]) -> None:
    steps = plan_of(declared, *present).steps
    assert steps
    assert all(step.reason.strip() for step in steps)


# Revoking.


@pytest.mark.parametrize("rotate", ["when_due", "never", "always"])
def test_a_leaked_secret_is_replaced_whatever_is_declared_of_rotation(rotate: str) -> None:
    declared = declare(stored_client_id=id_of(1), rotate=rotate, revoke=True)
    plan = plan_of(declared, token(1, used=hours(1)))
    assert plan.failure is None
    assert shown(plan.steps) == [*ROTATION, "delete 1"]


@pytest.mark.parametrize("adopt", [False, True])
@pytest.mark.parametrize("stored", ["", GONE])
def test_a_revocation_makes_no_token_where_nobody_knows_which_one_has_leaked(stored: str, adopt: bool) -> None:
    """A young token of the name would be healed otherwise, or taken over."""
    declared = declare(stored_client_id=stored, revoke=True, adopt=adopt)
    plan = plan_of(declared, token(1, age=hours(3)))
    assert plan.steps == ()
    assert "so nobody knows which token has leaked" in (plan.failure or "")


def test_a_revocation_by_a_bearer_token_ends_with_the_token_that_it_may_come_from() -> None:
    """A bearer token lives for hours, so that its own token is the one that was used last; and that is told."""
    declared = declare(stored_client_id=id_of(1), revoke=True)
    family = [token(1, used=days(2)), token(2, previous(2), used=hours(1)), token(3, previous(3), used=days(5))]
    plan = plan_of(declared, *family, own_id=None)
    assert shown(plan.steps) == [*ROTATION, "delete 3", "delete 1", "delete 2"]
    assert any("only an access_token is given" in warning and id_of(2) in warning for warning in plan.warnings)
    known = plan_of(declared, *family, own_id=id_of(99))
    assert not any("access_token" in warning for warning in known.warnings)
