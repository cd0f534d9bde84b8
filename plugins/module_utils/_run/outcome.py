# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of one token in a run: its plan, the steps carried out, and why it ended where it did."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from .._base.errors import (
    ApiError,
    IscError,
    LostAnswerError,
    NotFoundError,
    PlanError,
    StoreChangedError,
    StoreError,
)
from .._base.model import CreatedToken, Credentials, Declared, Grant, Token
from .._plan.changes import copied_fields, scope_differs, template_of
from .._plan.family import find_family
from .._plan.retirement import previous_of
from .._plan.steps import Create, Delete, Forget, Move, Patch, Previous, Step, TokenPlan
from .ports import StoreEntry


@dataclass(frozen=True)
class _Conflict:
    """Why a token's plan could not be carried out to its end, and which of its steps were left."""

    error: IscError
    left: tuple[tuple[str, str], ...]


@dataclass
class Kept:
    """What the store keeps for a token: its entry, and the credentials in it; None means nothing.

    ``entry`` is None if the user keeps the store. ``former`` is the entry of a name in ``renamed_from``, if the
    credentials still lie there. ``grant`` is what they were exchanged for in this run. ``is_doubtful`` says that they
    were refused once.
    """

    entry: StoreEntry | None = None
    credentials: Credentials | None = None
    former: StoreEntry | None = None
    grant: Grant | None = None
    is_doubtful: bool = False


