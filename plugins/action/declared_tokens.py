# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._action import IscActionBase
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._role import SET_BY_THE_ROLE, role_options


class ActionModule(IscActionBase):
    """Runs the module personal_access_token_set with the options that the variables of the role tokens declare."""

    entry = PERSONAL_ACCESS_TOKEN_SET

    def _unguarded(self, tmp: str | None, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        try:
            declared = role_options(task_vars or {}, self._templar.template)
        except DeclarationError as error:
            return {"failed": True, "msg": str(error)}
        defaults = {option: value for option, value in self._task.args.items() if option not in SET_BY_THE_ROLE}
        self._take({**defaults, **declared})
        return super()._unguarded(tmp, task_vars)
