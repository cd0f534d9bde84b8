# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tokens belong to a name, which one is live, and when the others may go: the design's words, one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import PlanError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.names import (
    family_name,
    has_previous_suffix,
    is_previous,
    previous_name,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.family import Family, find_family
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.retirement import (
    is_held_elsewhere,
    retirement,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import declare, facts
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import (
    NOW,
    SECOND,
    days,
    hours,
    id_of,
    previous,
    token,
)


def family_of(declared: Declared, *present: Token, unclaimed: frozenset[str] = frozenset()) -> Family:
    return find_family(declared, present, unclaimed)


def numbers(tokens: tuple[Token, ...]) -> list[int]:
    return sorted(int(token.id[:8], 16) for token in tokens)


def live_number(family: Family) -> int | None:
    return int(family.live.id[:8], 16) if family.live else None


def test_a_previous_name_ends_in_the_first_8_digits_of_the_tokens_own_id() -> None:
    assert previous_name("NAME", "2c9180867abcdef0" * 2) == "NAME (previous 2c918086)"


def test_a_name_with_the_first_8_digits_of_its_own_id_is_of_the_family_of_the_name() -> None:
    member = token(1, previous(1))
    assert family_name(member) == "NAME"
    assert is_previous(member)


def test_a_name_with_the_digits_of_another_id_is_a_name_like_any_other() -> None:
    stranger = token(1, previous(2))
    assert family_name(stranger) == previous(2)
    assert not is_previous(stranger)


@pytest.mark.parametrize("name", [previous(1), previous(0xDEADBEEF), "NAME (previous ABCDEF12)"])
def test_a_name_that_ends_in_the_suffix_is_recognised(name: str) -> None:
    assert has_previous_suffix(name)


@pytest.mark.parametrize("name", ["NAME", "NAME (previous)", "NAME (previous 1234)", previous(1) + " too", "previous"])
def test_a_name_that_does_not_end_in_the_suffix_is_not(name: str) -> None:
    assert not has_previous_suffix(name)


def test_the_family_is_the_bearer_of_the_name_and_of_its_previous_names() -> None:
    family = family_of(
        declare(),
        token(1),
        token(2, previous(2)),
        token(3, previous(4)),
        token(5, "OTHER"),
        token(6, previous(6, "OTHER")),
        token(7, "NAME 2"),
    )
    assert live_number(family) == 1
    assert numbers(family.others) == [2]
    assert numbers(family.bearers) == [1]


def test_without_a_store_live_is_the_token_named_so() -> None:
    assert live_number(family_of(declare(), token(1), token(2, previous(2), age=days(1)))) == 1


def test_without_a_store_live_is_none_where_no_token_is_named_so() -> None:
    family = family_of(declare(), token(2, previous(2)))
    assert family.live is None
    assert numbers(family.others) == [2]


def test_without_a_store_two_tokens_of_the_name_are_refused_with_their_ids() -> None:
    with pytest.raises(PlanError) as caught:
        family_of(declare(), token(1), token(2))
    assert "'NAME'" in str(caught.value)
    assert id_of(1) in str(caught.value)
    assert id_of(2) in str(caught.value)


def test_without_a_store_live_is_the_token_named_as_in_renamed_from() -> None:
    family = family_of(declare(renamed_from=("OLD",)), token(1, "OLD"), token(2, previous(2, "OLD")))
    assert live_number(family) == 1
    assert numbers(family.others) == [2]


def test_without_a_store_the_name_comes_before_those_in_renamed_from() -> None:
    family = family_of(declare(renamed_from=("OLD",)), token(1, "OLD"), token(2))
    assert live_number(family) == 2
    assert family.others == ()


def test_without_a_store_two_tokens_of_former_names_are_refused_with_their_ids() -> None:
    with pytest.raises(PlanError, match=f"{id_of(1)}.*{id_of(2)}"):
        family_of(declare(renamed_from=("OLD", "OLDER")), token(1, "OLD"), token(2, "OLDER"))


@pytest.mark.parametrize("name", ["NAME", previous(1), "OLD", previous(1, "OLD")])
def test_with_a_store_live_is_the_family_member_whose_id_the_store_holds(name: str) -> None:
    declared = declare(stored_client_id=id_of(1), renamed_from=("OLD",))
    assert live_number(family_of(declared, token(1, name), token(2, "OTHER"))) == 1


def test_with_a_store_live_is_the_stored_one_also_where_another_bears_the_name() -> None:
    family = family_of(declare(stored_client_id=id_of(1)), token(1, previous(1)), token(2))
    assert live_number(family) == 1
    assert numbers(family.others) == [2]
    assert numbers(family.bearers) == [2]


def test_with_a_store_that_names_a_token_that_is_gone_live_is_none() -> None:
    family = family_of(declare(stored_client_id=id_of(9)), token(1))
    assert family.live is None
    assert numbers(family.others) == [1]


def test_with_a_store_that_holds_nothing_live_is_none() -> None:
    family = family_of(declare(stored_client_id=""), token(1))
    assert family.live is None
    assert numbers(family.bearers) == [1]


def test_with_a_store_two_bearers_are_no_ambiguity() -> None:
    assert live_number(family_of(declare(stored_client_id=id_of(2)), token(1), token(2))) == 2


@pytest.mark.parametrize("name", ["OTHER", previous(2), previous(1, "OTHER")])
def test_a_store_that_names_a_living_token_outside_the_family_is_refused_with_both(name: str) -> None:
    (plan,) = make_plan([declare(stored_client_id=id_of(1))], [token(1, name), token(3)], facts()).tokens
    assert plan.failure is not None
    assert "'NAME'" in plan.failure
    assert id_of(1) in plan.failure
    assert "renamed_from" in plan.failure


def test_the_unclaimed_token_of_a_lost_answer_is_never_live() -> None:
    family = family_of(declare(), token(1, age=timedelta()), unclaimed=frozenset([id_of(1)]))
    assert family.live is None
    assert numbers(family.others) == [1]


def test_managed_tokens_are_no_members() -> None:
    family = family_of(declare(), token(1, previous(1), managed=True), token(2))
    assert live_number(family) == 2
    assert family.others == ()


@pytest.mark.parametrize("stored", [None, "", id_of(1), id_of(9)])
def test_a_managed_token_of_the_name_is_refused(stored: str | None) -> None:
    with pytest.raises(PlanError, match=f"{id_of(1)}.*managed by the platform"):
        family_of(declare(stored_client_id=stored), token(1, managed=True))


def test_a_store_that_names_a_managed_token_is_refused() -> None:
    with pytest.raises(PlanError, match=f"{id_of(1)}.*managed by the platform"):
        family_of(declare(stored_client_id=id_of(1)), token(1, previous(1), managed=True))


@pytest.mark.parametrize(
    ("used_after", "held"), [(None, False), (hours(0), False), (hours(1), False), (hours(1) + SECOND, True)]
)
def test_somebody_else_holds_a_secret_that_was_used_after_its_first_hour(
    used_after: timedelta | None, held: bool
) -> None:
    used = None if used_after is None else days(30) - used_after
    assert is_held_elsewhere(token(age=days(30), used=used)) is held


def may_go(member: Token, live_age: timedelta, overlap: timedelta) -> bool:
    return retirement(member, NOW - live_age, overlap, NOW).may_go(NOW)


@pytest.mark.parametrize("overlap", [days(0), days(7)])
def test_a_member_goes_only_when_it_is_older_than_an_hour(overlap: timedelta) -> None:
    assert not may_go(token(age=hours(1) - SECOND), days(100), overlap)


@pytest.mark.parametrize("live_age", [days(7) - SECOND, hours(2)])
def test_a_member_goes_only_when_the_overlap_has_passed_since_live_was_created(live_age: timedelta) -> None:
    assert not may_go(token(age=days(300)), live_age, days(7))
    assert not may_go(token(age=days(300), used=days(200)), live_age, days(7))


def test_a_member_goes_only_when_the_overlap_has_passed_since_its_own_creation() -> None:
    newer = token(age=days(7) - SECOND, used=days(7) - 2 * SECOND)
    assert not may_go(newer, days(100), days(7))


@pytest.mark.parametrize(("used", "goes"), [(days(8) - SECOND, False), (days(8), True)])
def test_a_member_goes_only_when_unused_for_the_overlap_and_a_day(used: timedelta, goes: bool) -> None:
    assert may_go(token(age=days(300), used=used), days(100), days(7)) is goes


@pytest.mark.parametrize(("age", "goes"), [(days(8) - SECOND, False), (days(8), True)])
def test_of_a_member_that_was_never_used_the_creation_counts(age: timedelta, goes: bool) -> None:
    assert may_go(token(age=age), age, days(7)) is goes


def test_overlap_0_skips_the_rule_that_it_is_out_of_use() -> None:
    assert may_go(token(age=days(300), used=hours(0)), hours(0), days(0))


def test_a_remnant_newer_than_live_and_never_used_goes_once_a_use_would_show() -> None:
    assert not may_go(token(age=hours(25) - SECOND), days(100), days(7))
    assert may_go(token(age=hours(25)), days(100), days(7))


def test_a_member_newer_than_live_that_was_used_is_no_remnant() -> None:
    assert not may_go(token(age=hours(3), used=hours(2)), days(100), days(7))


def test_a_member_of_the_age_of_live_is_no_remnant() -> None:
    assert not may_go(token(age=hours(2)), hours(2), days(7))


@pytest.mark.parametrize(("used", "in_use"), [(None, False), (days(1), True), (days(9), False)])
def test_a_retirement_tells_whether_the_token_is_still_in_use(used: timedelta | None, in_use: bool) -> None:
    assert retirement(token(age=days(300), used=used), NOW - days(100), days(7), NOW).in_use is in_use


def test_a_retirement_tells_when_the_token_may_go() -> None:
    retired = retirement(token(age=days(300), used=days(1)), NOW - days(2), days(7), NOW)
    assert retired.may_go_at == NOW - days(1) + days(8)
    assert not retired.may_go(retired.may_go_at - SECOND)
    assert retired.may_go(retired.may_go_at)
