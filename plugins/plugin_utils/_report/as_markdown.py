# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the report as Markdown: the findings as a table, for a mail to a manager or a page of a wiki."""

from __future__ import annotations

from .._markdown import escaped
from .model import KINDS, Finding, Report, gaps

HEADINGS = {
    "unreachable": "Not reached",
    "expired": "Expired",
    "expiring": "Expires soon, and nothing rotates it",
    "rotation_deferred": "Rotation is late",
    "previous_in_use": "Replaced, and still in use",
    "owner_inactive": "The owner is inactive",
    "bootstrap_expiring": "The token of the automation itself expires soon",
    "quota": "The owner has hardly any free slots",
    "all_rights": "Has all the rights of its owner",
    "never_expires": "Never expires",
    "never_used": "Never used",
    "unused": "Unused for a long time",
}
"""What each kind of finding is called for a reader."""


def render_markdown(report: Report) -> str:
    """Return the report as Markdown."""
    lines = ["# Personal access tokens", "", f"{_sum(report)} Made at {report.made_at}.", ""]
    for kind in KINDS:
        found = [finding for finding in report.findings if finding.kind == kind]
        if found:
            lines += [f"## {HEADINGS[kind]} ({len(found)})", "", *_table(found), ""]
    if not report.findings:
        lines += ["There is nothing to look at.", ""]
    return "\n".join(lines)


def _sum(report: Report) -> str:
    tokens, hosts, found = len(report.tokens), len(report.hosts), len(report.findings)
    missing = gaps(((host.error, host.stale) for host in report.hosts), "host", "hosts")
    text = f"{_count(tokens, 'token')} on {_count(hosts, 'host')}, {_count(found, 'finding')}."
    return f"{text} **{missing}.**" if missing else text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _table(findings: list[Finding]) -> list[str]:
    rows = ["| host | finding | date |", "|---|---|---|"]
    return rows + [f"| {escaped(f.host)} | {escaped(f.text)} | {(f.date or '')[:10]} |" for f in findings]
