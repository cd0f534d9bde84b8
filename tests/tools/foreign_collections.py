# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put the collections that the role's stores use in build/foreign.

They come out of the package `ansible` on PyPI, which holds each in a version that fits one ansible-core: nothing but a
package registry is needed. What is there already is left alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from ansible.release import __version__ as core_version

FOREIGN = Path(__file__).resolve().parents[2] / "build" / "foreign"
COLLECTIONS = (
    "amazon.aws",
    "azure.azcollection",
    "community.aws",
    "community.hashi_vault",
    "kubernetes.core",
)
STAMP = FOREIGN / "stamp"


def package_version() -> str:
    """Return the range of versions of `ansible` that go with the ansible-core here: 2.19 has 12, 2.20 has 13."""
    minor = int(core_version.split(".")[1])
    return f"ansible == {minor - 7}.*"


def provide() -> None:
    """Download and extract the collections, unless these of this version are there."""
    wanted = "\n".join([package_version(), *COLLECTIONS])
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    downloads = FOREIGN / "downloads"
    shutil.rmtree(downloads, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "download", "--quiet", "--no-deps", f"--dest={downloads}", package_version()], check=True)
    (wheel,) = downloads.glob("ansible-*.whl")
    folders = tuple(f"ansible_collections/{name.replace('.', '/')}/" for name in COLLECTIONS)
    shutil.rmtree(FOREIGN / "ansible_collections", ignore_errors=True)
    with ZipFile(wheel) as archive:
        archive.extractall(FOREIGN, [name for name in archive.namelist() if name.startswith(folders)])
    STAMP.write_text(wanted, encoding="utf-8")
    shutil.rmtree(downloads)


if __name__ == "__main__":
    provide()
