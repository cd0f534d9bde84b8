# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
from typing import Any

from ansible.module_utils.urls import open_url
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Asks the control interface of the simulator, whose README says what each verb does; an error fails the task.

    It does so in the process that runs the task. The module uri starts a process each time, which takes half a second.
    """

    _requires_connection = False
    _VALID_ARGS = frozenset({"verb", "method", "body"})

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return what ``verb`` answers as ``json``; it gets ``body``, if there is one."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, arguments = self.validate_argument_spec(
            {
                "verb": {"type": "str", "required": True},
                "method": {"type": "str", "default": "GET"},
                "body": {"type": "dict"},
            }
        )
        body = arguments["body"]
        answer = open_url(
            f"{os.environ['SAIL_BASE_URL']}/_simulator/{arguments['verb']}",
            method=arguments["method"],
            data=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/json"},
            use_proxy=False,
        )
        return {**result, "changed": False, "json": json.loads(answer.read())}
