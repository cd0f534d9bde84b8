# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the steps of a plan, and the plan as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Union

from .._base.model import ApiVersion, Approved, Changes, Declared, NewToken, Token


@dataclass(frozen=True)
class Facts:
    """What a plan depends on, beside the declarations and the tokens.

    ``now`` is in UTC. ``clock_is_servers`` says that it comes from the server; if not, nothing is deleted because of
    its age. ``own_id`` is the token that the run authenticates with, None if that is unknown. ``unclaimed`` are ids
    whose create's answer was lost in this run. ``in_use`` are ids that no declaration may retire: the tokens that a
    store holds, and those that this run has finished. ``approved`` is all that may be done, None for anything.
    ``held`` are the tokens, by their place in the plan, of which no step will be carried out: they take no slot of the
    quota, and free none but those of their expired tokens and remnants. ``begun`` are creates that were planned when
    this run deleted tokens of their family, and that have not succeeded.
    """

    version: ApiVersion
    now: datetime
    clock_is_servers: bool = True
    own_id: str | None = None
    max_tokens: int = 10
    unclaimed: Collection[str] = frozenset()
    in_use: Collection[str] = frozenset()
    approved: Approved | None = None
    held: Collection[int] = frozenset()
    begun: tuple[Create, ...] = ()


Cause = Literal["declaration", "time"]
"""What brings a step about: that the tokens are not as declared, or time alone, as with a rotation or a clean-up."""


@dataclass(frozen=True)
class Delete:
    """Delete a token."""

    token: Token
    reason: str
    cause: Cause = "declaration"


@dataclass(frozen=True)
class Patch:
    """Patch a token.

    Only a rename can be brought about by time: one that a due rotation needs, or that ends what a run has left.
    ``delete_if_refused`` says that the token has expired. If the server refuses to rename it, it may be deleted, since
    it is dead anyway.
    """

    token: Token
    changes: Changes
    reason: str
    delete_if_refused: bool = False
    cause: Cause = "declaration"


@dataclass(frozen=True)
class Create:
    """Create a token; ``made`` is its id afterwards."""

    new: NewToken
    reason: str
    made: str | None = None
    cause: Cause = "declaration"


@dataclass(frozen=True)
class Forget:
    """Remove the store's entry of a token that is to be absent; with a store, this is always the first step."""

    name: str
    client_id: str
    reason: str
    cause: Cause = "declaration"


@dataclass(frozen=True)
class Move:
    """Move the store's entry of a renamed token to the place of its new name, before any other step."""

    name: str
    client_id: str
    reason: str
    cause: Cause = "declaration"


Step = Union[Delete, Patch, Create]


@dataclass(frozen=True)
class Previous:
    """A token of a family that is no longer live, as it will be after the plan."""

    token: Token
    may_go_at: datetime
    in_use: bool
    is_own: bool


@dataclass(frozen=True)
class TokenPlan:
    """The plan for one declared token.

    ``family`` are its tokens before the plan, ``live`` the one among them whose credentials are in use.
    ``deletions``, ``patches``, ``creation`` and ``revocations`` are its steps, in order; ``failure`` says why there are
    none, or only deletions. ``doomed`` says why the token will expire for want of a free slot, whatever this run does.
    ``alarm`` says what is wrong with the store, although all steps can be done.
    """

    declared: Declared
    live: Token | None = None
    family: tuple[Token, ...] = ()
    deletions: tuple[Delete, ...] = ()
    patches: tuple[Patch, ...] = ()
    creation: tuple[Step, ...] = ()
    revocations: tuple[Delete, ...] = ()
    warnings: tuple[str, ...] = ()
    deferred: str | None = None
    failure: str | None = None
    doomed: str | None = None
    alarm: str | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """All its steps in the order in which they are carried out."""
        return (*self.deletions, *self.patches, *self.creation, *self.revocations)


@dataclass(frozen=True)
class Plan:
    """The plan for the tokens of one owner: all declared ones in the order of their declaration, then the pruned."""

    tokens: tuple[TokenPlan, ...]
    creation_order: tuple[int, ...]
    own_id: str | None
    now: datetime
    undeclared: tuple[Token, ...] = ()

    def steps(self) -> Iterator[tuple[int, Step]]:
        """Yield every step with the index of its token, in the order in which they are carried out.

        What may go is deleted first, since that frees the quota; the token that the run authenticates with goes last.
        """
        deletions = [(index, step) for index, token in enumerate(self.tokens) for step in token.deletions]
        revocations = [(index, step) for index, token in enumerate(self.tokens) for step in token.revocations]
        yield from (pair for pair in deletions if pair[1].token.id != self.own_id)
        for index, token in enumerate(self.tokens):
            yield from ((index, step) for step in token.patches)
        for index in self.creation_order:
            yield from ((index, step) for step in self.tokens[index].creation)
        yield from (pair for pair in revocations if pair[1].token.id != self.own_id)
        yield from (pair for pair in [*revocations, *deletions] if pair[1].token.id == self.own_id)
