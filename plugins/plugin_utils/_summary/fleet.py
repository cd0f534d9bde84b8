# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the plans of all hosts as one: from what the role returned on each to the document of a plan file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ...module_utils._base.names import has_previous_suffix

FORMAT = "sailpoint_community.isc/plan"
VERSION = 1

COUNTED_AS = {
    "create": "create",
    "change": "change",
    "move": "change",
    "rotate": "rotate",
    "delete": "delete",
    "forget": "delete",
}
"""Each verb of a line, and what it counts as in the sum."""

NOT_KNOWN = (
    "nothing is known about it: it was not reached, or it failed before its tokens were listed; the output of the run "
    "says why"
)

_TOLD_UNDECLARED = 5

_CHECKED_BY_CORE = "Validation of arguments failed:"

_NO_OPTIONS = re.compile(r"Unsupported parameters for \(\S+\) module: (.+?)\. Supported parameters include: [^.]*\.")
"""How a module names options that it does not have."""


def fleet_plan(results: Mapping[str, Mapping[str, Any] | None], made_at: str) -> dict[str, Any]:
    """Return the document of a plan from each host's result of the role, None where a host has none.

    ``made_at`` is the moment in UTC, as the API writes it. Nothing of the document is secret.
    """
    hosts = {host: _host_plan(results[host]) for host in sorted(results)}
    return {"format": FORMAT, "version": VERSION, "made_at": made_at, "hosts": hosts, "sum": sum_of(hosts.values())}


def _host_plan(result: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the part of a host; one that failed as a whole has no steps, and a failure without a token's name."""
    if result is None:
        return _failed(NOT_KNOWN)
    if "plan" not in result:
        return _failed(_told(str(result.get("msg", NOT_KNOWN))))
    tokens: Sequence[Mapping[str, Any]] = result["personal_access_tokens"]
    return {
        "base_url": result["base_url"],
        "declaration": result["declaration"],
        "owner_id": result["owner_id"],
        "as_declared": sum(map(_is_as_declared, tokens)),
        "steps": list(result["plan"]),
        "warnings": [*result["warning_texts"], *_undeclared_warnings(result["undeclared"])],
        "failures": list(result["failures"]),
        "undeclared": list(result["undeclared"]),
    }


def _told(msg: str) -> str:
    """Return a failure without the list of all that there is, and in one line if ansible-core has many errors."""
    head, _end, errors = msg.partition("\n")
    if head == _CHECKED_BY_CORE:
        return f"{head} {'; '.join(errors.splitlines())}"
    return _NO_OPTIONS.sub(r"unsupported parameters: \1", msg)


def _is_as_declared(token: Mapping[str, Any]) -> bool:
    """Return whether a token stays as it is; that tokens go which it has replaced does not change it."""
    return not token["failed"] and all(
        action["action"] == "delete" and has_previous_suffix(action["name"]) for action in token["actions"]
    )


def _failed(why: str) -> dict[str, Any]:
    failure = {"name": None, "msg": why}
    return {"as_declared": 0, "steps": [], "warnings": [], "failures": [failure], "undeclared": []}


def _undeclared_warnings(undeclared: Sequence[Mapping[str, Any]]) -> list[str]:
    if not undeclared:
        return []
    told = [f"{token['name']!r} ({_use_of(token)})" for token in undeclared[:_TOLD_UNDECLARED]]
    more = len(undeclared) - len(told)
    return [f"nobody declares {', '.join(told)}" + (f" and {more} more" if more else "")]


def _use_of(token: Mapping[str, Any]) -> str:
    return f"last used on {token['last_used'][:10]}" if token["last_used"] else "never used"


def sum_of(hosts: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many of what there is in the parts of some hosts."""
    counts = Counter({"create": 0, "change": 0, "rotate": 0, "delete": 0, "as_declared": 0, "warnings": 0, "failed": 0})
    for host in hosts:
        counts.update(COUNTED_AS[step["verb"]] for step in host["steps"])
        counts["as_declared"] += host["as_declared"]
        counts["warnings"] += len(host["warnings"])
        counts["failed"] += len(host["failures"])
    return dict(counts)


def drift_of(plan: Mapping[str, Any], ignores: Collection[str]) -> list[dict[str, Any]]:
    """Return the parts of the hosts with the steps that count as drift alone.

    ``ignores`` leaves out the rotations (``rotate``) or the clean-ups (``retire``) that time alone brings.
    """
    return [
        {**host, "steps": [step for step in host["steps"] if not _is_ignored(step, ignores)]}
        for host in plan["hosts"].values()
    ]


def _is_ignored(step: Mapping[str, Any], ignores: Collection[str]) -> bool:
    return step["cause"] == "time" and ("retire" if step["verb"] == "delete" else "rotate") in ignores
