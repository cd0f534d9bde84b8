# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verbs under ``/_simulator/``, by which tests rule the simulated world."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Union

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router

from .app import Simulator
from .clock import from_iso, to_iso
from .errors import GrantRefusedError
from .journal import fingerprint
from .model import seed_form

# Whatever a caller sends is for the simulated API to answer, wrong methods too.
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

# A verb's answer: any JSON value.
Verb = Callable[[Request, dict[str, Any]], Union[Any, Awaitable[Any]]]


class Control:
    """The verbs, each a method that takes the request and its JSON body and returns a JSON value."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[Route]:
        """One route per verb, relative to ``/_simulator``."""
        table: list[tuple[str, str, Verb]] = [
            ("POST", "/reset", self.reset),
            ("GET", "/state", self.state),
            ("PUT", "/tokens/{id}", self.put_token),
            ("GET", "/clock", self.clock),
            ("POST", "/clock", self.move_clock),
            ("GET", "/switches", self.switches),
            ("POST", "/switches", self.change_switches),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/held", self.held),
            ("POST", "/release", self.release),
            ("GET", "/log", self.log),
            ("DELETE", "/log", self.clear_log),
            ("GET", "/secrets", self.secrets),
            ("POST", "/check", self.check),
        ]
        return [Route(path, _endpoint(verb), methods=[method]) for method, path, verb in table]

    def reset(self, request: Request, body: dict[str, Any]) -> Any:
        """Back to the start."""
        self._simulator.reset(body)
        return self.clock(request, {})

    def state(self, request: Request, body: dict[str, Any]) -> Any:
        """What is true, without any secret."""
        world = self._simulator.world
        tenant = world.tenant
        return {
            **self.clock(request, {}),
            "switches": dataclasses.asdict(world.switches),
            "identities": [
                {"id": each.id, "name": each.name, "user_name": each.user_name, "rights": sorted(each.rights)}
                for each in tenant.identities.values()
            ],
            "clients": [{"id": each.id, "scope": sorted(each.scope)} for each in tenant.clients.values()],
            "tokens": [seed_form(each) for each in tenant.tokens.values()],
            "bearers": [
                {"fingerprint": fingerprint(each.value), "client_id": each.client_id, "expires": to_iso(each.expires)}
                for each in tenant.bearers.values()
            ],
        }

    def put_token(self, request: Request, body: dict[str, Any]) -> Any:
        """Puts or changes a token, whatever the API's rules say."""
        return seed_form(self._simulator.world.tenant.put_seeded(request.path_params["id"], body))

    def clock(self, request: Request, body: dict[str, Any]) -> Any:
        """The present."""
        clock = self._simulator.world.clock
        return {"now": to_iso(clock.now()), "frozen": clock.frozen}

    def move_clock(self, request: Request, body: dict[str, Any]) -> Any:
        """Sets, advances, freezes, in this order."""
        _only(body, "set", "advance", "freeze")
        clock = self._simulator.world.clock
        if "set" in body:
            clock.set(from_iso(body["set"]))
        if "advance" in body:
            clock.advance(body["advance"])
        if "freeze" in body:
            clock.freeze(bool(body["freeze"]))
        return self.clock(request, {})

    def switches(self, request: Request, body: dict[str, Any]) -> Any:
        """All switches."""
        return dataclasses.asdict(self._simulator.world.switches)

    def change_switches(self, request: Request, body: dict[str, Any]) -> Any:
        """Changes some."""
        self._simulator.world.switches.change(body)
        return self.switches(request, {})

    def faults(self, request: Request, body: dict[str, Any]) -> Any:
        """All faults, and how often each was met."""
        faults = self._simulator.world.faults.faults
        return {
            "faults": [{"id": each.id, "matched": each.matched, "fired": each.fired, **each.spec} for each in faults]
        }

    def add_fault(self, request: Request, body: dict[str, Any]) -> Any:
        """One more fault."""
        return {"id": self._simulator.world.faults.add(body).id}

    def clear_faults(self, request: Request, body: dict[str, Any]) -> Any:
        """No more faults; what they hold stays held."""
        self._simulator.world.faults.faults.clear()
        return {}

    async def held(self, request: Request, body: dict[str, Any]) -> Any:
        """Waits until a request is held."""
        faults = self._simulator.world.faults
        deadline = time.monotonic() + float(request.query_params.get("wait", "0"))
        while not faults.holds and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        return {
            "held": [
                {
                    "hold": hold.id,
                    "fault": hold.fault.id,
                    "log": hold.entry["number"],
                    "when": hold.fault.spec["when"],
                    "method": hold.entry["method"],
                    "path": hold.entry["path"],
                    "client_id": hold.entry["client_id"],
                }
                for hold in faults.holds.values()
            ]
        }

    def release(self, request: Request, body: dict[str, Any]) -> Any:
        """Lets held requests go, this way or that."""
        _only(body, "hold", "then")
        then = body.get("then", "continue")
        if then not in ("continue", "drop"):
            raise ValueError(f"then is continue or drop, not {then!r}")
        return {"released": self._simulator.world.faults.release(body.get("hold"), drop=then == "drop")}

    def log(self, request: Request, body: dict[str, Any]) -> Any:
        """The requests so far."""
        return {"log": self._simulator.world.journal.after(int(request.query_params.get("after", "0")))}

    def clear_log(self, request: Request, body: dict[str, Any]) -> Any:
        """Forgets them."""
        self._simulator.world.journal.clear()
        return {}

    def secrets(self, request: Request, body: dict[str, Any]) -> Any:
        """Everything that must turn up nowhere."""
        tenant = self._simulator.world.tenant
        bearers = [{"client_id": each.client_id, "access_token": each.value} for each in tenant.bearers.values()]
        return {"secrets": tenant.secrets, "bearers": bearers}

    def check(self, request: Request, body: dict[str, Any]) -> Any:
        """Would these credentials get a bearer token?"""
        _only(body, "client_id", "client_secret")
        try:
            self._simulator.world.tenant.check(body["client_id"], body["client_secret"])
        except GrantRefusedError as refused:
            return {"works": False, "reason": refused.text}
        return {"works": True}


def application(simulator: Simulator) -> Starlette:
    """The ASGI application: the control verbs, and everything else to the simulated API."""
    control = Router(Control(simulator).routes(), redirect_slashes=False)
    api = Route("/{path:path}", simulator.exchange, methods=_METHODS)
    return Starlette(routes=[Mount("/_simulator", control), api])


def _endpoint(verb: Verb) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            raw = await request.body()
            body = json.loads(raw) if raw else {}
            if not isinstance(body, dict):
                raise ValueError("the body is no object")
            answer = verb(request, body)
            return JSONResponse(await answer if asyncio.iscoroutine(answer) else answer)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    return endpoint


def _only(body: dict[str, Any], *known: str) -> None:
    unknown = set(body) - set(known)
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
