# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An owner's tokens and two stores as an immutable value, what each call makes of them, and what must hold throughout.

Time stands still at NOW: instead of the clock moving on, the tokens grow older.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Callable

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    ApiError,
    ConnectionFailedError,
    IscError,
    LostAnswerError,
    NotFoundError,
    StoreChangedError,
    StoreError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    CreatedToken,
    Grant,
    Listing,
    Token,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW, days, hours, id_of, secret_of, token

NAME = "NAME"
YOUNG = hours(1)
"""How old the design lets a token grow before anybody may delete it."""

FOREIGN = id_of(7)
"""A token of another identity: its credentials work, and no list shows it."""

Key = tuple[tuple[Token, ...], tuple[str, ...], frozenset[int]]


class Broken(Exception):  # noqa: N818
    """A promise is broken; the text says which one and how."""


@dataclass(frozen=True, eq=False)
class World:
    """The tokens of an owner, the id that each store holds, and which stores have ever held a living one.

    Made by ``world_of`` alone, so that equal worlds are one object: a search compares and hashes them all the time.
    """

    tokens: tuple[Token, ...]
    stores: tuple[str, ...]
    kept: frozenset[int]

    def find(self, token_id: str) -> Token | None:
        return next((one for one in self.tokens if one.id == token_id), None)

    @property
    def living(self) -> frozenset[str]:
        """The ids whose credentials work."""
        return frozenset({FOREIGN, *(one.id for one in self.tokens if not one.is_expired(NOW))})


_WORLDS: dict[Key, World] = {}


def world_of(tokens: tuple[Token, ...], stores: tuple[str, ...], kept: frozenset[int] = frozenset()) -> World:
    """Return the world of these tokens. Raises Broken where a store held working credentials and no longer does."""
    key = (tuple(sorted(tokens, key=lambda one: one.id)), stores, kept)
    if key not in _WORLDS:
        world = World(*key)
        for number in kept:
            if stores[number] not in world.living:
                raise Broken(f"P4: the store holds {stores[number][:8] or 'nothing'}, which does not work")
        keeping = kept | {number for number, stored in enumerate(stores) if stored in world.living}
        _WORLDS[key] = world if keeping == kept else world_of(tokens, stores, keeping)
    return _WORLDS[key]


def aged(world: World, by: timedelta) -> World:
    """Return the world as it is later, each store's token having been used each day until then."""
    tokens = []
    for one in world.tokens:
        used = NOW - hours(1) if one.id in world.stores else one.last_used and one.last_used - by
        expires = one.expiration_date and one.expiration_date - by
        tokens.append(replace(one, created=one.created - by, last_used=used, expiration_date=expires))
    return world_of(tuple(tokens), world.stores, world.kept)


@dataclass(frozen=True)
class Terms:
    """What holds for a run: the overlap that P5 keeps, the number of its store, and how many tokens there may be."""

    overlap: timedelta
    at: int = 0
    slots: int = 10


@dataclass(frozen=True)
class Call:
    """One step of a run: an operation of the API or the store, with its arguments; ``token_id`` is whom it is about."""

    operation: str
    token_id: str = ""
    detail: Any = None

    def __str__(self) -> str:
        return " ".join(filter(None, (self.operation, self.token_id[:8], getattr(self.detail, "name", None))))


@dataclass(frozen=True)
class Answer:
    """What a call answers: a value, or an error by the name that ERRORS knows it by."""

    value: Any = None
    error: str = ""

    def give(self) -> Any:
        if self.error:
            raise ERRORS[self.error]()
        return self.value


ERRORS: dict[str, Callable[[], IscError]] = {
    "lost create": lambda: LostAnswerError("the answer to a create was lost"),
    "lost": lambda: ConnectionFailedError("no answer"),
    "store changed": lambda: StoreChangedError("the store has changed"),
    "store failed": lambda: StoreError("the store failed"),
    "not found": lambda: NotFoundError("no such token", 404),
    "refused": lambda: ApiError("the server refused", 409),
    "denied": lambda: ApiError("the credentials are refused", 401),
}

Effect = tuple[Answer, World]


def perform(world: World, call: Call, terms: Terms) -> Effect:
    """Return what a call answers and the world after it. Raises Broken where it breaks a promise."""
    try:
        effect: Effect = getattr(_Effects(world, terms), call.operation)(call)
    except Broken as broken:
        raise Broken(f"{broken}, by {call}") from None
    return effect