@dataclass
class Outcome:
    """What became of one declared or pruned token.

    ``plan`` is the last one made for it, at ``now`` (UTC). ``before`` is its family as first listed. ``done`` are the
    steps carried out; in check mode, those that would be. ``live`` is the token that is live afterwards; in check mode,
    None if it would be a new one. ``created`` is the new one with its secret, and ``grant`` what proved it. ``failure``
    says why the token is not as declared. ``left`` are tokens that the run took for deleted, or wanted to delete again,
    and that are still there. ``begun`` is a create before which the run has deleted tokens of the family.
    ``previous`` are the tokens beside the live one, once the run is over. ``probed`` and ``entry_is_begun`` say what
    this pass has done to the store: looked whether it can take new credentials (False), or tried (True), and moved or
    removed the entry.
    """

    declared: Declared
    plan: TokenPlan
    now: datetime
    kept: Kept | None = None
    before: tuple[Token, ...] = ()
    done: list[Step | Forget | Move] = field(default_factory=list)
    live: Token | None = None
    created: CreatedToken | None = None
    grant: Grant | None = None
    failure: str | None = None
    left: tuple[Token, ...] = ()
    begun: Create | None = None
    previous: tuple[Previous, ...] = ()
    probed: bool | None = None
    entry_is_begun: bool = False
    _stopped: bool = False
    _conflict: _Conflict | None = None
    _known_before_lost: frozenset[str] | None = None
    _left_behind: IscError | None = None

    @property
    def is_stored_by_run(self) -> bool:
        """Return whether the run itself writes new credentials into a store."""
        return self.kept is not None and self.kept.entry is not None

    @property
    def proceeds(self) -> bool:
        """Return whether the next step of the plan may be carried out."""
        return self._conflict is None and not self._stopped

    @property
    def pending(self) -> bool:
        """Return whether a conflict has to be looked into with a fresh list."""
        return self._conflict is not None and not self._stopped

    @property
    def lost_a_create(self) -> bool:
        """Return whether the answer to a create was lost, so that nobody knows whether it was processed."""
        return self._known_before_lost is not None

    @property
    def may_have_created(self) -> bool:
        """Return whether the answer to a create was lost, and no list has told since what became of it."""
        return self._conflict is not None and isinstance(self._conflict.error, LostAnswerError)

    @property
    def renamed(self) -> dict[str, Token]:
        """Return the tokens that the run has renamed, as they are since, by their ids."""
        patches = (step for step in self.done if isinstance(step, Patch) and step.changes.name is not None)
        return {patch.token.id: patch.changes.made_to(patch.token) for patch in patches}

    @property
    def store_step(self) -> Forget | Move | None:
        """What is done to the store's entry before the first step: it is removed, moved, or left as it is."""
        kept, name = self.kept, self.declared.name or ""
        if kept is None or kept.entry is None or kept.credentials is None:
            return None
        if self.declared.state == "absent":
            return Forget(name, kept.credentials.client_id, "state is absent")
        if kept.former is None:
            return None
        return Move(name, kept.credentials.client_id, f"{kept.former.where} becomes {kept.entry.where}")

    def show_what_is_left(self, gone: Collection[str], own_id: str | None) -> None:
        """Set ``previous`` to what there is beside the live token.

        ``gone`` are the ids of all tokens that the run has deleted, and ``own_id`` is the one that it authenticates
        with.
        """
        is_foretold = self.created is None and any(isinstance(step, Create) for step in self.done)
        if self.live is None and not is_foretold:
            return  # nothing is known to be live, so that nothing is known to be replaced
        live_id, since = (None, self.now) if self.live is None else (self.live.id, self.live.created)
        if self.created is not None and self.created.token.id == live_id:
            since = self.now  # as check mode has foretold it
        made = () if self.created is None else (self.created.token,)
        there = {token.id: token for token in (*self.plan.family, *self.left, *made)}
        renamed, not_left = self.renamed, {*gone, live_id}
        left = [renamed.get(token.id, token) for token in there.values() if token.id not in not_left]
        self.previous = previous_of(left, since, self.declared.overlap, self.now, own_id)

    def note_deletion(self, step: Delete) -> None:
        """Note that a token was deleted, and the create that is still to come, which may copy from it."""
        create = next((one for one in self.plan.creation if isinstance(one, Create)), None)
        if create is not None and self.created is None and step.token in self.plan.family:
            self.begun = create
        self.done.append(step)
        if self.live is not None and step.token.id == self.live.id:
            self.live = None

    @property
    def carried_on(self) -> Create | None:
        """The create that is still to come, as the next pass plans it if it finds no live token.

        If this run has not deleted that token, somebody else has. Then the create has another reason than before.
        """
        if self.begun is None or self.live is None:
            return self.begun
        return replace(self.begun, reason="it no longer exists", cause="declaration")

    def tell_of_lost_scope(self) -> None:
        """Add to the failure which scope the next run cannot copy, since the token that had it is gone."""
        if self.begun is None or self.declared.scope is not None or self.failure is None or self.created is not None:
            return
        scope, template = self.begun.new.scope, self._next_template()
        if scope is not None and (template is None or scope_differs(scope, template.scope)):
            self.stop(
                f"{self.failure}; declare its scope {sorted(scope)} before the next run, for the token that had it is "
                "gone"
            )

    def _next_template(self) -> Token | None:
        """Return the token from which the next run would copy, None if there is none, or nobody can tell."""
        gone = {step.token.id for step in self.done if isinstance(step, Delete)}
        there = [self.renamed.get(token.id, token) for token in self.plan.family if token.id not in gone]
        try:
            return template_of(find_family(self.declared, there, unclaimed=()))
        except PlanError:
            return None

    def stop(self, why: str) -> None:
        """Give the token up, with a reason that already names it."""
        self._stopped, self.failure = True, why

    def fail(self, why: str) -> None:
        """Give the token up."""
        self.stop(f"{self.declared.label}: {why}")

    @property
    def untouched(self) -> str:
        """What to add to a failure where nothing was done to the token, else nothing."""
        return "" if self.done or self._left_behind is not None else "; nothing was done to the token"

    def refuse(self, why: str, advice: str = "") -> None:
        """Give the token up before a write, with what to do."""
        self._stop_before_write(f"{self.declared.label}: {why}", advice)

    def _stop_before_write(self, why: str, advice: str = "") -> None:
        """Give the token up before a write, with a reason that already names it.

        What a conflict has left behind comes first: there may be a token that nobody knows of.
        """
        left = "" if self._left_behind is None else f"{self._left_behind}; then: "
        self.stop(f"{left}{why}{self.untouched}{advice}")

    def conclude(self) -> None:
        """Fail for what the plan says, foresees or has noticed, now that all its steps are done."""
        if self.failure is not None:
            if self.declared.refusal is not None or self._left_behind is not None:
                self._stop_before_write(self.failure)
            return
        doomed, alarm = self.plan.doomed, self.plan.alarm
        if alarm is not None and (doomed is not None or not self.is_stored_by_run):
            # With a store of the caller's own, a failure would withhold the new secret from the tasks that store it.
            self.plan = replace(self.plan, warnings=(*self.plan.warnings, alarm))
        elif alarm is not None:
            self.stop(alarm)
        if doomed is not None:
            self.stop(doomed)

    def doubt(self, text: str) -> None:
        """Fail for something that may not be done, or only warn, where a failure would withhold the new secret."""
        if self.created is not None and self.failure is None and not self.is_stored_by_run:
            self.plan = replace(self.plan, warnings=(*self.plan.warnings, text))
        else:
            self.stop(text if self.failure is None else f"{self.failure}; and {text}")

    def stop_creating(self) -> None:
        """Give the token up, since the run has lost the answers to as many creates as it may."""
        own = ": its own among them, whose token may exist and has a secret that nobody knows"
        self.fail(
            "no further create was sent, since two had no answer in this run"
            f"{own if self.lost_a_create else ''}; run again in a minute"
        )

    def told_with(self, error: IscError) -> str:
        """Return an error's text, after that of a lost create: there may be a token that nobody knows of."""
        lost = self._conflict.error if self._conflict is not None else None
        return f"{lost}; then: {error}" if isinstance(lost, LostAnswerError) else str(error)

    def begin(self, plan: TokenPlan, now: datetime) -> None:
        """Take up the plan of a pass, unless it could only come to the same refusal."""
        conflict, self._conflict = self._conflict, None
        if conflict is None:
            self.before = plan.family
        self.now = now
        self.probed, self.entry_is_begun = None, False
        self.take_up(plan)
        if conflict is None or isinstance(conflict.error, LostAnswerError) or conflict.left != _signature(plan.steps):
            return
        if self.lost_a_create or isinstance(conflict.error, NotFoundError):
            # The refused create tells that the lost one was processed, and the 404 that a token is gone: where the list
            # lags behind that, wait.
            self._conflict = conflict
        else:
            self.stop(str(conflict.error))

    def take_up(self, plan: TokenPlan) -> None:
        """Take up a plan."""
        self.plan, self.live, self.failure = plan, plan.live, plan.failure
        if plan.deferred is not None and self._left_behind is not None:
            # A failure tells it, and so does a create that is sent again. Nothing else would.
            self.plan = replace(plan, warnings=(*plan.warnings, str(self._left_behind)))

    def meet(self, error: IscError, step: Step, known: frozenset[str]) -> None:
        """Note that ``step`` met a conflict; ``known`` are the ids of all tokens known before it."""
        steps = self.plan.steps
        self._conflict = _Conflict(error, _signature(steps[steps.index(step) :]))
        if isinstance(error, (LostAnswerError, StoreChangedError)):
            self._left_behind = error
        if isinstance(error, LostAnswerError) and self._known_before_lost is None:
            self._known_before_lost = known

    def meet_in_store(self, error: StoreChangedError) -> None:
        """Note that the store had changed before the first step. What it holds now leads to another plan."""
        self._conflict = _Conflict(StoreChangedError(f"{self.declared.label}: {error}"), (("store", ""),))

    def read_again(self) -> None:
        """Read the store again, if it was the store that had changed: another run may have been first."""
        kept, changed = self.kept, self._conflict.error if self._conflict else None
        if kept is None or kept.entry is None or not isinstance(changed, StoreChangedError):
            return
        try:
            present = kept.entry.read()
            former = None if kept.former is None else kept.former.read_undeleted()
        except StoreError as error:
            self.stop(f"{changed}; then: {error}")
            return
        if former is not None:
            self._stop_before_write(str(changed))
            return
        # Another run has moved the entry, and may have replaced what is in it since.
        kept.former, kept.credentials = None, present
        client_id = kept.credentials.client_id if kept.credentials else ""
        kept.grant = None
        self.declared = replace(self.declared, stored_client_id=client_id, stored_is_dead=False)

    def unclaimed(self, present: Sequence[Token]) -> set[str]:
        """Return the ids of the tokens that a create must have made whose answer was lost."""
        if self._known_before_lost is None:
            return set()
        return {t.id for t in present if t.name == self.declared.name and t.id not in self._known_before_lost}

    def give_up(self, passes: int) -> None:
        """Fail after the last pass, if a conflict is left."""
        if self._conflict is not None:
            shown = ", although the list still shows it" if isinstance(self._conflict.error, NotFoundError) else ""
            self.stop(
                f"{self._conflict.error}{shown} (listed and planned again {passes - 1} times; run again in a minute)"
            )


