#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Install Ansible and the collection in an environment of their own, for an agent that keeps its workspace.

set -euo pipefail

python3 -m venv .venv
.venv/bin/pip install --quiet --requirement requirements.txt
.venv/bin/ansible-galaxy collection install --requirements-file requirements.yml
