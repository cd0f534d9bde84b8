# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints how many states the searches went through, also where they ran in several processes."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    passed = [dict(report.user_properties) for report in terminalreporter.stats.get("passed", [])]
    rows = sorted((row["configuration"], row["report"]) for row in passed if "report" in row)
    if not rows:
        return
    terminalreporter.section("states of the model, and tokens alive at most")
    for configuration, report in rows:
        terminalreporter.write_line(f"{report['states']:>9,} {report['most_alive']:>2}  {configuration}")
    states, most_alive = (sum(r["states"] for _c, r in rows), max(r["most_alive"] for _c, r in rows))
    terminalreporter.write_line(f"{states:>9,} {most_alive:>2}  in all {len(rows)} configurations")
