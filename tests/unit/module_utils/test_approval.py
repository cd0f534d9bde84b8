# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An approved plan: nothing else is done, whatever has become of the world since."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Callable

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Approved, Declared, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.names import (
    has_previous_suffix,
    previous_name,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.digest import declaration_digest
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.results import token_result
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.approval import approved_from
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.approval import not_needed
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.changes import scope_differs
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Create, Delete, Patch
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.views import step_view
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.outcome import Outcome, Outcomes
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.session import told_of
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi, lost_after, refused
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import FakeStore, kept_in, run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import ROTATION, declare
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import (
    NOW,
    V3,
    days,
    hours,
    id_of,
    previous,
    token,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.worlds import TOKENS, World, holds, token_of, worlds

Actions = tuple[Mapping[str, Any], ...]


def plan(api: FakeApi, *declared: Declared, kept: Sequence[Any] = (), **values: Any) -> Actions:
    """Return the actions that check mode tells, as they come back from a plan file."""
    outcomes = reconcile(api, declared, run(check_mode=True, **values), kept)
    assert not api.writes
    actions: list[dict[str, Any]] = [step_view(step) for outcome in outcomes for step in outcome.done]
    return tuple(json.loads(json.dumps(actions)))


def apply(api: FakeApi, declared: Declared, approved: Actions, **values: Any) -> Outcome:
    (outcome,) = reconcile(api, [declared], run(approved=Approved(approved), **values))
    return outcome


def test_what_was_approved_is_done_also_on_a_later_day() -> None:
    declared = declare(rotate_before=days(14), expires_in=days(60))
    api = FakeApi(token(1, expires=days(9)))
    approved = plan(api, declared)
    api.now += days(1)
    outcome = apply(api, declared, approved)
    assert outcome.failure is None
    assert api.writes == ROTATION
    assert api.named("NAME").expiration_date == api.now + days(60)


def test_a_step_that_was_not_approved_fails_its_token_before_the_first_write() -> None:
    declared = declare(scope=frozenset(["a:x"]), rotate_before=days(14), expires_in=days(60))
    api = FakeApi(token(1, scope=["b:y"], expires=days(30)))
    approved = plan(api, declared)
    api.now += days(20)
    outcome = apply(api, declared, approved)
    assert api.writes == []
    assert outcome.done == []
    assert outcome.failure == (
        "personal access token 'NAME': rotate 'NAME' (expires in 10 days, rotate_before is 14d; scope: +a:x -b:y): "
        "this was not approved; nothing was done to the token; plan again"
    )


DUE: dict[str, Any] = {"rotate_before": days(14), "expires_in": days(60)}


def by_night(api: FakeApi, declared: Declared) -> Outcome:
    (outcome,) = reconcile(api, [declared], run(approved=Approved(only_due=True)))
    return outcome


def test_a_night_rotates_what_is_due_and_deletes_what_was_replaced() -> None:
    api = FakeApi(token(1, expires=days(9)), token(2, previous(2), age=days(300)))
    outcome = by_night(api, declare(**DUE))
    assert outcome.failure is None
    assert [step_view(step)["action"] for step in outcome.done] == ["delete", "rename", "create"]


def test_the_clean_up_of_a_token_that_finds_no_slot_needs_an_approval_too() -> None:
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(3)]
    api = FakeApi(token(1), token(2, previous(2), age=days(300)), *others, max_tokens=9)
    outcome = apply(api, declare(rotate="always"), (), max_tokens=3)
    assert api.writes == []
    assert outcome.done == []
    assert "this was not approved" in (outcome.failure or "")


def test_a_night_gives_the_name_back_that_a_failed_rotation_has_taken() -> None:
    """Nobody has declared that. Without it, the token that is in use would stay without its name, night after night."""
    api = FakeApi(token(1, age=days(170), used=hours(5), expires=days(9)), max_tokens=2)
    store = FakeStore(api, id_of(1), fails="write")
    declared = declare(rotate_before=days(14), stored_client_id=id_of(1))

    def night() -> Outcome:
        rules = run(max_tokens=2, approved=Approved(only_due=True))
        (outcome,) = reconcile(api, [declared], rules, [kept_in(store)])
        return outcome

    assert "its credentials may not be in the store" in (night().failure or "")
    assert api.named("NAME").id != id_of(1)
    store.fails, api.now = "", NOW + hours(1) / 2
    api.tokens[id_of(1)] = replace(api.tokens[id_of(1)], last_used=api.now)
    outcome = night()
    assert api.named("NAME").id == id_of(1)
    assert outcome.failure is None
    assert outcome.plan.deferred is not None


def test_a_night_replaces_a_token_that_has_expired_also_where_its_credentials_are_proved() -> None:
    api = FakeApi(token(1, age=days(181), expires=-days(1)))
    store = FakeStore(api, id_of(1))
    declared = declare(stored_client_id=id_of(1), verify="always", rotate_before=days(14))
    (outcome,) = reconcile(api, [declared], run(approved=Approved(only_due=True)), [kept_in(store)])
    assert outcome.failure is None
    assert store.works


def full_but_for_a_deletion() -> FakeApi:
    """Return an API of three tokens, and no slot free: A is due, and B has replaced a token that may go."""
    return FakeApi(
        token(1, "A", age=days(170), used=hours(5), expires=days(9)),
        token(2, "B", age=days(60), used=hours(5)),
        token(3, previous(3, "B"), age=days(200), used=days(100)),
        max_tokens=3,
    )


def test_no_slot_is_promised_by_a_deletion_that_waits_for_an_approval() -> None:
    """Or the rotation that counts on it would take a name, be refused, and give the name back, every night."""
    api = full_but_for_a_deletion()
    declared = [
        declare("A", rotate_before=days(14), stored_client_id=id_of(1)),
        declare("B", scope=frozenset(["a:x"]), stored_client_id=id_of(2)),
    ]
    rules = run(max_tokens=3, approved=Approved(only_due=True))
    waiting, held = reconcile(api, declared, rules)
    assert api.writes == []
    assert "all 3 tokens of the owner are in use" in (waiting.plan.deferred or "")
    assert "scope: +a:x -sp:scopes:all" in (held.failure or "")
    assert "this is more than what is due" in (held.failure or "")


def test_no_slot_is_promised_by_a_deletion_that_waits_for_the_move_of_an_entry() -> None:
    api = full_but_for_a_deletion()
    kept = [kept_in(FakeStore(api, id_of(1))), kept_in(FakeStore(api), FakeStore(api, id_of(2), where="file OLD"))]
    declared = [
        declare("A", rotate_before=days(14), stored_client_id=id_of(1)),
        declare("B", renamed_from=("OLD",), stored_client_id=id_of(2)),
    ]
    waiting, held = reconcile(api, declared, run(max_tokens=3, approved=Approved(only_due=True)), kept)
    assert api.writes == []
    assert "all 3 tokens of the owner are in use" in (waiting.plan.deferred or "")
    assert "move 'B' (file OLD becomes file FAKE): this is more than what is due" in (held.failure or "")


def test_no_slot_is_kept_by_night_for_a_create_that_waits_for_an_approval() -> None:
    """Or a token would die for one that nobody makes, and be told that all slots are in use."""
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(8)]
    api = FakeApi(token(1, "A", age=days(170), used=hours(5), expires=days(9)), *others)
    declared = [declare("A", rotate_before=days(14), stored_client_id=id_of(1)), declare("NEW")]
    rotated, held = reconcile(api, declared, run(approved=Approved(only_due=True)))
    assert rotated.failure is None
    assert "create A" in api.writes
    assert "this is more than what is due" in (held.failure or "")


