# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""States in which a run that ended well destroyed what somebody used, or let it die: each is kept from happening."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, PruneRules, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.connection import CONNECTION_RANGES
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.declaration import (
    TOKEN_SPEC,
    declared_from,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.retirement import HANDOVER, LAST_USED_LAG
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.hand_over import PROOF_PAUSES
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.outcome import Outcome
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores import command
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import (
    FakeApi,
    Fault,
    lost_after,
    lost_before,
    refused,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import FakeStore, kept_in, run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import (
    ROTATION,
    all_steps,
    created,
    declare,
    facts,
    plan_of,
    shown,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import (
    NOW,
    SECOND,
    V1,
    V3,
    days,
    hours,
    id_of,
    previous,
    token,
)


def reconcile_one(api: FakeApi, store: FakeStore | None = None, **options: Any) -> Outcome:
    if store is not None:
        options["stored_client_id"] = store.client_id
    (outcome,) = reconcile(api, [declare(**options)], run(), [kept_in(store)])
    return outcome


def from_options(**options: Any) -> object:
    defaults = {name: spec.get("default") for name, spec in TOKEN_SPEC.items()}
    return declared_from({**defaults, "name": "NAME", "expires_in": "90d", "store": None, **options}, V1, NOW)


# One name, one store.


def test_two_stores_do_not_rotate_each_other_away() -> None:
    ours, theirs = token(1, previous(1), used=hours(1)), token(2, age=days(3), used=hours(1))
    plan = plan_of(declare(stored_client_id=id_of(1), store_at="file /srv/a.env"), ours, theirs)
    assert plan.steps == ()
    for part in ("file /srv/a.env", "another store keeps this name", id_of(2)):
        assert part in (plan.failure or "")


def test_two_stores_whose_tokens_were_made_at_one_moment_do_not_take_turns() -> None:
    one, other = token(1, used=hours(1)), token(2, used=hours(1))
    lost = replace(one, name=previous(1)), other
    assert plan_of(declare(stored_client_id=id_of(1)), *lost).failure is not None
    lost = one, replace(other, name=previous(2))
    assert plan_of(declare(stored_client_id=id_of(2)), *lost).failure is None


def test_a_name_that_is_taken_back_is_warned_of() -> None:
    """What took it was never used after its maker's proof: a run that could not write its store."""
    plan = plan_of(declare(stored_client_id=id_of(1)), token(1, previous(1)), token(2, age=days(3), used=days(3)))
    assert plan.failure is None
    assert any("takes its name back" in warning for warning in plan.warnings)


@pytest.mark.parametrize(
    "stranger",
    [
        token(3, age=days(400), used=days(20)),
        token(3, age=days(400)),
        token(3, age=days(5), used=hours(1)),
    ],
    ids=["a monthly job's", "never used", "newer, and used"],
)
def test_a_rename_takes_no_name_from_a_token_that_somebody_may_use(stranger: Token) -> None:
    renamed: dict[str, Any] = {"stored_client_id": id_of(2), "renamed_from": ("OLD",)}
    live = token(2, "OLD", age=days(10), used=hours(1))
    plan = plan_of(declare(**renamed), live, stranger)
    assert plan.steps == ()
    for part in (f"'OLD' ({id_of(2)}) is to be renamed", f"'NAME' ({id_of(3)}) has the new name", "adopt: true"):
        assert part in (plan.failure or "")
    plan = plan_of(declare(adopt=True, **renamed), live, stranger)
    assert shown(plan.steps) == ["patch 3 name=NAME (previous 00000003)", "patch 2 name=NAME"]
    assert any("takes its name back" in warning for warning in plan.warnings)


@pytest.mark.parametrize("age", [days(400), days(20)], ids=["older", "newer"])
def test_a_rename_takes_the_name_of_a_token_that_has_expired(age: timedelta) -> None:
    dead = token(3, age=age, used=days(10), expires=-days(9))
    live = token(2, "OLD", age=days(60), used=hours(1))
    plan = plan_of(declare(stored_client_id=id_of(2), renamed_from=("OLD",)), live, dead)
    assert plan.failure is None
    assert shown(plan.steps)[-1] == "patch 2 name=NAME"


def test_a_name_that_is_adopted_is_not_deleted_in_the_same_run() -> None:
    ours, theirs = token(1, previous(1), age=days(40)), token(2, age=days(30), used=days(20))
    plan = plan_of(declare(stored_client_id=id_of(1), adopt=True), ours, theirs)
    assert shown(plan.steps) == ["patch 2 name=NAME (previous 00000002)", "patch 1 name=NAME"]


def test_a_store_that_is_put_back_every_night_fails_while_there_is_time() -> None:
    """What it holds is due, and each run makes another successor for it, which nobody ever uses."""
    api = FakeApi(token(1, age=days(80), used=hours(1), expires=days(10)))
    failures = []
    for _night in range(4):
        store = FakeStore(api, id_of(1))
        failures.append(reconcile_one(api, store, rotate_before=days(14), expires_in=days(90)).failure)
        assert store.client_id != id_of(1)
        api.now += days(1)
    assert failures[:2] == [None, None]
    for failure in failures[2:]:
        assert "has not kept the credentials that earlier runs made for it" in (failure or "")


def test_a_store_that_forgets_every_night_fails_from_the_third_on() -> None:
    api = FakeApi()
    failures = []
    for _night in range(4):
        failures.append(reconcile_one(api, FakeStore(api)).failure)
        api.now += days(1)
    assert failures[:2] == [None, None]
    assert all("if the store is new, or was emptied on purpose, do nothing" in (one or "") for one in failures[2:])


def test_a_store_that_works_again_after_two_nights_gets_its_credentials() -> None:
    api = FakeApi(token(1, age=days(80), used=hours(1), expires=days(10)))
    store = FakeStore(api, id_of(1))
    for fails in ("write", "write", "", ""):
        store.fails = fails
        failure = reconcile_one(api, store, rotate_before=days(14), expires_in=days(90)).failure
        api.now += days(1)
    assert failure is None
    assert store.client_id != id_of(1)


# A broken store and its neighbours.


def test_what_one_broken_store_leaves_does_not_starve_its_neighbours() -> None:
    left = [token(10 + n, previous(10 + n, "A"), age=days(2), used=days(2)) for n in range(7)]
    present = [token(1, "A", used=hours(1)), token(2, "B", used=hours(1), expires=days(3)), token(99, "own"), *left]
    declared = [
        declare("A", stored_client_id=id_of(1)),
        declare("B", stored_client_id=id_of(2), rotate_before=days(14)),
    ]
    plan = make_plan(declared, present, facts(own_id=id_of(99)))
    assert plan.tokens[1].deferred is None
    assert "create B" in all_steps(plan)


@pytest.mark.parametrize(("end", "nights"), [(days(10) + hours(4), (None, 3)), (days(40), (5, None))])
def test_a_broken_store_starves_nobody_and_has_its_turn_where_there_is_time(
    end: timedelta, nights: tuple[int | None, int | None]
) -> None:
    """A ends in 10 days, before B; there is one free slot, and what a failed night leaves gives it away two days later.

    A, whose store fails in three nights, took the slot again each time; but B must not take it where it can wait.
    """
    live = token(1, "A", age=days(80), used=hours(1), expires=days(10)), token(2, "B", used=hours(1), expires=end)
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(6)]
    api = FakeApi(*live, token(99, "own", used=hours(1)), *others)
    stores = [FakeStore(api, one.id) for one in live]
    rotated: dict[str, int] = {}
    for night in range(1, 8):
        stores[0].fails = "write" if night < 4 else ""
        declared = [
            declare(name, stored_client_id=store.client_id, rotate_before=before, expires_in=days(90))
            for name, store, before in zip("AB", stores, (days(14), days(50)))
        ]
        reconcile(api, declared, run(own_id=id_of(99)), [kept_in(store) for store in stores])
        for one, store in zip(live, stores):
            if store.client_id != one.id:
                rotated.setdefault(one.name, night)
        api.now += days(1)
    assert (rotated.get("A"), rotated.get("B")) == nights


def test_two_rotations_do_not_count_on_one_remnant() -> None:
    left = [token(10, previous(10, "A"), age=days(2))]
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(7)]
    present = [token(1, "A", used=hours(1)), token(2, "B", used=hours(1)), *left, *others]
    declared = [declare(name, stored_client_id=id_of(n), rotate="always") for n, name in ((1, "A"), (2, "B"))]
    steps = all_steps(make_plan(declared, present, facts()))
    assert steps.count("delete 10") == 1
    assert sum(step.startswith("create") for step in steps) == 1


# Replaced tokens in use.


def test_a_rotation_that_leaves_less_than_the_overlap_is_refused() -> None:
    with pytest.raises(DeclarationError, match="rotate_before must not be shorter than overlap"):
        from_options(rotate_before="1d", overlap="7d")
    for after in ("88d", "100d"):
        with pytest.raises(DeclarationError, match="rotate_after and overlap together must not be longer"):
            from_options(rotate_after=after, overlap="7d", expires_in="90d")
    from_options(rotate_after="83d", overlap="7d", expires_in="90d")
    from_options(rotate_after="88d", rotate_before="7d", overlap="7d", expires_in="90d")


def test_a_replaced_token_in_use_does_not_die_without_a_word() -> None:
    old = token(1, previous(1), age=days(80), used=hours(5), expires=days(9))
    plan = plan_of(declare(stored_client_id=id_of(2)), old, token(2, age=days(5), used=hours(1)))
    (warning,) = plan.warnings
    for part in ("still in use, last used on 2026-09-01", id_of(1), "and expires on 2026-09-10"):
        assert part in warning


@pytest.mark.parametrize(("replaced", "used", "warns"), [(2, 1.9, False), (2, 1.1, False), (2, 0.9, True)])
def test_nobody_is_warned_of_consumers_that_had_no_day_to_switch(replaced: float, used: float, warns: bool) -> None:
    old = token(1, previous(1), age=days(80), used=days(used), expires=days(9))
    plan = plan_of(declare(stored_client_id=id_of(2)), old, token(2, age=days(replaced), used=hours(1)))
    assert bool(plan.warnings) is warns


def test_with_a_short_overlap_the_warning_comes_in_time() -> None:
    old = token(1, previous(1), age=days(80), used=hours(1), expires=hours(10))
    live = token(2, age=hours(14), used=hours(1))
    assert plan_of(declare(stored_client_id=id_of(2), overlap=days(1)), old, live).warnings


def test_what_a_run_makes_is_stored_before_another_run_may_delete_it() -> None:
    """The hour is safe only as long as no run can take that long, at its worst, from its create to its store.

    A day more passes until the list shows a use for certain.
    """
    look, write, look_again = [command._LONGEST_TIMEOUT] * 3
    longest = CONNECTION_RANGES["run_timeout"][1] + sum(PROOF_PAUSES) + look + write + look_again
    assert timedelta(seconds=longest) < HANDOVER
    declared = declare(stored_client_id=id_of(1))
    for age, goes in ((HANDOVER / 2, False), (LAST_USED_LAG, False), (HANDOVER + LAST_USED_LAG, True)):
        assert ("delete 2" in shown(plan_of(declared, *_unproved(age)).steps)) is goes


def _unproved(age: timedelta) -> list[Token]:
    return [token(1, used=hours(1)), token(2, previous(2), age=age)]


# Adopting.


def test_an_adopted_token_is_not_taken_for_what_a_failed_run_left() -> None:
    old = token(1, age=days(500))
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(9)]
    plan = plan_of(declare(stored_client_id="", adopt=True), old, *others)
    assert plan.steps == ()
    assert plan.deferred is not None


