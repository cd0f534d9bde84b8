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
    description: In check mode, predicts the changes and makes none.
    support: full
  action:
    description: Has an action plugin, so that it can run on the controller.
    support: full
    details:
      - On a local connection without C(become), it runs in the controller's own process. Otherwise Ansible runs the
        module on the target.
  async:
    description: Supports the C(async) keyword.
    support: none
    details:
      - It is refused, because Ansible would write the result to disk in plain text.
  platform:
    description: The platforms on which it runs.
    support: full
    platforms: posix
"""

    IN_GROUP = r"""
attributes:
  action_group:
    description: Belongs to an action group, so that C(module_defaults) can be set once for all its modules.
    support: full
    membership:
      - sailpoint_community.isc.isc
"""
