# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: whether every rotation finds a free slot of the quota in time, and whose turn has come.

A rotation holds one slot more from its create until the old token goes. So the tokens of an owner share the few free
slots one after the other, and the first has to begin long before its own end.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from .._base.errors import PlanError
from .._base.model import Declared, Token
from .._base.moments import format_day
from .._base.names import family_name, is_previous
from .changes import new_token
from .due import RUN_INTERVAL, cause_of, latest_start, rotates_in_time, rough
from .quota import ADOPTED, DUE, Draft, Successor, all_there_is, hidden_names, urgency
from .retirement import LAST_USED_LAG, is_remnant, retirement, use_shows_at
from .steps import Facts

USUAL_OVERLAP = timedelta(days=7)
"""The overlap of a token that this run does not declare: the default."""

AFTER_THIS_RUN = timedelta(hours=1)
"""By when a slot is free for the next run that this one only makes way for."""

_NEVER = datetime.max.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Rotation:
    """A coming rotation of a token that expires at ``end``.

    ``deadline`` is the latest start that leaves the old token its overlap. ``cycle`` is how long the rotation holds a
    slot.
    """

    end: datetime
    deadline: datetime
    cycle: timedelta


@dataclass(frozen=True)
class Turn:
    """When a rotation can start: at the latest, so that all others keep their turn; and at the earliest."""

    latest: datetime
    earliest: datetime


def turns(rotations: Mapping[int, Rotation], slots: Sequence[datetime], now: datetime) -> dict[int, Turn]:
    """Return the turn of each rotation; ``slots`` are the moments at which the shared slots become free.

    The rotation whose cycle has to end first goes first. Without any slot, no turn ever comes.
    """
    order = sorted(rotations, key=lambda index: (rotations[index].deadline + rotations[index].cycle, index))
    free_from = [max(now, slot) for slot in slots]
    latest = dict.fromkeys(order, now) if not slots else _latest_starts(rotations, order, free_from)
    heapq.heapify(free_from)
    earliest = {}
    for index in order:
        start = free_from[0] if free_from else _NEVER
        earliest[index] = start
        if free_from:
            heapq.heapreplace(free_from, _later(start, rotations[index].cycle))
    return {index: Turn(latest[index], earliest[index]) for index in order}


def _latest_starts(
    rotations: Mapping[int, Rotation], order: Sequence[int], free_from: Sequence[datetime]
) -> dict[int, datetime]:
    """Return when each rotation has to begin, so that those after it in ``order`` can begin in time.

    From the last one back, each takes the slot that lets it begin latest, of those that are free by then. Where none
    is, it takes the one that makes it wait least.
    """
    latest = {}
    taken_at = [_NEVER] * len(free_from)
    for index in reversed(order):
        rotation = rotations[index]
        starts = [min(rotation.deadline, taken - rotation.cycle) for taken in taken_at]
        spare = [start - free for start, free in zip(starts, free_from)]
        in_time = [slot for slot, left in enumerate(spare) if left >= timedelta()]
        best = max(in_time, key=taken_at.__getitem__) if in_time else max(range(len(spare)), key=spare.__getitem__)
        latest[index] = taken_at[best] = starts[best]
    return latest


def share_turns(drafts: Sequence[Draft], present: Sequence[Token], facts: Facts) -> list[Draft]:
    """Return the drafts: those whose turn has come are due, and those that no order can save are doomed.

    What is held neither rotates nor deletes anything in this run, so nobody waits for it or counts on it.
    """
    counted = [
        replace(draft, deletions=(), successor=None, failure="held") if index in facts.held else draft
        for index, draft in enumerate(drafts)
    ]
    shared = _share_among(counted, present, facts)
    return [draft if index in facts.held else shared[index] for index, draft in enumerate(drafts)]


