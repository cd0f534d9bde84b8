# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the free slots of the quota are shared out, and what becomes of those that get none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import (
    GONE,
    all_steps,
    declare,
    facts,
    plan_of,
    shown,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW, days, hours, id_of, previous, token

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
    replaced = token(2, previous(2), age=days(40), used=hours(1))
    plan = plan_of(declare(rotate_after=days(5)), token(1, age=days(6)), replaced, *others(3), max_tokens=3)
    assert plan.steps == ()
    assert plan.failure is None
    assert "rotate_after" in (plan.deferred or "")
    waits = [warning for warning in plan.warnings if "waits" in warning]
    assert len(waits) == 1
    assert "'NAME'" in waits[0]


def test_quota_what_will_expire_before_there_is_a_slot_is_told_once_with_what_could_go() -> None:
    plan = plan_of(declare(rotate_after=days(20)), token(1), *others(2, 3), max_tokens=3)
    assert plan.steps == ()
    assert plan.warnings == ()
    assert "rotate_after" in (plan.deferred or "")
    for part in ("it will expire on", id_of(2), id_of(3)):
        assert part in (plan.doomed or "")


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


def test_quota_an_expired_one_that_cannot_be_made_fails_and_is_cleaned_up_all_the_same() -> None:
    """The run's own expired token is not deleted for its slot, and what P5 allows does not make enough room."""
    present = [token(1, expires=-days(1)), token(2, previous(2), age=days(300)), *others(3, 4)]
    plan = plan_of(declare(), *present, max_tokens=3, own_id=id_of(1))
    assert plan.failure is not None
    assert shown(plan.steps) == ["delete 2"]


def test_quota_never_names_a_live_token_as_one_that_could_go() -> None:
    declared = [declare("MISSING"), declare("LIVE")]
    plan = make_plan(declared, [token(1, "LIVE"), *others(2)], facts(max_tokens=2))
    assert id_of(2) in (plan.tokens[0].failure or "")
    assert id_of(1) not in (plan.tokens[0].failure or "")


def test_quota_never_names_what_may_be_the_live_token_of_a_declaration_that_failed() -> None:
    declared = [declare("MISSING"), declare("LIVE", refusal="the store cannot be read")]
    plan = make_plan(declared, [token(1, "LIVE"), *others(2)], facts(max_tokens=2))
    assert id_of(2) in (plan.tokens[0].failure or "")
    assert id_of(1) not in (plan.tokens[0].failure or "")


def test_quota_one_expired_token_gives_its_slot_once() -> None:
    declared = [declare("NEW"), declare("DEAD", stored_client_id="", adopt=True)]
    dead = token(1, "DEAD", age=days(100), used=days(50), expires=-days(1))
    plan = make_plan(declared, [dead, *others(2)], facts(max_tokens=2))
    assert all_steps(plan) == ["delete 1", "create DEAD"]
    assert "all 2 tokens of the owner are in use" in (plan.tokens[0].failure or "")


@pytest.mark.parametrize(("left", "told"), [(31, None), (20, "warning"), (8, "doomed"), (1, "doomed")])
def test_quota_a_takeover_that_waits_tells_of_the_end_of_its_token(left: int, told: str | None) -> None:
    hand_made = token(1, "HAND MADE", age=days(100), used=hours(1), expires=days(left))
    plan = make_plan(
        [declare("HAND MADE", stored_client_id="", adopt=True)], [hand_made, *others(2)], facts(max_tokens=2)
    )
    (one,) = plan.tokens
    assert one.steps == ()
    text = f"{id_of(1)}) expires on "
    assert (text in (one.doomed or "")) is (told == "doomed")
    assert any(text in warning for warning in one.warnings) is (told == "warning")


def test_quota_never_names_what_this_run_deletes_as_what_could_go() -> None:
    declared = [declare("A"), declare("B"), declare("C")]
    present = [token(1, "A"), token(2, previous(2, "A"), age=days(300)), *others(3)]
    plan = make_plan(declared, present, facts(max_tokens=3))
    assert all_steps(plan) == ["delete 2", "create B"]
    assert id_of(3) in (plan.tokens[2].failure or "")
    assert id_of(2) not in (plan.tokens[2].failure or "")


