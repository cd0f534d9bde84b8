# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: approved_plan
short_description: Return what a plan file approves for a host
version_added: 0.1.0
description:
  - Reads the plan file that the playbook C(sailpoint_community.isc.plan) has written, and returns what it approves for
    a host, as the option O(sailpoint_community.isc.personal_access_token_set#module:approved) takes it.
  - It is for tasks of your own. The role C(sailpoint_community.isc.tokens) does the same with C(tokens_plan_file).
options:
  _terms:
    description: The path of the plan file.
    type: list
    elements: str
    required: true
  host:
    description: The host, as the inventory names it.
    type: str
    required: true
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
- name: Do what was approved, and nothing else
  sailpoint_community.isc.personal_access_token_set:
    personal_access_tokens: "{{ tokens_declared }}"
    store: "{{ tokens_store }}"
    approved: "{{ lookup('sailpoint_community.isc.approved_plan', 'plan.json', host=inventory_hostname) }}"
"""

RETURN = r"""
_raw:
  description: The tenant, the digest of the declaration, and the approved actions.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import DeclarationError
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._summary.plan_file import approved_in


class LookupModule(LookupBase):
    """Returns what a plan file approves for a host."""

    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
        """Return it for each of the files. Raises AnsibleLookupError."""
        self.set_options(var_options=variables, direct=kwargs)
        host = self.get_option("host")
        try:
            return [approved_in(path, host) for path in terms]
        except DeclarationError as error:
            raise AnsibleLookupError(str(error)) from None
