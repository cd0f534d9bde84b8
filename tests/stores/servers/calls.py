# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens in the middle of a put or a delete: another program cuts in, or the server fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

SILENCE = 2.0
"""How long a silent server is silent, in seconds."""

FAULTS = ("silent", "broken", "cut", "denied")
"""How a server does not do what it is asked."""

DONE = "done"
"""The fault of a server that does what it is asked, and whose answer is lost."""


class Calls:
    """The calls of a store to its server, or to the operating system, one after another."""

    def __init__(self) -> None:
        self._left = 0
        self._act: Callable[[], object] = lambda: None
        self._fault = ""
        self._stays = self._failed = False

    def come(self, writes: bool = False) -> str:
        """Tell of a call, let happen what has to happen just before it, and return the fault that it meets, if any.

        It ``writes`` if it changes or removes an entry.
        """
        self._left -= 1
        if self._left == 0:
            self._act()
        if not writes and not self._failed:
            return ""
        fault, self._failed = self._fault, self._stays and bool(self._fault)
        if fault == DONE and not self._stays:
            self._fault = ""  # a library that asks again is answered
        return fault

    @contextmanager
    def cut_in(self, nth: int, act: Callable[[], object]) -> Iterator[None]:
        """Have another program act just before the call of this number, if so many come meanwhile."""
        self._left, self._act = nth, act
        try:
            yield
        finally:
            self._left = 0

    @contextmanager
    def failing(self, fault: str, stays: bool = False) -> Iterator[None]:
        """Let every call fail that writes: ``silent``, ``broken`` (a 503), ``cut`` or ``denied`` (a 403).

        With ``done``, only the first one loses its answer. A fault that ``stays`` meets all that is asked after it too.
        """
        self._fault, self._stays = fault, stays
        try:
            yield
        finally:
            self._fault, self._stays, self._failed = "", False, False


def is_lost(handler: BaseHTTPRequestHandler, fault: str) -> bool:
    """Return whether a request meets a fault, and then end it so."""
    if not fault:
        return False
    if fault in ("broken", "denied"):
        handler.send_response(503 if fault == "broken" else 403)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        handler.wfile.flush()
        return True
    if fault == "silent":
        time.sleep(SILENCE)
    handler.close_connection = True  # not after an answer: the client would use the connection again
    return True
