# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The applier against an API in memory: one run is one pass, and what conflicts and faults make of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Callable

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    ApiError,
    ConnectionFailedError,
    DeclarationError,
    IscError,
    NotFoundError,
    UnreadableAnswerError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, Listing, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Delete
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.outcome import Outcome
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import (
    FakeApi,
    Fault,
    lost_after,
    lost_before,
    meanwhile,
    normally,
    raising,
    refused,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import declare, shown
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import (
    NOW,
    SECOND,
    V3,
    days,
    hours,
    id_of,
    previous,
    token,
)

SCOPE = frozenset(["a:x"])
NEW_IDS = 0xC0000000
"""The number of the first token that the fake API makes."""
DUPLICATE = pytest.mark.parametrize("status", [400, 409, 500])


def unproved(made: Token) -> Token:
    """Return a token as it was before its credentials were proved, which is its first use."""
    return replace(made, last_used=None)


def reconcile_one(api: FakeApi, declared: Declared, **values: Any) -> Outcome:
    (outcome,) = reconcile(api, [declared], run(**values))
    return outcome


# One run is one pass.


def test_a_converged_run_is_one_list_and_no_write_whatever_the_number_of_tokens() -> None:
    names = [f"NAME {number}" for number in range(1, 8)]
    api = FakeApi(
        *(token(number, name) for number, name in enumerate(names, 1)), token(9, previous(9, "NAME 1"), used=hours(9))
    )
    outcomes = reconcile(api, [declare(name) for name in names], run())
    assert api.calls == ["list"]
    assert [(outcome.done, outcome.failure, outcome.created) for outcome in outcomes] == [([], None, None)] * 7
    assert [outcome.live for outcome in outcomes] == [token(number, name) for number, name in enumerate(names, 1)]


def test_a_plain_create_without_a_store_is_one_list_and_one_post() -> None:
    api = FakeApi()
    outcome = reconcile_one(api, declare(scope=SCOPE))
    assert api.calls == ["list", "create NAME"]
    assert outcome.failure is None
    assert outcome.created is not None
    assert outcome.live == outcome.created.token == api.named("NAME")


def test_a_scope_change_is_one_list_and_one_patch() -> None:
    api = FakeApi(token(1))
    outcome = reconcile_one(api, declare(scope=SCOPE))
    assert api.calls == ["list", "patch 1 scope=a:x"]
    assert outcome.live == api.tokens[id_of(1)]
    assert outcome.before == (token(1),)


def test_what_is_done_is_told_in_order() -> None:
    api = FakeApi(token(1), token(2, previous(2), age=days(300)))
    outcome = reconcile_one(api, declare(rotate="always"))
    assert shown(outcome.done) == ["delete 2", "patch 1 name=NAME (previous 00000001)", "create NAME"] == api.writes


def test_a_second_run_changes_nothing() -> None:
    api = FakeApi(token(1))
    reconcile(api, [declare(rotate_after=days(20))], run())
    api.calls.clear()
    reconcile(api, [declare(rotate_after=days(20))], run())
    assert api.calls == ["list"]


def test_never_a_token_created_in_this_run_is_rotated() -> None:
    """Another declaration's conflict makes the run list and plan again, and the new token is no part of that."""
    api = FakeApi(token(1, "B"))
    api.on("patch", meanwhile(lambda: api.tokens.pop(id_of(1))))
    first, second = reconcile(api, [declare("A", rotate="always"), declare("B", scope=SCOPE)], run())
    assert (first.failure, second.failure) == (None, None)
    assert api.writes.count("create A") == 1


def test_a_list_that_fails_at_first_is_an_error_of_the_run() -> None:
    api = FakeApi(token(1))
    api.on("list", refused(403))
    with pytest.raises(ApiError):
        reconcile(api, [declare()], run())


def test_a_list_that_fails_after_a_conflict_loses_no_secret_that_was_made_before() -> None:
    """The secret is shown once: an exception in place of the outcomes would lose A's for good."""
    api = FakeApi(token(1, "B"))
    api.on("patch", meanwhile(lambda: api.tokens.pop(id_of(1))))
    api.on("list", normally, refused(500))
    first, second = reconcile(api, [declare("A"), declare("B", scope=SCOPE)], run())
    assert first.created is not None
    assert second.failure is not None


# Check mode.


def test_check_mode_sends_no_write_and_tells_what_would_be_done() -> None:
    api = FakeApi(token(1), token(2, previous(2), age=days(300)), token(3, "GONE"))
    declared = [declare(scope=SCOPE), declare("NEW"), declare("GONE", state="absent")]
    outcomes = reconcile(api, declared, run(check_mode=True))
    assert api.calls == ["list"]
    assert [shown(outcome.done) for outcome in outcomes] == [
        ["delete 2", "patch 1 scope=a:x"],
        ["create NEW"],
        ["delete 3"],
    ]
    assert [outcome.created for outcome in outcomes] == [None, None, None]
    kept, new, gone = (outcome.live for outcome in outcomes)
    assert kept == replace(token(1), scope=SCOPE)
    assert (new, gone) == (None, None)


def test_check_mode_tells_the_token_as_the_real_run_leaves_it() -> None:
    declared = declare(scope=SCOPE, never_expires=True, stored_client_id=id_of(1))
    present = [token(1, previous(1), expires=days(9)), token(2)]
    told = reconcile_one(FakeApi(*present), declared, check_mode=True)
    made = reconcile_one(FakeApi(*present), declared)
    assert told.live == made.live
    assert told.done == made.done


# Conflicts: 404.


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_a_404_on_delete_is_success(lag: int) -> None:
    """Only a list tells that the token is gone, and it may lag."""
    api = FakeApi(token(1), lag=lag)
    api.on("delete", meanwhile(lambda: api.tokens.pop(id_of(1))))
    outcome = reconcile_one(api, declare(state="absent"))
    assert outcome.failure is None
    assert shown(outcome.done) == ["delete 1"]
    assert api.lists == 2 + lag


def test_a_404_on_delete_of_what_every_list_shows_is_no_success() -> None:
    api = FakeApi(token(1), token(2, "B"))
    api.on("delete", raising(NotFoundError("no such token, trackingId fake-1", 404)))
    first, second = reconcile(api, [declare(state="absent"), declare("B", state="absent")], run())
    assert "trackingId fake-1, although the list still shows it" in (first.failure or "")
    assert first.done == []
    assert (second.failure, shown(second.done)) == (None, ["delete 2"])


def test_a_404_on_delete_that_no_list_confirms_is_no_success() -> None:
    api = FakeApi(token(1))
    api.on("delete", raising(NotFoundError("no such token", 404)))
    api.on("list", normally, refused(500))
    outcome = reconcile_one(api, declare(state="absent"))
    assert outcome.failure == "no such token; then: the server refused: 500"
    assert outcome.done == []


def test_a_404_that_is_no_success_hides_no_other_failure() -> None:
    api = FakeApi(token(1), token(2, previous(2), age=days(300)))
    api.on("delete", raising(NotFoundError("no such token", 404)))
    api.on("create", refused(403))
    failure = reconcile_one(api, declare(rotate="always")).failure or ""
    assert failure.startswith("the server refused: 403; and no such token, although the list still shows it")


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_a_404_on_patch_lists_and_plans_anew(lag: int) -> None:
    api = FakeApi(token(1), lag=lag)
    api.on("patch", meanwhile(lambda: api.tokens.pop(id_of(1))))
    outcome = reconcile_one(api, declare(scope=SCOPE))
    tries = ["list", "patch 1 scope=a:x", *["list"] * (1 + lag), "create NAME"]
    assert api.calls == tries, "a list that still shows it may lag"
    assert outcome.failure is None
    assert shown(outcome.done) == ["create NAME"]


def test_a_404_on_the_rename_of_a_rotation_lists_and_plans_anew() -> None:
    api = FakeApi(token(1))
    api.on("patch", meanwhile(lambda: api.tokens.pop(id_of(1))))
    outcome = reconcile_one(api, declare(rotate_after=days(20)))
    assert shown(outcome.done) == ["create NAME"]
    assert api.lists == 2


# Conflicts: a duplicate name, whatever its status.


@DUPLICATE
def test_a_name_taken_by_another_run_is_found_in_a_fresh_list(status: int) -> None:
    api = FakeApi(duplicate_status=status)
    others = token(1, age=hours(0), scope=SCOPE)
    api.on("create", meanwhile(lambda: api.tokens.update({others.id: others})))
    outcome = reconcile_one(api, declare(scope=SCOPE))
    assert api.calls == ["list", "create NAME", "list"]
    assert (outcome.failure, outcome.created, outcome.live) == (None, None, others)
    assert outcome.done == []


@DUPLICATE
def test_a_name_taken_by_another_run_is_healed_where_the_store_holds_nothing(status: int) -> None:
    api = FakeApi(duplicate_status=status)
    others = token(1, age=hours(0))
    api.on("create", meanwhile(lambda: api.tokens.update({others.id: others})))
    outcome = reconcile_one(api, declare(stored_client_id=""))
    assert outcome.failure is None
    assert api.names == ["NAME", previous(1)]
    assert outcome.created is not None


@DUPLICATE
def test_the_name_taken_while_live_is_renamed_back_is_freed_after_a_fresh_list(status: int) -> None:
    api = FakeApi(token(1, previous(1)), duplicate_status=status)
    others = token(2, age=hours(0))
    api.on("patch", meanwhile(lambda: api.tokens.update({others.id: others})))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1)))
    assert outcome.failure is None
    assert api.named("NAME").id == id_of(1)
    assert api.named(previous(2)).id == id_of(2)
    assert "which another run or another store has made" in " ".join(outcome.plan.warnings)


