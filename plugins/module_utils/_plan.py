# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: what has to be done so that the tokens are as declared: no I/O, no clock, no Ansible.

``make_plan`` is a function of what is declared (the store's answers included), what ``list`` returned, and the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Union

from ._errors import PlanError
from ._family import (
    Family,
    describe,
    find_family,
    find_namesakes,
    is_held_elsewhere,
    is_remnant,
    previous_name,
    retirement,
)
from ._model import ApiVersion, Changes, Declared, NewToken, Token
from ._prune import Prune, prunable
from ._time import format_duration, format_moment, same_second

LONGEST_FORCED_EXPIRY = timedelta(days=184)
"""The longest that 6 calendar months can be: where the API forces an expiry, no token lives longer."""

EXPIRY_WARNING = timedelta(days=30)
"""How long before a token expires that nothing rotates a warning comes."""


@dataclass(frozen=True)
class Facts:
    """What a plan depends on beside the declarations and the tokens.

    ``now`` is in UTC; ``clock_is_servers`` tells whether it comes from the server, without which nothing is deleted on
    account of its age. ``own_id`` is the token that the run authenticates with, None where that is unknown.
    ``unclaimed`` are ids whose create's answer was lost in this run, ``in_use`` those that no declaration may retire:
    the tokens that a store holds, and those that this run has finished.
    """

    version: ApiVersion
    now: datetime
    clock_is_servers: bool = True
    own_id: str | None = None
    max_tokens: int = 10
    unclaimed: Collection[str] = frozenset()
    in_use: Collection[str] = frozenset()


@dataclass(frozen=True)
class Delete:
    """Delete a token."""

    token: Token
    reason: str


@dataclass(frozen=True)
class Patch:
    """Patch a token.

    With ``delete_if_refused`` the token has expired: where the server refuses to rename such a one, it may be deleted,
    since it is dead anyway.
    """

    token: Token
    changes: Changes
    reason: str
    delete_if_refused: bool = False


@dataclass(frozen=True)
class Create:
    """Create a token."""

    new: NewToken
    reason: str


@dataclass(frozen=True)
class Forget:
    """Remove the store's entry of a token that is to be absent; where there is a store, always the first step."""

    name: str
    client_id: str
    reason: str


Step = Union[Delete, Patch, Create]


@dataclass(frozen=True)
class Previous:
    """A token of a family that is not live any more, as it will be after the plan."""

    token: Token
    name: str
    may_go_at: datetime
    in_use: bool
    is_own: bool


@dataclass(frozen=True)
class TokenPlan:
    """The plan for one declared token.

    ``family`` are its tokens before the plan, ``live`` the one among them whose credentials are in use.
    ``deletions``, ``patches`` and ``creation`` are its steps, in order; ``failure`` says why there are none.
    """

    declared: Declared
    live: Token | None = None
    family: tuple[Token, ...] = ()
    deletions: tuple[Delete, ...] = ()
    patches: tuple[Patch, ...] = ()
    creation: tuple[Step, ...] = ()
    previous: tuple[Previous, ...] = ()
    warnings: tuple[str, ...] = ()
    deferred: str | None = None
    failure: str | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """All its steps in the order in which they are carried out."""
        return (*self.deletions, *self.patches, *self.creation)


@dataclass(frozen=True)
class Plan:
    """The plan for the tokens of one owner: all declared ones in the order of their declaration, then the pruned."""

    tokens: tuple[TokenPlan, ...]
    creation_order: tuple[int, ...]
    own_id: str | None
    now: datetime

    def steps(self) -> Iterator[tuple[int, Step]]:
        """Yield every step with the index of its token, in the order in which they are carried out.

        What may go is deleted first, since that frees the quota; the token that the run authenticates with goes last.
        """
        deletions = [(index, step) for index, token in enumerate(self.tokens) for step in token.deletions]
        yield from (pair for pair in deletions if pair[1].token.id != self.own_id)
        for index, token in enumerate(self.tokens):
            yield from ((index, step) for step in token.patches)
        for index in self.creation_order:
            yield from ((index, step) for step in self.tokens[index].creation)
        yield from (pair for pair in deletions if pair[1].token.id == self.own_id)


def make_plan(declared: Sequence[Declared], present: Sequence[Token], facts: Facts, prune: Prune | None = None) -> Plan:
    """Return what has to be done; a declaration that the facts do not allow gets a failure and no step.

    Every token that ``prune`` lets go has a plan of its own behind the declared ones.
    """
    facts = replace(facts, in_use={*facts.in_use, *(one.stored_client_id for one in declared if one.stored_client_id)})
    claims = Counter(name for one in declared for name in {one.name, *one.renamed_from})
    drafts = [_draft(one, claims, present, facts) for one in declared]
    # Without its id, the token that the run authenticates with could not be spared.
    if prune is not None and facts.own_id is not None:
        kept = {*facts.in_use, facts.own_id}
        drafts += [_draft_pruned(token, prune, facts) for token in prunable(prune, declared, present, kept, facts.now)]
    return _share_out(drafts, present, facts)


def _share_out(drafts: Sequence[_Draft], present: Sequence[Token], facts: Facts) -> Plan:
    """Share the free slots of the quota out among the drafts, the most urgent first."""
    free = facts.max_tokens - sum(not token.managed for token in present)
    free += sum(delete.token.id != facts.own_id for draft in drafts for delete in draft.deletions)
    successors = {index: draft.successor for index, draft in enumerate(drafts) if draft.successor}
    plans = {index: _without_creation(draft, facts) for index, draft in enumerate(drafts) if not draft.successor}
    order = sorted(successors, key=lambda index: _urgency(drafts[index].family.live, successors[index]))
    for index in order:
        plans[index], taken = _with_creation(drafts[index], successors[index], drafts, present, free, facts)
        free -= taken
    failed = {index for index, plan in plans.items() if plan.failure and drafts[index].deletions}
    if failed:
        # A token that fails writes nothing, so that nobody may count on the slots that its deletions would free.
        kept = [replace(draft, deletions=()) if i in failed else draft for i, draft in enumerate(drafts)]
        return _share_out(kept, present, facts)
    return Plan(tuple(plans[index] for index in range(len(drafts))), tuple(order), facts.own_id, facts.now)


# How urgently a new token is needed; the order in which free slots of the quota are given away.
_MISSING, _EXPIRED, _DUE = 1, 2, 3


@dataclass(frozen=True)
class _Successor:
    """A token that has to be created, why, and how urgently."""

    new: NewToken
    reason: str
    need: int


@dataclass(frozen=True)
class _Draft:
    """A token's plan before the quota is shared out: everything but the steps of a creation."""

    declared: Declared
    family: Family
    deletions: tuple[Delete, ...] = ()
    warnings: tuple[str, ...] = ()
    failure: str | None = None
    successor: _Successor | None = None


def _urgency(live: Token | None, successor: _Successor) -> tuple[int, bool, float]:
    """Return the sort key: the missing first, then the expired, then what expires soonest, then the oldest."""
    if live is None:
        return (successor.need, False, 0.0)
    return (successor.need, live.expiration_date is None, (live.expiration_date or live.created).timestamp())


def _draft(declared: Declared, claims: Counter[str | None], present: Sequence[Token], facts: Facts) -> _Draft:
    nothing = Family(declared.name or "", None, (), ())
    try:
        _refuse_shared_names(declared, claims)
        if declared.refusal is not None:
            raise PlanError(f"{declared.label}: {declared.refusal}; nothing was done to the token")
        if declared.id is not None:
            return _draft_by_id(declared, present, facts)
        if declared.state == "absent":
            return _draft_absent(declared, find_namesakes(declared, present))
        family = nothing = find_family(declared, present, facts.unclaimed)
        return _draft_present(declared, family, facts)
    except PlanError as error:
        return _Draft(declared, nothing, failure=str(error))


def _refuse_shared_names(declared: Declared, claims: Counter[str | None]) -> None:
    """Refuse names that two declarations claim, as their own or a former one: both would act on the same token."""
    shared = [name for name in (declared.name, *declared.renamed_from) if name is not None and claims[name] > 1]
    if shared:
        raise PlanError(
            f"{declared.label}: {shared[0]!r} is the name, or in renamed_from, of more than one declared token; "
            "finish one rename before the next one reuses its name"
        )


def _draft_by_id(declared: Declared, present: Sequence[Token], facts: Facts) -> _Draft:
    """Draft for exactly the token of an id: it is never rotated, since its successor would have another id."""
    namesakes = [token for token in present if token.name == declared.name and token.id != declared.id]
    if declared.state == "absent" and declared.name is not None and not namesakes:
        # Without a rename to come, the token of the id has to bear the name.
        namesakes = [t for t in present if t.id == declared.id and t.name != declared.name and not t.managed]
    if namesakes:
        raise PlanError(
            f"id {declared.id!r} and name {declared.name!r} are of different tokens: see "
            f"{describe(namesakes)}; give only one of the two, or another name"
        )
    live = next((token for token in present if token.id == declared.id), None)
    if live is not None and live.managed:
        raise PlanError(f"personal access token {describe([live])} is managed by the platform and is never touched")
    family = Family(declared.name or (live.name if live else ""), live, (), ())
    if declared.state == "absent":
        return _draft_absent(declared, family)
    if live is None:
        raise PlanError(
            f"id {declared.id!r} is none of the caller's {len(present)} personal access tokens; "
            "leave id out and give a name to create one"
        )
    return _draft_present(declared, family, facts)


def _draft_absent(declared: Declared, family: Family) -> _Draft:
    tokens = [*family.others, *([family.live] if family.live else [])]
    return _Draft(declared, family, tuple(Delete(token, "state is absent") for token in tokens))


def _draft_pruned(token: Token, rules: Prune, facts: Facts) -> _Draft:
    """Draft for a token that nobody declares, as if it were declared absent by its id."""
    declared = Declared(name=token.name, id=token.id, state="absent")
    family = Family(token.name, token, (), ())
    if not facts.clock_is_servers:
        text = f"{declared.label}: the server told no usable time, so that it is not pruned"
        return _Draft(declared, family, warnings=(text,))
    used = f"last used on {format_moment(token.last_used)}" if token.last_used else "never used"
    reason = f"nobody declares it, {used}, prune_unused_for is {format_duration(rules.unused_for)}"
    return _Draft(declared, family, (Delete(token, reason),))


def _draft_present(declared: Declared, family: Family, facts: Facts) -> _Draft:
    live = family.live
    if live is None:
        reason = _why_missing(declared, family)
        return _Draft(declared, family, successor=_Successor(_new_token(declared, family, facts), reason, _MISSING))
    draft = _Draft(declared, family, *_clean_up(declared, family, live, facts))
    unpatchable = _unpatchable_reasons(declared, live, facts.version)
    due = [*unpatchable, *_age_reasons(declared, live, facts.now)]
    expired = live.is_expired(facts.now)
    if expired:
        due.append(f"expired {_ago(live.expiration_date, facts.now)}")
    if not due:
        date = _changes(declared, family, live, facts.version).expiration_date
        if date is not None and date <= facts.now:
            raise PlanError(_past(declared, date))
        return replace(draft, warnings=draft.warnings + _expiry_warnings(declared, live, facts))
    if declared.id is not None or declared.rotate == "never":
        return _keep_instead(draft, due, only_expired=expired and len(due) == 1)
    new = _new_token(declared, family, facts)
    return replace(draft, successor=_Successor(new, ", ".join(due), _EXPIRED if expired else _DUE))


def _why_missing(declared: Declared, family: Family) -> str:
    """Return why there is no live token; raise PlanError where somebody else holds the secret of the one there is."""
    held = [token for token in family.bearers if is_held_elsewhere(token)]
    where = "holds nothing" if declared.stored_client_id == "" else f"names {declared.stored_client_id}, which is gone"
    if held and declared.stored_client_id is not None and not declared.adopt:
        used = held[0].last_used or held[0].created
        raise PlanError(
            f"{declared.label}: the store {where}, yet {describe(held[:1])} exists and was used on "
            f"{format_moment(used)}: somebody else holds its secret, or the store's path is wrong. Correct the store, "
            "or set adopt: true to make a new token and retire this one once it is out of use"
        )
    if declared.stored_client_id is None:
        return "it does not exist" if not family.bearers else "the secret of the one there is was lost"
    if held:
        return f"the store {where}, and {describe(held[:1])}, whose secret is elsewhere, is adopted"
    if family.bearers:
        return f"the store {where}, so that nobody holds the secret of {describe(family.bearers)}"
    return f"the store {where}" if declared.stored_client_id else "it does not exist"


def _keep_instead(draft: _Draft, due: Sequence[str], only_expired: bool) -> _Draft:
    """Return the draft for a token that would have to be rotated and may not be."""
    why = "an id is given" if draft.declared.id is not None else "rotate is never"
    text = f"{draft.declared.label}: {', '.join(due)}; it has to be rotated, but {why}"
    if only_expired:
        return replace(draft, warnings=(*draft.warnings, text))
    way_out = "declare it by its name" if draft.declared.id is not None else "set rotate: when_due"
    return replace(draft, deletions=(), failure=f"{text}; {way_out}, or declare what it has")


def _ago(moment: datetime | None, now: datetime) -> str:
    return f"{_rough(now - moment)} ago" if moment else ""


def _rough(duration: timedelta) -> str:
    """Return a duration for a person: in days where it is that long."""
    return f"{duration.days} days" if duration.days > 1 else format_duration(duration)


def _age_reasons(declared: Declared, live: Token, now: datetime) -> list[str]:
    reasons = ["rotate is always"] if declared.rotate == "always" else []
    if declared.stored_is_dead:
        reasons.append("the credentials in the store no longer authenticate")
    age = now - live.created
    if declared.rotate_after is not None and age >= declared.rotate_after:
        reasons.append(f"created {_rough(age)} ago, rotate_after is {format_duration(declared.rotate_after)}")
    # A fixed date is the same for the next token, and a declared date or never_expires is about to be patched.
    if declared.rotate_before is None or declared.expiration_date is not None or declared.never_expires:
        return reasons
    left = live.expiration_date - now if live.expiration_date else None
    if left is not None and timedelta() < left <= declared.rotate_before:
        reasons.append(f"expires in {_rough(left)}, rotate_before is {format_duration(declared.rotate_before)}")
    return reasons


def _unpatchable_reasons(declared: Declared, live: Token, version: ApiVersion) -> list[str]:
    reasons = []
    wanted, actual = declared.access_token_validity_seconds, live.access_token_validity_seconds
    if wanted is not None and actual is not None and wanted != actual:
        reasons.append(f"access_token_validity_seconds is {actual}, not {wanted}, and cannot be patched")
    if not version.patches_expiry and _date_differs(declared, live):
        actual_date = format_moment(live.expiration_date) if live.expiration_date else "unset"
        wanted_date = format_moment(declared.expiration_date) if declared.expiration_date else "unset"
        reasons.append(f"expiration_date is {actual_date}, not {wanted_date}, and {version.name} cannot patch it")
    return reasons


def _date_differs(declared: Declared, live: Token) -> bool:
    if declared.expiration_date is None:
        return False
    return live.expiration_date is None or not same_second(live.expiration_date, declared.expiration_date)


def _expiry_warnings(declared: Declared, live: Token, facts: Facts) -> tuple[str, ...]:
    """Warn of an end that comes close and that no rotation moves: a fixed date, or one that nothing rotates before."""
    date = None if declared.never_expires else declared.expiration_date or live.expiration_date
    if date is None:
        return ()
    left, fixed = date - facts.now, declared.expiration_date is not None
    if fixed and left <= (declared.rotate_before or EXPIRY_WARNING):
        text = (
            f"its fixed expiration_date {format_moment(date)} is {_rough(left)} away and a rotation would not move it"
        )
        return (f"{declared.label}: {text}; declare a later one, or expires_in",)
    if fixed or left > EXPIRY_WARNING or rotates_in_time(declared, live):
        return ()
    text = f"it expires in {_rough(left)}, on {format_moment(date)}, and nothing rotates it before"
    return (f"{declared.label}: {text}; declare it by its name, with rotate_before",)


def rotates_in_time(declared: Declared, live: Token) -> bool:
    """Tell whether a later run replaces the token before it expires; one that never does so needs no replacement."""
    if live.expiration_date is None:
        return True
    if declared.id is not None or declared.rotate == "never" or declared.expiration_date is not None:
        return False
    ages_out = declared.rotate_after is not None and live.created + declared.rotate_after < live.expiration_date
    return ages_out or declared.rotate_before is not None


def _clean_up(
    declared: Declared, family: Family, live: Token, facts: Facts
) -> tuple[tuple[Delete, ...], tuple[str, ...]]:
    """Return which other members of the family may go now, and what there is to say of it."""
    deletions, warnings = [], []
    for member in family.others:
        retired = retirement(member, live.created, declared.overlap, facts.now)
        if member.id == facts.own_id or member.id in facts.in_use or not retired.may_go(facts.now):
            continue
        deletions.append(Delete(member, f"replaced by {live.id}, and {_why_it_may_go(member, live, declared)}"))
    if deletions and not facts.clock_is_servers:
        warnings.append(
            f"{declared.label}: the server told no usable time, so that nothing is deleted: "
            f"{describe([delete.token for delete in deletions])} would have been"
        )
        deletions = []
    if not declared.overlap and any(delete.token.last_used for delete in deletions):
        warnings.append(
            f"{declared.label}: overlap is 0, so that {describe([delete.token for delete in deletions])} goes without "
            "waiting until it is out of use"
        )
    return tuple(deletions), tuple(warnings)


def _why_it_may_go(member: Token, live: Token, declared: Declared) -> str:
    if member.last_used is None:
        return "it was never used"
    used = f"last used on {format_moment(member.last_used)}"
    return f"{used}, overlap is {format_duration(declared.overlap)}"


def _changes(declared: Declared, family: Family, live: Token, version: ApiVersion) -> Changes:
    """Return what a patch of the live token has to change."""
    scope = declared.scope if declared.scope is not None and declared.scope != live.scope else None
    date = declared.expiration_date if version.patches_expiry and _date_differs(declared, live) else None
    return Changes(
        name=family.name if live.name != family.name else None,
        scope=scope,
        expiration_date=date,
        never_expires=declared.never_expires and live.expiration_date is not None,
    )


def _without_creation(draft: _Draft, facts: Facts) -> TokenPlan:
    """Return the plan of a token that needs no successor: clean up, free the name, patch."""
    family, declared = draft.family, draft.declared
    tokens = (*family.others, *([family.live] if family.live else []))
    plan = TokenPlan(declared, family.live, tokens, draft.deletions, warnings=draft.warnings, failure=draft.failure)
    if draft.failure or declared.state == "absent" or family.live is None:
        return plan
    changes = _changes(declared, family, family.live, facts.version)
    patches: list[Patch] = []
    if changes.name is not None:
        gone = {delete.token.id for delete in draft.deletions}
        namesakes = [token for token in family.bearers if token is not family.live and token.id not in gone]
        patches += _renames(namesakes, family.name, f"frees the name for {family.live.id}, the one in use")
    if changes:
        patches.append(Patch(family.live, changes, _why_patched(changes, family.live)))
    return _finish(replace(plan, patches=tuple(patches)), family.live.created, facts)


def _why_patched(changes: Changes, live: Token) -> str:
    reasons = []
    if changes.name is not None:
        reasons.append(f"name is {live.name!r}")
    if changes.scope is not None:
        reasons.append("scope differs")
    if changes.expiration_date is not None or changes.never_expires:
        reasons.append(f"expiration_date is {format_moment(live.expiration_date) if live.expiration_date else 'unset'}")
    return ", ".join(reasons)


def _renames(tokens: Sequence[Token], name: str, reason: str) -> list[Patch]:
    return [
        Patch(token, Changes(name=previous_name(name, token.id)), reason)
        for token in tokens
        if token.name != previous_name(name, token.id)
    ]


def _past(declared: Declared, date: datetime) -> str:
    return f"{declared.label}: expiration_date {format_moment(date)} is in the past; declare a later one, or expires_in"


def _with_creation(
    draft: _Draft, successor: _Successor, drafts: Sequence[_Draft], present: Sequence[Token], free: int, facts: Facts
) -> tuple[TokenPlan, int]:
    """Return the plan of a token that needs a successor, and how many free slots of the quota it takes."""
    family, declared = draft.family, draft.declared
    tokens = (*family.others, *([family.live] if family.live else []))
    plan = TokenPlan(declared, family.live, tokens, draft.deletions, warnings=draft.warnings)
    gone = {delete.token.id for delete in draft.deletions}
    replaced = [token for token in family.bearers if token.id not in gone and token is not family.live]
    replaced += [family.live] if family.live else []
    dead = [token for token in replaced if token.is_expired(facts.now) and token.id != facts.own_id]
    short = max(0, 1 - free)
    spare = _spare(draft, dead, gone, facts)[:short]
    if short > len(spare) or (short and not facts.clock_is_servers):
        return _without_slot(draft, successor, drafts, present, facts), 0
    steps: list[Step] = list(spare)
    replaced = [token for token in replaced if token not in [step.token for step in spare]]
    for rename in _renames(replaced, family.name, "frees the name for its successor"):
        steps.append(replace(rename, delete_if_refused=rename.token in dead and facts.clock_is_servers))
    steps.append(Create(successor.new, successor.reason))
    if successor.new.scope is None:
        plan = replace(plan, warnings=(*plan.warnings, _full_rights(declared)))
    return _finish(replace(plan, creation=tuple(steps)), facts.now, facts), 1 - short


def _spare(draft: _Draft, dead: Sequence[Token], gone: Collection[str], facts: Facts) -> list[Delete]:
    """Return what of the family may go at once if a slot is needed: the expired, then what failed runs have left.

    Without these, some nights of a store that cannot be written would fill the quota for days after it is mended.
    """
    spared = {facts.own_id, *facts.in_use, *gone, *(token.id for token in dead)}
    remnants = [t for t in draft.family.others if t.id not in spared and is_remnant(t, draft.family.live, facts.now)]
    return [
        *(Delete(t, f"expired {_ago(t.expiration_date, facts.now)}, and its slot is needed") for t in dead),
        *(
            Delete(t, "a failed run left it, nobody has used it since, and its slot is needed")
            for t in sorted(remnants, key=lambda token: token.created)
        ),
    ]


def _full_rights(declared: Declared) -> str:
    return f"{declared.label}: created without scope, so that it has all the rights of its owner; declare its scope"


def _new_token(declared: Declared, family: Family, facts: Facts) -> NewToken:
    """Return what the create has to ask for; what is not declared is as in the token that it replaces."""
    # After a run that stopped between the rename and the create, the newest of the others is the one to carry on from.
    heirs = family.bearers or sorted(family.others, key=lambda token: token.created, reverse=True)
    template = family.live or next(iter(heirs), None)
    date = declared.expiration_date
    if declared.expires_in is not None:
        date = facts.now + declared.expires_in
    if date is not None and date <= facts.now:
        raise PlanError(_past(declared, date))
    if facts.version.patches_expiry and not declared.has_expiry:
        raise PlanError(
            f"{declared.label}: it has to be created, and {facts.version.name} demands an expiry: "
            "give expires_in, expiration_date or never_expires: true"
        )
    if not facts.version.patches_expiry and date is not None and date > facts.now + LONGEST_FORCED_EXPIRY:
        raise PlanError(
            f"{declared.label}: expiration_date {format_moment(date)} is more than 6 months away, the most that "
            f"{facts.version.name} allows; declare an earlier one, or set api_version to v1"
        )
    scope, validity = declared.scope, declared.access_token_validity_seconds
    if template is not None:
        scope = template.scope if scope is None else scope
        validity = template.access_token_validity_seconds if validity is None else validity
    return NewToken(family.name, scope or None, validity, date, declared.never_expires)


def _without_slot(
    draft: _Draft, successor: _Successor, drafts: Sequence[_Draft], present: Sequence[Token], facts: Facts
) -> TokenPlan:
    """Return the plan of a token whose successor finds no slot: a due rotation waits, a missing one fails."""
    used = f"all {facts.max_tokens} tokens of the owner are in use"
    live_ids = {d.family.live.id for d in drafts if d.family.live} | {facts.own_id, *facts.in_use}
    # A token whose create's answer was lost in this very run comes first: nobody has its secret.
    idle = sorted(
        (token for token in present if not token.managed and token.id not in live_ids),
        key=lambda token: (token.id not in facts.unclaimed, token.last_used or token.created),
    )
    could_go = f"; those that could go, the longest unused first: {describe(idle)}" if idle else ""
    if successor.need != _DUE:
        text = f"{draft.declared.label}: it has to be created ({successor.reason}), but {used} (max_tokens){could_go}"
        return replace(_without_creation(draft, facts), deletions=(), patches=(), failure=text)
    reason = f"to be rotated ({successor.reason}), but {used} (max_tokens)"
    warning = f"{draft.declared.label}: {reason}; the rotation waits for a free slot{could_go}"
    kept = _without_creation(draft, facts)
    return replace(kept, deferred=reason, warnings=(*kept.warnings, warning))


def _finish(plan: TokenPlan, live_since: datetime, facts: Facts) -> TokenPlan:
    """Return the plan with what will become of every token that is not live after it."""
    gone = {step.token.id for step in plan.steps if isinstance(step, Delete)}
    names = {s.token.id: s.changes.name for s in plan.steps if isinstance(s, Patch) and s.changes.name}
    replaced = any(isinstance(step, Create) for step in plan.steps)
    left = [token for token in plan.family if token.id not in gone and (replaced or token is not plan.live)]
    previous = []
    for token in left:
        retired = retirement(token, live_since, plan.declared.overlap, facts.now)
        name = names.get(token.id, token.name)
        previous.append(Previous(token, name, retired.may_go_at, retired.in_use, token.id == facts.own_id))
    return replace(plan, previous=tuple(previous))
