#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eux
source ../setup_simulator/start.sh
stores=${simulator_dir:?}
printf 'fake-vault-password' >"$stores/vault-password"
export ANSIBLE_VAULT_PASSWORD_FILE="$stores/vault-password"
export ANSIBLE_FORCE_COLOR=false

inventory=localhost,
as=()

# Everything that follows is of this store, on this version of the API.
begin() {
    store=$1
    folder="$stores/$3"
    given="simulator=$SAIL_BASE_URL api_version=$2 store=$store folder=$folder target=$PWD"
    mkdir "$folder"
}

play() {
    playbook=$1
    shift
    "${as[@]}" ansible-playbook -i "$inventory" "$playbook" --extra-vars "$given" "$@"
}

# The words of a refusal, in lines of whatever length.
refused() {
    words=$1
    shift
    if "$@" >"$folder.refusal" 2>&1; then exit 1; fi
    tr --squeeze-repeats ' \n' ' ' <"$folder.refusal" | grep --fixed-strings "$words"
}

# The whole life of tokens in each store that needs no server.
for run in file:v1 vault_file:v3 command:v1; do
    begin "${run%:*}" "${run#*:}" "${run%:*}"
    play plan.yml --check --diff "$@" | tee "$folder.plan"
    grep "^+ create  'CI'              it does not exist$" "$folder.plan"
    play playbook.yml "$@"
done

# A converged run over ten tokens: at most ten lines that are neither empty nor a banner. (The simulator is as the last
# playbook has left it: the owner may have 20 tokens.)
begin file v1 ten
play ten.yml
play ten.yml >"$folder.log"
grep "changed=0 " "$folder.log"
test "$(grep --invert-match --count --extended-regexp '^(PLAY|TASK|RUNNING HANDLER) |^$' "$folder.log")" -le 10
# An ansible-core that knows end_role starts no process to skip the last task.
case $(ansible --version | head --lines 1) in
*"core 2.16."* | *"core 2.17."*) grep "TASK .*Fail if anything" "$folder.log" ;;
*) if grep "TASK .*Fail if anything" "$folder.log"; then exit 1; fi ;;
esac

# A secret that is encrypted where it is given.
begin file v1 vaulted
{
    echo "client_id: $SAIL_CLIENT_ID"
    printf '%s' "$SAIL_CLIENT_SECRET" | ansible-vault encrypt_string --stdin-name client_secret
} | sed 's/^/          /' >"$folder.secret"
sed "/# SECRET/r $folder.secret" vaulted.yml >"$folder.yml"
play "$folder.yml" --extra-vars @vars.yml --extra-vars '{"tokens_declared": [{"name": "Vaulted", "scope": ["demo:first"]}]}' "$@"

# A folder that the user may not write to; root may not either, without its right to override that.
begin file v1 unwritable
mkdir --mode 0500 "$folder/localhost"
if [ "$(id --user)" = 0 ]; then as=(setpriv --bounding-set=-dac_override --inh-caps=-dac_override); fi
play unwritable.yml --check --diff --extra-vars '{"says": "is not writable for the user"}' "$@"
play unwritable.yml --diff --extra-vars '{"says": "it could not be written (Permission denied)"}' "$@"
as=()

# Three hosts, one of which fails, in plays of all kinds. The first of several batches may not be the one that fails, for
# Ansible ends a play in which no host of a batch is left.
begin file v1 hosts
inventory=good,idle,bad,
# Empty both stores, have folders where two files of one of them should be, and give the play a setting.
begin_hosts() {
    rm -r "$folder"
    mkdir "$folder"
    mkdir -m 0700 "$folder/bad" "$folder/bad/ci.json" "$folder/bad/odd.json"
    sed "s/^  # SETTINGS.*/  $1/" hosts.yml >"$folder.yml"
}
handled() { grep --fixed-strings "handled on $1" "$folder.log"; }
waited() { grep --fixed-strings "waited on idle" "$folder.log"; }
for setting in '' 'any_errors_fatal: true' 'max_fail_percentage: 0' 'ignore_errors: true' 'serial: 1' 'strategy: free'; do
    begin_hosts "$setting"
    status=0
    play "$folder.yml" "$@" >"$folder.log" 2>&1 || status=$?
    cat "$folder.log"
    case $setting in ignore_errors*) test "$status" = 0 ;; *) test "$status" = 2 ;; esac
    grep --fixed-strings "CI bad" "$folder.log"
    handled good
    handled bad
    waited
    play hosts_ended.yml "$@"
done
# On one of them, the task cannot even begin.
printf '#!/bin/sh\nexit 255\n' >"$folder.ssh"
chmod +x "$folder.ssh"
for setting in 'any_errors_fatal: true' 'max_fail_percentage: 0'; do
    for of_bad in '{"plan_file": "/dev/null/plan.json"}' '{"connection": "ssh"}'; do
        variables=(--extra-vars "{\"of_bad\": $of_bad}")
        begin_hosts "$setting"
        status=0
        play "$folder.yml" "${variables[@]}" "$@" >"$folder.log" 2>&1 || status=$?
        cat "$folder.log"
        test "$status" != 0
        handled good
        waited
        play hosts_ended.yml "${variables[@]}" "$@"
    done
done
inventory=localhost,

