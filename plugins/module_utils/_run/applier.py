# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries the plans of a run out, and remembers what it wrote. Check mode of tokens is decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Callable

from .._base.errors import ApiError, IscError, LostAnswerError, NotFoundError, StoreChangedError, StoreError
from .._base.model import ApiVersion, Approved, Changes, Listing, PruneRules, Token
from .._plan.approval import first_unapproved, unapproved_text
from .._plan.honoured import difference
from .._plan.steps import Create, Delete, Patch, Plan, Step
from .._plan.views import AnyStep
from .hand_over import hand_over
from .outcome import Outcome, explained
from .ports import TokenApi
from .store_steps import give_up, look_before_removal, move_entry, prepare_store, remove_entry

MOST_VAIN_CREATES = 2
"""In a run, whatever the number of its tokens: so many whose answer was lost, as many that could not be proved, and as
many that one store did not take.

Each may have made a token that nobody holds, and that takes a slot.
"""

CONFIRMING_LISTS = 3
"""At most so many lists tell whether a token is gone that the server did not find: a list may lag."""

_NEVER_A_CONFLICT = (401, 403, 429)


@dataclass(frozen=True)
class Run:
    """What holds for a whole run: whose tokens, under which rules, and whether to write.

    ``own_id`` is the token that the run authenticates with, None where that is unknown. ``base_url`` is where the
    credentials are good for that go into stores, ``prune`` which tokens go that nobody declares, and ``spared`` are ids
    of tokens that another run may authenticate with. ``approved`` is all that may be done, by a plan or because it is
    due; None allows anything. ``accept`` gets each list before anything is done to what is in it. It raises IscError
    where another host prunes that too, or where the declared tokens do not fit beside it.
    """

    version: ApiVersion
    own_id: str | None
    max_tokens: int = 10
    owner: str = "me"
    check_mode: bool = False
    base_url: str = ""
    prune: PruneRules | None = None
    spared: frozenset[str] = frozenset()
    accept: Callable[[Listing], None] = lambda listing: None
    approved: Approved | None = None


class Memory:
    """The run's own writes. A list may lag behind them; whether it can is unknown."""

    def __init__(self) -> None:
        self.written: dict[str, Token] = {}
        self.gone: set[str] = set()

    def merge(self, listed: Sequence[Token]) -> tuple[Token, ...]:
        """Return the tokens as they are after the run's own writes."""
        tokens = {**{token.id: token for token in listed}, **self.written}
        return tuple(token for token in tokens.values() if token.id not in self.gone)

    def doubt(self, tokens: Sequence[Token]) -> None:
        """Believe the next list about these tokens, whatever the run has made of them."""
        for token in tokens:
            self.written.pop(token.id, None)


