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
  - Exchanges the client id and the client secret of a personal access token for a bearer token, by the OAuth
    client-credentials grant.
  - It is the test that stored credentials work, and the key to the rest of the API, with C(ansible.builtin.uri).
  - One OAuth call and nothing else. The task never reports a change; each run gets a bearer token, in check mode too,
    for a grant changes nothing but the last use that the API notes of the personal access token.
  - The bearer token is a secret, which is kept out of everything that Ansible prints.
options:
  access_token:
    description:
      - Not of use here, since it is what this module returns. Given alone, by the option, by C(module_defaults) or as
        E(SAIL_ACCESS_TOKEN), it is refused.
  api_version:
    description:
      - Of no influence here; the exchange is the same in all versions.
extends_documentation_fragment:
  - sailpoint_community.isc.connection
  - sailpoint_community.isc.attributes
  - sailpoint_community.isc.attributes.in_group
attributes:
  check_mode:
    details:
      - The bearer token is got in check mode too.
  diff_mode:
    description: Shows what it changes.
    support: N/A
    details:
      - It changes nothing.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
    details:
      - No change is ever reported, though every run gets another bearer token.
notes:
  - "B(No no_log is needed) on tasks of this module, but for loops before ansible-core 2.19. The result is censored by
    itself, and the registered variable has the bearer token all the same. Every other task that is given
    RV(access_token) needs C(no_log) set to V(true)."
  - "B(Do not print the registered variable.) Before ansible-core 2.22, C(ansible.builtin.debug) shows the bearer token
    in it."
  - "B(Loops.) Before ansible-core 2.19 a task with C(loop) is refused unless it has C(no_log) set to V(true), since
    some callbacks print the items."
  - Only a personal access token's bearer token has an identity and can list or create personal access tokens. That of
    an API client has none.
seealso:
  - module: sailpoint_community.isc.personal_access_token
  - module: ansible.builtin.uri
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# Mostly, the connection comes from the environment here: SAIL_BASE_URL, SAIL_CLIENT_ID, SAIL_CLIENT_SECRET.

- name: Get a bearer token
  sailpoint_community.isc.access_token:
  register: bearer

# The task above needs no no_log, this one does: it is given the bearer token, and would show it.
- name: Use it for another part of the API
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

# The API accepts scopes beyond the rights of a token's owner without a word, and leaves them out here.
- name: See that they have the scope that the integration needs
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
    - The result is censored wherever Ansible prints it; a registered variable has it in full.
  returned: success
  type: str
  sample: fake-fa4ebea4e4fa4ebea4e4fa4ebea4e4
expires_in:
  description: For how many seconds it is valid, as far as the server tells.
  returned: success
  type: int
  sample: 43199
scope:
  description:
    - What it is good for, sorted. V(null) where the server does not tell.
    - Scopes of the personal access token beyond the rights of its owner are not in it.
  returned: success
  type: list
  elements: str
  sample: [idn:accounts:read, idn:sources:read]
identity_id:
  description: The id of the identity that it acts for. V(null) where the server does not tell.
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
