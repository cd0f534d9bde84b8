# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which browser the page is tried in, and how it is started."""

from __future__ import annotations

import shutil

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
"""The tests may run as root, without a screen, and must not cause any traffic."""


def find() -> str | None:
    """Return the path of a Chromium; None if there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