def test_an_approved_rotation_is_carried_out_as_it_was_approved_beside_a_create_that_waits_for_an_approval() -> None:
    """If the create took the slot, the rotation would need that of a remnant: a step that nobody has approved."""
    due = declare("A", rotate_before=days(14), stored_client_id=id_of(1))
    left = token(2, previous(2, "A"), age=days(4), used=days(4) - hours(1) / 2)
    tokens = [token(1, "A", age=days(170), used=hours(5), expires=days(9)), left]
    approved = plan(FakeApi(*tokens), due, max_tokens=3)
    api = FakeApi(*tokens)
    rotated, held = reconcile(api, [due, declare("NEW")], run(max_tokens=3, approved=Approved(actions=approved)))
    assert rotated.failure is None
    assert api.writes == ["patch 1 name=A (previous 00000001)", "create A"]
    assert "this was not approved" in (held.failure or "")


def test_neither_slot_of_a_token_that_is_held_counts() -> None:
    """B would delete a token and make another: it does neither, so A has the slot that is free."""
    api = FakeApi(
        token(1, "A", age=days(170), used=hours(5), expires=days(9)),
        token(3, previous(3, "B"), age=days(200), used=days(100)),
        token(4, "B", age=days(100), used=hours(5), expires=days(9)),
        max_tokens=4,
    )
    declared = [
        declare("A", rotate_before=days(14), stored_client_id=id_of(1)),
        declare("B", rotate_before=days(14), scope=frozenset(["a:x"]), stored_client_id=id_of(4)),
        declare("C", rotate_before=days(14)),
    ]
    rules = run(max_tokens=4, approved=Approved(only_due=True))
    rotated, held, missing = reconcile(api, declared, rules)
    assert rotated.failure is None
    assert api.writes == ["patch 1 name=A (previous 00000001)", "create A"]
    assert held.done == missing.done == []


