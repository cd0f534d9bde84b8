# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A store that changes under the run, fails at any of its operations, or has the entry under a former name."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.results import token_result
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Create, Forget, Move, Patch
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.outcome import Outcome
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi, normally, refused
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import FakeStore, kept_in, run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import declare
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import (
    days,
    hours,
    id_of,
    previous,
    secret_of,
    token,
)

MADE = 0xC0000000
"""The number of the first token that the fake API makes."""

each_mode = pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check mode"])


def reconcile_one(
    api: FakeApi, declared: Declared, store: FakeStore | None, former: FakeStore | None = None, **values: Any
) -> Outcome:
    (outcome,) = reconcile(api, [declared], run(**values), [kept_in(store, former)])
    return outcome


# Another run was first.


def another_run(api: FakeApi, store: FakeStore) -> None:
    """Let another run take the name over, as it does with a token that the store does not hold, and store its own."""
    api.tokens[id_of(MADE)] = token(MADE, previous(MADE), age=hours(0), used=hours(0))
    api.tokens[id_of(2)] = token(2, age=hours(0), used=hours(0))
    store.hold(id_of(2))


@pytest.mark.parametrize("stored", ["", id_of(1)])
def test_a_store_that_changed_under_the_run_is_read_again_and_keeps_what_the_other_wrote(stored: str) -> None:
    api = FakeApi(*([token(1)] if stored else []))
    store = FakeStore(api, stored)
    store.before("write", lambda: another_run(api, store))
    outcome = reconcile_one(api, declare(stored_client_id=stored, rotate="always" if stored else "when_due"), store)
    assert api.calls.count("store: write") == (2 if stored else 1), "forced, it rotates what the other has made"
    first = api.calls.index("store: write")
    assert api.calls[first + 1 : first + 3] == ["store: read", "list"]
    assert outcome.failure is None
    assert store.works
    assert store.client_id != id_of(MADE)
    assert stored or store.client_id == id_of(2)
    assert id_of(2) in api.tokens


def test_a_store_that_changed_in_the_middle_of_a_set_dooms_nobody() -> None:
    """The second pass plans for one token alone: what the other has just replaced would have its slot for ever."""
    api = FakeApi(token(1, "A", expires=days(80)), token(2, "B", expires=days(10)))
    store, former = FakeStore(api, where="file new"), FakeStore(api, id_of(1), where="file old")
    kept = kept_in(store, former)

    def moved() -> None:
        former.hold("")
        store.hold(id_of(1))
        store.secret = secret_of(id_of(9))  # not what this run read, so that its write is refused

    store.before("write", moved)
    rotated = {"expires_in": days(90), "rotate_before": days(14)}
    declared = [declare("A", stored_client_id=id_of(1), renamed_from=("OLD",), **rotated), declare("B", **rotated)]
    first, second = reconcile(api, declared, run(max_tokens=3), [kept, None])
    assert api.lists == 2
    assert (first.failure, second.failure) == (None, None)


def test_the_token_that_was_made_in_vain_is_no_ones_and_is_not_returned() -> None:
    api = FakeApi(token(1, age=days(80), used=hours(3)))
    store = FakeStore(api, id_of(1))
    store.before("write", lambda: another_run(api, store))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate_after=days(60)), store)
    result = token_result(outcome, returns_secret=True)
    assert outcome.failure is None
    assert result["client_id"] == id_of(2) == store.client_id
    assert "secret" not in result
    assert secret_of(id_of(MADE)).reveal() not in str(result)
    assert not result["credentials_changed"]
    # It is told, by its id, and nobody's: no run has it in a store, and the name is not its own.
    assert [action["id"] for action in result["actions"] if action["action"] == "create"] == [id_of(MADE)]
    assert api.names == ["NAME", previous(1), previous(MADE)]
    assert id_of(1) in api.tokens


def test_a_token_that_was_made_in_vain_and_has_the_name_frees_it() -> None:
    """The other run, a caller's of its own, knows nothing of ours."""
    api = FakeApi()
    store = FakeStore(api)

    def another() -> None:
        api.tokens[id_of(2)] = token(2, previous(2), age=hours(0), used=hours(0))
        store.hold(id_of(2))

    store.before("write", another)
    outcome = reconcile_one(api, declare(stored_client_id=""), store)
    assert outcome.failure is None
    assert outcome.live is not None
    assert outcome.live.id == store.client_id == id_of(2)
    assert api.named("NAME").id == id_of(2)
    assert api.named(previous(MADE)).id == id_of(MADE)


