# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to a web API, for the other scripts.

What goes wrong is told in one line. Where the fault is the server's own, the request is tried again.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

PAUSES = (1, 3)
"""How many seconds to wait before each further try."""

TIMEOUT = 30


class CallError(Exception):
    """A request that came to nothing: ``status`` is that of the answer, 0 without one; ``said`` is why."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said}" if status else said)
        self.status, self.said = status, said


class UnsentError(Exception):
    """A request that cannot be sent at all, however often. What the library says is not shown: it quotes the token."""

    def __init__(self) -> None:
        super().__init__(
            "a request could not be sent as it is; a variable with a token or an address probably has a line break in "
            "it, or another character that does not belong there: correct it"
        )


def call(method: str, url: str, headers: Mapping[str, str], body: object = None, *, again: bool = True) -> bytes:
    """Return the answer. With ``again``, an answer of 500 or more is asked for twice more."""
    for pause in PAUSES if again else ():
        try:
            return _call_once(method, url, headers, body)
        except CallError as error:
            if error.status < 500:
                raise
        time.sleep(pause)
    return _call_once(method, url, headers, body)


def call_json(method: str, url: str, headers: Mapping[str, str], body: object = None, *, again: bool = True) -> Any:
    """Return the answer, which has to be JSON."""
    answer = call(method, url, headers, body, again=again)
    try:
        return json.loads(answer)
    except ValueError:
        # Of what is no page, nothing is shown: it may be a part of an answer with a token in it.
        shown = _line(answer) if _is_page(answer) else f"{len(answer)} bytes"
        raise CallError(0, f"the answer is not JSON: {shown}") from None


def _call_once(method: str, url: str, headers: Mapping[str, str], body: object) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    try:
        request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers}, method=method)
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        raise CallError(error.code, _reason(error)) from None
    except urllib.error.URLError as error:
        raise CallError(0, f"not reached: {error.reason}") from None
    except (ValueError, http.client.InvalidURL):
        raise UnsentError from None
    # An answer that is cut off or takes too long.
    except (OSError, http.client.HTTPException) as error:
        raise CallError(0, f"not reached: {error or type(error).__name__}") from None


def _reason(error: urllib.error.HTTPError) -> str:
    """Return what an answer says went wrong: an API answers with JSON, and a proxy before it with a page."""
    try:
        content = error.read()
    except (OSError, http.client.HTTPException):
        return str(error.reason)
    if _is_page(content):
        return str(error.reason)
    try:
        said = json.loads(content)
    except ValueError:
        return _line(content)
    if isinstance(said, dict):
        said = said.get("errors") or said.get("message") or said.get("error")
    return "; ".join(map(str, said)) if isinstance(said, list) else str(said)


def _is_page(content: bytes) -> bool:
    return content.lstrip().startswith(b"<")


def _line(content: bytes) -> str:
    return " ".join(content[:200].decode(errors="replace").split())