def test_the_end_of_a_token_is_told_with_what_waits_for_an_approval() -> None:
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(9)]
    api = FakeApi(token(1, age=days(80), used=hours(1), expires=days(3)), *others)
    declared = declare(expires_in=days(90), rotate_before=days(14), access_token_validity_seconds=600)
    declared = replace(declared, renamed_from=(), scope=frozenset(["a:x"]), stored_client_id=id_of(1))
    failure = by_night(api, declared).failure or ""
    assert "this is more than what is due, and only_due allows nothing else; nothing was done to the token; " in failure
    assert "plan again; it will expire on" in failure
    assert failure.count("personal access token 'NAME'") == 1


def test_a_lost_create_is_told_where_what_follows_it_was_not_approved() -> None:
    api = FakeApi(token(1, age=days(170), used=hours(5), expires=days(9)))
    store = FakeStore(api, id_of(1))
    declared = declare(rotate_before=days(14), stored_client_id=id_of(1))
    (planned,) = reconcile(api, [declared], run(check_mode=True), [kept_in(store)])
    approved = Approved(tuple(step_view(step) for step in planned.done))
    api.on("create", lost_after)
    (outcome,) = reconcile(api, [declared], run(approved=approved), [kept_in(store)])
    failure = outcome.failure or ""
    assert "lost" in failure
    assert failure.index("lost") < failure.index("this was not approved")


@pytest.mark.parametrize(
    ("present", "declared", "told"),
    [
        ([], declare(), "create 'NAME' (it does not exist)"),
        ([token(1)], declare(state="absent"), "delete 'NAME' (state is absent)"),
        ([token(1)], declare(scope=frozenset(["a:x"])), "patch 'NAME', scope: +a:x -sp:scopes:all (scope differs)"),
        ([token(1, "OLD")], declare(renamed_from=("OLD",)), "rename 'OLD' (it is declared as 'NAME')"),
    ],
    ids=["new", "absent", "scope", "name"],
)
def test_a_night_does_nothing_that_somebody_declared_and_nobody_approved(
    present: list[Token], declared: Declared, told: str
) -> None:
    api = FakeApi(*present)
    failure = by_night(api, declared).failure or ""
    assert api.writes == []
    assert f"{told}: this is more than what is due, and only_due allows nothing else; nothing was done" in failure


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"scope": frozenset(["a:x"])}, "rotate 'NAME' (expires in 9 days, rotate_before is 14d; scope: +a:x -b:y): "),
        ({"renamed_from": ("OLD",)}, "rename 'OLD' (frees the name for its successor): "),
        ({"never_expires": True, "expires_in": None, "rotate_after": days(20)}, "expiration_date: '2026-"),
    ],
    ids=["another scope", "another name", "no end"],
)
def test_a_rotation_that_is_due_brings_nothing_with_it_that_nobody_approved(change: dict[str, Any], told: str) -> None:
    name = "OLD" if "renamed_from" in change else "NAME"
    api = FakeApi(token(1, name, scope=["b:y"], expires=days(9)))
    failure = by_night(api, declare(**{**DUE, **change})).failure or ""
    assert told in failure
    assert "only_due" in failure
    assert api.writes == []


