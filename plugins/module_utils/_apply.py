# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries plans out against the API. Check mode lives here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import zip_longest
from typing import Callable, Protocol

from ._errors import ApiError, IscError, LostAnswerError, NotFoundError, StoreError
from ._model import ApiVersion, Changes, CreatedToken, Credentials, Declared, Grant, Listing, NewToken, Token
from ._plan import Create, Delete, Facts, Forget, Patch, Plan, Step, TokenPlan, make_plan
from ._prune import Prune
from ._secrets import Secret
from ._time import format_moment, same_second

PASSES = 4
"""One pass, and at most 3 more after conflicts."""

_NEVER_A_CONFLICT = (401, 403, 429)

CREDENTIALS_REFUSED = (400, 401)
"""What ``/oauth/token`` answers to credentials that are not good; which of the two is unknown."""

PROOF_PAUSES = (1, 2, 4, 8, 15, 30)
"""Seconds to wait between the tries to prove new credentials, which may take a while to be known everywhere."""


class TokenApi(Protocol):
    """What the applier needs of the API."""

    def list(self, owner: str) -> Listing:
        """List the tokens of an owner."""

    def create(self, new: NewToken) -> CreatedToken:
        """Create a token."""

    def patch(self, token: Token, changes: Changes) -> Token:
        """Patch a token."""

    def delete(self, token: Token) -> None:
        """Delete a token."""

    def grant(self, client_id: str, client_secret: Secret) -> Grant:
        """Exchange credentials for a bearer token."""


class Store(Protocol):
    """Where the credentials of one token are kept: the commit record. Every call raises StoreError."""

    def prepare(self, probe: bool) -> None:
        """See that a write can be expected to work: with ``probe`` by trying, else by looking only."""

    def write(self, credentials: Credentials) -> object:
        """Replace what is kept, at once and as a whole."""

    def remove(self) -> None:
        """Keep nothing any more."""


@dataclass(frozen=True)
class Run:
    """What holds for a whole run: whose tokens, under which rules, and whether to write.

    ``own_id`` is the token that the run authenticates with, None where that is unknown. ``base_url`` is where the
    credentials are good for that go into stores, ``prune`` which tokens go that nobody declares, and ``spared`` are ids
    of tokens that another run may authenticate with.
    """

    version: ApiVersion
    own_id: str | None
    sleep: Callable[[float], None]
    max_tokens: int = 10
    owner: str = "me"
    check_mode: bool = False
    base_url: str = ""
    prune: Prune | None = None
    spared: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Conflict:
    """Why a token's plan could not be carried out to its end, and which of its steps were left."""

    error: IscError
    left: tuple[tuple[str, str], ...]


