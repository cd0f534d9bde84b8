#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: personal_access_token_set
short_description: Manage many personal access tokens of SailPoint Identity Security Cloud
version_added: 0.1.0
description:
  - Does for many tokens of one owner what M(sailpoint_community.isc.personal_access_token) does for one. It needs one
    OAuth call and one list call for all of them.
  - Options at the top are the defaults of the tokens.
  - "B(A failing token does not stop the others.) The module tries all of them and reports the failures together."
  - "B(Pruning.) O(prune) deletes the tokens that nobody declares and nobody uses. It never deletes a token that the
    platform manages, that the run authenticates with, that a store holds, that belongs to the family of a declared
    name, or that was used or created within O(prune_unused_for). Check mode shows which tokens would go."
  - "B(The quota) is shared among the tokens. The module first deletes what may go. Then it creates missing tokens and
    replaces expired ones. Then it rotates, the most urgent token first, as long as a slot is free."
options:
  personal_access_tokens:
    description:
      - The tokens. Each name, id and credentials file can be declared only once.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name of the token. Give a name, an id or both.
        type: str
      id:
        description: The id of an existing token, see O(sailpoint_community.isc.personal_access_token#module:id).
        type: str
      renamed_from:
        description: Names that the token may still have.
        type: list
        elements: str
        default: []
      state:
        description: V(absent) deletes the token and its whole family at once, in use or not.
        type: str
        default: present
        choices: [present, absent]
      credentials_file:
        description:
          - The file that keeps the credentials of this token, see
            O(sailpoint_community.isc.personal_access_token#module:credentials_file).
          - O(stored_client_ids) does not apply to a token with a credentials file.
        type: path
      authenticates:
        description:
          - Whether the run authenticates with this token as soon as its credentials file holds it. Only one token can
            set this.
        type: bool
        default: false
      scope:
        description: The scopes of this token. Overrides O(scope).
        type: list
        elements: raw
      access_token_validity_seconds:
        description: Overrides O(access_token_validity_seconds).
        type: int
      expiration_date:
        description: The expiry of this token. Any of the three expiry options overrides all three at the top.
        type: str
      expires_in:
        description: The expiry of this token. Any of the three expiry options overrides all three at the top.
        type: str
      never_expires:
        description: The expiry of this token. Any of the three expiry options overrides all three at the top.
        type: bool
      rotate:
        description: Overrides O(rotate).
        type: str
        choices: [when_due, always, never]
      rotate_after:
        description: Overrides O(rotate_after).
        type: str
      rotate_before:
        description: Overrides O(rotate_before).
        type: str
      overlap:
        description: Overrides O(overlap).
        type: str
      adopt:
        description: Overrides O(adopt).
        type: bool
      credentials_format:
        description: Overrides O(credentials_format).
        type: str
        choices: [json, yaml, env]
      verify:
        description: Overrides O(verify).
        type: str
        choices: [on_write, always, never]
      return_secret:
        description: Overrides O(return_secret).
        type: bool
  stored_client_ids:
    description:
      - The client ids that your own secret store holds, by the name of the token. With this option, every token has a
        store. A missing name or an empty string means that the store holds nothing for it.
      - Leave it out if there is no store. See O(sailpoint_community.isc.personal_access_token#module:stored_client_id).
    type: dict
  stored_client_secrets:
    description:
      - The secrets that your store holds, by the name of the token. They are used only for O(verify=always).
    type: dict
  store_errors:
    description:
      - The errors of your store, by the name of the token. Such a token fails with this text, and nothing is done to
        it. Its family is not pruned.
    type: dict
  prune:
    description:
      - Whether to delete the caller's tokens that are not declared and not used.
      - It needs O(client_id) and O(client_secret), and at least one declared token.
      - If a declaration is refused, nothing is pruned.
    type: bool
    default: false
  prune_exclude:
    description:
      - Patterns for names that O(prune) leaves alone, with C(*), C(?) and C([...]). They are case-sensitive.
      - A pattern also protects tokens that were replaced under a matching name.
    type: list
    elements: str
    default: []
  prune_unused_for:
    description:
      - How long a token must be unused before O(prune) deletes it. A never used token counts from its creation.
      - The API records the last use only once a day, so a day is added.
    type: str
    default: 30d
  on_error:
    description:
      - V(fail) tries all tokens, then fails the task if one of them failed.
      - V(report) does not fail the task. Check RV(failures) instead.
    type: str
    default: fail
    choices: [fail, report]
extends_documentation_fragment:
  - sailpoint_community.isc.lifecycle
  - sailpoint_community.isc.connection
  - sailpoint_community.isc.attributes
  - sailpoint_community.isc.attributes.in_group
attributes:
  diff_mode:
    description: Shows all the families before and after, in check mode too.
    support: full
    details:
      - Ansible censors a result with secrets as a whole, its diff included. In its place, the module prints one line
        for each action, with its reason.
  idempotent:
    description: A second run with the same options changes nothing.
    support: partial
    details:
      - With O(rotate=always), every run makes new tokens.
notes:
  - "B(Tasks of this module need no no_log,) except for loops before ansible-core 2.19. Every task that receives a
    secret of RV(created) needs C(no_log) set to V(true). Do not put secrets into a loop's items; loop over numbers."
seealso:
  - module: sailpoint_community.isc.personal_access_token
  - module: sailpoint_community.isc.personal_access_token_info
  - name: The role tokens
    description: Reads your stores, runs this module, and writes new credentials to the stores.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/roles/tokens/README.md
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# These examples take the connection from the environment: SAIL_BASE_URL, SAIL_CLIENT_ID, SAIL_CLIENT_SECRET.

- name: Manage the tokens of this machine in files, and delete tokens that nobody declares or uses
  sailpoint_community.isc.personal_access_token_set:
    expires_in: 90d
    rotate_before: 14d
    personal_access_tokens:
      - name: Backup Script
        scope:
          - idn:sources:read
        credentials_file: /etc/backup/isc.env
      - name: Nightly Export
        scope:
          - idn:identities:read
        credentials_file: /etc/export/isc.json
        overlap: 2d
      - name: Decommissioned Portal
        state: absent
    prune: true
    prune_exclude:
      - Ansible
      - "personal *"
    on_error: report
  register: kept
  notify: Restart the integration

# A task that fails notifies nobody, and a play that fails runs no handlers.
- name: Restart services with new credentials, even if other tokens failed
  ansible.builtin.meta: flush_handlers

- name: Fail for the others
  ansible.builtin.assert:
    that: kept.failures == []
    fail_msg: "{{ kept.failures | map(attribute='msg') | join('; ') }}"

- name: Manage tokens in a store of your own; some may fail
  sailpoint_community.isc.personal_access_token_set:
    expires_in: 90d
    rotate_before: 14d
    stored_client_ids:
      HR Feed: "{{ hr_feed_client_id }}"
      Payroll Feed: ""
    personal_access_tokens:
      - name: HR Feed
        scope:
          - idn:identities:read
      - name: Payroll Feed
        scope:
          - idn:accounts:manage
    on_error: report
  register: tokens

# This loops over numbers, because core shows a loop's items with every result.
- name: Write the new credentials to the store
  ansible.builtin.copy:
    dest: "/etc/feeds/{{ tokens.created[item].client_id }}.json"
    content: "{{ tokens.created[item] | to_json }}"
    mode: "0600"
  loop: "{{ range(tokens.created | length) | list }}"
  no_log: true
  vars:
    ansible_pipelining: true

- name: Fail for tokens that could not be done, once the others are in the store
  ansible.builtin.assert:
    that: tokens.failures == []
    fail_msg: "{{ tokens.failures | map(attribute='msg') | join('; ') }}"
"""

RETURN = r"""
personal_access_tokens:
  description:
    - The result of each declared token, in the order of their declaration.
    - Each has the return values of M(sailpoint_community.isc.personal_access_token) without C(secret) and C(diff). It
      also has C(name), C(failed) and, if it failed, C(msg).
  returned: if the tokens could be listed
  type: list
  elements: dict
  sample:
    - name: HR Feed
      changed: false
      failed: false
      credentials_changed: false
      actions: []
      previous: []
      client_id: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
      expires_in_days: 61
created:
  description:
    - The credentials of the new tokens, except those that a credentials file stores. The API shows them only once.
    - Ansible censors a result with credentials wherever it prints the result. A registered variable holds them in full.
    - With O(on_error=fail), it also holds the tokens that did not fail, so that a C(rescue) section can save them.
  returned: if the tokens could be listed
  type: list
  elements: dict
  contains:
    name:
      description: The name of the token.
      returned: always
      type: str
      sample: Payroll Feed
    client_id:
      description: Its client id.
      returned: always
      type: str
      sample: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
    client_secret:
      description: Its client secret.
      returned: always
      type: str
      sample: fake-fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
    expires_at:
      description: When it expires. V(null) if never.
      returned: always
      type: str
      sample: "2026-10-30T09:30:00.000Z"
failures:
  description: The tokens that failed, each with the reason.
  returned: if the tokens could be listed
  type: list
  elements: dict
  contains:
    name:
      description: The name of the token, or its id if no name is declared.
      returned: always
      type: str
      sample: HR Feed
    msg:
      description: What happened, why, and what to do.
      returned: always
      type: str
      sample: >-
        personal access token 'HR Feed': its store failed: permission denied; nothing was done to the token
pruned:
  description: The deletions of undeclared tokens. In check mode, those that would be done.
  returned: if the tokens could be listed
  type: list
  elements: dict
  sample:
    - action: delete
      name: left over
      id: 01dfa4e001dfa4e001dfa4e001dfa4e0
      reason: nobody declares it, never used, prune_unused_for is 30d
actions:
  description: Everything that was done, token by token. In check mode, everything that would be done.
  returned: if the tokens could be listed
  type: list
  elements: dict
  sample:
    - action: create
      name: Payroll Feed
      id: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
      reason: it does not exist
credentials_changed:
  description: Whether credentials for any consumer changed or were removed.
  returned: if the tokens could be listed
  type: bool
  sample: true
warnings:
  description:
    - What deserves attention although nothing failed. Ansible shows them.
    - If the result is censored, they are shown with the host's name and are not in the result.
  returned: if the tokens could be listed
  type: list
  elements: str
  sample: []
diff:
  description: All families before and after, by name, without the values that only the server sets.
  returned: if the tokens could be listed
  type: dict
  contains:
    before:
      description: The tokens before the run, each under its name.
      returned: always
      type: dict
      sample: {}
    after:
      description: The tokens after the run, each under its name.
      returned: always
      type: dict
      sample:
        Payroll Feed:
          scope: [idn:accounts:manage]
          expiration_date: "2026-10-30T09:30:00.000Z"
          access_token_validity_seconds: null
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import run_as_module
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)


def main() -> None:
    run_as_module(PERSONAL_ACCESS_TOKEN_SET)


if __name__ == "__main__":
    main()
