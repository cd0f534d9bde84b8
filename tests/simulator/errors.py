# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals, and the error bodies that the API's definitions document."""

from __future__ import annotations

import secrets
from typing import Any

HTML_PAGE = "<!DOCTYPE html>\n<html><head><title>Simulated</title></head><body>No JSON here</body></html>\n"

# What the definitions give as example, by status; other statuses follow the same form.
_DETAIL_CODES = {
    400: "400.1 Bad Request Content",
    403: "403 Forbidden",
    404: "404 Not found",
    405: "405 Method not allowed",
    409: "409 Conflict",
    500: "500.0 Internal Fault",
}
_TEXTS = {
    400: "The request was syntactically correct but its content is semantically invalid.",
    403: "The server understood the request but refuses to authorize it.",
    404: "The server did not find a current representation for the target resource.",
    405: "The target resource does not know this method.",
    409: "The request conflicts with the current state of the target resource.",
    500: "An internal fault occurred.",
}


class RefusedError(Exception):
    """The API says no. ``status`` and ``headers`` are the answer's; ``text`` tells what was wrong with the request."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers


class GrantRefusedError(Exception):
    """``/oauth/token`` says no. ``error`` is OAuth's error code (RFC 6749, section 5.2)."""

    def __init__(self, error: str, text: str) -> None:
        super().__init__(text)
        self.error = error
        self.text = text


def error_object(status: int, text: str | None = None) -> dict[str, Any]:
    """The ``ErrorResponseDto`` of the definitions."""
    return {
        "detailCode": _DETAIL_CODES.get(status, f"{status}.0 Error"),
        "trackingId": secrets.token_hex(16),
        "messages": [
            {
                "locale": "en-US",
                "localeOrigin": "DEFAULT",
                "text": text or _TEXTS.get(status, "The request was refused."),
            }
        ],
        "causes": [],
    }


def documented_body(status: int, text: str | None = None) -> dict[str, Any] | str:
    """The body that goes with an error status: a JSON object, or a gateway's HTML page for 502 to 504."""
    if status == 401:
        return {"error": text or "JWT validation failed: JWT is expired"}
    if status == 429:
        return {"message": " Rate Limit Exceeded "}
    if 502 <= status <= 504:
        return HTML_PAGE
    return error_object(status, text)