def test_what_was_made_in_vain_is_told_where_the_store_now_holds_a_stranger() -> None:
    api = FakeApi(token(5, "OTHER"))
    store = FakeStore(api)
    store.before("write", lambda: store.hold(id_of(5)))
    failure = reconcile_one(api, declare(stored_client_id=""), store).failure or ""
    made, stranger = f"created as {id_of(MADE)}", "holds the credentials of 'OTHER'"
    assert failure.index(made) < failure.index(stranger)
    assert store.client_id == id_of(5)


def test_a_store_that_was_emptied_under_the_run_gets_another_token() -> None:
    api = FakeApi(token(1))
    store = FakeStore(api, id_of(1))
    store.before("write", lambda: store.hold(""))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always"), store)
    assert outcome.failure is None
    assert outcome.created is not None
    assert outcome.created.token.id == store.client_id == id_of(MADE + 1)
    assert store.works
    assert id_of(1) in api.tokens


def test_a_store_that_changes_again_and_again_ends_the_run_with_what_was_made() -> None:
    api = FakeApi(token(1, used=hours(1)))
    store = FakeStore(api, id_of(1))
    store.before("write", *[lambda number=number: store.hold(id_of(number)) for number in range(20, 30)])
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always"), store)
    assert api.lists == 4
    assert outcome.failure is not None
    assert outcome.failure.count("'NAME'") == 1
    assert f"created as {id_of(MADE + 3)}, but file FAKE: another program has changed it" in outcome.failure
    assert "3 times" in outcome.failure
    assert "secret" not in token_result(outcome, returns_secret=True)
    assert id_of(1) in api.tokens


def test_a_store_that_changed_and_cannot_be_read_again_is_told_once_and_stops_its_token_alone() -> None:
    api = FakeApi(token(1))
    store = FakeStore(api, id_of(1))

    def broken() -> None:
        store.hold(id_of(2))
        store.fails = "read"

    store.before("write", broken)
    declared = [declare(stored_client_id=id_of(1), rotate="always"), declare("B")]
    first, second = reconcile(api, declared, run(), [kept_in(store), None])
    assert first.failure is not None
    assert first.failure.count("'NAME'") == 1
    assert f"created as {id_of(MADE + 1)}, but file FAKE: another program has changed it" in first.failure
    assert first.failure.endswith("; then: file FAKE: no space left")
    assert "secret" not in token_result(first, returns_secret=True)
    assert second.failure is None
    assert store.client_id == id_of(2)
    assert api.lists == 1


def test_a_store_that_cannot_compare_holds_what_was_written_last() -> None:
    api = FakeApi(token(1))
    store = FakeStore(api, id_of(1), compares=False)
    store.before("write", lambda: another_run(api, store))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always"), store)
    assert outcome.failure is None
    assert store.client_id == id_of(MADE)
    assert store.works
    assert api.lists == 1


def test_an_absent_token_whose_store_changed_stays_and_so_does_the_store() -> None:
    api = FakeApi(token(1))
    store = FakeStore(api, id_of(1))
    store.before("remove", lambda: store.hold(id_of(2)))
    outcome = reconcile_one(api, declare(state="absent", stored_client_id=id_of(1)), store)
    assert outcome.failure is not None
    assert "another program has changed it; nothing was done to the token" in outcome.failure
    assert outcome.done == []
    assert store.client_id == id_of(2)
    assert id_of(1) in api.tokens


# A store that fails.


@pytest.mark.parametrize("fails", ["prepare", "write"])
@pytest.mark.parametrize("stored", ["", id_of(1)])
def test_nothing_is_made_that_could_have_been_known_to_find_no_store(fails: str, stored: str) -> None:
    api = FakeApi(*([token(1)] if stored else []))
    before = dict(api.tokens)
    store = FakeStore(api, stored, fails=fails)
    outcome = reconcile_one(api, declare(stored_client_id=stored, rotate="always" if stored else "when_due"), store)
    assert outcome.failure is not None
    assert "no space left" in outcome.failure
    assert outcome.failure.count("file FAKE") == 1
    assert store.client_id == stored
    assert (api.tokens == before) == (fails == "prepare")
    assert [isinstance(step, Create) for step in outcome.done].count(True) == (fails == "write")
    assert not [call for call in api.calls if call.startswith("delete")]
    assert "secret" not in token_result(outcome, returns_secret=True)


