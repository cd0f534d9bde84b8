# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the planner and the applier build their facts from, and an API in memory to carry plans out on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    ApiError,
    LostAnswerError,
    NotFoundError,
    StoreError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    API_VERSIONS,
    Changes,
    CreatedToken,
    Credentials,
    Declared,
    Grant,
    Listing,
    NewToken,
    Owner,
    Token,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.planner import make_plan
from ansible_collections.sailpoint_community.isc.plugins.module_utils._plan.steps import (
    Create,
    Delete,
    Facts,
    Forget,
    Plan,
    Step,
    TokenPlan,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import Run

NOW = datetime(2026, 9, 1, 12, 0, 0, tzinfo=timezone.utc)
V1, V3 = API_VERSIONS["v1"], API_VERSIONS["v3"]
OLD_VERSIONS = [name for name, version in API_VERSIONS.items() if not version.patches_expiry]
NEW_VERSIONS = [name for name, version in API_VERSIONS.items() if version.patches_expiry]
ROTATION = ["patch 1 name=NAME (previous 00000001)", "create NAME"]
"""The steps, in short, that replace token number 1."""

FORCED_EXPIRY = timedelta(days=181)
"""The 6 months after which the fake API lets a token of an older version expire."""


def days(number: float) -> timedelta:
    return timedelta(days=number)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


SECOND = timedelta(seconds=1)


def id_of(number: int) -> str:
    """Return the id of a test's token number so and so: its first 8 digits are the number."""
    return f"{number:08x}" + "0" * 24


def secret_of(token_id: str) -> Secret:
    """Return the secret of a token that the fake API made."""
    return Secret("not-a-real-secret-" + token_id)


def previous(number: int, name: str = "NAME") -> str:
    """Return the previous-name of that token, spelled out here rather than asked of the code under test."""
    return f"{name} (previous {number:08x})"


def token(
    number: int = 1,
    name: str = "NAME",
    *,
    age: timedelta = timedelta(days=30),
    used: timedelta | None = None,
    expires: timedelta | None = None,
    scope: Iterable[str] | None = ("sp:scopes:all",),
    validity: int | None = 43200,
    managed: bool = False,
) -> Token:
    """Return a token that was created ``age`` ago, last used ``used`` ago, and expires in ``expires`` (None: never)."""
    return Token(
        id=id_of(number),
        name=name,
        scope=None if scope is None else frozenset(scope),
        owner=Owner("0123456789abcdef0123456789abcdef", "a.user"),
        created=NOW - age,
        last_used=None if used is None else NOW - used,
        expiration_date=None if expires is None else NOW + expires,
        access_token_validity_seconds=validity,
        managed=managed,
    )


def declare(name: str | None = "NAME", **options: Any) -> Declared:
    """Return a declaration; unless told otherwise its tokens expire in 180 days, since v1 demands an expiry."""
    if not {"expires_in", "expiration_date", "never_expires"} & set(options):
        options["expires_in"] = days(180)
    return Declared(name=name, **options)


def facts(**values: Any) -> Facts:
    return Facts(**{"version": V1, "now": NOW, **values})


def plan_of(declared: Declared, *present: Token, **values: Any) -> TokenPlan:
    """Return the plan of a single declaration."""
    return make_plan([declared], present, facts(**values)).tokens[0]


def show(step: Step | Forget) -> str:
    """Return a step in short: ``delete 1``, ``patch 1 name=NAME``, ``create NAME``."""
    assert not isinstance(step, Forget), "it is of the store, not of a token"
    if isinstance(step, Create):
        return f"create {step.new.name}"
    number = int(step.token.id[:8], 16)
    if isinstance(step, Delete):
        return f"delete {number}"
    return f"patch {number} {show_changes(step.changes)}"


def show_changes(changes: Changes) -> str:
    parts = []
    if changes.name is not None:
        parts.append(f"name={changes.name}")
    if changes.scope is not None:
        parts.append(f"scope={','.join(sorted(changes.scope))}")
    if changes.expiration_date is not None:
        parts.append(f"expires={changes.expiration_date:%Y-%m-%d}")
    if changes.never_expires:
        parts.append("never_expires")
    return " ".join(parts)


def shown(steps: Iterable[Step | Forget]) -> list[str]:
    return [show(step) for step in steps]


def created(plan: TokenPlan) -> Create:
    """Return the one creation of a token's plan."""
    (step,) = [step for step in plan.steps if isinstance(step, Create)]
    return step


def all_steps(plan: Plan) -> list[str]:
    """Return the steps of all tokens in short, in the order in which they are carried out."""
    return shown(step for _index, step in plan.steps())


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
    that the server sets on new tokens, whatever was asked.
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
    ) -> None:
        self.tokens = {token.id: token for token in tokens}
        self.now, self.has_date = now, has_date
        self.max_tokens, self.lag, self.duplicate_status = max_tokens, lag, duplicate_status
        self.forced_expiry, self.makes = forced_expiry, makes or {}
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

    def grant(self, client_id: str, client_secret: Secret) -> Grant:
        return self._call("grant", f"grant {client_id[:8]}", lambda: self._grant(client_id, client_secret))

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
