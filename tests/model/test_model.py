# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds however two runs of the real planner and applier are interleaved, with two faults at any of their steps.

The store always holds credentials that work (P4), nothing in use is destroyed (P5), and two further runs make all of it
right: in every state that can be reached.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    CreatedToken,
    Declared,
    PruneRules,
    Token,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan import family, planner, quota, retirement
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.family import Family
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Facts, Plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run import applier
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run import hand_over as handing_over
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run import reconcile as reconciling
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run import verify as verifying
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import days, hours, id_of, previous, token
from ansible_collections.sailpoint_community.isc.tests.model import world as model_world
from ansible_collections.sailpoint_community.isc.tests.model.runs import Job
from ansible_collections.sailpoint_community.isc.tests.model.search import Report, Search
from ansible_collections.sailpoint_community.isc.tests.model.world import FOREIGN, Broken, Terms, World, world_of

FRESH = timedelta(minutes=10)


def retired(one: Token) -> Token:
    return replace(one, name=previous(int(one.id[:8], 16)))


USED = token(1, age=days(30), used=hours(1))
UNUSED = token(1, age=days(6))
FORMER = token(1, age=days(60), used=days(30))

STARTS: dict[str, World] = {
    "nothing": world_of((), ("",)),
    "a token in the store": world_of((USED,), (USED.id,)),
    "a fresh token in the store": world_of((token(1, age=FRESH, used=FRESH),), (id_of(1),)),
    "an expired token in the store": world_of((token(1, age=days(60), used=days(2), expires=-days(1)),), (id_of(1),)),
    "a token not in the store, never used": world_of((UNUSED,), ("",)),
    "a fresh token not in the store": world_of((token(1, age=FRESH, used=FRESH),), ("",)),
    "a token not in the store, used": world_of((USED,), ("",)),
    "an old token not in the store, never used": world_of((token(1, age=days(30)),), ("",)),
    "another identity's token in the store": world_of((USED,), (FOREIGN,)),
    "another identity's token in the store, none of ours": world_of((), (FOREIGN,)),
    "the store's token gone": world_of((), (id_of(9),)),
    "the store's token gone, another there": world_of((UNUSED,), (id_of(9),)),
    "renamed, no successor": world_of((retired(USED),), (USED.id,)),
    "renamed, a successor not in the store": world_of((retired(USED), token(2, age=days(2))), (USED.id,)),
    "renamed, a proved successor not in the store": world_of(
        (retired(USED), token(2, age=days(2), used=days(2))), (USED.id,)
    ),
    "renamed, a fresh successor not in the store": world_of(
        (retired(USED), token(2, age=FRESH, used=FRESH)), (USED.id,)
    ),
    "rotated, the previous one in use": world_of(
        (retired(FORMER), token(2, age=days(20), used=hours(1)), retired(token(3, age=days(25), used=days(2)))),
        (id_of(2),),
    ),
    "rotated just now": world_of((retired(USED), token(2, age=FRESH, used=FRESH)), (id_of(2),)),
    "rotated, nothing in the store": world_of((retired(FORMER), token(2, age=days(2))), ("",)),
}
FORCED = {"neither": ("when_due", "when_due"), "one": ("always", "when_due"), "both": ("always", "always")}
STORES = {
    "stores": (True, True),
    "blind stores": (True, True),
    "callers": (False, False),
    "a store and a caller": (True, False),
    "two stores": (True, True),
    "one free slot": (True, True),
    "no free slot": (True, True),
}
ELSEWHERE = {
    "nothing": "",
    "a token in the store": "",
    "a fresh token in the store": "",
    "rotated just now": USED.id,
    "rotated, the previous one in use": id_of(3),
}
"""What the store of the second run holds, where each run has a store of its own for one name."""
ONE_FREE_SLOT = (
    "nothing",
    "a token in the store",
    "a token not in the store, never used",
    "a fresh token not in the store",
    "renamed, a successor not in the store",
)
NO_FREE_SLOT = ("a token in the store", "renamed, a successor not in the store", "rotated, the previous one in use")
OVERLAPS = (days(0), days(7))