def test_a_rotation_that_is_due_gives_no_end_that_nobody_approved_to_a_token_without_one() -> None:
    api = FakeApi(token(1, age=days(100), expires=None))
    failure = by_night(api, declare(rotate_after=days(90), expires_in=days(10))).failure or ""
    assert "rotate_after is 90d; expiration_date: none -> '" in failure
    assert "only_due" in failure
    assert api.writes == []


def test_a_night_rotates_nothing_for_a_rotate_always_that_nobody_approved() -> None:
    api = FakeApi(token(1))
    failure = by_night(api, declare(rotate="always", **DUE)).failure or ""
    assert api.writes == []
    assert "only_due" in failure
    api = FakeApi(token(1, expires=days(9)))
    assert by_night(api, declare(rotate="always", **DUE)).failure is None
    assert api.writes == ROTATION


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (days(150), f"rename 'NAME' (frees the name for {id_of(1)}, the one in use)"),
        (
            days(9),
            f"rotate 'NAME' (expires in 9 days, rotate_before is 14d; it takes the name from 'NAME' ({id_of(2)}))",
        ),
    ],
    ids=["the name alone", "with a rotation"],
)
def test_a_night_takes_no_name_from_a_token_in_use_for_an_adopt_that_nobody_approved(
    left: timedelta, told: str
) -> None:
    live = token(1, previous(1), age=days(30), used=hours(1), expires=left)
    api = FakeApi(live, token(2, age=days(20), used=hours(1)))
    declared = declare(stored_client_id=id_of(1), adopt=True, **DUE)
    failure = by_night(api, declared).failure or ""
    assert f"{told}: this is more than what is due, and only_due" in failure
    assert api.writes == []


def test_a_turn_that_has_come_brings_no_scope_with_it_that_nobody_approved() -> None:
    """Three of one short life share a slot, so the first has to begin at once."""
    tokens = [token(n, f"CI {n}", age=days(1), used=hours(1), expires=days(12), scope=["b:y"]) for n in (1, 2, 3)]
    api = FakeApi(*tokens, *[token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(6)])
    short: dict[str, Any] = {"expires_in": days(13), "rotate_before": days(3), "overlap": days(2)}
    declared = [declare(f"CI {n}", scope=frozenset(["a:x"]), stored_client_id=id_of(n), **short) for n in (1, 2, 3)]
    first, *_others = reconcile(api, declared, run(approved=Approved(only_due=True)))
    assert api.writes == []
    assert "its turn has come" in (first.failure or "")
    assert "only_due" in (first.failure or "")
    declared = [replace(one, scope=None) for one in declared]
    reconcile(api, declared, run(approved=Approved(only_due=True)))
    assert "create CI 1" in api.writes


def test_a_patch_that_was_not_approved_is_told_with_its_values() -> None:
    declared = declare(scope=frozenset(["a:x"]))
    approved = plan(FakeApi(token(1)), declared)
    outcome = apply(FakeApi(token(1, scope=["a:x", "b:y"])), declared, approved)
    assert outcome.failure == (
        "personal access token 'NAME': patch 'NAME', scope: -b:y (scope differs): this was not approved "
        "(approved: scope: +a:x -sp:scopes:all); nothing was done to the token; plan again"
    )


@pytest.mark.parametrize(
    ("was", "told"),
    [
        (token(1, scope=["b:y"]), "(approved: scope: +a:x -b:y)"),
        (token(2, scope=["c:z"]), f"(approved: for {id_of(2)}, not for {id_of(1)})"),
    ],
    ids=["another value", "another token"],
)
def test_what_was_approved_instead_is_told(was: Token, told: str) -> None:
    declared = declare(scope=frozenset(["a:x"]))
    approved = plan(FakeApi(was), declared)
    failure = apply(FakeApi(token(1, scope=["c:z"])), declared, approved).failure or ""
    assert f"this was not approved {told}; nothing was done to the token; plan again" in failure


def test_what_was_approved_for_a_new_token_and_is_another_now_is_told() -> None:
    declared = declare(rotate="always")
    approved = plan(FakeApi(token(1, scope=["b:y"], validity=600)), declared)
    failure = apply(FakeApi(token(1, scope=["a:x", "c:z"], validity=600)), declared, approved).failure or ""
    told = "create 'NAME' (rotate is always): this was not approved (approved: scope b:y; now: scope a:x c:z);"
    assert told in failure
    approved = plan(FakeApi(token(1, scope=["b:y"], validity=600)), declared)
    failure = apply(FakeApi(token(1, scope=["b:y"], validity=900)), declared, approved).failure or ""
    assert "(approved: access_token_validity_seconds 600; now: access_token_validity_seconds 900);" in failure


