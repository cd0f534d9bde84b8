# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the report as a few lines for the screen."""

from __future__ import annotations

from collections.abc import Mapping

from .model import Report, gaps

MOST_LINES = 10


def render_summary(report: Report, paths: Mapping[str, str]) -> str:
    """Return the sum, the most urgent findings, and where the files are."""
    tokens, hosts, findings = len(report.tokens), len(report.hosts), report.findings
    missing = gaps(((host.error, host.stale) for host in report.hosts), "host", "hosts")
    lines = [f"{_count(tokens, 'token')} on {_count(hosts, 'host')}: {_count(len(findings), 'finding')}"]
    lines[0] += f"; {missing}" if missing else ""
    shown = findings[:MOST_LINES]
    lines += [f"  {finding.kind:<18} {_line(finding.host)}: {_line(finding.text)}" for finding in shown]
    if len(findings) > len(shown):
        lines.append(f"  … and {len(findings) - len(shown)} more")
    return "\n".join([*lines, *(f"{form}: {path}" for form, path in paths.items())])


def sum_of_kinds(report: Report, kinds: list[str]) -> str:
    """Return how many findings there are of some kinds, those of which there is none left out: ``2 expired``."""
    return ", ".join(f"{count} {kind}" for kind, count in report.counts.items() if count and kind in kinds)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _line(text: str) -> str:
    """Return a text for a terminal: what is no printable character is shown as its code, and does nothing."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)