def test_an_adopted_token_keeps_its_overlap_when_a_slot_is_short() -> None:
    old, new = token(1, previous(1), age=days(500)), token(2, age=days(2))
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(7)]
    declared = [declare(stored_client_id=id_of(2)), declare("MISSING", stored_client_id="")]
    steps = all_steps(make_plan(declared, [old, new, token(3, "B", used=hours(1)), *others], facts()))
    assert "delete 1" not in steps


@pytest.mark.parametrize("adopt", [True, False])
def test_a_young_adopted_token_keeps_its_overlap_and_what_failed_runs_made_does_not(adopt: bool) -> None:
    """Somebody made it six days ago, and has yet to use it. Without adopt, only a failed run can have left it."""
    by_hand, new = token(1, previous(1), age=days(6.5)), token(2, age=hours(2), used=hours(2))
    failed = token(3, previous(3), age=days(3), used=days(3))
    declared = [declare(stored_client_id=new.id, adopt=adopt), declare("MISSING", stored_client_id="")]
    for left, goes in (([by_hand], not adopt), ([by_hand, failed], True)):
        others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(9 - len(left))]
        steps = all_steps(make_plan(declared, [*left, new, *others], facts()))
        assert ("create MISSING" in steps) is goes
        assert ("delete 1" in steps) is not adopt
        assert ("delete 3" in steps) is (adopt and len(left) > 1)