@DUPLICATE
@pytest.mark.parametrize("lag", [0, 1])
def test_a_name_that_another_run_gives_back_in_between_is_freed_once_more(status: int, lag: int) -> None:
    """The other run takes the rename of this rotation for what a crashed one left, and repairs it."""
    api = FakeApi(token(1), duplicate_status=status, lag=lag)
    api.on("create", meanwhile(lambda: api.tokens.update({id_of(1): token(1)})))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always"))
    assert outcome.failure is None
    assert api.names == ["NAME", previous(1)]
    assert outcome.created is not None


@DUPLICATE
def test_a_refusal_that_a_fresh_list_does_not_explain_is_the_failure(status: int) -> None:
    api = FakeApi()
    api.on("create", *[refused(status)] * 9)
    outcome = reconcile_one(api, declare())
    assert f"the server refused: {status}" in (outcome.failure or "")
    assert api.calls == ["list", "create NAME", "list"]


@pytest.mark.parametrize(("lag", "lists"), [(0, 2), (1, 3), (9, 4)])
@pytest.mark.parametrize("stored", [None, id_of(1)])
def test_a_successor_that_is_refused_for_good_ends_the_rotation(lag: int, lists: int, stored: str | None) -> None:
    """The run doubts its own rename then, and gives the name back all the same."""
    api = FakeApi(token(1), lag=lag)
    api.on("create", *[refused(400)] * 9)
    outcome = reconcile_one(api, declare(stored_client_id=stored, rotate="always"))
    assert "the server refused: 400" in (outcome.failure or "")
    assert api.lists == lists
    assert api.names == ["NAME"]


