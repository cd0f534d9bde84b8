# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: whether a call is sent again, and how long to wait first."""

from __future__ import annotations

import re
from datetime import datetime

from .._base.moments import parse_http_date
from .exchange import Call, Exchange, Failure, RawAnswer

LONGEST_WAIT = 60
"""The longest ``Retry-After`` that a run waits for, in seconds."""

_TRANSIENT = frozenset({429, 502, 503, 504})
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 20.0

_SECONDS = re.compile(r"[0-9]{1,9}")


def pause_before_retry(
    call: Call, exchange: Exchange, tries: int, retries: int, jitter: float, now: datetime
) -> float | None:
    """Return the seconds to wait before the next try, None if there must not be one.

    ``tries`` have been made; ``retries`` are allowed after the first. ``jitter`` is a number from 0 to 1, and ``now``
    the local time in UTC. A call that is sent once is repeated only if it was certainly not processed: after a 429, the
    only status known to come before any processing, or if no connection was made.
    """
    asked = None
    if isinstance(exchange, Failure):
        hopeless = exchange.lasting or (call.once and exchange.sent)
    else:
        hopeless = exchange.status not in _TRANSIENT or (call.once and exchange.status != 429)
        asked = retry_after(exchange, now)
    if hopeless or tries > retries or (asked is not None and asked > LONGEST_WAIT):
        return None
    if asked is not None:
        # Many hosts get the same answer; they should not all come back at the same moment.
        return asked + jitter
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(tries - 1, 10)) * (1 + jitter) / 2


def retry_after(answer: RawAnswer, now: datetime) -> float | None:
    """Return the wait that an answer asks for, in seconds; None if it asks for none or is invalid.

    A date is compared with the answer's Date header, so that a wrong local clock does not matter; without that header,
    with ``now`` (UTC).
    """
    value = answer.headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    until = parse_http_date(value)
    if until is None:
        return None
    start = parse_http_date(answer.headers.get("Date")) or now
    return max(0.0, (until - start).total_seconds())
