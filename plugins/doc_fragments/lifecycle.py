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
      - The scopes of the token, as strings in any order. List at least one. A string with several scopes in it is
        refused.
      - A new token without O(scope) gets all the rights of its owner. A warning says so. A rotation copies the scope of
        the old token. If the list shows an empty one, the rotation fails, because an empty scope is not all rights.
      - SailPoint's guide says that every token has V(sp:scopes:default). It counts as a difference only if you list it.
      - The API silently accepts scopes that exceed the owner's rights, but these grant nothing.
        RV(sailpoint_community.isc.access_token#module:scope) shows what a token really grants.
      - A change takes up to 20 minutes to reach new bearer tokens. It never reaches those that were already issued.
    type: list
    elements: raw
  access_token_validity_seconds:
    description:
      - The lifetime of the bearer tokens that are issued for this token, from V(15) to V(43200) seconds.
      - The API cannot change it, so a difference is a reason to rotate.
    type: int
  expiration_date:
    description:
      - When the token expires, as a date and time with a zone, for example V(2027-01-31T00:00:00Z). It is compared to
        the second.
      - If the date of an existing token differs, it is changed. If O(api_version) cannot change it, the token is
        rotated.
      - A declared date overrides O(rotate_before), because a rotation would not change the date. A warning says when
        the date comes close.
      - Mutually exclusive with O(expires_in) and O(never_expires).
    type: str
  expires_in:
    description:
      - The lifetime of the token, counted from its creation, for example V(90d). The date of an existing token is not
        changed.
      - A token that never expires gets a date, namely now plus O(expires_in). If O(api_version) cannot change the date,
        the token is rotated.
      - The units of all durations are V(w), V(d), V(h), V(m) (minutes) and V(s), in this order, for example V(1d12h).
      - With V(v3), V(v2024) and V(beta) as O(api_version), at most 6 months. This is also the lifetime if you declare
        no expiry.
      - Mutually exclusive with O(expiration_date) and O(never_expires).
    type: str
  never_expires:
    description:
      - V(true) declares a token without an expiration date. The date of an existing token is removed.
      - Only with V(v1), V(v2025) and V(v2026) as O(api_version).
      - V(false) declares nothing.
    type: bool
    default: false
  rotate:
    description:
      - V(when_due) rotates a token that has expired, expires within O(rotate_before), is older than O(rotate_after), or
        differs in a field that the API cannot change. It also rotates a token whose turn has come, because later there
        would be no free slot for it. With O(verify=always), it also rotates a token whose stored credentials are dead.
      - V(always) rotates the token in every run. If the quota has no free slot for it, the task fails.
      - V(never) does not rotate the token. If a rotation is needed, the task fails. If the only reason is that the
        token has expired, it warns instead.
    type: str
    default: when_due
    choices: [when_due, always, never]
  rotate_after:
    description:
      - The age at which a token is rotated, for example V(60d). It has to be longer than O(overlap). Without
        O(rotate_before), both together must not be longer than O(expires_in).
    type: str
  rotate_before:
    description:
      - How long before its expiry a token is rotated, for example V(14d). It must not be shorter than O(overlap), and
        has to be shorter than the lifetime of the token. It should be longer than O(overlap) by the time between two
        runs.
      - The turn of a token may come earlier. Each rotation occupies a slot of the quota for O(overlap) and two days, so
        tokens that share few free slots are rotated one after the other.
      - If nothing rotates a token before it expires, a warning appears in its last 30 days.
    type: str
  overlap:
    description:
      - The minimum time for which a replaced token keeps working, so that its consumers can switch to the new
        credentials. A run deletes it only once it is out of use. But it still expires on its own date, and a warning
        comes in the last 30 days.
      - With V(0), a later run deletes a replaced token once it is an hour old, even if it is in use.
      - If you authenticate with O(access_token), the minimum is V(12h), because the run cannot know which token is its
        own.
    type: str
    default: 7d
  adopt:
    description:
      - What to do if a token has the name, is in use or older than a week, and is not the one in the store. V(true)
        creates a new token, and retires the old one as in a rotation. V(false) fails.
      - If the store holds nothing yet and no slot is free, V(true) waits for one. Until then, the existing token keeps
        working.
      - V(true) also goes on if the store names an id that the list does not show, and there is no secret with which to
        prove that this token is dead. And it takes the name back from a newer token that is in use.
    type: bool
    default: false
  verify:
    description:
      - When to prove that credentials work, by exchanging them for a bearer token. Only for a token with a store.
      - V(on_write) proves new credentials before they are stored or returned. It retries for up to a minute.
      - V(always) also proves the stored credentials in every run. If they are refused twice while the credentials of
        the connection are accepted, the token is rotated. If this cannot be decided, the task fails.
      - V(never) stores new credentials without proving them.
    type: str
    choices: [on_write, always, never]
    default: on_write
  return_secret:
    description:
      - Whether to return the secret of a new token even if O(store) holds it.
    type: bool
    default: false
  max_tokens:
    description:
      - How many tokens the owner may have. Change it only if your tenant has another limit.
      - The task is refused if it declares more tokens than this. It fails early if the coming rotations cannot all get
        a free slot in time, in whatever order. It sees only the tokens that it declares itself, so declare all tokens
        of one owner in one M(sailpoint_community.isc.personal_access_token_set).
    type: int
    default: 10
  only_due:
    description:
      - Whether to do only what time brings, which are the rotations that are due, and the deletions of tokens that were
        replaced or have expired, or that a failed run left. A token in use also gets its name back if a failed run or
        another run has taken it.
      - A token that needs anything else fails before its first write. Nothing is pruned.
      - O(rotate_before), O(rotate_after) and O(overlap) decide what is due, with the values that are declared now.
        O(rotate=always) alone makes no token due.
      - Use it for a nightly run beside approved plans. It does nothing that somebody has declared and nobody has
        approved.
      - Mutually exclusive with O(approved).
    type: bool
    default: false
  approved:
    description:
      - An approved plan. Only its actions are done. A token that needs any other action fails before its first write.
      - The playbook C(sailpoint_community.isc.apply) gives it from the plan file of C(sailpoint_community.isc.plan).
      - In check mode, the actions are compared in the same way.
      - If an approved action is no longer needed, a warning says so.
      - To create a successor, the run first renames the old token. If the create is then refused, the old token gets
        its name back. A new token that is not what was asked for is deleted. Nobody has to approve that.
    type: dict
    suboptions:
      base_url:
        description: RV(base_url) of the plan. A plan for another tenant is refused.
        type: str
        required: true
      declaration:
        description: RV(declaration) of the plan. If anything else is declared now, the plan is refused.
        type: str
        required: true
      owner_id:
        description: RV(owner_id) of the plan. A plan for another identity's tokens is refused.
        type: str
      actions:
        description: RV(actions) of the plan.
        type: list
        elements: dict
        required: true
      refusal:
        description: Why the plan approves nothing here. The task fails with it.
        type: str
"""
