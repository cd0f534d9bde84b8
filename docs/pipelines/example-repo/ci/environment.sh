# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The other scripts read this file first. It says which settings and which programs they use.
# shellcheck shell=bash

# Ansible ignores an ansible.cfg that it finds in a folder to which everybody may write. A GitLab runner makes such a
# folder. A file that is named here is read all the same.
export ANSIBLE_CONFIG="$PWD/ansible.cfg"

# What ci/install.sh has installed comes first.
export PATH="$PWD/.venv/bin:$PATH"
