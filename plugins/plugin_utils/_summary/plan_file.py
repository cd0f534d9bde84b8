# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a plan: read, with whatever is wrong with it told, and what it approves for one host."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from ansible import constants

from ...module_utils._base.errors import DeclarationError
from ...module_utils._options.approval import is_action
from .fleet import FORMAT, VERSION

PARTS = Path(constants.DEFAULT_LOCAL_TMP) / "isc-plans"
"""Where all hosts of one run of Ansible find their parts of a plan; core removes it at the end."""


def read_plan(path: str) -> dict[str, Any]:
    """Return the document of a plan file. Raises DeclarationError for a file that is none, or of another version."""
    if not path.strip():
        raise DeclarationError("plan_file is empty; give the path of the plan, or leave it out")
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


def approved_in(path: str, host: str, parts: Path = PARTS) -> dict[str, Any]:
    """Return what a plan file approves for a host; ``parts`` is a folder that all hosts of a run share.

    Each host has a process of its own. So the first ones take the file apart, or every host would read the plans of
    all. Raises DeclarationError.
    """
    try:
        present = os.stat(os.path.expanduser(path))
    except OSError:
        return approved_for(read_plan(path), host, path)  # which says what is wrong
    state = (os.path.abspath(os.path.expanduser(path)), present.st_ino, present.st_mtime_ns, present.st_size)
    place = parts / sha256(repr(state).encode()).hexdigest()
    if not place.is_dir():
        _take_apart(read_plan(path), path, place)
    try:
        approved: dict[str, Any] = json.loads((place / _file_of(host)).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return approved_for({"hosts": {}}, host, path)
    return approved


def _take_apart(plan: Mapping[str, Any], path: str, place: Path) -> None:
    """Write what is approved for each host into a folder that is there as a whole, or not at all."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = Path(mkdtemp(dir=place.parent))
    for host in plan["hosts"]:
        (draft / _file_of(host)).write_text(json.dumps(approved_for(plan, host, path)), encoding="utf-8")
    try:
        draft.rename(place)
    except OSError:  # another host was faster
        rmtree(draft)


def _file_of(host: str) -> str:
    return sha256(host.encode("utf-8", "surrogatepass")).hexdigest()


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
