# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: a plan for people: one line an action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def action_line(action: Mapping[str, Any]) -> str:
    """Return an action of a result as one line of a plan."""
    changes = ", ".join(f"{field} to {value!r}" for field, value in action.get("changes", {}).items())
    return f"{action['action']} {action['name']!r}{changes and ', '}{changes}: {action['reason']}"