def test_a_deletion_of_another_token_than_the_approved_one_is_told_with_both() -> None:
    declared = declare(state="absent")
    approved = plan(FakeApi(token(1)), declared)
    failure = apply(FakeApi(token(2)), declared, approved).failure or ""
    assert f"this was not approved (approved: for {id_of(1)}, not for {id_of(2)});" in failure


def test_an_approval_with_odd_values_stops_nothing_but_its_token() -> None:
    odd = {"action": "patch", "name": "NAME", "id": id_of(1), "changes": {"scope": {"before": 5, "after": ["a:x"]}}}
    outcome = apply(FakeApi(token(1)), declare(scope=frozenset(["a:x"])), (odd,))
    assert "this was not approved (approved: scope: +a:x)" in (outcome.failure or "")


def test_others_go_on() -> None:
    declared = [declare("A"), declare("B")]
    approved = plan(FakeApi(token(1, "A")), *declared)
    api = FakeApi()
    first, second = reconcile(api, declared, run(approved=Approved(approved)))
    assert first.failure is not None
    assert second.failure is None
    assert api.writes == ["create B"]


@pytest.mark.parametrize(
    ("scope", "name"), [(["b:y", "c:z"], "NAME"), (["b:y"], "OLD")], ids=["another scope before", "another name before"]
)
def test_a_patch_from_another_value_is_another_step(scope: list[str], name: str) -> None:
    declared = declare(scope=frozenset(["a:x"]), renamed_from=("OLD",))
    approved = plan(FakeApi(token(1, scope=["b:y"])), declared)
    api = FakeApi(token(1, name, scope=scope))
    assert apply(api, declared, approved).failure is not None
    assert api.writes == []


def test_the_scope_that_a_new_token_takes_over_is_part_of_what_was_approved() -> None:
    declared = declare(rotate="always")
    approved = plan(FakeApi(token(1, scope=["b:y"])), declared)
    api = FakeApi(token(1, scope=["sp:scopes:all"]))
    assert apply(api, declared, approved).failure is not None
    assert api.writes == []


def test_an_expired_token_is_not_deleted_in_place_of_the_rename_that_was_approved() -> None:
    declared = declare()
    api = FakeApi(token(1, expires=-days(1)))
    approved = plan(api, declared)
    api.on("patch", refused(400))
    assert apply(api, declared, approved).failure is not None
    assert [call for call in api.writes if call.startswith("delete")] == []


def test_a_lost_create_is_not_healed_by_steps_that_nobody_approved() -> None:
    declared = declare()
    api = FakeApi()
    approved = plan(api, declared)
    api.on("create", lost_after)
    outcome = apply(api, declared, approved)
    assert api.writes == ["create NAME"]
    assert outcome.failure is not None
    assert "was not approved" in outcome.failure


def test_the_removal_of_an_entry_has_to_be_approved_too() -> None:
    api = FakeApi(token(1))
    store = FakeStore(api, id_of(1))
    declared = declare(state="absent", stored_client_id=id_of(1))
    approved = plan(api, declared, kept=[kept_in(store)])
    assert [action["action"] for action in approved] == ["forget", "delete"]
    (outcome,) = reconcile(api, [declared], run(approved=Approved(approved[1:])), [kept_in(store)])
    assert outcome.failure is not None
    assert api.writes == []
    (outcome,) = reconcile(api, [declared], run(approved=Approved(approved)), [kept_in(store)])
    assert outcome.failure is None
    assert api.writes == ["delete 1"]


def test_a_plan_for_another_identity_is_refused_since_a_create_has_no_id_that_would_tell() -> None:
    declared = declare()
    api = FakeApi(token(1, "BOOTSTRAP"))
    approved = plan(api, declared)
    with pytest.raises(DeclarationError, match="the plan is for the tokens of identity somebody-else, and this run is"):
        reconcile(api, [declared], run(approved=Approved(approved, "somebody-else")))
    assert api.writes == []
    outcomes = reconcile(api, [declared], run(approved=Approved(approved, token(1).owner.id)))
    assert outcomes.owner_id == token(1).owner.id
    assert api.writes == ["create NAME"]