def test_quota_the_familys_own_remnant_gives_way_first() -> None:
    declared = [declare("OTHER", stored_client_id=id_of(1)), declare("DUE", stored_client_id=id_of(2), rotate="always")]
    left = [token(10 + n, previous(10 + n, name), age=days(2), used=days(2)) for n, name in enumerate(("OTHER", "DUE"))]
    plan = make_plan(declared, [token(1, "OTHER"), token(2, "DUE"), *left], facts(max_tokens=4))
    assert [step for step in all_steps(plan) if step.startswith("delete")] == ["delete 11"]


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


def test_quota_a_token_that_fails_for_lack_of_a_slot_leaves_its_own_to_a_neighbour() -> None:
    """A is missing and takes the slot that B's clean-up frees; B, expired and the run's own, finds none."""
    declared = [declare("A"), declare("B")]
    present = [token(1, "B", expires=-days(1)), token(2, previous(2, "B"), age=days(300))]
    plan = make_plan(declared, present, facts(max_tokens=2, own_id=id_of(1)))
    assert plan.tokens[1].failure is not None
    assert all_steps(plan) == ["delete 2", "create A"]


OLD = token(20, previous(20, "X"), age=days(250), used=days(200), expires=None)
"""Its time has come."""

NEWER = token(21, "X", age=days(20), used=hours(5), expires=days(88))


@pytest.mark.parametrize(
    ("x", "beside"),
    [
        (
            declare("X", stored_client_id=id_of(2), stored_is_dead=True),
            [token(2, "X"), token(21, previous(21, "X"), age=hours(12), used=hours(12))],
        ),
        (declare("X", stored_client_id=id_of(2), stored_is_dead=True, adopt=True), [token(2, previous(2, "X")), NEWER]),
        (declare("X", stored_client_id=id_of(2), rotate="always"), [token(2, "X")]),
    ],
    ids=["its last attempt failed", "another store keeps the name", "its rotation is ordered"],
)
def test_quota_a_slot_is_left_to_one_of_two_and_not_to_nobody(x: Declared, beside: list[Token]) -> None:
    d = token(1, "D", age=days(85), expires=days(5))
    declared = [declare("D", rotate_before=days(14), stored_client_id=id_of(1)), x]
    plan = make_plan(declared, [d, OLD, *beside], facts(max_tokens=2 + len(beside)))
    assert all_steps(plan) == ["delete 20", "patch 1 name=D (previous 00000001)", "create D"]
    assert plan.tokens[1].failure is not None


def test_quota_one_slot_is_given_once_where_the_token_that_frees_it_fails() -> None:
    declared = [
        declare("Z", stored_client_id=id_of(1)),
        declare("X", rotate="always", stored_client_id=id_of(2)),
        declare("Y", rotate_before=days(14), stored_client_id=id_of(3)),
    ]
    old = token(20, previous(20, "X"), age=days(200), used=days(100), expires=-days(1))
    z = token(1, "Z", age=days(91), expires=-hours(2))
    plan = make_plan(declared, [z, token(2, "X"), token(3, "Y", expires=days(13)), old], facts(max_tokens=4))
    assert all_steps(plan) == ["delete 20", "patch 1 name=Z (previous 00000001)", "create Z"]


def test_quota_what_bears_the_name_of_a_neighbour_loses_it_before_it_gives_its_slot_away() -> None:
    """B has lost its name to a token that a failed run left. A takes the slot of that one in the next run."""
    declared = [declare(name, rotate_before=days(14), stored_client_id=id_of(n)) for n, name in enumerate("AB", 1)]
    left = token(20, "B", age=days(3), used=days(3), expires=days(87))
    a, b = token(1, "A", expires=days(10)), token(2, previous(2, "B"), expires=days(60))
    renames = ["patch 20 name=B (previous 00000014)", "patch 2 name=B"]
    assert all_steps(make_plan(declared, [a, b, left], facts(max_tokens=3))) == renames
    left, b = replace(left, name=previous(20, "B")), replace(b, name="B")
    assert all_steps(make_plan(declared, [a, b, left], facts(max_tokens=3))) == [
        "delete 20",
        "patch 1 name=A (previous 00000001)",
        "create A",
    ]
    held = facts(max_tokens=3, held=frozenset([1]))
    assert "create A" in all_steps(make_plan(declared, [a, replace(b, name=previous(2, "B")), left], held))


