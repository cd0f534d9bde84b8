# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Tokens for tests: their ids, secrets, names and ages follow from their number."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import (
    API_VERSIONS,
    Owner,
    Token,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret

NOW = datetime(2026, 9, 1, 12, 0, 0, tzinfo=timezone.utc)
V1, V3 = API_VERSIONS["v1"], API_VERSIONS["v3"]


def days(number: float) -> timedelta:
    return timedelta(days=number)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


SECOND = timedelta(seconds=1)


def id_of(number: int) -> str:
    """Return the id of a test's token number so and so: its first 8 digits are the number."""
    return f"{number:08x}" + "0" * 24


def secret_of(token_id: str) -> Secret:
    """Return the secret of a token that the fake API made."""
    return Secret("not-a-real-secret-" + token_id)


def previous(number: int, name: str = "NAME") -> str:
    """Return the previous-name of that token, spelled out here rather than asked of the code under test."""
    return f"{name} (previous {number:08x})"


def token(
    number: int = 1,
    name: str = "NAME",
    *,
    age: timedelta = timedelta(days=30),
    used: timedelta | None = None,
    expires: timedelta | None = timedelta(days=150),
    scope: Iterable[str] | None = ("sp:scopes:all",),
    validity: int | None = 43200,
    managed: bool = False,
) -> Token:
    """Return a token that was created ``age`` ago, last used ``used`` ago, and expires in ``expires`` (None: never)."""
    return Token(
        id=id_of(number),
        name=name,
        scope=None if scope is None else frozenset(scope),
        owner=Owner("0123456789abcdef0123456789abcdef", "a.user"),
        created=NOW - age,
        last_used=None if used is None else NOW - used,
        expiration_date=None if expires is None else NOW + expires,
        access_token_validity_seconds=validity,
        managed=managed,
    )
