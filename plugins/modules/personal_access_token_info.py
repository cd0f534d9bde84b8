#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: personal_access_token_info
short_description: List personal access tokens of SailPoint Identity Security Cloud
version_added: 0.1.0
description:
  - Lists the personal access tokens (PATs) of the caller, of another identity, or of the whole tenant. It shows what
    you need to keep them in order, for example how long they have been unused and when they expire.
  - All selecting options are combined. A token is listed if it meets all of them. An option that you leave out excludes
    no token.
  - It makes one list call, whatever you select, and without O(access_token) also one OAuth call. Only
    O(owner_state=true) costs more, and O(unused_for) with O(never_used=false) if the local clock is more than a day
    behind the server's. The result never contains a secret.
options:
  owner:
    description:
      - Whose tokens to list. V(me) stands for the caller, V(all) for the whole tenant. You can also give the id of an
        identity.
      - All values but V(me) require the scope C(sp:all-personal-access-tokens:read), which SailPoint's documentation
        also calls the right C(idn:all-personal-access-tokens:read).
      - If an identity has no token at all, a warning says so, because the id may be wrong.
    type: str
    default: me
  name:
    description:
      - The exact name of the token. Names are unique among the tokens of one owner only.
    type: str
  name_pattern:
    description:
      - A pattern for the name. C(*) stands for any characters, C(?) for one character, and C([ab]) for one of the
        characters in the brackets. It is case-sensitive.
    type: str
  unused_for:
    description:
      - Lists only tokens that have been unused for at least this long, for example V(30d). If a token was never used,
        its creation counts instead.
      - The API records the last use only once a day.
      - The units of all durations are V(w), V(d), V(h), V(m) (minutes) and V(s), in this order, for example V(1d12h).
    type: str
  never_used:
    description:
      - V(true) lists only tokens that were never used. V(false) lists only tokens that have been used.
    type: bool
  expires_within:
    description:
      - Lists only tokens that expire within this time, for example V(30d). This includes expired tokens, and replaced
        ones that still work. To leave expired ones out, add O(expired=false).
    type: str
  expired:
    description:
      - V(true) lists only tokens that have expired. V(false) lists only tokens that have not expired.
    type: bool
  managed:
    description:
      - V(true) lists only tokens that the platform manages. V(false) lists only the other tokens.
      - The API shows managed tokens only to callers with the right C(idn:managed-personal-access-tokens:read).
    type: bool
  owner_state:
    description:
      - Whether to add the state and the manager of each owner, so that you see which tokens have an owner who has left.
        No API can change the owner of a token. When an owner leaves, their tokens have to be replaced by tokens of
        another identity.
      - It costs one more call for every 100 owners. The calls read the public identities, for which the scope
        V(sp:scopes:default) is enough.
      - If they cannot be read, a warning says why, and both values are V(null).
    type: bool
    default: false
  on_warning:
    description: Whether Ansible shows the warnings, or the task only returns them as RV(warning_texts).
    type: str
    default: show
    choices: [show, report]
extends_documentation_fragment:
  - sailpoint_community.isc.connection
  - sailpoint_community.isc.attributes
  - sailpoint_community.isc.attributes.in_group
attributes:
  diff_mode:
    description: Shows what it changes.
    support: N/A
    details:
      - It changes nothing.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
notes:
  - Ages are computed with the clock of the server. If the server sends no usable time, the local clock is used.
seealso:
  - module: sailpoint_community.isc.personal_access_token
  - module: sailpoint_community.isc.access_token
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# Unless a task gives its own, the connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.

- name: List my tokens that expire within a month
  sailpoint_community.isc.personal_access_token_info:
    expires_within: 30d
    expired: false
  register: expiring

- name: Show them, the most urgent first
  ansible.builtin.debug:
    msg: "{{ item.name }} expires in {{ item.expires_in_days }} days"
  loop: "{{ expiring.personal_access_tokens | sort(attribute='expiration_date') }}"
  loop_control:
    label: "{{ item.id }}"

- name: List the tokens of the whole tenant that nobody has used for 90 days
  sailpoint_community.isc.personal_access_token_info:
    owner: all
    unused_for: 90d
    managed: false
  register: unused

- name: Report them by owner
  ansible.builtin.debug:
    msg: "{{ unused.personal_access_tokens | groupby('owner.name') | map('first') | join(', ') }}"

- name: List the tokens of the whole tenant, with the state of their owners
  sailpoint_community.isc.personal_access_token_info:
    owner: all
    owner_state: true
  register: owned

