# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy what git tracks, or would track, to ansible_collections/sailpoint_community/isc in a folder, build/ by default.

ansible-core imports a collection from a folder of that name only, and ansible-test refuses a symlink in its place.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def stage(root: Path) -> None:
    """Make the copy anew, so that a file deleted here is gone there too."""
    stage = root / "ansible_collections" / "sailpoint_community" / "isc"
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    )
    shutil.rmtree(stage, ignore_errors=True)
    for name in filter(None, listing.stdout.split("\0")):
        source, copy = CHECKOUT / name, stage / name
        if source.is_file():  # git lists a deleted file until the deletion is committed
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    # ansible-test asks the nearest git which files there are, and the checkout's ignores all of build/: it would test
    # nothing and call that a success. A repository of its own, with no commit, shows it every file.
    subprocess.run(["git", "init", "--quiet", str(stage)], check=True)


if __name__ == "__main__":
    stage(Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT / "build")