@dataclass
class Outcome:
    """What became of one declared or pruned token.

    ``plan`` is the last one made for it, at ``now`` (UTC), ``before`` its family as first listed, ``done`` the steps
    carried out (in check mode: that would be). ``live`` is the token that is live afterwards, in check mode None where
    it would be a new one; ``created`` the new one with its secret, and ``grant`` what proved it. ``failure`` says why
    it is not as declared.
    """

    declared: Declared
    plan: TokenPlan
    now: datetime
    store: Store | None = None
    before: tuple[Token, ...] = ()
    done: list[Step | Forget] = field(default_factory=list)
    live: Token | None = None
    created: CreatedToken | None = None
    grant: Grant | None = None
    failure: str | None = None
    _stopped: bool = False
    _conflict: _Conflict | None = None
    _known_before_lost: frozenset[str] | None = None

    @property
    def proceeds(self) -> bool:
        """Tell whether the next step of the plan may be carried out."""
        return self._conflict is None and not self._stopped

    @property
    def pending(self) -> bool:
        """Tell whether a conflict has to be looked into with a fresh list."""
        return self._conflict is not None and not self._stopped

    @property
    def lost_a_create(self) -> bool:
        """Tell whether the answer to a create was lost, so that nobody knows whether it was processed."""
        return self._known_before_lost is not None

    def stop(self, why: str) -> None:
        """Give the token up."""
        self._stopped, self.failure = True, why

    def told_with(self, error: IscError) -> str:
        """Return an error's text, behind that of a create whose answer was lost: a token may be there unknown."""
        lost = self._conflict.error if self._conflict is not None else None
        return f"{lost}; then: {error}" if isinstance(lost, LostAnswerError) else str(error)

    def begin(self, plan: TokenPlan, now: datetime) -> None:
        """Take up the plan of a pass, unless the same refusal is all that it could come to."""
        conflict, self._conflict = self._conflict, None
        if conflict is None:
            self.before = plan.family
        self.plan, self.now, self.live, self.failure = plan, now, plan.live, plan.failure
        if conflict is None or isinstance(conflict.error, LostAnswerError) or conflict.left != _signature(plan.steps):
            return
        if not self.lost_a_create:
            self.stop(str(conflict.error))
        else:
            # The refused create tells that the lost one was processed: the list lags behind it, so wait.
            self._conflict = conflict

    def meet(self, error: IscError, step: Step, known: frozenset[str]) -> None:
        """Note that ``step`` met a conflict; ``known`` are the ids of all tokens known before it."""
        steps = self.plan.steps
        self._conflict = _Conflict(error, _signature(steps[steps.index(step) :]))
        if isinstance(error, LostAnswerError) and self._known_before_lost is None:
            self._known_before_lost = known

    def unclaimed(self, present: Sequence[Token]) -> set[str]:
        """Return the ids of the tokens that a create whose answer was lost must have made."""
        if self._known_before_lost is None:
            return set()
        return {t.id for t in present if t.name == self.declared.name and t.id not in self._known_before_lost}

    def give_up(self) -> None:
        """Fail after the last pass."""
        if self._conflict is not None:
            self.stop(f"{self._conflict.error} (listed and planned anew {PASSES - 1} times; run again in a minute)")


def _signature(steps: Sequence[Step]) -> tuple[tuple[str, str], ...]:
    """Return what a sequence of steps amounts to, whatever the time and the reasons."""
    return tuple(
        (type(step).__name__, step.new.name if isinstance(step, Create) else f"{step.token.id} {step.token.name}")
        for step in steps
    )


class _Memory:
    """The run's own writes, which a list may lag behind (whether it can is unknown)."""

    def __init__(self) -> None:
        self.written: dict[str, Token] = {}
        self.gone: set[str] = set()

    def merge(self, listed: Sequence[Token]) -> tuple[Token, ...]:
        """Return the tokens as they are after the run's own writes."""
        tokens = {**{token.id: token for token in listed}, **self.written}
        return tuple(token for token in tokens.values() if token.id not in self.gone)

    def doubt(self, tokens: Sequence[Token]) -> None:
        """Believe the next list of these tokens, whatever the run has made of them."""
        for token in tokens:
            self.written.pop(token.id, None)


def reconcile(
    api: TokenApi, declared: Sequence[Declared], run: Run, stores: Sequence[Store | None] = ()
) -> list[Outcome]:
    """Make the tokens as declared, and return what became of each, in the order of ``declared``, then of the pruned.

    ``stores`` are in that order too; a declaration without one may have the answer of a store that its user keeps.
    One pass: list, plan, apply. Only a conflict (a token gone, a name taken, a create's answer lost) makes it list and
    plan again, for the tokens concerned, since a fresh list tells what an error's text does not.
    Raises IscError where the tokens cannot be listed.
    """
    memory = _Memory()
    now = datetime.now(timezone.utc)
    outcomes = [Outcome(one, TokenPlan(one), now, store) for one, store in zip_longest(declared, stores)]
    pending = outcomes
    for number in range(PASSES):
        if number:
            run.sleep(2.0 ** (number - 1))
        try:
            listing = api.list(run.owner)
        except IscError as error:
            if not number:
                raise
            # What was made before the conflict stays made, and its secret must not be lost.
            for outcome in pending:
                outcome.stop(outcome.told_with(error))
            break
        present = memory.merge(listing.tokens)
        facts = _facts(run, listing, present, outcomes)
        plan = make_plan([one.declared for one in pending], present, facts, None if number else run.prune)
        pruned = [Outcome(one.declared, one, facts.now) for one in plan.tokens[len(pending) :]]
        outcomes, pending = [*outcomes, *pruned], [*pending, *pruned]
        _carry_out(api, plan, pending, memory, run, present)
        pending = [outcome for outcome in pending if outcome.pending]
        if not pending:
            break
    else:
        for outcome in pending:
            outcome.give_up()
    return outcomes


