# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: who gets the free slots of the quota, the most urgent first, and what gives its slot away."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from .._base.model import VALIDITY_SECONDS, Changes, Declared, NewToken, Token
from .._base.moments import format_day
from .._base.names import describe, is_previous, name_without_suffix, previous_name
from .approval import first_unapproved
from .changes import changes_of, renames, template_of, why_patched
from .due import EXPIRY_WARNING, ago, latest_start
from .family import Family
from .retirement import is_held_elsewhere, remnants, rivals
from .steps import Cause, Create, Delete, Facts, Patch, Plan, Step, TokenPlan
from .views import changes_text, step_view

# How urgently a new token is needed. Free slots of the quota are given away in this order.
MISSING, EXPIRED, DUE, ADOPTED = 1, 2, 3, 4

_FULL_RIGHTS = "no scope is declared for it, so it gets all the rights of its owner; declare its scope"


@dataclass(frozen=True)
class Successor:
    """A token that has to be created, why, and how urgently."""

    new: NewToken
    reason: str
    need: int
    cause: Cause


@dataclass(frozen=True)
class Draft:
    """A token's plan before the quota is shared out: everything but the steps of a creation."""

    declared: Declared
    family: Family
    deletions: tuple[Delete, ...] = ()
    warnings: tuple[str, ...] = ()
    failure: str | None = None
    successor: Successor | None = None
    doomed: str | None = None
    deferred: str | None = None
    alarm: str | None = None


def share_out(drafts: Sequence[Draft], present: Sequence[Token], facts: Facts) -> Plan:
    """Share the free slots of the quota out among the drafts, the most urgent first."""
    # Nobody may count on a slot that a deletion would have freed, where it will not be carried out.
    drafts = [replace(draft, deletions=()) if index in facts.held else draft for index, draft in enumerate(drafts)]
    free = facts.max_tokens - sum(not token.managed for token in present)
    free += sum(delete.token.id != facts.own_id for draft in drafts for delete in draft.deletions)
    successors = {index: draft.successor for index, draft in enumerate(drafts) if draft.successor}
    plans = {index: _without_creation(draft, facts) for index, draft in enumerate(drafts) if not draft.successor}
    taken_away: set[str] = set()
    order = sorted(successors, key=lambda index: urgency(drafts[index], successors[index], facts.now))
    for index in order:
        left = [_without(draft, taken_away) for draft in drafts]
        sharing = replace(facts, in_use={*facts.in_use, *taken_away})
        plans[index], taken = _with_creation(left[index], successors[index], left, present, free, sharing)
        unapproved = facts.approved is not None and first_unapproved(plans[index].steps, facts.approved) is not None
        if unapproved or index in facts.held:
            continue
        taken_away.update(step.token.id for step in plans[index].creation if isinstance(step, Delete))
        free -= taken
    # What gives its slot to a neighbour belongs to its family until it is deleted, which may fail.
    plans = {index: replace(plan, family=drafts[index].family.members) for index, plan in plans.items()}
    # A run makes no third token for a store that took neither of two. Those two must not be the same ones every night.
    order.sort(key=lambda index: _has_failed(drafts[index].family))
    tokens = _told_of_waiting([_told_of_end(plans[index], facts) for index in range(len(drafts))], facts.held)
    return Plan(tokens, tuple(order), facts.own_id, facts.now)


def all_there_is(draft: Draft) -> tuple[Token, ...]:
    """Return what alone tells of a token of which none is known to be live.

    Those are the bearers of its name: somebody else may hold their secrets. Without any, it is the one to copy from.
    """
    if draft.family.live is not None or draft.declared.state == "absent":
        return ()
    template = template_of(draft.family)
    return draft.family.bearers or (() if template is None else (template,))


def hidden_names(drafts: Sequence[Draft]) -> set[str | None]:
    """Return the names of the tokens that fail: of their families, nobody knows which token is live."""
    return {name for draft in drafts if draft.failure for name in (draft.declared.name, *draft.declared.renamed_from)}


def _told_of_waiting(plans: Sequence[TokenPlan], held: Collection[int]) -> tuple[TokenPlan, ...]:
    """Return the plans with one warning of all takeovers that wait: it is as it should be, and may last for months."""
    waiting = [index for index, plan in enumerate(plans) if plan.deferred and plan.live is None and index not in held]
    told = list(plans)
    for index in waiting[:1]:
        others = len(waiting) - 1
        also = f"; {others} more takeovers wait" if others > 1 else "; 1 more takeover waits" if others else ""
        text = f"{told[index].deferred}{also}; the existing tokens keep working until then"
        told[index] = replace(told[index], warnings=(*told[index].warnings, text))
    return tuple(told)


