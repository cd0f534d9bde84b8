# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Worlds of tokens, stores and declarations, drawn at random, to hold properties against."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Declared, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import Facts, Plan
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import facts
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import (
    NOW,
    SECOND,
    V1,
    V3,
    days,
    hours,
    id_of,
    previous,
    token,
)

NAMES = ("A", "B", "C")
GONE = id_of(0xDEADBEEF)
HOUR, DAY = hours(1), days(1)
# Ages around every moment at which a rule of the design turns.
AGES = [at + off for at in (HOUR, DAY, days(7), days(8), days(30), days(300)) for off in (-SECOND, SECOND)]
AGES += [timedelta(), SECOND, hours(2)]
SCOPES = [frozenset(["a:x"]), frozenset(["a:x", "b:y"]), frozenset(["sp:scopes:all"])]


@dataclass(frozen=True)
class World:
    """All that a plan depends on."""

    declared: tuple[Declared, ...]
    present: tuple[Token, ...]
    facts: Facts

    def plan(self) -> Plan:
        return make_plan(self.declared, self.present, self.facts)

    def api(self, **values: Any) -> FakeApi:
        """Return an API that holds this world's tokens, and has no quota of its own to refuse with."""
        forced = not self.facts.version.patches_expiry
        return FakeApi(*self.present, max_tokens=99, forced_expiry=forced, **values)


EXPIRIES: list[dict[str, Any]] = [
    *[{"expires_in": days(60)}] * 4,
    *[{"expiration_date": NOW + days(40)}] * 2,
    {"expiration_date": NOW - SECOND},
    *[{"never_expires": True}] * 2,
    {},
]


def choices(*columns: Sequence[Any]) -> st.SearchStrategy[list[Any]]:
    """Return rows of one value of each column, drawn with one number: a draw for each is several times slower.

    Small numbers are drawn most; a prime that divides no length spreads them over all rows.
    """
    rows = math.prod(len(column) for column in columns)

    def row(number: int) -> list[Any]:
        values = []
        number = number * 1_000_003 % rows
        for column in columns:
            number, index = divmod(number, len(column))
            values.append(column[index])
        return values

    return st.integers(0, rows - 1).map(row)


TOKENS = choices(
    ["A"] * 6 + ["B"] * 3 + ["C", "A OLD", "A OLD", "B OLD", "STRANGER"],
    ["as it is"] * 3 + ["previous"] * 4 + ["of another's digits"],
    AGES,
    [None, None, 0.0, 0.5, 1.0],
    [None, None, -SECOND, -days(20), days(5), days(40), days(100)],
    SCOPES,
    [43200, 600],
    [False] * 19 + [True],
)
DECLARATIONS = choices(
    EXPIRIES,
    ["present", "present", "present", "absent"],
    [None, *SCOPES],
    [None, None, 600],
    ["when_due"] * 6 + ["always", "never"],
    [None, None, days(9), days(200)],
    [None, days(14)],
    [days(0), DAY, days(7), days(7)],
    [False, True],
    [False, True],
)


def token_of(number: int, row: list[Any]) -> Token:
    name, form, age, share, expires, scope, validity, managed = row
    if form != "as it is":
        name = previous(number if form == "previous" else 0xDEADBEEF, name)
    used = None if share is None else age * share
    return token(number, name, age=age, used=used, expires=expires, scope=scope, validity=validity, managed=managed)


def declared_of(name: str, row: list[Any], stored_client_id: str | None) -> Declared:
    expiry, state, scope, validity, rotate, after, before, overlap, adopt, is_renamed = row
    return Declared(
        name=name,
        renamed_from=(f"{name} OLD",) if is_renamed else (),
        state=state,
        scope=scope,
        access_token_validity_seconds=validity,
        rotate=rotate,
        rotate_after=after,
        rotate_before=before,
        overlap=overlap,
        adopt=adopt,
        stored_client_id=stored_client_id,
        **expiry,
    )


@st.composite
def worlds(draw: st.DrawFn, *, clocks: Sequence[bool] = (True,)) -> World:
    present: dict[str, Token] = {}
    least = draw(st.sampled_from([0, 3, 5]))
    for number, row in enumerate(draw(st.lists(TOKENS, min_size=least, max_size=7)), 1):
        one = token_of(number, row)
        present.setdefault(one.name, one)  # names are unique per owner
    ids = [one.id for one in present.values()]
    declared = []
    for name, row in zip(NAMES, draw(st.lists(DECLARATIONS, min_size=1, max_size=3))):
        kin = [one.id for one in present.values() if one.name.startswith(name)]
        stores = [None, "", GONE, *ids, *ids, *[None, *kin] * 4]
        declared.append(declared_of(name, row, draw(st.sampled_from(stores))))
    version, clock, own_id, room = draw(choices([V1, V3], clocks, [None, *ids], [None, None, 0, 1, -1]))
    if version is V3:
        declared = [replace(one, never_expires=False) for one in declared]
    max_tokens = 10 if room is None else max(1, len(ids) + room)
    settled = facts(version=version, clock_is_servers=clock, own_id=own_id, max_tokens=max_tokens)
    return World(tuple(declared), tuple(present.values()), settled)


def holds(examples: int = 250) -> Callable[[Any], Any]:
    """Check a property over that many worlds, the same ones every time."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


ANY_CLOCK = worlds(clocks=(True, False))