def test_check_mode_compares_too() -> None:
    assert apply(FakeApi(), declare(), (), check_mode=True).failure is not None


def test_what_is_not_needed_any_more_is_told() -> None:
    declared = declare(scope=frozenset(["a:x"]))
    api = FakeApi(token(1, scope=["b:y"]))
    approved = plan(api, declared)
    assert not_needed(approved, []) == list(approved)
    api.tokens[id_of(1)] = replace(token(1), scope=frozenset(["a:x"]))
    outcome = apply(api, declared, approved)
    assert outcome.failure is None
    assert [action["name"] for action in not_needed(approved, outcome.done)] == ["NAME"]


def test_what_a_token_that_failed_still_needs_is_not_told_as_not_needed() -> None:
    declared = declare(renamed_from=("OLD",), rotate_before=days(14), expires_in=days(60))
    approved = plan(FakeApi(token(1, "OLD", expires=days(9))), declared)
    api = FakeApi(token(1, "OLD", expires=days(9), scope=["z:z"]))
    outcome = apply(api, declared, approved)
    assert outcome.failure is not None
    assert told_of(Outcomes([outcome]), approved) == ()


def test_a_deletion_for_the_slot_of_a_token_that_failed_is_not_told_as_not_needed() -> None:
    due = declare("A", rotate_before=days(14), expires_in=days(90), stored_client_id=id_of(1))
    neighbour = declare("B", stored_client_id=id_of(2))

    def attempt(fails: str, approved: tuple[dict[str, Any], ...] | None) -> Outcomes:
        a = token(1, "A", age=days(80), used=hours(5), expires=days(9))
        b = token(2, "B", age=days(4), used=hours(5), expires=days(100))
        left = token(3, previous(3, "B"), age=days(6), used=days(6), expires=days(100))
        api = FakeApi(a, b, left, max_tokens=3)
        kept = [kept_in(FakeStore(api, id_of(1), fails=fails)), kept_in(FakeStore(api, id_of(2)))]
        limits = None if approved is None else Approved(approved)
        return reconcile(api, [due, neighbour], run(max_tokens=3, approved=limits, check_mode=limits is None), kept)

    actions = tuple(step_view(step) for outcome in attempt("", None) for step in outcome.done)
    assert previous(3, "B") in [action["name"] for action in actions]
    failed, _b = outcomes = attempt("prepare", actions)
    assert failed.failure is not None
    assert told_of(outcomes, actions) == ()


def test_what_a_rotation_that_waits_still_needs_is_not_told_as_not_needed() -> None:
    due = declare("A", rotate_before=days(25), expires_in=days(90), stored_client_id=id_of(1))

    def attempt(*others: Token, approved: Approved | None = None) -> Outcomes:
        api = FakeApi(token(1, "A", age=days(70), used=hours(5), expires=days(20)), *others, max_tokens=2)
        limits = {"max_tokens": 2, "approved": approved, "check_mode": approved is None}
        return reconcile(api, [due], run(**limits), [kept_in(FakeStore(api, id_of(1)))])

    actions = tuple(step_view(step) for outcome in attempt() for step in outcome.done)
    goes_soon = token(9, previous(9, "Q"), age=days(20), used=days(7), expires=days(50))
    outcomes = attempt(goes_soon, approved=Approved(actions))
    assert (outcomes[0].failure, outcomes[0].plan.deferred is None) == (None, False)
    assert told_of(outcomes, actions) == ()


def test_a_name_that_is_given_back_is_a_matter_of_time() -> None:
    """A night does it by itself, so whoever ignores what time brings does not want to hear of it."""
    api = FakeApi(token(1, previous(1), used=hours(5)))
    (outcome,) = reconcile(api, [declare(stored_client_id=id_of(1))], run(check_mode=True))
    (line,) = token_result(outcome)["plan"]
    assert (line["verb"], line["cause"]) == ("change", "time")


GIVEN: dict[str, Any] = {
    "base_url": "https://acme",
    "declaration": "sha256:1",
    "actions": [],
    "owner_id": None,
    "refusal": None,
}


