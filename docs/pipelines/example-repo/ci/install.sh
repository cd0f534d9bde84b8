#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Install Ansible and the collection in an environment of their own, .venv. An agent may keep it from run to run.

set -euo pipefail

python3 -m venv .venv
. ci/environment.sh
pip install --quiet --requirement requirements.txt
ansible-galaxy collection install --upgrade --requirements-file requirements.yml
