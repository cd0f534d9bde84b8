# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: the report over all hosts, and its JSON form. Every other form is made from this one.

Moments are text, ``YYYY-MM-DDTHH:MM:SSZ`` in UTC, so that they compare and sort as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from typing import Any, TypeVar

from ...module_utils._base.moments import parse_moment

FORMAT = "sailpoint_community.isc/report"
VERSION = 1

KINDS = (
    "unreachable",
    "expired",
    "expiring",
    "rotation_deferred",
    "previous_in_use",
    "owner_inactive",
    "bootstrap_expiring",
    "quota",
    "all_rights",
    "never_expires",
    "never_used",
    "unused",
)
"""Every kind of finding, the most urgent first: what could not be read may hide anything, so that it comes first."""


KEY = ("kind", "host", "owner_id", "token_id", "threshold")
"""The fields that make two findings the same one."""


@dataclass(frozen=True)
class Settings:
    """What the findings were made with."""

    expires_within_days: int = 30
    unused_for_days: int = 90


@dataclass(frozen=True)
class HostReport:
    """One host of the inventory. ``stale`` says that its figures are those of ``scanned_at``, an earlier run.

    ``scanned_at`` is None where no run has ever read it; ``error`` says why this run has not. ``client_id`` is the
    token that reads it, None where that is unknown; it is no secret.
    """

    host: str
    base_url: str | None = None
    client_id: str | None = None
    scanned_at: str | None = None
    seconds: float | None = None
    stale: bool = False
    error: str | None = None


@dataclass(frozen=True)
class OwnerReport:
    """One owner as one host sees it; ``state`` and ``manager`` are None where nobody asked for them."""

    host: str
    id: str
    name: str
    tokens: int
    max_tokens: int
    free: int
    state: str | None = None
    manager: str | None = None


@dataclass(frozen=True)
class TokenReport:
    """One token. ``declared`` is None where no declaration of its host is known."""

    host: str
    id: str
    name: str
    family: str
    state: str
    scope: tuple[str, ...] | None
    owner_id: str
    owner: str
    created: str
    last_used: str | None = None
    expiration_date: str | None = None
    rotation_due: str | None = None
    declared: bool | None = None
    managed: bool = False
    stale: bool = False
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing that somebody should look at.

    ``threshold`` is the number of days that a date has come within (30, 14, 7, 1), 0 once it has passed, and None
    where there is no date, or a later one. A finding is new once at each threshold, until somebody was ``told`` of it.
    """

    kind: str
    urgency: int
    host: str
    token_id: str | None
    name: str | None
    owner_id: str | None
    owner: str | None
    text: str
    date: str | None = None
    threshold: int | None = None
    told: bool = True

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two findings the same one, told once."""
        return tuple(getattr(self, name) for name in KEY)


@dataclass(frozen=True)
class Report:
    """The whole report; hosts, owners and tokens in the order of the inventory, findings by urgency."""

    made_at: str
    complete: bool
    settings: Settings
    hosts: tuple[HostReport, ...] = ()
    owners: tuple[OwnerReport, ...] = ()
    tokens: tuple[TokenReport, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each kind, those of which there is none included."""
        kinds = [finding.kind for finding in self.findings]
        return {kind: kinds.count(kind) for kind in KINDS}


def gaps(hosts: Iterable[tuple[str | None, bool]], one: str, many: str) -> str:
    """Return what a report lacks, empty if it is whole.

    ``hosts`` are pairs of ``error`` and ``stale``, and are called ``one`` or ``many``. A host that ``--limit`` leaves
    out is not read, but there is nothing wrong with it.
    """
    listed = list(hosts)
    unread = sum(error is not None for error, _stale in listed)
    left_out = sum(error is None and stale for error, stale in listed)
    all_of_them = f"{len(listed):,} {one if len(listed) == 1 else many}"
    texts = [f"{unread:,} of {all_of_them} could not be read"] if unread else []
    texts += [f"{left_out:,} of {all_of_them} left out of this run"] if left_out else []
    return ", ".join(texts)


class ReportFormatError(ValueError):
    """What was read is no report, or one of another version."""


def moment_text(moment: datetime) -> str:
    """Return a moment as the report writes it."""
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def normal_moment(text: str | None) -> str | None:
    """Return a moment that the API wrote as the report writes it. Raises ValueError."""
    return None if text is None else moment_text(parse_moment(text))


def report_as_dict(report: Report) -> dict[str, Any]:
    """Return the JSON form of a report: plain values."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": report.made_at,
        "complete": report.complete,
        "settings": asdict(report.settings),
        "hosts": [asdict(host) for host in report.hosts],
        "owners": [asdict(owner) for owner in report.owners],
        "tokens": [_with_lists(asdict(token)) for token in report.tokens],
        "findings": [asdict(finding) for finding in report.findings],
        "counts": report.counts,
    }


def report_from_dict(value: Any) -> Report:
    """Return the report of a JSON form. Raises ReportFormatError, whose text completes "the file …"."""
    if not isinstance(value, Mapping) or value.get("format") != FORMAT:
        raise ReportFormatError(f"is no report: it does not begin with the format {FORMAT}")
    if value.get("version") != VERSION:
        raise ReportFormatError(f"is a report of version {value.get('version')!r}, and this is version {VERSION}")
    try:
        return Report(
            made_at=moment_text(parse_moment(value["made_at"])),
            complete=bool(value["complete"]),
            settings=_one(Settings, value["settings"]),
            hosts=tuple(_one(HostReport, each) for each in value["hosts"]),
            owners=tuple(_one(OwnerReport, each) for each in value["owners"]),
            tokens=tuple(_one(TokenReport, each) for each in value["tokens"]),
            findings=tuple(_one(Finding, each) for each in value["findings"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ReportFormatError(f"is a damaged report: {type(error).__name__}: {error}") from error


_MOMENTS = ("scanned_at", "created", "last_used", "expiration_date", "rotation_due", "date")

_BEYOND = 1e15
"""No number of a report comes near this, and no larger one can be converted."""

_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "tuple[str, ...]": (tuple,),
    "None": (type(None),),
}

_Part = TypeVar("_Part", Settings, HostReport, OwnerReport, TokenReport, Finding)


def _one(kind: type[_Part], value: Mapping[str, Any]) -> _Part:
    known = {field.name for field in fields(kind)}
    values: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in value.items() if name in known
    }
    part = kind(**values)
    for field in fields(kind):
        _check(field.name, str(field.type), getattr(part, field.name))
    return part


def _check(name: str, wanted: str, value: Any) -> None:
    """Raise TypeError for a value of another type than its annotation, and ValueError for a moment that is none."""
    is_typed = any(isinstance(value, _TYPES[each]) for each in wanted.split(" | "))
    if not is_typed or (isinstance(value, tuple) and not all(isinstance(each, str) for each in value)):
        raise TypeError(f"{name} must be {wanted}")
    if isinstance(value, (int, float)) and not abs(value) < _BEYOND:
        raise ValueError(f"{name} is beyond all measure")
    if name in _MOMENTS and value is not None:
        parse_moment(value)


def _with_lists(token: dict[str, Any]) -> dict[str, Any]:
    """Return a token's values with lists, as JSON has them: what is compared must not differ by its way here."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in token.items()}
