# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of every request. It tells what was sent, but no secret: those appear as fingerprints."""

from __future__ import annotations

import hashlib
from typing import Any

from .api import Call
from .clock import Clock, to_iso
from .state import Tenant

# Values of these keys are secrets even if the simulator never issued them: a wrong secret may be a real one elsewhere.
_SECRET_KEYS = frozenset({"client_secret", "secret", "access_token", "refresh_token", "password"})


def fingerprint(secret: str) -> str:
    """What stands for a secret in the log: enough to tell two apart, useless to authenticate with."""
    return f"sha256:{hashlib.sha256(secret.encode()).hexdigest()[:12]}"


class Journal:
    """Entries in order of arrival, numbered from 1."""

    def __init__(self, tenant: Tenant, clock: Clock) -> None:
        self._tenant = tenant
        self._clock = clock
        self._count = 0
        self.entries: list[dict[str, Any]] = []

    def begin(self, call: Call) -> dict[str, Any]:
        """Notes a request that came in; what becomes of it is filled in later."""
        self._count += 1
        body = call.parsed_body()
        entry = {
            "number": self._count,
            "clock": to_iso(self._clock.now()),
            "method": call.method,
            "path": self._redacted(call.path),
            "query": self._redacted(dict(call.query)),
            "content_type": call.content_type,
            "body": self._redacted(body),
            "status": None,
            "client_id": self._client_id(call, body),
            "user_agent": call.user_agent,
            "connection": call.connection,
            "fault": None,
            "processed": False,
        }
        self.entries.append(entry)
        return entry

    def after(self, number: int) -> list[dict[str, Any]]:
        """The entries with a higher number."""
        return [entry for entry in self.entries if entry["number"] > number]

    def clear(self) -> None:
        """Forgets all entries; numbers are not used twice."""
        self.entries.clear()

    def _client_id(self, call: Call, body: Any) -> str | None:
        bearer = self._tenant.bearers.get(call.bearer or "")
        if bearer is not None:
            return bearer.client_id
        claimed = body.get("client_id") if isinstance(body, dict) else None
        return self._redacted(claimed) if isinstance(claimed, str) else None

    def _redacted(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._tenant.secrets_in(value):
                value = value.replace(secret, fingerprint(secret))
            return value
        if isinstance(value, list):
            return [self._redacted(each) for each in value]
        if isinstance(value, dict):
            return {
                self._redacted(key): fingerprint(str(each)) if key in _SECRET_KEYS else self._redacted(each)
                for key, each in value.items()
            }
        return value
