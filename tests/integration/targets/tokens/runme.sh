#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eux
source ../setup_simulator/start.sh

# v1 with a store of its own, v3 with the built-in one.
for run in v1:./store v3:file; do
    folder="$simulator_dir/${run%%:*}"
    mkdir "$folder"
    given="simulator=$SAIL_BASE_URL api_version=${run%%:*} store=${run#*:} folder=$folder"
    ansible-playbook -i localhost, plan.yml --check --diff --extra-vars "$given" "$@" | tee "$folder.plan"
    grep "create 'CI': it does not exist" "$folder.plan"
    ansible-playbook -i localhost, playbook.yml --extra-vars "$given" "$@"
done
