# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds of every plan, whatever the tokens, the stores, the declarations and the time.

Every rule is worked out here anew from the design's words, not asked of the code under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import event, given

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import (
    Create,
    Delete,
    Patch,
    Plan,
    TokenPlan,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import carry_out, run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import shown
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW
from ansible_collections.sailpoint_community.isc.tests.doubles.worlds import (
    ANY_CLOCK,
    DAY,
    HOUR,
    World,
    holds,
    worlds,
)


def steps_of(plan: Plan, kind: type[Any]) -> Iterator[tuple[TokenPlan, Any]]:
    for index, step in plan.steps():
        if isinstance(step, kind):
            yield plan.tokens[index], step


def frees_a_slot(plan: TokenPlan, deletion: Delete, now: Any) -> bool:
    """Return whether this is an expired token that goes instead of being renamed, since its slot is needed."""
    return deletion in plan.creation and deletion.token.is_expired(now)


def is_left_over(whole: Plan, plan: TokenPlan, deletion: Delete) -> bool:
    """Return whether this is what a failed run made and proved, and nobody used for a day, and its slot is needed.

    It bears a previous-name, or is newer than the live token of its family, which may be another's than the plan's.
    """
    member = deletion.token
    families = [one for one in whole.tokens if any(each.id == member.id for each in one.family)]
    is_newer = any(one.live is not None and member.created > one.live.created for one in families)
    is_previous = member.name.endswith(f" (previous {member.id[:8]})")
    unused = member.last_used is None or member.last_used <= member.created + HOUR
    old_enough = NOW - member.created >= HOUR + DAY
    return deletion in plan.creation and (is_newer or is_previous) and unused and old_enough


@holds()
@given(ANY_CLOCK)
def test_no_step_touches_a_managed_token(world: World) -> None:
    for _index, step in world.plan().steps():
        assert isinstance(step, Create) or not step.token.managed


@holds(700)
@given(ANY_CLOCK)
def test_the_live_token_and_what_a_store_holds_are_never_deleted(world: World) -> None:
    plan = world.plan()
    absent = [one for one in plan.tokens if one.declared.state == "absent"]
    explicit = {member.id for one in absent for member in one.family}
    kept = {one.live.id for one in plan.tokens if one.live} | {one.stored_client_id for one in world.declared}
    for owner, step in steps_of(plan, Delete):
        if step.token.id in explicit:
            continue
        assert step.token.id not in kept or frees_a_slot(owner, step, NOW)


@holds()
@given(ANY_CLOCK)
def test_the_token_that_the_run_authenticates_with_goes_by_absent_alone_and_then_last(world: World) -> None:
    plan = world.plan()
    steps = [step for _index, step in plan.steps()]
    for owner, step in steps_of(plan, Delete):
        if step.token.id == world.facts.own_id:
            event("the own token goes")
            assert owner.declared.state == "absent"
            assert step is steps[-1]


@holds(700)
@given(worlds())
def test_every_deletion_in_state_present_satisfies_p5(world: World) -> None:
    plan = world.plan()
    for owner, step in steps_of(plan, Delete):
        if owner.declared.state == "absent" or frees_a_slot(owner, step, NOW):
            continue
        if is_left_over(plan, owner, step):
            event("left over")
            assert step.token.id not in {owner.declared.stored_client_id, world.facts.own_id}
            continue
        event("a clean-up")
        member, live, overlap = step.token, owner.live, owner.declared.overlap
        assert live is not None
        assert member.id != live.id
        assert member.id != owner.declared.stored_client_id
        assert member.id != world.facts.own_id
        assert not member.managed
        assert member.name in of_the_family(owner.declared, member)
        assert NOW - member.created >= HOUR
        if member.created > live.created and member.last_used is None:
            event("a remnant goes")
            continue
        assert NOW - max(live.created, member.created) >= overlap
        assert overlap == timedelta() or NOW - (member.last_used or member.created) >= overlap + DAY


def of_the_family(declared: Declared, member: Token) -> set[str]:
    names = {declared.name or "", *declared.renamed_from}
    return names | {f"{name} (previous {member.id[:8]})" for name in names}


@holds()
@given(worlds())
def test_what_p5_allows_is_deleted(world: World) -> None:
    """The other way round: a member that may go does go, so that nothing piles up."""
    plan = world.plan()
    gone = {step.token.id for _owner, step in steps_of(plan, Delete)}
    stored = {one.stored_client_id for one in world.declared}
    for one in plan.tokens:
        if one.declared.state == "absent" or one.failure or one.live is None:
            continue
        for member in one.family:
            age, unused = NOW - member.created, NOW - (member.last_used or member.created)
            if member.id in {one.live.id, world.facts.own_id} | stored or member.managed or age < HOUR:
                continue
            overlap = one.declared.overlap
            is_over = NOW - max(one.live.created, member.created) >= overlap
            if member.created > one.live.created and member.last_used is None:
                may_go = age >= HOUR + DAY
            else:
                may_go = is_over and (not overlap or unused >= overlap + DAY)
            if may_go:
                assert member.id in gone


@holds()
@given(worlds(clocks=(False,)))
def test_without_the_servers_clock_nothing_is_deleted_but_what_is_absent(world: World) -> None:
    for owner, _step in steps_of(world.plan(), Delete):
        assert owner.declared.state == "absent"


@holds()
@given(ANY_CLOCK)
def test_the_plan_never_makes_more_tokens_than_max_tokens(world: World) -> None:
    plan = world.plan()
    used = sum(not one.managed for one in world.present)
    for _index, step in plan.steps():
        if isinstance(step, Delete):
            used -= 1
        elif isinstance(step, Create):
            used += 1
            assert used <= world.facts.max_tokens


@holds()
@given(ANY_CLOCK)
def test_a_rename_is_to_the_name_or_to_the_previous_name_of_the_tokens_own_id(world: World) -> None:
    for owner, step in steps_of(world.plan(), Patch):
        target = step.changes.name
        if target is None:
            continue
        is_live = owner.live is not None and step.token.id == owner.live.id
        if is_live and not owner.creation:
            assert target == owner.declared.name
        else:
            event("a previous-name")
            assert target == f"{owner.declared.name} (previous {step.token.id[:8]})"


@holds()
@given(ANY_CLOCK)
def test_at_most_one_token_is_created_per_name_and_under_that_name(world: World) -> None:
    for one in world.plan().tokens:
        new = [step.new.name for step in one.steps if isinstance(step, Create)]
        assert new in ([], [one.declared.name])


@holds()
@given(ANY_CLOCK)
def test_a_plan_with_a_failure_has_no_step_and_names_its_token(world: World) -> None:
    for one in world.plan().tokens:
        if one.failure is None:
            continue
        event("a failure")
        assert one.steps == ()
        assert repr(one.declared.name) in one.failure


@holds()
@given(ANY_CLOCK)
def test_a_declared_absent_token_gets_no_step_but_deletions(world: World) -> None:
    for one in world.plan().tokens:
        if one.declared.state == "absent":
            assert all(isinstance(step, Delete) for step in one.steps)


@holds()
@given(ANY_CLOCK)
def test_no_name_is_borne_twice_after_any_step(world: World) -> None:
    """The fake API refuses a taken name; that its tokens are unique is looked at nevertheless."""
    for state in carry_out(world.plan().steps(), world.api()):
        names = [one.name for one in state]
        assert len(names) == len(set(names))


@holds()
@given(ANY_CLOCK)
def test_every_successor_has_the_declared_values_and_else_those_of_the_token_that_it_replaces(world: World) -> None:
    for owner, step in steps_of(world.plan(), Create):
        new, declared, live = step.new, owner.declared, owner.live
        assert declared.scope is None or new.scope == declared.scope
        assert declared.access_token_validity_seconds in (None, new.access_token_validity_seconds)
        if declared.scope is None and owner.family:
            assert new.scope in [member.scope for member in ([live] if live else owner.family)]
        assert new.expiration_date is None or new.expiration_date > NOW
        assert new.never_expires == declared.never_expires


@holds()
@given(ANY_CLOCK)
def test_the_order_of_the_list_decides_nothing(world: World) -> None:
    turned = replace(world, present=tuple(reversed(world.present))).plan()
    assert [sorted(shown(one.steps)) for one in turned.tokens] == [sorted(shown(o.steps)) for o in world.plan().tokens]


@holds()
@given(worlds())
def test_p1_once_the_plan_is_carried_out_there_is_nothing_left_to_do(world: World) -> None:
    """Left out: rotate always; with overlap 0 a replaced token's turn comes with the next run; what failed or waits."""
    api, plan = world.api(), world.plan()
    carry_out(plan.steps(), api)
    declared = [stored(one, api) for one in plan.tokens]
    again = make_plan(declared, tuple(api.tokens.values()), world.facts)
    for first, second in zip(plan.tokens, again.tokens):
        if first.failure or first.deferred or first.declared.rotate == "always":
            continue
        steps = second.steps
        if first.declared.overlap == timedelta():
            steps = tuple(step for step in steps if not isinstance(step, Delete))
        event("had steps" if first.steps else "had none")
        assert second.failure is None
        assert steps == ()


def stored(plan: TokenPlan, api: FakeApi) -> Declared:
    """Return the declaration with the store as the run leaves it."""
    declared = plan.declared
    if declared.stored_client_id is None or plan.failure:
        return declared
    if declared.state == "absent":
        return replace(declared, stored_client_id="")
    if any(isinstance(step, Create) for step in plan.steps):
        return replace(declared, stored_client_id=api.named(declared.name or "").id)
    return declared


@holds()
@given(worlds())
def test_p1_the_real_run_leaves_nothing_to_do_either(world: World) -> None:
    api = world.api()
    settings_of_run = run(version=world.facts.version, own_id=world.facts.own_id, max_tokens=world.facts.max_tokens)
    outcomes = reconcile(api, world.declared, settings_of_run)
    declared = [
        replace(o.declared, stored_client_id=o.live.id if o.live else "")
        if o.declared.stored_client_id is not None and not o.failure
        else o.declared
        for o in outcomes
    ]
    api.calls.clear()
    again = reconcile(api, declared, settings_of_run)
    # The store of an absent one may have named a token of another's family, which nothing spares any more.
    released = {o.declared.stored_client_id for o in outcomes if o.declared.state == "absent"}
    settled = [
        not (o.failure or o.plan.deferred or o.declared.rotate == "always" or {t.id for t in o.plan.family} & released)
        and bool(o.declared.overlap)
        for o in outcomes
    ]
    event(f"{sum(settled)} of {len(settled)} settled")
    assert [outcome.done for outcome, is_settled in zip(again, settled) if is_settled] == [[]] * sum(settled)
    assert api.calls == ["list"] or not all(settled)


@holds()
@given(worlds())
def test_p2_check_mode_tells_what_the_real_run_does_and_writes_nothing(world: World) -> None:
    told_api, real_api = world.api(), world.api()
    values = {"version": world.facts.version, "own_id": world.facts.own_id, "max_tokens": world.facts.max_tokens}
    told = reconcile(told_api, world.declared, run(check_mode=True, **values))
    real = reconcile(real_api, world.declared, run(**values))
    assert told_api.calls == ["list"]
    assert sum(len(outcome.done) for outcome in real) == len(real_api.writes)
    for one, other in zip(told, real):
        # The id of a token that is yet to be made is the one thing that no plan can tell.
        made = [replace(step, made=None) if isinstance(step, Create) else step for step in other.done]
        assert one.done == made
        assert (one.failure, one.plan) == (other.failure, other.plan)
        assert one.live == (None if other.created else other.live)