def test_a_neighbours_rotation_does_not_foretell_the_end_of_a_token_declared_alone() -> None:
    """What it replaced goes within days; each token of the owner may have a task of its own."""
    replaced = token(10, previous(10, "B"), age=days(80), used=hours(5))
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(8)]
    declared = declare(rotate_before=days(14), stored_client_id=id_of(1))
    plan = plan_of(declared, token(1, expires=days(60), used=hours(1)), replaced, *others)
    assert plan.doomed is None


# Prune.


@pytest.mark.parametrize("name", ["[PROD] Payroll", "payroll feed", "Re\u0301seau", "PAYROLL FEED"])
def test_prune_spares_what_is_excluded_or_declared_in_any_spelling(name: str) -> None:
    rules = PruneRules(("[PROD] Payroll", "R\u00e9seau"), timedelta())
    plan = make_plan([declare("Payroll Feed")], [token(1, name, age=days(90))], facts(own_id=id_of(99)), rules)
    assert "delete 1" not in all_steps(plan)


# What the server keeps.


def test_a_patch_that_the_server_did_not_keep_is_a_failure_with_both_values() -> None:
    api = FakeApi(token(1, scope=["a:x"]))
    api.on("patch", lambda effect: effect() and token(1, scope=["a:x"]))
    outcome = reconcile_one(api, scope=frozenset(["b:x"]))
    for part in ("a:x", "b:x", "instead of"):
        assert part in (outcome.failure or "")


