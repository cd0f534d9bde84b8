# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A token of which no step is carried out, since a store is not ready or nobody approved it: it counts for nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import NotFoundError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Approved, Declared, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.results import token_result
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Create, Delete
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.views import step_view
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.outcome import Kept, Outcomes
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import (
    FakeApi,
    Fault,
    lost_after,
    lost_before,
    meanwhile,
    raising,
    refused,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import FakeStore, kept_in, run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import declare
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW, days, hours, id_of, previous, token
from ansible_collections.sailpoint_community.isc.tests.doubles.worlds import choices, holds


@dataclass(frozen=True)
class Family:
    """A declared token, by its number: how it stands, how many old ones may go, and what holds it back.

    ``remnant`` is what a failed run has left: nothing, one that was renamed, or one that bears the name.
    """

    number: int
    state: str
    old: int
    remnant: str
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
        expires = days({"due": 9, "fresh": 150, "expired": -1, "absent": 100}[self.state])
        name = previous(self.number, self.name) if self.remnant == "bearer" else self.name
        if self.remnant:
            number = 100 * self.number + 50
            bears = self.name if self.remnant == "bearer" else previous(number, self.name)
            left.append(token(number, bears, age=days(3), used=days(3), scope=["a:x"]))
        return [token(self.number, name, age=days(30), used=hours(5), expires=expires, scope=["a:x"]), *left]

    @property
    def declared(self) -> Declared:
        values: dict[str, Any] = {"rotate_before": days(14), "stored_client_id": self.stored}
        if self.state == "absent":
            return declare(self.name, state="absent", **values)
        former = (f"OLD {self.number}",) if self.moves else ()
        return declare(self.name, scope=frozenset([self.scope]), renamed_from=former, **values)

    def kept(self, api: FakeApi) -> Kept | None:
        if self.moves and self.stored and self.state != "absent":
            former = FakeStore(api, self.stored, where="file OLD", fails=self.fails)
            return kept_in(FakeStore(api, fails=self.fails), former)
        return kept_in(FakeStore(api, self.stored, fails=self.fails))


ROWS = choices(
    ["due", "due", "fresh", "missing", "expired", "absent"],
    [0, 0, 1, 2],
    ["", "", "previous", "bearer"],
    ["", "", "prepare", "remove"],
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


# The first one would take the slot of the bearer, which keeps it, and has to lose its name.
@example(
    [Family(1, "missing", 0, "", "prepare", "a:x", False), Family(2, "expired", 0, "bearer", "", "a:x", False)], 0, None
)
@holds(500)
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
        for old in other.previous:
            assert old.token.name == real_api.tokens[old.token.id].name
            assert other.live is None or old.token.id != other.live.id


@holds(500)
@given(FAMILIES, ROOM)
def test_a_plan_that_is_applied_at_once_is_done_as_approved(families: Sequence[Family], room: int) -> None:
    told_api, real_api = api_of(families), api_of(families)
    most = len(real_api.tokens) + room
    told = night(families, told_api, check_mode=True, max_tokens=most)
    actions = tuple(step_view(step) for outcome in told for step in outcome.done)
    real = night(families, real_api, max_tokens=most, approved=Approved(actions))
    for one, other in zip(told, real):
        event("fails" if other.failure else "is as declared")
        made = [replace(step, made=None) if isinstance(step, Create) else step for step in other.done]
        assert one.done == made
        assert (one.failure is None) == (other.failure is None)


DUE_AND_MOVES = Family(1, "due", 0, "", "", "a:x", moves=True)


# The first two have to wait for leave to move their entries: the third one has the slot, which they would have taken.
@example(
    [DUE_AND_MOVES, replace(DUE_AND_MOVES, number=2), replace(DUE_AND_MOVES, number=3, moves=False)],
    1,
    Approved(only_due=True),
)
@holds(500)
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
            # What bears a name has to lose it first, and gives its slot away in the next run.
            assert count == most or "bearer" in [family.remnant for family in families]


@holds(500)
@given(FAMILIES, ROOM, APPROVED)
def test_of_a_token_that_is_held_nothing_is_done(
    families: Sequence[Family], room: int, approved: Approved | None
) -> None:
    api = api_of(families)
    for family, outcome in zip(families, night(families, api, max_tokens=len(api.tokens) + room, approved=approved)):
        is_absent, moves = family.state == "absent", family.moves and family.stored
        held = family.fails == "remove" if is_absent else family.fails and (outcome.plan.creation or moves)
        held = held and not (family.fails == "remove" and not is_absent and not moves)
        if held or (approved and (is_absent or family.scope == "b:y" or moves)):
            event("is held")
            assert outcome.done == []
            assert outcome.failure is not None


def test_a_store_is_only_looked_at_until_the_token_is_known_to_be_approved() -> None:
    api = FakeApi(token(1, "A", expires=days(9)), token(2, "B", expires=days(9), scope=["a:x"]))
    declared = [
        due(name, scope=frozenset(["sp:scopes:all"]), stored_client_id=id_of(n)) for n, name in enumerate("AB", 1)
    ]
    kept = [kept_in(FakeStore(api, id_of(n), where=f"file {n}")) for n in (1, 2)]
    approved, refused = reconcile(api, declared, run(approved=Approved(only_due=True)), kept)
    assert approved.created is not None
    assert "only_due" in (refused.failure or "")
    prepared = [call for call in api.calls if "prepare" in call]
    assert [call for call in prepared if "by looking" not in call] == [prepared[-1]]


def live(number: int, name: str, left: timedelta) -> Token:
    return token(number, name, age=days(80), used=hours(5), expires=left + hours(1))


def due(name: str, **values: Any) -> Declared:
    return declare(name, rotate_before=days(14), **{"expires_in": days(90), **values})


class Nights:
    """Runs night after night, and consumers that log in every day; ``died`` are the first nights without a login."""

    def __init__(self, api: FakeApi, declared: Sequence[Declared], broken: str, fails: str, **rules: Any) -> None:
        self.api, self.declared, self.rules = api, declared, {"max_tokens": api.max_tokens, **rules}
        ids = {one.name: one.id for one in api.tokens.values()}
        self.stores = [
            FakeStore(api, ids[one.name or ""], fails=fails if one.name == broken else "") for one in declared
        ]
        self.died: dict[str | None, int] = {}

    def run(self, nights: int) -> Iterator[Outcomes]:
        for night in range(nights):
            declared = [self._tonight(night, *pair) for pair in zip(self.declared, self.stores)]
            yield reconcile(self.api, declared, run(**self.rules), [kept_in(store) for store in self.stores])
            self.api.now += days(1)

    def _tonight(self, night: int, declared: Declared, store: FakeStore) -> Declared:
        holder = self.api.tokens.get(store.client_id)
        is_dead = holder is None or holder.is_expired(self.api.now)
        if is_dead:
            self.died.setdefault(declared.name, night)
        elif holder is not None:
            self.api.tokens[holder.id] = replace(holder, last_used=max(holder.created, self.api.now - hours(5)))
        return replace(declared, stored_client_id=store.client_id, stored_is_dead=is_dead)


each_hold = pytest.mark.parametrize("fails", ["prepare", ""], ids=["a store that is not ready", "no approval"])


def held_declaration(name: str, fails: str) -> tuple[Declared, dict[str, Any]]:
    """Return a declaration whose store fails, or else one that nobody approved, and the rules of the nights."""
    if fails:
        return due(name), {}
    return due(name, scope=frozenset(["a:x"])), {"approved": Approved(only_due=True)}


@each_hold
def test_no_slot_lies_idle_for_a_token_that_is_held_while_its_neighbours_need_it(fails: str) -> None:
    """Three of sixteen days share one slot, so the first has to begin at once."""
    api = FakeApi(*[live(n, name, days(5 if name == "D" else 16)) for n, name in enumerate("ABCD", 1)], max_tokens=5)
    held, rules = held_declaration("D", fails)
    nights = Nights(api, [due("A"), due("B"), due("C"), held], "D", fails, **rules)
    list(nights.run(18))
    assert set(nights.died) == {"D"}


@each_hold
def test_a_token_that_counts_on_a_deletion_that_is_held_is_told_to_be_doomed_every_night(fails: str) -> None:
    left = token(3, previous(3, "B"), age=days(250), used=days(200), expires=None)
    api = FakeApi(live(1, "A", days(12)), live(2, "B", days(9)), left, max_tokens=3)
    held, rules = held_declaration("B", fails)
    nights = Nights(api, [due("A"), held], "B", fails, **rules)
    told = [outcomes[0].failure for outcomes in nights.run(12)]
    assert all("it will expire on" in (failure or "") for failure in told)


@pytest.mark.parametrize(
    "left",
    [
        token(10, previous(10, "B"), age=hours(49), used=hours(49), expires=days(88)),
        token(10, previous(10, "B"), age=days(250), used=days(200), expires=-days(2)),
    ],
    ids=["a remnant", "an expired one"],
)
@each_hold
def test_a_slot_that_a_token_which_is_held_gives_away_is_counted(fails: str, left: Token) -> None:
    api = FakeApi(
        *[live(n, name, days(1 if name == "B" else 10)) for n, name in enumerate("ABCD", 1)], left, max_tokens=5
    )
    times: dict[str, Any] = {"rotate_before": days(3), "overlap": days(1), "expires_in": days(90)}
    held, rules = held_declaration("B", fails)
    declared = [declare(name, **times) for name in "ACD"]
    nights = Nights(api, [*declared, replace(held, **times)], "B", fails, **rules)
    list(nights.run(14))
    assert set(nights.died) == {"B"}


@pytest.mark.parametrize(
    ("left", "held"),
    [
        (
            token(10, previous(10, "B"), age=hours(12), used=hours(12), expires=days(89)),
            due("B", scope=frozenset(["a:x"])),
        ),
        (token(10, previous(10, "B"), age=days(250), used=days(200), expires=-hours(12)), declare("B", state="absent")),
    ],
    ids=["what a failed run has just left", "an expired one of a token that is absent"],
)
def test_nobody_is_doomed_for_a_slot_that_a_token_which_is_held_gives_away_in_time(left: Token, held: Declared) -> None:
    api = FakeApi(
        live(1, "A", days(20)), token(2, "B", age=days(30), used=hours(5), expires=days(100)), left, max_tokens=3
    )
    nights = Nights(api, [due("A"), held], "", "", approved=Approved(only_due=True))
    for outcome, still_held in nights.run(17):
        assert outcome.failure is None
        assert still_held.done == []
    assert nights.died == {}


@pytest.mark.parametrize(("overlap", "left"), [(40, 16), (7, 28)], ids=["for a long overlap", "in use for ever"])
def test_a_token_that_waits_for_the_slot_of_one_that_is_held_is_told_to_be_doomed_in_time(
    overlap: int, left: int
) -> None:
    """B deletes nothing while it is held, so its old token stays."""
    old = token(10, previous(10, "B"), age=days(100), used=hours(5), expires=days(100))
    b = token(2, "B", age=days(3), used=hours(5), expires=days(100), scope=["a:y"])
    api = FakeApi(live(1, "A", days(left)), b, old, max_tokens=3)
    held = due("B", scope=frozenset(["a:x"]), overlap=days(overlap))
    nights = Nights(api, [due("A"), held], "B", "", approved=Approved(only_due=True))
    told = [outcomes[0].failure for outcomes in nights.run(9)]
    assert all("it will expire on" in (failure or "") for failure in told)


def test_a_token_that_no_night_makes_takes_no_slot_also_where_there_is_none() -> None:
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(8)]
    replaced = token(10, previous(10, "A"), age=days(100), used=days(6), expires=days(100))
    api = FakeApi(token(1, "A", age=days(6), used=hours(5), expires=days(84)), replaced, *others)
    declared = [due("A", stored_client_id=id_of(1)), due("NEW", stored_client_id="")]
    kept = [kept_in(FakeStore(api, id_of(1))), kept_in(FakeStore(api))]
    outcome, new = reconcile(api, declared, run(approved=Approved(only_due=True)), kept)
    assert outcome.failure is None
    assert "only_due allows nothing else" in (new.failure or "")


def test_takeovers_that_wait_are_told_of_also_where_the_first_one_is_held() -> None:
    """B would free a slot for the first takeover, whose store is not ready either."""
    left = token(4, previous(4, "B"), age=days(250), used=days(200), expires=None)
    first, second = (token(n, name, used=hours(3), age=days(60), expires=None) for n, name in enumerate("XY", 1))
    api = FakeApi(first, second, live(3, "B", days(60)), left, max_tokens=4)
    takeovers = [due(name, adopt=True, stored_client_id="") for name in "XY"]
    declared = [*takeovers, due("B", stored_client_id=id_of(3), renamed_from=("OLD B",))]
    broken = FakeStore(api, fails="prepare")
    kept = [kept_in(broken), kept_in(FakeStore(api)), kept_in(broken, FakeStore(api, id_of(3), where="file OLD"))]
    _first, waits, _b = reconcile(api, declared, run(max_tokens=4), kept)
    assert waits.plan.deferred is not None
    assert any("its takeover waits for a free slot" in warning for warning in waits.plan.warnings)


@each_hold
def test_a_token_with_time_to_spare_is_not_doomed_for_a_new_one_that_is_held(fails: str) -> None:
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(8)]
    api = FakeApi(live(1, "A", days(80)), *others)
    held, rules = held_declaration("NEW", fails)
    declared = [due("A", stored_client_id=id_of(1)), replace(held, stored_client_id="")]
    kept = [kept_in(FakeStore(api, id_of(1))), kept_in(FakeStore(api, fails=fails))]
    outcome, new = reconcile(api, declared, run(**rules), kept)
    assert outcome.failure is None
    assert new.failure is not None