def _told_of_end(plan: TokenPlan, facts: Facts) -> TokenPlan:
    """Return a plan with the end of a token whose takeover waits for a free slot: nothing else would tell of it.

    It is a failure once it is too late for its consumers to have the overlap to switch.
    """
    if plan.deferred is None or plan.live is not None:
        return plan
    ends = [
        (token.expiration_date, token)
        for token in plan.family
        if token.expiration_date is not None and not is_previous(token) and token.expiration_date > facts.now
    ]
    if not ends:
        return plan
    end, token = min(ends, key=lambda pair: pair[0])
    if end - facts.now > EXPIRY_WARNING:
        return plan
    text = (
        f"{describe([token])} expires on {format_day(end)}, and its takeover waits for a free slot; delete a token "
        "that nobody needs, or give this one a later end"
    )
    if latest_start(end, plan.declared) <= facts.now:
        return replace(plan, doomed=text)
    return replace(plan, warnings=(*plan.warnings, text))


def _without(draft: Draft, gone: Collection[str]) -> Draft:
    """Return a draft without the tokens that give their slots to a more urgent one: nobody can count on them again."""
    family = draft.family
    bearers = tuple(token for token in family.bearers if token.id not in gone)
    others = tuple(token for token in family.others if token.id not in gone)
    return replace(draft, family=replace(family, bearers=bearers, others=others))


def urgency(draft: Draft, successor: Successor, now: datetime) -> tuple[int, int, bool, bool, float]:
    """Return the sort key: the missing first, then the expired, then what expires soonest, then the oldest.

    Of the same need, a token whose last attempts failed comes last. Else a store that stays broken would take the slot
    that its remnant gives away night after night, and its neighbours would never get one. If a missing or expired
    token has failed so, a due token that would lose a part of its overlap goes first.
    """
    family, need = draft.family, successor.need
    token = next(iter(family.bearers), None) if need == ADOPTED else family.live
    has_failed = need != ADOPTED and _has_failed(family)
    end = token.expiration_date if token else None
    loses_overlap = need == DUE and end is not None and latest_start(end, draft.declared) <= now
    can_wait = need in (DUE, ADOPTED) and (has_failed or not loses_overlap)
    group = 2 if can_wait else 1 if has_failed else 0
    if token is None:
        return (group, need, has_failed, False, 0.0)
    return (group, need, has_failed, end is None, (end or token.created).timestamp())


def _has_failed(family: Family) -> bool:
    """Return whether runs have lately made a token for a family that its store does not hold."""
    if family.live is None:
        return any(not is_held_elsewhere(token) for token in family.bearers)
    return any(one.created > family.live.created for one in family.others)


def _without_creation(draft: Draft, facts: Facts) -> TokenPlan:
    """Return the plan of a token that needs no successor: clean up, free its name, patch it."""
    family, declared = draft.family, draft.declared
    plan = TokenPlan(
        declared,
        family.live,
        family.members,
        draft.deletions,
        warnings=draft.warnings,
        failure=draft.failure,
        doomed=draft.doomed,
        alarm=draft.alarm,
        deferred=draft.deferred,
    )
    if draft.failure or declared.state == "absent" or family.live is None:
        return plan
    changes = changes_of(declared, family, family.live, facts)
    patches: list[Patch] = []
    # A lost race, or a rotation that failed, has left the token in use without its name: nobody has declared that.
    is_left = family.live.name == previous_name(family.name, family.live.id) and changes == Changes(name=family.name)
    cause: Cause = _cause_of_renames(family, "time") if is_left else "declaration"
    if changes.name is not None:
        gone = {delete.token.id for delete in draft.deletions}
        namesakes = [token for token in family.bearers if token is not family.live and token.id not in gone]
        reason = f"frees the name for {family.live.id}, the one in use"
        patches += renames(namesakes, family.name, reason, cause, facts)
        strange = [token for token in namesakes if token.id not in facts.unclaimed]
        if strange:
            text = f"it takes its name back from {describe(strange)}, which another run or another store has made"
            plan = replace(plan, warnings=(*plan.warnings, text))
    if changes:
        patches.append(Patch(family.live, changes, why_patched(changes, family.live), cause=cause))
    return replace(plan, patches=tuple(patches))


