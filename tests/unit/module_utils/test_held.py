# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A token of which no step is carried out, since a store is not ready or nobody approved it: it counts for nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import event, example, given
from hypothesis import strategies as st

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Approved, Declared, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Create, Delete
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.outcome import Kept, Outcomes
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import FakeStore, kept_in, run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import declare
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import days, hours, id_of, previous, token
from ansible_collections.sailpoint_community.isc.tests.doubles.worlds import choices, holds


@dataclass(frozen=True)
class Family:
    """A declared token, by its number: how it stands, how many old ones may go, and what holds it back."""

    number: int
    state: str
    old: int
    fails: str
    scope: str
    moves: bool

    @property
    def name(self) -> str:
        return f"CI {self.number}"

    @property
    def stored(self) -> str:
        return "" if self.state == "missing" else id_of(self.number)

    @property
    def tokens(self) -> list[Token]:
        numbers = range(100 * self.number, 100 * self.number + self.old)
        left = [token(one, previous(one, self.name), age=days(200), used=days(100)) for one in numbers]
        if self.state == "missing":
            return left
        expires = days(9 if self.state == "due" else 150)
        return [token(self.number, self.name, age=days(30), used=hours(5), expires=expires, scope=["a:x"]), *left]

    @property
    def declared(self) -> Declared:
        former = (f"OLD {self.number}",) if self.moves else ()
        values: dict[str, Any] = {"scope": frozenset([self.scope]), "renamed_from": former}
        return declare(self.name, rotate_before=days(14), stored_client_id=self.stored, **values)

    def kept(self, api: FakeApi) -> Kept | None:
        if self.moves and self.stored:
            return kept_in(FakeStore(api, fails=self.fails), FakeStore(api, self.stored, where="file OLD"))
        return kept_in(FakeStore(api, self.stored, fails=self.fails))


ROWS = choices(
    ["due", "due", "fresh", "missing"],
    [0, 0, 1, 2],
    ["", "", "prepare"],
    ["a:x", "a:x", "b:y"],
    [False, False, True],
)
FAMILIES = st.lists(ROWS, min_size=2, max_size=4).map(
    lambda rows: [Family(number, *row) for number, row in enumerate(rows, 1)]
)
ROOM = st.sampled_from([0, 0, 1])
APPROVED = st.sampled_from([None, Approved(only_due=True)])


def api_of(families: Sequence[Family]) -> FakeApi:
    """Return an API that would take any number of tokens, so that the run alone has to count them."""
    return FakeApi(*[one for family in families for one in family.tokens], max_tokens=99)


def night(families: Sequence[Family], api: FakeApi, **values: Any) -> Outcomes:
    declared = [family.declared for family in families]
    return reconcile(api, declared, run(**values), [family.kept(api) for family in families])


@holds()
@given(FAMILIES, ROOM, APPROVED)
def test_check_mode_tells_what_the_run_does_also_where_a_token_is_held(
    families: Sequence[Family], room: int, approved: Approved | None
) -> None:
    told_api, real_api = api_of(families), api_of(families)
    values: dict[str, Any] = {"max_tokens": len(real_api.tokens) + room, "approved": approved}
    told, real = night(families, told_api, check_mode=True, **values), night(families, real_api, **values)
    assert told_api.writes == []
    for one, other in zip(told, real):
        event("fails" if other.failure else "is as declared")
        made = [replace(step, made=None) if isinstance(step, Create) else step for step in other.done]
        assert one.done == made
        assert (one.failure, one.plan) == (other.failure, other.plan)


DUE_AND_MOVES = Family(1, "due", 0, "", "a:x", moves=True)


# The first two have to wait for leave to move their entries: the third one has the slot, which they would have taken.
@example(
    [DUE_AND_MOVES, replace(DUE_AND_MOVES, number=2), replace(DUE_AND_MOVES, number=3, moves=False)],
    1,
    Approved(only_due=True),
)
@holds()
@given(FAMILIES, ROOM, APPROVED)
def test_all_free_slots_are_used_and_never_more(
    families: Sequence[Family], room: int, approved: Approved | None
) -> None:
    api = api_of(families)
    count = len(api.tokens)
    most = count + room
    outcomes = night(families, api, max_tokens=most, approved=approved)
    for write in api.writes:
        count += write.startswith("create") - write.startswith("delete")
        assert count <= most
    for outcome in outcomes:
        is_held = any(why in (outcome.failure or "") for why in ("only_due", "no space left"))
        if outcome.plan.deferred and not is_held:
            event("waits")
            assert count == most


@holds()
@given(FAMILIES, ROOM, APPROVED)
def test_of_a_token_that_is_held_nothing_is_done_but_the_move_of_its_entry(
    families: Sequence[Family], room: int, approved: Approved | None
) -> None:
    api = api_of(families)
    for family, outcome in zip(families, night(families, api, max_tokens=len(api.tokens) + room, approved=approved)):
        tokens = [step for step in outcome.done if isinstance(step, (Create, Delete))]
        held = family.fails and (outcome.plan.creation or (family.moves and family.stored))
        if held or (approved and family.scope == "b:y") or (approved and family.moves and family.stored):
            event("is held")
            assert tokens == []
            assert outcome.failure is not None
