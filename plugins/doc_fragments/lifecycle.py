# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is documented once for a token and for a set of them."""

from __future__ import annotations


class ModuleDocFragment:
    """The options that many tokens can share."""

    DOCUMENTATION = r"""
options:
  scope:
    description:
      - The scopes of the token. Their order does not matter. List at least one.
      - A token created without O(scope) gets all the rights of its owner; the run warns about it.
      - The API silently accepts scopes beyond the owner's rights, but they grant nothing.
        RV(sailpoint_community.isc.access_token#module:scope) shows what a token really grants.
      - A change takes up to 20 minutes to reach new bearer tokens. Bearer tokens already issued keep the old scope.
    type: list
    elements: raw
  access_token_validity_seconds:
    description:
      - The lifetime of the bearer tokens issued for this token, from V(15) to V(43200) seconds.
      - The API cannot change it on an existing token, so a difference is a reason to rotate.
    type: int
  expiration_date:
    description:
      - When the token expires, with a time and a zone, for example V(2027-01-31T00:00:00Z). It is compared to the
        second.
      - If the O(api_version) can move the date of an existing token, the run moves it. Otherwise a difference is a
        reason to rotate.
      - A rotation cannot move a fixed date, so O(rotate_before) does not apply. The run warns when it comes close.
      - Mutually exclusive with O(expires_in) and O(never_expires).
    type: str
  expires_in:
    description:
      - The lifetime of the token, counted from its creation, for example V(90d). It does not change an existing token.
      - Durations use the units V(w), V(d), V(h), V(m) (minutes) and V(s), in this order, for example V(1d12h).
      - With V(v3), V(v2024) and V(beta) as O(api_version), the maximum and the default are 6 months.
      - Mutually exclusive with O(expiration_date) and O(never_expires).
    type: str
  never_expires:
    description:
      - V(true) makes a token that never expires, and clears the expiration date of an existing one.
      - V(false) declares nothing about the expiry.
      - Requires V(v1), V(v2025) or V(v2026) as O(api_version).
    type: bool
    default: false
  rotate:
    description:
      - V(when_due) rotates a token that has expired, that expires within O(rotate_before), that is older than
        O(rotate_after), that differs in a field which the API cannot change, or that O(verify=always) found dead.
      - V(always) rotates the token in every run.
      - V(never) does not rotate. If a rotation is needed, the task fails; if the token has merely expired, it warns.
    type: str
    default: when_due
    choices: [when_due, always, never]
  rotate_after:
    description:
      - The age at which a token is rotated, for example V(60d). It must be longer than O(overlap).
    type: str
  rotate_before:
    description:
      - How long before its expiry a token is rotated, for example V(14d).
      - It must be shorter than the token's lifetime, and should be longer than the time between two runs.
      - If nothing rotates a token in time, runs warn from 30 days before its expiry.
    type: str
  overlap:
    description:
      - The minimum time that a replaced token keeps working, so that its consumers can switch to the new credentials.
      - With V(0), the next run deletes a replaced token as soon as it is an hour old, even if it is still used.
      - It must be at least V(12h) if only O(access_token) is given, because the run's own token is then unknown.
    type: str
    default: 7d
  adopt:
    description:
      - What to do with a token that is in use although its store does not hold it.
      - V(true) makes a new token and retires the old one as in a rotation. V(false) fails.
    type: bool
    default: false
  credentials_format:
    description:
      - The format of the credentials file. The default follows from its ending, V(.json), V(.yaml), V(.yml) or
        V(.env).
      - V(json) and V(yaml) hold C(base_url), C(client_id) and C(client_secret).
      - V(env) holds E(SAIL_BASE_URL), E(SAIL_CLIENT_ID) and E(SAIL_CLIENT_SECRET), quoted for shells and C(.env)
        readers.
    type: str
    choices: [json, yaml, env]
  verify:
    description:
      - When to check that credentials work, by exchanging them for a bearer token. It needs a store.
      - V(on_write) checks new credentials before they are stored or returned, and retries for up to a minute.
      - V(always) also checks the stored credentials in every run. If they are refused twice while the connection's own
        credentials are accepted, the token is rotated. If the check gives no clear answer, the task fails.
      - V(never) stores new credentials unchecked.
    type: str
    choices: [on_write, always, never]
    default: on_write
  return_secret:
    description:
      - Whether to return the secret of a new token even though a credentials file stores it.
    type: bool
    default: false
  max_tokens:
    description:
      - The maximum number of tokens that the owner may have.
    type: int
    default: 10
"""