@pytest.mark.parametrize(
    ("declared", "makes", "values"),
    [
        (
            {"never_expires": True},
            {"expiration_date": NOW + days(180)},
            ["expiration_date 2027-02-28", "instead of none"],
        ),
        ({}, {"name": "TRIMMED"}, ["name 'TRIMMED' instead of 'NAME'"]),
    ],
)
def test_a_new_token_that_is_not_as_asked_is_taken_back(
    declared: dict[str, Any], makes: dict[str, Any], values: list[str]
) -> None:
    api = FakeApi(makes=makes)
    outcome = reconcile_one(api, **declared)
    for value in values:
        assert value in (outcome.failure or "")
    assert api.names == []


def test_a_patch_that_does_not_take_the_end_away_is_a_failure() -> None:
    api = FakeApi(token(1, expires=days(90)))
    api.on("patch", lambda effect: effect() and token(1, expires=days(90)))
    assert "instead of none" in (reconcile_one(api, never_expires=True).failure or "")


def test_the_implied_scope_that_comes_back_is_no_difference() -> None:
    implied = frozenset(["a:x", "sp:scopes:default"])
    api = FakeApi(makes={"scope": implied})
    assert reconcile_one(api, scope=frozenset(["a:x"])).failure is None
    api = FakeApi(token(1, scope=["b:x"]))
    api.on("patch", lambda effect: effect() and token(1, scope=implied))
    assert reconcile_one(api, scope=frozenset(["a:x"])).failure is None


