# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens in the middle of a put: another program cuts in, or the server fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

SILENCE = 2.0
"""How long a silent server is silent, in seconds."""

FAULTS = ("silent", "broken", "cut")


class Calls:
    """The calls of a store to its server, or to the operating system, one after another."""

    def __init__(self) -> None:
        self._left = 0
        self._act: Callable[[], object] = lambda: None
        self._fault = ""

    def come(self, writes: bool = False) -> str:
        """Tell of a call, let happen what has to happen just before it, and return the fault that it meets, if any."""
        self._left -= 1
        if self._left == 0:
            self._act()
        return self._fault if writes else ""

    @contextmanager
    def cut_in(self, nth: int, act: Callable[[], object]) -> Iterator[None]:
        """Have another program act just before the call of this number, if so many come meanwhile."""
        self._left, self._act = nth, act
        try:
            yield
        finally:
            self._left = 0

    @contextmanager
    def failing(self, fault: str) -> Iterator[None]:
        """Let every call fail that writes: ``silent``, ``broken`` (a 503) or ``cut``."""
        self._fault = fault
        try:
            yield
        finally:
            self._fault = ""


def is_lost(handler: BaseHTTPRequestHandler, fault: str) -> bool:
    """Return whether a request meets a fault, and then end it so."""
    if not fault:
        return False
    if fault == "broken":
        handler.send_response(503)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        handler.wfile.flush()
    elif fault == "silent":
        time.sleep(SILENCE)
    handler.close_connection = True
    return True
