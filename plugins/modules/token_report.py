#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: token_report
short_description: Report on the personal access tokens of all hosts
version_added: 0.1.0
description:
  - Makes one report of the tokens that M(sailpoint_community.isc.personal_access_token_info) has listed on every host
    of the play. It finds what somebody should look at, for example a token that expires soon and that nothing rotates.
  - It writes the report as a web page, as JSON, CSV and Markdown, and as metrics for Prometheus. It shows a summary.
  - Run it once, after the list, with C(run_once=true). The role C(sailpoint_community.isc.report) does this.
  - If a host declares its tokens in C(tokens_declared) and C(tokens_defaults), as the role
    C(sailpoint_community.isc.tokens) takes them, the report tells which tokens are declared, and when each is due for
    rotation. It reads the variables of the inventory, extra variables and facts. It does not see the variables of a
    play or a role.
options:
  hosts:
    description:
      - The hosts to report on, in this order. By default, all hosts of the play, also those that have failed.
    type: list
    elements: str
  listed:
    description:
      - The name of the variable in which each host has registered the result of
        M(sailpoint_community.isc.personal_access_token_info). A host without it counts as not read.
    type: str
    default: report_listed
  html:
    description: The file to write the report to as a web page. It needs nothing else, so that you can mail it.
    type: path
  json:
    description:
      - The file to write the report to as JSON. Before that, it is read. It supplies the figures of a host that could
        not be read this time, and shows which findings are new.
      - Without it, such a host has no figures, and every finding counts as new.
      - With C(--limit), the figures of the hosts that it leaves out stay too, if the inventory still has them.
    type: path
  csv:
    description: The file to write the tokens to as CSV, one row for each.
    type: path
  markdown:
    description: The file to write the findings to as Markdown.
    type: path
  prometheus:
    description:
      - The file to write the metrics to, in the text format of Prometheus. Its name should end in C(.prom), as the
        textfile collector of node_exporter asks.
      - It needs O(json), because that file supplies the series of a host that could not be read.
    type: path
  notify:
    description:
      - A file with tasks that a later task includes if there are RV(new_findings). They stay new, even in the next
        report, until a task gives them as O(told).
      - A relative path is looked for in the working directory, and then beside the playbook. It needs O(json).
    type: path
  expires_within:
    description: A token is a finding if it expires within this time, and nothing rotates it first. In whole days.
    type: str
    default: 30d
  unused_for:
    description: A token that was last used at least this long ago is a finding. In whole days.
    type: str
    default: 90d
  max_tokens:
    description: How many tokens an owner may have.
    type: int
    default: 10
  fail_on:
    description:
      - The kinds of findings for which the task fails at its end, after the files have been written.
      - It always fails for a host that could not be read.
    type: list
    elements: str
    default: []
    choices:
      - unreachable
      - expired
      - expiring
      - rotation_deferred
      - previous_in_use
      - owner_inactive
      - bootstrap_expiring
      - quota
      - all_rights
      - never_expires
      - never_used
      - unused
  on_error:
    description:
      - What to do for O(fail_on), and for a host that could not be read. V(fail) fails, and returns no findings,
        because Ansible would show them all. V(report) does not fail. It returns everything, and RV(failure).
    type: str
    default: fail
    choices: [fail, report]
  only_check:
    description:
      - Only checks whether the files can be written, and reads no host. Use it before the list, so that a wrong path
        fails the run before any request.
    type: bool
    default: false
  told:
    description:
      - The RV(new_findings) that somebody was told of. The task only notes that in O(json). Use it after the tasks of
        O(notify).
      - Mutually exclusive with O(only_check).
    type: list
    elements: dict
attributes:
  check_mode:
    description: In check mode, shows the summary and writes no file.
    support: full
  diff_mode:
    description: Shows what it changes.
    support: none
  action:
    description: Is an action plugin, and runs on the controller.
    support: full
  async:
    description: Supports the C(async) keyword.
    support: none
  bypass_host_loop:
    description: Runs once for all hosts by itself. Give C(run_once=true).
    support: none
  idempotent:
    description: A second run with the same options changes nothing.
    support: none
    details:
      - Every run writes the files anew, since the time of the report is in them.
  platform:
    description: The platforms on which it runs.
    support: full
    platforms: posix