def test_a_due_token_does_not_leave_its_slot_to_one_that_is_held() -> None:
    """Two slots are free. But C needs one of them in time, and B another: B, however, waits for an approval."""
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(5)]
    aged = token(1, "A", age=days(100), used=hours(5), expires=days(80))
    api = FakeApi(aged, live(2, "B", days(9)), live(3, "C", days(15)), *others)
    declared = [
        declare("A", rotate_after=days(90), stored_client_id=id_of(1)),
        due("B", scope=frozenset(["a:x"]), stored_client_id=id_of(2)),
        declare("C", rotate_before=days(8), stored_client_id=id_of(3)),
    ]
    outcome, *_others = reconcile(api, declared, run(approved=Approved(only_due=True)))
    assert outcome.plan.deferred is None
    assert "create A" in api.writes


EXPIRED_BEARER = token(3, "B", age=days(60), used=days(50), expires=-days(1))
REMNANT_BEARER = token(3, "B", age=days(5), used=days(5), expires=days(150))


@pytest.mark.parametrize(
    ("bearer", "declared"),
    [
        (EXPIRED_BEARER, due("B")),
        (REMNANT_BEARER, due("B", rotate="never", access_token_validity_seconds=43200)),
    ],
    ids=["another store keeps the name", "it may not be rotated"],
)
def test_what_bears_the_name_of_a_token_that_fails_gives_its_slot_to_a_neighbour(
    bearer: Token, declared: Declared
) -> None:
    """No plan takes the name from it: the neighbour would wait for that until it is dead."""
    b = token(2, previous(2, "B"), age=days(100), used=hours(5), expires=days(150), validity=600)
    api = FakeApi(live(1, "A", days(9)), b, bearer, max_tokens=3)
    nights = Nights(api, [due("A"), declared], "", "")
    nights.stores[1].hold(id_of(2))
    rotated, failed = next(nights.run(1))
    assert failed.failure is not None
    assert rotated.created is not None
    assert bearer.id not in api.tokens


