# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What prune deletes, and that no input makes it delete anything else: the rules are worked out anew here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import PruneRules, Token
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.pruning import prunable
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import (
    Create,
    Delete,
    Plan,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi, refused
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import declare, facts, shown
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import (
    NOW,
    SECOND,
    days,
    hours,
    id_of,
    previous,
    token,
)
from ansible_collections.sailpoint_community.isc.tests.doubles.worlds import ANY_CLOCK, World, holds

OWN = 0xB0075743
RULES = st.builds(
    PruneRules,
    exclude=st.sampled_from([(), ("A*",), ("STRANGER", "*OLD"), ("*",), ("a",), ("[BC]*",)]),
    unused_for=st.sampled_from([timedelta(), hours(1), days(1), days(7), days(30), days(299)]),
)


def pruned(*present: Token, rules: PruneRules | None = None, names: tuple[str, ...] = ("NAME",)) -> list[str]:
    """Return what is pruned with these names declared, by a run that authenticates with a token of its own."""
    own = token(OWN, "bootstrap", age=days(300), used=timedelta())
    declared = [declare(name) for name in names]
    plan = make_plan(declared, [own, *present], facts(own_id=own.id), rules or PruneRules())
    return shown(step for one in plan.tokens[len(declared) :] for step in one.steps)


def deletions_beyond_the_declared(plan: Plan, count: int) -> list[Delete]:
    return [step for one in plan.tokens[count:] for step in one.steps if isinstance(step, Delete)]


# Each rule by itself.


def test_what_nobody_declares_and_nobody_uses_is_deleted() -> None:
    assert pruned(token(1, "IDLE", age=days(40)), token(2, "OLD", age=days(300), used=days(32))) == [
        "delete 1",
        "delete 2",
    ]


@pytest.mark.parametrize(
    ("age", "used", "goes"),
    [
        (days(30) - SECOND, None, False),
        (days(30), None, True),
        (days(300), days(31) - SECOND, False),
        (days(300), days(31), True),
    ],
)
def test_the_idle_time_counts_from_the_last_use_with_a_day_more_or_from_the_making(
    age: timedelta, used: timedelta | None, goes: bool
) -> None:
    assert pruned(token(1, "IDLE", age=age, used=used)) == (["delete 1"] if goes else [])


@pytest.mark.parametrize(("age", "goes"), [(hours(1) - SECOND, False), (hours(1), True)])
def test_a_token_of_the_last_hour_stays_whatever_unused_for_says(age: timedelta, goes: bool) -> None:
    assert pruned(token(1, "NEW", age=age), rules=PruneRules(unused_for=timedelta())) == (["delete 1"] if goes else [])


def test_patterns_keep_however_a_character_is_composed() -> None:
    composed, decomposed = "R\u00e9seau", "Re\u0301seau"
    for name, pattern in ((composed, f"{decomposed}*"), (decomposed, f"{composed}*")):
        assert prunable(PruneRules((pattern,), days(30)), [], [token(1, f"{name} A", age=days(90))], {None}, NOW) == []


@pytest.mark.parametrize(
    "spelled",
    [
        "Re\u0301seau A",
        "R\u00e9seau  A",
        "R\u00e9seau\u00a0A",
        "R\u00e9seau \uff21",
        "R\u00e9seau A ",
        "r\u00e9seau a",
        previous(1, "Re\u0301seau A"),
    ],
    ids=[
        "composed otherwise",
        "two spaces",
        "a space that does not break",
        "full width",
        "a blank behind it",
        "case",
        "previous",
    ],
)
def test_a_declared_or_excluded_name_in_another_spelling_stays(spelled: str) -> None:
    """People copy names from web pages. Whether the server takes two spellings for one name is unknown."""
    idle = token(1, spelled, age=days(90))
    assert pruned(idle, names=("R\u00e9seau A",)) == []
    assert pruned(idle, rules=PruneRules(("R\u00e9seau A",))) == []
    if not spelled.startswith("r"):
        assert pruned(idle, rules=PruneRules(("R\u00e9*u A*",))) == []
    assert pruned(idle, names=("R\u00e9seau B",)) == ["delete 1"]


def test_a_pattern_keeps_also_where_its_brackets_are_of_the_name() -> None:
    present = [token(1, "[PROD] Payroll", age=days(90)), token(2, "P Payroll", age=days(90))]
    assert pruned(*present, rules=PruneRules(("[PROD] *",))) == []
    assert pruned(*present, rules=PruneRules(("[[]PROD] *",))) == ["delete 2"]


def test_a_spelling_of_a_pattern_keeps_no_less_than_the_pattern_as_it_is_written() -> None:
    assert pruned(token(1, "A  B", age=days(90)), rules=PruneRules(("A  ?", "A ? ?"))) == []
    assert pruned(token(1, "A ", age=days(90)), rules=PruneRules(("A?",))) == []


def test_patterns_keep_by_case() -> None:
    present = [token(1, "personal x", age=days(99)), token(2, "Personal y", age=days(99))]
    assert pruned(*present, rules=PruneRules(("personal *",))) == ["delete 2"]


@pytest.mark.parametrize("name", [previous(1), "NAME (previous 99999999)", "OLD NAME", previous(1, "OLD NAME")])
def test_what_belongs_to_a_declared_name_or_looks_so_is_not_pruned(name: str) -> None:
    declared = declare("NAME", renamed_from=("OLD NAME",), stored_client_id="", adopt=True)
    own = token(OWN, "bootstrap")
    plan = make_plan([declared], [own, token(1, name, age=days(999))], facts(own_id=own.id), PruneRules())
    assert deletions_beyond_the_declared(plan, 1) == []


def test_the_previous_ones_of_a_name_that_nobody_declares_go_too() -> None:
    assert pruned(token(1, previous(1, "GONE"), age=days(99))) == ["delete 1"]


def test_managed_and_own_tokens_stay() -> None:
    managed = token(1, "MANAGED", age=days(99), managed=True)
    own = token(OWN, "bootstrap", age=days(999), used=days(500))
    plan = make_plan([declare()], [managed, own], facts(own_id=own.id), PruneRules())
    assert deletions_beyond_the_declared(plan, 1) == []


def test_what_a_store_holds_stays_though_its_declaration_is_refused() -> None:
    stranger = token(1, "STRANGER", age=days(99))
    own = token(OWN, "bootstrap")
    plan = make_plan([declare(stored_client_id=stranger.id)], [stranger, own], facts(own_id=own.id), PruneRules())
    assert plan.tokens[0].failure is not None
    assert deletions_beyond_the_declared(plan, 1) == []


def test_a_token_declared_by_its_id_stays() -> None:
    own = token(OWN, "bootstrap")
    declared = [declare(None, id=id_of(1), expires_in=days(90))]
    plan = make_plan(declared, [token(1, "BY ID", age=days(99)), own], facts(own_id=own.id), PruneRules())
    assert deletions_beyond_the_declared(plan, 1) == []


def test_the_family_of_a_declaration_that_may_not_be_acted_on_stays() -> None:
    own = token(OWN, "bootstrap")
    present = [token(1, "NAME", age=days(99)), token(2, previous(2), age=days(999)), own]
    plan = make_plan([declare(refusal="the store could not be read: no")], present, facts(own_id=own.id), PruneRules())
    assert plan.tokens[0].failure is not None
    assert deletions_beyond_the_declared(plan, 1) == []


def test_without_the_runs_own_id_nothing_is_pruned() -> None:
    plan = make_plan([declare()], [token(1, "IDLE", age=days(99))], facts(own_id=None), PruneRules())
    assert deletions_beyond_the_declared(plan, 1) == []


def test_without_the_servers_clock_nothing_is_pruned_and_a_warning_says_so() -> None:
    own = token(OWN, "bootstrap")
    present = [token(1, "IDLE", age=days(99)), own]
    plan = make_plan([declare()], present, facts(own_id=own.id, clock_is_servers=False), PruneRules())
    assert deletions_beyond_the_declared(plan, 1) == []
    assert "'IDLE'" in plan.tokens[1].warnings[0]


def test_the_reason_says_why() -> None:
    own = token(OWN, "bootstrap")
    plan = make_plan([declare()], [token(1, "IDLE", age=days(99)), own], facts(own_id=own.id), PruneRules())
    (deletion,) = deletions_beyond_the_declared(plan, 1)
    assert deletion.reason == "nobody declares it, never used, prune_unused_for is 30d"


def test_what_is_pruned_gives_its_slot_to_a_missing_token() -> None:
    own = token(OWN, "bootstrap")
    plan = make_plan(
        [declare()], [token(1, "IDLE", age=days(99)), own], facts(own_id=own.id, max_tokens=2), PruneRules()
    )
    assert shown(step for _index, step in plan.steps()) == ["delete 1", "create NAME"]


# The run.


def test_check_mode_names_exactly_what_goes() -> None:
    own = token(OWN, "bootstrap")
    present = [own, token(1, "IDLE", age=days(99)), token(2, "BUSY", used=hours(3))]
    told_api, real_api = FakeApi(*present), FakeApi(*present)
    settings = {"own_id": own.id, "prune": PruneRules()}
    told = reconcile(told_api, [declare()], run(check_mode=True, **settings))
    real = reconcile(real_api, [declare()], run(**settings))
    assert [shown(one.done) for one in told] == [shown(one.done) for one in real] == [["create NAME"], ["delete 1"]]
    assert told_api.writes == []
    assert real_api.names == ["BUSY", "NAME", "bootstrap"]


def test_one_that_cannot_be_pruned_stops_nothing_else() -> None:
    own = token(OWN, "bootstrap")
    api = FakeApi(own, token(1, "IDLE", age=days(99)), token(2, "IDLE TOO", age=days(99)))
    api.on("delete", refused(403))
    outcomes = reconcile(api, [declare()], run(own_id=own.id, prune=PruneRules()))
    assert [outcome.failure is None for outcome in outcomes] == [True, False, True]
    assert api.names == ["IDLE", "NAME", "bootstrap"]


def test_a_conflict_of_a_declared_token_prunes_nothing_a_second_time() -> None:
    own = token(OWN, "bootstrap")
    api = FakeApi(own, token(1, "IDLE", age=days(99)))
    api.on("create", refused(409), lambda effect: effect())
    outcomes = reconcile(api, [declare()], run(own_id=own.id, prune=PruneRules()))
    assert api.writes.count("delete 1") == 1
    assert len(outcomes) == 2


def test_a_conflict_of_one_declared_token_makes_no_other_one_undeclared() -> None:
    """The next pass is about the token with the conflict alone: taken for all that is declared, A would be pruned."""
    own = token(OWN, "bootstrap")
    family = [token(1, "A", age=days(99)), token(3, previous(3, "A"), age=days(5), used=days(2))]
    api = FakeApi(own, *family)
    taken = token(2, "B", age=hours(0))
    api.on("create", lambda effect: (api.tokens.update({taken.id: taken}), refused(409)(effect)))
    rules = PruneRules(unused_for=hours(1))
    reconcile(api, [declare("A"), declare("B", stored_client_id="")], run(own_id=own.id, prune=rules))
    assert api.lists > 1
    assert {one.id for one in family} <= set(api.tokens)


# Whatever the input.


@holds(1500)
@given(ANY_CLOCK, RULES)
def test_no_input_makes_it_delete_what_it_must_not(world: World, rules: PruneRules) -> None:
    plan = make_plan(world.declared, world.present, world.facts, rules)
    stored = {one.stored_client_id for one in world.declared}
    declared = {name for one in world.declared for name in (one.name, *one.renamed_from)}
    for step in deletions_beyond_the_declared(plan, len(world.declared)):
        event("pruned")
        member = step.token
        assert not member.managed
        assert world.facts.own_id is not None
        assert member.id not in {world.facts.own_id, *stored}
        assert member.name.split(" (previous ")[0] not in declared
        assert not any(fnmatchcase(member.name, pattern) for pattern in rules.exclude)
        assert world.facts.clock_is_servers
        assert NOW - member.created >= max(hours(1), rules.unused_for)
        assert member.last_used is None or NOW - member.last_used >= rules.unused_for + days(1)


@holds(500)
@given(ANY_CLOCK, RULES)
def test_all_that_it_may_delete_is_deleted(world: World, rules: PruneRules) -> None:
    plan = make_plan(world.declared, world.present, world.facts, rules)
    gone = {step.token.id for step in deletions_beyond_the_declared(plan, len(world.declared))}
    if world.facts.own_id is None or not world.facts.clock_is_servers:
        assert not gone
        return
    kept = {world.facts.own_id, *(one.stored_client_id for one in world.declared)}
    declared = {name for one in world.declared for name in (one.name, *one.renamed_from)}
    for member in world.present:
        used = member.last_used + days(1) if member.last_used else member.created
        idle = NOW - used >= rules.unused_for and NOW - member.created >= hours(1)
        family = member.name.split(" (previous ")[0]
        excluded = any(fnmatchcase(name, pattern) for name in (member.name, family) for pattern in rules.exclude)
        theirs = family in declared
        assert (member.id in gone) == (idle and not (excluded or theirs or member.managed or member.id in kept))


@holds(500)
@given(ANY_CLOCK, RULES)
def test_it_changes_nothing_of_what_is_done_to_the_declared_but_the_room_there_is(
    world: World, rules: PruneRules
) -> None:
    roomy = replace(world.facts, max_tokens=99)
    plain = make_plan(world.declared, world.present, roomy).tokens
    with_prune = make_plan(world.declared, world.present, roomy, rules).tokens[: len(world.declared)]
    assert plain == with_prune


@holds(500)
@given(ANY_CLOCK, RULES)
def test_the_quota_is_kept_with_it_too(world: World, rules: PruneRules) -> None:
    used = sum(not one.managed for one in world.present)
    for _index, step in make_plan(world.declared, world.present, world.facts, rules).steps():
        used += isinstance(step, Create) - isinstance(step, Delete)
        assert used <= max(world.facts.max_tokens, sum(not one.managed for one in world.present))
