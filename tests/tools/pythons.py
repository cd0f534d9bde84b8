# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the Python interpreters of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
# `import venv` alone passes on a Debian that lacks the package python3-venv.
PROBE = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2], sys.executable)"


@cache
def find(version: str) -> str | None:
    """Return the path of an interpreter of that version (as in "3.12") that can make environments, or nothing."""
    if version == OWN:
        return sys.executable
    for candidate in _candidates(version):
        ran = subprocess.run([str(candidate), "-c", PROBE], capture_output=True, check=False, text=True)
        found, executable = ran.stdout.strip().split(" ", 1) if ran.returncode == 0 else ("", "")
        # A shim of pyenv runs another file: ansible-test wants that one.
        if found == version:
            return executable
    return None


def _candidates(version: str) -> Iterator[Path]:
    """Yield the files that may be such an interpreter: those in PATH, then those that pyenv and uv have installed."""
    name = f"python{version}"
    homes = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local" / "share" / "uv" / "python")
    homes += sorted(pyenv.glob(f"versions/{version}.*/bin"), reverse=True)
    homes += sorted(uv.glob(f"cpython-{version}.*/bin"), reverse=True)
    # Beside the caller's own interpreter, whatever HOME says.
    homes += sorted(Path(sys.base_prefix).parent.glob(f"*{version}.*/bin"), reverse=True)
    for home in homes:
        if os.access(home / name, os.X_OK):
            yield home / name
