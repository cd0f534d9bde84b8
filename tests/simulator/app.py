# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web application: one exchange per request (log, fault, answer, Date), and the whole of the simulated world."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from .api import Api, Call
from .clock import Clock, from_iso
from .faults import Faults
from .journal import Journal
from .spoiled import Dropped, spoil
from .state import Tenant
from .switches import Switches

_SEED_KEYS = frozenset({"now", "frozen", "identities", "tokens", "clients", "switches"})


class World:
    """Everything that a reset replaces."""

    def __init__(self, seed: Mapping[str, Any]) -> None:
        """Builds the world that a seed describes. Raises ValueError or KeyError for a seed that does not fit."""
        unknown = set(seed) - _SEED_KEYS
        if unknown:
            raise ValueError(f"unknown in a seed: {', '.join(sorted(unknown))}")
        self.clock = Clock()
        self.clock.freeze(bool(seed.get("frozen", False)))  # first, or time goes on for a moment
        if "now" in seed:
            self.clock.set(from_iso(seed["now"]))
        self.switches = Switches()
        self.switches.change(seed.get("switches", {}))
        self.tenant = Tenant(seed, self.clock, self.switches)
        self.journal = Journal(self.tenant, self.clock)
        self.faults = Faults()
        self.api = Api(self.tenant, self.switches)


class Simulator:
    """The present world, the seed to go back to, and the exchange of a request for an answer."""

    def __init__(self, seed: Mapping[str, Any]) -> None:
        self._seed = copy.deepcopy(dict(seed))
        self.world = World(self._seed)

    def reset(self, seed: Mapping[str, Any]) -> None:
        """Starts afresh from ``seed``; what it leaves out is taken from the seed of the start."""
        world = World({**self._seed, **seed})
        self.world.faults.release(drop=True)
        self.world = world

    async def exchange(self, request: Request) -> Response:
        """Answers one request to the simulated API."""
        world = self.world
        call = await _call(request)
        entry = world.journal.begin(call)
        response = await _answer(world, call, entry)
        if isinstance(response, Dropped):
            return response
        entry["status"] = response.status_code
        _date(world, response)
        return response


async def _answer(world: World, call: Call, entry: dict[str, Any]) -> Response:
    """The answer to the call, spoiled or held by a fault if one is due."""
    fault = world.faults.strike(entry)
    if fault is not None:
        entry["fault"] = fault.id
    if fault is not None and fault.before:
        if fault.kind != "hold":
            return spoil(fault, None)
        if not await world.faults.hold(fault, entry):
            return Dropped()
    entry["processed"] = True
    response = world.api.answer(call)
    if fault is not None and not fault.before:
        if fault.kind != "hold":
            return spoil(fault, response)
        if not await world.faults.hold(fault, entry):
            return Dropped()
    return response


async def _call(request: Request) -> Call:
    scheme, _space, credentials = request.headers.get("authorization", "").partition(" ")
    return Call(
        method=request.method,
        path=request.scope["path"],
        query=parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True),
        content_type=request.headers.get("content-type", "").partition(";")[0].strip().lower(),
        body=await request.body(),
        bearer=credentials if scheme.lower() == "bearer" else None,
        host=request.headers.get("host", ""),
        user_agent=request.headers.get("user-agent"),
        connection=request.client.port if request.client else 0,
    )


def _date(world: World, response: Response) -> None:
    how = world.switches.date_header
    if how != "omit" and "date" not in response.headers:
        garbled = "sometime last week"
        response.headers["Date"] = garbled if how == "garble" else format_datetime(world.clock.now(), usegmt=True)
