#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eux
source ../setup_simulator/start.sh

# Each host has a process of its own: together (2), or one after the other (1).
for forks in 2 1; do
    ansible-playbook -i first,second, --forks "$forks" two_hosts.yml --extra-vars "simulator=$SAIL_BASE_URL" "$@"
done

for api_version in v1 v3; do
    folder="${simulator_dir:?}/$api_version"
    mkdir "$folder"
    ansible-playbook -i localhost, playbook.yml \
        --extra-vars "simulator=$SAIL_BASE_URL api_version=$api_version folder=$folder" "$@"
done