def configurations() -> Iterator[Any]:
    """Yield what to search: where no token is live, a run makes one whether it is forced or not, so one mix is enough.

    Blind stores cannot compare and set: what a run writes there, it writes over what another has written. Two forced
    runs of callers are searched from one start: they differ from those with stores in two steps only. Two stores of one
    name, and owners without a slot to spare, are searched from the starts where that makes a difference.
    """
    for start, world in STARTS.items():
        for overlap in OVERLAPS:
            for forced in FORCED if world.kept else ["one"]:
                stores = ["stores"] if forced == "both" and start != "a token in the store" else ["stores", "callers"]
                stores += ["a store and a caller"] if forced == "one" and world.kept else []
                stores += ["blind stores"] if forced == "one" and not overlap else []
                if forced == "one" and overlap:
                    kinds = {"two stores": ELSEWHERE, "one free slot": ONE_FREE_SLOT, "no free slot": NO_FREE_SLOT}
                    stores += [kind for kind, starts in kinds.items() if start in starts]
                for kind in stores:
                    yield pytest.param(start, overlap, forced, kind, id=f"{start}-{overlap.days}d-{forced}-{kind}")


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each plan once, for the planner is pure."""
    plans: dict[Any, Plan] = {}

    def remembered(
        declared: Sequence[Declared], present: tuple[Token, ...], facts: Facts, prune: PruneRules | None = None
    ) -> Plan:
        key = (tuple(declared), present, facts, prune)
        if key not in plans:
            plans[key] = make_plan(declared, present, facts, prune)
        return plans[key]

    monkeypatch.setattr(reconciling, "make_plan", remembered)


def search(start: str, overlap: timedelta, forced: str = "one", stores: str = "stores", adopt: bool = False) -> Report:
    """Search in a process of its own, which ends without freeing what it made: that would take a fifth of the time."""
    with ProcessPoolExecutor(1, get_context("fork")) as process:
        return process.submit(_search, start, overlap, forced, stores, adopt).result()


def _search(start: str, overlap: timedelta, forced: str, stores: str, adopt: bool) -> Report:
    gc.disable()
    world = STARTS[start]
    if stores == "two stores":
        world = world_of(world.tokens, (*world.stores, ELSEWHERE[start]))
    slots = {"one free slot": len(world.tokens) + 1, "no free slot": len(world.tokens)}.get(stores, 10)
    first, second = (
        Job(maker, Terms(overlap, at, slots), store, rotate, adopt, blind=stores == "blind stores")
        for maker, at, store, rotate in zip(
            (0xA0, 0xB0), (0, int(stores == "two stores")), STORES[stores], FORCED[forced]
        )
    )
    return Search(world, first, second).run()


@pytest.mark.parametrize(("start", "overlap", "forced", "stores"), list(configurations()))
def test_every_interleaving_keeps_the_promises(
    start: str, overlap: timedelta, forced: str, stores: str, record_property: Callable[[str, object], None]
) -> None:
    report = search(start, overlap, forced, stores)
    record_property("configuration", f"{start}, overlap {overlap.days}d, {forced} forced, {stores}")
    record_property("report", asdict(report))
    assert report.states > report.finals > 0


@pytest.mark.parametrize("stores", ["stores", "callers"])
@pytest.mark.parametrize("overlap", OVERLAPS, ids=lambda overlap: f"{overlap.days}d")
def test_a_token_whose_secret_is_elsewhere_is_adopted(
    overlap: timedelta, stores: str, record_property: Callable[[str, object], None]
) -> None:
    report = search("a token not in the store, used", overlap, stores=stores, adopt=True)
    record_property("configuration", f"a token not in the store, used, overlap {overlap.days}d, adopted, {stores}")
    record_property("report", asdict(report))
    assert report.most_alive > 1


# That the check can fail: each of these breaks one rule of the code, and is found.


def test_deleting_what_another_run_may_be_about_to_store_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retirement, "HANDOVER", timedelta())
    with pytest.raises(Broken, match="P5: a token younger than an hour is deleted"):
        search("renamed, a fresh successor not in the store", days(0))


def test_deleting_what_is_still_in_use_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retirement, "LAST_USED_LAG", -days(7))
    with pytest.raises(Broken, match="P5: a token in use is deleted"):
        search("rotated, the previous one in use", days(7))


def test_a_name_that_is_never_freed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "renames", lambda tokens, name, reason, cause, facts: [])
    with pytest.raises(Broken, match="the third run still writes"):
        search("a token not in the store, never used", days(7))


def test_taking_back_a_token_whose_store_failed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:

    def taking_back(api: Any, outcome: Any, created: CreatedToken, *how: Any) -> bool:
        handed_over = handing_over.hand_over(api, outcome, created, *how)
        if not handed_over:
            api.delete(created.token)
        return handed_over

    monkeypatch.setattr(applier, "hand_over", taking_back)
    monkeypatch.setattr(model_world, "YOUNG", timedelta())
    with pytest.raises(Broken, match="P4: the store holds a0000001, which does not work, by delete a0000001"):
        search("a token in the store", days(0))


def test_taking_what_the_list_does_not_show_for_gone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "_of_somebody_else", lambda stored, grant, present: None)
    monkeypatch.setattr(family, "_refuse_stranger", lambda declared, present: None)
    with pytest.raises(Broken, match="P5: what another identity uses is overwritten"):
        search("another identity's token in the store, none of ours", days(7))


def test_members_that_never_go_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "clean_up", lambda declared, family, live, facts: ((), ()))
    with pytest.raises(Broken, match="tokens pile up"):
        search("a token in the store", days(7))


def test_two_stores_that_take_a_name_from_each_other_for_ever_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "_refuse_other_store", lambda declared, family, live, now: None)
    with pytest.raises(Broken, match="the third run still writes"):
        search("a token in the store", days(7), stores="two stores")


def test_a_slot_that_is_taken_from_a_token_in_use_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def whatever_is_old(members: Family, declared: object, spared: object, now: datetime) -> list[Token]:
        return [one for one in members.others if now - one.created > days(1)]

    monkeypatch.setattr(quota, "remnants", whatever_is_old)
    with pytest.raises(Broken, match="P5: a token in use is deleted"):
        search("rotated, the previous one in use", days(7), stores="no free slot")