class Applier:
    """Carries plans out against the API, and remembers what it wrote; in check mode it predicts instead."""

    def __init__(self, api: TokenApi, run: Run) -> None:
        self.memory = Memory()
        self._api = api
        self.run = run
        self._lost_creates = self._unproved = 0
        self._unstored = Counter[Hashable]()
        self._longest_proof = 0.0
        self._not_found: list[tuple[Outcome, Delete, NotFoundError]] = []

    def begin(self, plan: Plan, outcomes: Sequence[Outcome]) -> None:
        """Take up a plan: see that each store is ready, and that each token may have its steps."""
        for outcome, token_plan in zip(outcomes, plan.tokens):
            outcome.begin(token_plan, plan.now)
        self._begin_all(outcomes)

    def begin_again(self, plan: Plan, outcomes: Sequence[Outcome]) -> None:
        """Take up a plan for the same pass, made without the tokens that were given up since."""
        for outcome, token_plan in zip(outcomes, plan.tokens):
            if outcome.proceeds:
                outcome.take_up(token_plan)
        self._begin_all(outcomes)

    def _begin_all(self, outcomes: Sequence[Outcome]) -> None:
        """See that each token can have its steps, and stop after the first check that gives any of them up.

        Tokens that are given up free no slots, so the others are planned again. Deletions are checked first, since they
        free slots. All stores are looked at before a plan is held to what was approved, as they were when it was shown.
        They are prepared only after that, since it may make a folder.
        """
        checks: list[Callable[[Outcome], None]] = [look_before_removal]
        approved, check_mode = self.run.approved, self.run.check_mode
        if approved is not None:
            checks.append(partial(_hold_to, approved, only_deletions=True))
            checks.append(partial(prepare_store, probe=False))
            checks.append(partial(_hold_to, approved))
        checks.append(partial(prepare_store, probe=not check_mode))
        checks.append(partial(remove_entry, check_mode=check_mode))
        checks.append(partial(move_entry, check_mode=check_mode))
        for check in checks:
            proceeding = [outcome for outcome in outcomes if outcome.proceeds]
            for outcome in proceeding:
                try:
                    check(outcome)
                except StoreError as error:
                    give_up(outcome, error)
            if not all(outcome.proceeds for outcome in proceeding):
                return

    def carry_out(self, plan: Plan, outcomes: Sequence[Outcome], present: Sequence[Token]) -> None:
        """Carry a plan out; ``outcomes`` are those of its tokens, ``present`` all tokens that it was made for."""
        for position, step in plan.steps():
            outcome = outcomes[position]
            if step in outcome.plan.creation and outcome.proceeds:
                self._spare_quota(outcome)
            if isinstance(step, Delete) and step.token.id == self.run.own_id:
                self.confirm_deletions()  # Nothing can be listed afterwards.
            if outcome.proceeds:
                self._attempt(outcome, step, present)
        for outcome in outcomes:
            if outcome.proceeds:
                outcome.conclude()

    def _spare_quota(self, outcome: Outcome) -> None:
        """Give a token up that is to be created, if the run has seen that this would be in vain."""
        if self._lost_creates >= MOST_VAIN_CREATES:
            outcome.stop_creating()
        elif self._unproved >= MOST_VAIN_CREATES:
            outcome.fail("no further create was sent, since two new tokens could not be proved in this run; run again")
        elif self._unstored[_store_of(outcome)] >= MOST_VAIN_CREATES:
            outcome.fail(
                "no further create was sent, since its store did not take two new secrets in this run; run again"
            )
        elif outcome.declared.proves_new and 0 < self._longest_proof >= self._api.seconds_left:
            outcome.fail(
                f"no further create was sent, since a proof took {self._longest_proof:.0f} s in this run, and "
                f"run_timeout leaves {max(self._api.seconds_left, 0):.0f} s; run again, or raise run_timeout"
            )

    def _is_approved(self, step: Step) -> bool:
        return self.run.approved is None or first_unapproved([step], self.run.approved) is None

    def _attempt(self, outcome: Outcome, step: Step, present: Sequence[Token]) -> None:
        """Carry out one step, or note why that failed."""
        if self.run.check_mode:
            _predict(outcome, step)
            return
        try:
            self._write(outcome, step)
        except IscError as caught:
            error = explained(caught, outcome.declared, step)
            self._lost_creates += isinstance(error, LostAnswerError)
            if isinstance(error, LostAnswerError) and outcome.lost_a_create:
                outcome.meet(error, step, frozenset())
                outcome.stop(f"{error} (for the second time in this run, so that no third one is sent)")
            elif _is_conflict(error, step):
                outcome.meet(error, step, frozenset(token.id for token in present) | frozenset(self.memory.written))
                if isinstance(step, Create) and not outcome.lost_a_create:
                    # The name is taken, although it was freed: another run may have given it back.
                    self.memory.doubt(outcome.plan.family)
            else:
                # A token that finds no slot has failed before its replaced ones go.
                outcome.stop(str(error) if outcome.failure is None else f"{outcome.failure}; and {error}")

    def _write(self, outcome: Outcome, step: Step) -> None:
        if isinstance(step, Delete):
            self._delete(outcome, step)
        elif isinstance(step, Patch):
            self._patch(outcome, step)
        else:
            self._create(outcome, step)

    def _create(self, outcome: Outcome, step: Create) -> None:
        created = self._api.create(step.new)
        self.memory.written[created.token.id] = created.token
        outcome.done.append(replace(step, made=created.token.id))
        other = difference(step.new, created.token)
        if other:
            self._take_back(outcome, created.token, other)
            return
        outcome.created, left = created, self._api.seconds_left
        is_in_use = hand_over(self._api, outcome, created, self.run.base_url)
        self._longest_proof = max(self._longest_proof, left - self._api.seconds_left)
        if is_in_use:
            outcome.live = created.token
        elif outcome.declared.proves_new and outcome.grant is None:
            self._unproved += 1
        else:
            self._unstored[_store_of(outcome)] += 1

    def _take_back(self, outcome: Outcome, made: Token, other: str) -> None:
        """Delete a new token that differs from what was asked.

        Nobody has its secret, and tomorrow's would differ again.
        """
        why = f"the server made its {other}"
        try:
            self._delete(outcome, Delete(made, why))
            left = "it was deleted again"
        except IscError as error:
            left = f"it could not be deleted again: {error}"
            outcome.left = (made,)
        outcome.fail(f"created as {made.id}, but {why}; {left}; declare what the server accepts")

    def confirm_deletions(self) -> None:
        """Fail for each token that the server did not find and that is listed all the same: it may still work."""
        reason = ", although the list still shows it; run again in a minute"
        for number in range(CONFIRMING_LISTS if self._not_found else 0):
            self._api.wait(2.0**number)
            try:
                listed = {token.id for token in self._api.list(self.run.owner).tokens}
            except IscError as error:
                reason = f"; then: {error}"
                break
            self._not_found = [one for one in self._not_found if one[1].token.id in listed]
            if not self._not_found:
                break
        for outcome, step, not_found in self._not_found:
            outcome.done.remove(step)
            family = {token.id for token in outcome.before}
            if step.token.id in family or step.token.name == outcome.declared.name:
                outcome.left += (step.token,)
            outcome.doubt(f"{not_found}{reason}")
        self._not_found = []

    def give_name_back(self, outcome: Outcome) -> None:
        """Give the name to the token in use, if this run took it for a successor that could not be made."""
        name = outcome.declared.name
        # In check mode no name was taken, and what fails after all steps are foretold fails after the create.
        if self.run.check_mode or name is None or outcome.failure is None:
            return
        if outcome.created or outcome.may_have_created:
            return
        # Not what a list shows, which may lag, nor what is remembered: a refused create has made the run doubt that.
        renamed, live = outcome.renamed, outcome.plan.live
        in_use = next(iter(renamed.values()), None) if live is None else renamed.get(live.id)
        if in_use is None or in_use.id in self.memory.gone or in_use.name == name:
            return
        # A lost create may be what has the name now, or another run's token: nothing tells which, so it stays.
        others = [token for token in outcome.plan.family if token.id not in {*renamed, *self.memory.gone}]
        if any(token.name == name for token in (*others, *outcome.left)):
            return
        try:
            self._patch(outcome, Patch(in_use, Changes(name=name), "gives the name back, since no successor was made"))
        except IscError as error:
            outcome.stop(f"{outcome.failure}; and {in_use.id} could not be renamed back: {error}")

    def _delete(self, outcome: Outcome, step: Delete) -> None:
        try:
            self._api.delete(step.token)
        except NotFoundError as error:
            # Somebody else was first, or an earlier try of this request; but only a list tells that it is gone.
            self._not_found.append((outcome, step, error))
        self.memory.gone.add(step.token.id)
        outcome.note_deletion(step)

    def _patch(self, outcome: Outcome, step: Patch) -> None:
        try:
            token = self._api.patch(step.token, step.changes)
        except ApiError as error:  # a 404 too: one server may hide what has expired, and where it is gone, so be it
            instead = Delete(step.token, "it has expired, and the server refuses to rename it", cause="time")
            may_delete = step.delete_if_refused and self._is_approved(instead)
            if not may_delete or error.status in _NEVER_A_CONFLICT:
                raise
            self._delete(outcome, instead)
            return
        self.memory.written[token.id] = token
        outcome.done.append(step)
        if outcome.live is not None and token.id == outcome.live.id:
            outcome.live = token
        other = difference(step.changes, token)
        if other:
            outcome.fail(f"changed {token.id}, but the server made its {other}; declare what the server accepts")


