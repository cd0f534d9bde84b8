# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault sends instead of the true answer, down to connections that end in the middle."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .api import error_response
from .errors import HTML_PAGE
from .faults import Fault

# What is cut where there is no true answer to cut.
_SOMETHING = b'[{"id": "fa4efa4efa4efa4efa4efa4efa4efa4e", "name": "simulated"}]'


class ReachableProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1 protocol that shows responses its transport: ASGI itself has no way to break a connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Puts the transport into the ``state`` of every ASGI scope of this connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Dropped(Response):
    """No answer at all: the connection is reset, or closed in good order."""

    def __init__(self, reset: bool = True) -> None:
        super().__init__()
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ends the connection."""
        transport: asyncio.Transport = scope["state"]["transport"]
        if self._reset:
            # Lingering for zero seconds is what turns a close into a reset.
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        # Until uvicorn has noticed; else it would try to answer for us.
        await asyncio.sleep(0.01)


class Truncated(Response):
    """Half of the body that Content-Length promises, then the end of the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the half and closes."""
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope["state"]["transport"].close()
        await asyncio.sleep(0.01)


def spoil(fault: Fault, true_answer: Response | None) -> Response:
    """What the fault makes of the answer; None = the request was not processed, so there is none."""
    spec = fault.spec
    if fault.kind == "answer":
        return _answer(spec)
    if fault.kind == "html":
        return HTMLResponse(HTML_PAGE, spec["status"])
    if fault.kind == "empty":
        return Response(status_code=spec["status"], media_type="application/json")
    if fault.kind == "cut_json":
        body = _body(true_answer)
        return Response(body[: len(body) // 2], _status(true_answer), media_type="application/json")
    if fault.kind == "truncated":
        return Truncated(_body(true_answer), _status(true_answer), media_type="application/json")
    if fault.kind == "deep_json":
        return Response("[" * spec["depth"] + "]" * spec["depth"], _status(true_answer), media_type="application/json")
    if fault.kind == "without_field":
        return _without(spec["field"], true_answer)
    if fault.kind == "redirect":
        return Response(status_code=spec["status"], headers={"Location": spec["location"]})
    return Dropped(reset=fault.kind == "drop")


def _answer(spec: dict[str, Any]) -> Response:
    if spec["json"] is not None:
        return JSONResponse(spec["json"], spec["status"], spec["headers"])
    if spec["body"] is not None:
        return Response(spec["body"], spec["status"], spec["headers"])
    if spec["status"] >= 400:
        return error_response(spec["status"], headers=spec["headers"])
    return Response(status_code=spec["status"], headers=spec["headers"])


def _body(true_answer: Response | None) -> bytes:
    body = b"" if true_answer is None else bytes(true_answer.body)
    return body if len(body) > 1 else _SOMETHING


def _status(true_answer: Response | None) -> int:
    # 204 may have no body, and what is cut needs one.
    return 200 if true_answer is None or true_answer.status_code == 204 else true_answer.status_code


def _without(field: str, true_answer: Response | None) -> Response:
    if true_answer is None or not true_answer.body:
        return true_answer or Response()
    value = json.loads(bytes(true_answer.body))
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            each.pop(field, None)
    return JSONResponse(value, true_answer.status_code)
