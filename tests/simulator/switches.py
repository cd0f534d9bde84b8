# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches: each stands for something that is not known about the real API (README.md says what it decides)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


def _one_of(*values: Any) -> dict[str, Any]:
    return {"values": values}


def _number(*kinds: type) -> dict[str, Any]:
    return {"kinds": kinds}


@dataclass
class Switches:
    """How the simulator behaves where nobody knows how ISC does."""

    duplicate_name: int = field(default=400, metadata=_one_of(400, 409, 500))
    token_limit: int = field(default=400, metadata=_one_of(400, 409, 500))
    max_tokens: int = field(default=10, metadata=_number(int))
    expired_count: bool = field(default=True, metadata=_one_of(True, False))
    managed_count: bool = field(default=True, metadata=_one_of(True, False))
    name_limit: int | None = field(default=None, metadata=_number(int, type(None)))
    long_name: int = field(default=400, metadata=_one_of(400, 500))
    past_expiry: int | str = field(default=400, metadata=_one_of(400, 500, "accept"))
    patch_expired: int | str = field(default="accept", metadata=_one_of("accept", 400, 404))
    expired_listed: bool = field(default=True, metadata=_one_of(True, False))
    oauth_error_status: int = field(default=401, metadata=_one_of(401, 400))
    oauth_error_body: str = field(default="oauth", metadata=_one_of("oauth", "dto", "html", "empty"))
    delete_kills_bearers: bool = field(default=False, metadata=_one_of(False, True))
    list_lag_calls: int = field(default=0, metadata=_number(int))
    list_lag_seconds: float = field(default=0, metadata=_number(int, float))
    scope_lag_seconds: float = field(default=0, metadata=_number(int, float))
    never_expires_returned: bool = field(default=True, metadata=_one_of(True, False))
    no_expiry_shown: str = field(default="omit", metadata=_one_of("omit", "null"))
    default_scope_returned: str = field(default="all", metadata=_one_of("all", "null"))
    scope_order: str = field(default="given", metadata=_one_of("given", "reversed"))
    default_scope: str = field(default="implied", metadata=_one_of("implied", "asked"))
    identity_state: str = field(default="shown", metadata=_one_of("shown", "null", "omit"))
    secret_length: int = field(default=64, metadata=_one_of(64, 63))
    secret_case: str = field(default="lower", metadata=_one_of("lower", "upper"))
    foreign_token: int = field(default=403, metadata=_one_of(403, 404))
    no_user: int = field(default=403, metadata=_one_of(403, 400))
    rate_limit: bool = field(default=False, metadata=_one_of(False, True))
    date_header: str = field(default="follow", metadata=_one_of("follow", "omit", "garble"))

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Sets the given switches, or none: raises ValueError for an unknown one and for a value it does not have."""
        known = {each.name: each.metadata for each in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise ValueError(f"there is no switch {name!r}; there are {', '.join(sorted(known))}")
            _check(name, value, known[name])
        for name, value in wanted.items():
            setattr(self, name, value)


def _check(name: str, value: Any, metadata: Mapping[str, Any]) -> None:
    # By type as well as by value: True == 1 in Python, but not in JSON.
    if "values" in metadata:
        if not any(type(value) is type(each) and value == each for each in metadata["values"]):
            raise ValueError(f"switch {name} is one of {metadata['values']}, not {value!r}")
    elif type(value) not in metadata["kinds"] or (value is not None and value < 0):
        raise ValueError(f"switch {name} takes a number that is not negative, not {value!r}")