def _with_creation(
    draft: Draft, successor: Successor, drafts: Sequence[Draft], present: Sequence[Token], free: int, facts: Facts
) -> tuple[TokenPlan, int]:
    """Return the plan of a token that needs a successor, and how many free slots of the quota it takes."""
    family, declared = draft.family, draft.declared
    plan = TokenPlan(declared, family.live, family.members, draft.deletions, warnings=draft.warnings, alarm=draft.alarm)
    gone = {delete.token.id for delete in draft.deletions}
    replaced = [token for token in family.bearers if token.id not in gone and token is not family.live]
    replaced += [family.live] if family.live else []
    dead = [token for token in replaced if token.is_expired(facts.now) and token.id != facts.own_id]
    short = 0 if _is_refused(draft, successor, facts) else max(0, 1 - free)
    spare = _spare(draft, drafts, dead, gone, facts)[:short]
    if short > len(spare) or (short and not facts.clock_is_servers):
        return _without_slot(draft, successor, drafts, present, facts), 0
    steps: list[Step] = list(spare)
    replaced = [token for token in replaced if token not in [step.token for step in spare]]
    cause = _cause_of_renames(family, successor.cause)
    steps += renames(replaced, family.name, "frees the name for its successor", cause, facts)
    reason = "; ".join([successor.reason, *_brought_along(family, declared, facts)])
    steps.append(Create(successor.new, reason, cause=successor.cause))
    plan = replace(plan, warnings=(*plan.warnings, *_creation_warnings(declared, family, successor)))
    if declared.revoke:
        gone.update(delete.token.id for delete in spare)
        plan = _with_revocations(plan, family, gone, facts)
    return replace(plan, creation=tuple(steps)), 1 - short


def _needed(declared: Declared, successor: Successor, used: str) -> str:
    """Return why a token fails whose successor finds no slot and cannot wait for one."""
    if successor.need == DUE and not declared.revoke:
        return (
            f"it must be rotated ({successor.reason}), but {used} (max_tokens); delete one, or set rotate: when_due, "
            "so that a rotation waits for a free slot"
        )
    return f"it must be created ({successor.reason}), but {used} (max_tokens)"


def _is_refused(draft: Draft, successor: Successor, facts: Facts) -> bool:
    """Return whether the run refuses a successor that cannot wait, since no night makes what is not due.

    It fails for that with or without a slot, and no other token waits for it.
    """
    only_due = facts.approved is not None and facts.approved.only_due
    return only_due and successor.cause != "time" and not _can_wait(draft.declared, successor)


def _can_wait(declared: Declared, successor: Successor) -> bool:
    """Return whether a successor waits for a slot, while the token that there is works on, or else fails."""
    return not declared.revoke and (
        successor.need == ADOPTED or (successor.need == DUE and declared.rotate != "always")
    )


def _brought_along(family: Family, declared: Declared, facts: Facts) -> Iterator[str]:
    """Yield what a successor changes besides: whoever approves it has to see that."""
    replaced = family.live or next(iter(family.bearers), None)
    changes = Changes() if replaced is None else replace(changes_of(declared, family, replaced, facts), name=None)
    if replaced is not None and changes:
        yield changes_text(step_view(Patch(replaced, changes, ""))["changes"])
    others = rivals(family.live, family.bearers)
    if others:
        yield f"it takes the name from {describe(others)}"


def _cause_of_renames(family: Family, cause: Cause) -> Cause:
    """Return what takes the name from its bearers: adopt, which is declared, if another store keeps one of them."""
    return "declaration" if rivals(family.live, family.bearers) else cause


def _creation_warnings(declared: Declared, family: Family, successor: Successor) -> Iterator[str]:
    new, template = successor.new, template_of(family)
    if new.scope is None:
        yield _FULL_RIGHTS
    was = template.access_token_validity_seconds if template else None
    if declared.access_token_validity_seconds is None and was is not None and was not in VALIDITY_SECONDS:
        becomes = new.access_token_validity_seconds
        yield f"its access_token_validity_seconds {was} is not allowed for a new token, which gets {becomes}"


