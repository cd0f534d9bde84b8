# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._report.run import report_on

display = Display()


class ActionModule(ActionBase):
    """Runs the module token_report in the controller's process, always: it reads what other hosts have registered."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the report, show its summary, and return what was found."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        result.update(report_on(self._task.args, variables, self._loader, self._task.check_mode))
        summary = result.pop("_summary", None)
        if summary is not None:
            display.display(summary)
        return result