def test_nothing_approved_is_not_the_same_as_no_approval() -> None:
    assert approved_from({"approved": None, "only_due": False}, "https://acme", "sha256:1") is None
    assert approved_from({"approved": None, "only_due": True}, "https://acme", "sha256:1") == Approved(only_due=True)
    assert approved_from({"approved": GIVEN, "only_due": False}, "https://acme", "sha256:1") == Approved(())
    with pytest.raises(DeclarationError, match="exclude each other"):
        approved_from({"approved": GIVEN, "only_due": True}, "https://acme", "sha256:1")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base_url": "https://other"}, "the plan is for https://other, and this run is for https://acme"),
        ({"refusal": "not in the plan"}, "not in the plan"),
        ({"declaration": "sha256:2"}, "what is declared is not what the plan was approved for"),
        ({"actions": [{"name": "X"}]}, "something other than the actions of a plan"),
        ({"actions": [{"name": "X", "action": "patch", "changes": {"scope": 1}}]}, "something other than the actions"),
        ({"actions": [{"name": "X", "action": "patch", "changes": [1]}]}, "something other than the actions"),
    ],
)
def test_a_plan_of_something_else_is_refused_at_once(change: dict[str, Any], words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        approved_from({"approved": {**GIVEN, **change}, "only_due": False}, "https://acme", "sha256:1")


OPTIONS: dict[str, Any] = {
    "base_url": "https://acme",
    "client_secret": "fake-secret",
    "store": {"hashi_vault": {"path": "isc/{key}", "token": "fake-token", "url": None}, "file": None},
    "personal_access_tokens": [{"name": "A", "scope": ["a:x"], "store": None}],
    "on_warning": "show",
}


def digest(**options: Any) -> str:
    return declaration_digest({**OPTIONS, **options}, PERSONAL_ACCESS_TOKEN_SET.argument_spec)


def test_the_digest_is_of_the_declaration_alone() -> None:
    same = {"client_secret": "fake-other", "on_warning": "report", "approved": GIVEN, "timeout": 99}
    assert digest(**same) == digest()
    vault = OPTIONS["store"]["hashi_vault"]
    assert digest(store={"hashi_vault": {**vault, "token": "fake-another"}}) == digest()
    assert digest(store={"hashi_vault": {**vault, "path": "other/{key}"}}) != digest()
    assert digest(prune=True) != digest()


def test_the_order_of_what_is_a_set_does_not_matter() -> None:
    """The filter union of ansible-core returns another order in each process."""

    def of(scope: list[Any], excluded: list[str]) -> str:
        return digest(personal_access_tokens=[{"name": "A", "scope": scope}], scope=scope, prune_exclude=excluded)

    assert of(["a:x", "b:y"], ["C*", "D*"]) == of(["b:y", "a:x"], ["D*", "C*"])
    assert of(["a:x", "b:y"], []) != of(["a:x"], [])
    assert of(["a:x", {"b": "y"}], []) != of(["a:x"], [])
    argv = {"name": "a", "read": ["read", "it"], "write": ["write"], "remove": ["rm"]}
    assert digest(store={"command": argv}) != digest(store={"command": {**argv, "read": ["it", "read"]}})


def test_no_secret_of_a_tokens_own_store_is_in_the_digest() -> None:
    def of(secret: str) -> str:
        store = {"hashi_vault": {"path": "isc/a", "token": secret}}
        return digest(personal_access_tokens=[{"name": "A", "store": store}])

    assert of("fake-1") == of("fake-2")
    assert of("fake-1") != digest(personal_access_tokens=[{"name": "A", "store": {"file": {"path": "/a"}}}])


@pytest.mark.parametrize(
    "written", [str, json.dumps, "path=isc/a token={0[token]}".format], ids=["repr", "JSON", "k=v"]
)
def test_nor_is_one_in_options_that_are_given_as_a_text(written: Callable[[Any], str]) -> None:
    def of(secret: str, path: str = "isc/a") -> str:
        options = written({"path": path, "token": secret})
        return digest(personal_access_tokens=[{"name": "A", "store": {"hashi_vault": options}}])

    assert of("fake-1") == of("fake-2")


@st.composite
def changed_worlds(draw: st.DrawFn) -> tuple[World, World]:
    """Return a world, and what has become of it when its plan is applied: tokens gone, made, changed, and time."""
    before = draw(worlds())
    tokens: dict[str, Token] = {}
    for one in before.present:
        fate = draw(st.sampled_from(["stays"] * 6 + ["goes", "other scope", "used"]))
        if fate == "other scope":
            one = replace(one, scope=frozenset(["z:z"]))
        elif fate == "used":
            one = replace(one, last_used=NOW)
        if fate != "goes":
            tokens[one.name] = one
    for number, row in enumerate(draw(st.lists(TOKENS, max_size=2)), 100):
        made = token_of(number, row)
        tokens.setdefault(made.name, made)
    later = NOW + draw(st.sampled_from([hours(0), hours(1), days(1), days(10)]))
    settled = replace(before.facts, now=later)
    return before, World(before.declared, tuple(tokens.values()), settled)


@holds(400)
@given(changed_worlds())
def test_never_a_step_that_was_not_approved_and_never_a_token_that_no_plan_finishes(pair: tuple[World, World]) -> None:
    before, after = pair
    rules: dict[str, Any] = {"version": before.facts.version, "own_id": before.facts.own_id}
    rules["max_tokens"] = before.facts.max_tokens
    approved = plan(before.api(), *before.declared, **rules)
    api = after.api(now=after.facts.now)
    outcomes = reconcile(api, after.declared, run(approved=Approved(approved), **rules))
    allowed = [essence_of(action) for action in approved]
    for outcome in outcomes:
        for step in outcome.done:
            event("a step was done")
            assert essence_of(step_view(step)) in allowed
        if outcome.failure is not None and "not approved" in outcome.failure:
            event("a step was refused")
            assert outcome.done == []
    finish(api, after.declared, outcomes, rules)


@holds(400)
@given(worlds())
def test_never_a_step_by_night_that_time_does_not_bring(world: World) -> None:
    rules: dict[str, Any] = {"version": world.facts.version, "own_id": world.facts.own_id}
    rules["max_tokens"] = world.facts.max_tokens
    scopes = {key: one.scope for one in world.present for key in (one.name, one.id)}
    outcomes = reconcile(world.api(), world.declared, run(approved=Approved(only_due=True), **rules))
    for live, step in [(one.declared.stored_client_id, step) for one in outcomes for step in one.done]:
        event(f"a {type(step).__name__} was done")
        if isinstance(step, Create):
            assert not scope_differs(step.new.scope, scopes[live or step.new.name])
        if isinstance(step, (Create, Delete)):
            assert step.cause == "time"
        else:
            assert isinstance(step, Patch)
            changes = step_view(step)["changes"]
            after = changes["name"]["after"]
            assert set(changes) == {"name"}
            assert has_previous_suffix(after) or step.token.name == previous_name(after, step.token.id)


def finish(api: FakeApi, declared: Sequence[Declared], done: Sequence[Outcome], rules: Mapping[str, Any]) -> None:
    """Hold that runs which need no approval finish what is left: soon, one has nothing to do."""
    for number in range(6):  # where slots are short, a run waits for what the one before it has freed
        declared = [next_day(*pair) for pair in zip(declared, done)]
        done = reconcile(api, declared, run(**rules))
        if not any(outcome.done for outcome in done):
            event(f"finished after {number} runs")
            return
    raise AssertionError("the runs come to no end")


def next_day(declared: Declared, outcome: Outcome) -> Declared:
    """Return what the next run knows: its store holds the token that the last one left live."""
    rotate = "when_due" if declared.rotate == "always" else declared.rotate
    if declared.stored_client_id is None or outcome.live is None:
        return replace(declared, rotate=rotate)
    return replace(declared, rotate=rotate, stored_client_id=outcome.live.id, stored_is_dead=False)


def essence_of(action: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what a person approves of a step: what is done to which token, and every value but a date to come."""
    values = action.get("changes") or {}
    kept = {
        field: {side: value for side, value in change.items() if (field, side) != ("expiration_date", "after")}
        for field, change in values.items()
    }
    known = action.get("id") if action["action"] != "create" else None
    return action["action"], action["name"], known, json.dumps(kept, sort_keys=True)


def test_previous_tokens_that_may_go_by_now_wait_for_a_plan_of_their_own() -> None:
    declared = declare(overlap=days(7))
    old = token(2, previous(2), age=days(40), used=days(20))
    approved = plan(FakeApi(token(1, age=days(1)), old), declared, version=V3)
    assert approved == ()
    api = FakeApi(token(1, age=days(10)), old)
    assert apply(api, declared, approved, version=V3).failure is not None
    assert api.writes == []
