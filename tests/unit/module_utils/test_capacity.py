# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ten slots an owner, and every rotation holds one for days: who has to begin when, and who cannot be saved."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.capacity import Rotation, turns
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Create, Plan
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import carry_out
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import all_steps, facts
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW, days, hours, id_of, previous, token

EXAMPLES = int(os.environ.get("CAPACITY_EXAMPLES", "12"))
"""Of the lives of an owner, each of some hundred days; the nightly setting is 10,000."""

BOOTSTRAP = token(99, "bootstrap")
CYCLE = days(9)


def rotation(end: float, overlap: float = 7) -> Rotation:
    """Return the rotation of a token that expires in ``end`` days."""
    return Rotation(NOW + days(end), NOW + days(end - overlap - 1), days(overlap + 2))


def in_days(moment: datetime) -> float:
    return (moment - NOW) / days(1)


def test_one_token_with_a_free_slot_may_wait_until_its_own_deadline() -> None:
    turn = turns({0: rotation(90)}, [NOW], NOW)[0]
    assert in_days(turn.latest) == 82
    assert turn.earliest == NOW


def test_eight_tokens_of_one_date_begin_one_cycle_after_the_other() -> None:
    taken = turns({index: rotation(90) for index in range(8)}, [NOW], NOW)
    assert [in_days(taken[index].latest) for index in range(8)] == [82 - 9 * left for left in range(7, -1, -1)]
    assert [in_days(taken[index].earliest) for index in range(8)] == [9 * before for before in range(8)]


def test_two_slots_halve_the_queue() -> None:
    taken = turns({index: rotation(90) for index in range(8)}, [NOW, NOW], NOW)
    assert min(in_days(turn.latest) for turn in taken.values()) == 82 - 9 * 3


def test_a_slot_that_is_still_held_counts_from_when_it_is_free() -> None:
    taken = turns({0: rotation(90), 1: rotation(90)}, [NOW + days(5)], NOW)
    assert [in_days(taken[index].earliest) for index in (0, 1)] == [5, 14]


def test_a_slot_that_comes_after_a_deadline_does_not_shorten_the_queue() -> None:
    late = turns({index: rotation(90) for index in range(8)}, [NOW, NOW + days(82)], NOW)
    one_less = turns({index: rotation(90) for index in range(7)}, [NOW], NOW)
    assert late[0].latest == one_less[0].latest


def test_the_one_that_expires_first_goes_first() -> None:
    taken = turns({0: rotation(90), 1: rotation(20)}, [NOW], NOW)
    assert taken[1].earliest < taken[0].earliest


def test_without_a_slot_no_turn_ever_comes() -> None:
    assert turns({0: rotation(90)}, [], NOW)[0].earliest > NOW + days(36500)


def test_a_token_that_cannot_be_rotated_takes_nobodys_turn() -> None:
    """An error of the whole plan would leave the others undone, and in a second pass lose what the first made."""
    present = [token(n, f"CI {n}", expires=days(50), scope=() if n == 1 else ("a:x",)) for n in range(1, 9)]
    declared = [Declared(f"CI {n}", expires_in=days(90), rotate_before=days(14)) for n in range(1, 9)]
    plan = make_plan(declared, [*present, BOOTSTRAP], facts())
    assert all_steps(plan) == ["patch 2 name=CI 2 (previous 00000002)", "create CI 2"]
    assert {one.failure for one in plan.tokens} == {None}
    due = [replace(present[0], expiration_date=NOW + days(9)), *present[1:], BOOTSTRAP]
    assert "declare scope" in (make_plan(declared, due, facts()).tokens[0].failure or "")


TELLING = ("little time to spare", "is still in use")
"""Parts of the warnings that somebody is about to be locked out."""


@dataclass
class Consumer:
    """Who logs in every day, and takes over new credentials ``switches_after`` so many days, never for None.

    ``locked_out_on`` is the first day on which its credentials had expired, ``cut_off_on`` that on which they had been
    deleted before their ``end``.
    """

    name: str
    switches_after: int | None
    holds: str = ""
    saw: tuple[str, int] = ("", 0)
    end: datetime | None = None
    locked_out_on: int | None = None
    cut_off_on: int | None = None

    def log_in(self, day: int, stored: str, api: FakeApi) -> None:
        if self.saw[0] != stored:
            self.saw = (stored, day)
        if not self.holds or (self.switches_after is not None and day - self.saw[1] >= self.switches_after):
            self.holds = stored
        used = api.tokens.get(self.holds)
        if used is not None and not used.is_expired(api.now):
            api.tokens[used.id] = replace(used, last_used=api.now)
            self.end = used.expiration_date
        elif self.end is not None and self.end <= api.now:
            self.locked_out_on = day if self.locked_out_on is None else self.locked_out_on
        else:
            self.cut_off_on = day if self.cut_off_on is None else self.cut_off_on


