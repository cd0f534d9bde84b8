#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: personal_access_token_export
short_description: Write the personal access tokens that exist as a declaration
version_added: 0.1.0
description:
  - Lists the personal access tokens (PATs) of the caller, and writes them into a YAML file as the variable
    C(tokens_declared), in the form that the role P(sailpoint_community.isc.tokens#role) and
    M(sailpoint_community.isc.personal_access_token_set) take. A plan of this declaration shows no change, except for
    what is due anyway.
  - With O(adopt_into_store), the file declares that the tokens are taken over into a store. Nobody can read the secret
    of an existing token, so the next runs create a new token for each, store it, and retire the old one. The result
    predicts the night of each takeover, and how many nights it takes.
  - The file never holds a secret. A comment above each token shows its owner, when it was created, and when it was last
    used.
  - Some tokens are left out, and the end of the file says which ones, and why. These are managed tokens, tokens that a
    rotation has replaced, expired tokens, the token that the task authenticates with, and tokens that no declaration
    can name.
options:
  path:
    description:
      - The file to write. Missing folders are made. The umask decides who may read a new file. A file that is replaced
        keeps its group and its mode.
    type: path
    required: true
  force:
    description:
      - What to do if the file exists and declares something else. V(false) fails and writes nothing, because you may
        have edited the file. V(true) replaces it.
      - A file that differs only in its comments is left as it is.
    type: bool
    default: false
  adopt_into_store:
    description:
      - Whether to declare that the tokens are taken over into O(store). Each token of the file then has C(adopt),
        O(expires_in) and O(rotate_before).
      - Each takeover needs a free slot of the owner's quota, until the old token is out of use. Tokens that find none
        wait, and the old ones keep working.
    type: bool
    default: false
  store:
    description:
      - The store that is to keep the credentials. It is required with O(adopt_into_store=true), and ignored otherwise.
      - It is not written into the file. Keep C(tokens_store) among the variables of the host, for example in the
        inventory.
      - The module reads it, so that tokens that it already holds are not taken over again. The module does not write to
        it.
  expires_in:
    description:
      - The lifetime of the new tokens. Used with O(adopt_into_store) only.
    type: str
    default: 90d
  rotate_before:
    description:
      - How long before their expiry the new tokens are rotated. Used with O(adopt_into_store) only.
    type: str
    default: 14d
  overlap:
    description:
      - The minimum time for which an old token stays, so that its consumers can switch to the new one. Used with
        O(adopt_into_store) only. The shorter it is, the fewer nights the takeover takes.
    type: str
    default: 7d
  defaults:
    description:
      - The C(tokens_defaults) of the host. They apply to the exported tokens too, so the task warns of those that may
        change one.
    type: dict
    default: {}
  max_tokens:
    description:
      - How many tokens the owner may have. Change it only if your tenant has another limit.
    type: int
    default: 10
extends_documentation_fragment:
  - sailpoint_community.isc.store
  - sailpoint_community.isc.connection
  - sailpoint_community.isc.attributes
  - sailpoint_community.isc.attributes.in_group
attributes:
  diff_mode:
    description: Shows what it changes.
    support: full
    details:
      - Shows the file. It holds no secret.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
notes:
  - It makes one list call, and without O(access_token) also one OAuth call. It writes nothing to the tenant.
  - If you give O(access_token), the module does not know which token that came from. The file then says so.
seealso:
  - module: sailpoint_community.isc.personal_access_token_set
  - module: sailpoint_community.isc.personal_access_token_info
  - name: Adopting what exists
    description: The way from tokens that were made by hand to stored ones, step by step.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/adopting.md
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# Unless a task gives its own, the connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.

- name: Write what exists as a declaration
  sailpoint_community.isc.personal_access_token_export:
    path: /etc/isc/declared/tokens.yml
  register: export

- name: Show what was left out, and why
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.reason }}"
  loop: "{{ export.left_out }}"
  loop_control:
    label: "{{ item.id }}"

- name: Declare that the tokens are taken over into a store
  sailpoint_community.isc.personal_access_token_export:
    path: /etc/isc/declared/adopted.yml
    adopt_into_store: true
    store:
      file:
        path: /etc/isc/{key}.env
  register: adopted

- name: Show in which nights that happens
  ansible.builtin.debug:
    msg: "{{ adopted.adoption_plan }}"
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: /etc/isc/declared/tokens.yml
exported:
  description: The tokens that are in the file, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Its id.
      returned: always
      type: str
      sample: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
    name:
      description: Its name.
      returned: always
      type: str
      sample: NodeJS Integration
left_out:
  description: The tokens that are not in the file, and why.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Its id.
      returned: always
      type: str
      sample: fa4e1de7fa4e1de7fa4e1de7fa4e1de7
    name:
      description: Its name.
      returned: always
      type: str
      sample: bootstrap
    reason:
      description: Why it is left out.
      returned: always
      type: str
      sample: this run authenticates with it
adoption_plan:
  description: A readable plan of what O(adopt_into_store) will do. The same lines are at the top of the file.
  returned: if O(adopt_into_store=true)
  type: list
  elements: str
  sample:
    - 2 tokens are to be taken over; 1 slot of 10 is free.
    - "night   1, 2026-08-01: 'Audit Feed'; the old one is deleted on night 10"
    - "night  10, 2026-08-10: 'CRM Sync'; the old one is deleted on night 19"
adoption:
  description:
    - The same plan as structured data. The planner itself predicts it, and assumes that all consumers read the store
      each day.
  returned: if O(adopt_into_store=true)
  type: dict
  contains:
    free_slots:
      description: How many more tokens the owner may have now.
      returned: always
      type: int
      sample: 1
    nights:
      description: After how many nightly runs all tokens are stored. The first run counts as 1.
      returned: always
      type: int
      sample: 10
    ends_on:
      description: The night in which the last old token is deleted. V(null) if that cannot be predicted.
      returned: always
      type: int
      sample: 19
    takeovers:
      description: The tokens in the order of their turns.
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: Its name.
          returned: always
          type: str
          sample: Audit Feed
        night:
          description: The night in which a new token takes over.
          returned: always
          type: int
          sample: 1
        at:
          description: The date of that night, if the first one is now.
          returned: always
          type: str
          sample: "2026-08-01T02:00:00.000Z"
        gone_on:
          description: The night in which the old token is deleted. V(null) if that cannot be predicted.
          returned: always
          type: int
          sample: 10
        expired_at:
          description: When the old token expires, if that is before its turn. V(null) otherwise.
          returned: always
          type: str
          sample: null
    waiting:
      description: The names of the tokens that never find a free slot.
      returned: always
      type: list
      elements: str
      sample: []
    problems:
      description: What will go wrong, token by token.
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: The name of the token.
          returned: always
          type: str
          sample: CRM Sync
        msg:
          description: The failure that a run will show.
          returned: always
          type: str
          sample: "personal access token 'CRM Sync': the store could not be read; nothing was done to the token"
warnings:
  description:
    - A warning if the token that the task authenticates with expires in 30 days or less.
    - A warning if O(defaults) may change the exported tokens. Ansible shows the warnings.
  returned: if there is a warning
  type: list
  elements: str
  sample:
    - >-
      the token that this run authenticates with, 'bootstrap' (fa4e1de7fa4e1de7fa4e1de7fa4e1de7), expires on
      2027-01-31, in 9 days; rotate it with authenticates: true, or declare another expiry
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import run_as_module
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_export import (
    PERSONAL_ACCESS_TOKEN_EXPORT,
)


def main() -> None:
    run_as_module(PERSONAL_ACCESS_TOKEN_EXPORT)


if __name__ == "__main__":
    main()
