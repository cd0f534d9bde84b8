#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: personal_access_token
short_description: Keep a personal access token of SailPoint Identity Security Cloud as declared
version_added: 0.1.0
description:
  - Creates, changes, renames, rotates and deletes a personal access token (PAT) of the caller, until it is as declared.
    The caller is the identity whose credentials the connection uses.
  - The API shows the secret of a token only once, when the token is created. With O(store), the module proves the
    secret and writes it to that store. Otherwise, it returns the secret as RV(secret) for the next task. The secret is
    kept out of everything that Ansible prints.
  - A secret that nobody keeps is lost for good. So a task that has neither O(store) nor C(register) makes no token. If
    it needs a new one, it fails before it writes anything, in check mode too. An ad-hoc command has no C(register), so
    it needs O(store).
  - If the token is already as declared, the module changes nothing. This costs one OAuth call and one list call, or
    only the list call with O(access_token).
  - An option that you leave out is not managed. If you do not declare O(scope) or O(access_token_validity_seconds), a
    rotation copies the value of the old token.
  - "B(Rotation) creates a new token and leaves the old one working. The old token is renamed to
    V(NAME (previous XXXXXXXX\\)), where XXXXXXXX are the first 8 digits of its id. The new token takes the name. All
    these tokens are the family of the name. RV(previous) lists the replaced ones."
  - "B(Nothing that is in use is destroyed.) A later run deletes a replaced token once it is more than an hour old,
    O(overlap) has passed since it was replaced, and it has not been used for O(overlap) plus 24 hours. The 24 hours are
    needed because the API records the last use only once a day. A replaced token still expires on its own date, and a
    warning comes before that. Tokens that a failed run left behind are deleted sooner. See
    L(How it works,https://github.com/sailpoint-community/ansible-isc/blob/main/docs/how-it-works.md). None of these
    deletions affects the token that the run authenticates with, or a token that the platform manages."
  - "B(Quota.) An owner may have 10 tokens (O(max_tokens)). If no slot is free, a rotation that is merely due waits with
    a warning, and RV(deferred) says why. An expired token gives its slot to its successor. A missing token fails, with
    a list of the tokens that could be deleted. If no order of the rotations saves a token, the task fails while there
    is time."
  - "B(The server's answer) to every create and every change is compared with what was asked for. A difference is a
    failure that names both values. A new token that differs is deleted again."
options:
  name:
    description:
      - The name of the token. It is unique among the caller's tokens.
      - It must not begin or end with white space, or end like the name of a replaced token.
      - Give O(name), O(id) or both.
    type: str
  id:
    description:
      - The id of an existing token. If you also give O(name), the token is renamed.
      - A token that is declared by its id is never rotated, because its successor would have another id. If a rotation
        is needed, the task fails. If the only reason is that the token has expired, it warns instead.
      - Mutually exclusive with O(store). Without O(state=absent), also mutually exclusive with O(renamed_from),
        O(stored_credentials) and O(rotate=always).
    type: str
  renamed_from:
    description:
      - Former names of the token. If a token has one of them, it is renamed to O(name). Its id and its secret stay the
        same.
      - If O(store) still has the credentials under the key of a former name, the entry moves with the token. The
        credentials are written to the new entry first, and then the old entry is removed. This holds if the key is
        derived from the name.
      - Leave this in the playbook after the renaming, at least until RV(previous) is empty. Until then, it tells which
        replaced tokens belong to this one.
    type: list
    elements: str
    default: []
  state:
    description:
      - V(present) makes the token as declared.
      - V(absent) deletes the token and its whole family at once, in use or not. The token that the run authenticates
        with is deleted last. If you give O(id), only that token is deleted.
    type: str
    default: present
    choices: [present, absent]
  store:
    description:
      - Where the credentials of the token are kept. The store decides which token of the family is in use. Give exactly
        one kind of store, with its own options.
      - The module reads the store first. After it creates a token, it proves the new credentials and writes them to the
        store before any other step.
      - If the store names an id that the list does not show, the module tries the stored credentials. The token counts
        as gone only if they are refused twice while the credentials of the connection are accepted. Otherwise the task
        fails, and touches neither a token nor the entry.
      - An entry that does not hold credentials is never overwritten. The same goes for an entry with credentials for
        another tenant. With O(state=absent), the entry is removed first.
      - One option of each kind says where an entry is. It is called C(path) or C(name). In it, V({key}) is replaced by
        O(key).
      - The store is used from where the module runs. With a local connection, this is the controller.
      - If a store needs a Python library that is missing, the message says how to install it.
      - The secret is not returned; see O(return_secret).
  key:
    description:
      - The value that replaces V({key}) in O(store). It may contain slashes.
      - By default, it is derived from O(name). Upper case becomes lower case. Each run of characters other than V(a-z)
        and V(0-9) becomes one dash, and dashes at the ends are dropped. V(NodeJS Integration) becomes
        V(nodejs-integration).
    type: str
  stored_credentials:
    description:
      - What a store of your own holds for this token, if your own tasks read and write it. It decides which token of
        the family is in use. Mutually exclusive with O(store).
      - An empty dictionary means that your store holds nothing. Without this option, there is no store.
      - Be certain before you pass an empty dictionary. If you cannot read your store, fail the play before this task.
      - A token may have the name although your store does not hold its id. If it is younger than a week and was not
        used after its first hour, nobody has its secret, and it is replaced. Otherwise, the task fails, because
        somebody has its secret or your tasks looked in the wrong place. See O(adopt).
    type: dict
    suboptions:
      client_id:
        description: The client id that your store holds.
        type: str
      client_secret:
        description:
          - The client secret that your store holds. It is needed for O(verify=always). It is also needed if the list
            does not show the token, to prove that the token is dead.
        type: str
  authenticates:
    description:
      - Whether the run authenticates with this token itself, once O(store) holds it. The credentials of the connection
        are then needed only for the first run, or if the stored credentials are refused.
      - If you declare its O(scope), this has to include V(sp:my-personal-access-tokens:read) and
        V(sp:my-personal-access-tokens:manage), or V(sp:scopes:all).
    type: bool
    default: false
  owner:
    description:
      - The id of the identity whose token is deleted. Only with O(state=absent). The default is the caller.
      - You can create and change only the caller's own tokens.
    type: str
extends_documentation_fragment:
  - sailpoint_community.isc.lifecycle
  - sailpoint_community.isc.store
  - sailpoint_community.isc.connection
  - sailpoint_community.isc.attributes
  - sailpoint_community.isc.attributes.in_group
attributes:
  diff_mode:
    description: Shows the plan as text, in check mode too. Each line has an action and its reason.
    support: full
    details:
      - Ansible censors a result that contains a secret as a whole, including its diff. The same lines are then printed
        in its place.
  idempotent:
    description: A second run with the same options changes nothing.
    support: partial
    details:
      - With O(rotate=always), every run creates a new token.
notes:
  - "B(You need no no_log) on tasks of this module, except for loops over secrets, and for all loops before ansible-core
    2.19. A result that contains a secret is censored automatically, and the registered variable still holds the secret.
    Any other result is shown. Set C(no_log) to V(true) on every other task that you pass RV(secret) to."
  - "B(Loops over secrets.) Ansible prints the item of an iteration that is skipped or cannot be templated, before our
    code runs. Set C(no_log) to V(true) on a task whose loop items hold secrets, or loop over numbers."
  - "B(Do not print the registered variable.) Before ansible-core 2.22, C(ansible.builtin.debug) shows the secret in
    it."
  - "B(Loops.) Before ansible-core 2.19, a task with C(loop) is refused unless you set C(no_log) to V(true), because
    some callbacks print the items."
  - "B(Repeated tasks.) With the keywords C(until) or C(retries), a task that could make a token without O(store) or
    O(stored_credentials) is refused. Ansible keeps the result of the last try only, so that a secret from an earlier
    try would be lost. The option O(retries) repeats calls instead."
  - If a play ends between the creation of a token and the hand-over of its secret, the secret is lost. With
    O(store) or O(stored_credentials), the next run repairs this. Otherwise, run once with O(rotate=always).
  - Times are compared with the clock of the server. If the server sends no usable time, no token is deleted because of
    its age.
seealso:
  - module: sailpoint_community.isc.personal_access_token_info
  - module: sailpoint_community.isc.stored_credentials
  - module: sailpoint_community.isc.access_token
  - name: How it works
    description: The life of a token, families, when a replaced token is deleted, stores and the quota.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/how-it-works.md
  - name: Stores
    description: Each kind of store, what it needs, and how to write one of your own.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/stores.md
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# Unless a task gives its own, the connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.

- name: Delete a token that nobody needs any more, and the tokens that it replaced
  sailpoint_community.isc.personal_access_token:
    name: Decommissioned Portal
    state: absent

- name: Ensure a token exists for an integration, and is replaced two weeks before it expires
  sailpoint_community.isc.personal_access_token:
    name: NodeJS Integration
    scope:
      - idn:accounts:read
      - idn:sources:read
    expires_in: 90d
    rotate_before: 14d
  register: nodejs

# This task needs no_log, because it would show the secret. The task above does not need it.
# A result has a secret only if a token was created: not in check mode, and not in a run that changes nothing.
- name: Hand the credentials over, and restart the integration
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

- name: Keep the credentials of a token in a file, for a script on this machine
  sailpoint_community.isc.personal_access_token:
    name: Backup Script
    scope:
      - idn:sources:read
    expires_in: 90d
    rotate_before: 14d
    store:
      file:
        path: /etc/backup/isc.env
  notify: Restart the integration

- name: Let Ansible's own token rotate itself, with the credentials in its store
  sailpoint_community.isc.personal_access_token:
    name: Ansible
    scope:
      - sp:my-personal-access-tokens:read
      - sp:my-personal-access-tokens:manage
    expires_in: 60d
    rotate_before: 20d
    store:
      file:
        path: /etc/ansible/isc.json
    verify: always
    authenticates: true

- name: Tell the team why there are new credentials, or in check mode, why there would be
  ansible.builtin.debug:
    msg: "{{ nodejs.actions | map(attribute='reason') | join('; ') }}"
  when: nodejs.credentials_changed

- name: Show what another scope would change, without changing it
  sailpoint_community.isc.personal_access_token:
    name: NodeJS Integration
    scope:
      - idn:accounts:read
    expires_in: 90d
    rotate_before: 14d
  check_mode: true
  diff: true

- name: Configure the connection once for several tasks
  module_defaults:
    group/sailpoint_community.isc.isc:
      base_url: "{{ isc_base_url }}"
      client_id: "{{ isc_client_id }}"
      client_secret: "{{ isc_client_secret }}"
      api_version: v3
  block:
    - name: Ensure a token exists with version v3 of the API, where tokens live at most 6 months
      sailpoint_community.isc.personal_access_token:
        name: HR Feed
        scope:
          - idn:identities:read
        expires_in: 150d
        rotate_before: 30d
      register: hr_feed

    - name: Check that its credentials work
      sailpoint_community.isc.access_token:
        client_id: "{{ hr_feed.client_id }}"
        client_secret: "{{ hr_feed.secret }}"
      when: hr_feed.secret is defined

- name: Rename a token by its former name; its id and its secret stay the same, and its entry moves with it
  sailpoint_community.isc.personal_access_token:
    name: Accounts Sync
    renamed_from:
      - Legacy Sync
    expires_in: 90d
    rotate_before: 14d
    store:
      file:
        path: /etc/isc/{key}.env

- name: Rename a token by its id
  sailpoint_community.isc.personal_access_token:
    id: fa4e1d00fa4e1d00fa4e1d00fa4e1d00
    name: Reporting Dashboard

- name: Rotate every 60 days; the old credentials keep working for two weeks, and longer if they are used
  sailpoint_community.isc.personal_access_token:
    name: Nightly Export
    expires_in: 180d
    rotate_after: 60d
    rotate_before: 30d
    overlap: 14d
  register: export

- name: Replace a token whose secret has leaked
  sailpoint_community.isc.personal_access_token:
    name: Ticket Bot
    expires_in: 90d
    rotate_before: 14d
    rotate: always
  register: ticket_bot

# Hand the new credentials over before this task. Only ansible-core before 2.19, which may print the items of a loop,
# needs the no_log.
- name: Delete the leaked token at once, even if it is in use
  sailpoint_community.isc.personal_access_token:
    id: "{{ item }}"
    state: absent
  loop: "{{ ticket_bot.previous | map(attribute='id') }}"
  no_log: true

# An entry that cannot be read fails here, so that it is never taken for an empty one. docs/stores.md says more.
- name: Read from a store of your own which token is in use
  ansible.builtin.set_fact:
    payroll_stored: "{{ lookup('ansible.builtin.file', payroll_store) | from_json if payroll_store is exists else {} }}"
  no_log: true

- name: Replace a token that is in use, because the store does not hold its secret
  sailpoint_community.isc.personal_access_token:
    name: Payroll Feed
    scope:
      - idn:accounts:manage
    expires_in: 90d
    rotate_before: 14d
    stored_credentials: "{{ payroll_stored }}"
    adopt: true
  register: payroll

- name: Write the new credentials to the store
  ansible.builtin.copy:
    dest: "{{ payroll_store }}"
    content: "{{ {'client_id': payroll.client_id, 'client_secret': payroll.secret} | to_json }}"
    mode: "0600"
  no_log: true
  vars:
    ansible_pipelining: true
  delegate_to: localhost
  when: payroll.secret is defined

- name: As an administrator, delete a token of somebody who has left
  sailpoint_community.isc.personal_access_token:
    name: Personal Scripts
    owner: fa4e0ff0fa4e0ff0fa4e0ff0fa4e0ff0
    state: absent
"""

RETURN = r"""
personal_access_token:
  description:
    - The token as it is after the run. In check mode, as it would be.
    - For a token that would be created in check mode, it has only C(name), C(scope), C(expiration_date) and
      C(access_token_validity_seconds).
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
      description: The lifetime of the bearer tokens issued for it. V(null) if the API shows none.
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
  returned: if the token exists after the run; in check mode, not for one that would be created
  type: str
  sample: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
secret:
  description:
    - The client secret of the new token. It cannot be retrieved again.
    - A result that contains it is censored wherever Ansible prints it. A registered variable holds it in full.
  returned: >-
    if a token was created and the task succeeded, except in check mode; with O(store), only if O(return_secret) is true
  type: str
  sample: fake-fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
granted_scope:
  description:
    - The scope of the bearer token that proved the credentials. It can be smaller than the declared scope, because the
      API silently accepts scopes that exceed the owner's rights.
  returned: if the credentials were proved in this run, see O(verify)
  type: list
  elements: str
  sample: [idn:accounts:read]
credentials_changed:
  description:
    - Whether there are new credentials for the consumers, or the credentials moved in the store, or were removed from
      it. In check mode, whether this would happen.
  returned: if the tokens could be listed
  type: bool
  sample: true
expires_in_days:
  description: The number of full days until the token expires. Negative if it has expired, V(null) if it never expires.
  returned: if the token exists after the run
  type: int
  sample: 89
rotates_in_time:
  description:
    - Whether a later run replaces the token before it expires. Also V(true) for a token that never expires.
    - V(false) if no rotation is declared. Also V(false) if the quota has no free slot for the rotation in time. The
      task fails then.
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
      description:
        - What was done. For a token, V(create), V(patch), V(rename) or V(delete).
        - For its entry in the store, V(move) to the place of its new name, or V(forget) for its removal.
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
      description: The reason for the action.
      returned: always
      type: str
      sample: frees the name for its successor
    changes:
      description: >-
        The fields that change, each with its value C(before) and C(after). For a V(create), the fields that it sets.
      returned: for V(patch), V(rename) and V(create)
      type: dict
      sample:
        name:
          before: NodeJS Integration
          after: NodeJS Integration (previous 01dfa4e0)
  sample:
    - action: rename
      name: NodeJS Integration
      id: 01dfa4e001dfa4e001dfa4e001dfa4e0
      reason: frees the name for its successor
      changes:
        name:
          before: NodeJS Integration
          after: NodeJS Integration (previous 01dfa4e0)
    - action: create
      name: NodeJS Integration
      id: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
      reason: expires in 10 days, rotate_before is 14d
      changes:
        scope:
          before: null
          after: [idn:sources:read]
previous:
  description:
    - The other tokens of the family after the run. These are the tokens that were replaced.
    - Empty for a token that failed if it has no live token.
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
    expiration_date:
      description: When it expires. It then stops working, in use or not. V(null) if never.
      returned: always
      type: str
      sample: "2026-08-30T09:30:00.000Z"
    in_use:
      description: Whether it was used so recently that somebody probably still has its credentials.
      returned: always
      type: bool
      sample: true
    may_go_at:
      description:
        - The earliest time at which a run may delete it, provided that nobody uses it until then.
        - V(null) for the token that the run authenticates with, because it is kept.
      returned: always
      type: str
      sample: "2026-08-28T02:00:00.000Z"
deferred:
  description:
    - Why a rotation that is due, or a takeover (O(adopt)), has to wait for a free slot of the quota. A warning, or
      the failure of the task, says so too.
  returned: if a rotation or a takeover has to wait
  type: str
  sample: >-
    to be rotated (expires in 10 days, rotate_before is 14d), but all 10 tokens of the owner are in use (max_tokens)
warnings:
  description:
    - What deserves attention although the task did not fail, for example a replaced token in use that expires in 30
      days or less, or a name that was taken back. Ansible shows the warnings.
    - If the result is censored, each warning begins with the name of the host. Before ansible-core 2.19, such warnings
      are shown, but are not in the result.
  returned: if there are any
  type: list
  elements: str
  sample:
    - >-
      personal access token 'NodeJS Integration': no scope is declared for it, so it gets all the rights of its owner;
      declare its scope
plan:
  description: The plan as in RV(diff), with one dictionary for each line.
  returned: if the tokens could be listed
  type: list
  elements: dict
  contains:
    verb:
      description: V(create), V(change), V(rotate), V(delete), V(move) or V(forget).
      returned: always
      type: str
      sample: create
    name:
      description: The name of the token.
      returned: always
      type: str
      sample: NodeJS Integration
    why:
      description: The reason, and for a change the old and new values.
      returned: always
      type: str
      sample: it does not exist
    cause:
      description: >-
        V(time) for what became due with time: a rotation that is due, or the deletion of a token that was replaced.
        V(declaration) for everything else.
      returned: always
      type: str
      sample: declaration
    actions:
      description: The RV(actions) that the line is about.
      returned: always
      type: list
      elements: dict
      sample: []
base_url:
  description: The address of the tenant's API.
  returned: if the tokens could be listed
  type: str
  sample: https://acme.api.identitynow.com
owner_id:
  description: The id of the identity whose tokens were listed. V(null) if it has none.
  returned: if the tokens could be listed
  type: str
  sample: 2c9180835d2e5168015d32f890ca1581
declaration:
  description: A digest of what is declared. Nothing of the connection is in it, and no secret. See O(approved).
  returned: if the tokens could be listed
  type: str
  sample: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
diff:
  description: The plan, as Ansible shows it with C(--diff).
  returned: if the tokens could be listed
  type: dict
  contains:
    prepared:
      description: One line for each token, with what is done to it and why. Empty if nothing changes.
      returned: always
      type: str
      sample: |
        ~ change  'NodeJS Integration'  scope: +idn:sources:read
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import run_as_module
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token import (
    PERSONAL_ACCESS_TOKEN,
)


def main() -> None:
    run_as_module(PERSONAL_ACCESS_TOKEN)


if __name__ == "__main__":
    main()