@dataclass
class Life:
    """An owner's life, a day at a time: a run at night, logins by day."""

    declared: list[Declared]
    consumers: list[Consumer]
    stored: dict[str, str] = field(default_factory=dict)
    dead_on: dict[str, int] = field(default_factory=dict)
    made_on: dict[str, list[int]] = field(default_factory=dict)
    warned_on: dict[str, int] = field(default_factory=dict)
    told_on: dict[str, int] = field(default_factory=dict)
    """The same, and that there was little time to spare, or that a replaced token is still in use and ends."""
    neighbours: tuple[Token, ...] = ()
    """Tokens of the owner that nobody declares."""

    def live(self, last: int, falls_out: set[int]) -> None:
        api = FakeApi(BOOTSTRAP, *self.neighbours)
        for day in range(last):
            api.now = NOW + days(day)
            api.tokens[BOOTSTRAP.id] = replace(BOOTSTRAP, last_used=api.now)
            self.note_the_dead(day, api)
            if day not in falls_out:
                self.run(day, api)
            for consumer in self.consumers:
                consumer.log_in(day, self.stored.get(consumer.name, ""), api)
            self.note_the_dead(day, api)

    def note_the_dead(self, day: int, api: FakeApi) -> None:
        for name, held in self.stored.items():
            holder = api.tokens.get(held)
            if holder is None or holder.is_expired(api.now):
                self.dead_on.setdefault(name, day)

    def run(self, day: int, api: FakeApi) -> None:
        declared = [replace(one, stored_client_id=self.stored.get(one.name or "", "")) for one in self.declared]
        plan: Plan = make_plan(declared, list(api.tokens.values()), facts(now=api.now, own_id=BOOTSTRAP.id))
        carry_out(plan.steps(), api)
        for one in plan.tokens:
            name = one.declared.name or ""
            if one.doomed or one.failure:
                self.warned_on.setdefault(name, day)
            if one.doomed or one.failure or any(told in text for text in one.warnings for told in TELLING):
                self.told_on.setdefault(name, day)
            if any(isinstance(step, Create) for step in one.steps):
                self.stored[name] = api.named(name).id
                self.made_on.setdefault(name, []).append(day)


def declare(number: int, lifetime: float = 90, before: float = 14, overlap: float = 7) -> Declared:
    name = f"TOKEN {number}"
    return Declared(
        name=name, expires_in=days(lifetime), rotate_before=days(before), overlap=days(overlap), stored_client_id=""
    )


def live(
    declared: list[Declared], last: int, switches_after: int | None = 0, falls_out: frozenset[int] = frozenset()
) -> Life:
    """Return the life of an owner whose consumers all do the same."""
    consumers = [Consumer(one.name or "", switches_after) for one in declared]
    life = Life(declared, consumers)
    life.live(last, set(falls_out))
    return life


def test_eight_tokens_made_on_one_day_outlive_two_years() -> None:
    life = live([declare(number) for number in range(8)], 800)
    assert life.dead_on == {}
    assert life.warned_on == {}


def test_one_token_with_room_is_rotated_when_its_declaration_says_so() -> None:
    declared = [declare(1)]
    life = Life(declared, [Consumer("TOKEN 1", 0)])
    life.live(76, set())
    first = life.stored["TOKEN 1"]
    life = Life(declared, [Consumer("TOKEN 1", 0)])
    life.live(77, set())
    assert life.stored["TOKEN 1"] != first, "14 days before its end, on day 76"


def test_nine_tokens_and_no_slot_fail_from_the_second_night() -> None:
    life = live([declare(number) for number in range(9)], 30)
    assert set(life.warned_on) == {f"TOKEN {number}" for number in range(9)}
    assert set(life.warned_on.values()) == {1}


def test_consumers_that_never_switch_are_told_while_there_is_time() -> None:
    life = live([declare(number) for number in range(8)], 200, switches_after=None)
    assert all(life.warned_on[name] <= day - 14 for name, day in life.dead_on.items())


