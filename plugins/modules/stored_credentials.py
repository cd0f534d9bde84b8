#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: credentials_file
short_description: Keep the credentials of a personal access token in a file
version_added: 0.1.0
description:
  - Reads, writes or removes a file that holds the client id and the client secret of one personal access token of
    SailPoint Identity Security Cloud, and the address of its tenant. The file holds nothing else.
  - It is the same file as O(sailpoint_community.isc.personal_access_token#module:credentials_file). This module can
    also encrypt it with ansible-vault. It sends nothing to the tenant.
  - The file is replaced in one step. At every moment, it is either the complete old file or the complete new one.
  - A file that is not understood, or that is for another tenant, is an error. It is never overwritten or removed.
options:
  path:
    description:
      - The file. Its folder has to exist, and should be writable by its owner only.
      - A new file has the mode V(0600). A file that is replaced keeps its owner, group and mode, without any
        permissions for others.
      - Symbolic links are followed if they belong to root or to the user who runs the module. Others are refused.
    type: path
    required: true
  base_url:
    description:
      - The address of the tenant's API, for example V(https://TENANT.api.identitynow.com).
      - A file that holds credentials for another address is refused.
    type: str
    required: true
  format:
    description:
      - The format of the file. By default, the ending of O(path) determines it, which is C(.json), C(.yaml), C(.yml) or
        C(.env).
      - V(json) and V(yaml) files hold the keys C(base_url), C(client_id) and C(client_secret).
      - V(env) files hold E(SAIL_BASE_URL), E(SAIL_CLIENT_ID) and E(SAIL_CLIENT_SECRET), quoted so that shells, readers
        of C(.env) files and systemd read the same values. Values that cannot be quoted in this way are refused.
      - V(yaml) needs the Python library PyYAML where the module runs. O(vault=true) supports only V(yaml).
    type: str
    choices: [json, yaml, env]
  client_id:
    description:
      - The client id to write. It is the same as the id of the token.
      - Requires O(client_secret).
    type: str
  client_secret:
    description:
      - The client secret to write. If the file already holds it together with O(client_id), the file is not touched.
      - Without O(client_secret), the file is only read.
    type: str
  state:
    description:
      - V(present) writes O(client_id) and O(client_secret). If you give neither, it reads the file.
      - V(absent) removes the file.
    type: str
    default: present
    choices: [present, absent]
  vault:
    description:
      - Whether the file is encrypted with ansible-vault. Start Ansible with a vault password then.
      - Works only in the controller's own process, which means on a local connection without C(become).
    type: bool
    default: false
  vault_id:
    description:
      - The vault id whose password encrypts the file. Requires O(vault=true).
      - The default is the vault id that the setting E(ANSIBLE_VAULT_ENCRYPT_IDENTITY) names, or else the first one that
        Ansible was started with.
      - To read the file, every vault password is tried, as usual in Ansible.
    type: str
  return_secret:
    description:
      - Whether to return RV(client_secret) when the file is read. The result is then censored.
    type: bool
    default: false
extends_documentation_fragment:
  - sailpoint_community.isc.attributes
attributes:
  check_mode:
    details:
      - Reads the file in check mode too.
  diff_mode:
    description: Shows what it changes.
    support: full
    details:
      - Shows the client id, but never a secret.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
notes:
  - "B(The module belongs to no action group.) C(module_defaults) for C(group/sailpoint_community.isc.isc) set the
    credentials to connect with. Here, O(client_id) and O(client_secret) are the credentials to store."
  - "B(You need no no_log) on tasks of this module, except for loops before ansible-core 2.19. A result that contains a
    secret is censored automatically, and the registered variable still holds the secret. Set C(no_log) to V(true) on
    every other task that you pass RV(client_secret) to."
  - "B(Pipelining.) If the module is shipped and pipelining is off, Ansible writes the options, including
    O(client_secret), into a temporary file on the target for as long as the task runs. Set C(ansible_pipelining) to
    V(true) in the C(vars) of the task."
  - "B(Concurrent runs.) The folder is locked with C(flock) while the file is replaced or removed, and the file is first
    read again."
  - If a run was killed, its temporary file is removed the next time a file in the same folder is written.
seealso:
  - module: sailpoint_community.isc.personal_access_token
  - module: sailpoint_community.isc.access_token
  - name: How secrets are kept
    description: What is never printed, and the limits in each version of ansible-core.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/secrets.md
  - name: Errors and what to do about them
    description: Every error message of this collection.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/errors.md
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
- name: Write the credentials of an integration to the file that it reads
  sailpoint_community.isc.credentials_file:
    path: /etc/nodejs-integration/isc.env
    base_url: "{{ isc_base_url }}"
    client_id: "{{ isc_client_id }}"
    client_secret: "{{ isc_client_secret }}"

- name: Also keep them, encrypted, on the controller
  sailpoint_community.isc.credentials_file:
    path: /etc/tokens/nodejs-integration.yml
    base_url: "{{ isc_base_url }}"
    client_id: "{{ isc_client_id }}"
    client_secret: "{{ isc_client_secret }}"
    vault: true
  delegate_to: localhost

- name: Find out which token a file belongs to
  sailpoint_community.isc.credentials_file:
    path: /etc/nodejs-integration/isc.env
    base_url: "{{ isc_base_url }}"
  register: stored

- name: Show the id of the token
  ansible.builtin.debug:
    msg: "{{ stored.client_id or 'there is none' }}"

- name: Read the secret
  sailpoint_community.isc.credentials_file:
    path: /etc/nodejs-integration/isc.env
    base_url: "{{ isc_base_url }}"
    return_secret: true
  register: pair

- name: Test that the credentials work
  sailpoint_community.isc.access_token:
    base_url: "{{ isc_base_url }}"
    client_id: "{{ pair.client_id }}"
    client_secret: "{{ pair.client_secret }}"

- name: Remove the file of an integration that no longer exists
  sailpoint_community.isc.credentials_file:
    path: /etc/nodejs-integration/isc.env
    base_url: "{{ isc_base_url }}"
    state: absent
"""

RETURN = r"""
client_id:
  description:
    - The client id that the file holds after the run. In check mode, the client id that it would hold.
    - Empty if there is no file.
  returned: success
  type: str
  sample: fa4e1d00fa4e1d00fa4e1d00fa4e1d00
client_secret:
  description:
    - The client secret that the file holds.
    - The result is censored wherever Ansible prints it. A registered variable holds it in full.
  returned: if O(return_secret) is true, the file is only read, and it exists
  type: str
  sample: not-a-secret
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import run_as_module
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.stored_credentials import (
    STORED_CREDENTIALS,
)


def main() -> None:
    run_as_module(STORED_CREDENTIALS)


if __name__ == "__main__":
    main()