class _Effects:
    """What each operation does, by its name."""

    def __init__(self, world: World, terms: Terms) -> None:
        self.world, self.terms = world, terms
        self.stored = world.stores[terms.at]

    def _with(self, *tokens: Token, gone: str = "", stored: str | None = None) -> World:
        merged = {**{one.id: one for one in self.world.tokens}, **{one.id: one for one in tokens}}
        merged.pop(gone, None)
        stores = list(self.world.stores)
        stores[self.terms.at] = self.stored if stored is None else stored
        return world_of(tuple(merged.values()), tuple(stores), self.world.kept)

    def read(self, call: Call) -> Effect:
        return Answer(self.stored), self.world

    def prepare(self, call: Call) -> Effect:
        return Answer(), self.world

    def write(self, call: Call) -> Effect:
        if call.detail is not None and self.stored not in (call.token_id, call.detail):
            return Answer(error="store changed"), self.world
        if self.stored == FOREIGN:
            raise Broken("P5: what another identity uses is overwritten")
        return Answer(), self._with(stored=call.token_id)

    def list(self, call: Call) -> Effect:
        return Answer(Listing(self.world.tokens, NOW)), self.world

    def create(self, call: Call) -> Effect:
        new = call.detail
        if self._is_taken(new.name) or len(self.world.tokens) >= self.terms.slots:
            return Answer(error="refused"), self.world
        made = replace(
            token(name=new.name, age=timedelta(), scope=new.scope or ["sp:scopes:all"]),
            id=call.token_id,
            expiration_date=new.expiration_date,
        )
        return Answer(CreatedToken(made, secret_of(made.id))), self._with(made)

    def patch(self, call: Call) -> Effect:
        was = self.world.find(call.token_id)
        if was is None:
            return Answer(error="not found"), self.world
        name = call.detail.name or was.name
        if name != was.name and self._is_taken(name):
            return Answer(error="refused"), self.world
        patched = replace(was, name=name)
        return Answer(patched), self._with(patched)

    def grant(self, call: Call) -> Effect:
        if call.token_id not in self.world.living:
            return Answer(error="denied"), self.world
        if call.token_id == FOREIGN:
            return Answer(Grant(Secret("not-a-real-bearer"), 43200, None, "another.user")), self.world
        holder = next(one for one in self.world.tokens if one.id == call.token_id)
        if holder.last_used is None or NOW - holder.last_used >= days(1):
            holder = replace(holder, last_used=NOW)
        return Answer(Grant(Secret("not-a-real-bearer"), 43200, holder.scope, "a.user")), self._with(holder)

    def delete(self, call: Call) -> Effect:
        going = self.world.find(call.token_id)
        if going is None:
            return Answer(error="not found"), self.world
        if NOW - going.created < YOUNG:
            raise Broken("P5: a token younger than an hour is deleted")
        if self.terms.overlap and going.last_used is not None and NOW - going.last_used < self.terms.overlap + days(1):
            raise Broken("P5: a token in use is deleted")
        return Answer(), self._with(gone=going.id)

    def _is_taken(self, name: str) -> bool:
        return any(one.name == name for one in self.world.tokens)


# What a lost answer looks like to the caller; the effect may be there or not.
_LOST = {"create": "lost create", "read": "store failed", "prepare": "store failed", "write": "store failed"}
_SENT_AGAIN = ("patch", "delete", "grant")


@dataclass(frozen=True)
class Move:
    """One way that a call can go: with how many faults, and with an answer, or none: then it is sent once more."""

    label: str
    faults: int
    answer: Answer | None
    world: World


def moves(world: World, call: Call, terms: Terms) -> tuple[Move, ...]:
    """Return every way that a call can go in a world, the one without a fault first. Raises Broken."""
    answer, after = perform(world, call, terms)
    lost = Answer(error=_LOST.get(call.operation, "lost"))
    found = [Move(str(call), 0, answer, after), Move(f"{call}: lost before it was done", 1, lost, world)]
    if after is not world:
        found.append(Move(f"{call}: done, but the answer lost", 1, lost, after))
    if after is not world and call.operation in _SENT_AGAIN:
        found.append(Move(f"{call}: done, the answer lost, and about to be sent again", 1, None, after))
    return tuple(found)
