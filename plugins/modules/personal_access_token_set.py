#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: personal_access_token_set
short_description: Keep a set of personal access tokens of SailPoint Identity Security Cloud as declared
version_added: 0.1.0
description:
  - Does for many tokens of one owner what M(sailpoint_community.isc.personal_access_token) does for one, with one OAuth
    call and one list call for all of them.
  - Options at the top are the defaults of the tokens.
  - "B(One that fails does not stop the others.) All are tried, and the failures are reported together."
  - "B(Pruning), with O(prune), deletes the tokens that nobody declares and nobody uses. It never deletes one that is
    managed by the platform, or that the run authenticates with, or that a store holds, or that is of the family of a
    declared name, or that was used or made within O(prune_unused_for). Check mode tells which would go."
  - "B(The quota) is shared out among the tokens: what may go is deleted first, then the missing and the expired are
    made, then rotations are done, the most urgent first, as long as a slot is free."
options:
  personal_access_tokens:
    description:
      - The tokens. A name, an id and a credentials file can be declared once.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name of the token. One of O(personal_access_tokens[].name) and O(personal_access_tokens[].id).
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
        description: V(absent) deletes the token and all of its family at once, in use or not.
        type: str
        default: present
        choices: [present, absent]
      credentials_file:
        description:
          - The file that keeps the credentials of this token, see
            O(sailpoint_community.isc.personal_access_token#module:credentials_file).
          - O(stored_client_ids) does not count for a token that has one.
        type: path
      authenticates:
        description:
          - Whether the run authenticates with this token as soon as its credentials file holds it. One of the tokens
            can have this.
        type: bool
        default: false
      scope:
        description: The scopes of this token, in place of O(scope).
        type: list
        elements: raw
      access_token_validity_seconds:
        description: In place of O(access_token_validity_seconds).
        type: int
      expiration_date:
        description: The expiry of this token. Any of the three takes the place of all three at the top.
        type: str
      expires_in:
        description: The expiry of this token. Any of the three takes the place of all three at the top.
        type: str
      never_expires:
        description: The expiry of this token. Any of the three takes the place of all three at the top.
        type: bool
      rotate:
        description: In place of O(rotate).
        type: str
        choices: [when_due, always, never]
      rotate_after:
        description: In place of O(rotate_after).
        type: str
      rotate_before:
        description: In place of O(rotate_before).
        type: str
      overlap:
        description: In place of O(overlap).
        type: str
      adopt:
        description: In place of O(adopt).
        type: bool
      credentials_format:
        description: In place of O(credentials_format).
        type: str
        choices: [json, yaml, env]
      verify:
        description: In place of O(verify).
        type: str
        choices: [on_write, always, never]
      return_secret:
        description: In place of O(return_secret).
        type: bool
  stored_client_ids:
    description:
      - The client ids that your secret store holds, by the name of the token. If it is given, every token has a store,
        and a name that is not in it, or has an empty string, has one that holds nothing.
      - See O(sailpoint_community.isc.personal_access_token#module:stored_client_id). Left out, there is no store.
    type: dict
  stored_client_secrets:
    description:
      - The secrets that your store holds, by the name of the token. They are used for O(verify=always) alone.
    type: dict
  store_errors:
    description:
      - Why your store failed, by the name of the token. Nothing is done to such a token, and it fails with this text.
      - Its family is not pruned.
    type: dict
  prune:
    description:
      - Whether to delete the tokens of the caller that are not declared and not used.
      - Needs O(client_id) and O(client_secret), and at least one declared token.
      - Where a declaration is refused, nothing is pruned.
    type: bool
    default: false
  prune_exclude:
    description:
      - Patterns of the names that O(prune) leaves alone, with C(*), C(?) and C([...]); letters count by case.
      - A name spares the tokens too that were replaced under it.
    type: list
    elements: str
    default: []
  prune_unused_for:
    description:
      - For how long a token must not have been used, nor made, before O(prune) deletes it. Since the API notes the last
        use once a day, a day is added to that.
    type: str
    default: 30d
  on_error:
    description:
      - V(fail) fails the task after all tokens have been tried, if one of them failed.
      - V(report) does not fail it. Look into RV(failures) then.
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
      - Ansible censors a result that has secrets as a whole, its diff included. In its place, one line is printed for
        each action with its reason.
  idempotent:
    description: A second run with the same options changes nothing.
    support: partial
    details:
      - With O(rotate=always) every run makes new tokens.
notes:
  - "B(No no_log is needed) on tasks of this module, but for loops before ansible-core 2.19. Every task that is given a
    secret of RV(created) needs C(no_log) set to V(true), and must not have it in a loop's items: loop over numbers."
seealso:
  - module: sailpoint_community.isc.personal_access_token
  - module: sailpoint_community.isc.personal_access_token_info
  - name: The role tokens
    description: Reads your stores, runs this module, and writes what is new into the stores.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/roles/tokens/README.md
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# The connection comes from the environment here: SAIL_BASE_URL, SAIL_CLIENT_ID, SAIL_CLIENT_SECRET.

- name: Keep the tokens of this machine in files, and delete what nobody declares or uses
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
- name: Restart what got new credentials, though others failed
  ansible.builtin.meta: flush_handlers

- name: Fail for the others
  ansible.builtin.assert:
    that: kept.failures == []
    fail_msg: "{{ kept.failures | map(attribute='msg') | join('; ') }}"

- name: Have tokens for a store of your own, of which some may fail
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

# Over numbers, since core shows a loop's items with every result.
- name: Write the new ones into the store
  ansible.builtin.copy:
    dest: "/etc/feeds/{{ tokens.created[item].client_id }}.json"
    content: "{{ tokens.created[item] | to_json }}"
    mode: "0600"
  loop: "{{ range(tokens.created | length) | list }}"
  no_log: true
  vars:
    ansible_pipelining: true

- name: Fail for what could not be done, once all is in the store
  ansible.builtin.assert:
    that: tokens.failures == []
    fail_msg: "{{ tokens.failures | map(attribute='msg') | join('; ') }}"
"""

RETURN = r"""
personal_access_tokens:
  description:
    - What became of each declared token, in the order of their declaration.
    - Each has what M(sailpoint_community.isc.personal_access_token) returns, without C(secret) and C(diff), and with
      C(name), C(failed) and, for one that failed, C(msg).
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
    - The credentials of the new tokens, but for those that a credentials file has taken. There is no second chance to
      get them. A result that has them is censored wherever Ansible prints it; a registered variable has them in full.
    - With O(on_error=fail), the tokens that did not fail are in it too, for a C(rescue) section to save.
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
  description: The tokens that are not as declared, each with the reason.
  returned: if the tokens could be listed
  type: list
  elements: dict
  contains:
    name:
      description: The name of the token, or its id where it has no name.
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
  description: The deletions of undeclared tokens, in check mode those that would be done.
  returned: if the tokens could be listed
  type: list
  elements: dict
  sample:
    - action: delete
      name: left over
      id: 01dfa4e001dfa4e001dfa4e001dfa4e0
      reason: nobody declares it, never used, prune_unused_for is 30d
actions:
  description: All that was done, token by token, in check mode all that would be.
  returned: if the tokens could be listed
  type: list
  elements: dict
  sample:
    - action: create
      name: Payroll Feed
      id: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
      reason: it does not exist
credentials_changed:
  description: Whether there are new credentials for any consumer, or none any more.
  returned: if the tokens could be listed
  type: bool
  sample: true
warnings:
  description:
    - What deserves attention though nothing failed. Ansible shows them.
    - Where the result is censored, they are shown with the host's name, and are not in the result.
  returned: if the tokens could be listed
  type: list
  elements: str
  sample: []
diff:
  description: All the families before and after, by name. What only the server knows of new tokens is left out.
  returned: if the tokens could be listed
  type: dict
  contains:
    before:
      description: The tokens before, each under its name.
      returned: always
      type: dict
      sample: {}
    after:
      description: The tokens after, each under its name.
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
