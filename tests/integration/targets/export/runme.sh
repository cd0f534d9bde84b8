#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eux
source ../setup_simulator/start.sh
folder=${simulator_dir:?}
export ANSIBLE_FORCE_COLOR=false

play() {
    ansible-playbook -i "$inventory" "$@" --extra-vars "simulator=$SAIL_BASE_URL folder=$folder"
}

# The words of a refusal, in lines of whatever length.
refused() {
    words=$1
    shift
    if "$@" >"$folder/refusal" 2>&1; then exit 1; fi
    tr --squeeze-repeats ' \n' ' ' <"$folder/refusal" | grep --fixed-strings "$words"
}

export_playbook=sailpoint_community.isc.export
inventory=localhost,
refused "export_to is missing" play "$export_playbook" "$@"

# What exists is written as a declaration, which changes nothing.
for api_version in v1 v3; do
    play begin.yml "$@"
    to=$folder/$api_version
    given="{\"export_to\": \"$to\", \"tokens_connection\": {\"api_version\": \"$api_version\"}}"
    export=(play "$export_playbook" --extra-vars "$given")
    "${export[@]}" --check --diff "$@" | tee "$folder/plan"
    grep --fixed-strings '+  - name: "CRM Sync"' "$folder/plan"
    test ! -e "$to"
    "${export[@]}" "$@"
    play unchanged.yml --extra-vars "declared=$to/localhost.yml api_version=$api_version" "$@"
    "${export[@]}" "$@" | tee "$folder/log"
    grep "localhost .* changed=0 " "$folder/log"

    # An edited file stays, unless it is to be replaced.
    echo 'tokens_prune: true' >>"$to/localhost.yml"
    refused "may have been edited: nothing was written" "${export[@]}" "$@"
    grep tokens_prune "$to/localhost.yml"
    "${export[@]}" --extra-vars export_force=true "$@"
    if grep tokens_prune "$to/localhost.yml"; then exit 1; fi
done

# A variable of the inventory comes too late to choose the hosts.
printf 'all:\n  hosts:\n    good:\n    bad:\n  vars:\n    export_hosts: good\n' >"$folder/late.yml"
inventory=$folder/late.yml
refused "export_hosts of the inventory comes too late to choose the hosts" \
    play "$export_playbook" --extra-vars "export_to=$folder/late" "$@"
test ! -e "$folder/late"

# A host that fails does not keep the others from being written. Where the inventory has no host, localhost is one.
inventory=good,bad,
status=0
play "$export_playbook" --extra-vars @hosts.yml --extra-vars "export_to=$folder/hosts" "$@" || status=$?
test "$status" = 2
test "$(ls "$folder/hosts")" = good.yml
ansible-playbook "$export_playbook" --extra-vars "export_to=$folder/none" "$@"
test "$(ls "$folder/none")" = localhost.yml

# A misspelt inventory is not localhost with the credentials of the environment.
inventory=$folder/typo.yml
refused "the inventory $inventory has no host; give an inventory that exists, or leave -i out for localhost" \
    play "$export_playbook" --extra-vars "export_to=$folder/typo" "$@"
test ! -e "$folder/typo"

# The way into a store: what is foretold for the first night is what the role then does.
inventory=localhost,
play begin.yml --extra-vars max_tokens=4 "$@"
into=(--extra-vars "{\"export_to\": \"$folder/into\", \"adopt_into_store\": true, \"tokens_max_tokens\": 4}")
refused "adopt_into_store needs store" play "$export_playbook" "${into[@]}" "$@"
play "$export_playbook" "${into[@]}" --extra-vars "@store.yml" "$@" | tee "$folder/plan"
grep --fixed-strings "2 tokens are to be taken over; 1 slot of 4 is free." "$folder/plan"
play night.yml --check --diff --extra-vars @store.yml --extra-vars "declared=$folder/into/localhost.yml" "$@" | tee "$folder/plan"
grep "^± rotate\|^+ create  'Audit Feed'" "$folder/plan"
play night.yml --extra-vars @store.yml --extra-vars "declared=$folder/into/localhost.yml" "$@" | tee "$folder/log"
play stored.yml "$@"