def test_quota_what_its_family_renames_is_not_deleted_by_a_neighbour_in_the_same_run() -> None:
    """A is more urgent, but its last attempt failed: so it is made after B, which must not delete what it left."""
    declared = [
        declare("A", rotate_before=days(14), stored_client_id=id_of(1)),
        declare("B", stored_client_id="", adopt=True, overlap=days(0)),
    ]
    a, left = token(1, previous(1, "A"), expires=days(13)), token(10, "A", age=days(3), used=days(3), expires=days(87))
    plan = make_plan(
        declared, [a, left, token(2, "B", age=days(60), used=hours(5), expires=days(5))], facts(max_tokens=4)
    )
    assert all_steps(plan) == ["patch 10 name=A (previous 0000000a)", "create A"]
    assert plan.tokens[1].deferred is not None


def test_quota_the_slot_of_the_token_that_the_run_authenticates_with_is_not_counted() -> None:
    """It goes last, so that no creation can wait for it."""
    declared = [declare("A"), declare("B", state="absent")]
    plan = make_plan(declared, [token(1, "B")], facts(max_tokens=1, own_id=id_of(1)))
    assert all_steps(plan) == ["delete 1"]
    assert plan.tokens[0].failure is not None


def adopted(name: str, **options: Any) -> Declared:
    """Return the declaration of a token that somebody made by hand, for a store that holds nothing of it yet."""
    return declare(name, stored_client_id="", adopt=True, **options)


def test_quota_tokens_are_taken_over_as_slots_allow_the_soonest_to_expire_first_and_after_all_else() -> None:
    declared = [adopted("NEVER"), adopted("LATER"), adopted("SOONER"), declare("DUE", rotate_after=days(20))]
    present = [
        token(1, "NEVER", expires=None, used=days(1)),
        token(2, "LATER", expires=days(90), used=days(1)),
        token(3, "SOONER", expires=days(80), used=days(1)),
        token(4, "DUE"),
    ]
    created = [step for step in all_steps(make_plan(declared, present, facts(max_tokens=6))) if "create" in step]
    assert created == ["create DUE", "create SOONER"]


def test_quota_what_is_to_be_taken_over_waits_and_fails_nothing() -> None:
    plan = plan_of(adopted("NAME"), token(1, used=days(1)), *others(2, used=days(20)), max_tokens=2)
    assert plan.steps == ()
    assert plan.failure is None
    assert "its takeover waits" in (plan.deferred or "")
    (warning,) = plan.warnings
    assert "its takeover waits for a free slot" in warning
    assert "deletion" not in warning  # the others are in use too, or wait for the same


def test_quota_what_is_dead_or_expired_waits_for_nothing() -> None:
    expired = plan_of(adopted("NAME"), token(1, age=days(90), used=days(60), expires=-days(1)), max_tokens=1)
    assert shown(expired.steps) == ["delete 1", "create NAME"]
    gone = declare("NAME", stored_client_id=GONE, adopt=True)
    assert "must be created" in (plan_of(gone, token(1, used=days(1)), max_tokens=1).failure or "")


def test_quota_takeovers_that_wait_are_one_warning() -> None:
    declared = [adopted(name) for name in ("A", "B", "C")]
    present = [token(number, name, used=days(1)) for number, name in enumerate("ABC", 1)]
    plan = make_plan(declared, present, facts(max_tokens=3))
    assert all("its takeover waits" in (one.deferred or "") for one in plan.tokens)
    (warning,) = [warning for one in plan.tokens for warning in one.warnings]
    assert "; 2 more takeovers wait; the existing tokens keep working until then" in warning
