#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Write what would change to plan.md, for people, and to plan.json, for ci/apply.sh. Nothing is changed.
# If a host fails, plan.md says so, and the exit status too: such a plan is for reading, and not for approval.

set -euo pipefail

. ci/environment.sh
rm -f plan.md plan.json
VAULT_TOKEN=$(python3 ci/vault.py)
export VAULT_TOKEN
ansible-playbook sailpoint_community.isc.plan \
    --extra-vars "{\"plan_markdown\": \"$PWD/plan.md\", \"plan_json\": \"$PWD/plan.json\"}"