def test_a_takeover_whose_create_is_refused_leaves_the_name_to_whoever_uses_it() -> None:
    """Else the failed takeover would have taken what keeps the next run from making a second token: its name."""
    api = FakeApi(token(1, used=days(1)))
    api.on("create", refused(403))
    outcome = reconcile_one(api, declare(stored_client_id="", adopt=True))
    assert outcome.failure == "the server refused: 403"
    assert api.names == ["NAME"]
    again = reconcile_one(api, declare(stored_client_id=""))
    assert "set adopt: true" in (again.failure or "")


@pytest.mark.parametrize("stored", [None, id_of(1)])
def test_a_rename_whose_rotation_is_refused_leaves_the_token_with_its_new_name(stored: str | None) -> None:
    api = FakeApi(token(1, "OLD"))
    api.on("create", refused(403))
    outcome = reconcile_one(api, declare(stored_client_id=stored, renamed_from=("OLD",), rotate="always"))
    assert outcome.failure == "the server refused: 403"
    assert api.names == ["NAME"]
    assert outcome.live == api.named("NAME")


@pytest.mark.parametrize("stored", [None, id_of(1)])
def test_a_name_that_a_lost_create_has_is_not_asked_back(stored: str | None) -> None:
    api = FakeApi(token(1, used=days(1)), max_tokens=2)
    api.on("create", lost_after)
    outcome = reconcile_one(api, declare(stored_client_id=stored, rotate="always"), max_tokens=2)
    assert (outcome.failure or "").startswith("the answer to a create was lost; then: ")
    assert "renamed back" not in (outcome.failure or "")
    assert api.names == ["NAME", previous(1)]


