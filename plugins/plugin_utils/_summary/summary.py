# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plan_summary: the results of all hosts in, the plan as text and files out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Callable

from ...module_utils._base.moments import format_moment
from ...module_utils._modules.text_file import prepare_text, replace_text
from .as_markdown import as_markdown
from .as_text import as_text, some_of, sum_text
from .fleet import drift_of, fleet_plan, sum_of
from .plan_file import read_plan

SPEC: dict[str, Any] = {
    "hosts": {"type": "list", "elements": "str", "required": True},
    "is_done": {"type": "bool", "default": False},
    "json": {"type": "path"},
    "markdown": {"type": "path"},
    "plan_file": {"type": "path"},
    "only_check": {"type": "bool", "default": False},
    "fail_on_drift": {"type": "bool", "default": False},
    "drift_ignores": {"type": "list", "elements": "str", "default": [], "choices": ["rotate", "retire"]},
}

ResultOf = Callable[[str], "Mapping[str, Any] | None"]
"""Returns what the role returned on a host, None where it returned nothing."""


def check(options: Mapping[str, Any]) -> None:
    """Find out what would stop the run at its end: a file that cannot be written, a plan file that is none.

    Raises DeclarationError.
    """
    for option in ("json", "markdown"):
        if options[option] is not None:
            prepare_text(option, options[option])
    if options["plan_file"] is not None:
        read_plan(options["plan_file"])


def summarize(options: Mapping[str, Any], result_of: ResultOf, writes: bool) -> dict[str, Any]:
    """Return the result of the action, with its text under ``text``; the files are written if ``writes``.

    Raises DeclarationError.
    """
    now = format_moment(datetime.now(timezone.utc))
    plan = fleet_plan({host: result_of(host) for host in options["hosts"]}, now)
    if writes and options["json"] is not None:
        replace_text("json", options["json"], json.dumps(plan, indent=1, sort_keys=True, default=str) + "\n")
    if writes and options["markdown"] is not None:
        replace_text("markdown", options["markdown"], as_markdown(plan))
    missed = [] if options["plan_file"] is None else _missed(read_plan(options["plan_file"]), options["hosts"])
    text = as_text(plan, options["is_done"], missed)
    result: dict[str, Any] = {"changed": False, "sum": plan["sum"], "text": text}
    result.update({} if options["plan_file"] is None else {"missed_hosts": missed})
    complaints = _complaints(plan, options)
    return {**result, "failed": True, "msg": "; ".join(complaints)} if complaints else result


def _missed(approved: Mapping[str, Any], hosts: Sequence[str]) -> list[str]:
    """Return the hosts for which steps are approved, and which the run has left out."""
    run = set(hosts)
    return sorted(host for host, part in approved["hosts"].items() if part.get("steps") and host not in run)


def _complaints(plan: Mapping[str, Any], options: Mapping[str, Any]) -> list[str]:
    complaints = []
    failed = [host for host, part in plan["hosts"].items() if part["failures"]]
    if not plan["hosts"]:
        complaints.append("there is no host to plan for; name some in the inventory, or with plan_hosts")
    if failed:
        complaints.append(f"{len(failed)} of {len(plan['hosts'])} hosts failed: {some_of(failed)}; the plan says why")
    drift = {**sum_of(drift_of(plan, options["drift_ignores"])), "as_declared": 0, "warnings": 0, "failed": 0}
    if options["fail_on_drift"] and any(drift.values()):
        complaints.append(f"what exists is not what is declared: {sum_text(drift).removesuffix(', 0 as declared')}")
    return complaints
