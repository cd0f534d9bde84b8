# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: what the page of the report says about each kind of finding: its title, how soon to act, and what to do."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """The words for a kind; ``level`` is a key of LEVELS."""

    title: str
    level: str
    advice: str


LEVELS = {"now": "Act now", "plan": "Plan", "tidy": "Tidy up"}
"""How soon somebody has to act, the most urgent first, and how the page calls it."""

WORDS = {
    "unreachable": Words(
        "Not reached",
        "now",
        "Find out why the scan failed. Until the next one succeeds, the figures shown for this tenant are old.",
    ),
    "expired": Words("Expired", "now", "Rotate the token if something still needs it. Delete it if nothing does."),
    "expiring": Words(
        "Expiring, not rotated",
        "now",
        "Declare the token, so that a run rotates it in time, or give it a later date.",
    ),
    "rotation_deferred": Words(
        "Rotation deferred",
        "now",
        "See why the runs do not rotate it: they may fail, or the owner has no free slot. Delete what nobody uses.",
    ),
    "previous_in_use": Words(
        "Previous token in use",
        "now",
        "Give the new credentials to whoever still uses the old ones. The old token ends on its own date in any case.",
    ),
    "owner_inactive": Words(
        "Owner inactive", "now", "Move the work to a token of an active identity. The manager knows who takes over."
    ),
    "bootstrap_expiring": Words(
        "Own token expiring",
        "now",
        "Rotate the token that the runs themselves use, before it ends. Without it no run reaches the tenant.",
    ),
    "quota": Words(
        "Owner near the limit",
        "plan",
        "Delete what nobody uses, or spread the tokens over more owners. A rotation needs a free slot.",
    ),
    "all_rights": Words("All rights", "plan", "Give the token only the scopes that its job needs."),
    "never_expires": Words("Never expires", "plan", "Give the token a date, and let a run rotate it in time."),
    "never_used": Words("Never used", "tidy", "Delete the token if nothing is about to use it."),
    "unused": Words("Unused", "tidy", "Delete the token if nothing needs it any more."),
}


def words_for(kind: str) -> Words:
    """Return the words for a kind of finding, plain ones for a kind that is not known here."""
    return WORDS.get(kind) or Words(kind.replace("_", " ").capitalize(), "plan", "")
