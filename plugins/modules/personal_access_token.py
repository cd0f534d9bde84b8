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
  - Creates, changes, renames, rotates and deletes a personal access token (PAT) of the caller, so that it is as
    declared. The caller is the identity whose credentials the connection uses.
  - A token's secret is shown by the API once, when the token is created. It is proved and written to
    O(credentials_file); without that, it is returned as RV(secret), kept out of everything that Ansible prints, and can
    be handed over by the next task.
  - On a token that is as declared, nothing is written and nothing changes. That costs one OAuth call and one list call,
    or the list call alone with O(access_token).
  - An option that is left out is not managed. A rotation gives the new token the scope and the
    O(access_token_validity_seconds) of the old one, where they are not declared.
  - "B(Rotation) makes a new token and leaves the old one working. The old one is renamed to
    V(NAME (previous XXXXXXXX\\)), XXXXXXXX being the first 8 digits of its id, and the new one takes the name. All
    these are the family of the name; RV(previous) tells of them."
  - "B(Nothing that is in use is destroyed.) A later run deletes a replaced token once all of this holds: it is older
    than an hour; O(overlap) has passed since it was replaced; and it has not been used for O(overlap) and another 24
    hours, since the API notes the last use only once a day. One that was made after the live token and never used is
    the remnant of a failed run, and goes after an hour; one that was used by its proof alone goes after a day, if its
    slot is needed. The token that the run itself authenticates with, and tokens managed by the platform, are never
    deleted in this way."
  - "B(The quota.) An owner has at most 10 tokens (O(max_tokens)). If no slot is free, a rotation that is merely due
    waits with a warning, and RV(deferred) says why; a token that is missing or expired fails with a list of those that
    could go."
options:
  name:
    description:
      - The name of the token, unique among the caller's.
      - Not with white space at its ends, and not ending like the name of a replaced token.
      - One of O(name) and O(id) has to be given.
    type: str
  id:
    description:
      - The id of an existing token. With O(name), that token is renamed.
      - A token that is declared by its id is never rotated, since its successor has another id. The task fails where it
        would have to be, and warns where the token has merely expired.
      - Excludes O(credentials_file), and O(renamed_from), O(stored_client_id) and O(rotate=always) too, but for
        O(state=absent).
    type: str
  renamed_from:
    description:
      - Names that the token may still have. A token of such a name is renamed to O(name), and keeps its id and secret.
      - It can stay in the playbook after the renaming. With O(state=absent) it has no influence.
    type: list
    elements: str
    default: []
  state:
    description:
      - V(present) makes the token as declared.
      - V(absent) deletes it at once, and all of its family with it, in use or not, even the token that the run
        authenticates with, which goes last. With O(id), it deletes that token alone.
    type: str
    default: present
    choices: [present, absent]
  stored_client_id:
    description:
      - The client id that your secret store holds for this token, which then decides which token of the family is in
        use. An empty string is for a store that holds nothing. Left out, there is no store.
      - A store that cannot be read must fail your play before this task, not be taken for an empty one.
      - A token of the name whose id the store does not hold is replaced if it was not used after its first hour, since
        nobody has its secret then. If it was, the task fails, for somebody has its secret or the store's path is wrong;
        O(adopt) says what to do then.
    type: str
  credentials_file:
    description:
      - The file that keeps the credentials of the token, and which decides then which token of the family is in use.
        What it holds is read first; new credentials are proved and written to it before anything else happens.
      - "It is replaced as a whole, so that a reader finds either the old credentials or the new ones. A new file can be
        read by its owner alone; an existing one keeps its owner, its group, and its mode but for others."
      - Its folder has to be there and writable. What is in the way and is no such file, or is for another tenant, is
        never overwritten. With O(state=absent) the file is removed first.
      - The secret is not returned then; see O(return_secret).
      - The file lies where the module runs, on the controller with a local connection.
    type: path
  authenticates:
    description:
      - Whether the run authenticates with this very token as soon as O(credentials_file) holds it. The connection's own
        credentials are then needed for the first run only, or where the stored ones are refused.
    type: bool
    default: false
  owner:
    description:
      - The id of the identity whose token is deleted, with O(state=absent) alone. If left out, it is the caller.
      - Creating and changing tokens works for the caller only.
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
      - Ansible censors a result that has a secret as a whole, its diff included. In its place, one line is printed for
        each action with its reason.
  idempotent:
    description: A second run with the same options changes nothing.
    support: partial
    details:
      - With O(rotate=always) every run makes a new token.
