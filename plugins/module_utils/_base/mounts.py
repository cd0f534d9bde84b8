# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a file is itself a mount point, as containers have them: nothing can be renamed over it."""

from __future__ import annotations

from contextlib import suppress

_ESCAPES = {ord(character): f"\\{ord(character):03o}" for character in " \t\n\\"}
"""How /proc/self/mountinfo writes these characters."""


def is_mount_point(path: str) -> bool:
    """Return whether something is mounted at a path without symbolic links; False where Linux does not say.

    ``os.path.ismount`` overlooks a file that is mounted from the same file system.
    """
    with suppress(OSError), open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as mounts:
        return any(line.split(" ")[4] == path.translate(_ESCAPES) for line in mounts)
    return False
