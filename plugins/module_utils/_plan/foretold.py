# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: in which nights the runs to come take tokens over into a store.

There is no formula of its own here: the planner itself is asked, night after night, and what it says is done to the
tokens in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .._base.model import SHORTEST_FORCED_EXPIRY, Declared, NewToken, Owner, Token
from .._base.names import family_name, is_previous
from .due import RUN_INTERVAL
from .planner import make_plan
from .retirement import LAST_USED_LAG
from .steps import Create, Delete, Facts, Step

NIGHTS = 400
"""The most nights that are foretold: with ten tokens it takes no longer, or never ends."""

DAYTIME = RUN_INTERVAL / 2
"""From a run to the use of the tokens on the day after it."""

USED_WITHIN = timedelta(days=8)
"""A token that was used within these days is taken to be used every day."""


_FORETOLD = "f04e701d" * 3
"""The end of the ids of tokens that are yet to be made."""


@dataclass(frozen=True)
class Takeover:
    """When a token of the store replaces one that was made by hand: on ``night``, counted from 1, at ``at``.

    ``gone_on`` is the night in which the old one is deleted. ``expired_at`` is when it has expired before its turn.
    """

    name: str
    night: int
    at: datetime
    gone_on: int | None = None
    expired_at: datetime | None = None


@dataclass(frozen=True)
class Foretold:
    """What the nights bring: the takeovers in their order, and what goes wrong, by name.

    ``waiting`` are the names that no night has taken over.
    """

    takeovers: tuple[Takeover, ...]
    free_slots: int
    problems: dict[str, str] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()

    @property
    def nights(self) -> int:
        """How many nights it takes until all are stored."""
        return max((one.night for one in self.takeovers), default=0)

    @property
    def ends_on(self) -> int | None:
        """The night in which the last old token goes, None if that is not to be foreseen."""
        ends = [one.gone_on for one in self.takeovers]
        return None if None in ends else max((end for end in ends if end is not None), default=0)


def foretell(declared: Sequence[Declared], present: Sequence[Token], facts: Facts) -> Foretold:
    """Return what a run every night from ``facts.now`` on does, if everybody reads the store on the day after it.

    A token that is in use now is taken to be used every day, and on the day after its takeover for the last time.
    """
    nights = _Nights(declared, present, facts)
    for number in range(1, NIGHTS + 1):
        nights.live(number)
        if nights.is_over:
            break
    waiting = tuple(one.name or "" for one in nights.declared if one.name and not one.stored_client_id)
    free = facts.max_tokens - sum(not token.managed for token in present)
    return Foretold(tuple(nights.takeovers.values()), max(0, free), nights.problems, waiting)


class _Nights:
    """The tokens from night to night, as the plans change them."""

    def __init__(self, declared: Sequence[Declared], present: Sequence[Token], facts: Facts) -> None:
        self.declared = list(declared)
        self.takeovers: dict[str, Takeover] = {}
        self.problems: dict[str, str] = {}
        self._tokens = {token.id: token for token in present}
        self._by_hand = frozenset(self._tokens)
        self._wanted = {one.name for one in declared if not one.stored_client_id}
        self._ends = {token.name: token.expiration_date for token in present}
        self._facts = facts
        self._in_use = {token.id for token in present if self._was_used_within(token.id, USED_WITHIN)}

    @property
    def is_over(self) -> bool:
        """Whether no later night takes a token over, or deletes one that was replaced."""
        waiting = [one for one in self.declared if not one.stored_client_id and one.name not in self.problems]
        return not waiting and all(one.gone_on is not None for one in self.takeovers.values())

    def live(self, number: int) -> None:
        """Live through a night, and the day after it."""
        now = self._facts.now + (number - 1) * RUN_INTERVAL
        replaced_before = {token.id for token in self._tokens.values() if is_previous(token)}
        plan = make_plan(self.declared, tuple(self._tokens.values()), replace(self._facts, now=now))
        for one in plan.tokens:
            problem = one.failure or one.doomed
            if problem is not None:
                self.problems.setdefault(one.declared.name or "", problem)
        for position, step in plan.steps():
            self._do(number, position, step, now)
        for name, takeover in self.takeovers.items():
            if takeover.gone_on is None and not self._is_left(name):
                self.takeovers[name] = replace(takeover, gone_on=number)
        if number == 1:
            # What was replaced yesterday may be used once more today.
            replaced_before -= {each for each in replaced_before if self._was_used_within(each, LAST_USED_LAG)}
        for token_id in self._in_use - replaced_before:
            if token_id in self._tokens:
                self._tokens[token_id] = replace(self._tokens[token_id], last_used=now + DAYTIME)

    def _do(self, number: int, position: int, step: Step, now: datetime) -> None:
        if isinstance(step, Create):
            made = f"{number:04x}{position:04x}{_FORETOLD}"
            self._tokens[made] = self._made(made, step.new, now)
            self._in_use.add(made)
            self.declared[position] = replace(self.declared[position], stored_client_id=made)
            if step.new.name in self._wanted:
                end = self._ends.get(step.new.name)
                late = end if end is not None and end <= now else None
                self.takeovers.setdefault(step.new.name, Takeover(step.new.name, number, now, expired_at=late))
        elif isinstance(step, Delete):
            self._tokens.pop(step.token.id, None)
        else:
            self._tokens[step.token.id] = step.changes.made_to(self._tokens[step.token.id])

    def _made(self, token_id: str, new: NewToken, now: datetime) -> Token:
        """Return what a create makes; it is proved at once."""
        end = new.expiration_date
        if end is None and not self._facts.version.patches_expiry:
            end = now + SHORTEST_FORCED_EXPIRY
        return Token(token_id, new.name, new.scope, Owner("", ""), now, now, end, new.access_token_validity_seconds)

    def _was_used_within(self, token_id: str, duration: timedelta) -> bool:
        token = self._tokens.get(token_id)
        return token is not None and token.last_used is not None and self._facts.now - token.last_used <= duration

    def _is_left(self, name: str) -> bool:
        """Return whether a token of a name is left that was made by hand."""
        return any(family_name(self._tokens[each]) == name for each in self._by_hand if each in self._tokens)
