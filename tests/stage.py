# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy what git tracks, or would track, to build/ansible_collections/sailpoint_community/isc.

ansible-core imports a collection from a folder of that name only, and ansible-test refuses a symlink in its place.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
STAGE = CHECKOUT / "build" / "ansible_collections" / "sailpoint_community" / "isc"


def stage() -> None:
    """Make STAGE anew, so that a file deleted here is gone there too."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    )
    shutil.rmtree(STAGE, ignore_errors=True)
    for name in filter(None, listing.stdout.split("\0")):
        source, copy = CHECKOUT / name, STAGE / name
        if source.is_file():  # git lists a deleted file until the deletion is committed
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    # ansible-test asks the nearest git which files there are, and the checkout's ignores all of build/: it would test
    # nothing and call that a success. A repository of its own, with no commit, shows it every file.
    subprocess.run(["git", "init", "--quiet", str(STAGE)], check=True)


if __name__ == "__main__":
    stage()
