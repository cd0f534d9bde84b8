# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of the real applier and planner that stop before each call, and go on with whatever answer they are given.

A run is a pure function of the answers that it has had. It is held in a greenlet, at its first call without an answer,
and the first answer that comes lets it go on. For every other answer to the same call, a run begins anew, and is given
the answers before it too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from greenlet import getcurrent, greenlet

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import IscError, StoreError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    Changes,
    CreatedToken,
    Credentials,
    Declared,
    Grant,
    Listing,
    NewToken,
    Token,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.outcome import Kept
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.reconcile import reconcile
from ansible_collections.sailpoint_community.isc.tests.doubles.fake_store import run
from ansible_collections.sailpoint_community.isc.tests.doubles.plans import declare
from ansible_collections.sailpoint_community.isc.tests.doubles.tokens import id_of, secret_of
from ansible_collections.sailpoint_community.isc.tests.model.world import NAME, Answer, Call, Move, Terms, World, moves


@dataclass(frozen=True)
class Job:
    """What a run is to do: with a ``store`` of its own, or else its caller writes what it made.

    ``maker`` is what the ids of the tokens that it makes begin with. A ``blind`` store cannot compare and set.
    """

    maker: int
    terms: Terms
    store: bool = True
    rotate: str = "when_due"
    adopt: bool = False
    blind: bool = False

    @property
    def declared(self) -> Declared:
        return declare(NAME, overlap=self.terms.overlap, rotate=self.rotate, adopt=self.adopt)


class Desk:
    """The API and the store of one run: passes each call on to the search, and waits there for the answer."""

    where = store = "file FAKE"
    seconds_left = 300.0

    def __init__(self, maker: int) -> None:
        self.next_id = maker << 24

    def _ask(self, operation: str, token_id: str = "", detail: object = None) -> Any:
        search = getcurrent().parent
        assert search is not None
        answer: Answer = search.switch(Call(operation, token_id, detail))
        return answer.give()

    def list(self, owner: str) -> Listing:
        answer: Listing = self._ask("list")
        return answer

    def create(self, new: NewToken) -> CreatedToken:
        self.next_id += 1
        answer: CreatedToken = self._ask("create", id_of(self.next_id), new)
        return answer

    def patch(self, token: Token, changes: Changes) -> Token:
        assert changes == Changes(name=changes.name), "the model knows no other changes"
        answer: Token = self._ask("patch", token.id, changes)
        return answer

    def delete(self, token: Token) -> None:
        self._ask("delete", token.id)

    def authenticate(self) -> Grant:
        return Grant(Secret("not-a-real-bearer"), 43200, None, None)

    def wait(self, seconds: float) -> bool:
        return True

    def grant(self, client_id: str, client_secret: Secret) -> Grant:
        assert client_secret == secret_of(client_id)
        answer: Grant = self._ask("grant", client_id)
        return answer

    def read(self) -> Credentials | None:
        client_id: str = self._ask("read")
        return Credentials("", client_id, secret_of(client_id)) if client_id else None

    def read_undeleted(self) -> Credentials | None:
        return self.read()

    def prepare(self, probe: bool) -> None:
        assert probe
        self._ask("prepare")

    def write(self, new: Credentials, replacing: Credentials | None) -> None:
        self.overwrite(new, replacing.client_id if replacing else "")

    def overwrite(self, new: Credentials, replacing: str | None = None) -> None:
        """Write, whatever is there where ``replacing`` is None, as a caller does that keeps the store."""
        assert new.client_secret == secret_of(new.client_id)
        self._ask("write", new.client_id, replacing)

    def look_before_removal(self) -> None:
        raise AssertionError("no run of the model is in check mode")

    def remove(self, replacing: Credentials) -> None:
        self._ask("remove", replacing.client_id)


class _Blind:
    """The store of a run, where it cannot compare and set: a write replaces whatever is there."""

    def __init__(self, desk: Desk) -> None:
        self.where, self.store, self._desk = desk.where, desk.store, desk

    def read(self) -> Credentials | None:
        return self._desk.read()

    def read_undeleted(self) -> Credentials | None:
        return self._desk.read()

    def prepare(self, probe: bool) -> None:
        self._desk.prepare(probe)

    def write(self, new: Credentials, replacing: Credentials | None) -> None:
        self._desk.overwrite(new)

    def look_before_removal(self) -> None:
        self._desk.look_before_removal()

    def remove(self, replacing: Credentials) -> None:
        self._desk.remove(replacing)


def work(job: Job, desk: Desk) -> str:
    """Do a whole run and return its failure, or nothing."""
    declared = job.declared
    stored = None
    try:
        stored = desk.read()
        declared = replace(declared, stored_client_id=stored.client_id if stored else "")
    except StoreError as error:
        declared = replace(declared, refusal=str(error))
    try:
        entry = (_Blind(desk) if job.blind else desk) if job.store else None
        kept = Kept(entry, stored)
        (outcome,) = reconcile(desk, [declared], run(max_tokens=job.terms.slots), [kept])
        if not job.store and outcome.created is not None and outcome.failure is None:
            made = outcome.created
            desk.overwrite(Credentials("", made.token.id, made.secret))
    except IscError as error:
        return str(error)
    return outcome.failure or ""


class Node:
    """A run as far as it has come: at the call ``waits_for``, or, where that is None, at its end with a ``failure``."""

    def __init__(self, job: Job, answers: tuple[Answer, ...] = (), run: greenlet | None = None) -> None:
        """Go on with a ``run`` that has had all answers but the last; without it, begin anew."""
        self.job, self.answers = job, answers
        if run is None:
            run = greenlet(work)
            said = run.switch(job, Desk(job.maker))
            for answer in answers:
                said = run.switch(answer)
        else:
            said = run.switch(answers[-1])
        self.waits_for: Call | None = None if run.dead else said
        self.failure: str = said if run.dead else ""
        self._run: greenlet | None = run
        self._moves: dict[World, tuple[Move, ...]] = {}
        self._after: dict[Answer, Node] = {}

    def moves(self, world: World) -> tuple[Move, ...]:
        """Return every way that the call can go, the one without a fault first. Raises Broken."""
        if world not in self._moves:
            assert self.waits_for is not None, "the run has ended"
            self._moves[world] = moves(world, self.waits_for, self.job.terms)
        return self._moves[world]

    def after(self, answer: Answer | None) -> Node:
        """Return the run as it goes on with an answer; without one, its call is sent again."""
        if answer is None:
            return self
        if answer not in self._after:
            run, self._run = self._run, None
            self._after[answer] = Node(self.job, (*self.answers, answer), run)
        return self._after[answer]