def test_a_token_that_has_expired_holds_up_nobody_and_is_in_no_advice() -> None:
    old = [token(n, previous(n, "CI 1"), age=days(80), used=days(1)) for n in (10, 11)]
    live_ones = [token(n, f"CI {n}", age=days(60), expires=days(9)) for n in range(1, 8)]
    declared = [Declared(f"CI {n}", expires_in=days(90), rotate_before=days(14)) for n in range(1, 8)]
    for end, advised in ((days(30), True), (-days(1), False)):
        others = [replace(one, expiration_date=NOW + end) for one in old]
        plan = make_plan(declared, [*live_ones, *others, BOOTSTRAP], facts())
        doomed = [one.doomed for one in plan.tokens if one.doomed]
        assert doomed
        assert ["end the use of 'CI 1 (previous" in text for text in doomed] == [advised] * len(doomed)


def test_a_replaced_token_that_nobody_cares_for_is_no_slot_to_come() -> None:
    """Its declaration has gone and nothing prunes it: its slot hid the end of a neighbour until the last day."""
    left = token(50, previous(50, "DROPPED"), age=days(200), used=days(100), expires=None)
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(7)]
    for end in (13, 5, 1.5):
        due = token(1, "CI", age=days(80), used=hours(1), expires=days(end))
        declared = Declared("CI", expires_in=days(90), rotate_before=days(14), stored_client_id=due.id)
        (plan,) = make_plan([declared], [due, left, *others, BOOTSTRAP], facts()).tokens
        assert "before its rotation finds a free slot" in (plan.doomed or "")


def test_a_token_that_another_run_has_just_replaced_is_a_slot_to_come() -> None:
    """It was out of use before, so its last use says nothing of when its overlap ends."""
    other = [token(50, previous(50, "OTHERS"), age=days(80), used=days(20)), token(51, "OTHERS", age=days(1))]
    rest = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(6)]
    due = token(1, "CI", age=days(77), used=hours(1), expires=days(20))
    declared = replace(declare(0), name="CI", stored_client_id=due.id)
    (plan,) = make_plan([declared], [due, *other, *rest, BOOTSTRAP], facts()).tokens
    assert plan.doomed is None


@pytest.mark.parametrize(("used_slots", "comes_late"), [(7, False), (8, True)])
def test_a_missing_token_takes_a_slot_that_no_rotation_can_count_on(used_slots: int, comes_late: bool) -> None:
    """It is made in this run, and stays."""
    due = token(1, "CI", age=days(60), used=hours(1), expires=days(30))
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(used_slots - 1)]
    declared = [replace(declare(0), name="CI", stored_client_id=due.id), replace(declare(1), name="MISSING")]
    plan = make_plan(declared, [due, *others, BOOTSTRAP], facts())
    assert all_steps(plan) == ["create MISSING"]
    assert (plan.tokens[0].doomed is not None) is comes_late


def test_what_a_failed_run_left_is_a_slot_for_a_rotation_to_come() -> None:
    """It gives way once its slot is needed, so it foretells nobody's end."""
    live = token(1, "CI", age=days(60), used=hours(1), expires=days(30))
    left = token(2, previous(2, "CI"), age=days(3), used=days(3))
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(7)]
    declared = replace(declare(0, overlap=28), name="CI", stored_client_id=live.id)
    (plan,) = make_plan([declared], [live, left, *others, BOOTSTRAP], facts()).tokens
    assert plan.doomed is None


Owner = list[tuple[int, int, "int | None"]]

CROWDED: Owner = [
    (60, 7, None),
    (60, 7, 0),
    (60, 7, 0),
    (60, 10, None),
    (60, 2, None),
    (30, 10, 1),
]
"""Lifetimes, overlaps and when the consumers switch, where a short life meets consumers that hold on."""


def test_a_turn_does_not_come_again_while_the_last_rotation_lasts() -> None:
    """Or each night would bring new credentials, before any consumer has switched to those of the night before."""
    declared = [declare(number, life, 14, overlap) for number, (life, overlap, _switches) in enumerate(CROWDED)]
    consumers = [Consumer(f"TOKEN {number}", switches) for number, (_life, _overlap, switches) in enumerate(CROWDED)]
    left_over = token(0x60, previous(0x60, "DROPPED"), age=days(200), used=days(99), expires=None)
    whole = Life(declared, consumers, neighbours=(left_over,))
    whole.live(31, set())
    assert whole.made_on["TOKEN 5"] == [0, 16, 28]
    assert consumers[5].locked_out_on is None


