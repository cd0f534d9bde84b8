# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._summary.summary import SPEC, check, summarize

display = Display()

RESULTS = ("tokens_result", "ansible_failed_result")
"""The variables in which a host may have a result: of the role tokens, or of a check of its arguments that failed."""


class ActionModule(ActionBase):
    """Tells the plans of all hosts as one; it runs once, on the controller, and opens no connection."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task and return its result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        validation = ArgumentSpecValidator(SPEC).validate(self._task.args)
        if validation.error_messages:
            return {**result, "failed": True, "msg": "; ".join(validation.error_messages)}
        options = validation.validated_parameters
        hostvars = (task_vars or {}).get("hostvars", {})

        def variables_of(host: str) -> Mapping[str, Any]:
            if host not in hostvars:
                return {}
            found: Mapping[str, Any] = hostvars[host]
            return found

        def result_of(host: str) -> Mapping[str, Any] | None:
            own = variables_of(host)
            return next((own[name] for name in RESULTS if name in own), None)

        def limits_of(host: str) -> Mapping[str, Any]:
            own = variables_of(host)
            try:
                only_due = boolean(own.get("tokens_only_due", False), strict=False)
                return {"plan_file": own.get("tokens_plan_file"), "only_due": only_due}
            except AnsibleError:  # a template that cannot be resolved, for which the host itself has failed
                return {}

        try:
            if options["only_check"]:
                check(options)
                return {**result, "changed": False}
            told = summarize(options, result_of, limits_of, writes=not self._task.check_mode)
        except DeclarationError as error:
            return {**result, "failed": True, "msg": str(error)}
        display.display(told.pop("text").rstrip("\n"))
        return {**result, **told}