notes:
  - It sends nothing, and its files hold no secret. They tell who owns which token, with which scopes.
  - Each file is replaced as a whole. Missing folders are made.
seealso:
  - module: sailpoint_community.isc.personal_access_token_info
  - name: The report
    description: What each finding means and what to do, the files, the metrics and the alerts.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/report.md
author:
  - sailpoint_community.isc contributors (@sailpoint-community)
"""

EXAMPLES = r"""
# Unless a task gives its own, the connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.

- name: List the tokens of every host
  sailpoint_community.isc.personal_access_token_info:
    owner: all
  register: report_listed
  failed_when: false

- name: Report on them, and fail if one has expired
  sailpoint_community.isc.token_report:
    json: /var/lib/isc/report.json
    csv: /var/lib/isc/report.csv
    markdown: /var/lib/isc/report.md
    prometheus: /var/lib/node_exporter/isc_pat.prom
    fail_on:
      - expired
      - bootstrap_expiring
  run_once: true
  register: report

- name: Show what was not there in the last report
  ansible.builtin.debug:
    msg: "{{ report.new_findings | map(attribute='text') }}"
  run_once: true
"""

RETURN = r"""
complete:
  description: Whether every host could be read.
  returned: when the report is made
  type: bool
  sample: true
counts:
  description: How many findings there are of each kind, V(0) included.
  returned: when the report is made
  type: dict
  sample: {unreachable: 0, expired: 1, expiring: 0}
findings:
  description: What somebody should look at, the most urgent first.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: What it is, one of the choices of O(fail_on).
      returned: always
      type: str
      sample: expired
    urgency:
      description: How urgent its kind is. V(1) is the most urgent.
      returned: always
      type: int
      sample: 2
    host:
      description: The host that it was found on.
      returned: always
      type: str
      sample: production
    token_id:
      description: The id of the token. V(null) if it is about an owner or a host.
      returned: always
      type: str
      sample: fa4e5ec4fa4e5ec4fa4e5ec4fa4e5ec4
    name:
      description: The name of the token. V(null) if it is about an owner or a host.
      returned: always
      type: str
      sample: NodeJS Integration
    owner_id:
      description: The id of the owner. V(null) if it is about a host.
      returned: always
      type: str
      sample: fa4e1de7fa4e1de7fa4e1de7fa4e1de7
    owner:
      description: The name of the owner. V(null) if it is about a host.
      returned: always
      type: str
      sample: Fake Service Account
    text:
      description: One sentence.
      returned: always
      type: str
      sample: "'NodeJS Integration' of 'Fake Service Account' expired 3 days ago."
    date:
      description: The date that it is about, which is mostly the end of the token. V(null) if there is none.
      returned: always
      type: str
      sample: "2026-10-30T09:30:00Z"
    threshold:
      description:
        - The lowest of V(1), V(7), V(14) and V(30) days within which the date comes. V(0) if it has passed. V(null) if
          there is no date, or if it is more than 30 days away.
      returned: always
      type: int
      sample: 0
    told:
      description: Whether somebody was told of it. V(false) only with O(notify), until O(told) names it.
      returned: always
      type: bool
      sample: true
failure:
  description: Why the task would have failed.
  returned: if there is a reason, with O(on_error=report)
  type: str
  sample: "the report is made; the run fails because of these findings: 1 expired"
notify:
  description: Where the file of O(notify) is.
  returned: with O(notify)
  type: str
  sample: /srv/isc/notify.yml
new_findings:
  description:
    - The findings that the previous report did not have, or had only at an earlier threshold. A finding is new once at
      each threshold.
  returned: success
  type: list
  elements: dict
  sample: []
"""
