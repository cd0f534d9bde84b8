# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PURE: what a token's id can look like. It is also the client id of the token's credentials."""

from __future__ import annotations

import re

_ID = re.compile(r"[0-9A-Za-z_-]{8,62}")


_KNOWN_FORM = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def has_known_form(text: str) -> bool:
    """Return whether an id has a form that is known: 32 hexadecimal digits, or a UUID."""
    return _KNOWN_FORM.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Return whether a text can be an id: 32 hexadecimal digits, a UUID, or another form that the API may use.

    An id becomes part of a URL's path, where dots and slashes would lead elsewhere. Messages show ids, so a text of 63
    or 64 digits is refused: it may be a client secret.
    """
    return _ID.fullmatch(text) is not None
