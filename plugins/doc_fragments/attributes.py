# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the modules behave under Ansible's keywords and modes."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of every module; ``IN_GROUP`` is for those of the action group."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Predicts in check mode what would be done, and sends nothing that changes anything.
    support: full
  action:
    description: Has an action plugin, so that it can run on the controller.
    support: full
    details:
      - On a local connection without C(become) it runs in the controller's own process; else the module is shipped to
        the target.
  async:
    description: Supports the C(async) keyword.
    support: none
    details:
      - Refused, since Ansible would write the result to disk in plain text.
  platform:
    description: The platforms on which it runs.
    support: full
    platforms: posix
"""

    IN_GROUP = r"""
attributes:
  action_group:
    description: Belongs to an action group, for which C(module_defaults) can be set once.
    support: full
    membership:
      - sailpoint_community.isc.isc
"""