def test_a_name_that_another_run_has_taken_since_is_not_asked_back() -> None:
    api = FakeApi(token(1), max_tokens=2)
    other = token(2, age=hours(0))
    api.on("create", meanwhile(lambda: api.tokens.update({other.id: other})))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always"), max_tokens=2)
    assert "max_tokens" in (outcome.failure or "")
    assert "renamed back" not in (outcome.failure or "")
    assert api.named("NAME") == other


def test_a_name_that_cannot_be_given_back_is_told() -> None:
    api = FakeApi(token(1))
    api.on("create", refused(403))
    api.on("patch", normally, refused(500))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always"))
    assert outcome.failure == (
        f"the server refused: 403; and {id_of(1)} could not be renamed back: the server refused: 500"
    )
    assert api.names == [previous(1)]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_refusal_that_no_list_can_explain_is_the_failure_at_once(status: int) -> None:
    api = FakeApi()
    api.on("create", refused(status))
    outcome = reconcile_one(api, declare())
    assert f"the server refused: {status}" in (outcome.failure or "")
    assert api.calls == ["list", "create NAME"]


@pytest.mark.parametrize("error", [ConnectionFailedError("cut off"), UnreadableAnswerError("what?")])
def test_a_fault_of_the_connection_is_no_conflict(error: IscError) -> None:
    api = FakeApi(token(1))
    api.on("patch", raising(error))
    assert reconcile_one(api, declare(scope=SCOPE)).failure == str(error)
    assert api.calls == ["list", "patch 1 scope=a:x"]


def test_a_refused_patch_that_takes_no_name_is_no_conflict() -> None:
    api = FakeApi(token(1))
    api.on("patch", refused(400))
    assert "the server refused: 400" in (reconcile_one(api, declare(scope=SCOPE)).failure or "")
    assert api.lists == 1


def test_at_most_3_times_is_listed_and_planned_again() -> None:
    """Another run takes the name again and again."""
    api = FakeApi()

    def taken(number: int) -> None:
        api.tokens[id_of(number)] = token(number, age=hours(0))

    api.on("create", *[meanwhile(partial(taken, number)) for number in range(1, 9)])
    outcome = reconcile_one(api, declare(stored_client_id=""))
    assert api.lists == 4
    assert api.waits == [1, 2, 4]
    assert "3 times" in (outcome.failure or "")
    assert "the list still shows it" not in (outcome.failure or "")
    assert outcome.created is None


def test_the_pauses_between_passes_are_a_part_of_the_time_that_the_run_has() -> None:
    """Or a task would take longer than run_timeout."""
    api = FakeApi(token(1), patience=4)
    api.on("patch", *[raising(NotFoundError("no such token", 404))] * 9)
    assert "no such token" in (reconcile_one(api, declare(stored_client_id=id_of(1), scope=SCOPE)).failure or "")
    assert api.waits == [1, 2]


def test_a_deletion_that_cannot_be_confirmed_withholds_no_new_secret() -> None:
    """A failure would: without a store, nobody would ever get it."""
    api = FakeApi(token(1), token(2, previous(2), age=days(300)))
    api.on("delete", gone_meanwhile)
    api.on("list", normally, refused(500))
    outcome = reconcile_one(api, declare(rotate="always"))
    assert outcome.created is not None
    assert outcome.failure is None
    assert any("no such token; then: the server refused: 500" in text for text in outcome.plan.warnings)


