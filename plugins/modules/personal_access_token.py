#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: personal_access_token
short_description: Manage a personal access token of SailPoint Identity Security Cloud
version_added: 0.1.0
description:
  - Creates, changes, renames, rotates and deletes a personal access token (PAT) of the caller. The caller is the
    identity whose credentials the connection uses.
  - The API shows a token's secret only once, when it creates the token. The module checks the secret and writes it to
    O(credentials_file). Without that option it returns the secret as RV(secret). Ansible never prints it, and the next
    task can use it.
  - If the token is as declared, the module writes nothing. It costs one OAuth call and one list call; with
    O(access_token) it costs the list call alone.
  - An option that you leave out is not managed. A rotated token takes over the scope and the
    O(access_token_validity_seconds) of the old one, unless you declare them.
  - "B(Rotation) makes a new token and keeps the old one working. It renames the old token to
    V(NAME (previous XXXXXXXX\\)), with the first 8 digits of its id, and gives NAME to the new token. All of these
    tokens are the family of NAME. RV(previous) lists the replaced ones."
  - "B(Nothing that is in use is destroyed.) A later run deletes a replaced token once O(overlap) has passed and nobody
    uses it any more. The page How it works, linked below, lists the exact rules. The token that the run authenticates
    with, and tokens managed by the platform, are never deleted in this way."
  - "B(The quota.) An owner can have O(max_tokens) tokens. If no slot is free, a rotation that is due waits, and
    RV(deferred) says why. A missing or expired token fails, with a list of tokens that could go."
options:
  name:
    description:
      - The name of the token, unique among the caller's tokens.
      - It must not begin or end with white space, nor end like the name of a replaced token.
      - Give O(name), O(id) or both.
    type: str
  id:
    description:
      - The id of an existing token. With O(name), that token is renamed.
      - A token declared by its id is never rotated, because its successor would have another id. If a rotation is
        needed, the task fails; if the token has merely expired, it warns.
      - Mutually exclusive with O(credentials_file). With O(state=present), also with O(renamed_from),
        O(stored_client_id) and O(rotate=always).
    type: str
  renamed_from:
    description:
      - Names that the token may still have. A token with such a name is renamed to O(name); its id and secret stay.
      - You can leave this in the playbook after the rename. It does not apply to O(state=absent).
    type: list
    elements: str
    default: []
  state:
    description:
      - V(present) makes the token as declared.
      - V(absent) deletes the token and its whole family at once, in use or not. This includes the token that the run
        authenticates with; it goes last. With O(id), it deletes that token alone.
    type: str
    default: present
    choices: [present, absent]
  stored_client_id:
    description:
      - The client id that your own secret store holds for this token. It decides which token of the family is in use.
      - Give an empty string if the store certainly holds nothing. Leave the option out if there is no store.
      - If your store cannot be read, let the play fail before this task.
      - If a token has this name and the store does not hold its id, one of two things happens. If the token was not
        used after its first hour, nobody has its secret, and it is replaced. Otherwise the task fails; see O(adopt).
    type: str
  credentials_file:
    description:
      - The file that keeps the credentials of the token. It decides which token of the family is in use.
      - The module reads the file first. It checks new credentials and writes them to the file before it does anything
        else.
      - "The module replaces the file as a whole, so a reader finds the old credentials or the new ones. Only its owner
        can read a new file. An existing file keeps its owner, group and mode, but never grants rights to others."
      - The folder must exist and be writable. A file with other content, or for another tenant, is never overwritten.
        With O(state=absent), the file is removed first.
      - The secret is not returned, unless you set O(return_secret).
      - The file is on the machine where the module runs. With a local connection, that is the controller.
    type: path
  authenticates:
    description:
      - Whether the run authenticates with this token as soon as O(credentials_file) holds it. It then needs the
        connection's own credentials only for the first run, or if the stored ones are refused.
    type: bool
    default: false
  owner:
    description:
      - The id of the identity whose token to delete; only for O(state=absent). The default is the caller.
      - The API can create and change tokens only for the caller.
    type: str
extends_documentation_fragment:
  - sailpoint_community.isc.lifecycle
  - sailpoint_community.isc.connection
  - sailpoint_community.isc.attributes
  - sailpoint_community.isc.attributes.in_group
attributes:
  diff_mode:
    description: Shows the family of the token before and after, in check mode too.
    support: full
    details:
      - Ansible censors a result with a secret as a whole, its diff included. In its place, the module prints one line
        for each action, with its reason.
  idempotent:
    description: A second run with the same options changes nothing.
    support: partial
    details:
      - With O(rotate=always), every run makes a new token.