def _carry_out(
    api: TokenApi, plan: Plan, outcomes: Sequence[Outcome], memory: _Memory, run: Run, present: Sequence[Token]
) -> None:
    """Carry a plan out; ``outcomes`` are those of its tokens."""
    for outcome, token_plan in zip(outcomes, plan.tokens):
        outcome.begin(token_plan, plan.now)
        _begin_store(outcome, run)
    for position, step in plan.steps():
        _attempt(api, outcomes[position], step, memory, run, present)


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
    )


def _begin_store(outcome: Outcome, run: Run) -> None:
    """Do what comes before the first step: see that a store can take new credentials, or remove its entry."""
    store, stored = outcome.store, outcome.declared.stored_client_id
    if store is None or outcome.failure is not None or not outcome.proceeds:
        return
    try:
        if outcome.plan.creation:
            store.prepare(probe=not run.check_mode)
        elif outcome.declared.state == "absent" and stored:
            if not run.check_mode:
                store.remove()
            outcome.done.append(Forget(outcome.declared.name or "", stored, "state is absent"))
    except StoreError as error:
        outcome.stop(f"{outcome.declared.label}: {error}; nothing was done to the token")


def _attempt(api: TokenApi, outcome: Outcome, step: Step, memory: _Memory, run: Run, present: Sequence[Token]) -> None:
    """Carry one step out, unless an earlier one of the same token was not."""
    if not outcome.proceeds:
        return
    if run.check_mode:
        _predict(outcome, step)
        return
    try:
        _write(api, outcome, step, memory, run)
    except IscError as error:
        if isinstance(error, NotFoundError) and isinstance(step, Patch):
            memory.gone.add(step.token.id)
        if _is_conflict(error, step):
            outcome.meet(error, step, frozenset(token.id for token in present) | frozenset(memory.written))
            if isinstance(step, Create) and not outcome.lost_a_create:
                # The name is taken, though it was freed: another run may have given it back.
                memory.doubt(outcome.plan.family)
        else:
            outcome.stop(str(error))


def _is_conflict(error: IscError, step: Step) -> bool:
    """Tell whether a fresh list may explain the error: a token gone, a name taken, or a create's answer lost."""
    if isinstance(error, (LostAnswerError, NotFoundError)):
        return True
    takes_a_name = isinstance(step, Create) or (isinstance(step, Patch) and step.changes.name is not None)
    return takes_a_name and isinstance(error, ApiError) and error.status not in _NEVER_A_CONFLICT


def _predict(outcome: Outcome, step: Step) -> None:
    outcome.done.append(step)
    if isinstance(step, Create) or (isinstance(step, Delete) and step.token is outcome.live):
        outcome.live = None
    elif isinstance(step, Patch) and outcome.live is not None and step.token.id == outcome.live.id:
        outcome.live = _patched(outcome.live, step.changes)


def _patched(token: Token, changes: Changes) -> Token:
    """Return a token as it is after a patch."""
    date = None if changes.never_expires else changes.expiration_date or token.expiration_date
    scope = token.scope if changes.scope is None else changes.scope
    return replace(token, name=changes.name or token.name, scope=scope, expiration_date=date)