@pytest.mark.parametrize("has_just_rotated", [False, True])
def test_a_young_token_takes_its_turn_unless_it_comes_from_a_rotation(has_just_rotated: bool) -> None:
    """Three of one short life share a slot: the first has to begin at once, however young it is."""
    tokens = [token(n, f"CI {n}", age=days(1), used=hours(1), expires=days(12)) for n in (1, 2, 3)]
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(5)]
    replaced = [token(50, previous(50, "CI 1"), age=days(3), used=days(2))] if has_just_rotated else []
    declared = [
        Declared(f"CI {n}", expires_in=days(13), rotate_before=days(3), overlap=days(2), stored_client_id=id_of(n))
        for n in (1, 2, 3)
    ]
    plan = make_plan(declared, [*tokens, *replaced, *others, BOOTSTRAP], facts(max_tokens=10 + has_just_rotated))
    assert ("create CI 1" in all_steps(plan)) is not has_just_rotated


def test_a_turn_that_leaves_less_than_the_overlap_is_a_failure_in_time() -> None:
    """Both tokens end in 20 days, and the one slot is free in 16: the consumers of the second would have 4 days."""
    tokens = [token(n, f"CI {n}", age=days(70), used=hours(1), expires=days(20)) for n in (1, 2)]
    held = token(50, previous(50, "CI 1"), age=days(90), used=days(1), expires=days(16))
    others = [token(20 + n, f"OTHER {n}", used=hours(1)) for n in range(6)]
    declared = [
        Declared(f"CI {n}", expires_in=days(90), rotate_before=days(14), stored_client_id=id_of(n)) for n in (1, 2)
    ]
    plan = make_plan(declared, [*tokens, held, *others, BOOTSTRAP], facts())
    doomed = [one.doomed or "" for one in plan.tokens]
    assert any("so that its consumers do not have the overlap to switch" in text for text in doomed)
    assert all(doomed)
    assert not all_steps(plan)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (declare(1, 120), declare(2, 180, 90, 60)),
        (declare(1), replace(declare(2, 180, 60, 30), rotate_after=days(60))),
        (declare(1), replace(declare(2, 180, 60, 30), rotate_after=days(60), expires_in=None, never_expires=True)),
    ],
    ids=["by rotate_before", "by rotate_after", "one that never expires"],
)
def test_a_long_rotation_that_can_wait_takes_no_slot_that_a_short_life_needs(short: Declared, long: Declared) -> None:
    """There is one slot for both, and the overlap of the long one lasts until the other has expired."""
    others = tuple(token(0x50 + number, f"OTHER {number}", used=hours(1), expires=None) for number in range(6))
    life = Life([short, long], [Consumer("TOKEN 1", 0), Consumer("TOKEN 2", 0)], neighbours=others)
    life.live(400, set())
    assert life.dead_on == {}
    assert life.warned_on == {}
    assert len(life.made_on["TOKEN 2"]) > 2, "it is not put off for ever"


def test_a_token_that_rotates_often_does_not_keep_two_slots_for_ever() -> None:
    """Each rotation lets the overlap of what it replaced before begin anew, so that both slots were its own."""
    declared = [declare(0, 120, 90, 30), declare(1, 60, 14, 2), declare(2, 60, 14, 2)]
    others = tuple(token(0x50 + number, f"OTHER {number}", used=hours(1), expires=None) for number in range(4))
    life = Life(declared, [Consumer(one.name or "", 1) for one in declared], neighbours=others)
    life.live(200, set())
    assert life.dead_on == {}
    assert life.warned_on == {}


def test_a_rotation_that_waits_for_another_says_so_unless_it_was_ordered() -> None:
    short = token(1, "SHORT", age=days(30), used=hours(1), expires=days(60))
    long = token(2, "LONG", age=days(91), used=hours(1), expires=days(89))
    others = [token(0x50 + n, f"OTHER {n}", used=hours(1), expires=None) for n in range(6)]
    declared = [
        replace(declare(1), name="SHORT", stored_client_id=short.id),
        replace(declare(2, 180, 90, 60), name="LONG", stored_client_id=long.id),
    ]
    _short, waits = make_plan(declared, [short, long, *others, BOOTSTRAP], facts()).tokens
    reason = (
        "to be rotated (expires in 89 days, rotate_before is 90d), but rotations that cannot wait as long need the "
        "free slots"
    )
    assert waits.deferred == reason
    assert f"personal access token 'LONG': {reason}; the rotation waits for a free slot" in waits.warnings
    declared[1] = replace(declared[1], rotate="always")
    assert "create LONG" in all_steps(make_plan(declared, [short, long, *others, BOOTSTRAP], facts()))


