# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the report as metrics, in the text format of Prometheus, for node_exporter's textfile collector.

A host that could not be read keeps its series, with the figures of the run that read it last: a series that vanishes
would end the alerts on it. ``isc_pat_scan_complete`` 0 marks them as stale. A label could not: it would end the series.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...module_utils._base.moments import parse_moment
from .model import KINDS, HostReport, Report, TokenReport


@dataclass(frozen=True)
class _Metric:
    """One metric: its name, what it means, and its samples."""

    name: str
    help: str
    samples: Iterable[tuple[Mapping[str, str], float]]


def render_prometheus(report: Report) -> str:
    """Return the metrics of a report."""
    lines: list[str] = []
    for metric in _metrics(report):
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} gauge"]
        lines += [f"{metric.name}{{{_labels(labels)}}} {_number(value)}" for labels, value in metric.samples]
    return "\n".join(lines) + "\n"


def _metrics(report: Report) -> Iterator[_Metric]:
    yield _Metric(
        "isc_pat_expires_timestamp_seconds",
        "When the token expires. A token that never expires has no sample.",
        _moments(report.tokens, "expiration_date"),
    )
    yield _Metric(
        "isc_pat_last_used_timestamp_seconds",
        "When the token was last used, which the API records once a day. One that never was has no sample.",
        _moments(report.tokens, "last_used"),
    )
    yield _Metric(
        "isc_pat_created_timestamp_seconds", "When the token was created.", _moments(report.tokens, "created")
    )
    yield _Metric("isc_pat_findings", "How many findings of a kind there are.", _findings(report))
    yield _Metric(
        "isc_pat_owner_free_slots",
        "How many tokens the owner may still make.",
        (({"host": o.host, "owner": o.name, "owner_id": o.id}, o.free) for o in report.owners),
    )
    yield _Metric("isc_pat_scan_timestamp_seconds", "When the host was last read with success.", _scans(report.hosts))
    yield _Metric(
        "isc_pat_scan_duration_seconds",
        "How long the last reading with success took.",
        (({"host": host.host}, host.seconds) for host in report.hosts if host.seconds is not None),
    )
    yield _Metric(
        "isc_pat_scan_complete",
        "Whether the last run read the host (1) or shows what an earlier one read (0).",
        (({"host": host.host}, float(not host.stale)) for host in report.hosts),
    )


def _moments(tokens: Iterable[TokenReport], field: str) -> Iterator[tuple[Mapping[str, str], float]]:
    """Yield a moment of each token but those that the platform manages: nobody here could end an alert on one."""
    for token in tokens:
        moment: str | None = getattr(token, field)
        if moment is not None and not token.managed:
            yield _token_labels(token), parse_moment(moment).timestamp()


def _token_labels(token: TokenReport) -> Mapping[str, str]:
    """Return what tells a token; nothing that changes by time alone, for that would end the series."""
    replaced = "true" if token.family != token.name else "false"
    return {"host": token.host, "token_id": token.id, "name": token.name, "owner": token.owner, "replaced": replaced}


def _findings(report: Report) -> Iterator[tuple[Mapping[str, str], float]]:
    """Yield the number of each kind on each host, 0 included: an alert ends by a 0, not by a series that vanishes."""
    counts = Counter((finding.host, finding.kind) for finding in report.findings)
    for host in report.hosts:
        yield from (({"host": host.host, "kind": kind}, counts[host.host, kind]) for kind in KINDS)


def _scans(hosts: Iterable[HostReport]) -> Iterator[tuple[Mapping[str, str], float]]:
    for host in hosts:
        if host.scanned_at is not None:
            yield {"host": host.host}, parse_moment(host.scanned_at).timestamp()


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    """Return a label's value as the format has it: a backslash, a quote and a line feed are escaped, all else may be.

    A lone surrogate is no UTF-8, which the format demands.
    """
    clean = value.encode("utf-8", "replace").decode("utf-8")
    return clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
