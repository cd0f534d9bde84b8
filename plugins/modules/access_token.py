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
  - Exchanges the client id and the client secret of a personal access token for a bearer token, with the OAuth client
    credentials grant.
  - Use it to test that stored credentials work, or to call the rest of the API with C(ansible.builtin.uri).
  - It sends one OAuth request and nothing else. The task never reports a change. It also gets a bearer token in check
    mode, because a grant changes nothing except the last use that the API records.
  - The bearer token is a secret. Ansible never prints it.
options:
  access_token:
    description:
      - Not used by this module, which returns a bearer token. The module refuses it if it is given without a client id
        and secret, as an option, by C(module_defaults) or as E(SAIL_ACCESS_TOKEN).
  api_version:
    description:
      - Not used by this module; the exchange is the same in all versions.
extends_documentation_fragment:
  - sailpoint_community.isc.connection
  - sailpoint_community.isc.attributes
  - sailpoint_community.isc.attributes.in_group
attributes:
  check_mode:
    details:
      - It gets a bearer token in check mode too.
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
  - "B(Tasks of this module need no no_log,) except for loops before ansible-core 2.19. The result is
    censored automatically; the registered variable still holds the bearer token. Every other task that receives
    RV(access_token) needs C(no_log) set to V(true)."
  - "B(Do not print the registered variable.) Before ansible-core 2.22, C(ansible.builtin.debug) shows the bearer token
    in it."
  - "B(Loops.) Before ansible-core 2.19, a task with C(loop) is refused unless C(no_log) is V(true), because some
    callbacks print the items."
  - Only the bearer token of a personal access token can list or create personal access tokens, because it has an
    identity. The bearer token of an API client has none.
seealso:
  - module: sailpoint_community.isc.personal_access_token
  - module: ansible.builtin.uri
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# Most examples take the connection from the environment: SAIL_BASE_URL, SAIL_CLIENT_ID, SAIL_CLIENT_SECRET.

- name: Get a bearer token
  sailpoint_community.isc.access_token:
  register: bearer

# The task above needs no no_log, but this one does: it receives the bearer token, and would show it.
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

# The API silently accepts scopes beyond the rights of a token's owner. They are missing here.
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
    - Ansible censors the result wherever it prints it. A registered variable holds it in full.
  returned: success
  type: str
  sample: fake-fa4ebea4e4fa4ebea4e4fa4ebea4e4
expires_in:
  description: How many seconds it is valid. V(null) if the server does not say.
  returned: success
  type: int
  sample: 43199
scope:
  description:
    - The granted scopes, sorted. V(null) if the server does not say.
    - It leaves out scopes of the personal access token beyond the rights of its owner.
  returned: success
  type: list
  elements: str
  sample: [idn:accounts:read, idn:sources:read]
identity_id:
  description: The id of the identity that it acts for. V(null) if the server does not say.
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
