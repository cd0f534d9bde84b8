# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put the script that ansible-test bootstraps pip with into its cache, for the ansible-core of this environment.

ansible-test would fetch get-pip.py from a site that is no package registry. The script made here does the same, with
the same version of pip, from its wheel on PyPI. A script that is in the cache already is left alone.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages

CACHE = Path.home() / ".ansible" / "test" / "cache"
SCRIPT = """\
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "pip-{version}-py3-none-any.whl"))

from pip._internal.cli.main import main

# get-pip's own options, which `pip install` does not know.
sys.exit(main(["install"] + [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]))
"""


def provide() -> None:
    """Download the wheel and write the script beside it, unless there is one."""
    version = get_venv_packages(SimpleNamespace(version=f"{sys.version_info.major}.{sys.version_info.minor}"))["pip"]
    script = CACHE / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    subprocess.run([*pip, f"--dest={CACHE}", f"pip=={version}"], check=True)
    script.write_text(SCRIPT.format(version=version), encoding="utf-8")


if __name__ == "__main__":
    provide()
