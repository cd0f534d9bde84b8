#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eux

# A short path: gpg-agent's socket lies below it.
folder=$(mktemp --directory /tmp/isc-stores-XXXXXX)
export GNUPGHOME="$folder/gpg"
servers=()
clean_up() {
    gpgconf --kill all || true
    for server in "${servers[@]}"; do kill "$server" && wait "$server" || true; done
    rm -rf "$folder"
}
trap clean_up EXIT

python vault_server.py "$folder/vault" &
servers+=($!)
python aws_server.py "$folder/aws" &
servers+=($!)

printf 'fake-vault-password-in-use\n' >"$folder/vault_password"
printf 'fake-vault-password-of-others\n' >"$folder/other_password"

# One key that opens by itself and one that nobody here can open, each with a password store.
mkdir -m 0700 "$GNUPGHOME"
printf 'pinentry-program /bin/false\nmax-cache-ttl 0\n' >"$GNUPGHOME/gpg-agent.conf"
for key in open locked; do
    passphrase=$([ "$key" = open ] || echo "fake-passphrase-nobody-has")
    gpg --batch --quiet --pinentry-mode loopback --passphrase "$passphrase" \
        --quick-gen-key "$key@example.invalid" default default never
    PASSWORD_STORE_DIR="$folder/$key" pass init "$key@example.invalid"
done
gpgconf --kill gpg-agent
echo fake-entry | PASSWORD_STORE_DIR="$folder/locked" pass insert --multiline isc/fake-tenant/nodejs
echo fake-entry | PASSWORD_STORE_DIR="$folder/open" pass insert --multiline foreign/fake-tenant/nodejs
echo fake-entry | PASSWORD_STORE_DIR="$folder/open" pass insert --multiline folder/fake-tenant/nodejs/inner

for _ in $(seq 200); do
    [ -s "$folder/vault" ] && [ -s "$folder/aws" ] && break
    kill -0 "${servers[@]}"
    sleep 0.1
done
PYTHONPATH="${ANSIBLE_COLLECTIONS_PATH%%:*}" python run.py "$folder"
