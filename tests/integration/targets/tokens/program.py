# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program of one's own for the store `command`: it keeps each entry in a file below the folder that it is given."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    folder, verb, name = sys.argv[1:]
    path = Path(folder, name)
    if verb == "store":
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(sys.stdin.read(), encoding="utf-8")
    elif verb == "erase":
        path.unlink()
    elif path.exists():
        print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
