# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is documented once for a token and for a set of them."""

from __future__ import annotations


class ModuleDocFragment:
    """The options that many tokens may have in common."""

    DOCUMENTATION = r"""
options:
  scope:
    description:
      - The scopes that the token has, as strings. Their order means nothing. At least one has to be listed.
      - A token that is created without it has all the rights of its owner; a warning says so.
      - The API accepts scopes beyond the rights of the owner without a word, and they give nothing. What a token is
        good for is shown by RV(sailpoint_community.isc.access_token#module:scope).
      - A change reaches new bearer tokens after up to 20 minutes, and those already issued never.
    type: list
    elements: raw
  access_token_validity_seconds:
    description:
      - How long the bearer tokens are valid that this token is exchanged for, from V(15) to V(43200) seconds.
      - The API cannot change it, so that a difference is a reason to rotate.
    type: int
  expiration_date:
    description:
      - The moment at which the token expires, with a time and a zone, for example V(2027-01-31T00:00:00Z). Compared to
        the second.
      - Moved on an existing token where O(api_version) can; else a difference is a reason to rotate.
      - A token is never rotated on account of O(rotate_before) onto the same date; a warning says that it comes close.
      - Excludes O(expires_in) and O(never_expires).
    type: str
  expires_in:
    description:
      - How long the token lives, counted from its creation, for example V(90d). An existing token is not changed by it.
      - Units are V(w), V(d), V(h), V(m) (minutes) and V(s), in this order, for example V(1d12h). So for all durations.
      - With V(v3), V(v2024) and V(beta) as O(api_version), 6 months at most, which is also what leaving it out gives.
      - Excludes O(expiration_date) and O(never_expires).
    type: str
  never_expires:
    description:
      - V(true) for a token without an expiration date. That of an existing token is cleared.
      - Only with V(v1), V(v2025) and V(v2026) as O(api_version).
      - With V(false), nothing is declared about it.
    type: bool
    default: false
  rotate:
    description:
      - V(when_due) rotates a token that has expired, expires within O(rotate_before), is older than O(rotate_after),
        differs in something that the API cannot change, or is dead by O(verify=always).
      - V(always) rotates it in every run.
      - V(never) does not rotate. Where it would be needed, the task fails; for a token that has merely expired, it
        warns.
    type: str
    default: when_due
    choices: [when_due, always, never]
  rotate_after:
    description:
      - The age at which a token is rotated, for example V(60d). Has to be longer than O(overlap).
    type: str
  rotate_before:
    description:
      - How long before it expires a token is rotated, for example V(14d). Has to be shorter than its life, and should
        be longer than the time between two runs.
      - If nothing rotates a token before it expires, a warning comes from 30 days before.
    type: str
  overlap:
    description:
      - How long a replaced token works on at least, so that its consumers have the time to take over the new
        credentials.
      - V(0) lets the next run delete a replaced token without waiting until it is out of use, once it is an hour old.
      - Has to be at least V(12h) where only O(access_token) is given, since nothing tells then which token is the
        run's own.
    type: str
    default: 7d
  adopt:
    description:
      - What to do with a token that is in use while its store does not hold it. V(true) makes a new one and retires the
        old one as in a rotation.
    type: bool
    default: false
  credentials_format:
    description:
      - How the credentials file is written. If left out, its ending tells, V(.json), V(.yaml), V(.yml) or V(.env).
      - V(json) and V(yaml) hold C(base_url), C(client_id) and C(client_secret). V(env) holds E(SAIL_BASE_URL),
        E(SAIL_CLIENT_ID) and E(SAIL_CLIENT_SECRET), quoted for a shell and for whatever reads C(.env) files.
    type: str
    choices: [json, yaml, env]
  verify:
    description:
      - V(on_write) exchanges the credentials of a new token for a bearer token before they are stored or returned, and
        waits up to a minute until that works. This is for tokens with a store; without one nothing is proved.
      - V(always) does so in every run with what is stored, too. If the credentials are refused twice while those of the
        connection are accepted, the token is rotated. If that cannot be told, the task fails.
      - V(never) stores the new credentials as they come.
    type: str
    choices: [on_write, always, never]
    default: on_write
  return_secret:
    description:
      - Whether the secret of a new token is returned though a credentials file has taken it.
    type: bool
    default: false
  max_tokens:
    description:
      - How many tokens the owner may have.
    type: int
    default: 10
"""
