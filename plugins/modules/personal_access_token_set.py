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
  - Does for many tokens of one owner what M(sailpoint_community.isc.personal_access_token) does for one. It makes one
    OAuth call and one list call for all of them.
  - The options at the top are the defaults for all tokens.
  - "B(A token that fails does not stop the others.) The module tries all tokens, and reports the failures together."
  - "B(Pruning.) With O(prune), the module deletes the tokens that nobody declares and nobody uses. It spares tokens of
    the family of a declared name, tokens that a store holds, tokens that were used or created within
    O(prune_unused_for), the token that the run authenticates with, and tokens that the platform manages. Check mode
    shows which tokens would be deleted. RV(undeclared) lists what nobody declares, also without O(prune)."
  - "B(Quota.) The module first deletes tokens whose time has come. Then it creates missing tokens and replaces expired
    ones. Then it rotates due tokens, the most urgent first, as long as there are free slots. If no slot is free,
    expired tokens and remnants of failed runs are deleted to free theirs, whatever their family. The module rotates
    tokens in turn, so that every rotation finds a free slot in time. If no order of the rotations saves all tokens, the
    task fails while there is time. So declare all tokens of one owner in one set."
options:
  personal_access_tokens:
    description:
      - The tokens. Declare each name and id only once, and no more tokens than O(max_tokens). Two tokens never share an
        entry of a store.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name of the token. Give it, or O(personal_access_tokens[].id).
        type: str
      id:
        description: The id of an existing token. See O(sailpoint_community.isc.personal_access_token#module:id).
        type: str
      renamed_from:
        description: Former names of the token. If it has one of them, it is renamed, and its entry in the store moves.
        type: list
        elements: str
        default: []
      state:
        description: V(absent) deletes the token and its whole family at once, in use or not.
        type: str
        default: present
        choices: [present, absent]
      store:
        description:
          - The store of this token alone. It is the same dictionary as O(store), and takes its place.
        type: dict
      key:
        description:
          - The value that replaces V({key}) in the store. By default, it is derived from the name. See
            O(sailpoint_community.isc.personal_access_token#module:key).
        type: str
      authenticates:
        description:
          - Whether the run authenticates with this token once its store holds it. Only one of the tokens can have this.
        type: bool
        default: false
      scope:
        description: Overrides O(scope).
        type: list
        elements: raw
      access_token_validity_seconds:
        description: Overrides O(access_token_validity_seconds).
        type: int
      expiration_date:
        description: The expiry of this token. It overrides all three expiry options at the top.
        type: str
      expires_in:
        description: The expiry of this token. It overrides all three expiry options at the top.
        type: str
      never_expires:
        description: The expiry of this token. It overrides all three expiry options at the top.
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
      verify:
        description: Overrides O(verify).
        type: str
        choices: [on_write, always, never]
      return_secret:
        description: Overrides O(return_secret).
        type: bool
  store:
    description:
      - Where the credentials of the tokens are kept. Give exactly one kind of store, with its own options. See
        O(sailpoint_community.isc.personal_access_token#module:store).
      - One option of each kind says where an entry is. It is called C(path) or C(name). In it, V({key}) is replaced by
        the key of each token. Without V({key}), two tokens would share one entry, and are refused.
      - It does not apply to a token that is declared by its id.
      - If the entry of a token cannot be read, nothing is done to that token, and no token is pruned. The other
        tokens go on.
  stored_credentials:
    description:
      - What a store of your own holds, if your own tasks read and write it. The keys are the names of the tokens. The
        values are dictionaries with C(client_id) and C(client_secret). An empty one means that your store holds
        nothing. See O(sailpoint_community.isc.personal_access_token#module:stored_credentials).
      - Name every declared token that has no store of its own, so that a misspelled name is never taken for an empty
        entry. A name that is not declared is refused too.
      - Mutually exclusive with O(store).
    type: dict
  prune:
    description:
      - Whether to delete the caller's tokens that are neither declared nor used.
      - Requires O(client_id) and O(client_secret), and at least one declared token.
      - Nothing is pruned if any declaration is refused, if a store cannot be read, or if a store holds a token that is
        neither listed nor proved dead. Such a token may belong to another identity.
      - Declare the tokens of one identity for one host, in one task. On local connections, two hosts of one run and one
        identity are refused if both of them prune, and warned if one does. Two tasks of one host that prune are refused
        if they declare different tokens.
    type: bool
    default: false
  prune_exclude:
    description:
      - Names and patterns of names that O(prune) spares. In a pattern, you can use C(*), C(?) and C([...]). Patterns
        are case-sensitive.
      - Each one is also taken literally, so V([PROD] Payroll) spares the token of that very name. Upper and lower case
        do not matter then. A bracket in a pattern also stands for itself, so V([PROD] *) spares that token too.
      - What matches a name also spares the tokens that were replaced under this name.
    type: list
    elements: str
    default: []
  prune_unused_for:
    description:
      - How long ago a token must have been last used or, if it was never used, created, before O(prune) deletes it.
        After a last use, one more day has to pass, because the API records the last use only once a day.
    type: str
    default: 30d
  revoke:
    description:
      - The name of a declared token whose secret has leaked. The module creates a new token, proves its credentials and
        writes them to the store. Then it deletes every older token of the family at once, in use or not.
      - Only this token is touched, and nothing is pruned. It must have a store, and must not be declared absent. It
        is replaced whatever its O(personal_access_tokens[].rotate) is.
      - The playbook C(sailpoint_community.isc.revoke) does this for the tokens of the role C(tokens).
    type: str
  on_error:
    description:
      - What to do if tokens failed, after all tokens have been tried.
      - V(fail) fails the task. V(report) does not; check RV(failures) then.
    type: str
    default: fail
    choices: [fail, report]
  on_warning:
    description: Whether Ansible shows the warnings, or the task only returns them as RV(warning_texts).
    type: str
    default: show
    choices: [show, report]
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
      - Ansible censors a result that contains secrets as a whole, including its diff. The same lines are then printed
        in its place.
  idempotent:
    description: A second run with the same options changes nothing.
    support: partial
    details:
      - With O(rotate=always) or O(revoke), every run creates new tokens.
notes:
  - "B(You need no no_log) on tasks of this module, except for loops over secrets, and for all loops before ansible-core
    2.19. Set C(no_log) to V(true) on every other task that you pass a secret of RV(created) to. Such a task must not
    have the secret in the items of a loop: loop over numbers instead."
  - "B(Loops over secrets.) Ansible prints the item of an iteration that is skipped or cannot be templated, before our
    code runs. Set C(no_log) to V(true) on a task whose loop items hold secrets, or loop over numbers."
  - "B(Repeated tasks.) With the keywords C(until) or C(retries), a task that could make a token without O(store) or
    O(stored_credentials) is refused. Ansible keeps the result of the last try only, so that a secret from an earlier
    try would be lost. The option O(retries) repeats calls instead."
seealso:
  - module: sailpoint_community.isc.personal_access_token
  - module: sailpoint_community.isc.personal_access_token_info
  - name: The role tokens
    description: Runs this module, notifies your handlers of new credentials, and fails if any token failed.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/roles/tokens/README.md
  - name: Stores
    description: Each kind of store, what it needs, and how to write one of your own.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/stores.md
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# The connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.

- name: Keep the credentials of this machine's tokens in files, and delete unused tokens that are not declared
  sailpoint_community.isc.personal_access_token_set:
    expires_in: 90d
    rotate_before: 14d
    store:
      file:
        path: /etc/isc/{key}.env
    personal_access_tokens:
      - name: Backup Script
        scope:
          - idn:sources:read
      - name: Nightly Export
        scope:
          - idn:identities:read
        overlap: 2d
        # It reads JSON, so its credentials lie elsewhere.
        store:
          file:
            path: /etc/export/isc.json
      - name: Decommissioned Portal
        state: absent
    prune: true
    prune_exclude:
      - Ansible
      - "personal *"
    on_error: report
  register: kept
  notify: Restart the integration

# A task that fails notifies no handler, and a play that fails runs none. Hence on_error: report above.
- name: Restart the integrations that got new credentials, even if other tokens failed
  ansible.builtin.meta: flush_handlers

- name: Fail if any token failed
  ansible.builtin.assert:
    that: kept.failures == []
    fail_msg: "{{ kept.failures | map(attribute='msg') | join('\n') }}"

# Your own tasks have read the store before: it holds one of these tokens, and certainly nothing for the other one.
- name: Ensure tokens exist for a store of your own, even if some fail
  sailpoint_community.isc.personal_access_token_set:
    expires_in: 90d
    rotate_before: 14d
    stored_credentials:
      HR Feed:
        client_id: "{{ hr_feed_client_id }}"
      Payroll Feed: {}
    personal_access_tokens:
      - name: HR Feed
        scope:
          - idn:identities:read
      - name: Payroll Feed
        scope:
          - idn:accounts:manage
    on_error: report
  register: tokens

# The loop runs over numbers, because core shows the item with every result.
- name: Write the new credentials to the store
  ansible.builtin.copy:
    dest: "/etc/feeds/{{ tokens.created[item].client_id }}.json"
    content: "{{ tokens.created[item] | to_json }}"
    mode: "0600"
  loop: "{{ range(tokens.created | length) | list }}"
  no_log: true
  vars:
    ansible_pipelining: true

- name: Fail if a token failed, after the store has all new credentials
  ansible.builtin.assert:
    that: tokens.failures == []
    fail_msg: "{{ tokens.failures | map(attribute='msg') | join('\n') }}"
"""

RETURN = r"""
personal_access_tokens:
  description:
    - The result for each declared token, in the order of their declaration.
    - Each result has what M(sailpoint_community.isc.personal_access_token) returns about its token. C(secret), C(diff),
      C(plan), C(warnings), C(base_url), C(owner_id) and C(declaration) are not in it. In addition, it has C(name),
      C(failed) and, if the token failed, C(msg).
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
    - The credentials of the new tokens, except for those that O(store) holds; see O(return_secret). They cannot be
      retrieved again.
    - A result that contains them is censored wherever Ansible prints it. A registered variable holds them in full.
    - If the task fails because of other tokens, they are still in the result, so that a C(rescue) section can save
      them.
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
      description: The name of the token, or its id if it was declared without a name.
      returned: always
      type: str
      sample: HR Feed
    msg:
      description: What happened, why, and what to do.
      returned: always
      type: str
      sample: >-
        personal access token 'HR Feed': file /etc/isc/hr-feed.env: it is empty; it was not changed: move it away, or
        name another entry; nothing was done to the token
undeclared:
  description:
    - The caller's tokens that nobody declares, each with its last use. They count toward the quota.
    - The token that the run authenticates with and tokens that the platform manages are left out.
  returned: if the tokens could be listed
  type: list
  elements: dict
  sample:
    - id: 01dfa4e001dfa4e001dfa4e001dfa4e0
      name: Personal Scripts
      created: "2026-05-01T09:30:00.000Z"
      last_used: null
      expiration_date: "2026-10-30T09:30:00.000Z"
pruned:
  description: The deletions of undeclared tokens. In check mode, the deletions that would be done.
  returned: if the tokens could be listed
  type: list
  elements: dict
  sample:
    - action: delete
      name: left over
      id: 01dfa4e001dfa4e001dfa4e001dfa4e0
      reason: nobody declares it, never used, prune_unused_for is 30d
actions:
  description:
    - Everything that was done, token by token. In check mode, everything that would be done. See
      RV(sailpoint_community.isc.personal_access_token#module:actions).
  returned: if the tokens could be listed
  type: list
  elements: dict
  sample:
    - action: create
      name: Payroll Feed
      id: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
      reason: it does not exist
credentials_changed:
  description: >-
    Whether there are new credentials for any consumer, or credentials moved in a store, or were removed from one.
  returned: if the tokens could be listed
  type: bool
  sample: true
warnings:
  description:
    - What deserves attention although nothing failed. See
      RV(sailpoint_community.isc.personal_access_token#module:warnings). Ansible shows the warnings.
    - If the result is censored, each warning begins with the name of the host. Before ansible-core 2.19, such warnings
      are shown, but are not in the result.
  returned: if the tokens could be listed
  type: list
  elements: str
  sample: []
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
      sample: Payroll Feed
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
warning_texts:
  description: The same as RV(warnings), whatever O(on_warning) is.
  returned: if the tokens could be listed
  type: list
  elements: str
  sample: []
diff:
  description: The plan for all tokens, as Ansible shows it with C(--diff).
  returned: if the tokens could be listed
  type: dict
  contains:
    prepared:
      description: One line for each token, with what is done to it and why. Empty if nothing changes.
      returned: always
      type: str
      sample: |
        + create  'Payroll Feed'  it does not exist
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import run_as_module
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)


def main() -> None:
    run_as_module(PERSONAL_ACCESS_TOKEN_SET)


if __name__ == "__main__":
    main()