@pytest.mark.parametrize("landed", [False, True])
def test_a_store_that_cannot_be_emptied_loses_no_token(landed: bool) -> None:
    api = FakeApi(token(1))
    store = FakeStore(api, id_of(1), fails="remove", landed=landed)
    outcome = reconcile_one(api, declare(state="absent", stored_client_id=id_of(1)), store)
    assert outcome.failure is not None
    assert outcome.done == []
    assert api.names == ["NAME"]


# The entry moves with the token's name.


RENAMED: dict[str, Any] = {"renamed_from": ("OLD",)}


def places(api: FakeApi, here: str = "", there: str = "", **settings: Any) -> tuple[FakeStore, FakeStore]:
    """Return the entry of the token's name, and that of its former one."""
    return FakeStore(api, here, where="file NEW", **settings), FakeStore(api, there, where="file OLD")


@each_mode
def test_the_entry_moves_before_any_other_step(check_mode: bool) -> None:
    api = FakeApi(token(1, "OLD"))
    store, former = places(api, there=id_of(1))
    declared = declare(stored_client_id=id_of(1), rotate="always", **RENAMED)
    outcome = reconcile_one(api, declared, store, former, check_mode=check_mode)
    assert outcome.failure is None
    move = outcome.done[0]
    assert move == Move("NAME", id_of(1), "file OLD becomes file NEW")
    assert token_result(outcome)["actions"][0] == {
        "action": "move",
        "name": "NAME",
        "id": id_of(1),
        "reason": "file OLD becomes file NEW",
    }
    assert token_result(outcome)["credentials_changed"]
    text = token_result(outcome)["diff"]["prepared"]
    assert text.startswith("± rotate  'NAME'  renamed from 'OLD'; rotate is always; ")
    assert text.endswith("; file OLD becomes file NEW\n")
    assert text.count("\n") == 1
    if check_mode:
        assert api.calls == ["list", "store: look before removal", "store: prepare by looking"]
        assert (store.client_id, former.client_id) == ("", id_of(1))
        return
    assert api.calls[:5] == ["list", "store: look before removal", "store: prepare", "store: write", "store: remove"]
    assert api.writes[0].startswith("patch 1 name=")
    assert (store.client_id, former.client_id) == (id_of(MADE), "")


@each_mode
def test_a_move_alone_is_a_change_of_credentials(check_mode: bool) -> None:
    """Whoever reads the old place has to be told, though token and secret are the same."""
    api = FakeApi(token(1))
    store, former = places(api, there=id_of(1))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), **RENAMED), store, former, check_mode=check_mode)
    result = token_result(outcome, returns_secret=True)
    assert [action["action"] for action in result["actions"]] == ["move"]
    assert result["changed"]
    assert result["credentials_changed"]
    assert result["client_id"] == id_of(1)
    assert "secret" not in result
    assert api.writes == []
    assert (store.client_id, former.client_id) == (("", id_of(1)) if check_mode else (id_of(1), ""))


@each_mode
def test_a_secret_does_not_come_to_lie_in_two_places_where_that_can_be_foreseen(check_mode: bool) -> None:
    api = FakeApi(token(1, "OLD"))
    store, former = places(api, there=id_of(1))
    former.fails = "remove"
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), **RENAMED), store, former, check_mode=check_mode)
    assert "file OLD: no space left" in (outcome.failure or "")
    assert outcome.done == []
    assert (store.client_id, former.client_id) == ("", id_of(1))
    assert api.writes == []


