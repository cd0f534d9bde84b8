# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the nights of a takeover bring, foretold by the planner itself."""

from __future__ import annotations

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.foretold import foretell
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import declare, facts
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import V1, V3, days, hours, id_of, previous, token

BOOTSTRAP = token(99, "bootstrap", expires=None)


def by_hand(count: int, **fields: object) -> list[Token]:
    return [token(number, f"HAND {number}", **{"used": days(0.5), **fields}) for number in range(1, count + 1)]  # type: ignore[arg-type]


def taken_over(count: int, **options: object) -> list[Declared]:
    given = {"expires_in": days(90), "rotate_before": days(14), "stored_client_id": "", "adopt": True, **options}
    return [declare(f"HAND {number}", **given) for number in range(1, count + 1)]


@pytest.mark.parametrize("version", [V1, V3], ids=lambda version: version.name)
def test_eight_tokens_share_one_free_slot_for_nine_nights_each(version: object) -> None:
    foretold = foretell(taken_over(8), [BOOTSTRAP, *by_hand(8)], facts(own_id=id_of(99), version=version))
    assert foretold.free_slots == 1
    assert [one.night for one in foretold.takeovers] == [1, 10, 19, 28, 37, 46, 55, 64]
    assert [one.gone_on for one in foretold.takeovers] == [10, 19, 28, 37, 46, 55, 64, 73]
    assert (foretold.nights, foretold.ends_on) == (64, 73)
    assert not foretold.problems
    assert not foretold.waiting


def test_free_slots_are_used_at_once_and_a_shorter_overlap_takes_fewer_nights() -> None:
    foretold = foretell(taken_over(4, overlap=days(2)), [BOOTSTRAP, *by_hand(4)], facts(own_id=id_of(99), max_tokens=7))
    assert foretold.free_slots == 2
    assert [one.night for one in foretold.takeovers] == [1, 1, 5, 5]


def test_what_nobody_uses_waits_for_its_overlap_alone() -> None:
    foretold = foretell(taken_over(2), by_hand(2, used=days(50), age=days(90)), facts(max_tokens=3))
    assert [one.night for one in foretold.takeovers] == [1, 8]


def test_what_a_store_holds_already_is_no_takeover() -> None:
    declared = [declare("HAND 1", stored_client_id=id_of(1)), *taken_over(2)[1:]]
    foretold = foretell(declared, by_hand(2), facts())
    assert [one.name for one in foretold.takeovers] == ["HAND 2"]


def test_without_a_free_slot_none_is_ever_taken_over() -> None:
    foretold = foretell(taken_over(2), by_hand(2, expires=None), facts(max_tokens=2))
    assert foretold.takeovers == ()
    assert foretold.waiting == ("HAND 1", "HAND 2")


def test_what_expires_before_its_turn_is_told() -> None:
    foretold = foretell(taken_over(4), by_hand(4, expires=days(12)), facts(max_tokens=5))
    assert [(one.night, one.expired_at is not None) for one in foretold.takeovers[:3]] == [
        (1, False),
        (10, False),
        (13, True),
    ]


def test_a_takeover_leaves_the_slot_to_a_rotation_that_needs_it_soon() -> None:
    """It would hold the slot for nine days, and the stored token would have less than its overlap left."""
    stored = token(50, "STORED", used=days(0.5), expires=days(16))
    declared = [declare("STORED", stored_client_id=id_of(50), rotate_before=days(14), expires_in=days(90))]
    foretold = foretell([*declared, *taken_over(3)], [BOOTSTRAP, stored, *by_hand(3)], facts(max_tokens=6))
    assert not foretold.problems
    # It is rotated in night 3, 14 days before its end, and what it replaced goes in night 12.
    assert [one.night for one in foretold.takeovers] == [12, 21, 30]


def test_a_takeover_goes_first_where_there_is_time_for_both() -> None:
    stored = token(50, "STORED", used=days(0.5), expires=days(40))
    declared = [declare("STORED", stored_client_id=id_of(50), rotate_before=days(14), expires_in=days(90))]
    foretold = foretell([*declared, *taken_over(3)], [BOOTSTRAP, stored, *by_hand(3)], facts(max_tokens=6))
    assert not foretold.problems
    assert [one.night for one in foretold.takeovers][:2] == [1, 10]


def test_tokens_that_wait_do_not_foretell_the_end_of_a_stored_one() -> None:
    """Their slots become free only once they are taken over; the one that becomes free soon is for the rotation."""
    stored = token(50, "STORED", used=days(0.5), expires=days(9))
    other, replaced = token(60, "OTHER", age=days(5)), token(61, previous(61, "OTHER"), used=days(5.5))
    declared = [
        declare("STORED", stored_client_id=id_of(50), rotate_before=days(8), overlap=days(1)),
        declare("OTHER", stored_client_id=id_of(60)),
        *taken_over(2),
    ]
    plan = make_plan(declared, [BOOTSTRAP, stored, other, replaced, *by_hand(2)], facts(max_tokens=6))
    assert [one.doomed for one in plan.tokens] == [None] * 4
    assert [one.failure for one in plan.tokens] == [None] * 4
    assert [one.deferred is not None for one in plan.tokens] == [False, False, True, True]


def test_a_second_export_foretells_the_same_nights() -> None:
    """One right after the first takeover, whose old token may be used until tomorrow."""
    first = token(1, previous(1, "HAND 1"), used=hours(10), expires=None)
    declared = [declare("HAND 1", stored_client_id=id_of(50), expires_in=days(90)), *taken_over(3)[1:]]
    present = [BOOTSTRAP, token(50, "HAND 1", age=hours(1), used=hours(1)), first, *by_hand(3)[1:]]
    foretold = foretell(declared, present, facts(max_tokens=5, own_id=id_of(99)))
    assert [one.night for one in foretold.takeovers] == [10, 19]
