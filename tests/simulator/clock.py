# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's clock, and how the API and the seeds write times. Everything is UTC, to the millisecond."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta, timezone

# RFC 3339 with a time zone: what a date-time of the definitions must look like.
_DATE_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_RELATIVE = re.compile(r"([+-]\d+)([dhms])", re.ASCII)
_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


class Clock:
    """Real time plus an offset, or a moment that stands still."""

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._frozen: datetime | None = None

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen is not None

    def now(self) -> datetime:
        """The simulator's time (UTC), to the millisecond."""
        moment = self._frozen or datetime.now(timezone.utc) + self._offset
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def set(self, moment: datetime) -> None:
        """Makes ``moment`` the present, frozen or not as before."""
        if self._frozen is not None:
            self._frozen = moment
        self._offset = moment - datetime.now(timezone.utc)

    def advance(self, seconds: float) -> None:
        """Moves the present by that many seconds; a negative number moves it back."""
        self.set(self.now() + timedelta(seconds=seconds))

    def freeze(self, frozen: bool) -> None:
        """Stops time at the present, or lets it run on from there."""
        present = self.now()
        self._frozen = present if frozen else None
        self.set(present)


def to_iso(moment: datetime | None) -> str | None:
    """A time as the API writes it, ``2017-07-11T18:45:37.098Z``; None stays None."""
    if moment is None:
        return None
    utc = moment.astimezone(timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def from_iso(text: str) -> datetime:
    """The time that an RFC 3339 date-time names. Raises ValueError for anything else, a missing time zone included."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no date-time with a time zone")
    seconds, fraction, zone = match.groups()
    offset = "+00:00" if zone == "Z" else zone
    moment = datetime.strptime(seconds + offset, "%Y-%m-%dT%H:%M:%S%z")
    milliseconds = int((fraction or "0").ljust(3, "0")[:3])
    return (moment + timedelta(milliseconds=milliseconds)).astimezone(timezone.utc)


def from_seed(text: str | None, now: datetime) -> datetime | None:
    """A seed's time: a date-time, or relative to ``now`` as in ``-30d``. Raises ValueError for anything else."""
    if text is None:
        return None
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return from_iso(text)
    return now + timedelta(seconds=int(relative[1]) * _UNITS[relative[2]])


def add_months(moment: datetime, months: int) -> datetime:
    """The same day that many months later, or that month's last day where there is no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