@st.composite
def comfortable(draw: st.DrawFn) -> tuple[list[Declared], int]:
    """Return declarations, and the free slots, of which one is enough to rotate them all one after the other.

    In the time that the shortest life leaves beside its overlap, each rotation finds the slot once, whatever the order,
    and some nights may fall out. A token without an end, rotated by its age alone, can wait for all others.
    """
    overlaps = draw(st.sampled_from([(1, 2, 3), (1, 7, 14), (2, 30, 60)]))
    declared: list[Declared] = []
    for number in range(draw(st.integers(1, 8))):
        lifetime, overlap = draw(st.sampled_from([60, 90, 120, 180])), draw(st.sampled_from(overlaps))
        before = draw(st.sampled_from([each for each in (14, 30, 60, 90) if overlap <= each < lifetime] or [overlap]))
        after = draw(st.sampled_from([None, *(each for each in (30, 60, 100) if overlap < each <= lifetime - overlap)]))
        one = replace(declare(number, lifetime, before, overlap), rotate_after=None if after is None else days(after))
        if after is not None and draw(st.integers(0, 3)) == 3:
            one = replace(one, expires_in=None, never_expires=True)
        spare = [(each.expires_in or days(9999)) - each.overlap for each in [*declared, one]]
        needed = sum(
            (each.overlap + days(2) for each in [*declared, one] if not each.never_expires), start=days(FALLING_OUT + 2)
        )
        declared += [one] if needed <= min(spare) else []
    return declared, draw(st.sampled_from([1, 1, 2]))


FALLING_OUT = 12
"""The most nights that fall out."""


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(comfortable(), st.frozensets(st.integers(5, 250), max_size=FALLING_OUT), st.integers(0, 1))
def test_what_is_feasible_never_loses_a_token(
    owner: tuple[list[Declared], int], falls_out: frozenset[int], switches_after: int
) -> None:
    """One slot is enough for all, and some nights are without a run too."""
    declared, free = owner
    others = [token(0x50 + number, f"OTHER {number}", used=hours(1), expires=None) for number in range(9)]
    consumers = [Consumer(one.name or "", switches_after) for one in declared]
    life = Life(declared, consumers, neighbours=tuple(others[: max(0, 9 - len(declared) - free)]))
    life.live(400, set(falls_out))
    assert life.dead_on == {}


anything = st.lists(
    st.tuples(st.sampled_from([30, 45, 60, 90, 180]), st.sampled_from([1, 3, 7, 10]), st.sampled_from([0, 1, None])),
    min_size=1,
    max_size=9,
)


@example([(30, 1, 0), (30, 1, None), (30, 1, None), (30, 7, 0), (30, 1, None), (30, 1, 0)])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything)
def test_whatever_dies_was_told_of_in_time(owner: list[tuple[int, int, int | None]]) -> None:
    declared = [
        declare(number, life, min(14, life // 2), overlap) for number, (life, overlap, _switches) in enumerate(owner)
    ]
    consumers = [Consumer(f"TOKEN {number}", switches) for number, (_life, _overlap, switches) in enumerate(owner)]
    whole = Life(declared, consumers)
    whole.live(250, set())
    for name, day in whole.dead_on.items():
        told = whole.told_on.get(name)
        assert told is not None
        assert timedelta(days=day - told) >= days(3), (name, told, day)


one_of_many = st.tuples(st.sampled_from([30, 45, 60, 90, 180]), st.sampled_from([2, 3, 7, 10])).flatmap(
    lambda pair: st.tuples(st.just(pair[0]), st.just(pair[1]), st.one_of(st.integers(0, pair[1] - 1), st.none()))
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(one_of_many, min_size=1, max_size=6), st.integers(0, 3), st.booleans())
@example(CROWDED, 0, True)
def test_no_consumer_is_locked_out_without_a_word(
    owner: list[tuple[int, int, int | None]], neighbours: int, left_over: bool
) -> None:
    """They switch on any day of the overlap, or never; beside them, the owner has tokens that nobody declares."""
    declared = [
        declare(number, life, min(14, life // 2), overlap) for number, (life, overlap, _switches) in enumerate(owner)
    ]
    consumers = [Consumer(f"TOKEN {number}", switches) for number, (_life, _overlap, switches) in enumerate(owner)]
    others = [token(0x50 + number, f"OTHER {number}", used=hours(1), expires=None) for number in range(neighbours)]
    others += [token(0x60, previous(0x60, "DROPPED"), age=days(200), used=days(99), expires=None)] if left_over else []
    whole = Life(declared, consumers, neighbours=tuple(others[: 9 - len(owner)]))
    whole.live(250, set())
    for consumer in consumers:
        assert consumer.cut_off_on is None
        if consumer.locked_out_on is not None:
            told = whole.told_on.get(consumer.name)
            assert told is not None, consumer
            assert told < consumer.locked_out_on, (consumer, told)
