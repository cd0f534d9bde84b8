#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: access_token
short_description: Exchange credentials of SailPoint Identity Security Cloud for a bearer token
version_added: 0.1.0
description:
  - Exchanges the client id and the client secret of a personal access token for a bearer token, with the OAuth
    client-credentials grant.
  - Use it to test that stored credentials work, or to call the rest of the API with C(ansible.builtin.uri).
  - It makes one OAuth call and no other. Each run gets a bearer token, in check mode too, and never reports a change.
    The only effect is that the API records the last use of the personal access token.
  - The bearer token is a secret. It is kept out of everything that Ansible prints.
options:
  access_token:
    description:
      - Has no use here, because it is what this module returns. If it is the only credential, the task fails, whether
        it comes from this option, from C(module_defaults) or from E(SAIL_ACCESS_TOKEN).
      - If C(module_defaults) gives it to the whole action group, a task with O(client_id) and O(client_secret) fails,
        because they exclude each other. Set O(access_token="") on that task.
  api_version:
    description:
      - Has no effect here. The exchange is the same in all versions.
extends_documentation_fragment:
  - sailpoint_community.isc.connection
  - sailpoint_community.isc.attributes
  - sailpoint_community.isc.attributes.in_group
attributes:
  check_mode:
    details:
      - Gets the bearer token in check mode too.
  diff_mode:
    description: Shows what it changes.
    support: N/A
    details:
      - It changes nothing.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
    details:
      - It never reports a change, although every run gets another bearer token.
notes:
  - "B(You need no no_log) on tasks of this module, except for loops over secrets, and for all loops before ansible-core
    2.19. The result is censored automatically, and the registered variable still holds the bearer token. Set C(no_log)
    to V(true) on every other task that you pass RV(access_token) to."
  - "B(Loops over secrets.) Ansible prints the item of an iteration that is skipped or cannot be templated, before our
    code runs. Set C(no_log) to V(true) on a task whose loop items hold secrets, or loop over numbers."
  - "B(Do not print the registered variable.) Before ansible-core 2.22, C(ansible.builtin.debug) shows the bearer token
    in it."
  - "B(Loops.) Before ansible-core 2.19, a task with C(loop) is refused unless you set C(no_log) to V(true), because
    some callbacks print the items."
  - To list or create personal access tokens, the bearer token has to come from a personal access token. The bearer
    token of an API client has no identity.
seealso:
  - module: sailpoint_community.isc.personal_access_token
  - module: ansible.builtin.uri
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# Unless a task gives its own, the connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.

- name: Get a bearer token
  sailpoint_community.isc.access_token:
  register: bearer

# This task needs no_log, because it would show the bearer token. The task above does not need it.
- name: Use it to call another part of the API
  ansible.builtin.uri:
    url: "{{ lookup('ansible.builtin.env', 'SAIL_BASE_URL') }}/v2025/sources?limit=5"
    headers:
      Authorization: "Bearer {{ bearer.access_token }}"
  no_log: true
  vars:
    ansible_pipelining: true
  register: sources

- name: Test that the stored credentials of an integration work
  sailpoint_community.isc.access_token:
    base_url: "{{ isc_base_url }}"
    client_id: "{{ stored.client_id }}"
    client_secret: "{{ stored.client_secret }}"
  vars:
    stored: "{{ lookup('ansible.builtin.file', '/etc/nodejs-integration/isc.json') | from_json }}"
  register: integration

# The API silently accepts scopes that exceed the rights of a token's owner. It leaves them out here.
- name: Check that they have the scope that the integration needs
  ansible.builtin.assert:
    that: "'idn:accounts:read' in integration.scope"
    quiet: true

- name: Exchange credentials at a tenant with a vanity domain
  sailpoint_community.isc.access_token:
    base_url: "{{ isc_base_url }}"
    token_url: "{{ isc_token_url }}"
    client_id: "{{ isc_client_id }}"
    client_secret: "{{ isc_client_secret }}"
  register: vanity
"""

RETURN = r"""
access_token:
  description:
    - The bearer token, for the header C(Authorization).
    - The result is censored wherever Ansible prints it. A registered variable holds it in full.
  returned: success
  type: str
  sample: fake-fa4ebea4e4fa4ebea4e4fa4ebea4e4
expires_in:
  description: The lifetime of the bearer token in seconds. V(null) if the server does not state it.
  returned: success
  type: int
  sample: 43199
scope:
  description:
    - The scopes that the bearer token grants, sorted. V(null) if the server does not state them.
    - It does not contain scopes of the personal access token that exceed the rights of its owner.
  returned: success
  type: list
  elements: str
  sample: [idn:accounts:read, idn:sources:read]
identity_id:
  description: The id of the identity that the bearer token acts for. V(null) if the server does not state it.
  returned: success
  type: str
  sample: fa4e1de7fa4e1de7fa4e1de7fa4e1de7
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.access_token import ACCESS_TOKEN
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import run_as_module


def main() -> None:
    run_as_module(ACCESS_TOKEN)


if __name__ == "__main__":
    main()