notes:
  - "B(Tasks of this module need no no_log,) except for loops before ansible-core 2.19. A result with a secret is
    censored automatically; the registered variable still holds it. Every other task that receives RV(secret) needs
    C(no_log) set to V(true)."
  - "B(Do not print the registered variable.) Before ansible-core 2.22, C(ansible.builtin.debug) shows the secret in
    it."
  - "B(Loops.) Before ansible-core 2.19, a task with C(loop) is refused unless C(no_log) is V(true), because some
    callbacks print the items."
  - If the play ends after a token is created and before its secret is handed over, the secret is lost. With
    O(credentials_file) or O(stored_client_id), the next run heals this. Without them, run once with O(rotate=always).
  - The module compares times with the server's clock. If the server sends no time, nothing is deleted because of its
    age.
seealso:
  - module: sailpoint_community.isc.personal_access_token_info
  - module: sailpoint_community.isc.access_token
  - name: How it works
    description: The life of a token, families, rotation, stores and the quota.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/how-it-works.md
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# Most examples take the connection from the environment: SAIL_BASE_URL, SAIL_CLIENT_ID, SAIL_CLIENT_SECRET.

- name: Delete a token that nobody needs any more, together with the tokens that it replaced
  sailpoint_community.isc.personal_access_token:
    name: Decommissioned Portal
    state: absent

- name: Create a token for an integration, and rotate it two weeks before it expires
  sailpoint_community.isc.personal_access_token:
    name: NodeJS Integration
    scope:
      - idn:accounts:read
      - idn:sources:read
    expires_in: 90d
    rotate_before: 14d
  register: nodejs

# The task above needs no no_log, but this one does: other modules show the options that they receive.
# A secret is there only if a token was created: not in check mode, and not in a run that changes nothing.
- name: Hand the credentials over, and restart what uses them
  ansible.builtin.copy:
    dest: /etc/nodejs-integration/isc.env
    content: |
      ISC_CLIENT_ID={{ nodejs.client_id }}
      ISC_CLIENT_SECRET={{ nodejs.secret }}
    mode: "0600"
  no_log: true
  vars:
    ansible_pipelining: true
  when: nodejs.secret is defined
  notify: Restart the integration

- name: Keep a token in a file, where a script on this machine reads it
  sailpoint_community.isc.personal_access_token:
    name: Backup Script
    scope:
      - idn:sources:read
    expires_in: 90d
    rotate_before: 14d
    credentials_file: /etc/backup/isc.env
  notify: Restart the integration

- name: Let the automation's own token rotate itself
  sailpoint_community.isc.personal_access_token:
    name: Ansible
    scope:
      - sp:my-personal-access-tokens:read
      - sp:my-personal-access-tokens:manage
    expires_in: 60d
    rotate_before: 20d
    credentials_file: /etc/ansible/isc.json
    verify: always
    authenticates: true

- name: Tell the team about new credentials, in check mode too
  ansible.builtin.debug:
    msg: "{{ nodejs.actions | map(attribute='reason') | join('; ') }}"
  when: nodejs.credentials_changed

- name: Show what another scope would change
  sailpoint_community.isc.personal_access_token:
    name: NodeJS Integration
    scope:
      - idn:accounts:read
    expires_in: 90d
    rotate_before: 14d
  check_mode: true
  diff: true

- name: Set the connection once for several tasks
  module_defaults:
    group/sailpoint_community.isc.isc:
      base_url: "{{ isc_base_url }}"
      client_id: "{{ isc_client_id }}"
      client_secret: "{{ isc_client_secret }}"
      api_version: v3
  block:
    - name: Create a token with version v3 of the API, which allows a lifetime of 6 months at most
      sailpoint_community.isc.personal_access_token:
        name: HR Feed
        scope:
          - idn:identities:read
        expires_in: 150d
        rotate_before: 30d
      register: hr_feed

    - name: Test its credentials
      sailpoint_community.isc.access_token:
        client_id: "{{ hr_feed.client_id }}"
        client_secret: "{{ hr_feed.secret }}"
      when: hr_feed.secret is defined

- name: Rename a token; its id and its secret stay
  sailpoint_community.isc.personal_access_token:
    name: Accounts Sync
    renamed_from:
      - Legacy Sync
    expires_in: 90d
    rotate_before: 14d

- name: Rename the token with a known id
  sailpoint_community.isc.personal_access_token:
    id: fa4e1d00fa4e1d00fa4e1d00fa4e1d00
    name: Reporting Dashboard

