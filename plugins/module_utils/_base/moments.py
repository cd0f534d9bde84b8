# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: durations and moments, as users write them and as the API writes them. Moments are aware datetimes in UTC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

_LONGEST_DAYS = 100_000
_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):?(\d{2}))", re.ASCII
)


def parse_duration(text: str) -> timedelta:
    """Return the duration that ``text`` states: ``90d``, ``1d12h``, ``2w``, ``0``.

    Units are w, d, h, m (minutes) and s, each at most once and in this order. Raises ValueError, whose text explains
    how to write it.
    """
    if text == "0":
        return timedelta()
    match = _DURATION.fullmatch(text)
    if not text or not match:
        raise ValueError(f"{text!r} is not a duration; write it like 90d, 1d12h, 2w or 0")
    # int() refuses thousands of digits, timedelta a billion days, and a datetime the year 10000.
    if max(len(group or "") for group in match.groups()) > 12:
        raise ValueError(f"it is longer than {_LONGEST_DAYS} days; give a shorter duration")
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
    if weeks * 7 + days + hours / 24 + minutes / 1440 + seconds / 86400 > _LONGEST_DAYS:
        raise ValueError(f"{text!r} is longer than {_LONGEST_DAYS} days; give a shorter duration")
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """Return ``duration`` as parse_duration reads it, in days and smaller: ``153d``, ``1d12h``, ``0``."""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0"


def parse_moment(text: str) -> datetime:
    """Return the moment that ``text`` states (ISO 8601 with a time and a time zone), in UTC.

    A space is accepted in place of the T: YAML turns an unquoted timestamp into that form. Raises ValueError, whose
    text explains how to write it.
    """
    match = _MOMENT.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a date and time with a time zone; write it like 2027-01-31T00:00:00Z")
    year, month, day, hour, minute, second = (int(group) for group in match.groups()[:6])
    microsecond = int((match[7] or "0").ljust(6, "0")[:6])
    offset = timedelta(hours=int(match[10] or 0), minutes=int(match[11] or 0))
    try:
        zone = timezone(-offset if match[9] == "-" else offset)
        return datetime(year, month, day, hour, minute, second, microsecond, zone).astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a valid date and time: {error}") from error


def format_moment(moment: datetime) -> str:
    """Return ``moment`` as the API writes it: UTC, with milliseconds and a Z."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_day(moment: datetime) -> str:
    """Return the day of ``moment`` in UTC, for a message: the API records a last use once a day."""
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d}"


def parse_http_date(value: str | None) -> datetime | None:
    """Return the moment of an HTTP date, in UTC; None if it is missing or unusable."""
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
        # "-0000" and some other zones are parsed as naive datetimes, and mean UTC.
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, TypeError, IndexError, OverflowError):  # each is raised by email.utils in some version
        return None


def same_second(one: datetime, other: datetime) -> bool:
    """Return whether two moments are the same to the second: the API keeps milliseconds, users write seconds."""
    return one.replace(microsecond=0) == other.replace(microsecond=0)