def test_deletions_are_confirmed_before_the_token_goes_that_lists() -> None:
    api = FakeApi(token(1), token(2, previous(2), age=days(300)))
    api.on("delete", gone_meanwhile)
    declared = declare(state="absent")
    (outcome,) = reconcile(api, [declared], run(own_id=id_of(1)))
    assert outcome.failure is None
    assert [call.partition(" ")[0] for call in api.calls] == ["list", "delete", "list", "delete"]


def gone_meanwhile(effect: Callable[[], Any]) -> Any:
    effect()
    raise NotFoundError("no such token", 404)


def test_a_404_for_a_token_that_every_list_shows_is_told_with_that() -> None:
    api = FakeApi(token(1))
    api.on("patch", *[raising(NotFoundError("no such token", 404))] * 9)
    failure = reconcile_one(api, declare(stored_client_id=id_of(1), scope=SCOPE)).failure or ""
    assert "no such token" in failure
    assert "although the list still shows it (listed and planned again 3 times" in failure


def test_a_quota_filled_by_another_run_is_found_in_a_fresh_list() -> None:
    api = FakeApi(token(1, "A"), max_tokens=2)
    other = token(2, "B", age=hours(0))
    api.on("create", meanwhile(lambda: api.tokens.update({other.id: other})))
    outcome = reconcile_one(api, declare(), max_tokens=2)
    assert api.calls == ["list", "create NAME", "list"]
    assert "max_tokens" in (outcome.failure or "")


def test_a_rotation_that_another_run_robs_of_its_slot_gives_live_its_name_back() -> None:
    api = FakeApi(token(1), max_tokens=2)
    other = token(2, "B", age=hours(0))
    api.on("create", meanwhile(lambda: api.tokens.update({other.id: other})))
    declared = declare(rotate_after=days(20), stored_client_id=id_of(1))
    outcome = reconcile_one(api, declared, max_tokens=2)
    assert "finds a free slot" in (outcome.failure or "")
    assert outcome.plan.deferred is not None
    assert api.named("NAME").id == id_of(1)


# A create whose answer was lost.


@pytest.mark.parametrize("stored", [None, "", id_of(9)])
@pytest.mark.parametrize("lag", [0, 1, 2])
@DUPLICATE
def test_a_lost_create_that_was_processed_is_healed(stored: str | None, lag: int, status: int) -> None:
    api = FakeApi(lag=lag, duplicate_status=status)
    api.on("create", lost_after)
    outcome = reconcile_one(api, declare(stored_client_id=stored))
    assert outcome.failure is None
    assert api.names == ["NAME", previous(NEW_IDS)]
    assert outcome.created is not None
    assert outcome.live == unproved(api.named("NAME")) == outcome.created.token
    assert api.lists <= 4


def test_another_host_that_comes_in_the_middle_costs_no_secret_that_was_made() -> None:
    """It is refused itself. What this run has made stays in its result, and only what is left is given up."""
    seen = []

    def claim(listing: Listing) -> None:
        seen.append(listing)
        if len(seen) > 1:
            raise DeclarationError("prune is on for two")

    api = FakeApi()
    api.on("create", normally, lost_before)
    made, left = reconcile(api, [declare("MADE"), declare("LEFT")], run(accept=claim))
    assert made.created is not None
    assert "prune is on for two" in (left.failure or "")


@pytest.mark.parametrize("stored", [None, "", id_of(9)])
@pytest.mark.parametrize("lag", [0, 1, 2])
def test_a_lost_create_that_was_not_processed_is_made_again(stored: str | None, lag: int) -> None:
    api = FakeApi(lag=lag)
    api.on("create", lost_before)
    outcome = reconcile_one(api, declare(stored_client_id=stored))
    assert outcome.failure is None
    proof = [] if stored is None else ["grant c0000000"]
    assert api.calls == ["list", "create NAME", "list", "create NAME", *proof]
    assert outcome.created is not None
    assert outcome.live == unproved(api.named("NAME")) == outcome.created.token


