#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eux
source ../setup_simulator/start.sh

passwords=${simulator_dir:?}
folder=$passwords/credentials
mkdir "$folder"
for name in first second third; do printf 'fake-%s-vault-password' "$name" > "$passwords/$name"; done
first=(--vault-id "default@$passwords/first")
second=(--vault-id "prod@$passwords/second")
third=(--vault-password-file "$passwords/third")

play() {
    ansible-playbook -i localhost, --extra-vars "simulator=$SAIL_BASE_URL folder=$folder" "$@"
}

play playbook.yml "$@"
play vault.yml "${first[@]}" "${second[@]}" "$@"
play move.yml "${first[@]}" "$@"

# A store is tried out in an empty entry, and in no other; nothing is left.
try=(play sailpoint_community.isc.check_store "${first[@]}" "$@")
"${try[@]}" --extra-vars "{\"check_store\": {\"vault_file\": {\"path\": \"$folder/tried/{key}.yml\"}}}"
test -z "$(ls -A "$folder/tried")"
held="{\"check_store\": {\"vault_file\": {\"path\": \"$folder/{key}.yml\"}}, \"check_key\": \"default\"}"
if "${try[@]}" --extra-vars "$held" --extra-vars "check_base_url=$SAIL_BASE_URL" >"$folder/refusal" 2>&1; then exit 1; fi
tr --squeeze-repeats ' \n' ' ' <"$folder/refusal" | grep --fixed-strings "try the store out with a key that nobody uses"

# What this leaves are vault files like any others.
test "$(head -n 1 "$folder/default.yml")" = "\$ANSIBLE_VAULT;1.1;AES256"
test "$(head -n 1 "$folder/prod.yml")" = "\$ANSIBLE_VAULT;1.2;AES256;prod"
plain=$(printf 'base_url: %s\nclient_id: %s\nclient_secret: %s' "$SAIL_BASE_URL" "$SAIL_CLIENT_ID" "$SAIL_CLIENT_SECRET")
test "$(ansible-vault view "${first[@]}" "$folder/default.yml")" = "$plain"
test "$(ansible-vault view "${second[@]}" "$folder/prod.yml")" = "$plain"

# And the other way round.
ansible-vault rekey "${first[@]}" --new-vault-password-file "$passwords/third" "$folder/default.yml"
play refused.yml --extra-vars "says='none of the vault passwords'" "${first[@]}" "$@"
play refused.yml --extra-vars "says='started without one'" "$@"
play rekeyed.yml "${third[@]}" "$@"