def _write(api: TokenApi, outcome: Outcome, step: Step, memory: _Memory, run: Run) -> None:
    if isinstance(step, Delete):
        _delete(api, outcome, step, memory)
    elif isinstance(step, Patch):
        _patch(api, outcome, step, memory)
    else:
        created = api.create(step.new)
        memory.written[created.token.id] = created.token
        outcome.done.append(step)
        outcome.created = created
        if _hand_over(api, outcome, created, run):
            outcome.live = created.token
            _check_honoured(outcome, step.new, created.token, run.version)


def _hand_over(api: TokenApi, outcome: Outcome, created: CreatedToken, run: Run) -> bool:
    """Prove new credentials, then write them into the store, and tell whether they are the ones in use now.

    Nothing is deleted after a failed write: it may have landed all the same.
    """
    if outcome.declared.stored_client_id is None:
        return True
    what = f"{outcome.declared.label}: created as {created.token.id}, but"
    try:
        if outcome.declared.proves:
            outcome.grant = _prove(api, created, run)
    except IscError as error:
        outcome.stop(f"{what} its credentials could not be proved, so that the store was left as it is: {error}")
        return False
    try:
        if outcome.store is not None:
            outcome.store.write(Credentials(run.base_url, created.token.id, created.secret))
    except StoreError as error:
        outcome.stop(f"{what} its credentials are not known to be in the store: {error}; run again for another token")
        return False
    return True


def _prove(api: TokenApi, created: CreatedToken, run: Run) -> Grant:
    """Exchange new credentials for a bearer token, with patience; raise IscError if they are refused in the end."""
    for pause in PROOF_PAUSES:
        try:
            return api.grant(created.token.id, created.secret)
        except ApiError as error:
            if error.status not in CREDENTIALS_REFUSED:
                raise
        run.sleep(pause)
    return api.grant(created.token.id, created.secret)


def _delete(api: TokenApi, outcome: Outcome, step: Delete, memory: _Memory) -> None:
    # Where it is not found, somebody else, or a repeated request of ours, was first.
    with suppress(NotFoundError):
        api.delete(step.token)
    memory.gone.add(step.token.id)
    outcome.done.append(step)
    if outcome.live is not None and step.token.id == outcome.live.id:
        outcome.live = None


def _patch(api: TokenApi, outcome: Outcome, step: Patch, memory: _Memory) -> None:
    try:
        token = api.patch(step.token, step.changes)
    except ApiError as error:  # a 404 too: one server may hide what has expired, and where it is gone, so be it
        if not step.delete_if_refused or error.status in _NEVER_A_CONFLICT:
            raise
        _delete(api, outcome, Delete(step.token, "it has expired, and the server refuses to rename it"), memory)
        return
    memory.written[token.id] = token
    outcome.done.append(step)
    if outcome.live is not None and token.id == outcome.live.id:
        outcome.live = token


def _check_honoured(outcome: Outcome, new: NewToken, token: Token, version: ApiVersion) -> None:
    """Fail where the server made the token otherwise than asked: another rotation would come out the same."""
    asked, got = new.access_token_validity_seconds, token.access_token_validity_seconds
    if asked is not None and got is not None and asked != got:
        outcome.stop(
            f"{outcome.declared.label}: created as {token.id}, but the server made its access_token_validity_seconds "
            f"{got} instead of {asked}; declare a value that it accepts"
        )
    date = token.expiration_date
    if version.patches_expiry or new.expiration_date is None or (date and same_second(date, new.expiration_date)):
        return
    outcome.stop(
        f"{outcome.declared.label}: created as {token.id}, but the server made its expiration_date "
        f"{format_moment(date) if date else 'unset'} instead of {format_moment(new.expiration_date)}; declare one that "
        "it accepts"
    )
