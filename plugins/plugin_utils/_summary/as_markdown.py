# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the plan of all hosts as Markdown, for the comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...module_utils._modules.plan_text import SIGNS
from .._markdown import code, escaped
from .as_text import one_line, sum_text
from .fleet import sum_of

LONGEST = 60_000
"""In characters: what the comment of a pull request takes."""

_ROOM_FOR_THE_END = 500


def as_markdown(plan: Mapping[str, Any], longest: int = LONGEST) -> str:
    """Return the document of a plan as Markdown, collapsible per host; what does not fit in is said."""
    text = f"## Plan: {sum_text(plan['sum'])}\n\n"
    left_out = []
    for host, part in plan["hosts"].items():
        if not (part["steps"] or part["failures"] or part["warnings"]):
            continue
        section = _section(host, part, longest - _ROOM_FOR_THE_END - len(text))
        if section:
            text += section
        else:
            left_out.append(part)
    if left_out:
        hosts = "1 host" if len(left_out) == 1 else f"{len(left_out)} hosts"
        text += f"**{hosts} did not fit in here: {sum_text(sum_of(left_out))}.** The plan file has all of them.\n\n"
    return f"{text}{_digest(plan)}\n"


def _digest(plan: Mapping[str, Any]) -> str:
    second, _point, _fraction = plan["made_at"].removesuffix("Z").partition(".")
    return f"<sub>Made at {escaped(second)}Z.</sub>"


def _section(host: str, part: Mapping[str, Any], room: int) -> str:
    """Return what there is to say of a host, as many rows as there is room for; nothing where there is none."""
    begin = (
        f"<details open>\n<summary><b>{escaped(host)}</b>: {sum_text(sum_of([part]))}</summary>\n\n"
        "| | token | why |\n|---|---|---|\n"
    )
    end = "\n</details>\n\n"
    rows = list(_rows(part))
    shown: list[str] = []
    for number, row in enumerate(rows):
        cut = f"| | | {len(rows) - number} more rows did not fit in here; the plan file has all of them |\n"
        if len(begin) + sum(map(len, shown)) + len(row) + len(cut) + len(end) > room:
            return f"{begin}{''.join(shown)}{cut}{end}" if shown else ""
        shown.append(row)
    return f"{begin}{''.join(shown)}{end}"


def _rows(part: Mapping[str, Any]) -> Iterator[str]:
    for step in part["steps"]:
        yield f"| {escaped(SIGNS[step['verb']])} {step['verb']} | {code(step['name'])} | {escaped(step['why'])} |\n"
    for failure in part["failures"]:
        name = code(failure["name"]) if failure["name"] else ""
        yield f"| ✗ failed | {name} | {escaped(one_line(failure['msg']))} |\n"
    for warning in part["warnings"]:
        yield f"| ⚠ warning | | {escaped(one_line(warning))} |\n"
