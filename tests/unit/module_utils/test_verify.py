# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the list does not show is gone only if its stored credentials are proved to be dead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import ApiError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, Grant, Listing
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.outcome import Outcome
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi, raising, refused
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import FakeStore, kept_in, run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import declare
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import days, id_of, token

THEIRS = id_of(7)


class NeighboursApi(FakeApi):
    """An API that accepts the credentials of another identity too, whose tokens the list does not show."""

    def _grant(self, client_id: str, client_secret: Secret) -> Grant:
        if client_id == THEIRS:
            return Grant(Secret("not-a-real-bearer"), 43200, None, "their-identity")
        return super()._grant(client_id, client_secret)


def outcome_of(api: FakeApi, declared: Declared, store: FakeStore, **values: bool) -> Outcome:
    (outcome,) = reconcile(api, [replace(declared, store_at=store.where)], run(**values), [kept_in(store)])
    return outcome


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("adopt", [False, True])
def test_a_working_token_of_another_identity_is_neither_replaced_nor_forgotten(
    state: str, adopt: bool, check_mode: bool
) -> None:
    api = NeighboursApi(token(1))
    store = FakeStore(api, THEIRS)
    declared = declare(state=state, stored_client_id=THEIRS, adopt=adopt and state == "present")
    outcome = outcome_of(api, declared, store, check_mode=check_mode)
    failure = outcome.failure or ""
    assert "their-identity" in failure
    assert "a.user" in failure
    assert f"file FAKE holds {THEIRS}, whose credentials work" in failure
    assert api.writes == []
    assert store.client_id == THEIRS
    assert outcome.done == []


def test_verify_always_does_not_take_it_for_gone_either() -> None:
    api = NeighboursApi(token(1))
    store = FakeStore(api, THEIRS)
    outcome = outcome_of(api, declare(stored_client_id=THEIRS, verify="always"), store)
    assert "their-identity" in (outcome.failure or "")
    assert store.client_id == THEIRS


def test_a_list_that_lags_does_not_replace_what_works() -> None:
    api = FakeApi(token(1), lag=0)
    store = FakeStore(api, id_of(1))
    api.on("list", lambda effect: Listing((), api.now))
    outcome = outcome_of(api, declare(stored_client_id=id_of(1)), store)
    assert "run again" in (outcome.failure or "")
    assert api.writes == []


def test_what_is_refused_twice_while_the_run_is_accepted_is_dead() -> None:
    api = FakeApi(token(1, age=days(1)))
    store = FakeStore(api, id_of(8))
    outcome = outcome_of(api, declare(stored_client_id=id_of(8)), store)
    assert outcome.failure is None
    assert api.calls[:5] == [
        "list",
        "grant 00000008",
        "grant of the run's own",
        "grant 00000008",
        "grant of the run's own",
    ]
    assert store.works


def test_what_is_refused_while_the_run_is_refused_too_is_not_dead() -> None:
    api = FakeApi(token(1))
    store = FakeStore(api, id_of(8))
    api.on("authenticate", raising(ApiError("the server refuses everybody", 401)))
    outcome = outcome_of(api, declare(stored_client_id=id_of(8)), store)
    told = f"file FAKE holds {id_of(8)}, and it is unknown whether these credentials still work: "
    assert told in (outcome.failure or "")
    assert store.client_id == id_of(8)
    assert api.writes == []


def test_what_is_refused_once_is_not_dead() -> None:
    api = NeighboursApi(token(1))
    store = FakeStore(api, THEIRS)
    api.on("grant", refused(401))
    assert "their-identity" in (outcome_of(api, declare(stored_client_id=THEIRS), store).failure or "")


@pytest.mark.parametrize("state", ["present", "absent"])
def test_an_id_alone_proves_nothing(state: str) -> None:
    api = FakeApi(token(1))
    (outcome,) = reconcile(api, [declare(state=state, stored_client_id=id_of(8))], run())
    assert "client_secret" in (outcome.failure or "")
    assert "adopt" in (outcome.failure or "")
    assert api.writes == []


def test_with_adopt_an_id_alone_is_enough() -> None:
    api = FakeApi(token(1))
    (outcome,) = reconcile(api, [declare(stored_client_id=id_of(8), adopt=True)], run())
    assert outcome.failure is None
    assert outcome.created is not None


def test_what_is_listed_costs_no_grant() -> None:
    api = FakeApi(token(1))
    store = FakeStore(api, id_of(1))
    outcome = outcome_of(api, replace(declare(stored_client_id=id_of(1)), expires_in=None, never_expires=True), store)
    assert outcome.failure is None
    assert [call for call in api.calls if call.startswith("grant")] == []
