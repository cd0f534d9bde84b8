# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes tokens as declared: list, plan, apply, and again after a conflict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from itertools import zip_longest

from .._base.errors import DeclarationError, IscError
from .._base.model import Approved, Declared, Listing, PruneRules, Token
from .._plan.planner import make_plan
from .._plan.steps import Facts, Plan, TokenPlan
from .applier import Applier, Run
from .outcome import Kept, Outcome, Outcomes
from .ports import TokenApi
from .verify import verify_stored

PASSES = 4
"""One pass, and at most 3 more after conflicts."""


def reconcile(api: TokenApi, declared: Sequence[Declared], run: Run, kept: Sequence[Kept | None] = ()) -> Outcomes:
    """Make the tokens as declared, and return what became of each, in the order of ``declared``, then of the pruned.

    ``kept`` is in that order too; a declaration without one may have the answer of a store that its user keeps.
    One pass: list, plan, apply. Only a conflict (a token gone, a name taken, a create's answer lost, a store that holds
    something else than what was read) makes it list, read and plan again, for the tokens concerned, since a fresh list
    tells what an error's text does not.
    Raises IscError where the tokens cannot be listed.
    """
    applier = Applier(api, run)
    now = datetime.now(timezone.utc)
    outcomes = Outcomes(Outcome(one, TokenPlan(one), now, each) for one, each in zip_longest(declared, kept))
    pending = list(outcomes)
    for number in range(PASSES):
        if number:
            api.wait(2.0 ** (number - 1))
            pending = _with_stores_read_again(pending)
            if not pending:
                break
        try:
            listing = api.list(run.owner)
            run.accept(listing)
            outcomes.owner_id = _owner_of(listing, run.approved)
        except IscError as error:
            if not number:
                raise
            # What was made before the conflict stays made, and its secret must not be lost.
            for outcome in pending:
                outcome.stop(outcome.told_with(error))
            break
        present = applier.memory.merge(listing.tokens)
        verify_stored(api, pending, present)
        facts = _facts(run, listing, present, outcomes)
        plan = _begun(outcomes, pending, present, facts, applier, is_first=not number)
        applier.carry_out(plan, pending, present)
        pending = [outcome for outcome in pending if outcome.pending]
        if not pending:
            break
    else:
        for outcome in pending:
            outcome.give_up(PASSES)
    applier.confirm_deletions()
    for outcome in outcomes:
        applier.give_name_back(outcome)
        outcome.tell_of_lost_scope()
    outcomes.show_what_is_left(run.own_id)
    return outcomes


def _begun(
    outcomes: Outcomes,
    pending: list[Outcome],
    present: Sequence[Token],
    facts: Facts,
    applier: Applier,
    is_first: bool,
) -> Plan:
    """Make the plan of a pass and begin it; what it prunes is added to the outcomes, and to those that are pending.

    A token whose steps nobody has approved, or whose store is not ready, takes no slot, and deletes nothing that would
    free one. So the plan is made again with such tokens held.
    """
    prune = _prune(outcomes, pending, present, applier.run) if is_first else None
    first = None if is_first else [one.plan for one in pending]
    make = partial(_planned, [one.declared for one in pending], present, prune=prune, first=first)
    plan = make(facts)
    if is_first:
        outcomes.undeclared = plan.undeclared
    pruned = [Outcome(one.declared, one, facts.now) for one in plan.tokens[len(pending) :]]
    outcomes.extend(pruned)
    pending += pruned
    applier.begin(plan, pending)
    held: frozenset[int] = frozenset()
    while True:
        refused = {place for place, one in enumerate(pending) if not one.proceeds} - held
        if not refused:
            return plan
        held |= refused
        plan = make(replace(facts, held=held))
        applier.begin_again(plan, pending)


def _planned(
    declared: Sequence[Declared],
    present: Sequence[Token],
    facts: Facts,
    prune: PruneRules | None,
    first: Sequence[TokenPlan] | None,
) -> Plan:
    """Return the plan of a pass; a later one comes after the ``first`` plans of its tokens."""
    plan = make_plan(declared, present, facts, prune)
    return plan if first is None else _as_foretold(plan, first)


def _prune(outcomes: Outcomes, pending: Sequence[Outcome], present: Sequence[Token], run: Run) -> PruneRules | None:
    """Return the rules by which the run prunes, None where it may have the credentials of another identity."""
    stranger = next(_unproved(pending, present), None)
    if run.prune is None or stranger is None:
        return run.prune
    outcomes.warnings += (
        f"nothing was pruned, since {stranger.store_at} holds {stranger.stored_client_id}, which the list does not "
        "show: the run may have the credentials of another identity",
    )
    return None


def _unproved(outcomes: Sequence[Outcome], present: Sequence[Token]) -> Iterator[Declared]:
    """Yield the declarations whose store holds a token that is neither listed nor proved dead."""
    listed = {token.id for token in present}
    for declared in (outcome.declared for outcome in outcomes):
        if declared.stored_client_id and declared.stored_client_id not in listed and not declared.stored_is_dead:
            yield declared


def _as_foretold(plan: Plan, first: Sequence[TokenPlan]) -> Plan:
    """Return the plan of a later pass, with the ends that the first one foretold for tokens that need no rotation now.

    Only the first pass saw all rotations of the run. To a later one, what the neighbours have just replaced seems to
    stay for ever.
    """
    tokens = (
        one if one.creation or was.creation else replace(one, doomed=was.doomed) for one, was in zip(plan.tokens, first)
    )
    return replace(plan, tokens=tuple(tokens))


def _owner_of(listing: Listing, approved: Approved | None) -> str | None:
    """Return whose tokens were listed, None where there is none.

    A plan for somebody else's tokens is refused, since what it creates has no id that would tell. Raises
    DeclarationError.
    """
    owner_id = next((token.owner.id for token in listing.tokens), None)
    if approved is not None and None not in (approved.owner_id, owner_id) and approved.owner_id != owner_id:
        raise DeclarationError(
            f"the plan is for the tokens of identity {approved.owner_id}, and this run is for those of {owner_id}; "
            "nothing was done; plan again"
        )
    return owner_id


def _with_stores_read_again(pending: Sequence[Outcome]) -> list[Outcome]:
    """Read the stores that have changed once more, and return the outcomes that can be planned again."""
    for outcome in pending:
        outcome.read_again()
    return [outcome for outcome in pending if outcome.pending]


def _facts(run: Run, listing: Listing, present: Sequence[Token], outcomes: Sequence[Outcome]) -> Facts:
    return Facts(
        version=run.version,
        now=listing.now or datetime.now(timezone.utc),
        clock_is_servers=listing.now is not None,
        own_id=run.own_id,
        max_tokens=run.max_tokens,
        unclaimed=frozenset().union(*(outcome.unclaimed(present) for outcome in outcomes)),
        in_use=frozenset(
            token_id
            for outcome in outcomes
            if not outcome.pending
            for token_id in (outcome.live.id if outcome.live else None, outcome.declared.stored_client_id)
            if token_id
        )
        | run.spared,
        approved=run.approved,
        begun=tuple(filter(None, (outcome.carried_on for outcome in outcomes))),
    )
