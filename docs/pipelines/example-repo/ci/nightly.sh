#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The nightly run: do what time brings, then report, whether or not the first has worked. Nobody approves this run. So it
# rotates what is due and cleans up, and leaves every other change to the plan of a merge. If something else is still to
# be done, it says so and fails.

set -uo pipefail

. ci/environment.sh
VAULT_TOKEN=$(python3 ci/vault.py) || exit
export VAULT_TOKEN
mkdir -p report

ansible-playbook sailpoint_community.isc.apply --extra-vars '{"only_due": true}'
applied=$?
ansible-playbook report.yml --extra-vars "{\"report_html\": \"$PWD/report/report.html\",
    \"report_json\": \"$PWD/report/report.json\", \"fail_on\": [\"expired\", \"expiring\", \"unreachable\"]}"
reported=$?
exit $((applied ? applied : reported))
