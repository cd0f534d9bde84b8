#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: credentials_file
short_description: Manage a file with the credentials of a personal access token
version_added: 0.1.0
description:
  - Reads, writes or removes a file with the client id and the client secret of one personal access token of SailPoint
    Identity Security Cloud, and the address of its tenant. The file holds nothing else.
  - It is the same file as O(sailpoint_community.isc.personal_access_token#module:credentials_file). This module can
    also encrypt it with ansible-vault. It sends nothing to the tenant.
  - The module replaces the file in one step. A reader finds the old file or the new one, never a part.
  - A file with other content, or for another tenant, is an error. It is never overwritten and never removed.
options:
  path:
    description:
      - The path of the file. Its folder must exist, and should be writable only for its owner.
      - A new file has the mode V(0600). An existing file keeps its owner, group and mode, but never grants rights to
        others.
      - Symbolic links are followed if they belong to root or to the user that runs the module. Others are refused.
    type: path
    required: true
  base_url:
    description:
      - The address of the tenant's API, for example V(https://TENANT.api.identitynow.com).
      - A file with credentials for another address is refused.
    type: str
    required: true
  format:
    description:
      - The format of the file. The default follows from the ending of O(path), C(.json), C(.yaml), C(.yml) or C(.env).
      - V(json) and V(yaml) hold the keys C(base_url), C(client_id) and C(client_secret).
      - V(env) holds E(SAIL_BASE_URL), E(SAIL_CLIENT_ID) and E(SAIL_CLIENT_SECRET), quoted so that shells, C(.env)
        readers and systemd see the same values. Values for which this is impossible are refused.
      - V(yaml) needs the Python library PyYAML where the module runs. O(vault=true) allows no other format.
    type: str
    choices: [json, yaml, env]
  client_id:
    description:
      - The client id to write. It is the id of the token.
      - It needs O(client_secret).
    type: str
  client_secret:
    description:
      - The client secret to write. A file that already holds it together with O(client_id) is not touched.
      - Without it, the module only reads the file.
    type: str
  state:
    description:
      - V(present) writes O(client_id) and O(client_secret). If neither is given, it reads the file.
      - V(absent) removes the file.
    type: str
    default: present
    choices: [present, absent]
  vault:
    description:
      - Whether ansible-vault encrypts the file. Ansible must be started with a vault password.
      - It works only in the controller's own process, on a local connection without C(become).
    type: bool
    default: false
  vault_id:
    description:
      - The vault id whose password encrypts the file. It needs O(vault=true).
      - The default is the one that the setting E(ANSIBLE_VAULT_ENCRYPT_IDENTITY) names, or the first one that Ansible
        was started with.
      - To read a file, the module tries every vault password.
    type: str
  return_secret:
    description:
      - Whether to return RV(client_secret) when the module reads the file. Ansible then censors the result.
    type: bool
    default: false
extends_documentation_fragment:
  - sailpoint_community.isc.attributes
attributes:
  check_mode:
    details:
      - Reads in check mode too.
  diff_mode:
    description: Shows what it changes.
    support: full
    details:
      - Shows the client id. A secret is never shown.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
notes:
  - "B(The module belongs to no action group.) C(module_defaults) for C(group/sailpoint_community.isc.isc) set the
    credentials to connect with. Here, O(client_id) and O(client_secret) are the credentials to keep."
  - "B(Tasks of this module need no no_log,) except for loops before ansible-core 2.19. A result with a
    secret is censored automatically; the registered variable still holds it. Every other task that receives
    RV(client_secret) needs C(no_log) set to V(true)."
  - "B(On a remote target without pipelining,) Ansible writes the options, O(client_secret) included, into a temporary
    file on the target while the task runs. Set C(ansible_pipelining) to V(true) in the C(vars) of the task."
  - "B(Concurrent runs.) The module locks the folder with C(flock) while it replaces or removes the file, and reads
    the file again before that."
  - If a run is killed while it writes, the next write in the same folder removes its temporary file.
seealso:
  - module: sailpoint_community.isc.personal_access_token
  - module: sailpoint_community.isc.access_token
  - name: How secrets are kept
    description: What is never printed, and the limits of each version of ansible-core.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/secrets.md
  - name: Errors and what to do about them
    description: Every message that this collection fails with.
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

- name: Keep an encrypted copy in the repository of the playbook
  sailpoint_community.isc.credentials_file:
    path: /etc/tokens/nodejs-integration.yml
    base_url: "{{ isc_base_url }}"
    client_id: "{{ isc_client_id }}"
    client_secret: "{{ isc_client_secret }}"
    vault: true
  delegate_to: localhost

- name: Read which token a file belongs to
  sailpoint_community.isc.credentials_file:
    path: /etc/nodejs-integration/isc.env
    base_url: "{{ isc_base_url }}"
  register: stored

- name: Show it
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
    - The client id in the file after the task. In check mode, the one that would be in it.
    - Empty if there is no file.
  returned: success
  type: str
  sample: fa4e1d00fa4e1d00fa4e1d00fa4e1d00
client_secret:
  description:
    - The client secret that the file holds.
    - Ansible censors the result wherever it prints it. A registered variable holds it in full.
  returned: if O(return_secret) is true, and the task only reads an existing file
  type: str
  sample: not-a-secret
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.credentials_file import CREDENTIALS_FILE
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import run_as_module


def main() -> None:
    run_as_module(CREDENTIALS_FILE)


if __name__ == "__main__":
    main()
