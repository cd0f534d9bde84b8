# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Runs over the API in memory, and a store that notes its calls there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
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
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import Run
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_api import FakeApi
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import V1, secret_of


def run(**values: Any) -> Run:
    """Return a run that does not wait."""
    return Run(**{"version": V1, "own_id": None, "sleep": lambda seconds: None, **values})


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
    """A store in memory, of which every call is noted in the API's calls, so that their order can be told.

    ``fails`` names the call that raises; with ``landed`` a write that raises has taken effect all the same.
    """

    def __init__(self, api: FakeApi, client_id: str = "", fails: str = "", landed: bool = False) -> None:
        self.client_id, self.secret = client_id, secret_of(client_id)
        self._api, self._fails, self._landed = api, fails, landed

    def read(self) -> Credentials | None:
        self._note("read")
        return Credentials("", self.client_id, self.secret) if self.client_id else None

    def prepare(self, probe: bool) -> None:
        self._note(f"prepare{'' if probe else ' by looking'}")

    def write(self, credentials: Credentials) -> None:
        if self._fails != "write" or self._landed:
            self.client_id, self.secret = credentials.client_id, credentials.client_secret
        self._note("write")

    def remove(self) -> None:
        self._note("remove")
        self.client_id = ""

    @property
    def works(self) -> bool:
        holder = self._api.tokens.get(self.client_id)
        return holder is not None and self.secret == secret_of(self.client_id)

    def _note(self, call: str) -> None:
        self._api.calls.append(f"store: {call}")
        if call.split()[0] == self._fails:
            raise StoreError("credentials file FAKE: no space left")