@pytest.mark.parametrize("stored", [None, id_of(1)])
@pytest.mark.parametrize("lag", [0, 1, 2])
@pytest.mark.parametrize("fault", [lost_before, lost_after])
@DUPLICATE
def test_a_lost_create_of_a_rotation_is_healed(stored: str | None, lag: int, fault: Fault, status: int) -> None:
    """The rename before it is the run's own write, and is merged into a list that lags."""
    api = FakeApi(token(1, scope=SCOPE, validity=600), lag=lag, duplicate_status=status)
    api.on("create", fault)
    outcome = reconcile_one(api, declare(rotate_after=days(20), stored_client_id=stored))
    assert outcome.failure is None
    assert outcome.created is not None
    assert unproved(api.named("NAME")) == outcome.created.token
    assert api.named(previous(1)).id == id_of(1)
    assert api.writes.count("patch 1 name=NAME (previous 00000001)") == 1
    assert not [call for call in api.calls if call.startswith("delete")]


@pytest.mark.parametrize("stored", [None, id_of(1)])
@pytest.mark.parametrize("fault", [lost_before, lost_after])
def test_a_lost_create_of_a_rotation_is_made_again_as_it_was(stored: str | None, fault: Fault) -> None:
    """What is not declared is carried over the second time too: no successor with all the rights of its owner."""
    api = FakeApi(token(1, scope=SCOPE, validity=600))
    api.on("create", fault)
    reconcile_one(api, declare(rotate_after=days(20), stored_client_id=stored))
    made = api.named("NAME")
    assert (made.scope, made.access_token_validity_seconds) == (SCOPE, 600)


@pytest.mark.parametrize(("stored", "named"), [(None, id_of(NEW_IDS)), (id_of(1), id_of(1))])
def test_a_lost_create_after_which_the_rotation_waits_is_told(stored: str | None, named: str) -> None:
    """The run ends well, and the token that nobody holds is no other run's. Only a store tells which one is in use."""
    api = FakeApi(token(1, used=days(1)), max_tokens=2)
    api.on("create", lost_after)
    outcome = reconcile_one(api, declare(rotate_after=days(20), stored_client_id=stored), max_tokens=2)
    assert outcome.plan.deferred is not None or outcome.failure is not None
    assert "the answer to a create was lost" in " ".join([*outcome.plan.warnings, outcome.failure or ""])
    assert "another run" not in " ".join(outcome.plan.warnings)
    assert api.named("NAME").id == named


def test_creates_that_are_lost_every_time_do_not_eat_the_quota() -> None:
    api = FakeApi()
    api.on("create", *[lost_after] * 9)
    outcome = reconcile_one(api, declare())
    assert api.writes.count("create NAME") == 2, "one more after a lost one, no third"
    assert "second time" in (outcome.failure or "")
    assert outcome.created is None
    assert api.names.count("NAME") == 1


def test_creates_that_are_lost_for_all_tokens_of_a_set_do_not_eat_the_quota() -> None:
    api = FakeApi(token(1, "C"))
    api.on("create", *[lost_after] * 9)
    declared = [declare("A"), declare("B"), declare("C", rotate="always"), declare("D")]
    outcomes = reconcile(api, declared, run())
    assert sum(write.startswith("create") for write in api.writes) == 2
    assert all(outcome.failure for outcome in outcomes)
    assert "no further create was sent, since two had no answer in this run; run again" in (outcomes[2].failure or "")
    for outcome in outcomes[:2]:
        assert "its own among them, whose token may exist" in (outcome.failure or "")
    assert api.named("C").id == id_of(1)


def test_one_lost_create_keeps_no_other_token_of_a_set_from_being_made() -> None:
    api = FakeApi()
    api.on("create", lost_before)
    outcomes = reconcile(api, [declare("A"), declare("B"), declare("C")], run())
    assert [outcome.failure for outcome in outcomes] == [None] * 3


def test_a_lost_create_never_makes_another_token_unclaimed() -> None:
    """A token that was there before stays live: here its old name is found again after the lost create."""
    api = FakeApi(token(1, "B"))
    api.on("create", lost_after)
    _first, second = reconcile(api, [declare("A"), declare("B")], run())
    assert second.live == token(1, "B")
    assert api.named("B").id == id_of(1)


def test_planning_anew_deletes_no_token_that_the_store_of_a_finished_declaration_holds() -> None:
    """A's store names a token of B's family: A is refused at once, and B's conflict is no reason to forget of it."""
    api = FakeApi(token(1, "B"), token(2, previous(2, "B"), age=days(300)))
    api.on("create", lost_before)
    declared = [declare("A", stored_client_id=id_of(2)), declare("B", stored_client_id=id_of(1), rotate="always")]
    first, second = reconcile(api, declared, run())
    assert first.failure is not None
    assert second.failure is None
    assert id_of(2) in api.tokens