def test_the_implied_scope_that_nobody_declared_is_not_asked_for_in_each_rotation() -> None:
    """The list shows it, and the answer to a create does not: each rotation would be taken back."""
    api = FakeApi(token(1, scope=["a:x", "sp:scopes:default"]), makes={"scope": frozenset(["a:x"])})
    assert reconcile_one(api, rotate="always").failure is None
    plan = plan_of(declare(rotate="always"), token(1, scope=["sp:scopes:default"]))
    assert created(plan).new.scope == frozenset(["sp:scopes:default"]), "without any, it would have all rights"


def test_a_rotation_turns_no_empty_scope_into_all_rights() -> None:
    plan = plan_of(declare(rotate="always"), token(1, scope=[]))
    assert plan.steps == ()
    for part in ("the server lists no scope of", id_of(1), "all the rights of its owner; declare scope"):
        assert part in (plan.failure or "")
    declared = declare(rotate="always", scope=frozenset(["a:x"]))
    assert created(plan_of(declared, token(1, scope=[]))).new.scope == frozenset(["a:x"])


def test_a_token_that_is_listed_without_a_scope_is_not_rotated_to_all_rights_in_silence() -> None:
    """The API's definition says so of a token that is made without one; and the successor is made so too."""
    plan = plan_of(declare(rotate="always"), token(1, scope=None))
    assert created(plan).new.scope is None
    assert any("it gets all the rights of its owner; declare its scope" in warning for warning in plan.warnings)


@pytest.mark.parametrize("scope", ["a:b c:d", "a:b,c:d", "a:b, c:d", "a:b,c:d,"])
def test_several_scopes_in_one_string_are_refused_with_the_list_that_was_meant(scope: str) -> None:
    with pytest.raises(DeclarationError, match=r"\[a:b, c:d\]"):
        from_options(scope=[scope])


def test_the_implied_scope_is_not_patched_away_in_every_run() -> None:
    live = token(1, scope=["a:x", "sp:scopes:default"])
    assert plan_of(declare(scope=frozenset(["a:x"])), live).steps == ()
    assert plan_of(declare(scope=frozenset(["a:x", "sp:scopes:default"])), live).steps == ()


def test_an_old_validity_that_is_not_allowed_any_more_is_clamped_and_told() -> None:
    plan = plan_of(declare(rotate="always"), token(1, validity=86400))
    assert created(plan).new.access_token_validity_seconds == 43200
    assert any("86400" in warning and "43200" in warning for warning in plan.warnings)


def test_an_old_validity_below_what_is_allowed_is_raised_and_told() -> None:
    plan = plan_of(declare(rotate="always"), token(1, validity=5))
    assert created(plan).new.access_token_validity_seconds == 15
    assert any("access_token_validity_seconds 5 is not allowed" in warning for warning in plan.warnings)


@pytest.mark.parametrize(
    ("declared", "old"),
    [
        (declare(stored_client_id="", adopt=True), token(1, validity=86400, used=hours(1))),
        (declare(stored_client_id=""), token(1, validity=86400, age=days(2))),
        (declare(stored_client_id=""), token(1, previous(1), validity=86400, age=days(2))),
    ],
    ids=["a takeover", "a healing", "a healing after the rename"],
)
def test_a_takeover_and_a_healing_clamp_no_validity_in_silence(declared: Declared, old: Token) -> None:
    plan = plan_of(declared, old)
    assert created(plan).new.access_token_validity_seconds == 43200
    assert any("access_token_validity_seconds 86400 is not allowed" in warning for warning in plan.warnings)
    assert plan_of(declared, replace(old, access_token_validity_seconds=600)).warnings == ()


def test_a_refused_create_says_which_values_nobody_has_declared() -> None:
    api = FakeApi(token(1, scope=["a:x"], validity=600))
    api.on("create", refused(400))
    outcome = reconcile_one(api, rotate="always")
    told = "(scope and access_token_validity_seconds copied from the token that it replaces: declare what is to change)"
    assert told in (outcome.failure or "")
    api = FakeApi(token(1, validity=600))
    api.on("create", refused(400))
    assert "copied" not in (
        reconcile_one(api, rotate="always", scope=frozenset(["a:x"]), access_token_validity_seconds=60).failure
        or "copied"
    )


# A secret that has leaked.


