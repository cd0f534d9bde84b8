# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.moments import (
    format_day,
    format_duration,
    format_moment,
    parse_duration,
    parse_moment,
    same_second,
)

UTC = timezone.utc
DURATIONS = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=3650)).map(
    lambda duration: duration - timedelta(microseconds=duration.microseconds)
)
MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001  # Hypothesis wants its bounds naive
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=8))]),
)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90d", timedelta(days=90)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("2w", timedelta(weeks=2)),
        ("0", timedelta()),
        ("0d", timedelta()),
        ("30m", timedelta(minutes=30)),
        ("45s", timedelta(seconds=45)),
        ("1w2d3h4m5s", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)),
        ("36h", timedelta(hours=36)),
    ],
)
def test_a_duration_is_read_as_the_design_writes_it(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    ["", " ", "90", "d", "-90d", "+90d", "1.5d", "90 d", " 90d", "90d ", "90d\n", "12h1d", "1d1d", "1y", "90D", "٣d"],
)
def test_a_malformed_or_negative_duration_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write it like 90d"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["9" * 12 + "d", "9" * 400 + "w", "9" * 5000 + "d", "9999999999999999h"])
def test_an_absurdly_long_duration_is_refused_with_a_text_of_ours(text: str) -> None:
    with pytest.raises(ValueError, match="is longer than 100000 days; give a shorter duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["999999999d", "9000000d", "142857142w"])
def test_a_duration_that_no_date_can_be_moved_by_is_refused(text: str) -> None:
    """The planner adds durations to dates, and a date after the year 9999 is an OverflowError there."""
    with pytest.raises(ValueError, match="is longer than 100000 days; give a shorter duration"):
        parse_duration(text)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(DURATIONS)
def test_a_duration_reads_back_as_it_was_written(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-01-31T00:00:00Z", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31T00:00:00.123Z", datetime(2027, 1, 31, microsecond=123000, tzinfo=UTC)),
        ("2027-01-31T00:00:00.123456789Z", datetime(2027, 1, 31, microsecond=123456, tzinfo=UTC)),
        ("2027-01-31t00:00:00z", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31 00:00:00+00:00", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31T02:00:00+02:00", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-30T16:00:00-0800", datetime(2027, 1, 31, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_into_utc(text: str, moment: datetime) -> None:
    read = parse_moment(text)
    assert read == moment
    assert read.utcoffset() == timedelta()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2027-01-31",
        "2027-01-31T00:00:00",
        "2027-01-31T00:00Z",
        "31.01.2027 00:00:00Z",
        "2027-01-31T00:00:00Z ",
        "2027-01-31T00:00:00Z\n",
        "1790000000",
    ],
)
def test_a_malformed_moment_or_one_without_a_zone_is_refused_with_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date and time with a time zone; write it like 2027-01-31T00:00:00Z"):
        parse_moment(text)


@pytest.mark.parametrize(
    "text",
    [
        "2027-02-30T00:00:00Z",
        "2027-13-01T00:00:00Z",
        "2027-01-31T25:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2027-01-31T00:00:00+99:00",
    ],
)
def test_a_moment_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a valid date and time"):
        parse_moment(text)


def test_a_moment_is_written_as_the_api_writes_it() -> None:
    moment = datetime(2027, 1, 31, 2, 3, 4, 567890, tzinfo=timezone(timedelta(hours=2)))
    assert format_moment(moment) == "2027-01-31T00:03:04.567Z"


def test_the_day_of_a_moment_is_the_day_in_utc() -> None:
    assert format_day(datetime(2027, 1, 31, 1, tzinfo=timezone(timedelta(hours=2)))) == "2027-01-30"


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(MOMENTS)
def test_a_moment_reads_back_as_it_was_written_to_the_second(moment: datetime) -> None:
    assert same_second(parse_moment(format_moment(moment)), moment)


def test_dates_compare_to_the_second() -> None:
    moment = datetime(2027, 1, 31, 0, 0, 7, tzinfo=UTC)
    assert same_second(moment, moment + timedelta(milliseconds=999))
    assert not same_second(moment, moment + timedelta(seconds=1))
    assert not same_second(moment, moment - timedelta(milliseconds=1))