def _share_among(drafts: Sequence[Draft], present: Sequence[Token], facts: Facts) -> list[Draft]:
    found = ((index, _rotation(draft, facts)) for index, draft in enumerate(drafts))
    rotations = {index: rotation for index, rotation in found if rotation is not None}
    # A slot that becomes free when all of them are dead is none.
    last = max((rotation.end for rotation in rotations.values()), default=facts.now)
    slots = [slot for slot in _slots(drafts, present, facts) if slot <= last]
    taken = turns(rotations, slots, facts.now)
    shared = _hold_back(drafts, rotations, slots, facts)
    helps = _what_helps(drafts, facts)
    for index, turn in taken.items():
        rotation = rotations[index]
        share = _share(len(rotations), len(slots), -(-rotation.cycle // timedelta(days=1)))
        shared[index] = _with_turn(shared[index], rotation, turn, share, helps, facts)
    return shared


def _hold_back(
    drafts: Sequence[Draft], rotations: Mapping[int, Rotation], slots: Sequence[datetime], facts: Facts
) -> list[Draft]:
    """Return the drafts, without the successors that can wait and would make a rotation begin after its deadline."""
    held, free_from, to_come = list(drafts), sorted(slots), dict(rotations)
    found = [(index, draft.successor) for index, draft in enumerate(drafts) if _can_be_held(draft)]
    waiting = [(urgency(drafts[index], new, facts.now), index, new) for index, new in found if new is not None]
    for _urgency, index, new in sorted(waiting, key=lambda one: one[:2]):
        draft = drafts[index]
        others = {each: rotation for each, rotation in to_come.items() if each != index}
        taken = _once_made(draft, free_from, facts)
        if _late(others, taken, facts.now) > _late(to_come, free_from, facts.now):
            held[index] = _held(draft, new)
        else:
            free_from, to_come = taken, others
    return held


def _once_made(draft: Draft, free_from: Sequence[datetime], facts: Facts) -> list[datetime]:
    """Return when the slots become free once a successor has the first of them.

    What its family has replaced before then stays longer, for the overlap of all begins anew with the successor.
    """
    left = list(free_from[1:])
    for member in draft.family.others:
        goes = _free_from(member, draft, facts)
        if goes > facts.now and goes in left:
            left.remove(goes)
            longer = facts.now + draft.declared.overlap + RUN_INTERVAL
            left.append(max(goes, min(longer, member.expiration_date or _NEVER)))
    return sorted([*left, facts.now + _cycle(draft.declared)])


def _held(draft: Draft, successor: Successor) -> Draft:
    """Return the draft of a token whose successor leaves the free slots to others."""
    if successor.need == ADOPTED:
        reason = "its takeover waits for a free slot, since the rotations to come need those that are free"
        return replace(draft, successor=None, deferred=reason)
    reason = f"to be rotated ({successor.reason}), but rotations that cannot wait as long need the free slots"
    told = f"{reason}; the rotation waits for a free slot"
    return replace(draft, successor=None, deferred=reason, warnings=(*draft.warnings, told))


def _can_be_held(draft: Draft) -> bool:
    """Return whether a successor may wait for others: a takeover, or a rotation that nobody has ordered."""
    if draft.successor is None or draft.successor.need != DUE:
        return _is_takeover(draft)
    return draft.declared.rotate != "always" and not draft.declared.revoke


def _is_takeover(draft: Draft) -> bool:
    return draft.successor is not None and draft.successor.need == ADOPTED


def _late(rotations: Mapping[int, Rotation], slots: Sequence[datetime], now: datetime) -> tuple[int, int]:
    """Return how many rotations can only begin when their token is dead, and how many after their deadline."""
    taken = turns(rotations, slots, now)
    starts = [(taken[index].earliest, rotation) for index, rotation in rotations.items()]
    dead = sum(start > rotation.end - RUN_INTERVAL for start, rotation in starts)
    return dead, sum(start > rotation.deadline for start, rotation in starts)


def _cycle(declared: Declared) -> timedelta:
    """Return how long a replaced token holds a slot."""
    return declared.overlap + LAST_USED_LAG + RUN_INTERVAL


def _rotation(draft: Draft, facts: Facts) -> Rotation | None:
    """Return the rotation that the live token of a draft needs before it expires, None if it needs none."""
    live, declared = draft.family.live, draft.declared
    if live is None or draft.failure is not None or declared.state == "absent" or declared.never_expires:
        return None
    end = live.expiration_date
    if end is None or end <= facts.now or not rotates_in_time(declared, live):
        return None
    try:
        new_token(declared, draft.family, facts)
    except PlanError:
        # It fails once it is due. Until then, it must not take a turn from the others that it cannot use.
        return None
    return Rotation(end, latest_start(end, declared), _cycle(declared))


def _slots(drafts: Sequence[Draft], present: Sequence[Token], facts: Facts) -> list[datetime]:
    """Return when each slot that the rotations share becomes free; the slots of tokens that stay are not among them."""
    gone = {step.token.id for draft in drafts for step in draft.deletions}
    deleted = gone - {facts.own_id}
    waiting: dict[str, datetime] = {}
    for draft in drafts:
        # What is to be taken over stays until its turn comes.
        staying_on = draft.family.bearers if _is_takeover(draft) else ()
        for member in draft.family.others:
            if member.id not in deleted and member not in staying_on:
                waiting[member.id] = _free_from(member, draft, facts)
    ours = {member.id for draft in drafts for member in draft.family.members}
    stay, hidden = {*ours, *deleted, *facts.in_use, facts.own_id}, hidden_names(drafts)
    for token in present:
        if is_previous(token) and token.id not in stay and family_name(token) not in hidden:
            goes = _expected_to_go(token, present, facts)
            waiting.update({} if goes is None else {token.id: goes})
    if facts.own_id is not None and facts.own_id in gone:
        # The token that the run authenticates with goes at its end, and leaves its slot to the next one.
        waiting[facts.own_id] = facts.now + AFTER_THIS_RUN
    staying = [token for token in present if not token.managed and token.id not in deleted and token.id not in waiting]
    created = [draft for draft in drafts if draft.successor and not _is_takeover(draft)]
    missing = [draft for draft in created if draft.family.live is None]
    shared = facts.max_tokens - len(staying) - len(missing)
    later = sorted(waiting.values())
    return ([facts.now] * max(0, shared - len(later)) + later[max(0, len(later) - shared) :])[: max(0, shared)]


def _free_from(member: Token, draft: Draft, facts: Facts) -> datetime:
    """Return when the slot of a replaced token becomes free, as far as that can be foreseen."""
    end = member.expiration_date or _NEVER
    if member.id in facts.in_use:
        return _NEVER  # nobody else gets its slot, not even once it has expired
    if member.id == facts.own_id:
        return _NEVER if member.is_expired(facts.now) else end
    soonest = facts.now
    if draft.failure is not None and member in all_there_is(draft):
        return _NEVER
    if draft.failure is None and member in draft.family.bearers:
        soonest += AFTER_THIS_RUN  # its family takes the name from it in this run
    if member.is_expired(facts.now):
        return soonest
    shows_at = max(soonest, use_shows_at(member))
    if is_remnant(member, draft.family, draft.declared, shows_at):
        return min(end, shows_at)
    # What fails deletes nothing, and nobody knows when that will end. The same holds for what is still in use.
    if draft.failure is not None or _is_held_on_to(member, draft, facts):
        return end
    retired = retirement(member, _live_since(draft, facts), draft.declared.overlap, facts.now)
    return min(end, retired.may_go_at + RUN_INTERVAL)


def _is_held_on_to(member: Token, draft: Draft, facts: Facts) -> bool:
    """Return whether a replaced token is in use after its overlap: then nobody knows when that will end."""
    since = _live_since(draft, facts)
    overlapped = max(since, member.created) + draft.declared.overlap + LAST_USED_LAG + RUN_INTERVAL
    retired = retirement(member, since, draft.declared.overlap, facts.now)
    return facts.now > overlapped and retired.in_use and not member.is_expired(facts.now)


def _live_since(draft: Draft, facts: Facts) -> datetime:
    """Return since when the family has had its live token: from now on, if a run has yet to make it."""
    return draft.family.live.created if draft.family.live else facts.now


def _expected_to_go(token: Token, present: Sequence[Token], facts: Facts) -> datetime | None:
    """Return when another run will delete a token that it has replaced; the overlap that it keeps is unknown here.

    One that should be gone by now has nobody who cares for it: None, for it stays.
    """
    family = {family_name(token), token.name}
    later = [one.created for one in present if one.created > token.created and family_name(one) in family]
    last = max(token.last_used or token.created, min(later, default=token.created))
    gone = last + USUAL_OVERLAP + LAST_USED_LAG + RUN_INTERVAL
    if gone + RUN_INTERVAL < facts.now:
        return None
    return max(facts.now, min(gone, token.expiration_date or _NEVER))


def _with_turn(draft: Draft, rotation: Rotation, turn: Turn, share: str, helps: str, facts: Facts) -> Draft:
    if turn.earliest > rotation.end - RUN_INTERVAL:
        text = (
            f"it will expire on {format_day(rotation.end)} before its rotation finds a free slot of the owner's "
            f"quota: {share}; {helps}"
        )
        return replace(draft, doomed=text)
    if turn.earliest > max(facts.now, rotation.end - draft.declared.overlap):
        text = (
            f"its rotation finds a free slot of the owner's quota on {format_day(turn.earliest)}, and it expires on "
            f"{format_day(rotation.end)}, so that its consumers do not have the overlap to switch: {share}; {helps}"
        )
        return replace(draft, doomed=text)
    if facts.now < turn.earliest and rotation.deadline - turn.earliest < rotation.cycle:
        text = (
            f"its rotation has little time to spare: it can begin on {format_day(turn.earliest)} and must begin by "
            f"{format_day(rotation.deadline)}, since {share}; {helps}"
        )
        draft = replace(draft, warnings=(*draft.warnings, text))
    contended = turn.latest < rotation.deadline
    live = draft.family.live
    if live is None or draft.successor:
        return draft
    if draft.family.others and facts.now < live.created + rotation.cycle:
        # Its last rotation is not over. Another one would come before its consumers had the overlap to switch.
        return draft
    if not contended or turn.earliest > facts.now or turn.latest - rotation.cycle > facts.now:
        return draft
    reason = f"expires in {rough(rotation.end - facts.now)}; its turn has come, since {share}"
    new, cause = new_token(draft.declared, draft.family, facts), cause_of(draft.declared, live, facts)
    return replace(draft, successor=Successor(new, reason, DUE, cause))


def _what_helps(drafts: Sequence[Draft], facts: Facts) -> str:
    """Return what makes a slot free in time; the tokens that are held on to come first, for they need only that."""
    held = [member for draft in drafts for member in draft.family.others if _is_held_on_to(member, draft, facts)]
    ends = [f"end the use of {one.name!r} (last used on {format_day(one.last_used)})" for one in held if one.last_used]
    more = f" and of {len(ends) - 1} more that are replaced" if len(ends) > 1 else ""
    first = f"{ends[0]}{more}, " if ends else ""
    return f"{first}shorten overlap, lengthen expires_in, delete a token, or move tokens to another owner"


def _share(rotations: int, slots: int, days: int) -> str:
    """Return how many rotations share how many slots, in words."""
    if slots == 0:
        return "a rotation needs a slot for some days, and tokens that stay occupy all slots"
    tokens = "one token needs" if rotations == 1 else f"{rotations} tokens need"
    return f"{tokens} {'the one free slot' if slots == 1 else f'the {slots} free slots'} for about {days} days each"


def _later(moment: datetime, duration: timedelta) -> datetime:
    """Return a moment plus a duration, or the last moment that there is."""
    return moment + duration if moment < _NEVER - duration else _NEVER
