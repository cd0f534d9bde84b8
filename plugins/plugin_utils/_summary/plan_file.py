# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a plan: read, with whatever is wrong with it told, and what it approves for one host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...module_utils._base.errors import DeclarationError
from .fleet import FORMAT, VERSION


def read_plan(path: str) -> dict[str, Any]:
    """Return the document of a plan file. Raises DeclarationError for a file that is none, or of another version."""
    try:
        plan = json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise DeclarationError(f"plan_file {path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        plan = None
    if not isinstance(plan, dict) or plan.get("format") != FORMAT or not isinstance(plan.get("hosts"), dict):
        raise DeclarationError(f"plan_file {path} is no plan: give the file that plan_json has written")
    if plan.get("version") != VERSION:
        raise DeclarationError(
            f"plan_file {path} has version {plan.get('version')} of the format, and this collection reads {VERSION}; "
            "plan again"
        )
    return plan


def approved_for(plan: Mapping[str, Any], host: str, path: str) -> dict[str, Any]:
    """Return what a plan approves for a host, as the option ``approved`` takes it.

    For a host that was not planned, or that had failed then, it says why nothing is approved.
    """
    part = plan["hosts"].get(host)
    if not isinstance(part, Mapping) or "declaration" not in part:
        why = "is not in it" if part is None else "had failed when it was made"
        refusal = f"plan_file {path} approves nothing for {host}, which {why}; nothing was done; plan again"
        return {"base_url": "", "declaration": "", "actions": [], "refusal": refusal}
    actions = [action for step in part["steps"] for action in step["actions"]]
    return {"base_url": part["base_url"], "declaration": part["declaration"], "actions": actions}
