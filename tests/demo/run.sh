#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run the demo against a simulated tenant on loopback. `make demo` puts the right Python and ansible-playbook into PATH.
# Arguments are passed to ansible-playbook, for example: tests/demo/run.sh -vvvv

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

work=$(mktemp -d)
simulator=
stop() {
    if [ -n "$simulator" ]; then kill "$simulator" 2>/dev/null && wait "$simulator" || true; fi
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

PYTHONPATH=.. python -m simulator --port 0 --ready-file "$work/url" --seed seed.json --stop-with-parent >/dev/null &
simulator=$!
for _ in $(seq 100); do
    [ -s "$work/url" ] && break
    kill -0 "$simulator"
    sleep 0.1
done

# For a real tenant, set only these three variables.
SAIL_BASE_URL=$(cat "$work/url")
export SAIL_BASE_URL
export SAIL_CLIENT_ID=fa4efa4efa4efa4efa4efa4efa4efa4e
export SAIL_CLIENT_SECRET=fa4e5ec4e7fa4e5ec4e7fa4e5ec4e7fa4e5ec4e7fa4e5ec4e7fa4e5ec4e7fa4e

export DEMO_FOLDER=$work/store

ANSIBLE_PYTHON_INTERPRETER=$(python -c 'import sys; print(sys.executable)')
export ANSIBLE_PYTHON_INTERPRETER
export ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false ANSIBLE_NOCOWS=1
export ANSIBLE_FORCE_COLOR=${ANSIBLE_FORCE_COLOR:-$([ -t 1 ] && echo true || echo false)}
ansible-playbook --diff "$@" playbook.yml --extra-vars "simulator=$SAIL_BASE_URL"

page=$(cd ../.. && pwd)/build/demo-report.html
mkdir -p "${page%/*}"
printf '\n15. The second day - the declaration has changed, and a pull request shows the plan\n'
ansible-playbook "$@" sailpoint_community.isc.plan --extra-vars @second_day.yml
printf '\n16. The report - what somebody should look at\n'
ansible-playbook "$@" sailpoint_community.isc.report --extra-vars @second_day.yml --extra-vars "report_html=$page"
ansible-playbook tidy.yml >"$work/tidied" || { cat "$work/tidied"; exit 1; }
printf '\nThe demo has deleted its tokens. Open the page of the report: file://%s\n' "$page"
