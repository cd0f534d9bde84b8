# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each API version allows, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CREATE = frozenset({"name", "scope", "accessTokenValiditySeconds", "expirationDate"})
_PATCH = frozenset({"/name", "/scope"})
_CREATED = ("id", "secret", "scope", "name", "owner", "created", "accessTokenValiditySeconds", "expirationDate")
_SHOWN = (
    "id",
    "name",
    "scope",
    "owner",
    "created",
    "lastUsed",
    "managed",
    "accessTokenValiditySeconds",
    "expirationDate",
)
_NEVER = "userAwareTokenNeverExpires"


@dataclass(frozen=True)
class Version:
    """One version of the API: its path, its fields, its rule of expiry."""

    name: str
    path: str
    create_fields: frozenset[str]
    patch_paths: frozenset[str]
    shown_fields: tuple[str, ...]
    created_fields: tuple[str, ...]
    # The longest life and also the life of a token made without an expiry; None = no limit, and create must choose.
    months: int | None
    # Whether the definition lets expirationDate be null in the answers to list and patch.
    expiry_may_be_null: bool


def _old(name: str, *, expiry_may_be_null: bool) -> Version:
    return Version(
        name,
        f"/{name}/personal-access-tokens",
        _CREATE,
        _PATCH,
        _SHOWN,
        _CREATED,
        months=6,
        expiry_may_be_null=expiry_may_be_null,
    )


def _new(name: str, path: str) -> Version:
    return Version(
        name,
        path,
        _CREATE | {_NEVER},
        _PATCH | {"/expirationDate", f"/{_NEVER}"},
        (*_SHOWN, _NEVER),
        _CREATED,
        months=None,
        expiry_may_be_null=True,
    )


VERSIONS = (
    _new("v1", "/personal-access-tokens/v1"),
    _old("v3", expiry_may_be_null=False),
    _old("v2024", expiry_may_be_null=False),
    _new("v2025", "/v2025/personal-access-tokens"),
    _new("v2026", "/v2026/personal-access-tokens"),
    _old("beta", expiry_may_be_null=True),
)


IDENTITIES = {version.path.replace("personal-access-tokens", "public-identities"): version for version in VERSIONS}
"""The versions by the paths of their public identities."""


def find(path: str) -> tuple[Version, str | None] | None:
    """The version that ``path`` belongs to and the token id in it (None for the collection); None for another path."""
    for version in VERSIONS:
        if path == version.path:
            return version, None
        item = re.fullmatch(re.escape(version.path) + r"/([^/]+)", path)
        if item is not None:
            return version, item[1]
    return None