@pytest.mark.parametrize("landed", [False, True])
def test_a_run_that_ends_between_write_and_remove_is_finished_by_the_next(landed: bool) -> None:
    api = FakeApi(token(1, "OLD"))
    store, former = places(api, there=id_of(1))
    former.fails, former.foresees = "remove", False
    declared = declare(stored_client_id=id_of(1), **RENAMED)
    outcome = reconcile_one(api, declared, store, former)
    assert outcome.failure is not None
    assert outcome.failure.endswith("file OLD: no space left; the credentials are in file NEW by now")
    assert [type(step) for step in outcome.done] == [Move]
    assert (store.client_id, former.client_id) == (id_of(1), id_of(1))
    assert api.writes == []

    former.fails = ""
    if landed:
        former.hold("")
    again = reconcile_one(api, declared, store, None if landed else former)
    assert again.failure is None
    assert (store.client_id, former.client_id) == (id_of(1), "")
    assert api.names == ["NAME"]
    assert any(isinstance(step, Move) for step in again.done) == (not landed)


@pytest.mark.parametrize("fails", ["prepare", "write"])
def test_an_entry_that_cannot_move_stays_where_it_is_and_so_does_the_token(fails: str) -> None:
    api = FakeApi(token(1, "OLD"))
    store, former = places(api, there=id_of(1), fails=fails)
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always", **RENAMED), store, former)
    assert outcome.failure is not None
    assert "file NEW: no space left; nothing was done to the token" in outcome.failure
    assert outcome.done == []
    assert former.client_id == id_of(1)
    assert api.names == ["OLD"]
    assert api.writes == []


def test_what_appeared_in_the_new_place_is_not_replaced_by_a_move() -> None:
    api = FakeApi(token(1, "OLD"))
    store, former = places(api, there=id_of(1))
    store.before("write", lambda: store.hold(id_of(2)))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), **RENAMED), store, former)
    assert outcome.failure is not None
    assert "file NEW: another program has changed it" in outcome.failure
    assert (store.client_id, former.client_id) == (id_of(2), id_of(1))
    assert api.names == ["OLD"]


def test_an_entry_that_another_run_has_moved_and_replaced_is_taken_as_it_is() -> None:
    api = FakeApi(token(1, "OLD"), token(2, "NAME"))
    store, former = places(api, there=id_of(1))

    def move() -> None:
        store.hold(id_of(2))
        former.hold("")

    store.before("write", move)
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), **RENAMED), store, former)
    assert outcome.failure is None
    assert (store.client_id, former.client_id) == (id_of(2), "")
    assert not [step for step in outcome.done if isinstance(step, Move)]


def test_what_changed_in_the_old_place_is_not_removed_by_a_move() -> None:
    api = FakeApi(token(1, "OLD"))
    store, former = places(api, there=id_of(1))
    former.before("remove", lambda: former.hold(id_of(2)))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), **RENAMED), store, former)
    assert outcome.failure is not None
    assert "file OLD: another program has changed it" in outcome.failure
    assert former.client_id == id_of(2)
    assert api.names == ["OLD"]


def test_a_token_that_cannot_be_planned_keeps_its_entry_where_it_is() -> None:
    api = FakeApi(token(1, "SOMEBODY ELSE"))
    store, former = places(api, there=id_of(1))
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), **RENAMED), store, former)
    assert outcome.failure is not None
    assert (store.client_id, former.client_id) == ("", id_of(1))
    assert api.calls == ["list"]


def test_an_entry_moves_once_whatever_conflicts_follow() -> None:
    api = FakeApi(token(1, "OLD"))
    store, former = places(api, there=id_of(1))
    api.on("create", refused(409), normally)
    outcome = reconcile_one(api, declare(stored_client_id=id_of(1), rotate="always", **RENAMED), store, former)
    assert [isinstance(step, Move) for step in outcome.done].count(True) == 1
    assert api.calls.count("store: remove") == 1


@each_mode
@pytest.mark.parametrize("here", ["", id_of(1)])
@pytest.mark.parametrize("present", [(), (token(1),)], ids=["gone", "there"])
def test_absent_empties_the_former_place_and_moves_nothing(
    here: str, present: tuple[Token, ...], check_mode: bool
) -> None:
    """A killed move may have left the credentials in both places."""
    api = FakeApi(*present)
    store, former = places(api, here=here, there=id_of(1))
    declared = declare(state="absent", stored_client_id=id_of(1), **RENAMED)
    outcome = reconcile_one(api, declared, store, former, check_mode=check_mode)
    assert outcome.failure is None
    assert outcome.done[0] == Forget("NAME", id_of(1), "state is absent")
    assert not [step for step in outcome.done if isinstance(step, Move)]
    assert "store: write" not in api.calls
    assert (store.client_id, former.client_id) == ((here, id_of(1)) if check_mode else ("", ""))
    assert check_mode or api.names == []


