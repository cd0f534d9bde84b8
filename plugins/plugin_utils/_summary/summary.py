# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plan_summary: the results of all hosts in, the plan as text and files out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Callable

from ...module_utils._base.errors import DeclarationError
from ...module_utils._base.moments import format_moment
from ...module_utils._modules.plan_text import printable
from ...module_utils._modules.text_file import prepare_text, refuse_one_file, replace_text
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
    "only_due": {"type": "bool"},
    "only_check": {"type": "bool", "default": False},
    "fail_on_drift": {"type": "bool", "default": False},
    "drift_ignores": {"type": "list", "elements": "str", "default": [], "choices": ["rotate", "retire"]},
}

ResultOf = Callable[[str], "Mapping[str, Any] | None"]
"""Returns what the role returned on a host, None where it returned nothing."""

LimitsOf = Callable[[str], "Mapping[str, Any]"]
"""Returns the plan_file and the only_due that a host itself sets for the role."""


def check(options: Mapping[str, Any]) -> None:
    """Find out what would stop the run at its end: a file that cannot be written, a plan file that is none.

    Raises DeclarationError.
    """
    paths = _paths(options)
    refuse_one_file(paths)
    for option, path in paths.items():
        prepare_text(option, path)
    if options["plan_file"] is not None:
        read_plan(options["plan_file"])


def summarize(options: Mapping[str, Any], result_of: ResultOf, limits_of: LimitsOf, writes: bool) -> dict[str, Any]:
    """Return the result of the action, with its text under ``text``; the files are written if ``writes``.

    It always has its text, whatever is wrong with a file by now.
    """
    now = format_moment(datetime.now(timezone.utc))
    plan = fleet_plan({host: result_of(host) for host in options["hosts"]}, now)
    complaints = list(_written(plan, _paths(options))) if writes else []
    missed: list[str] = []
    try:
        missed = _missed(options)
    except DeclarationError as error:
        complaints.append(str(error))
    text = as_text(plan, options["is_done"], missed, _modes(options, limits_of))
    result: dict[str, Any] = {"changed": False, "sum": plan["sum"], "text": text}
    result.update({} if options["plan_file"] is None else {"missed_hosts": missed})
    complaints += _complaints(plan, options)
    return {**result, "failed": True, "msg": "; ".join(complaints)} if complaints else result


def _modes(options: Mapping[str, Any], limits_of: LimitsOf) -> str:
    """Return what the run had leave to do, which may differ by host; nothing for a plan."""
    given = {name: options[name] for name in ("plan_file", "only_due") if options[name] is not None}
    modes = {_mode({**limits_of(host), **given}, options["is_done"]) for host in options["hosts"]}
    return "" if "" in modes else " or ".join(sorted(modes))


def _mode(limits: Mapping[str, Any], is_done: bool) -> str:
    if limits.get("plan_file"):
        return f"as approved in {printable(limits['plan_file'])}"
    if limits.get("only_due"):
        return "only what is due"
    return "without an approved plan" if is_done else ""


def _paths(options: Mapping[str, Any]) -> dict[str, str]:
    return {option: options[option] for option in ("json", "markdown") if options[option] is not None}


def _written(plan: Mapping[str, Any], paths: Mapping[str, str]) -> Iterator[str]:
    """Write the files, and yield what went wrong with one."""
    for option, path in paths.items():
        try:
            replace_text(option, path, _AS_FILE[option](plan))
        except DeclarationError as error:
            yield str(error)


def _as_json(plan: Mapping[str, Any]) -> str:
    return json.dumps(plan, indent=1, sort_keys=True, default=str) + "\n"


_AS_FILE: Mapping[str, Callable[[Mapping[str, Any]], str]] = {"json": _as_json, "markdown": as_markdown}


def _missed(options: Mapping[str, Any]) -> list[str]:
    """Return the hosts for which steps are approved, and which the run has left out. Raises DeclarationError."""
    if options["plan_file"] is None:
        return []
    approved = read_plan(options["plan_file"])["hosts"]
    run = set(options["hosts"])
    return sorted(host for host, part in approved.items() if part.get("steps") and host not in run)


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
