# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# shellcheck shell=bash
# To be sourced by a target's runme.sh: starts a simulator that ends with the shell, and points the environment at it.

simulator_dir=$(mktemp -d)
simulator_pid=
stop_simulator() {
    if [ -n "$simulator_pid" ]; then kill "$simulator_pid" && wait "$simulator_pid" || true; fi
    rm -rf "$simulator_dir"
}
trap stop_simulator EXIT

PYTHONPATH="${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/sailpoint_community/isc/tests" \
    python -m simulator --port 0 --ready-file "$simulator_dir/url" --stop-with-parent &
simulator_pid=$!
for _ in $(seq 100); do
    [ -s "$simulator_dir/url" ] && break
    kill -0 "$simulator_pid"
    sleep 0.1
done
SAIL_BASE_URL=$(cat "$simulator_dir/url")
# The simulator's Fake User.
export SAIL_BASE_URL
export SAIL_CLIENT_ID=fa4efa4efa4efa4efa4efa4efa4efab2
export SAIL_CLIENT_SECRET=fa4efa4efa4efa4efa4efa4efa4efa4efa4efa4efa4efa4efa4efa4efa4efab2
# The action simulator_control.
ANSIBLE_ACTION_PLUGINS=$(cd ../setup_simulator && pwd)/action_plugins
export ANSIBLE_ACTION_PLUGINS
# A discovered interpreter may be any that lies in PATH.
export ANSIBLE_PYTHON_INTERPRETER
ANSIBLE_PYTHON_INTERPRETER=$(python -c 'import sys; print(sys.executable)')
