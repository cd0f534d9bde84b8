#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eux
source ../setup_simulator/start.sh
stores=${simulator_dir:?}

play() {
    playbook=$1
    shift
    ansible-playbook -i localhost, "$playbook" --extra-vars "$given" "$@"
}

# The words of a refusal, in lines of whatever length.
refused() {
    words=$1
    shift
    if "$@" >"$folder.refusal" 2>&1; then exit 1; fi
    tr --squeeze-repeats ' \n' ' ' <"$folder.refusal" | grep --fixed-strings "$words"
}

# v1 with a store of its own, v3 with the built-in one.
for run in v1:"$PWD/store" v3:file; do
    folder="$stores/${run%%:*}"
    mkdir "$folder"
    given="simulator=$SAIL_BASE_URL api_version=${run%%:*} store=${run#*:} folder=$folder"

    play plan.yml --check --diff "$@" | tee "$folder.plan"
    grep "create 'CI': it does not exist" "$folder.plan"
    play playbook.yml "$@"

    revoke=(play sailpoint_community.isc.revoke --extra-vars @vars.yml)
    confirmed=(--extra-vars "revoke_name=CI revoke_confirm=CI")
    play leaked.yml "$@"
    refused "missing: revoke_name, " "${revoke[@]}" "$@"
    refused "missing: revoke_confirm, " "${revoke[@]}" --extra-vars "revoke_name=CI" "$@"
    refused "tokens_store, as the role tokens has it" play sailpoint_community.isc.revoke "${confirmed[@]}" "$@"
    refused "revoke_confirm has to be the name 'CI' again" \
        "${revoke[@]}" --extra-vars "revoke_name=CI revoke_confirm=yes" "$@"
    refused "tokens_declared has no token of the name 'Gone' that is to be present" \
        "${revoke[@]}" --extra-vars "revoke_name=Gone revoke_confirm=Gone" "$@"
    "${revoke[@]}" "${confirmed[@]}" --check --diff "$@" | tee "$folder.plan"
    grep "create 'CI': rotate is always" "$folder.plan"
    grep "delete 'CI': state is absent" "$folder.plan"
    play revoked.yml --extra-vars '{"writes": "", "leaked_works": true, "family": 1}' "$@"

    # The deletion fails: the new credentials are in the store, and a second run ends what the first one began.
    refused "could not delete" "${revoke[@]}" "${confirmed[@]}" "$@"
    play revoked.yml --extra-vars '{"writes": "PATCH POST DELETE", "leaked_works": true, "family": 2}' "$@"
    "${revoke[@]}" "${confirmed[@]}" "$@"
    play revoked.yml --extra-vars '{"writes": "PATCH POST DELETE DELETE", "leaked_works": false, "family": 1}' "$@"
done

printf 'fake-vault-password' >"$stores/vault-password"
folder="$stores/vault"
mkdir "$folder"
given="simulator=$SAIL_BASE_URL api_version=v1 store=vault_file folder=$folder"
play vault.yml --vault-id "isc@$stores/vault-password" "$@"
