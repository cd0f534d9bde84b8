# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: declared_tokens
short_description: Keep the personal access tokens that the variables of the role tokens declare
version_added: 0.1.0
description:
  - Runs M(sailpoint_community.isc.personal_access_token_set) with the variables of the role
    C(sailpoint_community.isc.tokens) as its options, and returns what that module returns.
  - It is the task of that role, and has no options of its own. A token that fails does not make it fail, because the
    role runs its handlers first. So read C(failures) in its result, or use
    M(sailpoint_community.isc.personal_access_token_set) in tasks of your own.
  - It reads the variables itself because Ansible would compile a template of them for every host anew. That takes
    longer than to find out that nothing is to be done.
extends_documentation_fragment:
  - sailpoint_community.isc.attributes
  - sailpoint_community.isc.attributes.in_group
attributes:
  diff_mode:
    description: Shows the plan, as M(sailpoint_community.isc.personal_access_token_set) does.
    support: full
  idempotent:
    description: Changes nothing if the tokens and their stores are as declared.
    support: full
seealso:
  - module: sailpoint_community.isc.personal_access_token_set
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
- name: Keep the tokens and their stores as declared
  sailpoint_community.isc.declared_tokens:
  register: tokens_result

- name: Fail if anything could not be done
  ansible.builtin.assert:
    that: tokens_result.failures == []
"""

RETURN = r"""
# It returns what personal_access_token_set returns.
"""