def _hold_to(approved: Approved, outcome: Outcome, only_deletions: bool = False) -> None:
    """Give a token up whose plan has a step that nobody approved, before the first of its writes."""
    plan, first = outcome.plan, None if outcome.failure is not None else outcome.store_step
    steps: tuple[AnyStep, ...] = plan.steps if first is None else (first, *plan.steps)
    held = [step for step in steps if not only_deletions or step is first or step in plan.deletions]
    strange = first_unapproved(held, approved)
    if strange is not None:
        prepare_store(outcome, probe=False)  # to plan again would not help where the store is not ready
        ends = "" if plan.doomed is None else f"; {plan.doomed.removeprefix(f'{outcome.declared.label}: ')}"
        outcome.refuse(unapproved_text(strange, steps, approved), f"; plan again{ends}")


def _is_conflict(error: IscError, step: Step) -> bool:
    """Return whether a fresh look may explain the error: a token gone, a name taken, a lost answer, a changed store."""
    if isinstance(error, (LostAnswerError, NotFoundError, StoreChangedError)):
        return True
    takes_a_name = isinstance(step, Create) or (isinstance(step, Patch) and step.changes.name is not None)
    return takes_a_name and isinstance(error, ApiError) and error.status not in _NEVER_A_CONFLICT


def _store_of(outcome: Outcome) -> Hashable:
    return outcome.kept.entry.store if outcome.kept is not None and outcome.kept.entry is not None else None


def _predict(outcome: Outcome, step: Step) -> None:
    outcome.done.append(step)
    if isinstance(step, Create) or (isinstance(step, Delete) and step.token is outcome.live):
        outcome.live = None
    elif isinstance(step, Patch) and outcome.live is not None and step.token.id == outcome.live.id:
        outcome.live = step.changes.made_to(outcome.live)