def test_nothing_is_revoked_where_the_store_names_no_token_of_the_family() -> None:
    plan = plan_of(declare(revoke=True, stored_client_id="", store_at="file /srv/a.env"), token(1))
    assert plan.steps == ()
    assert plan.revocations == ()
    assert "file /srv/a.env holds nothing" in (plan.failure or "")


def test_a_revocation_never_says_that_it_deletes_the_token_of_the_name() -> None:
    plan = plan_of(declare(revoke=True, stored_client_id=id_of(1)), token(1))
    assert [delete.token.name for delete in plan.revocations] == [previous(1)]


# Ids and lifetimes.


def test_a_word_for_an_id_rotates_nothing() -> None:
    plan = plan_of(declare(stored_client_id="not-found", stored_is_dead=True), token(1))
    assert plan.steps == ()
    assert "'not-found'" in (plan.failure or "")


def test_from_never_expires_to_a_lifetime_something_happens() -> None:
    lifetime = declare().expires_in or days(0)
    patched = f"patch 1 expires={NOW + lifetime:%Y-%m-%d}"
    assert shown(plan_of(declare(), token(1, expires=None)).steps) == [patched]
    assert shown(plan_of(declare(), token(1, expires=None), version=V3).steps) == ROTATION


def test_dead_credentials_in_a_store_are_no_rotation_that_may_wait() -> None:
    """The token is listed and has months to live, but its secret is another one: its consumers are cut off now."""
    declared = declare(stored_client_id=id_of(1), stored_is_dead=True, verify="always")
    plan = plan_of(declared, token(1), *(token(number, f"OTHER {number}") for number in range(2, 11)))
    assert plan.deferred is None
    assert "no longer authenticate" in (plan.failure or "")


@pytest.mark.parametrize("options", [{}, {"rotate_before": days(14)}, {"stored_client_id": id_of(1)}])
def test_an_ordered_rotation_without_a_slot_does_not_end_well(options: dict[str, Any]) -> None:
    others = [token(number, f"OTHER {number}", used=days(number)) for number in range(2, 11)]
    plan = plan_of(declare(rotate="always", **options), token(1, used=hours(1)), *others)
    assert plan.steps == ()
    for part in ("must be rotated (rotate is always)", "max_tokens", "longest unused first", "rotate: when_due"):
        assert part in (plan.failure or "")
    assert (plan.failure or "").index("OTHER 10") < (plan.failure or "").index("OTHER 2'")


# The server's bad days.


def test_a_refused_create_does_not_leave_the_old_token_without_its_name() -> None:
    api = FakeApi(token(1))
    api.on("create", *[refused(403)] * 9)
    store = FakeStore(api, id_of(1))
    outcome = reconcile_one(api, store, rotate="always")
    assert "refused" in (outcome.failure or "")
    assert api.names == ["NAME"]
    assert shown(outcome.done) == ["patch 1 name=NAME (previous 00000001)", "patch 1 name=NAME"]


@pytest.mark.parametrize("lost", [lost_before, lost_after])
def test_a_create_that_is_lost_and_then_refused_does_not_either(lost: Fault) -> None:
    api = FakeApi(token(1))
    api.on("create", lost, *[refused(403)] * 9)
    outcome = reconcile_one(api, FakeStore(api, id_of(1)), rotate="always")
    assert "refused" in (outcome.failure or "")
    assert api.tokens[id_of(1)].name == "NAME"


def test_a_name_that_a_lost_create_may_have_taken_is_not_asked_back() -> None:
    api = FakeApi(token(1))
    api.on("create", lost_after, lost_before)
    outcome = reconcile_one(api, FakeStore(api, id_of(1)), rotate="always")
    assert "no third one is sent" in (outcome.failure or "")
    assert "patch 1 name=NAME" not in api.writes


def test_a_404_on_a_patch_of_what_is_still_listed_is_told_as_it_is() -> None:
    api = FakeApi(token(1))
    api.on("patch", *[refused_as_missing] * 9)
    outcome = reconcile_one(api, scope=frozenset(["b:x"]))
    assert "the server says that it is not there" in (outcome.failure or "")
    assert "create NAME" not in api.calls