# Own writes are merged into a list that lags.


@pytest.mark.parametrize("lag", [1, 2])
def test_own_writes_are_merged_into_a_list_that_lags(lag: int) -> None:
    """The second list still shows OLD 1 as live's name, token 3, and no A; none of that is done again."""
    api = FakeApi(token(1), token(2, "B"), token(3, previous(3), age=days(300)), lag=lag, max_tokens=5)
    lost = [declare(rotate="always", stored_client_id=id_of(1)), declare("A"), declare("B", scope=SCOPE)]
    api.on("create", normally, lost_before)
    outcomes = reconcile(api, lost, run(max_tokens=5))
    assert [outcome.failure for outcome in outcomes] == [None, None, None]
    assert len(api.writes) == len(set(api.writes)) + 1, "the lost create alone is sent twice"
    assert api.lists == 2


@pytest.mark.parametrize("lag", [1, 2])
def test_own_deletions_are_merged_into_the_quota_of_a_list_that_lags(lag: int) -> None:
    api = FakeApi(token(1), token(2, previous(2), age=days(300)), lag=lag, max_tokens=2)
    api.on("create", lost_before)
    outcome = reconcile_one(api, declare(rotate="always", stored_client_id=id_of(1)), max_tokens=2)
    assert outcome.failure is None
    assert outcome.created is not None
    assert api.names == ["NAME", previous(1)]


# An expired token.


@pytest.mark.parametrize("status", [400, 409, 500])
def test_an_expired_token_whose_rename_the_server_refuses_is_deleted_instead(status: int) -> None:
    api = FakeApi(token(1, expires=-days(1)))
    api.on("patch", refused(status))
    outcome = reconcile_one(api, declare())
    assert outcome.failure is None
    assert shown(outcome.done) == ["delete 1", "create NAME"]
    deletion = outcome.done[0]
    assert isinstance(deletion, Delete)
    assert "expired" in deletion.reason
    assert api.names == ["NAME"]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_an_expired_token_is_not_deleted_where_the_refusal_is_of_the_run_itself(status: int) -> None:
    api = FakeApi(token(1, expires=-days(1)))
    api.on("patch", refused(status))
    assert reconcile_one(api, declare()).failure is not None
    assert api.names == ["NAME"]


def test_a_living_token_whose_rename_the_server_refuses_is_kept() -> None:
    api = FakeApi(token(1, expires=SECOND))
    api.on("patch", *[refused(400)] * 9)
    outcome = reconcile_one(api, declare(rotate="always"))
    assert "the server refused: 400" in (outcome.failure or "")
    assert api.names == ["NAME"]
    assert not [call for call in api.calls if call.startswith(("delete", "create"))]


def test_an_expired_token_is_kept_without_the_servers_clock() -> None:
    api = FakeApi(token(1, expires=-days(3650)), has_date=False)
    api.on("patch", *[refused(400)] * 9)
    assert reconcile_one(api, declare(expires_in=days(3650))).failure is not None
    assert api.names == ["NAME"]


def test_an_expired_token_that_the_run_authenticates_with_is_kept() -> None:
    api = FakeApi(token(1, expires=-days(1)))
    api.on("patch", *[refused(400)] * 9)
    assert reconcile_one(api, declare(), own_id=id_of(1)).failure is not None
    assert api.names == ["NAME"]


# A server that does not do as asked.


def test_a_validity_that_still_differs_on_a_fresh_token_is_a_failure_and_not_another_rotation() -> None:
    api = FakeApi(token(1), makes={"access_token_validity_seconds": 3600})
    outcome = reconcile_one(api, declare(access_token_validity_seconds=600))
    assert api.writes.count("create NAME") == 1
    assert api.lists == 1
    for part in ("'NAME'", id_of(NEW_IDS), "access_token_validity_seconds", "600", "3600"):
        assert part in (outcome.failure or "")
    assert api.names == ["NAME"]
    assert api.named("NAME").id == id_of(1), "the one in use has its name again"