notes:
  - "B(No no_log is needed) on tasks of this module, but for loops before ansible-core 2.19. A result that has a secret
    is censored by itself, the registered variable has it all the same, and any other result is shown. Every other task
    that is given RV(secret) needs C(no_log) set to V(true)."
  - "B(Do not print the registered variable.) Before ansible-core 2.22, C(ansible.builtin.debug) shows the secret in
    it."
  - "B(Loops.) Before ansible-core 2.19 a task with C(loop) is refused unless it has C(no_log) set to V(true), since
    some callbacks print the items."
  - If the play ends between the creation and the hand-over of a secret, that secret is lost. With O(credentials_file)
    or O(stored_client_id) the next run heals it; without, run once with O(rotate=always).
  - Times are compared with the clock of the server. Where it tells none, nothing is deleted on account of its age.
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
# Mostly, the connection comes from the environment here: SAIL_BASE_URL, SAIL_CLIENT_ID, SAIL_CLIENT_SECRET.

- name: Delete a token that nobody needs any more, with those that it had replaced
  sailpoint_community.isc.personal_access_token:
    name: Decommissioned Portal
    state: absent

- name: Have a token for an integration, and replace it two weeks before it expires
  sailpoint_community.isc.personal_access_token:
    name: NodeJS Integration
    scope:
      - idn:accounts:read
      - idn:sources:read
    expires_in: 90d
    rotate_before: 14d
  register: nodejs

# The task above needs no no_log, this one does: any module but ours would show what it is given.
# There is a secret only where a token was made, so neither in check mode nor in a run that changes nothing.
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

- name: Keep a token in a file, from which a script on this machine reads it; nothing else is to be done
  sailpoint_community.isc.personal_access_token:
    name: Backup Script
    scope:
      - idn:sources:read
    expires_in: 90d
    rotate_before: 14d
    credentials_file: /etc/backup/isc.env
  notify: Restart the integration

- name: Let the token of the automation itself be rotated night after night, by its own file alone
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

- name: Tell the team, in check mode too, that there are or will be new credentials
  ansible.builtin.debug:
    msg: "{{ nodejs.actions | map(attribute='reason') | join('; ') }}"
  when: nodejs.credentials_changed

- name: Show what another scope would change, whatever the mode of the run
  sailpoint_community.isc.personal_access_token:
    name: NodeJS Integration
    scope:
      - idn:accounts:read
    expires_in: 90d
    rotate_before: 14d
  check_mode: true
  diff: true

- name: Give the connection once for several tasks
  module_defaults:
    group/sailpoint_community.isc.isc:
      base_url: "{{ isc_base_url }}"
      client_id: "{{ isc_client_id }}"
      client_secret: "{{ isc_client_secret }}"
      api_version: v3
  block:
    - name: Have a token by version v3 of the API, where 6 months is the longest life
      sailpoint_community.isc.personal_access_token:
        name: HR Feed
        scope:
          - idn:identities:read
        expires_in: 150d
        rotate_before: 30d
      register: hr_feed

    - name: See that its credentials work
      sailpoint_community.isc.access_token:
        client_id: "{{ hr_feed.client_id }}"
        client_secret: "{{ hr_feed.secret }}"
      when: hr_feed.secret is defined

- name: Rename a token declaratively; its id and its secret stay
  sailpoint_community.isc.personal_access_token:
    name: Accounts Sync
    renamed_from:
      - Legacy Sync
    expires_in: 90d
    rotate_before: 14d

- name: Rename the token of a known id
  sailpoint_community.isc.personal_access_token:
    id: fa4e1d00fa4e1d00fa4e1d00fa4e1d00
    name: Reporting Dashboard

- name: Rotate every 60 days; the old credentials work for two weeks more, and as long as they are used
  sailpoint_community.isc.personal_access_token:
    name: Nightly Export
    expires_in: 180d
    rotate_after: 60d
    rotate_before: 30d
    overlap: 14d
  register: export

- name: Replace a token whose secret has leaked, due or not
  sailpoint_community.isc.personal_access_token:
    name: Ticket Bot
    expires_in: 90d
    rotate_before: 14d
    rotate: always
  register: ticket_bot

# The new credentials have to be handed over before this. The no_log is for ansible-core before 2.19, which may print
# the items of a loop.
- name: Delete the leaked one without waiting until it is out of use
  sailpoint_community.isc.personal_access_token:
    id: "{{ item }}"
    state: absent
  loop: "{{ ticket_bot.previous | map(attribute='id') }}"
  no_log: true

- name: Ask the store which token is in use; one that cannot be read fails here
  ansible.builtin.set_fact:
    payroll_client_id: >-
      {{ (lookup('ansible.builtin.file', payroll_store) | from_json).client_id if payroll_store is exists else '' }}

