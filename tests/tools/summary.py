# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print a report of nox as a table of the suites, and end with how many of them passed, failed, and were skipped."""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

BUILD = Path(__file__).resolve().parents[2] / "build"
RESULTS = {"success": "passed", "failed": "failed", "aborted": "failed", "skipped": "skipped"}


def core_in(environment: Path) -> str:
    """Return the versions of Python and ansible-core in an environment."""
    for packages in environment.glob("lib/python3*/site-packages"):
        for package in distributions(name="ansible-core", path=[str(packages)]):
            return f"{packages.parent.name.removeprefix('python')} / {package.version}"
    return "-"


def environment(session: str) -> Path:
    """Return the environment of a session, told by the last part of its name: unit-3.12, leak_floor, importer.

    That of certification is the one of the oldest ansible-core.
    """
    own = BUILD / f"venv-{'floor' if session == 'certification' else re.split('[-_]', session)[-1]}"
    return own if own.is_dir() else BUILD / "venv"


def row(session: dict[str, Any]) -> tuple[str, str, str, str, str]:
    """Return a session's line: suite, Python and core, result, seconds, reason."""
    name, result = session["name"], RESULTS[session["result"]]
    core = "-" if result == "skipped" else core_in(environment(name))
    return name, core, result, f"{session['duration']:.0f}", " ".join((session["reason"] or "").split())


def main(report: str) -> None:
    """Print the table; a session that only prepares is in it if it failed."""
    rows = [row(each) for each in json.loads(Path(report).read_text(encoding="utf-8"))["sessions"]]
    rows = [each for each in rows if not each[0].startswith("prepare") or each[2] == "failed"]
    table = [("suite", "Python / core", "result", "seconds", ""), *rows]
    widths = [max(len(line[column]) for line in table) for column in range(4)]
    print()
    for name, core, result, seconds, reason in table:
        columns = (name.ljust(widths[0]), core.ljust(widths[1]), result.ljust(widths[2]), seconds.rjust(widths[3]))
        print("  ".join((*columns, reason)).rstrip())
    results = [each[2] for each in rows]
    print(f"\n{', '.join(f'{results.count(kind)} {kind}' for kind in ('passed', 'failed', 'skipped'))}")


if __name__ == "__main__":
    main(sys.argv[1])
