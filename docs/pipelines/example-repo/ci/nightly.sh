#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The nightly run: rotate what is due, then report, whether or not the rotation worked. What it declares is what was
# merged, so it needs no plan.

set -uo pipefail

VAULT_TOKEN=$(python3 ci/vault.py) || exit
export VAULT_TOKEN
mkdir -p report

ansible-playbook sailpoint_community.isc.apply
applied=$?
ansible-playbook report.yml --extra-vars "{\"report_html\": \"$PWD/report/report.html\",
    \"report_json\": \"$PWD/report/report.json\", \"fail_on\": [\"expired\", \"expiring\", \"unreachable\"]}"
reported=$?
exit $((applied ? applied : reported))
