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
from ...module_utils._options.approval import is_action
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
    for host, part in plan["hosts"].items():
        if not _is_part(part):
            raise DeclarationError(
                f"plan_file {path} is no plan: what it has for {host!r} is not what plan_json has written; plan again"
            )
    return plan


def _is_part(part: object) -> bool:
    """Return whether something has the shape of a host's part; that of one that had failed approves nothing."""
    if not isinstance(part, Mapping):
        return False
    if "declaration" not in part:
        return True
    texts, steps = (part["declaration"], part.get("base_url")), part.get("steps")
    if not isinstance(part.get("owner_id", 0), (str, type(None))):
        return False
    return all(isinstance(text, str) for text in texts) and isinstance(steps, list) and all(map(_is_step, steps))


def _is_step(step: object) -> bool:
    actions = step.get("actions") if isinstance(step, Mapping) else None
    return isinstance(actions, list) and all(map(is_action, actions))


def approved_for(plan: Mapping[str, Any], host: str, path: str) -> dict[str, Any]:
    """Return what a plan approves for a host, as the option ``approved`` takes it.

    For a host that was not planned, or that had failed then, it says why nothing is approved.
    """
    part = plan["hosts"].get(host)
    if part is None or "declaration" not in part:
        why = "is not in it" if part is None else "had failed when it was made"
        refusal = f"plan_file {path} approves nothing for {host}, which {why}; nothing was done; plan again"
        return {"base_url": "", "declaration": "", "actions": [], "refusal": refusal}
    actions = [action for step in part["steps"] for action in step["actions"]]
    return {**{key: part[key] for key in ("base_url", "declaration", "owner_id")}, "actions": actions}