def refused_as_missing(effect: Any) -> Token:
    from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import NotFoundError

    raise NotFoundError("the server says that it is not there, trackingId fake-1", 404)


def in_vain(number: int, age: timedelta, used_after: timedelta | None = timedelta()) -> Token:
    """Return a token that a run made so long ago, and that was last used so long after that: by its proof."""
    return token(number, previous(number), age=age, used=None if used_after is None else age - used_after)


@pytest.mark.parametrize(
    ("made", "is_alarming"),
    [
        ([in_vain(2, days(3)), in_vain(3, days(2))], True),
        ([in_vain(2, days(3)), in_vain(3, days(2), None)], False),
        ([in_vain(2, days(3)), in_vain(3, days(2), hours(2))], False),
        ([in_vain(2, days(2)), in_vain(3, days(2) - hours(1))], False),
        ([in_vain(2, days(2)), in_vain(3, hours(1) - SECOND)], False),
        ([in_vain(2, days(90)), in_vain(3, days(2))], False),
    ],
    ids=["lost twice", "one not proved", "one in use", "within the hour", "of this hour", "older than the stored one"],
)
def test_only_what_two_runs_have_made_in_vain_is_called_lost(made: list[Token], is_alarming: bool) -> None:
    live = token(1, age=days(80), used=hours(1))
    plan = plan_of(declare(stored_client_id=live.id, rotate_after=days(60)), live, *made)
    assert (plan.alarm is not None) == is_alarming


def test_a_store_to_which_dead_credentials_come_back_is_not_called_empty() -> None:
    lost = plan_of(declare(stored_client_id=id_of(9)), in_vain(2, days(3)), in_vain(3, days(2))).alarm or ""
    assert "what puts its old content back" in lost
    assert "emptied" not in lost


def test_a_token_that_finds_no_slot_tells_so_also_where_its_clean_up_fails() -> None:
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(10)]
    api = FakeApi(token(1), token(2, previous(2), age=days(200), used=days(100)), *others, max_tokens=20)
    api.on("delete", refused(500))
    outcome = reconcile_one(api, FakeStore(api, id_of(1)), rotate="always")
    assert "all 10 tokens of the owner are in use" in (outcome.failure or "")
    assert (outcome.failure or "").endswith("; and the server refused: 500")


def test_an_alarm_about_a_store_is_not_lost_where_the_token_is_doomed() -> None:
    live = token(1, age=days(80), used=hours(1), expires=days(5))
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(7)]
    # Too young to give their slots away.
    api = FakeApi(live, in_vain(2, hours(45)), in_vain(3, hours(21)), *others)
    outcome = reconcile_one(api, FakeStore(api, live.id), rotate_before=days(14), expires_in=days(90))
    assert "its consumers do not have the overlap to switch" in (outcome.failure or "")
    assert sum("has not kept the credentials" in text for text in outcome.plan.warnings) == 1


def test_a_store_that_its_user_keeps_is_warned_of_and_gets_the_new_secret() -> None:
    """A failure would withhold it from the tasks that are to store it."""
    live = token(1, age=days(80), used=hours(1))
    api = FakeApi(live, in_vain(2, days(3)), in_vain(3, days(2)))
    outcome = reconcile_one(api, stored_client_id=live.id, rotate_after=days(60))
    assert outcome.failure is None
    assert outcome.created is not None
    assert sum("has not kept the credentials" in text for text in outcome.plan.warnings) == 1


def test_check_mode_gives_no_name_back_where_all_steps_are_done_before_the_failure() -> None:
    """In a run, the successor has the name by then. In check mode nobody has taken it."""
    due = token(1, age=days(170), used=hours(5), expires=days(9))
    api = FakeApi(due, in_vain(2, days(3)), in_vain(3, days(2)))
    declared = declare(stored_client_id=id_of(1), rotate_before=days(14))
    (outcome,) = reconcile(api, [declared], run(check_mode=True), [kept_in(FakeStore(api, id_of(1)))])
    assert "has not kept the credentials" in (outcome.failure or "")
    assert api.writes == []
    assert shown(outcome.done) == ROTATION
