# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_summary
short_description: Show the plans of all hosts as one
version_added: 0.1.0
description:
  - Reads the variable C(tokens_result) that the role C(sailpoint_community.isc.tokens) has set on each host, and shows
    one plan for all hosts, sorted by host. Unchanged tokens are only counted.
  - It runs on the controller and opens no connection. Give it O(ignore:run_once=true).
  - The playbooks C(sailpoint_community.isc.plan) and C(sailpoint_community.isc.apply) use it.
  - If a host failed, it fails after it has shown the plan and written the files.
options:
  hosts:
    description: The hosts. A host without a result counts as failed.
    type: list
    elements: str
    required: true
  is_done:
    description: V(true) words the summary as what was done, V(false) as what is to be done.
    type: bool
    default: false
  json:
    description:
      - The file to write the plan to as JSON. It replaces a file that is there.
      - The playbook C(sailpoint_community.isc.apply) takes it as an approved plan.
      - No secret is in it.
    type: path
  markdown:
    description:
      - The file to write the plan to as Markdown, for the comment on a pull request. It replaces a file that is there.
      - It has at most 60,000 characters. It says what was left out.
    type: path
  plan_file:
    description:
      - An approved plan. With O(only_check), it must be one that this collection can read.
      - Without O(only_check), the summary says that the plan was approved, and names the hosts that have steps in the
        plan but are not in O(hosts).
    type: path
  only_due:
    description:
      - Whether the run was allowed to do only what time brings. The summary says so.
      - Where O(only_due) or O(plan_file) is not given, the summary goes by the variable C(tokens_only_due) or
        C(tokens_plan_file) of each host.
    type: bool
  only_check:
    description:
      - Whether to check only, in advance, what would make the run fail at its end. O(json) and O(markdown) must be
        files that can be written, and O(plan_file) must be a plan.
    type: bool
    default: false
  fail_on_drift:
    description: Whether to fail if anything would change.
    type: bool
    default: false
  drift_ignores:
    description:
      - Changes that O(fail_on_drift) ignores because they become due with time.
      - V(rotate) leaves out rotations that are due. V(retire) leaves out the deletion of tokens that were replaced.
      - A rotation for another reason always counts, for example if the stored credentials no longer work.
    type: list
    elements: str
    default: []
    choices: [rotate, retire]
extends_documentation_fragment:
  - sailpoint_community.isc.attributes
attributes:
  check_mode:
    description: Tells the plan and writes no file.
    support: full
  diff_mode:
    description: Shows no diff. The plan itself is the difference.
    support: none
  action:
    details:
      - It is an action plugin alone. It never runs on the target.
  async:
    details:
      - It takes no time to wait for.
  idempotent:
    description: It changes nothing but the files that it is told to write.
    support: full
seealso:
  - module: sailpoint_community.isc.personal_access_token_set
  - name: Plan and apply
    description: The playbooks, the plan file and the approval.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/plan-and-apply.md
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
- name: Show what the role tokens has found on all hosts of the play
  sailpoint_community.isc.plan_summary:
    hosts: "{{ ansible_play_hosts_all }}"
    markdown: plan.md
    json: plan.json
  run_once: true

- name: Fail if anything but due rotations and clean-ups would change
  sailpoint_community.isc.plan_summary:
    hosts: "{{ ansible_play_hosts_all }}"
    fail_on_drift: true
    drift_ignores:
      - rotate
      - retire
  run_once: true
"""

RETURN = r"""
sum:
  description: How many tokens are to be created, changed, rotated or deleted, and how many are as declared.
  returned: unless O(only_check)
  type: dict
  sample:
    create: 2
    change: 1
    rotate: 1
    delete: 1
    as_declared: 37
    warnings: 1
    failed: 0
missed_hosts:
  description: The hosts that have steps in the approved plan but are not in O(hosts).
  returned: if there is a O(plan_file), unless O(only_check)
  type: list
  elements: str
  sample: [globex]
"""