- name: Rotate every 60 days; the old credentials work for two weeks more, or longer if they are still used
  sailpoint_community.isc.personal_access_token:
    name: Nightly Export
    expires_in: 180d
    rotate_after: 60d
    rotate_before: 30d
    overlap: 14d
  register: export

- name: Replace a token whose secret leaked
  sailpoint_community.isc.personal_access_token:
    name: Ticket Bot
    expires_in: 90d
    rotate_before: 14d
    rotate: always
  register: ticket_bot

# Hand the new credentials over before this. The no_log is for ansible-core before 2.19, which may print the items of a
# loop.
- name: Delete the leaked token without waiting until it is out of use
  sailpoint_community.isc.personal_access_token:
    id: "{{ item }}"
    state: absent
  loop: "{{ ticket_bot.previous | map(attribute='id') }}"
  no_log: true

- name: Ask the store which token is in use; the play fails here if the store cannot be read
  ansible.builtin.set_fact:
    payroll_client_id: >-
      {{ (lookup('ansible.builtin.file', payroll_store) | from_json).client_id if payroll_store is exists else '' }}

- name: Create a token for a store, although somebody uses a token of this name that the store does not hold
  sailpoint_community.isc.personal_access_token:
    name: Payroll Feed
    scope:
      - idn:accounts:manage
    expires_in: 90d
    rotate_before: 14d
    stored_client_id: "{{ payroll_client_id }}"
    adopt: true
  register: payroll

- name: Write the store
  ansible.builtin.copy:
    dest: "{{ payroll_store }}"
    content: "{{ {'client_id': payroll.client_id, 'client_secret': payroll.secret} | to_json }}"
    mode: "0600"
  no_log: true
  vars:
    ansible_pipelining: true
  delegate_to: localhost
  when: payroll.secret is defined

- name: Delete a token of somebody who has left, as an administrator
  sailpoint_community.isc.personal_access_token:
    name: Personal Scripts
    owner: fa4e0ff0fa4e0ff0fa4e0ff0fa4e0ff0
    state: absent
"""

RETURN = r"""
personal_access_token:
  description:
    - The token after the run. In check mode, the token as it would be.
    - For a token that check mode would create, only C(name), C(scope), C(expiration_date) and
      C(access_token_validity_seconds) are known.
  returned: if the token exists after the run
  type: dict
  contains:
    id:
      description: Its id, which is also its client id.
      returned: always
      type: str
      sample: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
    name:
      description: Its name.
      returned: always
      type: str
      sample: NodeJS Integration
    scope:
      description: Its scopes, sorted. V(null) if the API shows none.
      returned: always
      type: list
      elements: str
      sample: [idn:accounts:read, idn:sources:read]
    owner:
      description: The identity that owns it.
      returned: always
      type: dict
      contains:
        type:
          description: The type of the owner.
          returned: always
          type: str
          sample: IDENTITY
        id:
          description: The identity's id.
          returned: always
          type: str
          sample: fa4e1de7fa4e1de7fa4e1de7fa4e1de7
        name:
          description: The identity's name.
          returned: always
          type: str
          sample: Fake Service Account
    created:
      description: When it was created.
      returned: always
      type: str
      sample: "2026-08-01T09:30:00.000Z"
    last_used:
      description: When it was last exchanged for a bearer token. The API records this once a day. V(null) if never.
      returned: always
      type: str
      sample: "2026-08-20T02:00:00.000Z"
    expiration_date:
      description: When it expires. V(null) if never.
      returned: always
      type: str
      sample: "2026-10-30T09:30:00.000Z"
    access_token_validity_seconds:
      description: The lifetime of the bearer tokens issued for it, in seconds. V(null) if the API shows none.
      returned: always
      type: int
      sample: 43200
    managed:
      description: Whether the platform manages it. Such tokens are never touched.
      returned: always
      type: bool
      sample: false
client_id:
  description: The client id of the token that is in use after the run.
  returned: if the token exists after the run; not for a token that check mode would create
  type: str
  sample: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
secret:
  description:
    - The client secret of the new token. The API shows it only once.
    - Ansible censors a result with it wherever it prints the result. A registered variable holds it in full.
  returned: if a token was created without a failure, and O(credentials_file) is not set; never in check mode
  type: str
  sample: fake-fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
granted_scope:
  description:
    - The scope of the bearer token that the credentials were exchanged for. It can be less than the declared scope,
      because the API silently accepts scopes beyond the owner's rights.
  returned: if the credentials were checked in this run, see O(verify)
  type: list
  elements: str
  sample: [idn:accounts:read]
