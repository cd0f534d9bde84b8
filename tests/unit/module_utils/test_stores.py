# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store in a run: when it is looked at, proved for, written and emptied, and what its failures leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    ApiError,
    ConnectionFailedError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    CreatedToken,
    Declared,
    Grant,
    NewToken,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.results import token_result
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Forget
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.hand_over import PROOF_PAUSES
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.outcome import Outcome
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import (
    FakeApi,
    lost_after,
    normally,
    raising,
    refused,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import FakeStore, kept_in, run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import declare, plan_of, shown
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import SECOND, days, hours, id_of, previous, token

MADE = 0xC0000000
"""The number of the first token that the fake API makes."""


def reconcile_one(api: FakeApi, declared: Declared, store: FakeStore | None, **values: Any) -> Outcome:
    (outcome,) = reconcile(api, [declared], run(**values), [kept_in(store)])
    return outcome


# Create, prove, store.


def test_a_create_is_proved_and_then_stored() -> None:
    api = FakeApi()
    store = FakeStore(api)
    outcome = reconcile_one(api, declare(stored_client_id=""), store)
    assert api.calls == ["list", "store: prepare", "create NAME", "grant c0000000", "store: write"]
    assert outcome.failure is None
    assert outcome.live is not None
    assert store.client_id == outcome.live.id
    assert store.works


def test_a_rotation_is_stored_before_anything_else_happens_and_the_old_one_lives() -> None:
    api = FakeApi(token(1), token(2, previous(2), age=days(300)))
    store = FakeStore(api, id_of(1))
    reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always"), store)
    assert api.calls == [
        "list",
        "store: prepare",
        "delete 2",
        "patch 1 name=NAME (previous 00000001)",
        "create NAME",
        "grant c0000000",
        "store: write",
    ]
    assert id_of(1) in api.tokens


def test_what_is_as_declared_touches_no_store() -> None:
    api = FakeApi(token(1))
    reconcile_one(api, declare(stored_client_id=id_of(1)), FakeStore(api, id_of(1)))
    assert api.calls == ["list"]


def test_a_change_of_scope_touches_no_store() -> None:
    api = FakeApi(token(1))
    declared = declare(stored_client_id=id_of(1), scope=frozenset(["a:x"]))
    reconcile_one(api, declared, FakeStore(api, id_of(1)))
    assert api.calls == ["list", "patch 1 scope=a:x"]


def test_check_mode_looks_and_writes_nothing() -> None:
    api = FakeApi()
    outcome = reconcile_one(api, declare(stored_client_id=""), FakeStore(api), check_mode=True)
    assert api.calls == ["list", "store: prepare by looking"]
    assert outcome.failure is None


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_store_that_cannot_be_written_is_found_out_before_anything_is_made(check_mode: bool) -> None:
    api = FakeApi(token(1))
    store = FakeStore(api, id_of(1), fails="prepare")
    declared = declare(stored_client_id=id_of(1), rotate="always")
    outcome = reconcile_one(api, declared, store, check_mode=check_mode)
    assert api.writes == []
    assert outcome.failure is not None
    assert "'NAME'" in outcome.failure
    assert "no space left" in outcome.failure
    assert outcome.done == []


def test_a_store_that_its_user_keeps_gets_proved_credentials() -> None:
    api = FakeApi()
    outcome = reconcile_one(api, declare(stored_client_id=""), None)
    assert api.calls == ["list", "create NAME", "grant c0000000"]
    assert outcome.grant is not None


def test_without_a_store_nothing_is_proved() -> None:
    api = FakeApi()
    reconcile_one(api, declare(), None)
    assert api.calls == ["list", "create NAME"]


def test_verify_never_stores_without_a_proof() -> None:
    api = FakeApi()
    reconcile_one(api, declare(stored_client_id="", verify="never"), FakeStore(api))
    assert api.calls == ["list", "store: prepare", "create NAME", "store: write"]


# Proofs that fail.


@pytest.mark.parametrize("status", [400, 401])
def test_new_credentials_have_about_a_minute_to_become_known(status: int) -> None:
    api = FakeApi()
    api.on("grant", *[refused(status)] * len(PROOF_PAUSES), normally)
    store = FakeStore(api)
    outcome = reconcile_one(api, declare(stored_client_id=""), store)
    assert outcome.failure is None
    assert 50 <= sum(api.waits) <= 70
    assert store.works


def test_a_proof_ends_with_the_patience_of_the_run() -> None:
    api = FakeApi(patience=5)
    api.on("grant", *[refused(401)] * 99)
    outcome = reconcile_one(api, declare(stored_client_id=""), FakeStore(api))
    assert api.waits == [1, 2]
    assert "could not be proved, so the store was not changed: the server refused: 401" in (outcome.failure or "")


def test_proofs_that_fail_for_all_tokens_of_a_set_do_not_eat_the_quota() -> None:
    api = FakeApi(token(1, "C"))
    api.on("grant", *[refused(401)] * 99)
    declared = [declare(name, stored_client_id="") for name in ("A", "B", "D")]
    declared.insert(2, declare("C", stored_client_id=id_of(1), rotate="always"))
    stores = [FakeStore(api), FakeStore(api), FakeStore(api, id_of(1)), FakeStore(api)]
    outcomes = reconcile(api, declared, run(), [kept_in(store) for store in stores])
    assert sum(write.startswith("create") for write in api.writes) == 2
    for outcome in outcomes[2:]:
        assert "since two new tokens could not be proved in this run" in (outcome.failure or "")
    assert api.named("C").id == id_of(1)


class Slow(FakeApi):
    """Credentials work only 40 seconds after they were made."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.born: dict[str, float] = {}

    def _create(self, new: NewToken) -> CreatedToken:
        made = super()._create(new)
        self.born[made.token.id] = sum(self.waits)
        return made

    def _grant(self, client_id: str, client_secret: Secret) -> Grant:
        if sum(self.waits) - self.born[client_id] < 40:
            raise ApiError("not known yet", 401)
        return super()._grant(client_id, client_secret)


def test_no_token_is_made_that_there_is_no_time_left_to_prove() -> None:
    """Its secret would be lost, and it would keep its slot."""
    api = Slow(patience=300)
    stores = [FakeStore(api) for _number in range(9)]
    declared = [declare(f"T{number}", stored_client_id="") for number in range(9)]
    outcomes = reconcile(api, declared, run(), [kept_in(store) for store in stores])
    made = [store for store in stores if store.client_id]
    assert 0 < len(made) == len(api.tokens) < 9
    assert all(store.works for store in made)
    told = [outcome.failure or "" for outcome in outcomes[len(made) :]]
    assert all("a proof took" in text and "run_timeout leaves" in text for text in told)


def test_one_proof_that_fails_keeps_no_other_token_of_a_set_from_being_made() -> None:
    api = FakeApi()
    api.on("grant", refused(503))
    declared = [declare(name, stored_client_id="") for name in ("A", "B", "C")]
    outcomes = reconcile(api, declared, run(), [kept_in(FakeStore(api)) for _one in declared])
    assert [outcome.failure is None for outcome in outcomes] == [False, True, True]


def test_a_store_that_takes_nothing_does_not_eat_the_quota() -> None:
    api = FakeApi()
    declared = [declare(name, stored_client_id="") for name in ("A", "B", "C", "D")]
    stores = [FakeStore(api, fails="write") for _one in "ABC"] + [FakeStore(api)]
    for store in stores[:3]:
        store.store = "ONE"
    outcomes = reconcile(api, declared, run(), [kept_in(store) for store in stores])
    assert sorted(write for write in api.writes if write.startswith("create")) == ["create A", "create B", "create D"]
    assert "since its store did not take two new secrets in this run" in (outcomes[2].failure or "")
    assert outcomes[3].failure is None, "the store of its own takes what comes"


def test_stores_that_cannot_be_written_stop_no_other_token() -> None:
    api = FakeApi()
    declared = [declare(name, stored_client_id="") for name in ("A", "B", "C")]
    stores = [FakeStore(api, fails="write"), FakeStore(api, fails="write"), FakeStore(api)]
    outcomes = reconcile(api, declared, run(), [kept_in(store) for store in stores])
    assert [outcome.failure is None for outcome in outcomes] == [False, False, True]


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        (refused(401), len(PROOF_PAUSES) + 1),
        (refused(503), 1),
        (raising(ConnectionFailedError("the network is down")), 1),
    ],
)
def test_what_cannot_be_proved_is_not_stored_and_destroys_nothing(fault: Any, tries: int) -> None:
    api = FakeApi(token(1))
    api.on("grant", *[fault] * 99)
    store = FakeStore(api, id_of(1))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always"), store)
    assert api.calls.count("grant c0000000") == tries
    assert "store: write" not in api.calls
    assert store.client_id == id_of(1)
    assert id_of(1) in api.tokens
    assert outcome.failure is not None
    assert id_of(MADE) in outcome.failure
    assert outcome.live is not None
    assert outcome.live.id == id_of(1)


def test_after_a_failed_proof_the_next_run_goes_back_to_what_is_stored() -> None:
    api = FakeApi(token(1))
    api.on("grant", refused(503))
    store = FakeStore(api, id_of(1))
    reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always"), store)
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1)), store)
    assert outcome.failure is None
    assert api.names == ["NAME", previous(MADE)]
    assert api.named("NAME").id == id_of(1)


# Writes that fail.


@pytest.mark.parametrize("landed", [False, True])
def test_a_write_that_fails_deletes_nothing_and_the_next_run_converges(landed: bool) -> None:
    api = FakeApi(token(1))
    store = FakeStore(api, id_of(1), fails="write", landed=landed)
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always"), store)
    assert not [call for call in api.calls if call.startswith("delete")]
    assert outcome.failure is not None
    assert "no space left" in outcome.failure
    assert store.works
    again = reconcile_one(api, declare(stored_client_id=store.client_id), FakeStore(api, store.client_id))
    assert again.failure is None
    assert api.named("NAME").id == store.client_id


def test_a_value_that_was_not_honoured_is_a_failure_and_the_store_holds_what_it_held() -> None:
    """Another token every night would fill the quota: the new one goes at once, and the old one has its name again."""
    api = FakeApi(token(1), makes={"access_token_validity_seconds": 60})
    store = FakeStore(api, id_of(1))
    declared = declare(stored_client_id=id_of(1), access_token_validity_seconds=600)
    for _night in range(12):
        outcome = reconcile_one(api, declared, store)
        assert "60 instead of 600" in (outcome.failure or "")
        assert store.client_id == id_of(1)
        assert api.names == ["NAME"]
        assert not token_result(outcome)["credentials_changed"]


def test_what_was_not_honoured_is_not_handed_over() -> None:
    api = FakeApi(makes={"access_token_validity_seconds": 60})
    outcome = reconcile_one(api, declare(stored_client_id="", access_token_validity_seconds=600), None)
    assert outcome.failure is not None
    assert "secret" not in token_result(outcome)
    assert not token_result(outcome)["credentials_changed"]
    assert api.names == []


@pytest.mark.parametrize("fails", ["write", "grant"])
def test_what_is_not_in_use_is_not_handed_over_nor_called_a_change_of_credentials(fails: str) -> None:
    api = FakeApi(token(1))
    api.on("grant", *[refused(503)] * (fails == "grant"))
    store = FakeStore(api, id_of(1), fails=fails)
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always"), store)
    assert outcome.created is not None
    result = token_result(outcome, returns_secret=True)
    assert "secret" not in result
    assert not result["credentials_changed"]


@pytest.mark.parametrize("returns", [False, True])
def test_a_stored_secret_is_returned_where_that_is_asked_for(returns: bool) -> None:
    api = FakeApi()
    outcome = reconcile_one(api, declare(stored_client_id=""), FakeStore(api))
    assert ("secret" in token_result(outcome, returns_secret=returns)) == returns


# Absent.


@pytest.mark.parametrize("check_mode", [False, True])
def test_absent_empties_the_store_first(check_mode: bool) -> None:
    api = FakeApi(token(1))
    declared = declare(state="absent", stored_client_id=id_of(1))
    outcome = reconcile_one(api, declared, FakeStore(api, id_of(1)), check_mode=check_mode)
    done = [] if check_mode else ["store: remove", "delete 1"]
    assert api.calls == ["list", "store: look before removal", *done]
    assert isinstance(outcome.done[0], Forget)
    assert len(outcome.done) == 2


def test_absent_empties_a_store_whose_token_is_gone() -> None:
    api = FakeApi()
    outcome = reconcile_one(api, declare(state="absent", stored_client_id=id_of(1)), FakeStore(api, id_of(1)))
    proof = ["grant 00000001", "grant of the run's own"]
    assert api.calls == ["list", *proof, *proof, "store: look before removal", "store: remove"]
    assert len(outcome.done) == 1


def test_absent_with_an_empty_store_leaves_it() -> None:
    api = FakeApi()
    outcome = reconcile_one(api, declare(state="absent", stored_client_id=""), FakeStore(api))
    assert api.calls == ["list"]
    assert outcome.done == []


@pytest.mark.parametrize("check_mode", [False, True])
def test_absent_leaves_a_store_that_holds_another_living_token(check_mode: bool) -> None:
    api = FakeApi(token(1), token(2, "ANOTHER"))
    declared = declare(state="absent", stored_client_id=id_of(2))
    outcome = reconcile_one(api, declared, FakeStore(api, id_of(2)), check_mode=check_mode)
    assert outcome.failure is not None
    assert "'ANOTHER'" in outcome.failure
    assert api.calls == ["list"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_store_that_cannot_be_emptied_keeps_the_token_alive(check_mode: bool) -> None:
    api = FakeApi(token(1))
    store = FakeStore(api, id_of(1), fails="remove")
    declared = declare(state="absent", stored_client_id=id_of(1))
    outcome = reconcile_one(api, declared, store, check_mode=check_mode)
    assert outcome.failure is not None
    assert outcome.done == []
    assert id_of(1) in api.tokens


def test_absent_deletes_all_that_bear_the_name() -> None:
    api = FakeApi(token(1), token(2, previous(2)))
    twin = token(3)
    api.tokens[twin.id] = twin
    outcome = reconcile_one(api, declare(state="absent"), None)
    assert outcome.failure is None
    assert api.names == []


# The store's answers.


def test_a_store_that_gave_no_answer_fails_its_token_and_nothing_is_done_to_it() -> None:
    refusal = "the store could not be read: permission denied"
    api = FakeApi(token(1))
    (outcome,) = reconcile(api, [declare(refusal=refusal, rotate="always")], run())
    assert api.writes == []
    assert outcome.failure == f"personal access token 'NAME': {refusal}; nothing was done to the token"


def test_an_absent_token_whose_store_gave_no_answer_stays() -> None:
    assert plan_of(declare(state="absent", refusal="no"), token(1)).steps == ()


def test_dead_credentials_in_the_store_are_a_reason_to_rotate() -> None:
    plan = plan_of(declare(stored_client_id=id_of(1), stored_is_dead=True), token(1, used=days(0)))
    assert [type(step).__name__ for step in plan.steps] == ["Patch", "Create"]
    assert plan.creation[-1].reason == "the credentials in the store no longer authenticate"


def test_dead_credentials_are_a_failure_where_nothing_may_be_rotated() -> None:
    plan = plan_of(declare(stored_client_id=id_of(1), stored_is_dead=True, rotate="never"), token(1))
    assert plan.steps == ()
    assert plan.failure is not None
    assert "no longer authenticate" in plan.failure


# What nights of a broken store leave.


def broken_nights(count: int) -> FakeApi:
    """Return an API after so many nights in which a due token was replaced and the store could not be written."""
    api = FakeApi(token(1, age=days(80), used=hours(3)))
    for _night in range(count):
        store = FakeStore(api, id_of(1), fails="write")
        reconcile_one(api, declare(stored_client_id=id_of(1), rotate_after=days(60), overlap=days(14)), store)
        api.now += days(1)
    return api


@pytest.mark.parametrize("nights", [3, 12, 40])
def test_the_night_in_which_the_store_is_mended_rotates_whatever_the_others_have_left(nights: int) -> None:
    api = broken_nights(nights)
    assert len(api.tokens) <= 10
    store = FakeStore(api, id_of(1))
    declared = declare(stored_client_id=id_of(1), rotate_after=days(60), overlap=days(14))
    outcome = reconcile_one(api, declared, store)
    assert "has not kept the credentials" in (outcome.failure or "")
    assert outcome.plan.deferred is None
    assert store.client_id != id_of(1)
    assert store.works
    assert id_of(1) in api.tokens
    api.now += days(1)
    assert reconcile_one(api, replace(declared, stored_client_id=store.client_id), store).failure is None


def test_nights_of_a_store_that_never_held_anything_end_well_too() -> None:
    api = FakeApi()
    for _night in range(15):
        reconcile_one(api, declare(stored_client_id=""), FakeStore(api, fails="write"))
        api.now += days(1)
    store = FakeStore(api)
    outcome = reconcile_one(api, declare(stored_client_id=""), store)
    assert "has not kept the credentials" in (outcome.failure or "")
    assert store.works
    api.now += days(1)
    assert reconcile_one(api, declare(stored_client_id=store.client_id), store).failure is None


@pytest.mark.parametrize(
    ("age", "used", "goes"),
    [
        (hours(49), hours(48), True),
        # The proof at first, a use within the next day, and none since: the list shows the proof alone.
        (hours(49) - SECOND, hours(48) - SECOND, False),
        (hours(30), None, True),
        (days(5), days(5) - hours(2), False),
    ],
    ids=["proved", "too young", "never used", "used by somebody"],
)
def test_only_what_a_failed_run_left_gives_its_slot_away(age: timedelta, used: timedelta | None, goes: bool) -> None:
    live, member = token(1, age=days(80), used=hours(3)), token(2, previous(2), age=age, used=used)
    plan = plan_of(
        declare(stored_client_id=live.id, rotate_after=days(60), overlap=days(14)), live, member, max_tokens=2
    )
    never_used = used is None
    assert (plan.deferred is None) == goes
    assert ("delete 2" in shown(plan.steps)) == goes
    assert never_used or not goes or "its slot is needed" in plan.creation[0].reason


# What a lost answer leaves to tell.


def test_a_list_that_fails_after_a_lost_create_does_not_hide_it() -> None:
    api = FakeApi()
    api.on("create", lost_after)
    api.on("list", normally, refused(500))
    outcome = reconcile_one(api, declare(), None)
    assert outcome.failure is not None
    assert "the answer to a create was lost" in outcome.failure
    assert "refused: 500" in outcome.failure


def test_where_a_lost_create_took_the_last_slot_what_it_made_is_named_first() -> None:
    api = FakeApi(token(1, "A", age=days(999)), token(2, "B", age=days(99)), max_tokens=3)
    api.on("create", lost_after)
    outcome = reconcile_one(api, declare(), None, max_tokens=3)
    assert outcome.failure is not None
    order = [outcome.failure.index(each) for each in (id_of(MADE), id_of(1), id_of(2))]
    assert order == sorted(order)