@pytest.mark.parametrize(
    ("name", "adopt", "fails"), [("B", False, ""), ("B", True, "prepare"), (None, True, "prepare")]
)
def test_what_is_all_there_is_of_a_token_stays_where_a_neighbour_needs_its_slot(
    name: str | None, adopt: bool, fails: str
) -> None:
    """Without it, the run would forget that somebody else may hold the secret, and make a token with all rights.

    A run that was killed before its create leaves a previous-name alone.
    """
    expired = token(3, name or previous(3, "B"), age=days(60), used=days(30), expires=-days(1), scope=["a:x"])
    api = FakeApi(live(1, "A", days(9)), expired, max_tokens=2)
    declared = [due("A", stored_client_id=id_of(1)), due("B", adopt=adopt, stored_client_id="")]
    kept = [kept_in(FakeStore(api, id_of(1))), kept_in(FakeStore(api, fails=fails))]
    waits, failed = reconcile(api, declared, run(max_tokens=2), kept)
    assert api.writes == []
    assert "it will expire on" in (waits.failure or "")
    assert failed.failure is not None


@pytest.mark.parametrize("end", [None, days(86), days(84), days(80)])
def test_a_slot_that_comes_too_late_helps_nobody_before(end: timedelta | None) -> None:
    """T1's replaced token stays until then: the eight share one slot, so the first has to begin long before its end."""
    stays = token(50, previous(50, "T1"), age=days(200), used=hours(5), expires=end)
    tokens = [live(n, f"T{n}", days(86)) for n in range(1, 9)]
    api = FakeApi(*tokens, stays, max_tokens=10)
    nights = Nights(api, [due(f"T{n}") for n in range(1, 9)], "", "", spared=frozenset([stays.id]))
    for outcomes in nights.run(88):
        assert [outcome.failure for outcome in outcomes] == [None] * 8
    assert nights.died == {}


