# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

# Imported here, at the top, requests and all the rest are paid for once in a play and not once for every host.
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_export import (
    PERSONAL_ACCESS_TOKEN_EXPORT,
)
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._action import IscActionBase


class ActionModule(IscActionBase):
    """Runs the module personal_access_token_export in the controller's process where that is possible."""

    entry = PERSONAL_ACCESS_TOKEN_EXPORT