class Outcomes(list[Outcome]):
    """What became of the tokens of a run, the tokens that it was not about, and the warnings about none of them."""

    undeclared: tuple[Token, ...] = ()
    warnings: tuple[str, ...] = ()
    owner_id: str | None = None

    def show_what_is_left(self, own_id: str | None) -> None:
        """Set what there is beside each live token; ``own_id`` is what the run authenticates with."""
        gone = {step.token.id for outcome in self for step in outcome.done if isinstance(step, Delete)}
        for outcome in self:
            outcome.show_what_is_left(gone, own_id)


def explained(error: IscError, declared: Declared, step: Step) -> IscError:
    """Return the error of a step; that of a refused create says which of its values nobody has declared."""
    if not isinstance(step, Create) or not isinstance(error, ApiError) or error.status != 400:
        return error
    fields = " and ".join(copied_fields(declared, step.new))
    note = f" ({fields} copied from the token that it replaces: declare what is to change)" if fields else ""
    return ApiError(f"{error}{note}", error.status, error.detail_code, error.tracking_id)


def _signature(steps: Sequence[Step]) -> tuple[tuple[str, str], ...]:
    """Return what a sequence of steps amounts to, whatever its time and its reasons."""
    return tuple(
        (type(step).__name__, step.new.name if isinstance(step, Create) else f"{step.token.id} {step.token.name}")
        for step in steps
    )