- name: Have a token for a store, though somebody uses one of this name whose secret the store does not hold
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
    - The token as it is after the run. In check mode, as it would be.
    - Of a token that would be created in check mode, there are only C(name), C(scope), C(expiration_date) and
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
      description: Its scopes, sorted. V(null) where the API shows none.
      returned: always
      type: list
      elements: str
      sample: [idn:accounts:read, idn:sources:read]
    owner:
      description: The identity that it belongs to.
      returned: always
      type: dict
      contains:
        type:
          description: What kind of thing the owner is.
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
      description: When it was last exchanged for a bearer token, noted by the API once a day. V(null) if never.
      returned: always
      type: str
      sample: "2026-08-20T02:00:00.000Z"
    expiration_date:
      description: When it expires. V(null) if never.
      returned: always
      type: str
      sample: "2026-10-30T09:30:00.000Z"
    access_token_validity_seconds:
      description: How long the bearer tokens are valid that it is exchanged for. V(null) where the API shows none.
      returned: always
      type: int
      sample: 43200
    managed:
      description: Whether it belongs to the platform. Such tokens are never touched.
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
    - The client secret of the new token. There is no second chance to get it.
    - A result that has it is censored wherever Ansible prints it; a registered variable has it in full.
  returned: if a token was created, neither in check mode nor with a failure, and no O(credentials_file) took it
  type: str
  sample: fake-fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
granted_scope:
  description:
    - What the bearer token is good for that proved the credentials. It can be less than the declared scope, since the
      API accepts scopes beyond the owner's rights without a word.
  returned: if the credentials were proved in this run, see O(verify)
  type: list
  elements: str
  sample: [idn:accounts:read]
credentials_changed:
  description:
    - Whether there are new credentials for the consumers, or none any more. In check mode, whether there would be.
  returned: if the tokens could be listed
  type: bool
  sample: true
expires_in_days:
  description: The whole days until the token expires, negative if it has expired. V(null) if it never does.
  returned: if the token exists after the run
  type: int
  sample: 89
rotates_in_time:
  description: Whether a later run replaces the token before it expires. V(true) too for one that never does.
  returned: if the token exists after the run
  type: bool
  sample: true
actions:
  description:
    - What was done, in order; in check mode, what would be. After a failure, what was done before it.
  returned: if the tokens could be listed
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(patch), V(rename), V(delete), or V(forget) for the credentials file's removal.
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
      returned: always, but not for a V(create) in check mode
      type: str
      sample: 01dfa4e001dfa4e001dfa4e001dfa4e0
    reason:
      description: Why.
      returned: always
      type: str
      sample: frees the name for its successor
    changes:
      description: The fields that get another value, with that value.
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
  description: The other tokens of the family that are there after the run, that is those that were replaced.
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
      description: When it was last exchanged for a bearer token, noted by the API once a day. V(null) if never.
      returned: always
      type: str
      sample: "2026-08-20T02:00:00.000Z"
    in_use:
      description: Whether it was used so recently that somebody probably still has its credentials.
      returned: always
      type: bool
      sample: true
    may_go_at:
      description:
        - From when on a run deletes it, if nobody uses it until then.
        - V(null) for the token that the run authenticates with, which is kept.
      returned: always
      type: str
      sample: "2026-08-28T02:00:00.000Z"
deferred:
  description:
    - Why a rotation that is due has to wait, which is that no slot of the quota is free. A warning tells it too.
  returned: if a rotation has to wait
  type: str
  sample: >-
    to be rotated (expires in 10 days, rotate_before is 14d), but all 10 tokens of the owner are in use (max_tokens)
warnings:
  description:
    - What deserves attention though the task did not fail. Ansible shows them.
    - Where the result is censored, they are shown with the host's name, and are not in the result.
  returned: if there are any
  type: list
  elements: str
  sample:
    - >-
      personal access token 'NodeJS Integration': created without scope, so that it has all the rights of its owner;
      declare its scope
diff:
  description: The family before and after, by name. What only the server knows of a new token is left out.
  returned: if the tokens could be listed
  type: dict
  contains:
    before:
      description: The tokens before, each under its name.
      returned: always
      type: dict
      sample:
        NodeJS Integration:
          id: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
          scope: [idn:accounts:read]
          expiration_date: "2026-10-30T09:30:00.000Z"
          access_token_validity_seconds: 43200
    after:
      description: The tokens after, each under its name.
      returned: always
      type: dict
      sample:
        NodeJS Integration:
          id: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
          scope: [idn:accounts:read, idn:sources:read]
          expiration_date: "2026-10-30T09:30:00.000Z"
          access_token_validity_seconds: 43200
    before_header:
      description: What it is about.
      returned: always
      type: str
      sample: personal access token 'NodeJS Integration'
    after_header:
      description: What it is about.
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
