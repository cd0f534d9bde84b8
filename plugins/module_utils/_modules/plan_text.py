# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: a plan for people: one line a token, from the results that the modules return.

The same text tells what check mode predicts and what a run has done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from .._base.moments import parse_moment
from .._base.names import has_previous_suffix, name_without_suffix
from .._plan.views import changes_text

SIGNS = {"create": "+", "write": "+", "change": "~", "move": "~", "rotate": "±", "delete": "-", "forget": "-"}
"""Each verb of a plan, and its sign."""


class Line(NamedTuple):
    """A line of a plan: a verb, the name of what it is about, and why; then what brings it about, and its actions."""

    verb: str
    name: str
    why: str
    cause: str = "declaration"
    actions: Sequence[Mapping[str, Any]] = ()


def plan_text(lines: Iterable[Line]) -> str:
    """Return the lines with their signs, the reasons one below the other; nothing for no line."""
    rows = [(f"{SIGNS[verb]} {verb}", repr(name), printable(why)) for verb, name, why, *_rest in lines]
    width = max((len(name) for _verb, name, _why in rows), default=0)
    return "".join(f"{verb:<8}  {name:<{width}}  {why}".rstrip() + "\n" for verb, name, why in rows)


def printable(text: str) -> str:
    """Return a text from outside for one line of a terminal: what cannot be printed is shown as its code."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def plan_lines(result: Mapping[str, Any], causes: Sequence[str], now: datetime) -> Iterator[Line]:
    """Yield the lines of one token's result at ``now`` (UTC); ``causes`` are those of its actions.

    A rotation is one line, and so is the deletion of a token and of its entry in the store. An entry that moves is told
    with the change of its token, if there is one.
    """
    lines = list(_lines(result, causes, now))
    moved = next((line for line in lines if line.verb == "move"), None)
    changed = [line for line in lines if line.verb in ("change", "rotate")]
    for line in lines:
        if moved is None or not changed or line not in (moved, changed[-1]):
            yield line
        elif line is not moved:
            yield Line(line.verb, line.name, f"{line.why}; {moved.why}", moved.cause, [*moved.actions, *line.actions])


def _lines(result: Mapping[str, Any], causes: Sequence[str], now: datetime) -> Iterator[Line]:
    """Yield a line for each action, but for those that belong to another one."""
    actions: Sequence[Mapping[str, Any]] = result["actions"]
    names = {kind: {one["name"] for one in actions if one["action"] == kind} for kind in ("create", "delete", "forget")}
    replaced = [one for one in actions if _frees_the_name(one) and _freed_name(one) in names["create"]]
    told = list(zip(actions, causes))
    for action, cause in told:
        verb, name, why = action["action"], action["name"], action["reason"]
        forgotten = [one for one in actions if one["action"] == "forget" and one["name"] == name]
        if action in replaced or (verb == "forget" and name in names["delete"]):
            continue
        if verb == "create" and replaced:
            why += _works_until([one["id"] for one in replaced], result["previous"], now)
            former = [one["name"] for one in replaced if one["name"] != name]
            if former:
                why = f"renamed from {former[0]!r}; {why}"
            # Whoever ignores what time alone brings has to see a name that is taken because of a declaration.
            cause = next((other for one, other in told if one in replaced and other != "time"), cause)
            yield Line("rotate", name, why, cause, [*replaced, action])
        elif verb in ("patch", "rename"):
            why = changes_text(action["changes"]) + (f"; {why}" if _frees_the_name(action) else "")
            yield Line("change", name, why, cause, [action])
        elif verb == "delete" and forgotten:
            yield Line(verb, name, f"{why}; its entry in the store goes first", cause, [*forgotten, action])
        else:
            yield Line(verb, name, why, cause, [action])


def _frees_the_name(action: Mapping[str, Any]) -> bool:
    """Return whether an action takes the name from a token so that another one can have it."""
    return has_previous_suffix(_new_name(action))


def _freed_name(action: Mapping[str, Any]) -> str:
    """Return the name that such an action makes way for, which is not the token's own where that is renamed too."""
    return name_without_suffix(_new_name(action))


def _new_name(action: Mapping[str, Any]) -> str:
    name: str = action.get("changes", {}).get("name", {}).get("after", "")
    return name


def _works_until(ids: Sequence[str], previous: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """Return until when the replaced tokens keep working; an empty text if they do not."""
    ends = [one[key] for one in previous if one["id"] in ids for key in ("may_go_at", "expiration_date") if one[key]]
    until = min(map(parse_moment, ends), default=now)
    return f"; the old one keeps working until at least {until:%Y-%m-%d}" if until > now else ""
