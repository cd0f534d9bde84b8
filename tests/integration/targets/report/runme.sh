#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eux
source ../setup_simulator/start.sh
export ANSIBLE_FORCE_COLOR=false
folder=${simulator_dir:?}
report=(ansible-playbook -i hosts.yml sailpoint_community.isc.report)
files=()
for form in html json csv markdown prometheus; do files+=(--extra-vars "report_$form=$folder/report.$form"); done

# The words of a refusal, in lines of whatever length.
refused() {
    words=$1
    shift
    if "$@" >"$folder/refusal" 2>&1; then exit 1; fi
    tr --squeeze-repeats ' \n' ' ' <"$folder/refusal" | grep --fixed-strings "$words"
}

check() {
    ansible-playbook -i localhost, check.yml --extra-vars "folder=$folder $*"
}

ansible-playbook -i localhost, seed.yml --extra-vars "simulator=$SAIL_BASE_URL"

# A path that cannot be written is told before anything is listed, and a report that is none is not overwritten.
refused "json /dev/null/report.json cannot be written: /dev/null is not a folder that the user can write to; nothing was done" \
    "${report[@]}" --extra-vars report_json=/dev/null/report.json "$@"
if grep "List the tokens" "$folder/refusal"; then exit 1; fi
echo '{}' >"$folder/other.json"
refused "is no report" "${report[@]}" --extra-vars "report_json=$folder/other.json" "$@"
test "$(cat "$folder/other.json")" = '{}'

# In check mode no file is written; nor are there hosts in the plays that end at once.
"${report[@]}" "${files[@]}" --check "$@"
test ! -e "$folder/report.json"
refused "report_hosts and --limit leave no host of the inventory" "${report[@]}" --extra-vars report_hosts=fake-typo "$@"
refused "report_hosts and --limit leave no host of the inventory" \
    "${report[@]}" --extra-vars report_hosts=staging --limit production "$@"

printf 'all:\n  vars:\n    report_hosts: staging\n' >"$folder/late.yml"
refused "report_hosts of the inventory comes too late to choose the hosts" "${report[@]}" -i "$folder/late.yml" "$@"
test ! -e "$folder/report.json"

# All forms. The findings go to the user's tasks, once.
told=(--extra-vars "report_notify=$PWD/told.yml" --extra-vars "told=$folder/told")
"${report[@]}" "${files[@]}" "${told[@]}" --tags fake "$@" | tee "$folder/log"
grep --fixed-strings "'Handmade' of 'Fake User' expires in 20 days, and nothing rotates it." "$folder/log"
check stage=whole
mv "$folder/told" "$folder/told.first"
"${report[@]}" "${files[@]}" "${told[@]}" "$@"
test ! -e "$folder/told"

# Tasks that fail have told nothing, on whichever of the hosts they run: the next run tells it, and the one after does not.
again=(--extra-vars "report_json=$folder/again.json told=$folder/again")
refused "fake failure" "${report[@]}" "${again[@]}" --extra-vars "report_notify=$PWD/failing.yml" "$@"
"${report[@]}" "${again[@]}" --extra-vars report_notify=told.yml "$@"
test -s "$folder/again"
rm "$folder/again"
"${report[@]}" "${again[@]}" --extra-vars report_notify=told.yml "$@"
test ! -e "$folder/again"

# For a pipeline: one line at the end, when the files are there.
rm "$folder/report.csv"
refused "the report is made; the run fails because of these findings: 2 expired" \
    "${report[@]}" "${files[@]}" --extra-vars fail_on=expired,unused "$@"
test -s "$folder/report.csv"

# A host that fails keeps its figures, marked stale; one that was never read has none; the others are whole.
refused "the report is made; the run fails because of these findings: 2 unreachable" \
    "${report[@]}" -i broken.yml "${files[@]}" "${told[@]}" "$@"
check stage=stale

# One host with wrong arguments holds back no other, whatever ansible.cfg says.
printf 'all:\n  hosts:\n    staging: {report_owner_state: odd}\n' >"$folder/odd.yml"
ANSIBLE_ANY_ERRORS_FATAL=true refused "the run fails because of these findings: 1 unreachable" \
    "${report[@]}" -i "$folder/odd.yml" --extra-vars "report_json=$folder/odd.json" "$@"

# The examples of docs/report, each against a server that takes what it is sent. Without the JSON, all is new.
received=$folder/received
mkdir "$received"
python receiver.py "$received" &
receiver=$!
for _ in $(seq 100); do
    [ -s "$received/ports" ] && break
    kill -0 "$receiver"
    sleep 0.1
done
# shellcheck disable=SC1091
source "$received/ports"
docs=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/sailpoint_community/isc/docs/report
for example in mail slack teams; do
    rm -f "$folder/example.json"
    "${report[@]}" --extra-vars "report_json=$folder/example.json report_notify=$docs/notify_$example.yml" \
        --extra-vars "notify_smtp=smtp://127.0.0.1:${smtp:?} notify_from=fake@example.invalid" \
        --extra-vars "notify_to=boss@example.invalid" \
        --extra-vars "notify_slack_webhook=http://127.0.0.1:${web:?}/slack" \
        --extra-vars "notify_teams_webhook=http://127.0.0.1:$web/teams" "$@"
done
python received.py "$received" "$folder/example.json"
kill "$receiver"