def _with_revocations(plan: TokenPlan, family: Family, gone: Collection[str], facts: Facts) -> TokenPlan:
    """Return the plan with the deletions of a family whose secret has leaked, in use or not.

    They come after the successor is stored. What was used last goes last: a bearer token may have come from it, and end
    with it.
    """
    left = sorted(
        (token for token in family.members if token.id not in gone),
        key=lambda token: (token.last_used is not None, token.last_used or token.created),
    )
    renamed = [replace(token, name=previous_name(family.name, token.id)) for token in left]
    plan = replace(plan, revocations=tuple(Delete(token, "its secret has leaked") for token in renamed))
    if facts.own_id is None and left:
        text = (
            "only an access_token is given, so nobody knows whether it came from a token that is deleted here; "
            f"{describe(renamed[-1:])} was used last and is deleted last, and the access_token may stop working then"
        )
        plan = replace(plan, warnings=(*plan.warnings, text))
    return plan


def _spare(
    draft: Draft, drafts: Sequence[Draft], dead: Sequence[Token], gone: Collection[str], facts: Facts
) -> list[Delete]:
    """Return what may go at once if a slot is needed: what has expired, then what failed runs have left.

    Of each, the family's own come first. Without these, a store that cannot be written for some nights would fill the
    quota for days, and its neighbours could not rotate. What bears the name of a neighbour loses it by that one's plan
    in this run, and gives its slot away in the next one; at once, if that plan is not carried out. But what is all that
    there is of a neighbour stays: it tells that somebody else may hold the secret, and what to copy.
    """
    spared = {facts.own_id, *facts.in_use, *gone, *(token.id for token in dead)}
    spared |= {delete.token.id for each in drafts for delete in each.deletions}
    own_first = [draft, *(each for each in drafts if each is not draft)]
    for index, each in enumerate(drafts):
        if each is draft:
            continue
        is_carried_out = each.failure is None and index not in facts.held
        stay = (*all_there_is(each), *(each.family.bearers if is_carried_out else ()))
        spared |= {token.id for token in stay}
    expired = [t for one in own_first for t in one.family.others if t.is_expired(facts.now) and t.id not in spared]
    found = [t for one in own_first for t in remnants(one.family, one.declared, spared, facts.now)]
    left = [t for t in found if t not in expired]
    return [
        *(
            Delete(t, f"expired {ago(t.expiration_date, facts.now)}, and its slot is needed", cause="time")
            for t in [*dead, *expired]
        ),
        *(
            Delete(t, "a failed run left it, nobody has used it since, and its slot is needed", cause="time")
            for t in left
        ),
    ]


def _without_slot(
    draft: Draft, successor: Successor, drafts: Sequence[Draft], present: Sequence[Token], facts: Facts
) -> TokenPlan:
    """Return the plan of a token whose successor finds no slot: what is due waits, what is missing or ordered fails."""
    used = f"all {facts.max_tokens} tokens of the owner are in use"
    needed = {d.family.live.id for d in drafts if d.family.live} | {facts.own_id, *facts.in_use}
    needed |= {token.id for each in drafts for token in all_there_is(each) if token.id not in facts.unclaimed}
    needed |= {delete.token.id for each in drafts for delete in each.deletions}
    hidden = hidden_names(drafts)
    # A token whose create's answer was lost in this run comes first: nobody has its secret.
    idle = sorted(
        (
            token
            for token in present
            if not token.managed and token.id not in needed and name_without_suffix(token.name) not in hidden
        ),
        key=lambda token: (token.id not in facts.unclaimed, token.last_used or token.created),
    )
    could_go = f"; candidates for deletion, longest unused first: {describe(idle)}" if idle else ""
    plan = _without_creation(draft, facts)
    if not _can_wait(draft.declared, successor):
        # Its replaced tokens go all the same: they leave their slots to a neighbour, or to its next run.
        return replace(plan, patches=(), failure=f"{_needed(draft.declared, successor, used)}{could_go}")
    if successor.need == ADOPTED:
        # No candidates here: the others are in use as well, or wait for the same.
        return replace(plan, deferred=f"its takeover waits for a free slot, since {used} (max_tokens)")
    reason = f"to be rotated ({successor.reason}), but {used} (max_tokens)"
    if plan.doomed is not None:
        return replace(plan, deferred=reason, doomed=f"{plan.doomed}{could_go}")
    told = f"{reason}; the rotation waits for a free slot{could_go}"
    return replace(plan, deferred=reason, warnings=(*plan.warnings, told))
