# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""An API in memory to carry plans out on, with faults at any of its calls."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    ApiError,
    LostAnswerError,
    NotFoundError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    Changes,
    CreatedToken,
    Grant,
    Listing,
    NewToken,
    Token,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import show_changes
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import NOW, days, secret_of, token

FORCED_EXPIRY = timedelta(days=181)
"""The 6 months after which the fake API lets a token of an older version expire."""


Answer = TypeVar("Answer")
Fault = Callable[[Callable[[], Any]], Any]
"""Stands in for one call of the fake API: is given what the call would do, and answers or raises in its place."""


def normally(effect: Callable[[], Any]) -> Any:
    return effect()


def lost_before(effect: Callable[[], Any]) -> Any:
    raise LostAnswerError("the answer to a create was lost")


def lost_after(effect: Callable[[], Any]) -> Any:
    effect()
    raise LostAnswerError("the answer to a create was lost")


def refused(status: int) -> Fault:
    def fault(effect: Callable[[], Any]) -> Any:
        raise ApiError(f"the server refused: {status}", status)

    return fault


def raising(error: Exception) -> Fault:
    def fault(effect: Callable[[], Any]) -> Any:
        raise error

    return fault


def meanwhile(change: Callable[[], Any]) -> Fault:
    """Let another run change something just before the call."""

    def fault(effect: Callable[[], Any]) -> Any:
        change()
        return effect()

    return fault


class FakeApi:
    """An owner's tokens in memory, with the rules that decide over conflicts: unique names, and a quota.

    ``lag`` is by how many lists a list is behind. ``duplicate_status`` is what a taken name gets. ``makes`` are fields
    that the server sets on new tokens, whatever was asked. ``patience`` is how many seconds a run may wait between its
    calls; nothing really waits.
    """

    def __init__(
        self,
        *tokens: Token,
        now: datetime = NOW,
        has_date: bool = True,
        max_tokens: int = 10,
        lag: int = 0,
        duplicate_status: int = 409,
        forced_expiry: bool = False,
        makes: dict[str, Any] | None = None,
        patience: float = 300,
    ) -> None:
        self.tokens = {token.id: token for token in tokens}
        self.now, self.has_date = now, has_date
        self.max_tokens, self.lag, self.duplicate_status = max_tokens, lag, duplicate_status
        self.forced_expiry, self.makes = forced_expiry, makes or {}
        self.patience, self.waits = patience, list[float]()
        self.calls: list[str] = []
        self.faults: dict[str, list[Fault]] = {}
        self._states: list[tuple[Token, ...]] = []
        self._numbers = itertools.count(0xC0000000)

    def on(self, operation: str, *faults: Fault) -> None:
        """Let the next calls of an operation go like this, one after the other."""
        self.faults[operation] = list(faults)

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if call != "list" and not call.startswith(("grant", "store"))]

    @property
    def lists(self) -> int:
        return self.calls.count("list")

    @property
    def names(self) -> list[str]:
        return sorted(token.name for token in self.tokens.values())

    def named(self, name: str) -> Token:
        (found,) = [token for token in self.tokens.values() if token.name == name]
        return found

    def list(self, owner: str) -> Listing:
        self._states.append(tuple(self.tokens.values()))
        return self._call("list", "list", self._list)

    def _list(self) -> Listing:
        state = self._states[max(0, len(self._states) - 1 - self.lag)]
        return Listing(state, self.now if self.has_date else None)

    def create(self, new: NewToken) -> CreatedToken:
        return self._call("create", f"create {new.name}", lambda: self._create(new))

    def patch(self, token: Token, changes: Changes) -> Token:
        call = f"patch {int(token.id[:8], 16)} {show_changes(changes)}"
        return self._call("patch", call, lambda: self._patch(token, changes))

    def delete(self, token: Token) -> None:
        self._call("delete", f"delete {int(token.id[:8], 16)}", lambda: self._delete(token))

    def authenticate(self) -> Grant:
        return self._call("authenticate", "grant of the run's own", lambda: Grant(Secret("own"), 43200, None, None))

    def grant(self, client_id: str, client_secret: Secret) -> Grant:
        return self._call("grant", f"grant {client_id[:8]}", lambda: self._grant(client_id, client_secret))

    def wait(self, seconds: float) -> bool:
        if sum(self.waits) + seconds >= self.patience:
            return False
        self.waits.append(seconds)
        return True

    @property
    def seconds_left(self) -> float:
        return self.patience - sum(self.waits)

    def _grant(self, client_id: str, client_secret: Secret) -> Grant:
        holder = self.tokens.get(client_id)
        if holder is None or holder.is_expired(self.now) or client_secret != secret_of(client_id):
            raise ApiError("the credentials are refused", 401)
        if holder.last_used is None or self.now - holder.last_used >= days(1):
            self.tokens[client_id] = replace(holder, last_used=self.now)
        return Grant(Secret("not-a-real-bearer"), 43200, holder.scope, "a.user")

    def _call(self, operation: str, call: str, effect: Callable[[], Answer]) -> Answer:
        self.calls.append(call)
        faults = self.faults.get(operation)
        answer: Answer = faults.pop(0)(effect) if faults else effect()
        return answer

    def _create(self, new: NewToken) -> CreatedToken:
        self._claim(new.name, "")
        if sum(not token.managed for token in self.tokens.values()) >= self.max_tokens:
            raise ApiError("the server refused: too many tokens", 400)
        date = new.expiration_date
        if date is None and self.forced_expiry:
            date = self.now + FORCED_EXPIRY
        validity = 43200 if new.access_token_validity_seconds is None else new.access_token_validity_seconds
        made = replace(
            token(next(self._numbers), new.name, scope=new.scope or ["sp:scopes:all"], validity=validity),
            created=self.now,
            expiration_date=date,
        )
        made = replace(made, **self.makes)
        self.tokens[made.id] = made
        return CreatedToken(made, secret_of(made.id))

    def _patch(self, token: Token, changes: Changes) -> Token:
        if token.id not in self.tokens:
            raise NotFoundError("no such token", 404)
        was = self.tokens[token.id]
        if changes.name is not None:
            self._claim(changes.name, token.id)
            was = replace(was, name=changes.name)
        if changes.scope is not None:
            was = replace(was, scope=changes.scope)
        if changes.expiration_date is not None or changes.never_expires:
            was = replace(was, expiration_date=changes.expiration_date)
        self.tokens[token.id] = was
        return was

    def _delete(self, token: Token) -> None:
        if self.tokens.pop(token.id, None) is None:
            raise NotFoundError("no such token", 404)

    def _claim(self, name: str, claimant: str) -> None:
        if any(token.name == name and token.id != claimant for token in self.tokens.values()):
            raise ApiError("the server refused: constraint violation", self.duplicate_status)
