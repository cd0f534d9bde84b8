# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a token has to be replaced, what becomes of that where it may not be, and what is warned of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    API_VERSIONS,
    ApiVersion,
    Token,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.moments import format_day
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.names import previous_name
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.due import own_expiry_warnings
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import (
    OLD_VERSIONS,
    ROTATION,
    created,
    declare,
    plan_of,
    shown,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW, SECOND, V3, days, hours, id_of, token

# Due.


@pytest.mark.parametrize(("age", "is_due"), [(days(20) - SECOND, False), (days(20) + SECOND, True)])
def test_due_is_older_than_rotate_after(age: timedelta, is_due: bool) -> None:
    plan = plan_of(declare(rotate_after=days(20)), token(1, age=age))
    assert shown(plan.steps) == (ROTATION if is_due else [])


@pytest.mark.parametrize(("expires", "is_due"), [(days(14) + SECOND, False), (days(14) - SECOND, True)])
def test_due_is_expiring_within_rotate_before(expires: timedelta, is_due: bool) -> None:
    plan = plan_of(declare(rotate_before=days(14)), token(1, expires=expires))
    assert shown(plan.steps) == (ROTATION if is_due else [])


@pytest.mark.parametrize("expires", [-SECOND, -days(20)])
def test_due_is_expired(expires: timedelta) -> None:
    plan = plan_of(declare(), token(1, expires=expires))
    assert shown(plan.steps) == ROTATION
    assert "expired" in created(plan).reason


def test_due_is_a_differing_validity() -> None:
    plan = plan_of(declare(access_token_validity_seconds=600), token(1, validity=601))
    assert shown(plan.steps) == ROTATION
    assert created(plan).new.access_token_validity_seconds == 600


def made_in_vain(*ages: timedelta, validity: int = 601) -> list[Token]:
    """Return a live token and those that it and its like replaced, the youngest first, all of one lifetime."""
    live, *replaced = (token(number, age=age, validity=validity) for number, age in enumerate(ages, start=1))
    return [live, *(replace(one, name=previous_name("NAME", one.id)) for one in replaced)]


def test_a_server_that_lists_another_validity_than_it_answered_is_not_asked_every_night() -> None:
    """The create's answer shows what was asked, so that only the next night's list tells the difference."""
    tried = made_in_vain(days(1), days(2), days(30))
    declared = declare(access_token_validity_seconds=600)
    assert shown(plan_of(declared, *tried).steps)[-1] == "create NAME"
    tried = made_in_vain(days(1), days(2), days(3))
    assert plan_of(replace(declared, rotate_after=days(3)), *tried).failure is not None
    plan = plan_of(declared, *tried)
    assert plan.steps == ()
    assert plan.failure is not None
    for part in ("is 601, not 600", "the last two rotations did not change it", "declare what the server keeps"):
        assert part in plan.failure


@pytest.mark.parametrize(
    ("options", "tried"),
    [
        ({}, made_in_vain(days(1), days(2))),
        ({"rotate": "always"}, made_in_vain(days(1), days(2), days(3))),
        ({}, made_in_vain(days(1), days(2), days(6))),
        ({"rotate_after": days(2)}, made_in_vain(days(1), days(2), days(3))),
        ({}, [*made_in_vain(days(1)), *made_in_vain(days(1), days(2), days(3), validity=900)[1:]]),
    ],
    ids=[
        "one rotation",
        "due for another reason",
        "not in turn",
        "rotated by age",
        "they had another validity",
    ],
)
def test_a_difference_is_rotated_away_unless_that_was_tried_twice(
    options: dict[str, Any], tried: Sequence[Token]
) -> None:
    plan = plan_of(declare(access_token_validity_seconds=600, **options), *tried)
    assert plan.failure is None
    assert shown(plan.steps)[-1] == "create NAME"


@pytest.mark.parametrize("rotate_after", [None, days(90)])
def test_a_difference_that_stays_fills_no_quota_however_many_nights_pass(rotate_after: timedelta | None) -> None:
    api = FakeApi()
    declared = declare(access_token_validity_seconds=600, rotate_after=rotate_after)
    failures = []
    for _night in range(30):
        (outcome,) = reconcile(api, [declared], run())
        failures.append(outcome.failure is not None)
        for each in list(api.tokens.values()):
            api.tokens[each.id] = replace(each, access_token_validity_seconds=601)
        api.now += days(1)
    assert failures == [False] * 3 + [True] * 27
    assert len(api.tokens) == 3
    (outcome,) = reconcile(api, [replace(declared, rotate="always")], run())
    assert outcome.failure is None


@pytest.mark.parametrize("version", OLD_VERSIONS)
@pytest.mark.parametrize("expires", [days(50) + SECOND, None])
def test_due_is_a_differing_expiration_date_before_v2025(version: str, expires: timedelta | None) -> None:
    declared = declare(expiration_date=NOW + days(50))
    plan = plan_of(declared, token(1, expires=expires), version=API_VERSIONS[version])
    assert shown(plan.steps) == ROTATION
    assert created(plan).new.expiration_date == NOW + days(50)


@pytest.mark.parametrize("version", API_VERSIONS.values(), ids=API_VERSIONS)
def test_dates_compare_to_the_second(version: ApiVersion) -> None:
    declared = declare(expiration_date=NOW + days(50))
    same = token(1, expires=days(50) + timedelta(milliseconds=999))
    assert plan_of(declared, same, version=version).steps == ()


def test_due_is_rotate_always() -> None:
    assert shown(plan_of(declare(rotate="always"), token(1, age=hours(0))).steps) == ROTATION


def test_every_reason_is_told() -> None:
    declared = declare(rotate="always", rotate_after=days(20), rotate_before=days(14), access_token_validity_seconds=60)
    reason = created(plan_of(declared, token(1, expires=days(3)))).reason
    for part in ("rotate is always", "rotate_after is 20d", "rotate_before is 14d", "access_token_validity_seconds"):
        assert part in reason


@pytest.mark.parametrize(
    ("options", "live", "told"),
    [
        ({"rotate_after": days(20)}, token(1), "rotate_after"),
        ({"rotate_before": days(14)}, token(1, expires=days(3)), "rotate_before"),
        ({"access_token_validity_seconds": 600}, token(1), "access_token_validity_seconds"),
    ],
)
def test_rotate_never_turns_a_needed_rotation_into_a_clear_failure(
    options: dict[str, Any], live: Token, told: str
) -> None:
    plan = plan_of(declare(rotate="never", scope=frozenset(["a:x"]), **options), live)
    assert plan.steps == ()
    assert plan.failure is not None
    for part in ("'NAME'", told, "rotate is never"):
        assert part in plan.failure


def test_rotate_never_turns_a_differing_date_before_v2025_into_a_clear_failure() -> None:
    declared = declare(rotate="never", expiration_date=NOW + days(50))
    plan = plan_of(declared, token(1, expires=days(9)), version=V3)
    assert plan.steps == ()
    assert "expiration_date" in (plan.failure or "")


def test_rotate_never_turns_an_expired_token_into_a_warning() -> None:
    plan = plan_of(declare(rotate="never"), token(1, expires=-days(2)))
    assert plan.failure is None
    assert plan.steps == ()
    (warning,) = plan.warnings
    assert "'NAME'" in warning
    assert "expired" in warning


def test_an_expired_token_is_not_also_one_that_expires_soon() -> None:
    plan = plan_of(declare(rotate="never", rotate_before=days(14)), token(1, expires=-days(2)))
    assert plan.failure is None
    assert len(plan.warnings) == 1


def test_rotate_never_still_makes_a_missing_token() -> None:
    assert shown(plan_of(declare(rotate="never")).steps) == ["create NAME"]


@pytest.mark.parametrize("version", API_VERSIONS.values(), ids=API_VERSIONS)
def test_a_fixed_expiration_date_is_never_a_reason_to_rotate_onto_the_same_date_but_a_warning(
    version: ApiVersion,
) -> None:
    declared = declare(expiration_date=NOW + days(10), rotate_before=days(14))
    plan = plan_of(declared, token(1, expires=days(10)), version=version)
    assert plan.steps == ()
    (warning,) = plan.warnings
    assert "'NAME'" in warning
    assert "expiration_date" in warning


# What expires and is not rotated in time.


@pytest.mark.parametrize(
    ("options", "expires", "warned"),
    [
        ({}, days(30), True),
        ({}, days(31), False),
        ({}, None, False),
        ({"rotate_before": days(14)}, days(20), False),
        ({"rotate_after": days(40)}, days(20), False),
        ({"rotate_after": days(60)}, days(20), True),
        ({"rotate_before": days(14), "rotate": "never"}, days(20), True),
        ({"never_expires": True}, days(20), False),
    ],
)
def test_a_token_that_nothing_rotates_before_it_expires_is_warned_of_from_30_days(
    options: dict[str, Any], expires: timedelta | None, warned: bool
) -> None:
    plan = plan_of(declare(**options), token(1, expires=expires))
    assert plan.failure is None
    assert bool(plan.warnings) == warned
    assert not warned or "nothing rotates it before then" in plan.warnings[0]


NO_EXPIRY: dict[str, Any] = {"expires_in": None, "rotate_before": days(14)}


@pytest.mark.parametrize(
    ("options", "expires", "warned"),
    [
        (NO_EXPIRY, None, True),
        (NO_EXPIRY, days(100), False),
        ({**NO_EXPIRY, "rotate_before": None}, None, False),
        ({**NO_EXPIRY, "rotate_after": days(100)}, None, False),
        ({**NO_EXPIRY, "rotate": "never"}, None, False),
        ({**NO_EXPIRY, "never_expires": True}, None, False),
        ({**NO_EXPIRY, "id": id_of(1)}, None, False),
    ],
)
def test_rotate_before_does_not_do_nothing_in_silence(
    options: dict[str, Any], expires: timedelta | None, warned: bool
) -> None:
    """A token without an end never comes close to it, and where no expiry is declared, none is given to it."""
    plan = plan_of(declare(**options), token(1, expires=expires), version=V3)
    assert (plan.steps, plan.failure) == ((), None)
    told = "personal access token 'NAME': it never expires, so rotate_before never rotates it; declare expires_in"
    assert plan.warnings == ((f"{told}, or rotate_after",) if warned else ())


def test_a_token_by_its_id_is_warned_of_too() -> None:
    plan = plan_of(declare(None, id=id_of(1), rotate_before=days(14)), token(1, expires=days(20)))
    assert "nothing rotates it before then" in plan.warnings[0]


@pytest.mark.parametrize(("left", "before", "warns"), [(29, 7, True), (31, 7, False), (59, 60, True)])
def test_rotate_before_makes_no_warning_of_a_fixed_date_come_later(left: int, before: int, warns: bool) -> None:
    end = NOW + days(left)
    declared = declare(expires_in=None, expiration_date=end, rotate_before=days(before))
    assert bool(plan_of(declared, token(1, expires=days(left))).warnings) is warns


@pytest.mark.parametrize(("left", "before", "warned"), [(days(29), None, True), (days(31), None, False)])
def test_a_fixed_date_is_warned_of_without_rotate_before_too(
    left: timedelta, before: timedelta | None, warned: bool
) -> None:
    declared = declare(expiration_date=NOW + left, rotate_before=before)
    assert bool(plan_of(declared, token(1, expires=left)).warnings) == warned


# The token that the run authenticates with.


@pytest.mark.parametrize(("left", "told"), [(days(30), "in 30 days"), (days(1), "in 1d"), (hours(5), "in 5h")])
def test_the_end_of_the_own_token_surprises_nobody(left: timedelta, told: str) -> None:
    own = token(1, "bootstrap", expires=left)
    (warning,) = own_expiry_warnings(own.id, [token(2), own], NOW)
    assert warning == (
        f"the token that this run authenticates with, 'bootstrap' ({own.id}), expires on "
        f"{format_day(NOW + left)}, {told}; rotate it with authenticates: true, or declare another expiry"
    )


@pytest.mark.parametrize("left", [days(30) + SECOND, None, -SECOND])
def test_an_end_far_away_is_not_warned_of(left: timedelta | None) -> None:
    own = token(1, expires=left)
    assert own_expiry_warnings(own.id, [own], NOW) == ()


@pytest.mark.parametrize("own_id", [None, id_of(2)])
def test_another_tokens_end_is_not_taken_for_the_own_ones(own_id: str | None) -> None:
    assert own_expiry_warnings(own_id, [token(1, expires=days(3))], NOW) == ()
