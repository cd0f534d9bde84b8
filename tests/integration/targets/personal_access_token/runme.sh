#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eux
source ../setup_simulator/start.sh

# The lines of a plan; where a result is censored, they have the host in front.
lines_of() {
    ANSIBLE_FORCE_COLOR=false play plan.yml --diff "$@" | sed 's/^localhost: //' \
        | grep -E "^[^ ]+ (create|change|rotate|delete|move|forget) +'"
}

# An ad-hoc command registers nothing: what would lose a secret is refused before anything is written.
adhoc() {
    ANSIBLE_FORCE_COLOR=false ansible -i localhost, localhost -c local \
        -m sailpoint_community.isc.personal_access_token -a "name='Ad Hoc' expires_in=90d scope=demo:first $1" "${@:2}"
}
for mode in "" --check; do
    if adhoc "" ${mode:+"$mode"} >"${simulator_dir:?}/adhoc"; then exit 1; fi
    grep -F "its secret would be lost" "${simulator_dir:?}/adhoc"
done
adhoc "store={'file':{'path':'${simulator_dir:?}/adhoc.env'}}"
test -s "${simulator_dir:?}/adhoc.env"

for api_version in v1 v3; do
    folder="${simulator_dir:?}/$api_version"
    play() {
        ansible-playbook -i localhost, \
            --extra-vars "simulator=$SAIL_BASE_URL api_version=$api_version folder=$folder" "$@"
    }

    # What check mode tells is what a run tells.
    lines_of --check "$@" >"$folder.plan"
    test "$(wc -l <"$folder.plan")" = 6
    lines_of "$@" | diff "$folder.plan" -
    rm -rf "$folder"

    play playbook.yml "$@"
done
