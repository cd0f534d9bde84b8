# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on request: which request they hit, and which requests are being held. What they send is in spoiled.py."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Each kind's own keys with their defaults; ... = must be given.
KINDS: dict[str, dict[str, Any]] = {
    "answer": {"status": ..., "headers": {}, "body": None, "json": None},
    "html": {"status": 200},
    "empty": {"status": 200},
    "cut_json": {},
    "truncated": {},
    "deep_json": {"depth": 100_000},
    "without_field": {"field": ...},
    "redirect": {"location": "https://attacker.invalid/", "status": 302},
    "close": {},
    "drop": {},
    "hold": {"seconds": None},
}
_MATCHING: dict[str, Any] = {
    "method": None,
    "path": None,
    "client_id": None,
    "nth": 1,
    "times": 1,
    "when": "before",
    "kind": ...,
}


@dataclass
class Fault:
    """One fault: ``spec`` holds every key of README.md's tables, defaults filled in."""

    id: int
    spec: dict[str, Any]
    matched: int = 0
    fired: int = 0

    @property
    def kind(self) -> str:
        """The key into KINDS."""
        return str(self.spec["kind"])

    @property
    def before(self) -> bool:
        """Whether it strikes before the request took effect."""
        return bool(self.spec["when"] == "before")

    def matches(self, entry: Mapping[str, Any]) -> bool:
        """Whether it is meant for this request."""
        spec = self.spec
        return (
            spec["method"] in (None, entry["method"])
            and spec["client_id"] in (None, entry["client_id"])
            and (spec["path"] is None or re.search(spec["path"], entry["path"]) is not None)
        )

    def due(self) -> bool:
        """Whether the latest match is one that it fires at."""
        past = self.matched - self.spec["nth"]
        return past >= 0 and (self.spec["times"] is None or past < self.spec["times"])


@dataclass
class Hold:
    """A request that waits for its release; ``dropped`` says how it was released."""

    id: int
    fault: Fault
    entry: Mapping[str, Any]
    released: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False


class Faults:
    """The faults that are set, and the requests that they hold."""

    def __init__(self) -> None:
        self._count = 0
        self.faults: list[Fault] = []
        self.holds: dict[int, Hold] = {}

    def add(self, wanted: Mapping[str, Any]) -> Fault:
        """Sets a fault. Raises ValueError for an unknown key or value."""
        spec = _complete(wanted)
        self._count += 1
        fault = Fault(self._count, spec)
        self.faults.append(fault)
        return fault

    def strike(self, entry: Mapping[str, Any]) -> Fault | None:
        """The fault that fires at this request: of several, the oldest. Every match counts, fired or not."""
        matching = [fault for fault in self.faults if fault.matches(entry)]
        for fault in matching:
            fault.matched += 1
        for fault in matching:
            if fault.due():
                fault.fired += 1
                return fault
        return None

    async def hold(self, fault: Fault, entry: Mapping[str, Any]) -> bool:
        """Waits until the request is released or its time is over. Returns whether it goes on (else: drop it)."""
        self._count += 1
        hold = Hold(self._count, fault, entry)
        self.holds[hold.id] = hold
        try:
            await asyncio.wait_for(hold.released.wait(), fault.spec["seconds"])
        except asyncio.TimeoutError:
            pass
        finally:
            self.holds.pop(hold.id, None)
        return not hold.dropped

    def release(self, hold_id: int | None = None, drop: bool = False) -> int:
        """Lets held requests go on, or drops them; None = all. Returns how many."""
        chosen = [hold for hold in self.holds.values() if hold_id in (None, hold.id)]
        for hold in chosen:
            # At once, not when the held request wakes up: who asks next must not see it any more.
            del self.holds[hold.id]
            hold.dropped = drop
            hold.released.set()
        return len(chosen)


def _complete(wanted: Mapping[str, Any]) -> dict[str, Any]:
    kind = wanted.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}, not {kind!r}")
    spec = {**_MATCHING, **KINDS[kind], **wanted}
    unknown = set(spec) - set(_MATCHING) - set(KINDS[kind])
    missing = [key for key, value in spec.items() if value is ...]
    if unknown or missing:
        raise ValueError(f"kind {kind}: unknown {sorted(unknown)}, missing {missing}")
    if spec["when"] not in ("before", "after"):
        raise ValueError(f"when is before or after, not {spec['when']!r}")
    if kind == "without_field" and spec["when"] != "after":
        raise ValueError("without_field spoils a true answer: it needs when: after")
    for key in ("nth", "times", "status", "depth"):
        value = spec.get(key, 1)
        if not ((isinstance(value, int) and value >= 1) or (key == "times" and value is None)):
            raise ValueError(f"{key} is a positive integer, not {value!r}")
    try:
        re.compile(spec["path"] or "")
    except re.error as error:
        raise ValueError(f"path is no regular expression: {error}") from None
    return spec
