# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single values, from the text of an option to what it means. A refusal names the option."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from .._base.errors import DeclarationError
from .._base.ids import is_id
from .._base.moments import parse_duration, parse_moment

_IN_NO_CREDENTIAL = re.compile(r"[\s\x00-\x1f\x7f]")
_IN_NO_KEY = re.compile(r"[\x00-\x1f\x7f{}]")
_IN_NO_SLUG = re.compile(r"[^a-z0-9]+")


def duration_from(option: str, text: str | None) -> timedelta | None:
    """Return the duration that an option says, None where it is left out. Raises DeclarationError."""
    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise DeclarationError(f"{option}: {error}") from None


def moment_from(option: str, text: str | None) -> datetime | None:
    """Return the moment that an option says, in UTC, None where it is left out. Raises DeclarationError."""
    try:
        return None if text is None else parse_moment(text)
    except ValueError as error:
        raise DeclarationError(f"{option}: {error}") from None


def token_id_from(option: str, token_id: str | None) -> str | None:
    """Return the token id that an option says, None where it is left out. Raises DeclarationError."""
    if token_id is not None and not is_id(token_id):
        raise DeclarationError(f"{option} is not a token id, which has 32 hexadecimal digits and no white space")
    return token_id


def check_characters(name: str, credential: str) -> None:
    """Refuse a credential that no server can have issued. Raises DeclarationError, and shows nothing of it."""
    if _IN_NO_CREDENTIAL.search(credential) or not credential.isascii():
        raise DeclarationError(
            f"{name} contains white space or other characters that no credential has; "
            "check for a line break that was read from a file"
        )


def key_from(name: str, key: str | None) -> str:
    """Return the key of a token's entry in a store: the one that is given, else the slug of its name.

    Raises DeclarationError for a key that would lead out of the place that {key} stands in.
    """
    if key is None:
        key = _IN_NO_SLUG.sub("-", name.lower()).strip("-")
        if not key:
            raise DeclarationError(f"name {name!r} has no letter or digit for a key: give key")
    if any(part in ("", ".", "..") for part in key.split("/")) or _IN_NO_KEY.search(key):
        raise DeclarationError(
            f"key {key!r} is not a valid key: none of its parts between slashes may be empty, . or .., and it has "
            "no braces and no control characters"
        )
    return key


def owner_from(owner: str) -> str:
    """Return the owner. Raises DeclarationError if it is blank: an empty variable would mean the caller.

    It also refuses what can be no owner: the server would answer with an empty list, as if all were well. Nothing of
    it is shown, since it may be a secret in a wrong place.
    """
    if not owner.strip():
        raise DeclarationError("owner is blank: give me, all, or the id of an identity")
    if owner not in ("me", "all") and not is_id(owner):
        raise DeclarationError(
            "owner is neither me, nor all, nor the id of an identity; write me and all in lower case, and remove white "
            "space"
        )
    return owner