@pytest.mark.parametrize("made", [NOW + days(30), None])
def test_an_expiry_that_still_differs_on_a_fresh_token_is_a_failure_before_v2025(made: datetime | None) -> None:
    api = FakeApi(token(1, expires=days(9)), makes={"expiration_date": made})
    outcome = reconcile_one(api, declare(expiration_date=NOW + days(50)), version=V3)
    assert api.writes.count("create NAME") == 1
    assert "expiration_date" in (outcome.failure or "")
    assert api.named("NAME").id == id_of(1)


def test_an_expiry_that_differs_by_less_than_a_second_is_as_asked() -> None:
    api = FakeApi(makes={"expiration_date": NOW + days(50) + SECOND / 2})
    assert reconcile_one(api, declare(expiration_date=NOW + days(50)), version=V3).failure is None


# One failing token does not stop the others.


@pytest.mark.parametrize("status", [400, 403, 409, 500])
def test_one_failing_token_does_not_stop_the_others(status: int) -> None:
    api = FakeApi(token(1, "A"), token(2, "B"))
    api.on("patch", refused(status))
    declared = [declare("A", scope=SCOPE), declare("B", scope=SCOPE), declare("C")]
    first, second, third = reconcile(api, declared, run())
    assert first.failure is not None
    assert (second.failure, third.failure) == (None, None)
    assert api.tokens[id_of(2)].scope == SCOPE
    assert "C" in api.names


def test_one_token_that_cannot_be_planned_does_not_stop_the_others() -> None:
    api = FakeApi(token(1, "A", managed=True))
    first, second = reconcile(api, [declare("A", state="absent"), declare("B")], run())
    assert first.failure is not None
    assert second.failure is None
    assert api.names == ["A", "B"]


def test_a_deletion_that_fails_stops_no_other_token() -> None:
    api = FakeApi(token(1, "A"), token(2, "B"))
    api.on("delete", refused(500))
    first, second = reconcile(api, [declare("A", state="absent"), declare("B", state="absent")], run())
    assert first.failure is not None
    assert second.failure is None
    assert api.names == ["A"]


def test_no_step_of_a_token_follows_one_that_failed() -> None:
    api = FakeApi(token(1))
    api.on("patch", refused(403))
    outcome = reconcile_one(api, declare(rotate="always"))
    assert outcome.done == []
    assert api.calls == ["list", "patch 1 name=NAME (previous 00000001)"]


def test_a_creation_that_counts_on_a_slot_whose_deletion_failed_is_looked_into_anew() -> None:
    api = FakeApi(token(1, "B"), token(2, previous(2, "B"), age=days(300)), max_tokens=2)
    api.on("delete", refused(500))
    first, second = reconcile(api, [declare("A"), declare("B")], run(max_tokens=2))
    assert "max_tokens" in (first.failure or "")
    assert second.failure is not None
    assert api.names == ["B", previous(2, "B")]


def test_messages_after_a_conflict_name_no_live_token_of_another_declaration_as_one_that_could_go() -> None:
    api = FakeApi(token(1, "B"), max_tokens=2)
    other = token(2, "C", age=hours(0))
    api.on("create", meanwhile(lambda: api.tokens.update({other.id: other})))
    first, _second = reconcile(api, [declare("A"), declare("B")], run(max_tokens=2))
    assert id_of(2) in (first.failure or "")
    assert id_of(1) not in (first.failure or "")


# state: absent.


def test_absent_deletes_the_token_that_the_run_authenticates_with_last() -> None:
    api = FakeApi(token(1, "A"), token(2, previous(2, "A")), token(3, "B"))
    declared = [declare("A", state="absent"), declare("B", state="absent"), declare("C")]
    outcomes = reconcile(api, declared, run(own_id=id_of(1)))
    assert [outcome.failure for outcome in outcomes] == [None, None, None]
    assert api.writes == ["delete 2", "delete 3", "create C", "delete 1"]
    assert outcomes[0].live is None


def test_absent_works_for_another_owner() -> None:
    api = FakeApi(token(1))
    assert reconcile_one(api, declare(state="absent"), owner="somebody").failure is None
    assert api.names == []
