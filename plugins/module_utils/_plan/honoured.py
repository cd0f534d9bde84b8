# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: whether the server made what was asked.

A server may keep another value: an expiry cut short, or a scope in another form. Without this check, every run would
ask it for the same again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .._base.model import Changes, NewToken, Token
from .._base.moments import format_moment, same_second
from .changes import scope_differs


def difference(asked: NewToken | Changes, token: Token) -> str:
    """Return the fields in which a token differs from what was asked, with both values; empty if there are none."""
    return ", ".join(_differences(asked, token))


def _differences(asked: NewToken | Changes, token: Token) -> Iterator[str]:
    if asked.name is not None and asked.name != token.name:
        yield f"name {token.name!r} instead of {asked.name!r}"
    if token.scope is not None and scope_differs(asked.scope, token.scope):
        yield f"scope {sorted(token.scope)} instead of {sorted(asked.scope or ())}"
    validity = asked.access_token_validity_seconds if isinstance(asked, NewToken) else None
    got = token.access_token_validity_seconds
    if validity is not None and got is not None and validity != got:
        yield f"access_token_validity_seconds {got} instead of {validity}"
    if asked.never_expires and token.expiration_date is not None:
        yield f"expiration_date {format_moment(token.expiration_date)} instead of none"
    if asked.expiration_date is not None and not _is_same(token.expiration_date, asked.expiration_date):
        was = format_moment(token.expiration_date) if token.expiration_date else "none"
        yield f"expiration_date {was} instead of {format_moment(asked.expiration_date)}"


def _is_same(one: datetime | None, other: datetime) -> bool:
    return one is not None and same_second(one, other)