def test_the_slot_of_an_expired_token_that_a_store_names_is_promised_to_nobody() -> None:
    """A night does not delete what is declared absent, and its store names it still."""
    api = FakeApi(live(1, "A", days(12)), live(2, "B", days(2)), max_tokens=2)
    nights = Nights(api, [due("A"), declare("B", state="absent")], "", "", approved=Approved(only_due=True))
    told = [outcomes[0].failure for outcomes in nights.run(12)]
    assert all("it will expire on" in (failure or "") for failure in told)


@pytest.mark.parametrize(("overlap", "left"), [(1, 4), (7, 9)])
def test_a_token_whose_store_cannot_be_read_is_not_counted_on_to_delete_anything(overlap: int, left: int) -> None:
    b = token(2, "B", age=days(8), used=hours(5), expires=days(100))
    old = token(3, previous(3, "B"), age=days(80), used=days(left - 1), expires=days(100))
    api = FakeApi(live(1, "A", days(left)), b, old, max_tokens=3)
    unread = Declared("B", refusal="file B: it cannot be read")
    nights = Nights(api, [due("A", overlap=days(overlap)), unread], "", "")
    told = [outcomes[0].failure for outcomes in nights.run(left)]
    assert all("it will expire on" in (failure or "") for failure in told)


def test_a_slot_that_is_given_away_after_this_run_is_counted_for_the_next_one() -> None:
    """What bears the name of B loses it first, so that A is rotated in the next night: it must last until then."""
    bearer = replace(REMNANT_BEARER, expiration_date=None)
    b = token(2, previous(2, "B"), age=days(60), used=hours(5), expires=days(100))
    for left, told in ((hours(20), "it will expire on"), (hours(30), "do not have the overlap to switch")):
        api = FakeApi(token(1, "A", age=days(80), used=hours(5), expires=left), b, bearer, max_tokens=3)
        nights = Nights(api, [due("A"), due("B")], "", "")
        nights.stores[1].hold(id_of(2))
        first, second = (outcomes[0] for outcomes in nights.run(2))
        assert told in (first.failure or "")
        assert second.created is not None


def test_the_runs_own_token_leaves_its_slot_to_the_next_run() -> None:
    api = FakeApi(live(1, "A", days(12)), token(2, "B", age=days(30), used=hours(5), expires=days(10)), max_tokens=2)
    declared = [due("A", stored_client_id=id_of(1)), declare("B", state="absent")]
    outcome, own = reconcile(api, declared, run(max_tokens=2, own_id=id_of(2)), [kept_in(FakeStore(api, id_of(1)))])
    assert outcome.plan.deferred is not None
    assert (outcome.failure, own.failure) == (None, None)
    assert list(api.tokens) == [id_of(1)]


