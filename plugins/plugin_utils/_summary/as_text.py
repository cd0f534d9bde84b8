# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the plan of all hosts for people: what changes, ordered by host, and the sum. What stays is only counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...module_utils._modules.plan_text import Line, plan_text, printable

PLANNED = {"create": "to create", "change": "to change", "rotate": "to rotate", "delete": "to delete"}
DONE = {"create": "created", "change": "changed", "rotate": "rotated", "delete": "deleted"}


_MOST_HOSTS = 10
"""That one line names."""


def as_text(plan: Mapping[str, Any], is_done: bool = False, missed: Sequence[str] = (), mode: str = "") -> str:
    """Return the document of a plan as text; with ``is_done`` it tells what a run has done.

    ``missed`` are the hosts that an approved plan has steps for, and the run has left out. ``mode`` says
    what the run had leave to do.
    """
    lines = [line for host, part in plan["hosts"].items() for line in _host_lines(host, part)]
    lines += [
        f"! {printable(host)}: {one_line(warning)}"
        for host, part in plan["hosts"].items()
        for warning in part["warnings"]
    ]
    if missed:
        lines.append(f"! approved, and not in this run: {some_of(missed)}")
    told = sum_text(plan["sum"], is_done)
    return "".join(f"{line}\n" for line in [*lines, f"{mode}: {told}" if mode else told])


def _host_lines(host: str, part: Mapping[str, Any]) -> Iterator[str]:
    if part["steps"] or part["failures"]:
        yield f"{printable(host)}:"
    for line in plan_text(Line(**step) for step in part["steps"]).splitlines():
        yield f"  {line}"
    for failure in part["failures"]:
        yield f"  x failed  {one_line(failure['msg'])}"


def some_of(hosts: Sequence[str]) -> str:
    """Return the names of hosts, or of the first ones and how many there are more."""
    named = ", ".join(map(printable, hosts[:_MOST_HOSTS]))
    return named + (f" and {len(hosts) - _MOST_HOSTS} more" if len(hosts) > _MOST_HOSTS else "")


def one_line(text: str) -> str:
    """Return a message, which may have several lines, as one."""
    return printable(" ".join(text.split()))


def sum_text(counts: Mapping[str, int], is_done: bool = False) -> str:
    """Return the sum of a plan as a sentence."""
    words = DONE if is_done else PLANNED
    told = [f"{counts[verb]} {word}" for verb, word in words.items() if counts[verb]]
    told += [f"{counts['failed']} failed"] if counts["failed"] else []
    text = ", ".join([*(told or ["nothing to do"]), f"{counts['as_declared']} as declared"])
    return text + (f"; {_warnings(counts['warnings'])}" if counts["warnings"] else "")


def _warnings(number: int) -> str:
    return "1 warning" if number == 1 else f"{number} warnings"