credentials_changed:
  description:
    - Whether the credentials for the consumers changed or were removed. In check mode, whether they would.
  returned: if the tokens could be listed
  type: bool
  sample: true
expires_in_days:
  description: Whole days until the token expires; negative if it has expired. V(null) if it never expires.
  returned: if the token exists after the run
  type: int
  sample: 89
rotates_in_time:
  description: Whether a later run replaces the token before it expires. V(true) also if it never expires.
  returned: if the token exists after the run
  type: bool
  sample: true
actions:
  description:
    - What was done, in order. In check mode, what would be done. After a failure, what was done before it.
  returned: if the tokens could be listed
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(patch), V(rename), V(delete), or V(forget) if the credentials file is removed.
      returned: always
      type: str
      sample: rename
    name:
      description: The token's name before the action.
      returned: always
      type: str
      sample: NodeJS Integration
    id:
      description: The token's id.
      returned: always, except for a V(create) in check mode
      type: str
      sample: 01dfa4e001dfa4e001dfa4e001dfa4e0
    reason:
      description: Why.
      returned: always
      type: str
      sample: frees the name for its successor
    changes:
      description: The changed fields, with their new values.
      returned: for V(patch) and V(rename)
      type: dict
      sample:
        name: NodeJS Integration (previous 01dfa4e0)
  sample:
    - action: rename
      name: NodeJS Integration
      id: 01dfa4e001dfa4e001dfa4e001dfa4e0
      reason: frees the name for its successor
      changes:
        name: NodeJS Integration (previous 01dfa4e0)
    - action: create
      name: NodeJS Integration
      id: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
      reason: expires in 10 days, rotate_before is 14d
previous:
  description: The replaced tokens of the family that still exist after the run.
  returned: if the tokens could be listed
  type: list
  elements: dict
  contains:
    id:
      description: The token's id.
      returned: always
      type: str
      sample: 01dfa4e001dfa4e001dfa4e001dfa4e0
    name:
      description: The token's name after the run.
      returned: always
      type: str
      sample: NodeJS Integration (previous 01dfa4e0)
    last_used:
      description: When it was last exchanged for a bearer token. The API records this once a day. V(null) if never.
      returned: always
      type: str
      sample: "2026-08-20T02:00:00.000Z"
    in_use:
      description: Whether it was used so recently that somebody probably still uses its credentials.
      returned: always
      type: bool
      sample: true
    may_go_at:
      description:
        - When a run may delete it, unless somebody uses it until then.
        - V(null) for the token that the run authenticates with, which is kept.
      returned: always
      type: str
      sample: "2026-08-28T02:00:00.000Z"
deferred:
  description:
    - Why a due rotation has to wait for a free slot of the quota. A warning says the same.
  returned: if a rotation has to wait
  type: str
  sample: >-
    to be rotated (expires in 10 days, rotate_before is 14d), but all 10 tokens of the owner are in use (max_tokens)
warnings:
  description:
    - What deserves attention although the task did not fail. Ansible shows them.
    - If the result is censored, they are shown with the host's name and are not in the result.
  returned: if there are any
  type: list
  elements: str
  sample:
    - >-
      personal access token 'NodeJS Integration': created without scope, so it has all the rights of its owner;
      declare its scope
diff:
  description: The family before and after, by name, without the values that only the server sets.
  returned: if the tokens could be listed
  type: dict
  contains:
    before:
      description: The tokens before the run, each under its name.
      returned: always
      type: dict
      sample:
        NodeJS Integration:
          id: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
          scope: [idn:accounts:read]
          expiration_date: "2026-10-30T09:30:00.000Z"
          access_token_validity_seconds: 43200
    after:
      description: The tokens after the run, each under its name.
      returned: always
      type: dict
      sample:
        NodeJS Integration:
          id: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
          scope: [idn:accounts:read, idn:sources:read]
          expiration_date: "2026-10-30T09:30:00.000Z"
          access_token_validity_seconds: 43200
    before_header:
      description: The token that the diff is about.
      returned: always
      type: str
      sample: personal access token 'NodeJS Integration'
    after_header:
      description: The token that the diff is about.
      returned: always
      type: str
      sample: personal access token 'NodeJS Integration'
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import run_as_module
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token import (
    PERSONAL_ACCESS_TOKEN,
)


def main() -> None:
    run_as_module(PERSONAL_ACCESS_TOKEN)


if __name__ == "__main__":
    main()
