#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: stored_credentials
short_description: Read, write or remove the stored credentials of a personal access token
version_added: 0.1.0
description:
  - Reads, writes or removes one entry of a store. An entry holds the client id and the client secret of one personal
    access token of SailPoint Identity Security Cloud, and the address of its tenant. It holds nothing else.
  - It is the same entry as that of O(sailpoint_community.isc.personal_access_token#module:store). Use this module to
    hand the credentials to a consumer, to store those of a token that already exists, or to move them from one store to
    another.
  - It sends nothing to the tenant, so it does not find out whether the credentials work. To do that, use
    M(sailpoint_community.isc.access_token).
  - An entry that is not understood, or that is for another tenant, is an error. It is never overwritten or removed.
options:
  base_url:
    description:
      - The address of the tenant's API, for example V(https://TENANT.api.identitynow.com). Required, either here or in
        the environment variable E(SAIL_BASE_URL).
      - An entry that holds credentials for another address is refused.
  store:
    required: true
  key:
    description:
      - The value that replaces V({key}) in O(store). Required if the store has V({key}) in its C(path) or C(name), and
        refused otherwise.
      - By default, the key of a token is derived from its name. V(NodeJS Integration) has the key
        V(nodejs-integration).
    type: str
  credentials:
    description:
      - What the entry should hold. Without it, the entry is only read.
      - If the entry already holds these credentials, it is not touched.
    type: dict
    suboptions:
      client_id:
        description: The client id. It is the same as the id of the token.
        type: str
      client_secret:
        description: The client secret.
        type: str
  state:
    description:
      - V(present) writes O(credentials). If you do not give them, it reads the entry.
      - V(absent) removes the entry.
      - V(tried) tries the store out. It writes made-up credentials to the entry, replaces them, and removes them
        again. It does the same with a second entry, whose key is O(key) with C(-2) at its end. Both have to be empty
        before, and the store needs C({key}) in its path or name. It does not run in check mode. Folders that it makes
        for a file stay.
    type: str
    default: present
    choices: [present, absent, tried]
  return_secret:
    description:
      - Whether to return RV(client_secret) when the entry is read. The result is then censored.
    type: bool
    default: false
extends_documentation_fragment:
  - sailpoint_community.isc.store
  - sailpoint_community.isc.connection
  - sailpoint_community.isc.attributes
  - sailpoint_community.isc.attributes.in_group
attributes:
  check_mode:
    support: partial
    details:
      - Reads the entry in check mode too.
      - O(state=tried) is refused in check mode, because it writes.
      - Only for the stores C(file) and C(vault_file) does O(state=absent) find out in check mode whether the entry can
        be removed. The other stores would tell whether it can be written, which is another right.
  diff_mode:
    description: Shows what it changes.
    support: full
    details:
      - Shows the client id, but never a secret.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
notes:
  - "B(Of the connection options, only O(base_url) is used.) The others are accepted, because C(module_defaults) may set
    them for the whole action group."
  - "B(You need no no_log) on tasks of this module, except for loops over secrets, and for all loops before ansible-core
    2.19. A result that contains a secret is censored automatically, and the registered variable still holds the secret.
    Set C(no_log) to V(true) on every other task that you pass RV(client_secret) to."
  - "B(Loops over secrets.) Ansible prints the item of an iteration that is skipped or cannot be templated, before our
    code runs. Set C(no_log) to V(true) on a task whose loop items hold secrets, or loop over numbers."
  - "B(Do not print the registered variable.) Before ansible-core 2.22, C(ansible.builtin.debug) shows the secret in
    it."
  - "B(Concurrent runs.) An entry is replaced or removed only if it still holds what the task has read. Otherwise, the
    task fails and changes nothing. Stores of the kinds C(azure_key_vault) and C(command) cannot guarantee this."
seealso:
  - module: sailpoint_community.isc.personal_access_token
  - module: sailpoint_community.isc.access_token
  - name: Stores
    description: Each kind of store, what it needs, and how to write one of your own.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/stores.md
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# Unless a task gives its own, base_url comes from SAIL_BASE_URL.

- name: Store the credentials of a token that somebody has created by hand
  sailpoint_community.isc.stored_credentials:
    store:
      file:
        path: /etc/isc/{key}.env
    key: nodejs-integration
    credentials:
      client_id: "{{ isc_client_id }}"
      client_secret: "{{ isc_client_secret }}"

- name: Find out whose entry it is, without the secret
  sailpoint_community.isc.stored_credentials:
    store:
      file:
        path: /etc/isc/{key}.env
    key: nodejs-integration
  register: stored

- name: Try a store out before the first token, with a key that nobody uses
  sailpoint_community.isc.stored_credentials:
    store:
      file:
        path: /etc/isc/{key}.env
    key: isc-store-check
    state: tried

- name: Show the id of the token
  ansible.builtin.debug:
    msg: "{{ stored.client_id or 'there is no entry' }}"

- name: Read the credentials for a consumer
  sailpoint_community.isc.stored_credentials:
    store:
      file:
        path: /etc/isc/{key}.env
    key: nodejs-integration
    return_secret: true
  register: pair

- name: Test that they work
  sailpoint_community.isc.access_token:
    client_id: "{{ pair.client_id }}"
    client_secret: "{{ pair.client_secret }}"

# Two tasks move an entry from one store to another. The task above has read it. These write it, and remove it.
- name: Write the entry to the new store
  sailpoint_community.isc.stored_credentials:
    store:
      vault_file:
        path: /etc/tokens/{key}.yml
    key: nodejs-integration
    credentials:
      client_id: "{{ pair.client_id }}"
      client_secret: "{{ pair.client_secret }}"
  when: pair.client_secret is defined

- name: Remove the entry from the old store
  sailpoint_community.isc.stored_credentials:
    store:
      file:
        path: /etc/isc/{key}.env
    key: nodejs-integration
    state: absent
"""

RETURN = r"""
client_id:
  description:
    - The client id that the entry holds after the run. In check mode, the client id that it would hold.
    - Empty if there is no entry.
  returned: success
  type: str
  sample: fa4e1d00fa4e1d00fa4e1d00fa4e1d00
client_secret:
  description:
    - The client secret that the entry holds.
    - The result is censored wherever Ansible prints it. A registered variable holds it in full.
  returned: if O(return_secret) is true, the entry is only read, and it exists
  type: str
  sample: not-a-secret
seen:
  description: What the store was seen to do, one sentence for each step.
  returned: if O(state) is V(tried)
  type: list
  elements: str
  sample: [what is not there is read as nothing]
diff:
  description: What is done to the entry, as Ansible shows it with C(--diff).
  returned: if the entry is written or removed
  type: dict
  contains:
    prepared:
      description: One line with the client ids before and after, or that the secret is another. Empty if nothing
        changes.
      returned: always
      type: str
      sample: |
        + write   'file /etc/isc/nodejs-integration.env'  client_id: none -> fa4e1d00fa4e1d00fa4e1d00fa4e1d00
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import run_as_module
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.stored_credentials import (
    STORED_CREDENTIALS,
)


def main() -> None:
    run_as_module(STORED_CREDENTIALS)


if __name__ == "__main__":
    main()
