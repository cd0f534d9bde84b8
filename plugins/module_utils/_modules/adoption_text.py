# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the plan of a takeover into a store, for people: which token in which night, and what to know before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._base.moments import format_moment
from .._plan.foretold import Foretold, Takeover


def adoption_view(foretold: Foretold) -> dict[str, Any]:
    """Return what is foretold in plain values."""
    return {
        "free_slots": foretold.free_slots,
        "nights": foretold.nights,
        "ends_on": foretold.ends_on,
        "takeovers": [
            {
                "name": one.name,
                "night": one.night,
                "at": format_moment(one.at),
                "gone_on": one.gone_on,
                "expired_at": format_moment(one.expired_at) if one.expired_at else None,
            }
            for one in foretold.takeovers
        ],
        "waiting": list(foretold.waiting),
        "problems": [{"name": name, "msg": text} for name, text in foretold.problems.items()],
    }


def adoption_lines(foretold: Foretold, max_tokens: int) -> Iterator[str]:
    """Yield the lines of the plan."""
    count = len(foretold.takeovers)
    if not count and not foretold.waiting:
        yield "No token is to be taken over: the store holds all of them."
        return
    total, free = count + len(foretold.waiting), foretold.free_slots
    tokens = "1 token is" if total == 1 else f"{total} tokens are"
    slots = f"{free or 'no'} slot of {max_tokens} is" if free < 2 else f"{free} slots of {max_tokens} are"
    yield f"{tokens} to be taken over; {slots} free."
    yield from map(_takeover_line, foretold.takeovers)
    if count and not foretold.waiting:
        last = foretold.takeovers[-1]
        yield f"All are stored after night {foretold.nights}, on {last.at:%Y-%m-%d}.{_end(foretold)}"
        yield (
            "This holds if all consumers read the store on the day after a takeover. Later consumers keep the slot "
            "longer."
        )
    if foretold.waiting:
        yield (
            f"These find no free slot: {', '.join(map(repr, foretold.waiting))}. Delete a token that nobody needs, or "
            "move some to another owner."
        )
    yield from foretold.problems.values()


def _takeover_line(one: Takeover) -> str:
    gone = f"; the old one is deleted on night {one.gone_on}" if one.gone_on is not None else ""
    late = f"; TOO LATE, it expires on {one.expired_at:%Y-%m-%d}" if one.expired_at is not None else ""
    return f"night {one.night:>3}, {one.at:%Y-%m-%d}: {one.name!r}{gone}{late}"


def _end(foretold: Foretold) -> str:
    return f" The last old one is deleted on night {foretold.ends_on}." if foretold.ends_on else ""