# A secret that has leaked.
begin vault_file v3 revoke
revoke=(play sailpoint_community.isc.revoke --extra-vars @vars.yml)
here=(--extra-vars revoke_hosts=localhost)
confirmed=("${here[@]}" --extra-vars "revoke_name=CI revoke_confirm=CI")
nowhere="which matches no host of the inventory within --limit; nothing was done"
play leaked.yml "$@"
refused "revoke_hosts is missing" "${revoke[@]}" --extra-vars "revoke_name=CI revoke_confirm=CI" "$@"
for typo in '"fake-typo"' '"localhost,fake-typo"' '["localhost", "fake-typo"]'; do
    refused "revoke_hosts names fake-typo, $nowhere" "${revoke[@]}" --extra-vars "{\"revoke_hosts\": $typo}" \
        --extra-vars "revoke_name=CI revoke_confirm=CI" "$@"
done
for none in '"localhost,&fake_group,!localhost"' '["localhost", "!localhost"]'; do
    refused "$nowhere" "${revoke[@]}" --extra-vars "{\"revoke_hosts\": $none}" \
        --extra-vars "revoke_name=CI revoke_confirm=CI" "$@"
done
# Two hosts in one name: one of them would be left out without a word.
for hosts in localhost:fake-typo localhost:other,other '!localhost:other,other' 'localhost,other[0:1]:other'; do
    refused "separate hosts with commas; nothing was done" "${revoke[@]}" \
        --extra-vars "revoke_hosts=$hosts revoke_name=CI revoke_confirm=CI" "$@"
done
refused "revoke_confirm is not 'CI'" "${revoke[@]}" --extra-vars "revoke_hosts=all[0:0] revoke_name=CI revoke_confirm=yes" "$@"
# No play runs where --limit leaves no host, and that no task is picked by its tag must not end well either.
inventory=localhost,other
refused "missing required arguments: revoke_confirm, revoke_name" "${revoke[@]}" \
    --extra-vars '{"revoke_hosts": ["localhost", "other"]}' "$@"
refused "revoke_hosts names localhost, $nowhere" "${revoke[@]}" "${confirmed[@]}" --limit other "$@"
printf 'all:\n  hosts:\n    localhost:\n    other:\n  vars:\n    revoke_hosts: localhost\n' >"$folder/late.yml"
inventory=$folder/late.yml
refused "revoke_hosts of the inventory comes too late to choose the hosts" "${revoke[@]}" \
    --extra-vars "revoke_name=CI revoke_confirm=CI" "$@"
inventory=localhost,
refused "missing required arguments: revoke_confirm, revoke_name" "${revoke[@]}" "${here[@]}" --tags none "$@"
refused "missing required arguments: revoke_confirm, revoke_name" "${revoke[@]}" "${here[@]}" "$@"
refused "missing required arguments: revoke_confirm" "${revoke[@]}" "${here[@]}" --extra-vars revoke_name=CI "$@"
refused "missing required arguments: tokens_declared, tokens_store" \
    play sailpoint_community.isc.revoke "${confirmed[@]}" "$@"
refused "revoke_confirm is not 'CI'" \
    "${revoke[@]}" "${here[@]}" --extra-vars "revoke_name=CI revoke_confirm=yes" "$@"
refused "revoke names 'Typo'" \
    "${revoke[@]}" "${here[@]}" --extra-vars "revoke_name=Typo revoke_confirm=Typo" "$@"
refused "holds nothing, so nobody knows which token has leaked" "${revoke[@]}" "${confirmed[@]}" \
    --extra-vars "{\"tokens_store\": {\"file\": {\"path\": \"$folder/empty/{key}.json\"}}}" "$@"

inventory=$folder/typo.yml
refused "the inventory $inventory has no host; give an inventory that exists" "${revoke[@]}" "${confirmed[@]}" "$@"
# An inventory that limits runs to what is due, or to an approved plan, holds back no emergency.
printf 'all:\n  hosts:\n    localhost:\n    other:\n  vars:\n    tokens_only_due: true\n    tokens_plan_file: fake-plan.json\n' \
    >"$folder/guarded.yml"
inventory=$folder/guarded.yml

# Check mode says that the old one goes, and never that the token of the name does.
"${revoke[@]}" "${confirmed[@]}" --check --diff "$@" | tee "$folder.plan"
grep "^± rotate  'CI'  *its secret has leaked" "$folder.plan"
grep "^- delete  'CI (previous " "$folder.plan"
if grep "^- delete  'CI' " "$folder.plan"; then exit 1; fi
play revoked.yml --extra-vars '{"writes": "", "leaked_works": true, "family": 1}' "$@"

# The deletion fails: the new credentials are in the store, and a second run ends what the first one began.
refused "could not delete" "${revoke[@]}" "${confirmed[@]}" "$@"
play revoked.yml --extra-vars '{"writes": "PATCH POST DELETE", "leaked_works": true, "family": 2}' "$@"
# Another host, whose arguments are wrong, holds it back as little, whatever ansible.cfg says.
ANSIBLE_ANY_ERRORS_FATAL=true refused "tokens_max_tokens" "${revoke[@]}" "${confirmed[@]}" \
    --extra-vars '{"tokens_max_tokens": "{{ 20 if inventory_hostname == \"localhost\" else \"odd\" }}"}' \
    --extra-vars revoke_hosts=localhost,other "$@"
play revoked.yml --extra-vars '{"writes": "PATCH POST DELETE DELETE", "leaked_works": false, "family": 1}' "$@"