def test_a_plan_is_applied_as_approved_where_a_neighbour_has_to_clean_up_by_then() -> None:
    """Nobody has approved that, so the neighbour is refused; the token that is dead has its own slot."""

    def plan_and_apply(now: datetime, approved: Approved | None) -> Outcomes:
        a = token(1, "A", age=days(80), used=days(4), expires=-days(1))
        b = token(2, "B", age=days(7.5), used=hours(5), expires=days(100))
        old = token(3, previous(3, "B"), age=days(90), used=days(7.5), expires=days(60))
        api = FakeApi(a, b, old, max_tokens=3, now=now)
        declared = [due("A", stored_client_id=id_of(1), stored_is_dead=True), due("B", stored_client_id=id_of(2))]
        kept = [kept_in(FakeStore(api, id_of(n))) for n in (1, 2)]
        return reconcile(api, declared, run(max_tokens=3, approved=approved, check_mode=approved is None), kept)

    actions = tuple(step_view(step) for outcome in plan_and_apply(NOW, None) for step in outcome.done)
    applied, refused = plan_and_apply(NOW + days(1), Approved(actions))
    assert (applied.failure, len(applied.done)) == (None, 2)
    assert "this was not approved" in (refused.failure or "")


@pytest.mark.parametrize("state", ["absent", "present"])
def test_a_plan_is_applied_as_approved_beside_an_entry_that_cannot_be_removed(state: str) -> None:
    """Its token would have left a slot, and needs none now: a plan was shown without it, and is applied without it."""

    def plan_and_apply(approved: Approved | None) -> Outcomes:
        a = token(1, "A", age=days(80), used=days(4), expires=-days(1))
        b = token(2, "B", age=days(30), used=hours(5), expires=days(150))
        api = FakeApi(
            a, b, *([token(3, previous(3, "B"), age=days(200), used=days(100))] if state == "present" else [])
        )
        values: dict[str, Any] = {"renamed_from": ("OLD",)} if state == "present" else {"state": state}
        entry = FakeStore(api, "" if state == "present" else id_of(2), fails="remove")
        former = FakeStore(api, id_of(2), where="file OLD", fails="remove") if state == "present" else None
        kept = [kept_in(FakeStore(api, id_of(1))), kept_in(entry, former)]
        declared = [
            due("A", stored_client_id=id_of(1), stored_is_dead=True),
            declare("B", stored_client_id=id_of(2), **values),
        ]
        rules = {"max_tokens": len(api.tokens), "approved": approved, "check_mode": approved is None}
        return reconcile(api, declared, run(**rules), kept)

    told = plan_and_apply(None)
    applied, held = plan_and_apply(Approved(tuple(step_view(step) for outcome in told for step in outcome.done)))
    assert len(told[0].done) == 2
    assert (applied.failure, len(applied.done)) == (None, 2)
    assert held.failure == told[1].failure


