#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Do what the approved plan says, and nothing else. The plan is the first argument, plan.json by default.

set -euo pipefail

. ci/environment.sh
plan=$(realpath "${1:-plan.json}")
VAULT_TOKEN=$(python3 ci/vault.py)
export VAULT_TOKEN
ansible-playbook sailpoint_community.isc.apply --extra-vars "{\"plan_file\": \"$plan\"}"
