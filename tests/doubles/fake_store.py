# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Runs over the API in memory, and a store that notes its calls there."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    StoreChangedError,
    StoreError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    Credentials,
    Token,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import (
    Create,
    Delete,
    Step,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.applier import Run
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.outcome import Kept
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import V1, secret_of


def run(**values: Any) -> Run:
    """Return a run."""
    return Run(**{"version": V1, "own_id": None, **values})


def carry_out(plan_steps: Iterable[tuple[int, Step]], api: FakeApi) -> list[Sequence[Token]]:
    """Carry the steps of a plan out one by one, as they stand; return the tokens after each."""
    states: list[Sequence[Token]] = []
    for _index, step in plan_steps:
        if isinstance(step, Delete):
            api.delete(step.token)
        elif isinstance(step, Create):
            api.create(step.new)
        else:
            api.patch(step.token, step.changes)
        states.append(tuple(api.tokens.values()))
    return states


class FakeStore:
    """The entry of a store in memory, of which every call is noted in the API's calls, so that their order can be told.

    ``fails`` names the call that raises; with ``landed`` a call that raises has taken effect all the same. A removal
    that will fail is found by looking, unless ``foresees`` is false. With ``compares`` false the store replaces and
    removes whatever it holds, as a store does that cannot compare and set.
    """

    def __init__(
        self,
        api: FakeApi,
        client_id: str = "",
        fails: str = "",
        landed: bool = False,
        compares: bool = True,
        where: str = "file FAKE",
    ) -> None:
        self.where = where
        self.store: Hashable = id(self)
        self.fails = fails
        self.foresees = True
        self.hold(client_id)
        self._api, self._landed, self._compares = api, landed, compares
        self._meanwhile: dict[str, list[Callable[[], object]]] = {}

    def hold(self, client_id: str) -> None:
        """Hold a token's credentials, as another run would have written them."""
        self.client_id, self.secret = client_id, secret_of(client_id)

    def before(self, operation: str, *changes: Callable[[], object]) -> None:
        """Let another run do this just before each of the next calls of an operation, one after the other."""
        self._meanwhile[operation] = list(changes)

    @property
    def held(self) -> Credentials | None:
        """What is held, without a call."""
        return Credentials("", self.client_id, self.secret) if self.client_id else None

    def read(self) -> Credentials | None:
        self._begin("read")
        self._end("read")
        return self.held

    def read_undeleted(self) -> Credentials | None:
        return self.read()

    def prepare(self, probe: bool) -> None:
        self._begin("prepare", "" if probe else " by looking")
        self._end("prepare")

    def write(self, new: Credentials, replacing: Credentials | None) -> None:
        self._begin("write")
        if not _are_same(self.held, new):
            self._refuse_change(replacing)
        if self.fails != "write" or self._landed:
            self.client_id, self.secret = new.client_id, new.client_secret
        self._end("write")

    def look_before_removal(self) -> None:
        self._begin("look before removal")
        if self.foresees:
            self._end("remove")

    def remove(self, replacing: Credentials) -> None:
        self._begin("remove")
        if self.held is not None:
            self._refuse_change(replacing)
        if self.fails != "remove" or self._landed:
            self.hold("")
        self._end("remove")

    @property
    def works(self) -> bool:
        holder = self._api.tokens.get(self.client_id)
        return holder is not None and self.secret == secret_of(self.client_id)

    def _begin(self, operation: str, how: str = "") -> None:
        changes = self._meanwhile.get(operation)
        if changes:
            changes.pop(0)()
        self._api.calls.append(f"store: {operation}{how}")

    def _refuse_change(self, replacing: Credentials | None) -> None:
        if self._compares and not _are_same(self.held, replacing):
            raise StoreChangedError(f"{self.where}: another program has changed it")

    def _end(self, operation: str) -> None:
        if operation == self.fails:
            raise StoreError(f"{self.where}: no space left")


def _are_same(one: Credentials | None, other: Credentials | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.client_id, one.client_secret) == (other.client_id, other.client_secret)


def kept_in(store: FakeStore | None, former: FakeStore | None = None) -> Kept | None:
    """Return what a run has read of a store, or of a former entry, before it began."""
    if store is None:
        return None
    return Kept(store, store.held or (former.held if former else None), former)