- name: Show the tokens whose owner is not active any more, and whom to ask
  ansible.builtin.debug:
    msg: "{{ item.name }} of {{ item.owner.name }}; manager: {{ (item.owner.manager or {}).name | default('unknown') }}"
  loop: "{{ owned.personal_access_tokens | selectattr('owner.state') | rejectattr('owner.state', 'eq', 'ACTIVE') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Fail the nightly run if a token of an integration has expired
  sailpoint_community.isc.personal_access_token_info:
    name_pattern: "* Integration"
    expired: true
  register: expired
  failed_when: expired is failed or expired.personal_access_tokens | length > 0

- name: List the replaced tokens that still work
  sailpoint_community.isc.personal_access_token_info:
    name_pattern: "* (previous ????????)"
    expired: false
  register: replaced

- name: Look up one token, on a connection of its own
  sailpoint_community.isc.personal_access_token_info:
    base_url: "{{ isc_base_url }}"
    client_id: "{{ isc_client_id }}"
    client_secret: "{{ isc_client_secret }}"
    name: NodeJS Integration
  register: nodejs

- name: Require that the token exists and is less than 100 days old
  ansible.builtin.assert:
    that:
      - nodejs.personal_access_tokens | length == 1
      - nodejs.personal_access_tokens[0].age_days < 100
"""

RETURN = r"""
personal_access_tokens:
  description: The selected tokens, sorted by name. They contain no secret.
  returned: success
  type: list
  elements: dict
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
        state:
          description:
            - The state of the identity, for example V(ACTIVE), V(INACTIVE_SHORT_TERM) or V(INACTIVE_LONG_TERM).
            - V(null) if it is unknown, because the tenant does not show it, or does not show the identity at all.
          returned: if O(owner_state=true)
          type: str
          sample: ACTIVE
        manager:
          description: The manager of the identity. V(null) if it has none, or none that is known.
          returned: if O(owner_state=true)
          type: dict
          contains:
            id:
              description: The manager's id.
              returned: always
              type: str
              sample: fa4eb055fa4eb055fa4eb055fa4eb055
            name:
              description: The manager's name.
              returned: always
              type: str
              sample: Fake Manager
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
      description: When it expires. It then stops working, in use or not. V(null) if never.
      returned: always
      type: str
      sample: "2026-10-30T09:30:00.000Z"
    access_token_validity_seconds:
      description: The lifetime of the bearer tokens issued for it. V(null) if the API shows none.
      returned: always
      type: int
      sample: 43200
    managed:
      description: Whether the platform manages it.
      returned: always
      type: bool
      sample: false
    state:
      description:
        - V(expired) if it has expired, V(previous) if it was replaced in a rotation and still works, otherwise
          V(active).
      returned: always
      type: str
      sample: active
    age_days:
      description: The number of full days since it was created.
      returned: always
      type: int
      sample: 20
    unused_days:
      description: The number of full days since it was last used, or since its creation if it was never used.
      returned: always
      type: int
      sample: 1
    expires_in_days:
      description: The number of full days until it expires. Negative if it has expired, V(null) if it never expires.
      returned: always
      type: int
      sample: 69
reading:
  description: Where and when the tokens were listed. M(sailpoint_community.isc.token_report) works with it.
  returned: success
  type: dict
  contains:
    base_url:
      description: The address of the tenant's API.
      returned: always
      type: str
      sample: https://fake.api.identitynow.com
    api_version:
      description: The version of the API.
      returned: always
      type: str
      sample: v1
    client_id:
      description: The id of the token that the task authenticates with. V(null) if only a bearer token is given.
      returned: always
      type: str
      sample: fa4e1de7fa4e1de7fa4e1de7fa4e1de7
    listed_at:
      description: When the tokens were listed, by the clock that the ages are computed with.
      returned: always
      type: str
      sample: "2026-08-21T09:30:00.000Z"
    seconds:
      description: How long it took to connect and to list.
      returned: always
      type: float
      sample: 0.412
    owners_error:
      description:
        - Why the state and the manager of the owners are unknown, with O(owner_state=true). V(null) if they are known.
      returned: always
      type: str
      sample: null
warning_texts:
  description: The same as RV(warnings), whatever O(on_warning) is.
  returned: success
  type: list
  elements: str
  sample: []
warnings:
  description:
    - A warning if the token that the task authenticates with expires in 30 days or less.
    - A warning if the identity that O(owner) names has no token at all.
    - A warning if the owners could not be read, with O(owner_state=true). Ansible shows the warnings.
  returned: with O(on_warning=show), if there is a warning
  type: list
  elements: str
  sample:
    - >-
      the token that this run authenticates with, 'bootstrap' (fa4e1de7fa4e1de7fa4e1de7fa4e1de7), expires on
      2027-01-31, in 9 days; rotate it with authenticates: true, or declare another expiry
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import run_as_module
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_info import (
    PERSONAL_ACCESS_TOKEN_INFO,
)


def main() -> None:
    run_as_module(PERSONAL_ACCESS_TOKEN_INFO)


if __name__ == "__main__":
    main()
