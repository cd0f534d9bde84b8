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
    SailPoint Identity Security Cloud, and the address of the tenant that they are for. Nothing else is in it.
  - It is the same file as that of O(sailpoint_community.isc.personal_access_token#module:credentials_file), and in
    addition it can be encrypted with ansible-vault. Nothing is sent to the tenant.
  - The file is replaced in one step. At every instant it is either the old one or the new one, whole.
  - A file that is not understood, or is for another tenant, is an error. It is never overwritten and never removed.
options:
  path:
    description:
      - The file. Its folder has to be there already; it should be writable for its owner only.
      - A new file has the mode V(0600). One that is replaced keeps its owner, its group and its mode, but for the
        rights of everybody.
      - Symbolic links that belong to the user that runs this, or to root, are followed. Others are refused.
    type: path
    required: true
  base_url:
    description:
      - The address of the tenant's API, for example V(https://TENANT.api.identitynow.com).
      - A file that holds the credentials for another one is refused.
    type: str
    required: true
  format:
    description:
      - How the file is written. If left out, the ending of O(path) tells, that is C(.json), C(.yaml), C(.yml) or
        C(.env).
      - V(json) and V(yaml) hold the keys C(base_url), C(client_id) and C(client_secret).
      - V(env) holds E(SAIL_BASE_URL), E(SAIL_CLIENT_ID) and E(SAIL_CLIENT_SECRET), quoted so that a shell, the readers
        of C(.env) files and systemd see the same values. Values for which that is impossible are refused.
      - V(yaml) needs the Python library PyYAML where the module runs. With O(vault=true) it is the only one.
    type: str
    choices: [json, yaml, env]
  client_id:
    description:
      - The client id to write. It is the id of the token.
      - Goes with O(client_secret).
    type: str
  client_secret:
    description:
      - The client secret to write. A file that already holds it, and the same O(client_id), is left untouched.
      - Without it the file is only read.
    type: str
  state:
    description:
      - V(present) writes what O(client_id) and O(client_secret) give, or reads if neither is given.
      - V(absent) removes the file.
    type: str
    default: present
    choices: [present, absent]
  vault:
    description:
      - Whether the file is encrypted with ansible-vault. Ansible has to be started with a vault password then.
      - Works only in the controller's own process, that is on a local connection without C(become).
    type: bool
    default: false
  vault_id:
    description:
      - The vault id whose password encrypts the file. Needs O(vault=true).
      - If left out, it is the one that the setting E(ANSIBLE_VAULT_ENCRYPT_IDENTITY) names, else the first that Ansible
        was started with.
      - To read, every vault password is tried, as Ansible always does.
    type: str
  return_secret:
    description:
      - Whether to return RV(client_secret) when the file is read. The result is a secret then.
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
  - "B(It belongs to no action group.) What C(module_defaults) for C(group/sailpoint_community.isc.isc) sets are the
    credentials to connect with; here, O(client_id) and O(client_secret) are those to keep."
  - "B(No no_log is needed) on tasks of this module, but for loops before ansible-core 2.19. A result that holds a
    secret is censored by itself, and the registered variable has the secret all the same. Every other task that is
    given RV(client_secret) needs C(no_log) set to V(true)."
  - "B(Where the module is shipped) and pipelining is off, Ansible writes the options, O(client_secret) included, into a
    temporary file on the target for as long as the task runs. Set C(ansible_pipelining) to V(true) in the C(vars) of
    the task."
  - "B(Concurrent runs.) The folder is locked with C(flock) while the file is replaced or removed, and the file is read
    again before that."
  - The temporary file of a run that was killed in between is removed when a file of the same folder is next written.
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
- name: Keep the credentials of an integration where it reads them
  sailpoint_community.isc.credentials_file:
    path: /etc/nodejs-integration/isc.env
    base_url: "{{ isc_base_url }}"
    client_id: "{{ isc_client_id }}"
    client_secret: "{{ isc_client_secret }}"

- name: Keep them in the repository of the playbook too, encrypted
  sailpoint_community.isc.credentials_file:
    path: /etc/tokens/nodejs-integration.yml
    base_url: "{{ isc_base_url }}"
    client_id: "{{ isc_client_id }}"
    client_secret: "{{ isc_client_secret }}"
    vault: true
  delegate_to: localhost

- name: See which token a file is of
  sailpoint_community.isc.credentials_file:
    path: /etc/nodejs-integration/isc.env
    base_url: "{{ isc_base_url }}"
  register: stored

- name: Say so
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

- name: Remove the file of an integration that is no more
  sailpoint_community.isc.credentials_file:
    path: /etc/nodejs-integration/isc.env
    base_url: "{{ isc_base_url }}"
    state: absent
"""

RETURN = r"""
client_id:
  description:
    - The client id that the file holds in the end; in check mode, that it would hold.
    - Empty if there is no file.
  returned: success
  type: str
  sample: fa4e1d00fa4e1d00fa4e1d00fa4e1d00
client_secret:
  description:
    - The client secret that the file holds.
    - The result is censored wherever Ansible prints it; a registered variable has it in full.
  returned: if O(return_secret) is true, the file is only read, and there is one
  type: str
  sample: not-a-secret
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.credentials_file import CREDENTIALS_FILE
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import run_as_module


def main() -> None:
    run_as_module(CREDENTIALS_FILE)


if __name__ == "__main__":
    main()
