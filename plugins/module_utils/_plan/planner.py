# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: what has to be done so that the tokens are as declared: no I/O, no clock, no Ansible.

``make_plan`` is a function of what is declared (the store's answers included), what ``list`` returned, and the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from .._base.errors import PlanError
from .._base.model import Declared, PruneRules, Token
from .._base.moments import format_day, format_duration
from .._base.names import describe, family_name
from .capacity import share_turns
from .changes import changes_of, new_token, past
from .due import cause_of, due_reasons, expiry_warnings, refuse_rotation_in_vain
from .family import Family, find_family, find_namesakes, newer_than
from .pruning import prunable, undeclared
from .quota import ADOPTED, DUE, EXPIRED, MISSING, Draft, Successor, share_out
from .retirement import HEALS_WITHIN, clean_up, is_held_elsewhere, lost_writes, rivals
from .steps import Delete, Facts, Plan, TokenPlan


def make_plan(
    declared: Sequence[Declared], present: Sequence[Token], facts: Facts, prune: PruneRules | None = None
) -> Plan:
    """Return what has to be done; a declaration that the facts do not allow gets a failure and no step.

    Every token that ``prune`` lets go has a plan of its own behind the declared ones.
    """
    by_id = {one.id for one in declared if one.id is not None and one.state == "present"}
    stored = {one.stored_client_id for one in declared if one.stored_client_id}
    facts = replace(facts, in_use={*facts.in_use, *stored, *by_id})
    claims = Counter(name for one in declared for name in {one.name, *one.renamed_from})
    keepers = {one.stored_client_id: one for one in declared if one.state == "present" and one.stored_client_id}
    drafts = [_draft(one, claims, present, facts, keepers.get(one.id or "")) for one in declared]
    # Without its id, the token that the run authenticates with could not be spared.
    if prune is not None and facts.own_id is not None:
        kept = {*facts.in_use, facts.own_id}
        drafts += [_draft_pruned(token, prune, facts) for token in prunable(prune, declared, present, kept, facts.now)]
    plan = share_out(share_turns(drafts, present, facts), present, facts)
    others = undeclared(declared, present, {*facts.in_use, facts.own_id})
    return replace(plan, tokens=tuple(_labelled(one) for one in plan.tokens), undeclared=others)


def _labelled(plan: TokenPlan) -> TokenPlan:
    """Return a plan whose failure and warnings name their token."""
    label = plan.declared.label
    failure = None if plan.failure is None else f"{label}: {plan.failure}"
    doomed = None if plan.doomed is None else f"{label}: {plan.doomed}"
    alarm = None if plan.alarm is None else f"{label}: {plan.alarm}"
    return replace(
        plan,
        failure=failure,
        doomed=doomed,
        alarm=alarm,
        warnings=tuple(f"{label}: {warning}" for warning in plan.warnings),
    )


def _draft(
    declared: Declared,
    claims: Counter[str | None],
    present: Sequence[Token],
    facts: Facts,
    keeper: Declared | None,
) -> Draft:
    """Draft for one declaration; ``keeper`` is another declaration, whose store holds the token with this one's id."""
    nothing = Family(declared.name or "", None, (), ())
    try:
        _refuse_shared_names(declared, claims)
        if keeper is not None and declared.state == "absent":
            raise PlanError(
                f"{keeper.store_at} holds the credentials of this token for {keeper.label}, which is declared present; "
                f"declare only one of the two, or revoke {keeper.label}"
            )
        if declared.refusal is not None:
            raise PlanError(declared.refusal)
        if declared.id is not None:
            return _draft_by_id(declared, present, facts)
        if declared.state == "absent":
            return _draft_absent(declared, find_namesakes(declared, present))
        family = nothing = find_family(declared, present, facts.unclaimed)
        return _draft_present(declared, family, facts)
    except PlanError as error:
        return Draft(declared, nothing, failure=str(error))


def _refuse_shared_names(declared: Declared, claims: Counter[str | None]) -> None:
    """Refuse names that two declarations claim, as their own or a former one: both would act on the same token."""
    shared = [name for name in (declared.name, *declared.renamed_from) if name is not None and claims[name] > 1]
    if shared:
        raise PlanError(
            f"{shared[0]!r} is the name, or in renamed_from, of more than one declared token; "
            "finish one rename before the next one reuses its name"
        )


def _draft_by_id(declared: Declared, present: Sequence[Token], facts: Facts) -> Draft:
    """Draft for the token of an id. It is never rotated, since its successor would have another id."""
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
        raise PlanError(f"{describe([live])} is managed by the platform and is never touched")
    family = Family(declared.name or (live.name if live else ""), live, (), ())
    if declared.state == "absent":
        return _draft_absent(declared, family)
    if live is None:
        raise PlanError(
            f"id {declared.id!r} is none of the caller's {len(present)} personal access tokens; "
            "leave id out and give a name to create one"
        )
    return _draft_present(declared, family, facts)


def _draft_absent(declared: Declared, family: Family) -> Draft:
    return Draft(declared, family, tuple(Delete(token, "state is absent") for token in family.members))


def _draft_pruned(token: Token, rules: PruneRules, facts: Facts) -> Draft:
    """Draft for a token that nobody declares, as if it were declared absent by its id."""
    declared = Declared(name=token.name, id=token.id, state="absent")
    family = Family(token.name, token, (), ())
    if not facts.clock_is_servers:
        text = "the server sent no usable Date header, so it is not pruned"
        return Draft(declared, family, warnings=(text,))
    used = f"last used on {format_day(token.last_used)}" if token.last_used else "never used"
    reason = f"nobody declares it, {used}, prune_unused_for is {format_duration(rules.unused_for)}"
    return Draft(declared, family, (Delete(token, reason),))


def _draft_present(declared: Declared, family: Family, facts: Facts) -> Draft:
    live = family.live
    if declared.revoke and live is None:
        stranger = f"names {declared.stored_client_id}, which is not a token of this name"
        where = stranger if declared.stored_client_id else "holds nothing"
        raise PlanError(
            f"{declared.store_at} {where}, so nobody knows which token has leaked; "
            "nothing was deleted: name the hosts whose store holds the token, or delete the token by its id"
        )
    if live is None:
        reason = _why_missing(declared, family, facts)
        works = any(not token.is_expired(facts.now) for token in _held(family, facts))
        # Where nobody has relied on the store yet, and the holders of the old one can work on, there is time.
        need = ADOPTED if works and declared.stored_client_id == "" else MISSING
        successor = Successor(new_token(declared, family, facts), reason, need, "declaration")
        begun = next((create for create in facts.begun if create.new.name == family.name), None)
        if begun is not None and all(token.id in facts.unclaimed for token in family.bearers):
            successor = Successor(begun.new, begun.reason, need, begun.cause)
        return Draft(declared, family, successor=successor, alarm=lost_writes(declared, family, facts.now))
    _refuse_other_store(declared, family, live, facts.now)
    draft = Draft(declared, family, *clean_up(declared, family, live, facts))
    due = due_reasons(declared, live, facts)
    expired = live.is_expired(facts.now)
    if not due:
        date = changes_of(declared, family, live, facts).expiration_date
        if date is not None and date <= facts.now:
            raise PlanError(past(date))
        return replace(draft, warnings=draft.warnings + expiry_warnings(declared, live, facts))
    if declared.id is not None or (declared.rotate == "never" and not declared.revoke):
        return _keep_instead(draft, due, only_expired=expired and len(due) == 1)
    refuse_rotation_in_vain(declared, live, family.others, due, facts)
    new = new_token(declared, family, facts)
    # What is dead, for whatever reason, must not wait for a slot in silence.
    need = EXPIRED if expired or declared.stored_is_dead else DUE
    successor = Successor(new, ", ".join(due), need, cause_of(declared, live, facts))
    return replace(draft, successor=successor, alarm=lost_writes(declared, family, facts.now))


def _refuse_other_store(declared: Declared, family: Family, live: Token, now: datetime) -> None:
    """Refuse to take a name from a token that somebody may use: two stores would replace each other's.

    A token that is renamed to NAME was never its bearer, so every older one that works is somebody else's, used or not.
    """
    if not declared.stored_client_id or declared.adopt:
        return
    is_renamed = family_name(live) != declared.name
    bearers = [token for token in family.bearers if not (is_renamed and token.is_expired(now))]
    newer, others = newer_than(live, bearers), rivals(live, bearers)
    if is_renamed:
        strangers = [token for token in bearers if token not in newer or token in others]
        if strangers:
            raise PlanError(
                f"{live.name!r} ({live.id}) is to be renamed, but {describe(strangers[:1])} has the new name, and "
                "somebody may use it. Declare another name, rename or delete that token, or set adopt: true to take "
                "the name from it"
            )
    if others:
        raise PlanError(
            f"{declared.store_at} holds {live.id}, but its name went to {describe(others[:1])}, which is newer and has "
            "been used: another store keeps this name. Declare one of them under another name, let both read one "
            "store, or set adopt: true here to take the name back"
        )


def _why_missing(declared: Declared, family: Family, facts: Facts) -> str:
    """Return why there is no live token; raise PlanError where somebody else may hold the secret of its namesake."""
    held = _held(family, facts)
    stored = declared.stored_client_id
    where = f"names {stored}, which no longer exists" if stored else "holds nothing"
    if held and stored is not None and not declared.adopt:
        used = f"was used on {format_day(held[0].last_used)}" if held[0].last_used else "is not new"
        raise PlanError(
            f"{declared.store_at} {where}, yet {describe(held[:1])} exists and {used}: somebody else may hold its "
            "secret, or the store's path is wrong. Correct the store, or set adopt: true to make a new token and "
            "retire this one once it is out of use"
        )
    if declared.stored_client_id is None:
        return "it does not exist" if not family.bearers else "the secret of the existing one was lost"
    if held:
        return f"the store {where}, so {describe(held[:1])} is taken over"
    if family.bearers:
        return f"the store {where}, so nobody holds the secret of {describe(family.bearers)}"
    return f"the store {where}" if declared.stored_client_id else "it does not exist"


def _held(family: Family, facts: Facts) -> list[Token]:
    """Return the bearers of a name whose secret somebody may hold: one in use, else one that no failed run left."""
    old = [token for token in family.bearers if facts.now - token.created >= HEALS_WITHIN]
    return [token for token in family.bearers if is_held_elsewhere(token)] or old


def _keep_instead(draft: Draft, due: Sequence[str], only_expired: bool) -> Draft:
    """Return the draft for a token that needs a rotation which is not allowed."""
    why = "an id is given" if draft.declared.id is not None else "rotate is never"
    text = f"{', '.join(due)}; it must be rotated, but {why}"
    if only_expired:
        return replace(draft, warnings=(*draft.warnings, text))
    way_out = "declare it by its name" if draft.declared.id is not None else "set rotate: when_due"
    return replace(draft, deletions=(), failure=f"{text}; {way_out}, or declare the values that it has")