def test_a_former_place_that_cannot_be_emptied_keeps_an_absent_token_alive() -> None:
    api = FakeApi(token(1))
    store, former = places(api, there=id_of(1))
    former.fails = "remove"
    outcome = reconcile_one(api, declare(state="absent", stored_client_id=id_of(1), **RENAMED), store, former)
    assert outcome.failure is not None
    assert api.names == ["NAME"]


@each_mode
def test_absent_leaves_the_token_of_a_former_name_and_its_entry(check_mode: bool) -> None:
    api = FakeApi(token(1, "OLD"))
    store, former = places(api, there=id_of(1))
    declared = declare(state="absent", stored_client_id=id_of(1), **RENAMED)
    outcome = reconcile_one(api, declared, store, former, check_mode=check_mode)
    assert outcome.failure is not None
    assert api.calls == ["list"]
    assert (store.client_id, former.client_id) == ("", id_of(1))


@each_mode
@pytest.mark.parametrize("slots", [4, 10], ids=["the server refuses", "the server would take one more"])
def test_a_token_whose_store_is_not_ready_frees_no_slot_for_another(slots: int, check_mode: bool) -> None:
    api = FakeApi(
        token(1, "A", age=days(170), used=hours(5), expires=days(9)),
        token(2, "B", age=days(170), used=hours(5), expires=days(9)),
        token(3, previous(3, "B"), age=days(200), used=days(100)),
        token(4, previous(4, "B"), age=days(190), used=days(100)),
        max_tokens=slots,
    )
    kept = [kept_in(FakeStore(api, id_of(1))), kept_in(FakeStore(api, id_of(2), fails="prepare"))]
    declared = [
        declare("A", rotate_before=days(14), stored_client_id=id_of(1)),
        declare("B", rotate_before=days(14), stored_client_id=id_of(2)),
    ]
    waiting, refused_one = reconcile(api, declared, run(max_tokens=4, check_mode=check_mode), kept)
    assert api.writes == []
    assert api.lists == 1
    assert "all 4 tokens of the owner are in use" in (waiting.plan.deferred or "")
    assert "no space left; nothing was done to the token" in (refused_one.failure or "")


@each_mode
def test_a_token_whose_store_is_not_ready_takes_no_slot_from_another(check_mode: bool) -> None:
    api = FakeApi(
        token(1, "A", age=days(170), used=hours(5), expires=days(9)),
        token(2, "B", age=days(170), used=hours(5), expires=days(8)),
    )
    kept = [kept_in(FakeStore(api, id_of(1))), kept_in(FakeStore(api, id_of(2), fails="prepare"))]
    declared = [declare(name, rotate_before=days(14), stored_client_id=id_of(n)) for n, name in ((1, "A"), (2, "B"))]
    rotated, refused_one = reconcile(api, declared, run(max_tokens=3, check_mode=check_mode), kept)
    assert rotated.failure is None
    assert [type(step) for step in rotated.done] == [Patch, Create]
    assert "no space left; nothing was done to the token" in (refused_one.failure or "")


def test_two_entries_that_stay_broken_starve_no_other_token_of_their_store() -> None:
    """The run makes no third token for a store that took neither of two, so the two must come last the next night."""
    api = FakeApi(token(3, "C", age=days(80), used=hours(5), expires=days(10)))
    stores = [FakeStore(api, fails="write"), FakeStore(api, fails="write"), FakeStore(api, id_of(3))]
    for store in stores:
        store.store = "one"

    def night() -> list[Outcome]:
        declared = [
            declare(name, rotate_before=days(14), stored_client_id=store.client_id)
            for name, store in zip("ABC", stores)
        ]
        return reconcile(api, declared, run(), [kept_in(store) for store in stores])

    assert "no further create was sent" in (night()[2].failure or "")
    api.now += days(1)
    assert night()[2].failure is None
    assert stores[2].client_id != id_of(3)