def test_an_expired_namesake_that_cannot_be_renamed_goes_where_the_live_token_takes_its_name_back() -> None:
    """It is dead anyway. Else the token would fail every night, and a neighbour would wait for the slot."""
    b = token(2, previous(2, "B"), age=days(60), used=hours(5), expires=days(100))
    api = FakeApi(b, token(3, "B", age=days(5), used=days(5), expires=-days(1)))
    api.on("patch", refused(400))
    (outcome,) = reconcile(api, [due("B", stored_client_id=id_of(2))], run(), [kept_in(FakeStore(api, id_of(2)))])
    assert outcome.failure is None
    assert api.names == ["B"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_rotation_that_is_done_and_fails_all_the_same_shows_what_it_has_replaced(check_mode: bool) -> None:
    left = [token(n, previous(n, "A"), age=days(n), used=days(n) - hours(0.1)) for n in (2, 3)]
    api = FakeApi(live(1, "A", days(9)), *left)
    kept = [kept_in(FakeStore(api, id_of(1)))]
    (outcome,) = reconcile(api, [due("A", stored_client_id=id_of(1))], run(check_mode=check_mode), kept)
    assert "has not kept the credentials" in (outcome.failure or "")
    assert [one.token.id for one in outcome.previous] == [*(one.id for one in left), id_of(1)]


def test_previous_shows_what_could_not_be_deleted_and_what_was_made_in_vain() -> None:
    """A would have taken the slot of B's remnant. C's new token bears the name that its live token had."""
    remnant = token(3, previous(3, "B"), age=days(4), used=days(4), expires=days(100))
    b = token(2, "B", age=days(30), used=hours(5), expires=days(100))
    api = FakeApi(live(1, "A", days(9)), b, remnant, max_tokens=3)
    api.on("delete", refused(500))
    declared = [due("A", stored_client_id=id_of(1)), due("B", stored_client_id=id_of(2))]
    kept = [kept_in(FakeStore(api, id_of(n))) for n in (1, 2)]
    _a, beside = reconcile(api, declared, run(max_tokens=3), kept)
    assert [one.token.id for one in beside.previous] == [remnant.id]

    api = FakeApi(live(1, "C", days(9)))
    (lost,) = reconcile(
        api,
        [due("C", stored_client_id=id_of(1))],
        run(),
        [kept_in(FakeStore(api, id_of(1), fails="write"))],
    )
    (made,) = lost.previous
    assert (made.token.name, made.token.id in api.tokens) == ("C", True)


def test_what_was_to_be_taken_over_is_not_shown_as_replaced_by_a_token_that_no_store_took() -> None:
    api = FakeApi(token(1, "A", age=days(60), used=hours(3), expires=days(20)))
    kept = [kept_in(FakeStore(api, fails="write"))]
    (outcome,) = reconcile(api, [due("A", adopt=True, stored_client_id="")], run(), kept)
    assert "may not be in the store" in (outcome.failure or "")
    assert outcome.previous == ()


@pytest.mark.parametrize("moves", [False, True])
def test_a_store_that_is_not_ready_is_told_before_what_is_not_approved(moves: bool) -> None:
    """To plan again would only tell of the store."""
    old = token(3, previous(3, "A"), age=days(200), used=days(100))
    api = FakeApi(live(1, "A", days(9)), old)
    declared = due("A", stored_client_id=id_of(1), renamed_from=("OLD",) if moves else ())
    entry = FakeStore(api, "" if moves else id_of(1), fails="prepare")
    kept = kept_in(entry, FakeStore(api, id_of(1), where="file OLD") if moves else None)
    (outcome,) = reconcile(api, [declared], run(approved=Approved(())), [kept])
    assert "no space left" in (outcome.failure or "")


def test_what_is_to_be_absent_is_removed_before_another_entry_moves() -> None:
    """The removal may fail, and only then does the other token turn out to have no slot."""
    renamed = token(2, "OLD", age=days(80), used=hours(5), expires=days(9))
    api = FakeApi(live(1, "X", days(80)), renamed, max_tokens=2)
    declared = [
        due("A", stored_client_id=id_of(2), renamed_from=("OLD",)),
        declare("X", state="absent", stored_client_id=id_of(1)),
    ]
    kept = [
        kept_in(FakeStore(api, where="file A"), FakeStore(api, id_of(2), where="file OLD")),
        kept_in(FakeStore(api, id_of(1), where="file X")),
    ]
    outcomes = reconcile(api, declared, run(max_tokens=2), kept)
    assert [outcome.failure for outcome in outcomes] == [None, None]
    changes = [call for call in api.calls if call.startswith(("store: write", "store: remove"))]
    assert changes[:3] == ["store: remove", "store: write", "store: remove"]


def test_a_token_that_has_failed_shows_what_there_is_beside_its_live_token() -> None:
    """A loop that deletes the replaced ones must not meet the live one, of whatever a failed plan had in mind."""
    old = token(3, previous(3, "A"), age=days(200), used=days(100))
    api = FakeApi(live(1, "A", days(9)), old)
    declared = due("A", stored_client_id=id_of(1))
    (outcome,) = reconcile(api, [declared], run(), [kept_in(FakeStore(api, id_of(1), fails="prepare"))])
    assert "nothing was done to the token" in (outcome.failure or "")
    assert [one.token.id for one in outcome.previous] == [old.id]


def test_a_token_that_is_dead_already_and_whose_store_stays_broken_starves_no_neighbour() -> None:
    """The slot is that of a remnant: the dead one would take it for a new remnant, night after night."""
    left = token(10, previous(10, "A"), age=days(4))
    api = FakeApi(live(1, "A", days(20)), live(2, "B", days(3)), left, max_tokens=3)
    nights = Nights(api, [due("A"), due("B")], "B", "write")
    list(nights.run(23))
    assert set(nights.died) == {"B"}


def _expired_and_full() -> tuple[FakeApi, Declared, list[Kept | None]]:
    """Return a token that is due, whose scope nobody declares, and that is dead when the quota is full."""
    expired = token(3, "B", age=days(90), used=days(2), expires=-hours(1), scope=["a:x"])
    api = FakeApi(expired, token(1, "A", used=hours(1)), max_tokens=2)
    return api, due("B", stored_client_id=id_of(3), stored_is_dead=True), [kept_in(FakeStore(api, id_of(3)))]


@pytest.mark.parametrize(
    ("room", "lost", "approved"),
    [
        *((room, lost_before, approved) for room in (2, 10) for approved in ("anything", "what is due", "the plan")),
        *((10, lost_after, approved) for approved in ("anything", "what is due")),
    ],
)
def test_a_create_whose_answer_is_lost_is_sent_again_as_planned_where_what_it_copies_is_gone(
    room: int, lost: Fault, approved: str
) -> None:
    """Without a scope, the token would have all the rights of its owner.

    The dead token gives its slot away, or it cannot be renamed, so that it is deleted.
    """
    api, declared, kept = _expired_and_full()
    (foretold,) = reconcile(api, [declared], run(max_tokens=room, check_mode=True), kept)
    dead = Delete(api.tokens[id_of(3)], "it has expired, and the server refuses to rename it")
    plan = Approved(tuple(step_view(step) for step in (*foretold.done, dead)))
    allowed = {"anything": None, "what is due": Approved(only_due=True), "the plan": plan}[approved]
    api.max_tokens = 10
    api.on("patch", refused(400))
    api.on("create", lost)
    (outcome,) = reconcile(api, [declared], run(max_tokens=room, approved=allowed), kept)
    assert (outcome.failure, outcome.begun) == (None, next(step for step in foretold.done if isinstance(step, Create)))
    assert {token.scope for token in api.tokens.values() if token.name == "B"} == {frozenset(["a:x"])}


def test_what_a_killed_run_left_is_copied_also_where_it_gave_its_slot_and_the_answer_was_lost() -> None:
    left = token(3, previous(3, "B"), age=days(60), used=days(30), expires=-days(1), scope=["a:x"])
    api = FakeApi(left, token(1, "A", used=hours(1)), max_tokens=2)
    api.on("create", lost_before)
    (outcome,) = reconcile(api, [due("B", stored_client_id="")], run(max_tokens=2), [kept_in(FakeStore(api))])
    assert outcome.failure is None
    assert [token.scope for token in api.tokens.values() if token.name == "B"] == [frozenset(["a:x"])]


def test_previous_shows_each_token_once_where_another_run_was_faster() -> None:
    """The first pass has made a token, and the second one finds that another run has stored its own."""
    api = FakeApi(live(1, "A", days(9)))
    store = FakeStore(api, id_of(1))

    def overtaken(effect: Callable[[], Any]) -> Any:
        api.tokens[id_of(7)] = token(7, previous(7, "A"), age=timedelta(), expires=days(90))
        store.hold(id_of(7))
        return effect()

    api.on("grant", overtaken)
    (outcome,) = reconcile(api, [due("A", stored_client_id=id_of(1))], run(), [kept_in(store)])
    assert outcome.created is not None
    shown = [one.token.id for one in outcome.previous]
    assert sorted(shown) == sorted({outcome.created.token.id, id_of(1)})


def test_previous_shows_what_was_not_found_and_is_listed_all_the_same() -> None:
    b = token(2, previous(2, "B"), age=days(60), used=hours(5), expires=days(9))
    api = FakeApi(b, REMNANT_BEARER, max_tokens=2)
    api.on("delete", raising(NotFoundError("no such", 404)))
    api.on("create", refused(500))
    (outcome,) = reconcile(
        api, [due("B", stored_client_id=id_of(2))], run(max_tokens=2), [kept_in(FakeStore(api, id_of(2)))]
    )
    assert "although the list still shows it" in (outcome.failure or "")
    assert [one.token.id for one in outcome.previous] == [REMNANT_BEARER.id]


def test_previous_shows_what_was_not_found_although_the_first_list_showed_it_otherwise() -> None:
    """Its time has come only in the second pass. The third one takes it for deleted."""
    old = token(5, previous(5, "B"), age=days(200), used=hours(1))
    b = token(2, "B", age=days(80), used=hours(5), expires=days(9))
    api = FakeApi(b, old)

    def conflict(_effect: Callable[[], Any]) -> Any:
        api.tokens[old.id] = replace(old, last_used=NOW - days(100))
        raise NotFoundError("no such", 404)

    api.on("patch", conflict, raising(NotFoundError("no such", 404)))
    api.on("delete", raising(NotFoundError("no such", 404)))
    (outcome,) = reconcile(api, [due("B", stored_client_id=id_of(2))], run(), [kept_in(FakeStore(api, id_of(2)))])
    assert "although the list still shows it" in (outcome.failure or "")
    assert old.id in [one.token.id for one in outcome.previous]


@pytest.mark.parametrize(("fault", "is_gone"), [(refused(500), True), (lost_after, False)])
def test_what_the_next_run_cannot_copy_is_told(fault: Fault, is_gone: bool) -> None:
    """After the lost answer, the new token has the scope; it finds no slot for another one."""
    api, declared, kept = _expired_and_full()
    api.on("create", fault)
    (outcome,) = reconcile(api, [declared], run(max_tokens=2), kept)
    assert outcome.failure is not None
    assert ("declare its scope ['a:x'] before the next run" in outcome.failure) is is_gone


def test_no_scope_is_told_to_be_lost_where_the_live_token_has_it() -> None:
    """The list shows it with the scope that every token has. What is deleted is an old one."""
    old = token(3, previous(3, "B"), age=days(200), used=days(100))
    b = token(2, "B", age=days(80), used=hours(5), expires=days(9), scope=["a:x", "sp:scopes:default"])
    api = FakeApi(b, old)
    api.on("create", refused(500))
    kept = [kept_in(FakeStore(api, id_of(2)))]
    (outcome,) = reconcile(api, [due("B", stored_client_id=id_of(2))], run(), kept)
    assert old.id not in api.tokens
    assert outcome.failure == "the server refused: 500"


def test_a_scope_is_lost_where_the_next_run_would_copy_another_one() -> None:
    """An older token has it too, but the next run copies from the newest."""
    expired = token(2, "B", age=days(80), used=hours(5), expires=-days(1), scope=["a:x"])
    wide = token(3, previous(3, "B"), age=days(100), used=hours(5), expires=days(60), scope=["a:x", "a:wide"])
    oldest = token(4, previous(4, "B"), age=days(200), used=hours(5), expires=days(60), scope=["a:x"])
    api = FakeApi(expired, wide, oldest, max_tokens=3)
    api.on("create", refused(500))
    kept = [kept_in(FakeStore(api, id_of(2)))]
    (outcome,) = reconcile(api, [due("B", stored_client_id=id_of(2))], run(max_tokens=3), kept)
    assert expired.id not in api.tokens
    assert "declare its scope ['a:x'] before the next run" in (outcome.failure or "")


@pytest.mark.parametrize("cleans_up", [True, False])
def test_what_is_due_is_not_done_for_a_token_that_somebody_else_has_deleted(cleans_up: bool) -> None:
    """An old token that the run has deleted before is no reason to make a new one in its stead."""
    old = token(5, previous(5, "B"), age=days(200), used=days(100), scope=["a:x"])
    b = token(2, "B", age=days(80), used=hours(5), expires=days(9), scope=["a:x"])
    api = FakeApi(b, *([old] if cleans_up else []))
    api.on("patch", meanwhile(lambda: api.tokens.pop(b.id)))
    kept = [kept_in(FakeStore(api, id_of(2)))]
    (outcome,) = reconcile(api, [due("B", stored_client_id=id_of(2))], run(approved=Approved(only_due=True)), kept)
    assert "this is more than what is due, and only_due allows nothing else" in (outcome.failure or "")
    assert not [one for one in api.tokens.values() if one.name == "B"]


def test_what_somebody_else_has_deleted_is_made_anew_as_it_was() -> None:
    old = token(5, previous(5, "B"), age=days(200), used=days(100), scope=["a:x"])
    b = token(2, "B", age=days(80), used=hours(5), expires=days(9), scope=["a:x"])
    api = FakeApi(b, old)
    api.on("patch", meanwhile(lambda: api.tokens.pop(b.id)))
    (outcome,) = reconcile(api, [due("B", stored_client_id=id_of(2))], run(), [kept_in(FakeStore(api, id_of(2)))])
    (create,) = [step for step in outcome.done if isinstance(step, Create)]
    assert (create.reason, create.cause) == ("it no longer exists", "declaration")
    assert create.new.scope == frozenset({"a:x"})


def test_no_advice_names_what_is_all_there_is_of_a_token() -> None:
    """Whoever deletes it ends a use, or loses the scope that the takeover copies."""
    waits = token(3, "B", age=days(60), used=hours(3), expires=days(100), scope=["a:x"])
    api = FakeApi(live(1, "A", days(9)), waits, token(4, "Idle", age=days(50)), max_tokens=3)
    declared = [due("A", stored_client_id=id_of(1)), due("B", adopt=True, stored_client_id="")]
    kept = [kept_in(FakeStore(api, id_of(1))), kept_in(FakeStore(api))]
    told, _b = reconcile(api, declared, run(max_tokens=3), kept)
    assert (told.failure or "").endswith(f"longest unused first: 'Idle' ({id_of(4)})")


@pytest.mark.parametrize("fails", ["", "prepare"])
def test_previous_shows_what_was_to_give_its_slot_to_a_neighbour_and_did_not(fails: str) -> None:
    """A, the more urgent, was to take the slot of B's remnant."""
    remnant = token(3, previous(3, "B"), age=days(4), used=days(4), expires=days(100))
    b = token(2, "B", age=days(30), used=hours(5), expires=days(10))
    api = FakeApi(live(1, "A", days(9)), b, remnant, max_tokens=3)
    api.on("delete", refused(500))
    declared = [due("A", stored_client_id=id_of(1)), due("B", stored_client_id=id_of(2))]
    kept = [kept_in(FakeStore(api, id_of(n), fails=fails)) for n in (1, 2)]
    _a, outcome = reconcile(api, declared, run(max_tokens=3), kept)
    assert [one.token.id for one in outcome.previous] == [remnant.id]


def test_a_new_token_that_cannot_be_taken_back_is_shown_and_keeps_the_name() -> None:
    api = FakeApi(live(1, "C", days(9)), makes={"access_token_validity_seconds": 600})
    api.on("delete", refused(500))
    declared = due("C", stored_client_id=id_of(1), access_token_validity_seconds=43200)
    (outcome,) = reconcile(api, [declared], run(), [kept_in(FakeStore(api, id_of(1)))])
    assert (outcome.failure or "").endswith("declare what the server accepts")
    assert [one.token.name for one in outcome.previous] == ["C"]


def test_a_new_token_that_was_not_found_and_is_listed_is_shown_and_keeps_the_name() -> None:
    b = token(2, "B", age=days(80), used=hours(5), expires=days(9), scope=["a:x"])
    api = FakeApi(b, makes={"scope": frozenset(["z:z"])})
    api.on("delete", raising(NotFoundError("no such", 404)))
    (outcome,) = reconcile(api, [due("B", stored_client_id=id_of(2))], run(), [kept_in(FakeStore(api, id_of(2)))])
    assert [one.token.name for one in outcome.previous] == ["B"]
    assert "could not be renamed back" not in (outcome.failure or "")


def test_a_removal_that_was_done_in_part_is_a_change() -> None:
    """The former entry is gone: the consumers that read it have lost their credentials."""
    api = FakeApi(token(1, "X", used=hours(3)))
    former = FakeStore(api, id_of(1), where="file OLD")
    entry = FakeStore(api, id_of(1), where="file X", fails="remove")
    entry.foresees = False
    declared = declare("X", state="absent", renamed_from=("OLD",), stored_client_id=id_of(1))
    (outcome,) = reconcile(api, [declared], run(), [kept_in(entry, former)])
    result = token_result(outcome)
    assert (result["changed"], result["credentials_changed"], former.client_id) == (True, True, "")
    assert (outcome.failure or "").endswith("file X: no space left")
