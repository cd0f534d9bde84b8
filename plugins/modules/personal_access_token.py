#!/usr/bin/python

# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
"""

EXAMPLES = r"""
"""

RETURN = r"""
"""

from ansible_collections.sailpoint_community.isc.plugins.module_utils._module import (
    PERSONAL_ACCESS_TOKEN,
    run_as_module,
)


def main() -> None:
    run_as_module(PERSONAL_ACCESS_TOKEN)


if __name__ == "__main__":
    main()
